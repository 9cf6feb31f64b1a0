"""One side's rules: a mapping table, and a script after it."""

from accord.rules.check import check_script
from accord.rules.conditions import Condition
from accord.rules.engine import Script
from accord.rules.mapped import TableRules
from accord.rules.origin import Origin
from accord.rules.sandbox import Limits, Sandbox
from accord.rules.scripted import ScriptRules
from accord.rules.source import ScriptSource
from accord.rules.stubs import stubs
from accord.rules.table import Afterwards, MappingTable, PeopleTable, ReplicaPath
from accord.rules.trusted import TrustedScript

__all__ = [
    "Afterwards",
    "Condition",
    "Limits",
    "MappingTable",
    "Origin",
    "PeopleTable",
    "ReplicaPath",
    "Sandbox",
    "Script",
    "ScriptRules",
    "ScriptSource",
    "TableRules",
    "TrustedScript",
    "check_script",
    "stubs",
]
