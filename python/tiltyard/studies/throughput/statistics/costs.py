"""Table ``costs.csv``: what each strategy takes on each workload, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from tiltyard.studies.throughput.statistics.base import base_of
from tiltyard.studies.throughput.statistics.distribution import distribution_words
from tiltyard.studies.throughput.statistics.launches import (
    Setting,
    facts_of,
    one_of,
    settings,
    strategies,
)
from tiltyard.studies.throughput.statistics.limits import limit_share, tightest_limit
from tiltyard.studies.throughput.statistics.noise import differs, noise_floor
from tiltyard.studies.throughput.statistics.paired import Estimate, estimate, ratio

#: Samples of memory below which a peak is said to be "at least" that much.
FEW_SAMPLES = 10


def costs(launches: pd.DataFrame) -> pd.DataFrame:
    """One row for each strategy of each setting, controls and failures too.

    Parameters
    ----------
    launches : DataFrame
        From `launches_of`.
    """
    source = memory_source(launches)
    rows = [row for setting in settings(launches) for row in _rows(setting, source)]
    return pd.DataFrame(rows)


def _rows(setting: Setting, source: str) -> Iterator[dict[str, Any]]:
    launches = setting.launches
    base, limit = base_of(launches), tightest_limit(launches)
    floor = noise_floor(launches).share
    for name in strategies(launches):
        own = launches[launches["method"].eq(name)]
        ok = own[own["ok"]]
        found = ratio(launches, name, base) if base else Estimate()
        yield {
            **setting.key,
            **facts_of(launches, name),
            "cores": setting.known_cores,
            "jobs": own["job"].nunique(),
            "launches": len(own),
            "ok": len(ok),
            "statuses": statuses_words(own),
            **_seconds(ok),
            "base": base,
            **found.columns("cpu_ratio"),
            "differs": "base" if name == base else differs(found, floor),
            "noise_floor": floor,
            "limit": limit,
            **limit_share(launches, name, limit).columns("limit_share"),
            **_rates(ok),
            **_memory(ok, source),
            "processes": ok["peak_processes"].max(),
            "threads": ok["peak_threads"].max(),
            "words": _words(ok),
        }


def _seconds(ok: pd.DataFrame) -> dict[str, float]:
    """CPU and wall seconds of the whole launch, and of what follows its start-up."""
    wall = ok[ok["wall_counts"]]
    return {
        **estimate(ok["cpu_seconds"]).columns("cpu_seconds"),
        **estimate(wall["wall_seconds"]).columns("wall_seconds"),
        "wall_launches": len(wall),
        "wall_dropped": len(ok) - len(wall),
        "warm_cpu_seconds": ok["warm_cpu"].median(),
        "warm_wall_seconds": wall["warm_wall"].median(),
        "start_seconds": wall["start_seconds"].median(),
        "queue_seconds": ok["queue_seconds"].median(),
    }


def _rates(ok: pd.DataFrame) -> dict[str, Any]:
    """Units of work and megabytes read, by second of waiting and of CPU."""
    wall = ok[ok["wall_counts"]]
    return {
        "units": ok["units"].median(),
        "unit": one_of(ok["unit"]),
        **estimate(wall["units"] / wall["wall_seconds"]).columns("units_per_second"),
        "units_per_cpu_second": estimate(ok["units"] / ok["cpu_seconds"]).value,
        "read_mb_per_second": estimate(wall["bytes_read"] / wall["wall_seconds"] / 1e6).value,
    }


def _memory(ok: pd.DataFrame, source: str) -> dict[str, Any]:
    """Peak memory of the tree and its two parts, of launches measured by `source` alone."""
    own = ok[ok["memory_source"].eq(source)]
    return {
        **estimate(own["peak_memory"]).columns("memory_mb"),
        "anonymous_mb": own["anonymous_mb"].median(),
        "file_mb": own["file_mb"].median(),
        "memory_source": source if len(own) else "",
        "memory_at_least": bool(own["memory_samples"].median() < FEW_SAMPLES),
    }


def memory_source(launches: pd.DataFrame) -> str:
    """The way in which most launches' memory was measured: a table never mixes two."""
    found = launches.loc[launches["ok"], "memory_source"]
    return str(found.mode().iloc[0]) if len(found) else ""


def statuses_words(launches: pd.DataFrame) -> str:
    """Statuses other than ``ok``, with their numbers."""
    counts = launches.loc[~launches["status"].eq("ok"), "status"].value_counts(sort=False)
    return ", ".join(f"{number} {status}" for status, number in sorted(counts.items()))


def _words(ok: pd.DataFrame) -> str:
    """What the medians do not say."""
    said = [distribution_words(ok["cpu_seconds"])]
    dropped = int((~ok["wall_counts"]).sum())
    if dropped:
        said.append(f"wall time of {dropped} of {len(ok)} launches left out: waited for cores")
    counts = ok["wall_seconds"].where(ok["wall_counts"]).dropna()
    if np.isfinite(counts).any() and (text := distribution_words(counts)):
        said.append(f"wall: {text}")
    return "; ".join(filter(None, said))
