"""The table held against what the tracker says of itself: every misfit with its place and what would fit."""

from __future__ import annotations

from typing import Any

import pytest

from accord.model import Person
from accord.ports import Description, FieldInfo
from accord.rules import MappingTable, PeopleTable
from accord.rules.fitting import Fitting, Misfit

from .conftest import ALICE, BOB

FIELDS = {
    info.path: info
    for info in (
        FieldInfo("summary"),
        FieldInfo("description", "rich_text"),
        FieldInfo("type", "option", ("bug", "task")),
        FieldInfo("status", "option", ("open", "in progress", "closed")),
        FieldInfo("priority", "option", ("high", "low")),
        FieldInfo("assignee", "person"),
        FieldInfo("reporter", "person", writable=False),
        FieldInfo("due", "date"),
        FieldInfo("parent"),
        FieldInfo("labels", "labels", ("bug", "red")),
        FieldInfo("links", "links", ("blocks", "blocked by", "relates to")),
        FieldInfo("fields.severity", "option", ("minor", "major")),
        FieldInfo("fields.areas", "options", ("Web", "App")),
        FieldInfo("fields.part", "cascade", ("Hardware", "Laptop")),
        FieldInfo("fields.points", "number"),
        FieldInfo("fields.until", "date"),
        FieldInfo("fields.tester", "person"),
    )
}
DESCRIPTION = Description(FIELDS, (ALICE, BOB, Person(name="No Names")))


def misfits(table: Any, people: Any = None, description: Description = DESCRIPTION) -> list[Misfit]:
    fitting = Fitting("blue", MappingTable.model_validate(table), PeopleTable.model_validate(people or {}), description)
    return list(fitting.misfits())


def test_what_fits_is_silent() -> None:
    table = {
        "summary": {"template": "[{key}] {value}", "max_length": 100},
        "status": {"pairs": {"New": "open", "Doing": "In Progress", "Done": "closed"}, "send_default": "New"},
        "priority": {"values": {"P1": "high"}, "default": "low", "send_values": {"high": "P1"}, "send_default": "P2"},
        "assignee": {"default": "bob"},
        "labels": {"pairs": {"Fehler": "bug"}, "add": ["red"]},
        "links": {"pairs": {"stops": "blocks"}, "default": "relates to", "never": ["*by"], "outside": "web"},
        "comments": {"when": {"status": ["open", "in *"]}, "unless": {"assignee": "alice@blue.example"}},
        "fields.severity": [
            {"when": {"type": "BUG", "due": "> 2026-01-01"}, "default": "minor"},
            {"direction": "send", "template": "{value} of {fields.areas} {status}"},
        ],
        "fields.areas": {"values": {"1": "Web"}},
        "fields.part": {"values": {"x": "Hardware / Laptop"}},
        "fields.points": {"values": {"XS": 1, "S": "2"}, "default": 0},
        "fields.until": {"direction": "receive", "constant": "2026-12-24"},
    }
    assert misfits(table, {"eve@red.example": "Bob", "default": "alice@blue.example"}) == []


