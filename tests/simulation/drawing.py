"""Draws plans: people with a bias to trouble, and faults at places that a run of that size is likely to pass."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from tests.simulation.plan import DAY, Act, Fault, Plan
from tests.simulation.rules import ASKS, END
from tests.simulation.trackers import BEHAVIOURS

POLICIES = ("latest", "initiator", "acceptor", "merge")
FIELDS = ("summary", "status", "priority", "fields.severity")
ACTS: dict[str, float] = {
    "create": 8,
    "edit": 30,
    "collide": 12,
    "clear": 2,
    "line": 8,
    "label": 6,
    "revert": 4,
    "comment": 10,
    "edit comment": 6,
    "delete comment": 4,
    "attach": 5,
    "delete attachment": 2,
    "burst": 3,
    "delete": 1,
    "swap": 0.7,
    "poison": 1.5,
    "share": 1,
    "finish": 3,
    "move": 2,
    "hide": 1,
    "sync": 2,
    "connect": 3,
    "unsync": 1,
    "retry": 1,
    "skip": 0.5,
    "pause": 1,
    "node down": 1.5,
    "tracker away": 1.5,
    "peer away": 1.5,
    "revoke": 0.5,
}
FAULTS: dict[str, tuple[str, ...]] = {
    "commit": ("crash before", "crash after", "locked", "commit fails", "commit unsure"),
    "look": ("crash before", "locked"),
    "call": (
        "crash before",
        "crash after",
        "answer lost",
        "refused",
        "server error",
        "throttled",
        "stale",
        "in flight",
        "slow",
    ),
    "send": ("crash before", "crash after", "lost", "answer lost", "twice", "late"),
    "fetch": ("crash before", "crash after", "lost", "cut off"),
}
PLACES = {"commit": 0.3, "look": 0.06, "call": 0.3, "send": 0.28, "fetch": 0.06}
TIME = 5000  # the numbers of acts about time begin here
EDITS = 6000  # likewise of edits of lines
TIES = 9000  # and of links and parents
AT_BOTH_ENDS = "links at both ends"
TYING = {"link": 6, "unlink": 3, "link page": 1, "put under": 3, "take out": 1}
REACH = {"commit": 12.0, "look": 12.0, "call": 6.0, "send": 3.0, "fetch": 0.4}


def draw(seed: int) -> Plan:
    """The plan of a seed."""
    dice = random.Random(f"plan {seed}")
    chain = dice.random() < 0.25
    plan = Plan(
        seed=seed,
        chain=chain,
        trackers=tuple((name, _behaviours(dice)) for name in ("blue", "red", "green")),
        policy=dice.choice(("latest", "latest", "initiator", "acceptor", "merge")),
        skew=tuple((name, dice.choice((0.0, 0.0, dice.uniform(-300, 300)))) for name in ("blue", "red", "green")),
        delay=dice.choice((0.05, 0.5, 3.0)),
        poll=dice.choice((10.0, 30.0, 60.0)),
        on_disk=dice.random() < 0.15,
        both_ways=dice.random() < 0.8,
    )
    acts = _acts(dice, plan)
    if plan.on_disk and dice.random() < 0.6:
        acts = _with_restore(dice, plan, acts)
    faults = _faults(dice, plan, len(acts))
    acts = _with_rules(random.Random(f"rules {seed}"), plan, acts)
    acts = _with_asks(random.Random(f"asks {seed}"), plan, acts)
    plan = _with_policies(random.Random(f"policies {seed}"), plan)
    acts = _with_decisions(random.Random(f"decisions {seed}"), plan, acts)
    acts = _with_time(random.Random(f"time {seed}"), plan, acts)
    acts = _with_lines(random.Random(f"lines {seed}"), plan, acts)
    plan, acts = _with_links(random.Random(f"links {seed}"), plan, acts)
    faults += _beaten(random.Random(f"beaten {seed}"), plan)
    return plan.with_acts(acts).with_faults(faults)


def _behaviours(dice: random.Random) -> tuple[str, ...]:
    """Mostly a few; sometimes none, sometimes most."""
    chance = dice.choice((0.0, 0.15, 0.15, 0.3, 0.6))
    return tuple(name for name in BEHAVIOURS if name != AT_BOTH_ENDS and dice.random() < chance)


def _acts(dice: random.Random, plan: Plan) -> tuple[Act, ...]:
    """Mostly close together, so that they meet syncs in flight; sometimes with a pause in which all settles."""
    acts: list[Act] = []
    at, pace = 0.0, dice.choice((0.2, 2.0, 15.0))
    for name in plan.names:
        acts.append(_act(len(acts), at, name, "create", dice))
    for _ in range(dice.randrange(8, 40)):
        at += dice.expovariate(1 / pace) if dice.random() < 0.9 else dice.uniform(60, 400)
        what = dice.choices(list(ACTS), list(ACTS.values()))[0]
        acts += _drawn(what, len(acts), at, plan, dice)
    return tuple(acts)


def _with_restore(dice: random.Random, plan: Plan, acts: tuple[Act, ...]) -> tuple[Act, ...]:
    """One node's database is backed up and, later on, brought back."""
    where, last = dice.choice(plan.names), acts[-1].at
    at = dice.uniform(0, last)
    saved = Act(len(acts), at, where, "back up")
    # With its folder, what tells at the start that the database is older is brought back as well. Where comments carry
    # no marks either, nobody can know then what a node made itself, until a message comes.
    unmarked = any("no markers on comments" in names for _, names in plan.trackers)
    only = 1 if unmarked else random.Random(f"restore {plan.seed}").randrange(2)
    restored = Act(len(acts) + 1, dice.uniform(at, last + 100), where, "restore", pick=only)
    return tuple(sorted((*acts, saved, restored), key=lambda act: act.at))


