"""Tables ``scaling.csv`` and ``oversubscription.csv``: the same work with more workers.

The base is the best serial strategy [1]_. The serial fraction by which a speed-up S of p workers
falls short of p is Karp and Flatt's [2]_, e = (1/S − 1/p) / (1 − 1/p): constant where a part of the
work is serial, rising with p where workers cost something.

References
----------
.. [1] Hoefler, T. and Belli, R. (2015). Scientific benchmarking of parallel computing systems. SC.
.. [2] Karp, A. H. and Flatt, H. P. (1990). Measuring parallel processor performance. CACM 33(5).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from tiltyard.studies.throughput.statistics.base import base_of
from tiltyard.studies.throughput.statistics.launches import (
    Setting,
    by_round,
    facts_of,
    settings,
    strategies,
)
from tiltyard.studies.throughput.statistics.noise import differs, noise_floor
from tiltyard.studies.throughput.statistics.paired import Estimate, estimate, ratio


def scaling(launches: pd.DataFrame) -> pd.DataFrame:
    """Strong scaling: a row for each strategy whose workers have a core each.

    Parameters
    ----------
    launches : DataFrame
        From `launches_of`.

    Returns
    -------
    DataFrame
        Setting and strategy; ``base``; ``wall_seconds``; ``speed_up`` of wall time and
        ``efficiency``, its share of the workers; ``cpu_speed_up``, what the speed-up would be if
        no worker ever waited, which is the workers × the base's CPU time ÷ its own, and
        ``cpu_efficiency``; ``serial_fraction`` from two workers on; each with its interval;
        ``differs``: whether its wall time is really less than the base's. Wall figures are empty
        if no round has a wall time of both that counts: ``rounds`` has their number.
    """
    return _table(launches, within=True)


def oversubscription(launches: pd.DataFrame) -> pd.DataFrame:
    """The same for strategies with more workers than the job had cores; no serial fraction."""
    return _table(launches, within=False)


def _table(launches: pd.DataFrame, within: bool) -> pd.DataFrame:
    rows = [row for setting in settings(launches) for row in _rows(setting, within)]
    return pd.DataFrame(rows, columns=list(rows[0]) if rows else _columns(within))


def _columns(within: bool) -> list[str]:
    nothing = Estimate()
    facts = ["strategy", "implementation", "backend", "block", "workers", "tags"]
    figures = _figures(nothing, nothing, nothing, 2, within)
    return ["workload", "machine", *facts, "cores", "jobs", "base", *figures, "differs", "floor"]


def _rows(setting: Setting, within: bool) -> Iterator[dict[str, Any]]:
    launches = setting.launches
    base = base_of(launches)
    floor = noise_floor(launches).share
    own = launches[launches["compared"] & launches["ok"]]
    fits = own["workers"].le(setting.cores)
    for name in strategies(own[fits if within else ~fits]):
        facts = facts_of(launches, name)
        workers = int(str(facts["workers"]))
        wall = ratio(launches, base, name, "wall_seconds") if base else Estimate()
        seconds = estimate(by_round(launches, name, "wall_seconds"))
        cpu = ratio(launches, base, name) if base else Estimate()
        inverse = wall.mapped(lambda value: 1.0 / value)
        yield {
            **setting.key,
            **facts,
            "cores": setting.known_cores,
            "jobs": own.loc[own["method"].eq(name), "job"].nunique(),
            "base": base,
            **_figures(seconds, wall, cpu, workers, within),
            "differs": "base" if name == base else differs(inverse, floor),
            "floor": floor,
        }


def _figures(
    seconds: Estimate, wall: Estimate, cpu: Estimate, workers: int, within: bool
) -> dict[str, Any]:
    figures = {
        "rounds": wall.rounds,
        **seconds.columns("wall_seconds"),
        **wall.columns("speed_up"),
        **wall.over(workers).columns("efficiency"),
        **cpu.over(1.0 / workers).columns("cpu_speed_up"),
        **cpu.columns("cpu_efficiency"),
    }
    if within:
        figures |= serial_fraction(wall, workers).columns("serial_fraction")
    return figures


def serial_fraction(speed_up: Estimate, workers: int) -> Estimate:
    """Karp and Flatt's serial fraction of a speed-up; empty for one worker."""
    if workers < 2:
        return Estimate(rounds=speed_up.rounds)
    return speed_up.mapped(lambda value: (1.0 / value - 1.0 / workers) / (1.0 - 1.0 / workers))
