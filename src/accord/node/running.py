"""A node at work: what `accord up` runs."""

from __future__ import annotations

import asyncio
import fcntl
import os
import socket
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import structlog
import uvicorn
from starlette.types import ASGIApp

from accord.api import Served, make_app
from accord.config import Config
from accord.errors import ConfigurationInvalid, NeedsOperator
from accord.node.assembly import Assembled, assembled
from accord.node.detector import Detector
from accord.node.jobs import run_jobs
from accord.node.service import NodeService
from accord.node.watermark import Watermark
from accord.node.worker import Worker
from accord.operations.publish import publish_first
from accord.operations.rules import drafts
from accord.peers.blobs import LocalBlobs
from accord.peers.server import PeerServer
from accord.ports import Transaction

log = structlog.get_logger("accord.node")

HOUSEKEEPING_SECONDS = 3600.0
BLOB_DAYS = 2
API_PATIENCE = 3


async def run_node(config: Config, stop: asyncio.Event, ready: Callable[[Assembled], None]) -> None:
    """Runs a node until `stop` is set; `ready` is called once, when it takes requests.

    Raises ConfigurationInvalid (address in use), NeedsOperator (another node runs on the same data).
    """
    with _only_one(config.node.data):
        listener = _listen(config.node.listen, "node.listen")
        api_listener = _listen(config.api.listen, "api.listen") if config.api else None
        async with assembled(config) as node:
            await _look_at_rules(node)
            await _run(node, listener, api_listener, stop, ready)


async def _look_at_rules(node: Assembled) -> None:
    """Says loudly where the files say something else than what is in force: that goes on."""
    for version in await publish_first(node.config, node.ports, starting=True):
        log.info("rules.published", connection=version.connection_id, version=version.number, who=version.who)
    for draft in await drafts(node.config, node.ports):
        for problem in draft.problems:
            log.error("rules.invalid", connection=draft.connection, in_force=draft.against, **problem.to_json())
        if draft.problems:
            continue
        log.warning(
            "rules.draft",
            connection=draft.connection,
            in_force=draft.against,
            lines=draft.lines,
            remedy=f"What is in force goes on. See: accord rules diff {draft.connection}. "
            f'To put the files in force: accord publish {draft.connection} --why "..."',
        )


async def _run(
    node: Assembled,
    listener: socket.socket,
    api_listener: socket.socket | None,
    stop: asyncio.Event,
    ready: Callable[[Assembled], None],
) -> None:
    config, ports = node.config.node, node.ports
    if config.database is None:
        await ports.store.run(lambda tx: tx.release_all())
    watermark = Watermark(config.data / "watermark")
    if await ports.store.run(lambda tx: watermark.check(tx, ports.clock.now())):
        log.error("database.older", remedy="Every connection is stopped. See: accord status.")
    worker = Worker(ports, f"{config.name}-{uuid.uuid4().hex[:8]}", at_once=config.workers, watermark=watermark)
    detectors = {
        name: Detector(ports, tracker, config.poll_seconds, worker.wake) for name, tracker in ports.trackers.items()
    }
    service = NodeService(ports, worker.wake, lambda tracker: detectors[tracker].look())
    app = PeerServer(node.identity, ports.store, ports.clock, service, plain_http=True).app()
    servers = {"peer server": (_server(app), listener)}
    if api_listener is not None and node.config.api is not None:
        api = make_app(served(node, worker.wake))
        servers["API server"] = (
            _server(api, behind_proxy=node.config.api.behind_proxy, patience=API_PATIENCE),
            api_listener,
        )
    tasks = [asyncio.create_task(one.serve([at]), name=name) for name, (one, at) in servers.items()]
    tasks += [
        asyncio.create_task(worker.run(), name="worker"),
        asyncio.create_task(_keep_house(node), name="housekeeping"),
        asyncio.create_task(run_jobs(ports, worker.wake), name="jobs"),
    ]
    tasks += [asyncio.create_task(d.run(), name=f"detector of {name}") for name, d in detectors.items()]
    stopping = asyncio.create_task(stop.wait(), name="stop")
    ready(node)
    api_at = node.config.api.listen if node.config.api else None
    log.info("node.up", node=config.name, url=config.url, api=api_at, trackers=sorted(ports.trackers))
    await asyncio.wait([*tasks, stopping], return_when=asyncio.FIRST_COMPLETED)
    for server, _ in servers.values():
        server.should_exit = True
    ended = [task for task in tasks if task.done()]
    for task in (*tasks[len(servers) :], stopping):
        task.cancel()
    await asyncio.gather(*tasks, stopping, return_exceptions=True)
    log.info("node.down", node=config.name)
    for task in ended:
        if not stop.is_set():
            task.result()


def served(node: Assembled, wake: Callable[[], None]) -> Served:
    """What the API works with."""
    return Served(node.config, node.ports, node.identity, node.client, node.agreements.drafts_of, wake)


def _server(app: ASGIApp, *, behind_proxy: bool = True, patience: int | None = None) -> _Server:
    """`patience`: so many seconds requests may take after the node was asked to stop."""
    return _Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_keep_alive=75,
            proxy_headers=behind_proxy,
            server_header=False,
            timeout_graceful_shutdown=patience,
        )
    )


class _Server(uvicorn.Server):
    """Signals are the node's own business."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _keep_house(node: Assembled) -> None:
    """Forgets what is past its retention."""
    ports = node.ports
    while True:
        now = ports.clock.now()
        before = now - timedelta(days=node.config.node.retention_days)
        await ports.store.run(partial(_forget, before=before, keep=ports.settings.keep_syncs))
        if isinstance(ports.blobs, LocalBlobs):
            await asyncio.to_thread(ports.blobs.prune, now - timedelta(days=BLOB_DAYS))
        await ports.clock.sleep(HOUSEKEEPING_SECONDS)


def _forget(tx: Transaction, before: datetime, keep: int) -> None:
    tx.prune_history(before)
    for connection in tx.connections():
        tx.prune_samples(connection.id, before, keep)


def _listen(address: str, field: str) -> socket.socket:
    host, _, port = address.rpartition(":")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host.strip("[]"), int(port)))
    except OSError as error:
        listener.close()
        raise ConfigurationInvalid(
            f"Can't listen on {address}: {error.strerror}.",
            field=field,
            value=address,
            remedy="Stop what uses this address, or choose another one.",
        ) from error
    return listener


@contextmanager
def _only_one(data: Path) -> Iterator[None]:
    """One node at a time on a data folder. Raises NeedsOperator if there is one already."""
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (data / "node.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise NeedsOperator(
                f"A node is running on {data} already (process {lock.read().strip() or 'unknown'}).",
                remedy="Stop it first, or give this one a data folder of its own.",
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield
