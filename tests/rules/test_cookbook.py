"""Every recipe of docs/cookbook.md, run as it stands: its table, its script, and the examples below them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from accord.config import ConnectionConfig, load
from accord.errors import RuleFailed
from accord.model import Item, Person, Replica, flatten, is_empty
from accord.ports import Description, FieldInfo, RuleContext, asked
from accord.rules import Sandbox, check_script
from accord.rules.fitting import Fitting

COOKBOOK = Path(__file__).parents[2] / "docs" / "cookbook.md"
HEAD = '[node]\nname = "blue"\n\n[trackers.mine]\nkind = "markdown"\nfolder = "items"\nprefix = "OPS"\n\n'
CONNECTION = '[connections.partner]\ntracker = "mine"\n'
WORDS = {"they send", "they told", "we have", "we get", "we send", "we know", "we ask", "under sync", "error", "now"}
OURS = {name: Person(username=name, email=f"{name}@ours.example", name=name.title()) for name in ("alice", "bob")}
THEIRS = {name: Person(username=name, email=f"{name}@theirs.example", name=name.title()) for name in ("eve", "dan")}
PEOPLE = {**OURS, **THEIRS}


@dataclass(frozen=True)
class Recipe:
    """A section of the cookbook. `cases` are its examples."""

    title: str
    toml: str
    python: str | None
    cases: tuple[dict[str, Any], ...]


@cache
def recipes() -> tuple[Recipe, ...]:
    sections = re.split(r"(?m)^### ", COOKBOOK.read_text(encoding="utf-8"))[1:]
    return tuple(map(recipe_in, sections))


def recipe_in(section: str) -> Recipe:
    title, _, text = section.partition("\n")
    blocks = re.findall(r"(?ms)^```(\w+)\n(.*?)^```$", text)
    named: dict[str, str] = {}
    for kind, content in blocks:
        assert kind not in named, f"{title}: two blocks of {kind}"
        named[kind] = content
    assert set(named) <= {"toml", "python", "yaml"}, title
    cases = YAML(typ="safe", pure=True).load(named["yaml"])
    assert all(set(case) <= WORDS for case in cases), title
    return Recipe(title.strip(), named["toml"], named.get("python"), tuple(cases))


def connection_of(recipe: Recipe, folder: Path) -> ConnectionConfig:
    """The recipe as a real configuration, read as a node reads it."""
    if recipe.python:
        (folder / "partner.py").write_text(recipe.python, encoding="utf-8")
    given = "[connections.partner]\n"
    toml = recipe.toml.replace(given, CONNECTION) if given in recipe.toml else CONNECTION + recipe.toml
    (folder / "accord.toml").write_text(HEAD + toml, encoding="utf-8")
    return load(folder / "accord.toml").connections["partner"]


PARTS = ("comments", "attachments", "worklogs", "links")

# --- the short forms of the examples -----------------------------------------------------------------


def filled(values: dict[str, Any]) -> dict[str, Any]:
    """People by their names; comments and files with ids."""
    made = dict(values)
    for name in ("assignee", "reporter"):
        if name in made:
            made[name] = person(made[name])
    for name in PARTS:
        if name in made:
            made[name] = [part(name, values) | {"id": str(n)} for n, values in enumerate(made[name], 1)]
    return made


def part(kind: str, values: dict[str, Any]) -> dict[str, Any]:
    made = {**({"size": 1000, "sha256": "ab" * 32} if kind == "attachments" else {}), **values}
    return made | ({"author": person(values["author"])} if "author" in values else {})


def person(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return PEOPLE.get(value, Person(username=value, name=value))


def known(case: dict[str, Any]) -> dict[str, FieldInfo]:
    """`[open, closed]` are options, `[several, ...]` of which a field holds several; a word is a kind."""
    return {path: info_of(path, told) for path, told in case.get("we know", {}).items()}


def info_of(path: str, told: Any) -> FieldInfo:
    if isinstance(told, str):
        return FieldInfo(path, told)
    several = told[0] == "several"
    return FieldInfo(path, "options" if several else "option", tuple(told[1:] if several else told))


def context_of(case: dict[str, Any]) -> RuleContext:
    async def twin_of(key: str) -> str | None:
        ours: str | None = case.get("under sync", {}).get(key)
        return ours

    told = case.get("they told")
    return RuleContext(
        "partner",
        case.get("now", datetime(2026, 1, 2, tzinfo=UTC)).astimezone(UTC),
        first_sync="we have" not in case,
        people=tuple(OURS.values()),
        fields=known(case),
        remote_key="ACME-7",
        previous=None if told is None else Replica.model_validate(filled(told)),
        twin_of=twin_of,
    )


def item_of(case: dict[str, Any]) -> Item:
    if "we have" not in case:
        return Item()
    return Item.model_validate({"key": "OPS-1", "url": "https://ours.example/OPS-1", **filled(case["we have"])})


# --- the examples ------------------------------------------------------------------------------------

EXAMPLES = [
    pytest.param(recipe, case, id=f"{recipe.title} {n}")
    for recipe in recipes()
    for n, case in enumerate(recipe.cases, 1)
]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    pool = Sandbox(workers=2)
    yield pool
    pool.close()


@pytest.mark.parametrize(("recipe", "case"), EXAMPLES)
async def test_an_example_comes_out_as_the_cookbook_says(
    recipe: Recipe, case: dict[str, Any], tmp_path: Path, sandbox: Sandbox
) -> None:
    rules = connection_of(recipe, tmp_path).rules(sandbox)
    item, context = item_of(case), context_of(case)
    if "we send" in case:
        told = await rules.outgoing(item, context)
        assert sent(told, case["we send"]) == expected(case["we send"])
        assert asked(told).model_dump(mode="json", exclude_defaults=True) == case.get("we ask", {})
        return
    replica = Replica.model_validate(
        {"key": "ACME-7", "url": "https://theirs.example/ACME-7", **filled(case["they send"])}
    )
    if "error" in case:
        with pytest.raises(RuleFailed) as caught:
            await rules.incoming(replica, item, context)
        assert str(caught.value.message).startswith(case["error"])
        assert caught.value.line
        return
    draft = await rules.incoming(replica, item, context)
    assert changed(item, draft, case["we get"]) == expected(case["we get"])
    assert asked(draft).model_dump(mode="json", exclude_defaults=True) == case.get("we ask", {})
    again = await rules.incoming(replica, draft.model_copy(update={"key": "OPS-1"}), context)
    assert flatten(again) == flatten(draft)


def sent(replica: Replica, wanted: dict[str, Any]) -> dict[str, Any]:
    """All that is told, comments and files by the parts that the example names."""
    told = replica.dump()
    for name in ("key", "url", "schema_version"):
        told.pop(name, None)
    return told | {name: parts(told[name], wanted[name]) for name in PARTS if name in wanted}


def changed(item: Item, draft: Item, wanted: dict[str, Any]) -> dict[str, Any]:
    """All that differs from the item before."""
    before, after = item.model_dump(mode="json"), draft.model_dump(mode="json")
    found = {name: value for name, value in after.items() if value != before[name]}
    for name in PARTS:
        found.pop(name, None)
        if after[name]:
            found[name] = parts(after[name], wanted.get(name, []))
    if "fields" in found:
        found["fields"] = {k: v for k, v in found["fields"].items() if v != before["fields"].get(k)}
    return {name: value for name, value in found.items() if name != "key"}


def parts(told: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> list[dict[str, Any]]:
    padded = [*wanted, *({} for _ in told[len(wanted) :])]
    return [{name: one[name] for name in which} for one, which in zip(told, padded, strict=False)]


def expected(wanted: dict[str, Any]) -> dict[str, Any]:
    """People in full, as they are told or kept."""
    made = dict(wanted)
    for name in ("assignee", "reporter"):
        if isinstance(made.get(name), str):
            made[name] = OURS.get(made[name], Person(username=made[name])).model_dump()
    for one in (*made.get("comments", []), *made.get("worklogs", [])):
        if isinstance(one.get("author"), str):
            one["author"] = PEOPLE[one["author"]].model_dump()
    if isinstance(made.get("fields"), dict):
        made["fields"] = {name: _people(value) for name, value in made["fields"].items()}
    return made


def _people(value: Any) -> Any:
    return [OURS[one].model_dump() for one in value] if isinstance(value, list) and set(value) <= set(OURS) else value


@pytest.mark.parametrize("recipe", recipes(), ids=lambda recipe: recipe.title)
def test_a_recipe_fits_the_tracker_that_it_is_written_for(recipe: Recipe, tmp_path: Path) -> None:
    connection = connection_of(recipe, tmp_path)
    fields = {path: info for case in recipe.cases for path, info in known(case).items()}
    fields |= {path: FieldInfo(path) for path in (*flatten(Item()), "links")} | fields
    fields |= {path: FieldInfo(path) for path, _ in connection.table.map.entries() if path not in fields}
    used = {f"fields.{name}" for case in recipe.cases for key in ("we have", "we get") for name in _fields(case, key)}
    fields |= {path: FieldInfo(path, "any") for path in used if path not in fields}
    description = Description(fields, tuple(OURS.values()))
    fitting = Fitting("mine", connection.table.map, connection.table.people, description)
    assert [misfit for misfit in fitting.misfits() if misfit.certain] == []
    if connection.script:
        assert [str(problem) for problem in check_script(connection.script, description)] == []


def _fields(case: dict[str, Any], key: str) -> dict[str, Any]:
    found: dict[str, Any] = case.get(key, {}).get("fields", {})
    return found


def test_the_cookbook_is_rich() -> None:
    assert len(recipes()) >= 40
    assert len({recipe.title for recipe in recipes()}) == len(recipes())
    assert sum(len(recipe.cases) for recipe in recipes()) >= 80
    assert all(recipe.cases and not is_empty(recipe.toml) for recipe in recipes())