def _with_rules(dice: random.Random, plan: Plan, acts: tuple[Act, ...]) -> tuple[Act, ...]:
    """In some runs rules are published meanwhile, that keep quiet about a field or map it again."""
    if dice.random() < 0.6:
        return acts
    last, fields = acts[-1].at, ("priority", "summary", "labels", "description", "comments")
    published = [
        Act(len(acts) + 100 + n, dice.uniform(0, last + 30), dice.choice(plan.names), "republish", field=field)
        for n, field in enumerate(dice.choices(fields, k=dice.randrange(1, 5)))
    ]
    return tuple(sorted((*acts, *published), key=lambda act: act.at))


def _with_asks(dice: random.Random, plan: Plan, acts: tuple[Act, ...]) -> tuple[Act, ...]:
    """In some runs rules are published that ask for something beyond the item, and some no longer ask for it later."""
    if dice.random() < 0.6:
        return acts
    last, first = acts[-1].at, 1 + max(act.number for act in acts)
    published = [
        Act(first + n, dice.uniform(0, last * 0.7), dice.choice(plan.names), "republish", field=what)
        for n, what in enumerate(dice.choices(ASKS, k=dice.randrange(1, 6)))
    ]
    finished = [
        Act(first + 100 + n, act.at + dice.uniform(0, 200), dice.choice(plan.names), "finish", dice.randrange(4))
        for n, act in enumerate(one for one in published for _ in range(3) if one.field == END)
    ]
    return tuple(sorted((*acts, *published, *finished), key=lambda act: act.at))


def _with_time(dice: random.Random, plan: Plan, acts: tuple[Act, ...]) -> tuple[Act, ...]:
    """In some runs people log time, correct it and take it back."""
    if dice.random() < 0.6:
        return acts
    spent = [
        Act(TIME + n, dice.uniform(0, acts[-1].at), dice.choice(plan.names), what, dice.randrange(4))
        for n, what in enumerate(dice.choices(("log time", "correct time", "take time back"), (3, 2, 1), k=8))
    ]
    return tuple(sorted((*acts, *spent), key=lambda act: act.at))


def _with_links(dice: random.Random, plan: Plan, acts: tuple[Act, ...]) -> tuple[Plan, tuple[Act, ...]]:
    """In some runs people link items and put them under others; some trackers show a link at both ends."""
    if dice.random() < 0.5:
        return plan, acts
    names = [name for name in plan.names if dice.random() < 0.5]
    trackers = tuple((n, (*these, AT_BOTH_ENDS) if n in names else these) for n, these in plan.trackers)
    what = dice.choices(list(TYING), list(TYING.values()), k=dice.randrange(5, 30))
    last = acts[-1].at
    tied = [
        Act(TIES + n, dice.uniform(last * 0.1, last + 30), dice.choice(plan.names), one, pick, str(other))
        for n, one in enumerate(what)
        for pick, other in [dice.sample(range(4), 2)]
    ]
    # Now and then the same on two sides at about the same time.
    for act in [act for act in tied if dice.random() < 0.2]:
        where = dice.choice([name for name in plan.names if name != act.where])
        tied.append(replace(act, number=act.number + 500, where=where, at=act.at + dice.random()))
    return replace(plan, trackers=trackers), tuple(sorted((*acts, *tied), key=lambda act: act.at))


