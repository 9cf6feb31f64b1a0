"""A sound configuration, and what it becomes."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from accord.config import InstalledKinds, TrackerKind, load, template
from accord.errors import ConfigurationInvalid, RuleFailed, UnknownThing
from accord.model import Item, Policy, Replica
from accord.ports import Asks, GuardSettings, RuleContext, asked
from accord.rules import Sandbox

from .conftest import GOOD, KINDS, Load, Notes, Settings

CONTEXT = RuleContext("acme", datetime(2026, 1, 2, tzinfo=UTC), first_sync=False)


def test_defaults_are_enough_to_start(load_text: Load, tmp_path: Path) -> None:
    config = load_text(GOOD)
    assert config.node.data == tmp_path / ".accord"
    assert (config.node.listen, config.node.url) == ("127.0.0.1:7401", "http://127.0.0.1:7401")
    acme = config.connections["acme"]
    assert (acme.tracker, acme.policy, acme.trigger, acme.script) == ("mine", Policy.LATEST, None, None)
    assert acme.guard == GuardSettings()
    assert not acme.accept_connect


def test_a_tracker_has_its_own_settings_with_paths_beside_the_file(load_text: Load, tmp_path: Path) -> None:
    tracker = load_text(GOOD).trackers["mine"]
    assert (tracker.kind, tracker.connector) == ("notes", Notes)
    assert tracker.settings == Settings(folder=tmp_path / "items")


def test_everything_can_be_said(load_text: Load, tmp_path: Path) -> None:
    (tmp_path / "acme.py").write_text("def outgoing(item, replica):\n    replica.summary = item.summary\n")
    config = load_text(
        """
