"""Studies of a planted pipeline, which is found under its name without being installed."""

from dataclasses import dataclass, field

import pytest
from planted_pipeline import Planted

from tiltyard.engine.study import Study
from tiltyard.studies.throughput import settings, workloads

CONFIG = {
    "kind": "throughput",
    "study": "planted",
    "seed": 3,
    "pipeline": "planted",
    "workload": {},
    "strategies": {},
    "trials": 2,
}


@dataclass
class Bench:
    """A folder, the pipeline, and the studies of both."""

    folder: object
    monkeypatch: object
    pipeline: Planted = field(default_factory=Planted)
    code: str = "1"

    def __post_init__(self):
        found = {"planted": lambda: self.pipeline}

        def find(name):
            if name not in found:
                raise ValueError(f"{name!r} is unknown; installed packages bring planted")
            return found[name]()

        self.monkeypatch.setattr(settings, "find_pipeline", find)
        self.monkeypatch.setattr(workloads, "pipeline_code", lambda: {"planted": self.code})

    def study(self, **changes):
        return Study.from_config({**CONFIG, **changes}, self.folder / "results")


@pytest.fixture
def bench(tmp_path, monkeypatch):
    return Bench(tmp_path, monkeypatch)
