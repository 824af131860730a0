"""A pipeline of known cost, with planted faults: it squares numbers, and burns CPU time on top."""

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path
from types import MappingProxyType

from tiltyard.pipelines.pipeline import LIMIT, REFERENCE, Axis, Strategy, Work, Workload
from tiltyard.pipelines.stages import begin

#: CPU seconds that a strategy burns while it computes.
BURNS = {
    "plain": 0.1,
    "limit": 0.02,
    "serial": 0.08,
    "threads-w2": 0.06,
    "off-by-one": 0.02,
    "drops-last": 0.02,
    "right-on-one": 0.02,
    "leaks": 0.02,
    "hangs": 0.02,
    "child-dies": 0.02,
    "short": 0.003,
}
TAGS = {"plain": (REFERENCE,), "limit": (LIMIT,)}
BLOCK = 16


class Burning:
    """Squares of made numbers."""

    name, extra, title, unit = "burning", "", "squares of numbers", "numbers"
    axes = (Axis(name="numbers", symbol="n", meaning="numbers to square"),)
    stages = ("start", "import", "open", "compute", "write", "close")
    claims = ()
    schema = MappingProxyType(
        {
            "workload": {
                "type": "object",
                "additionalProperties": False,
                "required": ["numbers"],
                "properties": {
                    "numbers": {"type": "array", "items": {"type": "integer", "minimum": 1}}
                },
            },
            "strategies": {"type": "array", "items": {"enum": sorted(BURNS)}},
        }
    )

    def check(self, config):
        if 13 in config["workload"]["numbers"]:
            raise ValueError("workload: 13 numbers bring bad luck: take 12 or 14")

    def workloads(self, config):
        return [Workload(f"n{size}", {"numbers": size}) for size in config["workload"]["numbers"]]

    def strategies(self, config):
        return [
            Strategy(
                name=name,
                implementation="burning" if name in TAGS else "burnt",
                workers=2 if name.endswith("w2") else 1,
                block=str(BLOCK),
                tags=TAGS.get(name, ()),
            )
            for name in config["strategies"]
        ]

    def baseline(self, config):
        return "serial"

    def make(self, workload, folder, rng):
        numbers = rng.integers(1000, size=workload.axes["numbers"])
        (folder / "numbers.txt").write_text("".join(f"{one}\n" for one in numbers))
        return self.open(workload, folder)

    def open(self, workload, folder):
        path = folder / "numbers.txt"
        return Work(workload, {"numbers": [path]}, {"numbers": workload.axes["numbers"]})

    def command(self, strategy, work, output):
        call = "import sys, burning; burning.run(*sys.argv[1:])"
        return [
            sys.executable,
            "-c",
            call,
            strategy.name,
            str(work.files["numbers"][0]),
            str(output),
        ]

    def digest(self, strategy, output):
        return hashlib.sha256(output.read_bytes()).hexdigest()

    def difference(self, strategy, expected, output):
        right, own = (path.read_text().splitlines() for path in (expected, output))
        for row, (one, other) in enumerate(zip(right, own, strict=False), 1):
            if one != other:
                return f"record {row}, square: {one} expected, {other} found"
        return "" if len(right) == len(own) else f"{len(right)} records expected, {len(own)} found"

    def sources(self, strategy):
        return [Path(__file__)]

    def packages(self, strategy):
        return []


def run(name, path, output):
    """The command: squares of the numbers in `path`, as the strategy `name` makes them."""
    begin("open")
    numbers = [int(line) for line in Path(path).read_text().splitlines()]
    begin("compute")
    end = time.process_time() + BURNS[name]
    squares = [one * one for one in numbers]
    while time.process_time() < end:
        pass
    spoil(name, squares)
    begin("write")
    if name != "limit":
        Path(output).write_text("".join(f"{one}\n" for one in squares))
    begin("close")
    os._exit(0)  # what the interpreter does at its end is none of the work


def spoil(name, squares):
    """Do what is planted in the strategy `name`."""
    if name == "off-by-one":
        squares[BLOCK] += 1
    elif name == "drops-last":
        squares.pop()
    elif name == "right-on-one" and len(squares) > 100:
        squares[-1] = 0
    elif name == "leaks":
        held = []
        while len(held) < 50:
            held.append(bytearray(b"x" * 20_000_000))
            time.sleep(0.01)
    elif name == "hangs":
        subprocess.run(["sh", "-c", "setsid sleep 1000 & sleep 1000"], check=True)
    elif name == "child-dies":
        subprocess.run(["sh", "-c", "kill -9 $$"], check=True)