MISFITS: dict[str, tuple[Any, Any, tuple[Any, ...], str, str]] = {
    "a field": (
        {"fields.severty": "both"}, None, ("map", "fields", "severty"), "no field fields.severty", "'severity'",
    ),
    "a value received": (
        {"status": {"values": {"Done": "closd"}}}, None, ("map", "status", 0, "values", "Done"),
        "status of blue has no value 'closd'", "'closed'",
    ),
    "a default": (
        {"status": {"default": "opne"}}, None, ("map", "status", 0, "default"), "no value 'opne'", "'open'",
    ),
    "a constant": (
        {"type": {"direction": "receive", "constant": "bugg"}}, None, ("map", "type", 0, "constant"),
        "no value 'bugg'", "'bug'",
    ),
    "a value sent": (
        {"status": {"direction": "send", "send_values": {"closd": "Done"}, "send_default": "x"}}, None,
        ("map", "status", 0, "send_values", "closd"), "no value 'closd'", "'closed'",
    ),
    "a pair": (
        {"status": {"pairs": {"Done": "clsed"}, "send_default": "x"}}, None, ("map", "status", 0, "pairs", "Done"),
        "no value 'clsed'", "'closed'",
    ),
    "a pair that only leaves": (
        {"status": {"direction": "send", "pairs": {"Done": "clsed"}, "send_default": "x"}}, None,
        ("map", "status", 0, "pairs", "Done"), "no value 'clsed'", "'closed'",
    ),
    "a second entry": (
        {"status": [{"when": {"type": "bug"}}, {"default": "opne"}]}, None, ("map", "status", 1, "default"),
        "no value 'opne'", "'open'",
    ),
    "one of several options": (
        {"fields.areas": {"values": {"1": "Wbe"}}}, None, ("map", "fields", "areas", 0, "values", "1"),
        "no value 'Wbe'", "'Web'",
    ),
    "an option within an option": (
        {"fields.part": {"values": {"1": "Hardware / Labtop"}}}, None, ("map", "fields", "part", 0, "values", "1"),
        "no value 'Hardware / Labtop'", "",
    ),
    "a number": (
        {"fields.points": {"values": {"XS": "one"}}}, None, ("map", "fields", "points", 0, "values", "XS"),
        "fields.points of blue does not take 'one'", "a number such as 3",
    ),
    "a date": (
        {"fields.until": {"direction": "receive", "constant": "soon"}}, None,
        ("map", "fields", "until", 0, "constant"), "does not take 'soon'", "a day such as",
    ),
    "a field that can't be written": (
        {"reporter": "both"}, None, ("map", "reporter", 0), "reporter can't be written in blue", '"send"',
    ),
    "a condition's value": (
        {"summary": {"when": {"status": ["open", "colsed"]}}}, None, ("map", "summary", 0, "when", "status"),
        "no value 'colsed'", "'closed'",
    ),
    "a condition's field": (
        {"summary": {"unless": {"ours.fields.severty": "x"}}}, None,
        ("map", "summary", 0, "unless", "ours.fields.severty"), "no field fields.severty", "'severity'",
    ),
    "a condition of the comments": (
        {"comments": {"when": {"priority": "hihg"}}}, None, ("map", "comments", "when", "priority"),
        "no value 'hihg'", "'high'",
    ),
    "a placeholder": (
        {"summary": {"direction": "send", "template": "{value} {fields.severty}"}}, None,
        ("map", "summary", 0, "template"), "no field fields.severty", "'severity'",
    ),
    "a label": (
        {"labels": {"add": ["rde"]}}, None, ("map", "labels", "add"), "labels of blue has no value 'rde'", "'red'",
    ),
    "a label's pair": (
        {"labels": {"pairs": {"x": "bgu"}}}, None, ("map", "labels", "pairs", "x"), "no value 'bgu'", "'bug'",
    ),
    "a kind of link": (
        {"links": {"pairs": {"stops": "blokcs"}}}, None, ("map", "links", "pairs", "stops"),
        "links of blue has no value 'blokcs'", "'blocks'",
    ),
    "what other kinds become": (
        {"links": {"default": "relates"}}, None, ("map", "links", "default"), "no value 'relates'", "'relates to'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISFITS)
def test_what_does_not_fit_is_told_with_what_would(name: str) -> None:
    table, people, key, message, remedy = MISFITS[name]
    (told,) = misfits(table, people)
    assert told.certain
    assert told.key == key
    assert message in told.message
    assert remedy in (told.remedy or "")


PERHAPS: dict[str, tuple[Any, Any, tuple[Any, ...], str, str]] = {
    "a field like no other": (
        {"fields.customer": "both"}, None, ("map", "fields", "customer"), "tells of no field", "",
    ),
    "somebody": (
        {}, {"eve@red.example": "alcie"}, ("people", "eve@red.example"), "nobody called 'alcie'", "'alice'",
    ),
    "somebody else": ({}, {"default": "bbo"}, ("people", "default"), "nobody called 'bbo'", "'bob'"),
    "a field's default": (
        {"assignee": {"default": "bbo"}}, None, ("map", "assignee", 0, "default"), "nobody called 'bbo'", "'bob'",
    ),
    "somebody in a condition": (
        {"summary": {"when": {"assignee": "bbo"}}}, None, ("map", "summary", 0, "when", "assignee"),
        "nobody called 'bbo'", "'bob'",
    ),
    "options without a pair": (
        {"status": {"pairs": {"Done": "closed"}}}, None, ("map", "status", 0),
        "'open', 'in progress' have no pair, and are sent as they are", "send_default",
    ),
    "a default that nothing falls under": (
        {"summary": {"default": "x"}}, None, ("map", "summary", 0, "default"), "nothing falls under default", "pairs",
    ),
    "a pattern of no kind of link": (
        {"links": {"only": ["bloks*"]}}, None, ("map", "links", "only"), "no kind of link like 'bloks*'", "'blocks'",
    ),
    "what is only received": (
        {"status": {"direction": "send", "values": {"Done": "closed"}}}, None, ("map", "status", 0, "values"),
        "values is about what is received, and nothing is", "direction",
    ),
    "what is only sent": (
        {"status": {"direction": "receive", "send_template": "{value}"}}, None, ("map", "status", 0, "send_template"),
        "send_template is about what is sent, and nothing is", "direction",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PERHAPS)
def test_what_may_be_meant_is_a_warning(name: str) -> None:
    table, people, key, message, remedy = PERHAPS[name]
    (told,) = misfits(table, people)
    assert not told.certain
    assert told.key == key
    assert message in told.message
    assert remedy in (told.remedy or "")


def test_what_new_items_need_is_asked_for() -> None:
    needy = Description({**FIELDS, "fields.team": FieldInfo("fields.team", required=True)})
    (told,) = misfits({"summary": "both"}, None, needy)
    assert (told.certain, told.value) == (False, "fields.team")
    assert '"fields.team" = { direction = "receive", constant = ... }' in (told.remedy or "")
    assert misfits({"summary": "send"}, None, needy) == []
    assert misfits({"fields.team": {"direction": "receive", "constant": "red"}}, None, needy) == []


def test_links_need_a_tracker_that_keeps_them() -> None:
    plain = Description({path: info for path, info in FIELDS.items() if path != "links"})
    (told,) = misfits({"links": "both"}, None, plain)
    assert (told.certain, told.key, told.message) == (True, ("map", "links"), "blue keeps no links.")
    assert misfits({"links": "never"}, None, plain) == []


def test_links_to_addresses_need_a_tracker_that_keeps_them() -> None:
    table = MappingTable.model_validate({"links": {"outside": "web"}})
    (told,) = Fitting("blue", table, PeopleTable(), DESCRIPTION, web_links=False).misfits()
    assert (told.key, told.value) == (("map", "links", "outside"), "web")
    assert told.remedy == 'Set it to "nothing".'


def test_what_is_never_meant_is_not_looked_at() -> None:
    assert misfits({"fields.whatever": "never"}) == []


def test_without_people_nobody_is_missing() -> None:
    assert misfits({}, {"a": "b"}, Description(FIELDS)) == []
