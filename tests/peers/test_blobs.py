"""Bytes on local disk."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime

import pytest

from accord.errors import Unreachable
from accord.peers import LocalBlobs

BYTES = b"a picture of the printer"
SHA256 = hashlib.sha256(BYTES).hexdigest()


@pytest.fixture
def blobs(tmp_path):
    return LocalBlobs(tmp_path / "blobs")


def kept(blobs):
    partial = blobs.receiving(SHA256)
    partial.write_bytes(BYTES)
    return blobs.keep(partial, SHA256)


async def pieces(*parts: bytes):
    for part in parts:
        yield part


def test_what_was_kept_is_found_by_its_hash(blobs):
    path = kept(blobs)
    assert blobs.path(SHA256) == path
    assert path.read_bytes() == BYTES
    assert (path.parent.name, path.name) == (SHA256[:2], SHA256[2:])
    assert not blobs.receiving(SHA256).exists()


def test_what_was_never_kept_is_not_found(blobs):
    assert blobs.path(SHA256) is None


def test_wrong_bytes_are_forgotten(blobs):
    partial = blobs.receiving(SHA256)
    partial.write_bytes(b"a picture of something else")
    with pytest.raises(Unreachable):
        blobs.keep(partial, SHA256)
    assert not partial.exists()
    assert blobs.path(SHA256) is None


def test_keeping_twice_is_as_good_as_once(blobs):
    assert kept(blobs) == kept(blobs)


@pytest.mark.parametrize("sha256", ["../../etc/passwd", "", "a" * 63, "A" * 64, "g" * 64, "a" * 64 + "\n"])
def test_what_is_no_hash_never_becomes_a_path(blobs, sha256):
    for ask in (blobs.path, blobs.receiving):
        with pytest.raises(ValueError):
            ask(sha256)


async def test_spooled_bytes_are_hashed_and_can_be_kept(blobs):
    async with blobs.spool(pieces(BYTES[:5], b"", BYTES[5:])) as (path, sha256, size):
        assert (path.read_bytes(), sha256, size) == (BYTES, SHA256, len(BYTES))
        blobs.keep(path, sha256)
    assert blobs.path(SHA256).read_bytes() == BYTES


async def test_spooled_bytes_that_nobody_kept_are_gone(blobs):
    async with blobs.spool(pieces(BYTES)) as (path, _, _):
        assert path.exists()
    assert not path.exists()


async def test_a_source_that_breaks_leaves_nothing(blobs, tmp_path):
    async def broken():
        yield BYTES
        raise Unreachable("gone")

    with pytest.raises(Unreachable):
        async with blobs.spool(broken()):
            raise AssertionError("it never came to an end")
    assert [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()] == []


async def test_pruning_takes_what_was_not_used_since(blobs):
    path, partial = kept(blobs), blobs.receiving("0" * 64)
    partial.write_bytes(b"half")
    for each in (path, partial):
        os.utime(each, (1_000, 1_000))
    blobs.path(SHA256)
    assert blobs.prune(datetime(2020, 1, 1, tzinfo=UTC)) == 1
    assert path.exists()
    assert not partial.exists()
    assert blobs.prune(datetime(2100, 1, 1, tzinfo=UTC)) == 1
    assert blobs.path(SHA256) is None


def test_others_on_the_machine_can_not_read_it(blobs):
    path = kept(blobs)
    assert path.parent.stat().st_mode & 0o077 == 0
