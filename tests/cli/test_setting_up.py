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
