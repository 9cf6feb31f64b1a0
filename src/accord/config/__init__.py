"""What the operator has written down: `accord.toml`, read and checked whole."""

from accord.config.kinds import InstalledKinds, TrackerKind
from accord.config.load import Config, ConnectionConfig, TrackerConfig, load
from accord.config.problems import ConfigurationProblems
from accord.config.shape import NodeConfig
from accord.config.template import template

__all__ = [
    "Config",
    "ConfigurationProblems",
    "ConnectionConfig",
    "InstalledKinds",
    "NodeConfig",
    "TrackerConfig",
    "TrackerKind",
    "load",
    "template",
]
