"""One side's rules: a mapping table, and a script after it."""

from accord.rules.check import check_script
from accord.rules.engine import Script
from accord.rules.mapped import Origin, TableRules
from accord.rules.sandbox import Limits, Sandbox
from accord.rules.scripted import ScriptRules
from accord.rules.source import ScriptSource
from accord.rules.stubs import stubs
from accord.rules.table import MappingTable, PeopleTable
from accord.rules.trusted import TrustedScript

__all__ = [
    "Limits",
    "MappingTable",
    "Origin",
    "PeopleTable",
    "Sandbox",
    "Script",
    "ScriptRules",
    "ScriptSource",
    "TableRules",
    "TrustedScript",
    "check_script",
    "stubs",
]
