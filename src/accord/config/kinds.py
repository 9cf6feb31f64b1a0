"""Which kinds of tracker there are: every installed package may bring some, by entry point."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Protocol

from pydantic import BaseModel

from accord.errors import ConfigurationInvalid
from accord.ports import Tracker

GROUP = "accord.trackers"


class TrackerKind(Protocol):
    """The class of a connector. `Settings` is what its table in the file may hold, besides `kind`."""

    Settings: type[BaseModel]

    def __call__(self, name: str, settings: Any) -> Tracker: ...


class InstalledKinds(Mapping[str, TrackerKind]):
    """By name; a connector is imported when it is asked for. Raises ConfigurationInvalid if that fails."""

    def __init__(self) -> None:
        self._points: dict[str, EntryPoint] = {point.name: point for point in entry_points(group=GROUP)}

    def __getitem__(self, name: str) -> TrackerKind:
        point = self._points[name]
        try:
            kind: TrackerKind = point.load()
        except Exception as broken:
            raise ConfigurationInvalid(
                f"The connector for {name!r} can't be loaded: {type(broken).__name__}: {broken}.",
                remedy=f"Check the package that brings {point.value}.",
            ) from broken
        return kind

    def __iter__(self) -> Iterator[str]:
        return iter(self._points)

    def __len__(self) -> int:
        return len(self._points)
