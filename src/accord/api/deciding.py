"""What people decide about conflicts: choose a value, or bring back one that lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, Self

from fastapi import APIRouter, Query
from pydantic import Field, model_validator
from starlette.responses import Response

from accord.api.admission import CallerHere, GuardedRoute
from accord.api.answers import answer
from accord.api.given import AnyValue, Connection, ConnectionQuery, Given, Key, KeyQuery, Line, Wait
from accord.operations.choose import Asked, Chosen, questions
from accord.operations.choose import choose as decide
from accord.operations.following import carried_out
from accord.operations.restore import Loser, Restored
from accord.operations.restore import losers as look_at_losers
from accord.operations.restore import restore as bring_back

router = APIRouter(route_class=GuardedRoute, tags=["Conflicts"])
FieldName = Annotated[Line, Field(description="The field, as errors and history name it.", examples=["priority"])]
OnlyPreview = Annotated[bool, Field(description="Only show what would be written.")]


class Choosing(Given):
    """Whose value is right: one of `side` and `value`."""

    key: Key
    field: FieldName
    side: Annotated[Literal["ours", "theirs"] | None, Field(description="Whose value is right.")] = None
    value: Annotated[AnyValue, Field(description="Neither: this one.")] = None
    preview: OnlyPreview = False
    connection: Connection = None
    wait: Wait = 0.0

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.side is None) == ("value" not in self.model_fields_set):
            raise ValueError("give whose value is right (side), or another one (value)")
        return self


class Restoring(Given):
    """A value that lost a conflict: the last one on the field is number 1."""

    key: Key
    field: FieldName
    number: Annotated[int, Field(ge=1, le=10_000)] = 1
    over_edits: Annotated[bool, Field(description="Also where the field was edited since that conflict.")] = False
    preview: OnlyPreview = False
    connection: Connection = None
    wait: Wait = 0.0


@dataclass(frozen=True)
class ChosenTold:
    """`outcome`: preview, late (it is on disk, and not carried out yet), done, or why nothing was written."""

    chosen: Chosen
    outcome: str


@dataclass(frozen=True)
class RestoredTold:
    """`outcome`: preview, late (it is on disk, and not carried out yet), done, or why nothing was written."""

    restored: Restored
    outcome: str


@router.get("/conflicts", response_model=list[Asked])
async def conflicts(caller: CallerHere, connection: ConnectionQuery = None) -> Response:
    """What waits for a person to choose between two values, the oldest first.

    Under the policy `ask` a field that both sides changed keeps both values until somebody answers, on either side.
    """
    return answer(await questions(caller.ports, caller.meant(connection)))


@router.post("/choose", response_model=ChosenTold)
async def choose(caller: CallerHere, given: Choosing) -> Response:
    """Answer which value a field is to hold that both sides changed.

    The answer is on disk, and is carried out by the node: with `wait` the outcome is told once it is. Where the field
    has been edited since, nothing is written, and people are asked again.
    """
    meant = caller.meant(given.connection)
    about = {"item": given.key, "field": given.field, "side": given.side, "value": given.value}
    async with caller.acting("choose", meant, once=False, **about) as ports:
        made = await decide(
            ports, given.key, given.field, who=caller.token.name, side=given.side, value=given.value,
            connection=meant, preview=given.preview,
        )  # fmt: skip
    return answer(ChosenTold(made, await _outcome(caller, made, given.preview, given.wait)))


@router.get("/losers", response_model=list[Loser])
async def losers(
    caller: CallerHere,
    key: KeyQuery,
    field: Annotated[Line | None, Query(description="Only of this field.", examples=["priority"])] = None,
    connection: ConnectionQuery = None,
) -> Response:
    """The values of an item that lost conflicts, by field and number.

    The last first; each of them can be brought back.
    """
    return answer(await look_at_losers(caller.ports, key, field, caller.meant(connection)))


@router.post("/restore", response_model=RestoredTold)
async def restore(caller: CallerHere, given: Restoring) -> Response:
    """Bring back a value that lost a conflict.

    It is written here as an edit, and syncs as any other. A comment is called `comment.<id>`.
    """
    meant = caller.meant(given.connection)
    about = {"item": given.key, "field": given.field, "number": given.number}
    async with caller.acting("restore", meant, once=False, **about) as ports:
        made = await bring_back(
            ports, given.key, given.field, who=caller.token.name, number=given.number, connection=meant,
            over_edits=given.over_edits, preview=given.preview,
        )  # fmt: skip
    return answer(RestoredTold(made, await _outcome(caller, made, given.preview, given.wait)))


async def _outcome(caller: CallerHere, made: Chosen | Restored, preview: bool, wait: float) -> str:
    if preview:
        return "preview"
    return await carried_out(caller.ports, made.twin_id, made.key, made.field, wait)