[node]
name = "grün"
data = "/var/lib/accord"
listen = "0.0.0.0:80"
url = "https://accord.example.com/"
acknowledgment_timeout = 5
[trackers.mine]
kind = "notes"
folder = "/srv/items"
[connections.acme]
tracker = "mine"
trigger = "label = shared"
policy = "initiator"
script = "acme.py"
accept_connect = true
guard = { share_ended = 0.5 }
people = { "anna@theirs.example" = "anna", default = "triage" }
map.fields.severity = "send"
map."fields.due date" = { as = "custom.due" }
"""
    )
    acme = config.connections["acme"]
    assert config.node.data == Path("/var/lib/accord")
    assert config.node.url == "https://accord.example.com"
    assert config.node.settings().acknowledgment_timeout == 5
    assert (acme.script, acme.trigger, acme.policy) == (tmp_path / "acme.py", "label = shared", Policy.INITIATOR)
    assert acme.guard.share_ended == 0.5
    assert acme.table.people.pairs == {"anna@theirs.example": "anna"}
    assert acme.table.people.default == "triage"
    assert [path for path, _ in acme.table.map.entries()] == ["fields.severity", "fields.due date"]


def test_secrets_come_from_the_environment_or_a_file(load_text: Load, tmp_path: Path) -> None:
    (tmp_path / "token.txt").write_text("from-file\n")
    for source, secret in (('{ env = "TOKEN" }', "from-environment"), ('{ file = "token.txt" }', "from-file")):
        config = load_text(GOOD.replace('"items"', f'"items"\ntoken = {source}'), TOKEN="from-environment")
        settings = config.trackers["mine"].settings
        assert isinstance(settings, Settings)
        assert settings.token is not None
        assert settings.token.get_secret_value() == secret
        assert secret not in repr(config)


@pytest.mark.parametrize(
    ("written", "message", "remedy"),
    [
        (
            'token = "hunter2"',
            "token is a secret and must not stand in the file.",
            'Write token = { env = "ACCORD_MINE_TOKEN" } or { file = "path" }.',
        ),
        (
            'token = { value = "hunter2" }',
            "token is a secret and must not stand in the file.",
            'Write token = { env = "ACCORD_MINE_TOKEN" } or { file = "path" }.',
        ),
        ('token = { env = "NOPE" }', "The environment variable NOPE is not set.", "Set it and start again."),
        ('token = { env = "EMPTY" }', "The environment variable EMPTY is empty.", "Set it and start again."),
        (
            'token = { file = "no.txt" }',
            "The secret can't be read from {folder}/no.txt: No such file or directory.",
            None,
        ),
        (
            'proxy = { host = "http://p", pass = "hunter2" }',
            "pass is a secret and must not stand in the file.",
            'Write pass = { env = "ACCORD_PROXY_PASS" } or { file = "path" }.',
        ),
        (
            'proxy = { host = "http://u:hunter2@p" }',
            "trackers.mine.proxy.host: string should match pattern '^https?://[^@]+$'.",
            None,
        ),
        (
            'proxy = { host = "http://p", pass = { env = "SHORT" } }',
            "trackers.mine.proxy.pass: value should have at least 4 items after validation, not 2.",
            None,
        ),
        ('tokken = "hunter2"', "There is no 'tokken' in [trackers.mine].", "Did you mean 'token'?"),
    ],
)
def test_a_secret_that_is_not_where_it_should_be_is_told_and_never_shown(
    load_text: Load, tmp_path: Path, written: str, message: str, remedy: str | None
) -> None:
    with pytest.raises(ConfigurationInvalid) as caught:
        load_text(GOOD.replace('"items"', f'"items"\n{written}'), EMPTY="", SHORT="no")
    (told,) = caught.value.problems  # type: ignore[attr-defined]
    assert (told.message, told.remedy, told.line) == (message.replace("{folder}", str(tmp_path)), remedy, 7)
    assert "hunter2" not in f"{caught.value} {told.to_json()}"


def test_a_database_password_is_a_secret_too(load_text: Load) -> None:
    plain = GOOD.replace('"blue"', '"blue"\ndatabase = "postgresql://db/accord"')
    assert load_text(plain).node.database.get_secret_value() == "postgresql://db/accord"  # type: ignore[union-attr]
    for secret in (plain.replace("//db", "//accord:hunter2@db"), plain.replace("/accord", "/accord?password=hunter2")):
        with pytest.raises(ConfigurationInvalid, match="database is a secret") as caught:
            load_text(secret)
        assert "hunter2" not in str(caught.value)


async def test_a_connection_gives_rules_whose_errors_name_the_line_of_the_file(load_text: Load, tmp_path: Path) -> None:
    config = load_text(GOOD + 'status = { values = { Done = "closed" }, strict = true }\n')
    sandbox = Sandbox()
    rules = config.connections["acme"].rules(sandbox)
    replica = await rules.outgoing(Item(key="A-1", summary="Broken", status="Dne"), CONTEXT)
    with pytest.raises(Exception, match=rf"{tmp_path}/accord.toml:13: status received 'Dne'.*Did you mean 'Done'\?"):
        await rules.incoming(replica, Item(), CONTEXT)


@pytest.mark.parametrize("trusted", ["", "trusted = true"])
async def test_a_script_comes_after_the_table(load_text: Load, tmp_path: Path, trusted: str) -> None:
    (tmp_path / "acme.py").write_text("def outgoing(item, replica):\n    replica.summary = f'[B] {replica.summary}'\n")
    config = load_text(GOOD.replace('tracker = "mine"', f'tracker = "mine"\nscript = "acme.py"\n{trusted}'))
    rules = config.connections["acme"].rules(Sandbox(), inline=True)
    assert (await rules.outgoing(Item(key="A-1", summary="Broken"), CONTEXT)).summary == "[B] Broken"


def test_a_template_is_a_configuration_that_works(tmp_path: Path) -> None:
    path = tmp_path / "accord.toml"
    path.write_text(template("notes", KINDS))
    config = load(path, kinds=KINDS, environ={})
    assert config.connections["partner"].tracker == "mine"
    assert "# Items asked for at once.\n# page_size = 50" in path.read_text()
    assert '# token = { env = "ACCORD_NOTES_TOKEN" }' in path.read_text()


def test_a_template_for_no_kind_names_the_nearest() -> None:
    with pytest.raises(UnknownThing, match="Did you mean 'notes'"):
        template("note", KINDS)


def test_every_line_that_a_template_comments_out_is_right_as_well(tmp_path: Path) -> None:
    text = template("notes", KINDS)
    lines = re.sub(r'^# ("?[\w@.-]+"? = (?!"\.\.\."))', r"\1", text, flags=re.MULTILINE).splitlines()
    plain = tuple(f'{name} = "both"' for name in ("summary", "status", "labels"))
    kept = [line for line in lines if not line.startswith(("script", *plain))]
    path = tmp_path / "accord.toml"
    path.write_text("\n".join(kept))
    environ = {"ACCORD_NOTES_TOKEN": "t", "ACCORD_DATABASE_URL": "postgresql://db/accord"}
    config = load(path, kinds=KINDS, environ=environ)
    assert config.api is not None
    connection = config.connections["partner"]
    assert connection.table.people.default == "triage"
    assert connection.guard.share_ended == 0.2


def test_a_connector_that_can_not_be_imported_is_a_problem_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        name, value = "broken", "nowhere:Nothing"

        def load(self) -> TrackerKind:
            raise ImportError("no module named nowhere")

    monkeypatch.setattr("accord.config.kinds.entry_points", lambda group: [Broken()])
    kinds = InstalledKinds()
    assert list(kinds) == ["broken"]
    with pytest.raises(ConfigurationInvalid, match=r"'broken' can't be loaded: ImportError.*nowhere:Nothing"):
        kinds["broken"]


LISTED = """
[node]
name = "blue"
[trackers.mine]
kind = "notes"
folder = "items"
[connections.acme]
tracker = "mine"
pair_by = "custom.your_key"
unsync_when = { theirs.status = "Done" }
[connections.acme.map]
summary = "receive"
status = [
  { direction = "send" },
  { direction = "receive", values = { "1" = "one" }, strict = true },
]
[[connections.acme.map.priority]]
direction = "receive"
when = { status = "x" }
[[connections.acme.map.priority]]
direction = "receive"
values = { "1" = "one" }
strict = true
"""


@pytest.mark.parametrize(("field", "line"), [("status", 15), ("priority", 20)])
async def test_of_several_entries_the_one_that_fails_is_named(load_text: Load, field: str, line: int) -> None:
    rules = load_text(LISTED).connections["acme"].rules(Sandbox())
    with pytest.raises(RuleFailed) as caught:
        await rules.incoming(Replica.model_validate({field: "2"}), Item(status="y"), CONTEXT)
    assert (caught.value.line, caught.value.field) == (line, field)


async def test_what_is_asked_for_beyond_the_item_stands_with_the_connection(load_text: Load) -> None:
    rules = load_text(LISTED).connections["acme"].rules(Sandbox())
    first = RuleContext("acme", CONTEXT.now, first_sync=True)
    replica = Replica.model_validate({"custom": {"your_key": "B-7"}, "summary": "x"})
    assert asked(await rules.incoming(replica, Item(), first)) == Asks(pair_with="B-7")
