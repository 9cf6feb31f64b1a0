"""What every connector must do, on a real Taskwarrior."""

from pathlib import Path

import pytest
from accord_taskwarrior import TaskwarriorSettings, TaskwarriorTracker

from accord.testing.conformance import Sample, TrackerConformance
from conftest import Anna


class TestTaskwarrior(TrackerConformance):
    @pytest.fixture
    def tracker(self, command: str, tmp_path: Path) -> TaskwarriorTracker:
        (tmp_path / "tasks").mkdir()
        return TaskwarriorTracker("mine", TaskwarriorSettings(data=tmp_path / "tasks", command=command))

    @pytest.fixture
    def person(self, command: str, tmp_path: Path) -> Anna:
        return Anna(command, tmp_path / "tasks")

    @pytest.fixture
    def sample(self) -> Sample:
        return Sample(
            values={
                "status": ("pending", "completed"),
                "priority": ("H", "L"),
                "due": ("2026-12-24", "2027-01-01"),
                "fields.project": ("Web", "Web.Shop"),
            },
            clearable=("description", "priority", "due", "fields.project"),
            query="+shared",
            bad_query="project:Web statsu:pending",
            unknown_key="00000000-0000-4000-8000-000000000000",
        )
