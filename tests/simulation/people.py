"""What people do to the trackers and the nodes, as the plan says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from accord.model import Comment, Item, Patch
from accord.operations.choose import Asked, choose, open_questions
from accord.operations.connect import connect
from accord.operations.pause import pause, resume
from accord.operations.restore import restore
from accord.operations.retry import retry
from accord.operations.skip import skip
from accord.operations.sync import sync
from accord.operations.unsync import unsync
from accord.testing.memory import MemoryTracker
from tests.simulation.checks import losers
from tests.simulation.databases import InFile
from tests.simulation.linking import LinkingPeople
from tests.simulation.plan import Act
from tests.simulation.rules import ASKS
from tests.simulation.tokens import tokens
from tests.simulation.trackers import DONE, REFUSED

if TYPE_CHECKING:
    from tests.simulation.world import World

LABELS = ("alpha", "Beta", "GAMMA")
SHARED = "shared"
LINES = 4
BEATEN = ("summary", "priority", "fields.severity")
BEATING = 7000  # the numbers of those who are faster begin here


@dataclass
class People:
    """Edit at random places with values that are told apart. `parted` are the origins of items whose two sides may
    go their own ways: deleted, taken out of sync, or out of reach for a while; `anew` those that were deleted and
    synced again by hand: the item that is made then is a new one to whom it is told further on; `passed_on` those that
    were asked into two pairs: once the first has ended, what it brought goes on into the second."""

    world: World
    parted: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    anew: set[str] = field(default_factory=set)
    hidden: set[str] = field(default_factory=set)
    skipped: set[str] = field(default_factory=set)
    connected: dict[str, set[str]] = field(default_factory=dict)
    passed_on: set[str] = field(default_factory=set)
    linking: LinkingPeople = field(init=False)
    poisoned: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.linking = LinkingPeople(self.world)

    async def do(self, act: Act) -> None:
        """Carries out one act; one that makes no sense as things stand is left out."""
        deed: Callable[[Act], Awaitable[bool] | bool] = getattr(self, "_" + act.what.replace(" ", "_"))
        done = deed(act)
        if not isinstance(done, bool):
            done = await done
        if done:
            self.world.acts += 1
            self.world.coverage[f"act: {act.what}"] += 1

    # at a tracker

    def _create(self, act: Act) -> bool:
        value = f"v{act.number} as somebody saw it"
        labels = (SHARED,) if act.field != "apart" else ()
        key = self._tracker(act).person_creates(
            summary=value,
            labels=labels,
            description="\n".join(f"line {n}" for n in range(LINES)),
            fields={"origin": f"from v{act.number}"},
        )
        self._told(act, key, None, f"creates {key}" + ("" if labels else ", not to be shared"))
        return True

    def _edit(self, act: Act) -> bool:
        """Another value for one field."""
        return self._change(act, f"sets {act.field}", lambda item: _set(item, act.field, _value(act)))

    def _clear(self, act: Act) -> bool:
        return self._change(act, f"clears {act.field}", lambda item: _set(item, act.field, None))

    def _line(self, act: Act) -> bool:
        """Another text for one line of the description."""

        def edit(item: Item) -> Item:
            lines = (item.description or "").split("\n")
            lines[(int(act.field) if act.field.isdecimal() else act.pick) % len(lines)] = f"v{act.number}  "
            return item.model_copy(update={"description": "\n".join(lines)})

        return self._change(act, "edits a line of the description", edit)

    def _label(self, act: Act) -> bool:
        name = LABELS[act.number % len(LABELS)]

        def toggle(item: Item) -> Item:
            labels = [label for label in item.labels if label != name]
            return item.model_copy(update={"labels": tuple(labels if name in item.labels else [*labels, name])})

        return self._change(act, f"toggles the label {name}", toggle)

    def _share(self, act: Act) -> bool:
        """The label that the triggers look for."""
        labels = (SHARED,)
        return self._change(
            act,
            "shares it",
            lambda i: i.model_copy(update={"labels": (*labels, *(x for x in i.labels if x not in labels))}),
        )

    def _revert(self, act: Act) -> bool:
        """Edits, and goes back to the value before."""
        tracker, item = self._tracker(act), self._chosen(act)
        old = item and item.summary
        if item is None or not old:
            return False
        self._edit_summary(act, item, f"v{act.number}")
        self._edit_summary(act, tracker.items[item.key], old)
        for token in tokens(old):
            self.world.ledger.set_again(tracker.name, token)
        self.world.ledger.replaced.add(f"v{act.number}")
        self._say(act, f"edits the summary of {item.key} and goes back to {old}")
        return True

    def _comment(self, act: Act) -> bool:
        item = self._chosen(act)
        if item is None:
            return False
        self._tracker(act).person_comments(item.key, f"v{act.number}")
        self._told(act, item.key, item, f"comments on {item.key}: v{act.number}")
        return True

    def _edit_comment(self, act: Act) -> bool:
        return self._comments(act, "edits a comment", lambda c: c.model_copy(update={"body": f"v{act.number}"}))

    def _delete_comment(self, act: Act) -> bool:
        return self._comments(act, "deletes a comment", lambda c: None)

    def _attach(self, act: Act) -> bool:
        item = self._chosen(act)
        if item is None:
            return False
        self._tracker(act).person_attaches(item.key, f"v{act.number}.txt", f"content v{act.number}\n".encode() * 50)
        self._told(act, item.key, item, f"attaches v{act.number}.txt to {item.key}")
        return True

    def _delete_attachment(self, act: Act) -> bool:
        def edit(item: Item) -> Item:
            chosen = item.attachments[act.number % len(item.attachments)]
            return item.model_copy(update={"attachments": tuple(a for a in item.attachments if a is not chosen)})

        item = self._chosen(act)
        return bool(item and item.attachments) and self._change(act, "deletes an attachment", edit)

    def _log_time(self, act: Act) -> bool:
        item = self._chosen(act)
        if item is None:
            return False
        self._tracker(act).person_logs_time(item.key, 60 * (1 + act.pick), f"v{act.number}")
        self._told(act, item.key, item, f"logs time on {item.key}: v{act.number}")
        return True

    def _correct_time(self, act: Act) -> bool:
        item, tracker = self._chosen(act), self._tracker(act)
        if item is None or not item.worklogs:
            return False
        chosen = item.worklogs[act.number % len(item.worklogs)]
        tracker.person_edits_worklog(item.key, chosen.id, chosen.seconds + 60, f"v{act.number}")
        self._told(act, item.key, item, f"corrects time ({chosen.body!r}) of {item.key}: v{act.number}")
        return True

    def _take_time_back(self, act: Act) -> bool:
        item, tracker = self._chosen(act), self._tracker(act)
        if item is None or not item.worklogs:
            return False
        chosen = item.worklogs[act.number % len(item.worklogs)]
        tracker.person_deletes_worklog(item.key, chosen.id)
        self._told(act, item.key, item, f"takes time ({chosen.body!r}) of {item.key} back")
        return True

    def _link(self, act: Act) -> bool:
        return self._ties(act, self.linking.link)

    def _link_page(self, act: Act) -> bool:
        return self._ties(act, self.linking.link_page)

    def _unlink(self, act: Act) -> bool:
        return self._ties(act, self.linking.unlink)

    def _put_under(self, act: Act) -> bool:
        return self._ties(act, self.linking.put_under)

    def _take_out(self, act: Act) -> bool:
        return self._ties(act, self.linking.take_out)

    def _ties(self, act: Act, deed: Callable[[Act], str | None]) -> bool:
        before = dict(self._tracker(act).items)
        what = deed(act)
        if what is None:
            return False
        changed = [key for key, item in self._tracker(act).items.items() if before.get(key) is not item]
        for key in changed:
            self.world.ledger.person_wrote(act.where, key, before.get(key), self._tracker(act).items[key])
        self._say(act, what)
        return True

    def _delete(self, act: Act) -> bool:
        item = self._chosen(act)
        if item is None:
            return False
        self.part_item(item)
        self.deleted.add(_origin(item))
        self._tracker(act).person_deletes(item.key)
        self._told(act, item.key, item, f"deletes {item.key}")
        return True

    def _swap(self, act: Act) -> bool:
        """Deletes an item and makes it anew."""
        item = self._chosen(act)
        return bool(item and self._delete(act) and self._create(act))

    def _poison(self, act: Act) -> bool:
        """A status that the other tracker refuses."""
        item = self._chosen(act)
        if item is None or not self._change(
            act, "sets a status that the other side refuses", lambda i: _set(i, "status", REFUSED)
        ):
            return False
        self.poisoned.add(_origin(item))
        return True

    def _finish(self, act: Act) -> bool:
        """A status that a tracker's workflow may know."""
        done = DONE.upper() if act.where == "red" else DONE
        return self._change(act, "finishes it", lambda item: _set(item, "status", done))

    def _move(self, act: Act) -> bool:
        item = self._chosen(act)
        if item is None or not self._tracker(act).behaviour.moves:
            return False
        new = self._tracker(act).person_moves(item.key)
        self._say(act, f"moves {item.key}, which is now {new}")
        return True

    def _hide(self, act: Act) -> bool:
        """The account of sync may not see it for a while."""
        item, tracker = self._chosen(act), self._tracker(act)
        if item is None or item.key in tracker.hidden:
            return False
        self.part_item(item)
        tracker.person_hides(item.key)
        self.hidden.add(_origin(item))
        self.world.later(act.seconds, self._show(act, item))
        self._say(act, f"takes from sync the right to see {item.key} for {act.seconds:.0f} s")
        return True

    async def _show(self, act: Act, item: Item) -> None:
        tracker = self._tracker(act)
        for key in sorted(tracker.hidden):
            if key in tracker.items and tracker.items[key].fields.get("origin") == item.fields.get("origin"):
                tracker.person_shows(key)
                self._say(act, f"gives sync the right to see {key} again")

    # at a node

    async def _sync(self, act: Act) -> bool:
        item = self._chosen(act)
        if item is None:
            return False
        done = await self._operate(act, f"syncs {item.key}", lambda p: sync(p, item.key))
        if done and _origin(item) in self.deleted and self.world.plan.chain:
            self.anew.add(_origin(item))
        return done

    async def _connect(self, act: Act) -> bool:
        """Pairs two items that are there on both sides of a connection, neither under sync."""
        node = self.world.nodes[act.where]
        connection = next(iter(node.connections.values()))
        other = self.world.across(act.where, connection.id)
        ours, theirs = await self._free(act.where), await self._free(other.name)
        if not ours or not theirs:
            return False
        one, two = ours[act.pick % len(ours)], theirs[act.pick % len(theirs)]
        pair = {_origin(node.tracker.items[one]), _origin(other.tracker.items[two])}
        if pair & self.connected.keys():
            # One of them leaves the pair that it is in, or is about to come into.
            of_all = pair.union(*(self.connected.get(origin, set()) for origin in pair))
            self.parted, self.passed_on = self.parted | of_all, self.passed_on | of_all
        for origin in pair:
            self.connected.setdefault(origin, set()).update(pair)
        return await self._operate(act, f"connects {one} and {two}", lambda p: connect(p, one, two, connection.name))

    async def _unsync(self, act: Act) -> bool:
        item = self._chosen(act)
        if item is None:
            return False
        done = await self._operate(act, f"takes {item.key} out of sync", lambda p: unsync(p, item.key))
        if done:
            self.part_item(item)
        return done

    async def _retry(self, act: Act) -> bool:
        return await self._operate(act, "tries everything again", lambda p: retry(p))

    async def _skip(self, act: Act) -> bool:
        item = self._chosen(act)
        if item is None:
            return False
        done = await self._operate(act, f"skips what waits for {item.key}", lambda p: skip(p, item.key))
        if done:
            self.part_item(item)
            self.skipped |= {_origin(item)} | self.connected.get(_origin(item), set())
        return done

    async def _choose(self, act: Act) -> bool:
        """Answers a question: by the value here, by the other one, or by a third."""
        asked = await self._asked(act.where)
        return bool(asked) and await self._answer(act, asked[act.pick % len(asked)], act.field)

    async def _take_back(self, act: Act) -> bool:
        """Restores a value that lost a conflict."""
        node = self.world.nodes[act.where]
        lines = [e for e in await node.inspect(lambda tx: tx.history(limit=1000)) if e.step == "conflict"]
        lines = [e for e in lines if e.details.get("winner") and e.details.get("item") in node.tracker.items]
        if not lines:
            return False
        line = lines[act.pick % len(lines)]
        key, path = str(line.details["item"]), str(line.details["field"])
        self._decides(line.details.get("lost"))
        same = [e for e in lines if (e.twin_id, e.details.get("field")) == (line.twin_id, path)]
        number = 1 + sum(2 if "lost_there" in e.details else 1 for e in same[: same.index(line)])
        what = f"restores {path} of {key}, {line.details.get('lost')!r}"
        return await self._operate(act, what, lambda p: restore(p, key, path, who="an operator", number=number))

    async def answer_all(self) -> bool:
        """Somebody answers whatever is asked; False if nothing is."""
        done = False
        for name in self.world.plan.names:
            for number, asked in enumerate(await self._asked(name)):
                act = Act(8000 + number, 0.0, name, "choose")
                which = self.world.dice.choice(("ours", "theirs", "other"))
                done = await self._answer(act, asked, which) or done
        return done

    async def _asked(self, name: str) -> list[Asked]:
        node = self.world.nodes[name]
        return await node.inspect(lambda tx: open_questions(tx, tx.connections()))

    async def _answer(self, act: Act, asked: Asked, which: str) -> bool:
        third = None if asked.field.startswith("labels") else self.world.new_value()
        side = None if which == "other" and third else "theirs" if which == "theirs" else "ours"
        value = {None: third, "ours": asked.ours, "theirs": asked.theirs}[side]
        self._decides(value)
        what = f"chooses {value!r} for {asked.field} of {asked.key}"
        twin, field = asked.twin_id, asked.field
        return await self._operate(
            act, what, lambda p: choose(p, twin, field, who="an operator", side=side, value=value)
        )

    def _decides(self, value: object) -> None:
        for token in tokens(str(value)):
            self.world.ledger.people_decided(token)

    async def _pause(self, act: Act) -> bool:
        """Stops a connection for a while."""
        connection = next(iter(self.world.nodes[act.where].connections.values()))
        done = await self._operate(act, f"pauses {connection.name}", lambda p: pause(p, connection.name))
        if done:
            self.world.later(act.seconds, self._resume(act, connection.name))
        return done

    async def _resume(self, act: Act, name: str) -> None:
        await self._operate(act, f"resumes {name}", lambda p: resume(p, name))

    async def _republish(self, act: Act) -> bool:
        """New rules while events are queued: a field is neither sent nor taken any more, or again."""
        node = self.world.nodes[act.where]
        connection_id, rules = next(iter(node.rules.items()))
        quiet = rules[-1].quiet ^ {act.field}
        if not await node.publish(connection_id, quiet):
            return False
        words = ("no longer do: ", "now do: ") if act.field in ASKS else ("map ", "keep quiet about ")
        self.world.coverage[f"rules {act.field}"] += act.field in ASKS and act.field in quiet
        self._say(act, f"publishes rules that {words[act.field in quiet]}{act.field}")
        return True

    # to the machines

    def _node_down(self, act: Act) -> bool:
        node = self.world.nodes[act.where]
        if node.life is None:
            return False
        self._say(act, f"stops the {act.where} node for {act.seconds:.0f} s", who="its operator")
        node.die(act.seconds)
        return True

    def _back_up(self, act: Act) -> bool:
        """Copies a node's database, as a backup job does."""
        disk = self.world.nodes[act.where].disk
        if not isinstance(disk, InFile):
            return False
        disk.back_up()
        self._say(act, f"backs up the {act.where} node's database", who="its operator")
        return True

    async def _restore(self, act: Act) -> bool:
        """Brings back the copy, with the node's whole folder unless `pick`: the node forgets what happened since."""
        node = self.world.nodes[act.where]
        if not isinstance(node.disk, InFile) or node.life is None or self.world.calm:
            return False
        node.stop()
        self.world.ledger.rolled_back |= losers(await node.inspect(lambda tx: tx.history(limit=100_000)))
        done = node.disk.restore()
        if done:
            self._say(act, f"brings back the copy of the {act.where} node's database", who="its operator")
            self.world.restored.add(act.where)
            await node.forget_rules()
            if not act.pick:
                node.forget_watermark()
        node.start()
        return done

    def _tracker_away(self, act: Act) -> bool:
        self._say(act, f"{act.where} is away for {act.seconds:.0f} s", who="")
        self.world.away[act.where] = max(self.world.away.get(act.where, 0.0), self.world.time() + act.seconds)
        return True

    def _peer_away(self, act: Act) -> bool:
        self._say(act, f"nobody reaches the {act.where} node for {act.seconds:.0f} s", who="")
        self.world.cut[act.where] = max(self.world.cut.get(act.where, 0.0), self.world.time() + act.seconds)
        return True

    def _revoke(self, act: Act) -> bool:
        self._say(act, f"{act.where} refuses the node's credential for {act.seconds:.0f} s", who="")
        self.world.revoked[act.where] = max(self.world.revoked.get(act.where, 0.0), self.world.time() + act.seconds)
        return True

    # at a tracker, while sync is about to write

    def beat(self, where: str, key: str, patch: Patch, nth: int) -> None:
        """Another value for a field that sync is just about to write, if it is one that is told apart."""
        item = self.world.trackers[where].items.get(key)
        field = next((path for path in patch.paths() if path in BEATEN), None)
        if item is not None and field is not None:
            names = list(self.world.trackers)
            pick = list(self.world.trackers[where].items).index(key)
            act = Act(BEATING + nth * len(names) + names.index(where), 0.0, where, "beat", pick, field)
            self._change(act, f"is faster and sets {field}", lambda item: _set(item, field, _value(act)))

    # inside

    def _tracker(self, act: Act) -> MemoryTracker:
        return self.world.trackers[act.where]

    def _chosen(self, act: Act) -> Item | None:
        """The item that an act means, if any is there."""
        items = list(self._tracker(act).items.values())
        return items[act.pick % len(items)] if items else None

    def _change(self, act: Act, what: str, edit: Callable[[Item], Item]) -> bool:
        item = self._chosen(act)
        if item is None:
            return False
        edited = edit(item)
        if edited == item:
            return False
        changed = {
            name: getattr(edited, name) for name in Item.model_fields if getattr(edited, name) != getattr(item, name)
        }
        self._tracker(act).person_edits(item.key, **changed)
        self._told(act, item.key, item, f"{what} of {item.key}: v{act.number}")
        return True

    def _edit_summary(self, act: Act, item: Item, value: str) -> None:
        self._tracker(act).person_edits(item.key, summary=value)
        self.world.ledger.person_wrote(act.where, item.key, item, self._tracker(act).items[item.key])

    def _comments(self, act: Act, what: str, edit: Callable[[Comment], Comment | None]) -> bool:
        item = self._chosen(act)
        if item is None or not item.comments:
            return False
        chosen = item.comments[act.number % len(item.comments)]

        def edited(item: Item) -> Item:
            comments = [edit(comment) if comment is chosen else comment for comment in item.comments]
            return item.model_copy(update={"comments": tuple(c for c in comments if c is not None)})

        return self._change(act, f"{what} ({chosen.body!r})", edited)

    def part(self, where: str, key: str | None) -> None:
        """The two sides of this item may go their own ways."""
        item = self.world.trackers[where].items.get(key or "")
        if item is not None:
            self.part_item(item)

    def part_item(self, item: Item) -> None:
        self.parted |= {_origin(item)} | self.connected.get(_origin(item), set())

    def _told(self, act: Act, key: str, before: Item | None, what: str) -> None:
        after = self._tracker(act).items.get(key)
        self.world.ledger.person_wrote(act.where, key, before, after)
        self._say(act, what)

    def _say(self, act: Act, what: str, who: str = "somebody") -> None:
        self.world.say(f"at {act.where}, {who} {what}" if who else what)

    async def _operate(self, act: Act, what: str, operation: Callable[..., Awaitable[object]]) -> bool:
        done = await self.world.nodes[act.where].operate(operation)
        if act.what in ("connect", "sync", "unsync"):
            self.world.ledger.pairs_changed()
        self._say(act, what if done else f"{what}: refused", who="the operator")
        return done

    async def _free(self, name: str) -> list[str]:
        """Items that are not under sync and were never."""
        node = self.world.nodes[name]
        connection = next(iter(node.connections.values()))
        twins = await node.inspect(lambda tx: tx.twins(connection.id, live=False))
        busy = {twin.local_key for twin in twins}
        return [key for key, item in node.tracker.items.items() if key not in busy and SHARED not in item.labels]


def _origin(item: Item) -> str:
    return str(item.fields.get("origin"))


def _value(act: Act) -> str:
    return f"v{act.number} and what came of it" if act.field == "summary" else f"v{act.number}"


def _set(item: Item, name: str, value: str | None) -> Item:
    if name.startswith("fields."):
        return item.model_copy(update={"fields": {**item.fields, name.removeprefix("fields."): value}})
    return item.model_copy(update={name: value})
