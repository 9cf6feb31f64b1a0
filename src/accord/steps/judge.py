"""Conflicts on fields: which policy decides each, who wins, and what a person is asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import Enum

from pydantic import JsonValue

from accord.errors import RuleFailed
from accord.merge.conflict import Contest, Verdict, is_asked, resolve
from accord.merge.fields import FieldMerge, before_changes, respelled
from accord.merge.questions import Waiting
from accord.model import (
    Change,
    Connection,
    Flat,
    Item,
    Message,
    Patch,
    Policy,
    Question,
    Replica,
    Twin,
    differing,
    flatten,
    is_empty,
    same,
)
from accord.ports import RuleContext, Rules

NEWER = 2**62  # than any state version


class Settled(Enum):
    """Nobody needs be asked: the other side's value was made of ours (`theirs` holds), or both would be told alike."""

    OURS = "ours"
    THEIRS = "theirs"


@dataclass(frozen=True)
class Judged:
    """The values to write, the verdicts, and all questions that are open then."""

    values: Flat
    verdicts: tuple[Verdict, ...]
    questions: dict[str, Question]


@dataclass(frozen=True)
class Judge:
    """Judges what a message changes against what was changed here.

    `item` is ours as it stands, `agreed` as the other side knows it. `wanted` and `after` are the drafts of the replica
    over either, `before` that over `agreed` without its changes. `unagreed` are paths upon which nobody has agreed yet,
    and `pairing` that nothing is agreed at all.
    """

    connection: Connection
    twin: Twin
    rules: Rules
    context: RuleContext
    message: Message
    item: Item
    agreed: Item
    wanted: Item
    after: Item
    before: Item
    unagreed: frozenset[str] = frozenset()
    pairing: bool = False

    async def judge_all(self, merged: FieldMerge, held: Collection[str], wanted: Flat) -> Judged:
        """Judges what is contested, and what the other side's people have chosen; `held` waits for a person."""
        open_here = self.twin.shadow.questions
        asked = {path: await self.question(path, open_here.get(path)) for path in sorted(held)}
        questions = {path: question for path, question in asked.items() if question is not None}
        given = await self._given_way((*merged.values, *merged.contested))
        values = {path: value for path, value in merged.values.items() if path not in given}
        verdicts = [await self._chosen_there(path) for path in values if path in open_here]
        for path in merged.contested:
            found = None if path in given else await self.judge(path)
            if isinstance(found, Verdict):
                verdicts.append(found)
                values |= {} if same(found.kept, self._held(path)) else {path: found.kept}
            elif isinstance(found, Question):
                questions[path] = found
            elif found is Settled.THEIRS:
                values[path] = wanted.get(path)
        return Judged(values, tuple(verdicts), questions)

    async def _given_way(self, paths: Collection[str]) -> set[str]:
        """What a person on the other side has left as it was here, and perhaps has been edited since. It may look
        otherwise over there: cut off, or in its tracker's own markup."""
        if not any(change.gives_way for change in self.message.changed.values()):
            return set()
        unseen = self.twin.shadow.unseen
        asked_here = {path for path, change in unseen.items() if change.chosen and change.version > self.message.seen}
        causes = {path: await self._causes(path) for path in paths if path not in asked_here}
        return {path for path, found in causes.items() if found and all(c.gives_way for c in found.values())}

    async def judge(self, path: str) -> Verdict | Question | Settled:
        """Who wins, by the policy of the field; or the question that a person must answer."""
        contest, policy = await self._contest(path)
        if not is_asked(contest, policy):
            return resolve(contest, policy, self.connection.side)
        if path not in self.unagreed and not self.pairing and self._made_of_ours(path):
            return Settled.THEIRS
        return await self.question(path, None) or Settled.OURS

    def _made_of_ours(self, path: str) -> bool:
        """Whether what the other side's value replaced is ours. Nothing is no proof: what is told for the first time
        replaces nothing as well."""
        ours = self._held(path)
        return not is_empty(ours) and same(flatten(self.before).get(path), ours)

    async def _chosen_there(self, path: str) -> Verdict:
        """What was asked of both sides was answered on the other one."""
        contest, _ = await self._contest(path)
        return Verdict(
            path,
            contest.theirs,
            contest.ours,
            self.connection.side.other,
            contest.base,
            contest.ours,
            Policy.ASK,
            chosen=True,
            **contest.written,
        )

    async def waiting(self) -> Waiting:
        """What is known of questions."""
        unseen = self.twin.shadow.unseen
        answered = {path for path, change in unseen.items() if change.chosen and change.version > self.message.seen}
        return Waiting(
            open=self.twin.shadow.questions,
            listed=await self._listed(),
            seen=self.message.seen,
            answered=answered,
            anew=self.message.version <= self.twin.peer_version,
        )

    async def question(self, path: str, known: Question | None) -> Question | None:
        """The question as it stands now. `known`: as it stood until now. None where there is nothing to choose from:
        the two values are alike to the other side."""
        theirs = self._wanted().get(path)
        told = await self._told_as(path, theirs)
        if not told and await self._told_as(path, None):
            return None
        listed = bool(self.message.questions.keys() & told.keys())
        if known is not None and same(known.theirs, theirs):
            return known.model_copy(update={"known": known.known or listed, "told": told})
        contest, _ = await self._contest(path)
        return Question(
            theirs=theirs,
            base=known.base if known else contest.base,
            told=told,
            since=known.since if known else self.context.now,
            **contest.written | {"theirs_at": contest.theirs_at or self.message.told_at},
            version=known.version if known else 0,
            known=listed or bool(known and known.known),
        )

    async def _contest(self, path: str) -> tuple[Contest, Policy]:
        ours, theirs = flatten(self.item).get(path), self._wanted().get(path)
        told = flatten(self.agreed).get(path)
        change = self.twin.shadow.unseen.get(path)
        causes = await self._causes(path)
        unagreed = path in self.unagreed
        theirs_at = max((cause.at for cause in causes.values()), default=None)
        if theirs_at is None and (unagreed or path in self.twin.awaits):
            theirs_at = self.message.told_at
        as_told = change is not None and same(told, ours)
        paths = await self._decided_by(path, causes, theirs) if self.connection.policies else frozenset()
        contest = Contest(
            path,
            None if unagreed or self.pairing else change.base if change else told,
            ours,
            theirs,
            change.at if change and as_told else self.item.updated_at,
            theirs_at,
            ours_chosen=change is not None and change.chosen and as_told,
            theirs_chosen=any(cause.chosen and cause.at == theirs_at for cause in causes.values()),
            is_text=self.connection.states(paths),
            ours_by=change.by if change and as_told else self.item.who_changed(path),
            theirs_by=next((cause.by for cause in causes.values() if cause.by and cause.at == theirs_at), None),
        )
        return contest, self.connection.policy_of(paths)

    async def _decided_by(self, path: str, causes: Mapping[str, Change], theirs: JsonValue) -> frozenset[str]:
        """The paths of the replica whose policy decides: by which the field comes in as well as goes out, so that both
        sides mean the same."""
        came, goes = frozenset(causes), frozenset(await self._told_as(path, theirs))
        return came & goes if came and goes else came or goes

    async def _causes(self, path: str) -> dict[str, Change]:
        """The changes of the other side that show up here as `path`: paths of its replica may have other names, so the
        rules are asked which of its changes makes the difference."""
        changed = self.message.changed
        if path in changed and not self.connection.policies:
            return {path: changed[path]}
        value = flatten(self.after).get(path)
        found = {}
        for name, change in changed.items():
            before = before_changes(self._replica(), {name: change}, self.twin.peer_version)
            without = await self.rules.incoming(before, self.agreed, self.context)
            if not same(flatten(without).get(path), value):
                found[name] = change
        return found

    async def _listed(self) -> set[str]:
        """The paths of our item that the other side's questions are about."""
        found: set[str] = set()
        current, wanted = flatten(self.item), self._wanted()
        for name, asked in self.message.questions.items():
            other = Change(at=self.context.now, version=NEWER, base=asked.other)
            try:
                there = before_changes(self._replica(), {name: other}, 0)
                draft = await self.rules.incoming(there, self.item, self.context)
            except RuleFailed:
                continue  # what our rules can't take is nothing of ours
            found |= differing(respelled(flatten(draft), current), wanted)
        return found

    async def _told_as(self, path: str, theirs: JsonValue) -> Flat:
        """The paths of our replica that the field decides, each as it would be with the other side's value."""
        context = replace(self.context, previous=self.message.replica)
        try:
            ours = flatten(await self.rules.outgoing(self.item, context))
            there = flatten(await self.rules.outgoing(Patch.of({path: theirs}).apply(self.item), context))
        except RuleFailed:
            return {}
        return {name: there.get(name) for name in sorted(differing(ours, there))}

    def _held(self, path: str) -> JsonValue:
        return flatten(self.item).get(path)

    def _wanted(self) -> Flat:
        return respelled(flatten(self.wanted), flatten(self.item))

    def _replica(self) -> Replica:
        return self.message.replica or Replica()
