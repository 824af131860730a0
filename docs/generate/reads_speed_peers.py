"""The libraries' side of docs/generate/reads_speed.py: what a line asks for, and its times.

A line of standard input is a JSON list: a task, and its arguments. What is answered, a line each,
has CPU and wall seconds, and what was counted. It runs in the environment of those libraries.
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

sys.path.insert(0, sys.argv[1])  # the folder of libraries.py

import deepbiop
import libraries


def sequences(path: str, most: int) -> list[str]:
    """Sequences of the first reads of a file."""
    found = []
    for _, sequence, _ in libraries.records("dnaio", path):
        found.append(sequence)
        if len(found) == most:
            break
    return found


def reverse_complement(texts: list[str]) -> dict[str, int]:
    """deepbiop's, of each text."""
    own = deepbiop.core.reverse_complement
    for text in texts:
        own(text)
    return {"reads": len(texts)}


def work_of(task: str, path: str, most: int | None) -> Callable[[], dict[str, Any]]:
    """What is timed; whatever it needs is ready before."""
    if task == "reverse-complement":
        texts = sequences(path, most or 0)
        return lambda: reverse_complement(texts)
    if task.startswith("chain"):
        own = libraries.task(task, "dnaio")
        return lambda: own(path, "dnaio", most)
    own = libraries.task("count", task)
    return lambda: own(path, task)


def main() -> None:
    """Answer until the input ends."""
    for line in sys.stdin:
        task, path, most = json.loads(line)
        work = work_of(task, path, most)
        cpu, wall = time.process_time(), time.perf_counter()
        found = work()
        times = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
        print(json.dumps(found | times), flush=True)


if __name__ == "__main__":
    main()
