"""Deliberate bugs of the engine, which the simulation has to notice: each a piece of source and what it becomes.

`make mutants` plants them one by one in a copy of the sources. One whose `old` is not found exactly once has been
outrun by the code, and must be brought up to date.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """A bug: in `file` (below src/accord), `old` becomes `new`. `seeds`: within how many it must be caught."""

    name: str
    file: str
    old: str
    new: str
    seeds: int = 300


MUTANTS = (
    Mutant(
        "blind create: no look-up of the marker",
        "steps/carry_out.py",
        "        key = await tracker.find(marker(twin))\n",
        "        key = None\n",
    ),
    Mutant(
        "no intent before an item is created",
        "steps/carry_out.py",
        "        situation = await _put(situation, _with_shadow(twin, intents=(intent,)))\n",
        "        _ = intent\n",
    ),
    Mutant(
        "no intent before comments and files are created",
        "steps/carry_out.py",
        "        intents += [Intent(operation=kind, started_at=now, target=target)] if target else []\n",
        "",
    ),
    Mutant(
        "no wait for a request that is still on its way",
        "steps/carry_out.py",
        "    if known_at is None or known_at <= situation.now():\n",
        "    if True:\n",
    ),
    Mutant(
        "a failed write counts as not done",
        "steps/carry_out.py",
        "    return not isinstance(error, WaitAndRetry) or error.undone\n",
        "    return True\n",
    ),
    Mutant(
        "the loser of a conflict is not recorded before the write",
        "steps/carry_out.py",
        "            if key not in known:\n                tx.record(line)\n",
        "            if key in known:\n                tx.record(line)\n",
    ),
    Mutant(
        "stale writes are not refused",
        "steps/carry_out.py",
        "await situation.tracker.update(item.key, plan.patch, item.version))",
        "await situation.tracker.update(item.key, plan.patch, None))",
    ),
    Mutant(
        "fire and forget: a message that could not be sent is dropped",
        "steps/send.py",
        "    answer = await situation.ports.peers.send(situation.connection, message)\n",
        "    try:\n"
        "        answer = await situation.ports.peers.send(situation.connection, message)\n"
        "    except Exception:\n"
        "        return await situation.checkpoint(lambda tx: tx.clear_lane(situation.twin.id, Direction.OUT))\n",
    ),
    Mutant(
        "answered before it is on disk",
        "steps/receive.py",
        "    return await ports.store.run(work)\n",
        "    import asyncio\n"
        "    asyncio.get_running_loop().create_task(ports.store.run(work))\n"
        '    return Answer("registered")\n',
    ),
    Mutant(
        "duplicates are not recognised",
        "store/lanes.py",
        "        if self.sql.take_sequence(twin_id=twin.id, sequence=message.sequence, now=rows.seconds(now)):\n",
        "        if [self.sql.take_sequence(twin_id=twin.id, sequence=message.sequence, now=rows.seconds(now))]:\n",
    ),
    Mutant(
        "an ended twin takes requests",
        "steps/receive.py",
        "        if twin is not None and twin.state is TwinState.ENDED:\n            return Answer(",
        "        if twin is not None and twin.remote_key == '?':\n            return Answer(",
    ),
    Mutant(
        "the lease is ignored",
        "store/leases.py",
        "        if self.sql.lock_lease(twin_id=lease.twin_id, owner=lease.owner, epoch=lease.epoch) is None:\n",
        "        if False:\n",
    ),
    Mutant(
        "last writer wins, conflicts are not seen",
        "steps/plan.py",
        "        return unsaid | {path for path, change in shadow.unseen.items() if change.version > message.seen}\n",
        "        return set()\n",
    ),
    Mutant(
        "compared with the wrong base",
        "steps/plan.py",
        "        before = agreed if pairing else await self._before(message, agreed, then)\n",
        "        before = item if pairing else item\n",
    ),
    Mutant(
        "what was applied before is applied again",
        "merge/fields.py",
        "        if change.version <= known:\n            continue\n",
        "",
    ),
    Mutant(
        "an older state is applied after a newer one",
        "steps/apply.py",
        "    if message.version <= twin.peer_version or message.replica is None:\n",
        "    if message.replica is None:\n",
    ),
    Mutant(
        "each side prefers its own value",
        "merge/conflict.py",
        "    return here if (ours < theirs) == both_chosen else here.other\n",
        "    return here\n",
    ),
    Mutant(
        "merged text is taken from one side",
        "merge/text.py",
        '    return "".join(merge.merge_lines()).rstrip("\\n")\n',
        "    return ours\n",
    ),
    Mutant(
        "what sync wrote is told as a change",
        "steps/compose.py",
        "    changed = {path: change for path, change in changed.items() if path not in synced.taken}\n",
        "",
    ),
    Mutant(
        "a person's change right after our write is taken for ours",
        "steps/read_back.py",
        "    taken = written_told - differing(told, flatten(replica))\n",
        "    taken = written_told\n",
    ),
    Mutant(
        "who lost a conflict is not told what won",
        "steps/apply.py",
        "synced.overruled | overruled",
        "{}",
    ),
    Mutant(
        "changes are forgotten before the other side has seen them",
        "steps/compose.py",
        "        unseen_told=kept | changed,\n",
        "        unseen_told=changed,\n",
    ),
    Mutant(
        "deletions of comments are forgotten at once",
        "merge/observe.py",
        '    return trace.model_copy(update={"deleted": True, "version": version}) if known else None\n',
        "    return None\n",
    ),
    Mutant(
        "comments made by a crashed run are not known again",
        "merge/traces.py",
        "            if marker_of(sub) == mark or (wrote and digest(without_header(sub, header)) == wrote):\n",
        "            if False:\n",
    ),
    Mutant(
        "echo window: changes within five seconds of our write are ignored",
        "steps/detect.py",
        "        return not known and tx.register_event(twin, reason, now)\n",
        "        recent = (now - twin.updated_at).total_seconds() < 5\n"
        "        return not known and not recent and tx.register_event(twin, reason, now)\n",
    ),
    Mutant(
        "a change while the item is read is lost",
        "steps/outgoing.py",
        "    return head is not None and head.touched != situation.entry.touched\n",
        "    return False\n",
    ),
    Mutant(
        "the cursor is saved before what it tells of",
        "steps/detect.py",
        "    return await register(ports, tracker, changes.hints,",
        "    await ports.store.run(lambda tx: tx.put_cursor(tracker.name, changes.cursor))\n"
        "    return await register(ports, tracker, changes.hints,",
    ),
    Mutant(
        "what this side is just creating is taken for new",
        "steps/detect.py",
        "    if not keys or not await ports.store.read(lambda tx: tx.creating(connection.id)):\n",
        "    if True:\n",
    ),
    Mutant(
        "what is in the acknowledgment is not applied",
        "steps/settle.py",
        "    if answer.replica is None or answer.version <= twin.peer_version:\n        return twin\n",
        "    if True:\n        return twin\n",
    ),
    Mutant(
        "one refused value stops the whole connection",
        "queue/retry.py",
        "    return Block()\n",
        '    return HoldAll("connection", 3600.0)\n',
    ),
    Mutant(
        "a refused change is dropped",
        "node/work.py",
        "        tx.lane_blocked(twin_id, direction, cause)\n",
        "        tx.clear_lane(twin_id, direction)\n",
    ),
    Mutant(
        "the other side is not told that a twin has ended",
        "operations/unsync.py",
        '    telling = bid_farewell(tx, ended, "taken out of sync by hand", now)\n',
        "    telling = False\n",
    ),
    Mutant(
        "the older state is kept where a newer one came",
        "steps/incoming.py",
        "    tx.remove_entry(situation.entry)\n    tx.lane_ready(situation.twin.id, Direction.IN, situation.now())\n"
        "    return True\n",
        "    tx.remove_entry(tx.entries(situation.twin.id, Direction.IN)[-1])\n    return False\n",
    ),
    Mutant(
        "an item that was moved is taken for a new one",
        "store/agreements.py",
        "        row = self.sql.live_twin(connection_id=connection_id, local_key=local_key)\n"
        "        if row is None and identity is not None:\n",
        "        row = self.sql.live_twin(connection_id=connection_id, local_key=local_key)\n"
        '        if row is None and identity == "?":\n',
    ),
    Mutant(
        "a pairing overwrites without a conflict",
        "steps/plan.py",
        "        edited = (_held(current, wanted) if pairing else",
        "        edited = (set() if pairing else",
    ),
    Mutant(
        "what only new rules take in overwrites what people hold",
        "steps/plan.py",
        "            edited |= new.paths & _held(current, wanted)\n",
        "            pass\n",
    ),
    Mutant(
        "an item is told under new rules before theirs is taken over under them",
        "steps/outgoing.py",
        "        if received:\n            return await _renew(situation, received)\n",
        "        _ = received\n",
    ),
    Mutant(
        "what new rules tell for the first time counts as seen there",
        "steps/apply.py",
        "    synced = replace(synced, first_told=untold)\n",
        "    _ = untold\n",
    ),
    Mutant(
        "what an older copy of the database held of requests is applied again",
        "operations/rejoin.py",
        "    tx.clear_lane(twin.id, Direction.IN)\n    head",
        "    head",
    ),
    Mutant(
        "an item of which nobody knows any more is told as a new one",
        "steps/origin.py",
        "    forget(tx, situation)\n    return True\n\n\nasync def _has_moved",
        "    return False\n\n\nasync def _has_moved",
    ),
    Mutant(
        "an item that leaves its pair for another one says no farewell",
        "steps/pairing.py",
        '        bid_farewell(tx, ended, "paired with another item", now)\n',
        "        pass\n",
    ),
    Mutant(
        "a question is written over by what the other side tells of it",
        "merge/questions.py",
        "            return path not in self.answered\n",
        "            return False\n",
    ),
    Mutant(
        "nobody is told that the item that it waits for is under sync",
        "steps/waiting.py",
        "    if twin.local_key and twin.remote_key:\n",
        "    if twin.local_key and not twin.remote_key:\n",
    ),
    Mutant(
        "a link that waits for its other end is never made",
        "merge/known.py",
        "        if remote.version <= known and remote.id in now and",
        "        if remote.version < 0 and remote.id in now and",
    ),
    Mutant(
        "a link that the other side takes away stays",
        "steps/plan.py",
        "        return not isinstance(sub, Link) or not sub.key or is_synced is None or await is_synced(sub.key)\n",
        "        return not isinstance(sub, Link)\n",
    ),
)
