"""A kind of study that has nothing to do with derivatives: algorithms that sort numbers."""

import subprocess
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pyarrow as pa

from tiltyard.plugin import (
    Cost,
    Figure,
    Grid,
    Measures,
    Method,
    PlainKind,
    Words,
    count_axis,
    digest,
    plain_session,
    word_axis,
)

SHAPES = {"random": lambda rng, n: rng.permutation(n), "sorted": lambda rng, n: np.arange(n)}


PROPERTIES = {
    "shapes": {"type": "array", "items": {"enum": sorted(SHAPES)}},
    "lengths": {"type": "array", "items": {"type": "integer", "minimum": 2}},
}


@dataclass(frozen=True)
class Numbers:
    """What is to be sorted."""

    configuration: str
    values: np.ndarray

    @property
    def digest(self):
        return digest([self.configuration, self.values.tobytes()])

    def table(self):
        return pa.table({"x": self.values})

    def facts(self):
        return {}


def quick(x):
    return np.sort(x)


def unix(x):
    """A child sorts: its CPU time and memory are the method's."""
    text = "\n".join(map(str, x))
    done = subprocess.run(["sort", "-n"], input=text, capture_output=True, text=True, check=True)
    return np.array(done.stdout.split(), dtype=int)


def busy(x):
    """A child burns a third of a second of CPU time and holds 60 MB before this one sorts."""
    code = "import time; held = bytearray(60_000_000)\nwhile time.process_time() < 0.33: pass\n"
    subprocess.run(["python3", "-c", code], check=True)
    return np.sort(x)


def lazy(x):
    return x  # right on what is sorted already


def hangs(x):
    subprocess.run(["sh", "-c", "setsid sleep 1000 & sleep 1000"], check=True)  # one leaves


CALLS = {call.__name__: call for call in (quick, unix, busy, lazy, hangs)}


def prepare(payload):
    """What is timed, and what is said of its result: no array leaves the worker."""
    name, x = payload
    right = digest([np.sort(x).tobytes()])
    return lambda: CALLS[name](x), lambda out: {"right": digest([out.tobytes()]) == right}


class Sorting(PlainKind):
    """The study that asks which algorithm sorts fastest."""

    name, subject, replicate, levels = "sorting", "shape", "trial", "length"
    grid = Grid([word_axis("shape"), count_axis("length", "n"), count_axis("trial", "t")])
    words = Words(question="Which algorithm sorts fastest?", method="algorithm", score="seconds")
    measures = Measures(score="seconds", size="length", timed=True)
    statuses, reference = ("wrong_output",), ("quick", "python")
    columns = pa.schema([("seconds", pa.float64())])
    schema = MappingProxyType({"required": list(PROPERTIES), "properties": PROPERTIES})
    figures = (Figure(name="race", draw="sorting_figures:race", files=lambda config: ["race"]),)

    def points(self, config):
        trials = range(1, config["trials"] + 1)
        return {"shape": config["shapes"], "length": config["lengths"], "trial": trials}

    def methods(self, config):
        return [
            Method(name=name, family="sort", version=self.code(config), command=name != "quick")
            for name in sorted(CALLS)
        ]

    def cost(self, config, methods):
        return Cost(seconds=0.1 * methods, start_seconds=1.0, job_mb=300, worker_mb=100)

    def make(self, study, point, rng):
        return Numbers(point.id, SHAPES[point.values["shape"]](rng, point.values["length"]))

    def restore(self, table, facts, configuration):
        return Numbers(configuration, table["x"].to_numpy())

    def session(self, study, threads):
        return plain_session(prepare, lambda dataset, method: (method.name, dataset.values))

    def rows(self, method, dataset, outcome, config):
        if outcome.status == "ok" and not outcome.result["right"]:
            yield {"status": "wrong_output", "message": "the output is not sorted"}
        else:
            yield {"seconds": outcome.wall_seconds if outcome.status == "ok" else None}
