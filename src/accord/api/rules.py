"""Rules: the versions that were published, the draft in the files, and putting one in force."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from accord.api.admission import CallerHere, GuardedRoute
from accord.api.answers import answer
from accord.api.given import Connection, ConnectionQuery, Given, Number, Why
from accord.api.mending import OneConnection
from accord.operations.find import the_connection
from accord.operations.jobs import JobLine, begin
from accord.operations.publish import PublishedTold
from accord.operations.publish import publish as put
from accord.operations.replay import Replay
from accord.operations.replay import replay as run_again
from accord.operations.rules import Difference, SourceTold, Versions, difference_told, drafts, source_told, versions
from accord.operations.rules import roll_back as go_back
from accord.operations.stubs import StubsTold, stubs_of

router = APIRouter(route_class=GuardedRoute, tags=["Rules"])
Version = Annotated[
    str, Query(pattern="^([1-9][0-9]{0,9}|draft)$", description="A version's number, or draft.", examples=["3"])
]


class Publishing(Given):
    """Of which connection the rules in the files are to be in force, and why."""

    connection: OneConnection
    why: Why
    and_sync: Annotated[bool, Field(description="Then bring the items under sync in line, as /sync-all does.")] = False


class RollingBack(Given):
    """Which version is to be in force again, and why."""

    version: Annotated[Number, Field(description="The version.", examples=[2])]
    why: Why
    connection: Connection = None


@dataclass(frozen=True)
class PublishedAnswer:
    """What was published; `job` brings items in line, if that was asked for."""

    published: PublishedTold
    job: JobLine | None = None


@router.get("/rules", response_model=Versions)
async def rules(caller: CallerHere, connection: ConnectionQuery = None) -> Response:
    """The versions of the rules, which are in force, and drafts in the files.

    Who published what, when, and why; the newest first.
    """
    meant = caller.meant(connection)
    unpublished = await drafts(await caller.served.files(), caller.ports, meant)
    return answer(Versions(await versions(caller.ports, meant), [draft.told() for draft in unpublished]))


@router.get("/rules/diff", response_model=Difference)
async def rules_diff(
    caller: CallerHere,
    before: Version | None = None,
    after: Version = "draft",
    connection: ConnectionQuery = None,
) -> Response:
    """How two versions differ, or a version and the draft in the files.

    A unified diff; without `before` against the version in force.
    """
    meant = caller.meant(connection)
    return answer(await difference_told(await caller.served.files(), caller.ports, meant, before, after))


@router.get("/rules/source", response_model=SourceTold)
async def rules_source(caller: CallerHere, version: Version, connection: ConnectionQuery = None) -> Response:
    """The whole source of a version: its tables as they stand in accord.toml, and its script."""
    meant = caller.meant(connection)
    return answer(await source_told(await caller.served.files(), caller.ports, meant, version))


@router.get("/rules/stubs", response_model=StubsTold)
async def rules_stubs(caller: CallerHere, connection: ConnectionQuery = None) -> Response:
    """Type stubs of what rule scripts see, for the author's editor.

    They are made from the tracker's own fields and values. Save `text` as `<module>.pyi` beside the script.
    """
    chosen = await the_connection(caller.ports, caller.meant(connection))
    return answer(await stubs_of(await caller.served.files(), caller.ports, chosen.name))


@router.get("/rules/replay", response_model=Replay)
async def rules_replay(
    caller: CallerHere,
    last: Annotated[int, Query(ge=1, le=1000, description="So many syncs, the newest.")] = 50,
    version: Annotated[Number | None, Query(description="Under this version (default: the draft).")] = None,
    connection: ConnectionQuery = None,
) -> Response:
    """Run the last real syncs once more under other rules, and tell what would have come of them.

    Nothing is written, and no tracker is asked: what the rules were run on then is kept (keep_syncs in accord.toml).
    """
    chosen = await the_connection(caller.ports, caller.meant(connection))
    draft = None if version else await caller.served.draft()
    return answer(await run_again(caller.ports, chosen.name, last, draft=draft, version=version))


@router.post("/rules/publish", response_model=PublishedAnswer)
async def publish(caller: CallerHere, given: Publishing) -> Response:
    """Put the rules of the files in force.

    They are checked first; what is wrong is told with its place, and nothing changes. The node takes them up at once,
    and items that a rule had blocked go on.
    """
    meant, who = caller.meant(given.connection) or given.connection, caller.token.name
    config, job = await caller.served.files(), None
    async with caller.acting("publish", meant, why=given.why) as ports:
        done = await put(config, ports, meant, who=who, why=given.why)
    if given.and_sync:
        async with caller.acting("sync_all", meant) as ports:
            job = await begin(ports, meant, config.node.job_pace)
    return answer(PublishedAnswer(done.told(), job))


@router.post("/rules/roll-back", response_model=PublishedTold)
async def roll_back(caller: CallerHere, given: RollingBack) -> Response:
    """Put the rules of an earlier version in force again, as a version of its own.

    The files stay as they are: what was taken back is a draft in them.
    """
    chosen = await the_connection(caller.ports, caller.meant(given.connection))
    async with caller.acting("roll_back", chosen.name, version=given.version, why=given.why) as ports:
        done = await go_back(ports, chosen.name, given.version, who=caller.token.name, why=given.why)
    return answer(done.told())
