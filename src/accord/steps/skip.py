"""A person's decision: a request counts as seen, and nothing of it is written any more."""

from __future__ import annotations

from accord.errors import NeedsOperator
from accord.model import Message, Replica, Twin
from accord.ports import Transaction
from accord.steps import record
from accord.steps.acknowledge import acknowledgment
from accord.steps.applied import Applied
from accord.steps.carry_out import answers_known_at
from accord.steps.compose import Told
from accord.steps.incoming import answered
from accord.steps.plan import Planner
from accord.steps.situation import Situation, marker


async def skip(situation: Situation) -> None:
    """Gives up the request at the head of the in lane, but for what an interrupted run has made of it already.

    Raises NeedsOperator while that can't be known, and whatever looking for it raises.
    """
    message = situation.entry.message
    if message is None:
        raise ValueError("a sync request without a message")
    twin = await _with_what_is_there(situation, message)
    twin = twin.model_copy(
        update={
            "peer_version": max(twin.peer_version, message.version),
            "shadow": twin.shadow.model_copy(update={"intents": ()}),
        }
    )
    situation = situation.with_twin(twin)
    answer = acknowledgment(situation, message, Applied(told=Told(twin, Replica(), news=False)))
    answer = answer.model_copy(update={"skipped": True})

    def work(tx: Transaction) -> None:
        tx.put_twin(twin)
        answered(tx, situation, answer)
        details = {"remote": message.key, "replica": message.replica.dump() if message.replica else None}
        tx.record(record.entry(situation, "skipped", f"skipped what {message.key} sent", **details))

    await situation.checkpoint(work)


async def _with_what_is_there(situation: Situation, message: Message) -> Twin:
    """The twin with the item, comments and attachments that an interrupted run has made, so that nobody takes them for
    a person's."""
    twin = situation.twin
    known_at = answers_known_at(situation, twin)
    if known_at is None:
        return twin
    if known_at > situation.now():
        raise NeedsOperator(
            f"What {message.key} sent is being written just now, and it is not known what came of it.",
            remedy=f"Try again in {(known_at - situation.now()).total_seconds():.0f} s.",
            item=twin.local_key or message.key,
        )
    if twin.local_key is None:
        return twin.model_copy(update={"local_key": await situation.tracker.find(marker(twin))})
    item = await situation.item()
    context = await situation.context(first_sync=twin.peer_version == 0, message=message)
    plan = await Planner(situation.connection, twin, situation.agreement.rules, context).plan_sub_items(message, item)
    known = {(trace.kind, trace.local_id) for trace in twin.shadow.traces}
    found = [t for t in plan.traces if (t.kind, t.local_id) not in known]
    return twin.model_copy(update={"shadow": twin.shadow.model_copy(update={"traces": (*twin.shadow.traces, *found)})})
