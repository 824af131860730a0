"""Failures of a study by reason."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from tiltyard.engine.outcome import Status
from tiltyard.engine.statistics.replicates import METHOD_KEY

REASON = [*METHOD_KEY, "family", "status", "message"]


def count_failures(results: pd.DataFrame) -> pd.DataFrame:
    """Every reason for a status other than ``ok``, with its number of rows, most frequent first."""
    return list_failures(failures_of(results))


def failures_of(results: pd.DataFrame) -> pd.DataFrame:
    """Rows, configurations and set of orders of every reason for a status other than ``ok``."""
    bad = results[results["status"] != str(Status.OK)]
    counted = bad.groupby(REASON, dropna=False).agg(
        rows=("order", "size"), configurations=("configuration", "nunique"), orders=("order", set)
    )
    return counted.reset_index()


def add_failures(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """The sum of several `failures_of`, of different configurations."""
    together = pd.concat(parts).groupby(REASON, dropna=False)
    return together.agg({"rows": "sum", "configurations": "sum", "orders": _union}).reset_index()


def _union(sets: pd.Series[Any]) -> set[int]:
    return set().union(*sets)


def list_failures(counted: pd.DataFrame) -> pd.DataFrame:
    """What `count_failures` returns, from `failures_of`."""
    orders = [" ".join(map(str, sorted(orders))) for orders in counted["orders"]]
    return counted.assign(orders=orders).sort_values(
        ["rows", *METHOD_KEY], ascending=[False, True, True], kind="stable"
    )
