"""What people have decided about a field is written: an answer to a question, or a value that had lost.

Each decision is on disk before it is carried out, so an interrupted run is done again; it is told as an edit by people
is. It says what the person saw: where that is no longer so, nothing is written, and history says so.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from dataclasses import dataclass, field

from accord.errors import AccordError, ItemGone, Unreachable, VersionMismatch, WaitAndRetry
from accord.model import Decision, Flat, Item, Patch, Question, Twin, same
from accord.model.paths import COMMENT, with_bodies
from accord.ports import HistoryEntry, Transaction, Written
from accord.steps import record
from accord.steps.compose import Chosen, Synced
from accord.steps.guard import check_guard, damage_of
from accord.steps.plan import Plan
from accord.steps.situation import Situation

TRIES = 5


@dataclass
class Decided:
    """The item as it stands once it is done, the twin without what was decided, what to tell of it, and its history."""

    item: Item
    twin: Twin
    synced: Synced = field(default_factory=Synced)
    lines: list[HistoryEntry] = field(default_factory=list)


async def decide(situation: Situation, item: Item) -> Decided:
    """Carries out what waits to be. Raises the tracker's errors, GuardStopped, and Unreachable if the item keeps
    changing under us."""
    for _ in range(TRIES):
        shadow, current = situation.twin.shadow, with_bodies(item)
        refusals = {path: _outdated(one, shadow.questions.get(path), current, path) for path, one in _all(situation)}
        valid = {path: one for path, one in _all(situation) if refusals[path] is None}
        values = {path: one.value for path, one in valid.items() if not same(current.get(path), one.value)}
        bodies = {path: values[path] for path in values if path.startswith(COMMENT)}
        patch = Patch.of({path: value for path, value in values.items() if path not in bodies})
        await check_guard(situation, damage_of(Plan(patch=patch), item))
        situation = await _record(situation, {path: valid[path] for path in values})
        try:
            written, refused = await _write(situation, item, patch, bodies)
        except VersionMismatch:
            item = await situation.item()
            continue
        refusals |= refused
        done = {path: one for path, one in _all(situation) if refusals[path] is None}
        return _decided(situation, written, done, refusals)
    raise Unreachable(
        f"{situation.twin.local_key} changed {TRIES} times while it was being written.",
        item=situation.twin.local_key,
        step="outgoing",
        remedy="It is tried again by itself.",
    )


async def _record(situation: Situation, due: dict[str, Decision]) -> Situation:
    """Puts into history what is about to be written: whatever becomes of this run, it tells who wrote over what."""
    new = {path: one for path, one in due.items() if not one.recorded}
    if not new:
        return situation
    shadow = situation.twin.shadow
    lines = [_line(situation, path, one, shadow.questions.get(path)) for path, one in new.items()]
    decisions = shadow.decisions | {path: one.model_copy(update={"recorded": True}) for path, one in new.items()}
    twin = situation.twin.model_copy(update={"shadow": shadow.model_copy(update={"decisions": decisions})})

    def work(tx: Transaction) -> None:
        tx.put_twin(twin)
        for line in lines:
            tx.record(line)

    await situation.checkpoint(work)
    return situation.with_twin(twin)


def _all(situation: Situation) -> list[tuple[str, Decision]]:
    return sorted(situation.twin.shadow.decisions.items())


def _outdated(decision: Decision, question: Question | None, current: Flat, path: str) -> str | None:
    """Why the person would decide otherwise by now, perhaps."""
    held = current.get(path)
    if same(held, decision.value) and (question is None or not decision.answers):
        return None  # an earlier run did it, or somebody came to the same
    if not same(held, decision.value) and not same(held, decision.ours):
        return "it was edited here meanwhile"
    if decision.answers and question is None:
        return "it was answered on the other side"
    if decision.answers and question is not None and not same(question.theirs, decision.theirs):
        return "it was edited on the other side meanwhile"
    return None


async def _write(situation: Situation, item: Item, patch: Patch, bodies: Flat) -> tuple[Item, dict[str, str]]:
    """The item afterwards, and why the tracker refused which paths, if it did. `bodies` are those of comments. Raises
    VersionMismatch."""
    tracker, refusals = situation.tracker, dict[str, str]()
    if patch:
        refusals |= await _refused(tracker.update(item.key, patch, item.version), patch.paths())
    for comment in item.comments:
        path = f"{COMMENT}{comment.id}"
        if path in bodies:
            anew = comment.model_copy(update={"body": str(bodies[path])})
            refusals |= await _refused(tracker.edit_comment(item.key, anew), [path])
    return (await situation.item() if patch or bodies else item), refusals


async def _refused(write: Awaitable[Written], paths: Iterable[str]) -> dict[str, str]:
    try:
        await write
    except (WaitAndRetry, ItemGone, VersionMismatch):
        raise
    except AccordError as refused:
        return dict.fromkeys(paths, refused.message)
    return {}


def _decided(situation: Situation, item: Item, done: dict[str, Decision], refusals: dict[str, str | None]) -> Decided:
    shadow = situation.twin.shadow
    chosen = {
        path: Chosen(one.at, shadow.questions[path].told, gives_way=same(one.value, one.theirs))
        for path, one in done.items()
        if one.answers and path in shadow.questions
    }
    questions = {path: question for path, question in shadow.questions.items() if path not in chosen}
    told = {path: one for path, one in done.items() if not (one.answers and same(one.ours, one.theirs) and _kept(one))}
    lines = [_line(situation, path, one, shadow.questions.get(path)) for path, one in told.items() if not one.recorded]
    for path, one in _all(situation):
        if refusals[path] is not None:
            summary = f"{path} of {item.key} stays as it is: {refusals[path]}"
            details = {"field": path, "value": one.value, "who": one.who}
            lines.append(record.entry(situation, "undecided", summary, item=item.key, **details))
    twin = situation.twin.model_copy(update={"shadow": shadow.model_copy(update={"decisions": {}})})
    return Decided(item, twin, Synced(questions=questions, chosen=chosen), lines)


def _kept(one: Decision) -> bool:
    return same(one.value, one.ours)


def _line(situation: Situation, path: str, one: Decision, question: Question | None) -> HistoryEntry:
    item = situation.twin.local_key
    if not one.answers:
        summary = f"{one.who} restored {path} of {item}, which had lost a conflict"
        details = {"field": path, "before": one.ours, "value": one.value, "who": one.who, "lost_at": one.since}
        return record.entry(situation, "restored", summary, item=item, **details)
    side = situation.connection.side
    ours = _kept(one)
    theirs = same(one.value, one.theirs)
    details = {
        "field": path,
        "kept": one.value,
        "lost": one.theirs if ours else one.ours,
        "lost_there": None if ours or theirs else one.theirs,
        "base": question.base if question else None,
        "winner": side if ours else side.other if theirs else "another value",
        "policy": "ask",
        "ours": one.ours,
        "theirs": one.theirs,
        "ours_at": question.ours_at if question else None,
        "theirs_at": question.theirs_at if question else None,
        "ours_by": question.ours_by if question else None,
        "theirs_by": question.theirs_by if question else None,
        "chosen": f"by {one.who}",
    }
    return record.entry(situation, "conflict", f"{one.who} chose {path} of {item}", item=item, **details)
