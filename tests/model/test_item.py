"""Who changed what, as an item tells it."""

from __future__ import annotations

import pytest

from accord.model import Item, Person

ALICE, BOB = Person(username="alice", name="Alice"), Person(username="bob")


@pytest.mark.parametrize(
    ("person", "name"),
    [
        (ALICE, "Alice"),
        (BOB, "bob"),
        (Person(email="carol@example.net"), None),
        (Person(username="dan@example.net"), None),
        (Person(username="dan", name="dan@example.net"), "dan"),
    ],
)
def test_a_person_is_known_by_name_and_never_by_address(person: Person, name: str | None) -> None:
    assert person.known_as() == name


def test_who_changed_a_field_is_told_before_who_changed_the_item() -> None:
    item = Item(updated_by=BOB, changed_by={"summary": ALICE, "labels": ALICE})
    assert (item.who_changed("summary"), item.who_changed("labels.web")) == ("Alice", "Alice")
    assert (item.who_changed("status"), Item().who_changed("status")) == ("bob", None)