def _with_lines(dice: random.Random, plan: Plan, acts: tuple[Act, ...]) -> tuple[Act, ...]:
    """Where texts are merged, people edit two lines of what is probably the same one at about the same time."""
    if dict(plan.policies).get("description", plan.policy) != "merge":
        return acts
    edits: list[Act] = []
    for _ in range(dice.randrange(1, 5)):
        at, pick = dice.uniform(0, acts[-1].at), dice.randrange(4)
        for name, line in zip(dice.sample(plan.names, 2), dice.sample(range(4), 2), strict=True):
            edits.append(Act(EDITS + len(edits), at + dice.random(), name, "line", pick, str(line)))
    return tuple(sorted((*acts, *edits), key=lambda act: act.at))


def _with_policies(dice: random.Random, plan: Plan) -> Plan:
    """In some runs fields have policies of their own, or people are asked about all of them."""
    roll = dice.random()
    if roll < 0.5:
        return plan
    if roll < 0.65:
        return replace(plan, policy="ask")
    chosen = dice.sample((*FIELDS, "description", "labels"), k=dice.randrange(1, 6))
    policies = tuple((path, dice.choice((*POLICIES, "ask", "ask"))) for path in sorted(chosen))
    return replace(plan, policies=policies)


def _with_decisions(dice: random.Random, plan: Plan, acts: tuple[Act, ...]) -> tuple[Act, ...]:
    """People answer what they are asked, sometimes both at once, and take back what lost."""
    last, decisions = acts[-1].at, list[Act]()
    asks = plan.policy == "ask" or "ask" in dict(plan.policies).values()
    for _ in range(dice.randrange(2, 12) if asks else 0):
        at, pick = dice.uniform(0, last + 60), dice.randrange(3)
        places = dice.sample(plan.names, 2 if dice.random() < 0.3 else 1)
        for where in places:
            number, which = len(acts) + 200 + len(decisions), dice.choice(("ours", "theirs", "other"))
            decisions.append(Act(number, at + dice.random(), where, "choose", pick, which))
    for _ in range(dice.randrange(0, 3) if dice.random() < 0.3 else 0):
        number, where = len(acts) + 300 + len(decisions), dice.choice(plan.names)
        decisions.append(Act(number, dice.uniform(0, last + 60), where, "take back", dice.randrange(6)))
    return tuple(sorted((*acts, *decisions), key=lambda act: act.at))


def _drawn(what: str, number: int, at: float, plan: Plan, dice: random.Random) -> Sequence[Act]:
    where = dice.choice(plan.names)
    if what == "collide":
        # The same field of what is probably the same item, on both sides at about the same time.
        pick, field = dice.randrange(4), dice.choice(FIELDS)
        return [
            Act(number + n, at + dice.random(), name, "edit", pick, field)
            for n, name in enumerate(dice.sample(plan.names, 2))
        ]
    if what == "burst":
        return [_act(number + n, at, where, "create", dice) for n in range(dice.randrange(3, 8))]
    if what == "connect":
        names = list(plan.names[:2])
        made = [Act(number + n, at, name, "create", field="apart") for n, name in enumerate(names)]
        return [*made, Act(number + 2, at + dice.uniform(0, 60), dice.choice(names), "connect", dice.randrange(9))]
    return [_act(number, at, where, what, dice)]


def _act(number: int, at: float, where: str, what: str, dice: random.Random) -> Act:
    seconds = dice.choice((2.0, 40.0, 400.0, 4000.0))
    if what in ("peer away", "node down") and dice.random() < 0.05:
        seconds = 7 * DAY
    field = dice.choice(FIELDS)
    if what == "create":
        field = "apart" if dice.random() < 0.1 else ""
    if what == "clear":
        field = dice.choice(("status", "priority", "description"))
    pick = dice.randrange(3) if dice.random() < 0.7 else dice.randrange(12)
    lasting = what in ("peer away", "node down", "tracker away", "revoke", "pause", "hide")
    return Act(number, at, where, what, pick, field, seconds if lasting else 0.0)


def _faults(dice: random.Random, plan: Plan, acts: int) -> tuple[Fault, ...]:
    if dice.random() < 0.1:
        return ()
    count = dice.choice((1, 3, acts // 3, acts))
    found: dict[tuple[str, str, int], Fault] = {}
    for _ in range(count):
        place = dice.choices(list(PLACES), list(PLACES.values()))[0]
        where = dice.choice(plan.names)
        nth = 1 + int(dice.random() * max(3.0, REACH[place] * acts / len(plan.names)))
        what = dice.choice(FAULTS[place])
        seconds = dice.choice((0.1, 1.0, 10.0, 100.0))
        found[where, place, nth] = Fault(where, place, nth, what, seconds)
    return tuple(found.values())


def _beaten(dice: random.Random, plan: Plan) -> tuple[Fault, ...]:
    """In some runs somebody edits just what sync is about to write."""
    if dice.random() < 0.6:
        return ()
    return tuple(
        Fault(name, "update", nth, "beaten") for name in plan.names for nth in range(1, 12) if dice.random() < 0.2
    )
