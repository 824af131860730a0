"""A pipeline that runs nothing: for what a study makes of workloads, strategies and outputs."""

import hashlib
from pathlib import Path

from tiltyard.pipelines.pipeline import LIMIT, REFERENCE, Axis, Strategy, Work, Workload

STRATEGIES = [
    Strategy(name="plain", implementation="plain", tags=(REFERENCE,)),
    Strategy(name="limit", implementation="copy", tags=(LIMIT,)),
    Strategy(name="serial", implementation="quick"),
    Strategy(name="threads-w2", implementation="quick", backend="threads", workers=2, block="9"),
]


class Planted:
    """Lines of made letters."""

    name, extra, title, unit = "planted", "", "lines", "lines"
    axes = (Axis(name="lines", symbol="n", meaning="lines"),)
    stages = ("start", "read", "compute")
    claims = ()

    def __init__(self, strategies=STRATEGIES, names=("n3", "n5"), needs=(), own=None):
        self.own_strategies, self.names, self.needs, self.own = strategies, names, needs, own
        self.made = []
        self.schema = {
            "workload": {
                "type": "object",
                "properties": {"lines": {"type": "integer", "minimum": 1, "default": 3}},
            },
            "strategies": {"type": "object"},
        }

    def check(self, config):
        if config["strategies"].get("fault"):
            raise ValueError("strategies: a fault, as asked for")

    def workloads(self, config):
        return [Workload(name, {"lines": int(name[1:])}) for name in self.names]

    def strategies(self, config):
        return self.own_strategies

    def baseline(self, config):
        return "serial"

    def make(self, workload, folder, rng):
        assert not list(folder.iterdir())
        self.made.append(workload.name)
        lines = rng.integers(10**9, size=workload.axes["lines"])
        (folder / "lines.txt").write_text("".join(f"{line}\n" for line in lines))
        (folder / "lines.idx").write_text("index")
        return self.open(workload, folder)

    def open(self, workload, folder):
        own = {"own": [self.own]} if self.own else {}
        files = {"lines": [folder / "lines.txt"], **own}
        return Work(workload, files, {"lines": workload.axes["lines"]})

    def command(self, strategy, work, output):
        return ["true"]

    def digest(self, strategy, output):
        return hashlib.sha256(output.read_bytes()).hexdigest()

    def difference(self, strategy, expected, output):
        return ""

    def sources(self, strategy):
        return [Path(__file__)]

    def packages(self, strategy):
        return list(self.needs)
