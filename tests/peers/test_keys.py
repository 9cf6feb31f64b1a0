"""The node's key on disk."""

from __future__ import annotations

import base64
import stat

import pytest

from accord.errors import ConfigurationInvalid
from accord.peers.keys import KEY_FILE, fingerprint, load_node_key, read_public_key


def test_made_on_first_use_and_found_again(tmp_path):
    first = load_node_key(tmp_path / "data")
    assert load_node_key(tmp_path / "data").public == first.public
    path = tmp_path / "data" / KEY_FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == [KEY_FILE]


def test_two_folders_have_two_keys(tmp_path):
    assert load_node_key(tmp_path / "a").public != load_node_key(tmp_path / "b").public


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o602])
def test_a_key_that_others_can_read_or_change_is_refused(tmp_path, mode):
    load_node_key(tmp_path)
    (tmp_path / KEY_FILE).chmod(mode)
    with pytest.raises(ConfigurationInvalid) as caught:
        load_node_key(tmp_path)
    assert "chmod 600" in caught.value.remedy
    assert caught.value.file == str(tmp_path / KEY_FILE)


def test_a_file_that_is_no_key_is_refused_without_being_shown(tmp_path):
    path = tmp_path / KEY_FILE
    path.write_text("top secret")
    path.chmod(0o600)
    with pytest.raises(ConfigurationInvalid) as caught:
        load_node_key(tmp_path)
    assert "secret" not in str(caught.value)


def test_the_public_key_is_32_raw_bytes(tmp_path):
    key = load_node_key(tmp_path)
    assert len(base64.b64decode(key.public)) == 32
    assert read_public_key(key.public).public_bytes_raw() == base64.b64decode(key.public)


def test_the_fingerprint_can_be_read_aloud(tmp_path):
    key = load_node_key(tmp_path)
    assert fingerprint(key.public) == key.fingerprint
    assert [len(group) for group in key.fingerprint.split("-")] == [4, 4, 4, 4]
    assert key.public not in repr(key)


@pytest.mark.parametrize("text", ["", "x", "=" * 44, "A" * 44, "A" * 43, "A" * 42 + "B=", "é" * 44])
def test_what_is_no_public_key(text):
    with pytest.raises(ValueError):
        read_public_key(text)
