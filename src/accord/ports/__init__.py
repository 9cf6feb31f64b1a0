"""What the steps may call, and nothing else: trackers, rules, peers, the store, the clock."""

from accord.ports.access import Act, Outcome, Role, Token
from accord.ports.assembly import Agreement, GuardSettings, Ports, Settings
from accord.ports.clock import Clock
from accord.ports.peers import Answer, Blobs, Peers
from accord.ports.published import Job, JobState, Received, RulesSource, RulesVersion, Sample
from accord.ports.queue import Direction, Entry, HistoryEntry, Hold, Lane, LaneState, Lease, LeaseLost, Receipt, Stage
from accord.ports.rules import (
    AskingReplica,
    Asks,
    Draft,
    IsSynced,
    RuleContext,
    Rules,
    TwinOf,
    asked,
    asking,
    with_asks,
    with_end,
)
from accord.ports.store import Store, Transaction
from accord.ports.trackers import Capabilities, Changes, Description, FieldInfo, Hint, Once, Tracker, Written

__all__ = [
    "Act",
    "Agreement",
    "Answer",
    "AskingReplica",
    "Asks",
    "Blobs",
    "Capabilities",
    "Changes",
    "Clock",
    "Description",
    "Direction",
    "Draft",
    "Entry",
    "FieldInfo",
    "GuardSettings",
    "Hint",
    "HistoryEntry",
    "Hold",
    "IsSynced",
    "Job",
    "JobState",
    "Lane",
    "LaneState",
    "Lease",
    "LeaseLost",
    "Once",
    "Outcome",
    "Peers",
    "Ports",
    "Receipt",
    "Received",
    "Role",
    "RuleContext",
    "Rules",
    "RulesSource",
    "RulesVersion",
    "Sample",
    "Settings",
    "Stage",
    "Store",
    "Token",
    "Tracker",
    "Transaction",
    "TwinOf",
    "Written",
    "asked",
    "asking",
    "with_asks",
    "with_end",
]
