"""Rows of launches with planted costs, as a study of throughput has them after its merge."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from tiltyard.studies.throughput.columns import AGAIN, TOTAL

MACHINE = "made-up processor, 8 cores"
UNITS = 1_000_000


@dataclass(frozen=True)
class Planted:
    """A strategy: its CPU seconds on work of size 1 with one worker, and what more of them cost."""

    name: str
    seconds: float = 1.0
    workers: int = 1
    serial: float = 0.0  # fraction of the work that one worker does alone
    overhead: float = 0.0  # CPU seconds of each further worker
    implementation: str = "mapped"
    backend: str = "serial"
    block: str = "2000"
    tags: str = ""
    memory: float = 100.0  # MB
    memory_slope: float = 0.0  # MB for each further size
    start: float = 0.1  # seconds of imports before work
    status: str = "ok"
    message: str = ""
    alarms: str = ""
    units: float = UNITS
    values: dict = field(default_factory=dict, hash=False)  # further columns

    def cpu(self, size):
        return self.start + self.seconds * size + self.overhead * (self.workers - 1)

    def wall(self, size):
        share = self.serial + (1.0 - self.serial) / self.workers
        own = self.seconds * size * share
        return self.start + own + self.overhead * (self.workers - 1) / self.workers


BASE = Planted("serial-b2000")
TWICE = Planted("serial-b2000-again", tags=AGAIN)
REFERENCE = Planted("reference", 40.0, implementation="reference", tags="reference")
LIMIT = Planted("inflate", 0.5, implementation="inflate", tags="limit", start=0.0)


def threads(workers, serial=0.0, **changes):
    """The baseline's work by threads."""
    name = f"threads-w{workers}-b2000"
    return Planted(name, workers=workers, serial=serial, backend="threads", **changes)


def launched(
    strategies,
    *,
    sizes=None,
    rounds=10,
    noise=0.0,
    seed=1,
    cores=8,
    machine=MACHINE,
    job="job-1",
    drift=0.0,
    foreign=0.0,
    slow=lambda strategy, trial: 1.0,
):
    """Rows of `strategies` on workloads of `sizes`, by stage.

    `noise` is the standard deviation of the logarithm of each launch's time, drawn anew;
    `drift` the share by which the machine is slower in the last launch of all than in the first;
    `foreign` a share of the cores' time; `slow` a factor for one launch.
    """
    rng = np.random.default_rng(seed)
    sizes = {"n1": 1.0} if sizes is None else sizes
    rows, done, total = [], 0, rounds * len(sizes) * len(strategies)
    for workload, size in sizes.items():
        for trial in range(1, rounds + 1):
            order = [strategies[place] for place in rng.permutation(len(strategies))]
            for position, strategy in enumerate(order, 1):
                factor = np.exp(noise * rng.standard_normal()) * slow(strategy, trial)
                factor *= 1.0 + drift * done / max(1, total - 1)
                done += 1
                launch = {
                    "workload": workload,
                    "trial": trial,
                    "position": position,
                    "machine": machine,
                    "job": job,
                    "cores": cores,
                    "steal_share": 0.0,
                    "foreign_share": foreign,
                    "counted": True,
                    **strategy.values,
                }
                rows += rows_of(strategy, size, factor, launch)
    return pd.DataFrame(rows)


def rows_of(strategy, size, factor, launch):
    """The row of a launch and those of its stages: import, compute, other."""
    ok = strategy.status == "ok"
    cpu, wall = factor * strategy.cpu(size), factor * strategy.wall(size)
    parts = {"import": factor * strategy.start, "other": 0.004}
    parts["compute"] = wall - sum(parts.values())
    known = {
        "method": strategy.name,
        "tags": strategy.tags,
        "implementation": strategy.implementation,
        "backend": strategy.backend,
        "block": strategy.block,
        "workers": strategy.workers,
        "status": strategy.status,
        "message": strategy.message,
        **launch,
    }
    whole = {
        "stage": TOTAL,
        "cpu_seconds": cpu if ok else None,
        "wall_seconds": wall if ok else None,
        "peak_memory": strategy.memory + strategy.memory_slope * (size - 1) if ok else None,
        "anonymous_mb": 0.8 * strategy.memory,
        "file_mb": 0.2 * strategy.memory,
        "memory_source": "pss",
        "memory_samples": 40,
        "peak_processes": 1,
        "peak_threads": strategy.workers,
        "bytes_read": int(5e7 * size),
        "units": strategy.units * size,
        "unit": "reads",
        "output_digest": "" if strategy.tags == "limit" else "a1b2",
        "alarms": strategy.alarms,
    }
    stages = [
        {**known, "stage": stage, "wall_seconds": seconds, "cpu_seconds": seconds}
        for stage, seconds in parts.items()
    ]
    return [{**known, **whole}, *(stages if ok else [])]
