"""init and check."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Home, run


def test_what_init_writes_is_good_as_it_is(tmp_path: Path) -> None:
    made = run("init", str(tmp_path / "node"))
    assert made.code == 0
    assert f"accord check -c {tmp_path / 'node' / 'accord.toml'}" in made.out
    checked = run("check", "-c", str(tmp_path / "node" / "accord.toml"))
    assert (checked.code, "All good." in checked.out) == (0, True)
    assert (tmp_path / "node" / "items" / "ITEM-1.md").exists()


def test_init_for_roundup_says_where_the_password_comes_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.delenv("ACCORD_ROUNDUP_PASSWORD", raising=False)
    assert run("init", str(tmp_path), "--kind", "roundup").code == 0
    checked = run("check", "-c", str(tmp_path / "accord.toml"))
    assert checked.code == 1
    assert "ACCORD_ROUNDUP_PASSWORD is not set" in checked.err


def test_init_for_redmine_says_where_the_key_comes_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.delenv("ACCORD_REDMINE_API_KEY", raising=False)
    assert run("init", str(tmp_path), "--kind", "redmine").code == 0
    assert '# marker_field = "Sync mark"' in (tmp_path / "accord.toml").read_text()
    checked = run("check", "-c", str(tmp_path / "accord.toml"))
    assert checked.code == 1
    assert "ACCORD_REDMINE_API_KEY is not set" in checked.err


def test_init_for_rt_says_where_the_token_comes_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ACCORD_RT_TOKEN", raising=False)
    assert run("init", str(tmp_path), "--kind", "rt").code == 0
    assert '# description_field = "Description"' in (tmp_path / "accord.toml").read_text()
    checked = run("check", "-c", str(tmp_path / "accord.toml"))
    assert (checked.code, "ACCORD_RT_TOKEN is not set" in checked.err) == (1, True)


def test_init_never_overwrites(home: Home) -> None:
    before = home.config.read_text()
    again = run("init", str(home.path))
    assert (again.code, "not overwritten" in again.err) == (1, True)
    assert home.config.read_text() == before


def test_init_of_a_kind_that_is_not_there(tmp_path: Path) -> None:
    ran = run("init", str(tmp_path / "node"), "--kind", "markdwn")
    assert (ran.code, "Did you mean 'markdown'?" in ran.err) == (1, True)
    assert not (tmp_path / "node").exists()


def test_init_leaves_items_alone_that_are_there(tmp_path: Path) -> None:
    (tmp_path / "items").mkdir()
    assert run("init", str(tmp_path)).code == 0
    assert list((tmp_path / "items").iterdir()) == []


def test_check_tells_all_that_is_wrong_with_line_and_remedy(home: Home) -> None:
    text = home.config.read_text().replace('policy = "latest"', 'policy = "lattest"')
    home.config.write_text(text.replace('summary = "both"', 'sumary = "both"'))
    ran = home.run("check")
    assert ran.code == 1
    assert "Did you mean 'latest'?" in ran.err
    assert "Did you mean 'summary'?" in ran.err
    problems = home.run("check", "--json").json["problems"]
    lines = text.replace("lattest", "latest").splitlines()
    named = [lines[problem["line"] - 1].split(" = ")[0] for problem in problems]
    assert named == ["policy", "summary"]


def test_check_holds_the_table_against_the_tracker(home: Home) -> None:
    (home.items / "tracker.yaml").write_text("statuses: [open, closed]\n")
    text = home.config.read_text().replace(
        'status = "both"', 'status = { direction = "both", values = { "Done" = "closd" } }', 1
    )
    home.config.write_text(text)
    ran = home.run("check", "--json")
    assert (ran.code, ran.json["good"]) == (1, False)
    (problem,) = ran.json["problems"]
    assert (problem["value"], problem["remedy"]) == ("closd", "Did you mean 'closed'?")


NEWCOMER = """\
def outgoing(item, replica):
    replica.description = re.sub("[0-9]{16}", "****", item.description or "")


def incoming(replica, item, context):
    if replica.priority == "P1":
        item.status = "in progess"
    item.summary = replica.title
    item.description = replica.description.strip()
