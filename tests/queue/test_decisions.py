from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accord.errors import GuardStopped, PeerRefused, RuleFailed, Throttled, Unauthorized, Unreachable, WriteRefused
from accord.ports import GuardSettings, Settings
from accord.queue.guard import Damage, check_batch
from accord.queue.retry import Block, HoldAll, Retry, back_off, decide

SETTINGS = Settings()


@pytest.mark.parametrize(
    ("error", "decision"),
    [
        (Unreachable(), Retry(1.0)),
        (Throttled(retry_after=7), HoldAll("tracker", 7)),
        (Unauthorized(), HoldAll("tracker", 60)),
        (PeerRefused(status=401), HoldAll("connection", 300)),
        (PeerRefused(status=422), Block()),
        (WriteRefused(), Block()),
        (RuleFailed(), Block()),
    ],
)
def test_who_must_act_decides_what_waits(error: Exception, decision: object) -> None:
    assert decide(error, 0, False, SETTINGS, 0.0) == decision  # type: ignore[arg-type]


def test_a_throttling_peer_holds_the_peer_not_the_tracker() -> None:
    assert decide(Throttled(retry_after=7), 0, True, SETTINGS, 0.0) == HoldAll("peer", 7)


@given(st.integers(0, 10_000), st.floats(0, 1, exclude_max=True))
def test_back_off_grows_to_its_bound(attempts: int, jitter: float) -> None:
    delay = back_off(attempts, SETTINGS, jitter)
    assert SETTINGS.retry_first / 2 <= delay <= SETTINGS.retry_most
    assert back_off(attempts + 1, SETTINGS, jitter) >= delay


def test_the_guard_lets_few_pass_and_stops_many() -> None:
    guard = GuardSettings(min_items=10, share_ended=0.2)
    Damage(ended=True).check(guard, "acme", "A-1", items=1000, removed_lately=150, overwritten_lately=0)
    with pytest.raises(GuardStopped, match="201 of 1000") as stopped:
        Damage(emptied=True).check(guard, "acme", "A-1", items=1000, removed_lately=200, overwritten_lately=0)
    assert stopped.value.scope == "connection"
    check_batch(guard, "acme", gone=10, items=12)
    with pytest.raises(GuardStopped):
        check_batch(guard, "acme", gone=11, items=12)
