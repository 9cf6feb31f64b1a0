"""Attachments between nodes: offered, resumed, verified."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import secrets

import pytest

from accord.errors import PeerRefused, Unreachable, WaitAndRetry
from accord.peers import LocalBlobs, PeerClient
from accord.peers.fetch import Partial

from .conftest import Raw, a_node
from .test_client import actor  # noqa: F401 - a fixture

BYTES = secrets.token_bytes(700_000)
SHA256 = hashlib.sha256(BYTES).hexdigest()


@pytest.fixture
def offered(red, agreed, tmp_path):
    """Blue's side of a connection through which Red offers BYTES."""
    path = tmp_path / "offered"
    path.write_bytes(BYTES)
    red.engine.blobs["c1", SHA256] = path
    return agreed


@pytest.fixture
def target(tmp_path):
    return LocalBlobs(tmp_path / "blobs").receiving(SHA256)


@pytest.fixture
def blob(raw):
    """A request of Blue to Red for a blob."""
    raw.method, raw.target, raw.body, raw.headers = "GET", f"/peer/v1/blobs/{SHA256}?connection=c1", b"", {}
    return raw


async def test_the_bytes_arrive(blue, red, offered, target):
    await blue.client.fetch_blob(offered, SHA256, target)
    assert target.read_bytes() == BYTES


@pytest.mark.parametrize("there", [1, 65_536, 699_999])
async def test_going_on_where_an_earlier_try_ended(blue, red, offered, target, there):
    target.write_bytes(BYTES[:there])
    await blue.client.fetch_blob(offered, SHA256, target)
    assert target.read_bytes() == BYTES


async def test_what_is_complete_is_not_asked_for_again(blue, red, offered, target):
    target.write_bytes(BYTES)
    red.engine.blobs.clear()
    await blue.client.fetch_blob(offered, SHA256, target)
    assert target.read_bytes() == BYTES


async def test_a_wrong_beginning_is_told_by_the_hash_and_forgotten(blue, red, offered, target):
    target.write_bytes(b"x" * 1000)
    with pytest.raises(Unreachable, match="not those that were announced"):
        await blue.client.fetch_blob(offered, SHA256, target)
    await blue.client.fetch_blob(offered, SHA256, target)
    assert target.read_bytes() == BYTES


async def test_more_than_there_is_makes_a_new_start(blue, red, offered, target):
    target.write_bytes(b"x" * 800_000)
    with pytest.raises(Unreachable, match="shorter"):
        await blue.client.fetch_blob(offered, SHA256, target)
    await blue.client.fetch_blob(offered, SHA256, target)
    assert target.read_bytes() == BYTES


async def test_two_that_want_the_same_bytes_do_not_mix_them(blue, red, offered, target):
    await asyncio.gather(*(blue.client.fetch_blob(offered, SHA256, target) for _ in range(3)))
    assert target.read_bytes() == BYTES


async def test_a_peer_that_sends_other_bytes(blue, red, offered, target, tmp_path):
    (tmp_path / "offered").write_bytes(BYTES[:-1] + b"?")
    with pytest.raises(Unreachable, match="not those that were announced"):
        await blue.client.fetch_blob(offered, SHA256, target)
    assert target.stat().st_size == 0


async def test_a_line_that_breaks_half_way_keeps_what_came(blue, red, agreed, target):
    async def half(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 700000\r\n\r\n" + BYTES[:300_000])
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(half, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    with pytest.raises(Unreachable):
        await blue.client.fetch_blob(agreed.model_copy(update={"peer_url": url}), SHA256, target)
    server.close()
    kept = target.read_bytes()
    assert kept
    assert BYTES.startswith(kept)


async def test_what_was_not_offered_through_this_connection(blue, red, offered, target):
    async with a_node("grey", blue.clock) as grey:
        await red.connect(grey, "c2")
        with pytest.raises(PeerRefused, match="No such attachment") as caught:
            await grey.client.fetch_blob(await grey.connect(red, "c2"), SHA256, target)
    assert caught.value.status == 404


async def test_a_stranger_gets_nothing(blue, red, offered, target):
    async with a_node("grey", blue.clock) as grey:
        with pytest.raises(PeerRefused) as caught:
            await grey.client.fetch_blob(await grey.connect(red), SHA256, target)
    assert caught.value.status == 401
    assert await red.counters() == {"peer.refused.unknown_peer": 1}


async def test_more_bytes_than_this_node_takes(blue, red, offered, target):
    client = PeerClient(blue.me, blue.clock, blob_limit=100_000)
    with pytest.raises(PeerRefused, match="larger than 100000 bytes"):
        await client.fetch_blob(offered, SHA256, target)
    assert target.stat().st_size == 0
    await client.close()


@pytest.mark.parametrize(
    ("content_range", "status"), [("bytes 5-9/10", 206), ("", 206), ("bytes x", 206), ("bytes 0-1/2", 201)]
)
async def test_another_range_than_the_one_asked_for(blue, actor, target, content_range, status):  # noqa: F811
    actor.status, actor.headers, actor.body = status, {"Content-Range": content_range}, b"x"
    target.write_bytes(BYTES[:3])
    with pytest.raises(Unreachable):
        await blue.client.fetch_blob(await blue.connect(actor.red, peer_url=actor.url), SHA256, target)
    assert target.read_bytes() == BYTES[:3]


# --- what the server says to requests made by hand ------------------------------------------------------


async def status_of(blob: Raw) -> int:
    return (await blob.sign().send())[0]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Range": "bytes=5-9"}, 206),
        ({"Range": "bytes=5-9", "If-Range": '"another"'}, 200),
        ({"Range": "bytes=700000-"}, 416),
        ({"Range": "bytes=9-5"}, 400),
        ({"Range": "bytes=0-1,5-9"}, 400),
        ({"Range": "bytes=-5"}, 400),
        ({"Range": "lines=1-2"}, 400),
        ({"Range": "bytes=" + "9" * 5000 + "-"}, 400),
    ],
)
async def test_ranges(blob, offered, headers, status):
    blob.headers = headers
    assert await status_of(blob) == status


@pytest.mark.parametrize("sha256", ["..%2F..%2Fetc%2Fpasswd", "A" * 64, "x", "0" * 64])
async def test_what_is_no_offered_hash(blob, offered, sha256):
    blob.target = f"/peer/v1/blobs/{sha256}?connection=c1"
    assert await status_of(blob) == 404


async def test_a_request_for_bytes_can_not_be_replayed(blob, offered):
    blob.headers = {"Range": "bytes=700000-"}
    signed = blob.sign()
    assert (await signed.send())[0] == 416
    assert (await signed.send())[0] == 425


async def test_a_request_for_bytes_has_no_body(blob, offered):
    blob.body, blob.headers = b"{}", {"Content-Type": "application/json"}
    assert await status_of(blob) == 413


async def test_a_full_disk_is_told_as_such(tmp_path, monkeypatch):
    class Full:
        def write(self, chunk):
            raise OSError(errno.ENOSPC, "No space left on device")

        def close(self):
            return None

    async with Partial(tmp_path / "full", SHA256, 10) as part:
        monkeypatch.setattr(part, "_file", Full())
        with pytest.raises(WaitAndRetry, match="No space left"):
            part.write(b"12345")