"""


def newcomer(home: Home, script: str) -> None:
    """What `init` wrote, with a script, and pairs of statuses one of which is misspelt."""
    (home.items / "tracker.yaml").write_text("statuses: [open, in progress, closed]\n")
    (home.path / "partner.py").write_text(script)
    text = home.config.read_text().replace('# script = "partner.py" ', 'script = "partner.py" ')
    pairs = 'status = { pairs = { "New" = "open", "Done" = "closd" } }\n'
    home.config.write_text(text.replace('status = "both"\n', pairs))


def told(home: Home) -> list[tuple[str, str, str | None]]:
    """Of each thing that is wrong: the file, the line as it stands there, and how to mend it."""
    ran = home.run("check", "--json")
    assert ran.code == 1
    found = []
    for problem in ran.json["problems"]:
        file = Path(problem["file"])
        line = file.read_text().splitlines()[problem["line"] - 1]
        found.append((file.name, line.strip().split("  ")[0], problem.get("remedy")))
    return found


def test_check_tells_all_of_a_newcomers_mistakes_at_once_with_file_line_and_mend(home: Home) -> None:
    newcomer(home, NEWCOMER)
    assert told(home) == [
        (
            "accord.toml",
            'status = { pairs = { "New" = "open", "Done" = "closd" } }',
            "Did you mean 'closed'?",
        ),
        (
            "partner.py",
            'replica.description = re.sub("[0-9]{16}", "****", item.description or "")',
            "Write `import re` at the top of the script.",
        ),
        ("partner.py", 'item.status = "in progess"', "Did you mean 'in progress'?"),
        ("partner.py", "item.summary = replica.title", "It is called 'summary' here."),
        (
            "partner.py",
            "item.description = replica.description.strip()",
            "The other side may not have named this field: ask `if replica.description:` first.",
        ),
    ]
    for place in ("accord.toml:", "partner.py:2:27:", "partner.py:7:23:", "partner.py:8:20:", "partner.py:9:24:"):
        assert place in home.run("check").err


def test_check_tells_a_script_that_is_no_python_beside_what_the_table_has_wrong(home: Home) -> None:
    newcomer(home, NEWCOMER.replace('replica.priority == "P1"', 'replica.priority = "P1"'))
    text = home.config.read_text()
    assert told(home) == [
        (
            "accord.toml",
            'status = { pairs = { "New" = "open", "Done" = "closd" } }',
            "Did you mean 'closed'?",
        ),
        ("partner.py", 'if replica.priority = "P1":', "Maybe you meant '==' instead of '='?"),
    ]
    home.config.write_text(text.replace('summary = "both"', 'sumary = "both"'))
    assert told(home) == [
        ("accord.toml", 'sumary = "both"', "Did you mean 'summary'?"),
        ("partner.py", 'if replica.priority = "P1":', "Maybe you meant '==' instead of '='?"),
    ]


def test_once_all_is_mended_check_says_so(home: Home) -> None:
    newcomer(home, NEWCOMER)
    home.config.write_text(home.config.read_text().replace("closd", "closed"))
    script = "import re\n\n\n" + NEWCOMER.replace("progess", "progress").replace("title", "summary")
    script = script.replace("replica.description.strip()", '(replica.description or "").strip()')
    (home.path / "partner.py").write_text(script)
    ran = home.run("check")
    assert (ran.code, "All good." in ran.out) == (0, True), ran.err


def test_the_configuration_may_be_named_before_the_command_or_by_the_environment(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("-c", str(home.config), "check").code == 0
    monkeypatch.setenv("ACCORD_CONFIG", str(home.config))
    assert run("check").code == 0
    assert run("check", "-c", str(tmp_path / "none.toml")).code == 1
    monkeypatch.delenv("ACCORD_CONFIG")
    monkeypatch.chdir(home.path)
    assert run("check").code == 0


def test_without_a_configuration_the_way_to_one_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ran = run("status")
    assert ran.code == 1
    assert ran.err == "error: accord.toml: There is no such file.\n       Make one: accord init\n"
    assert run("status", "--json").json["problems"][0]["remedy"] == "Make one: accord init"
