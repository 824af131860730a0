"""Failures of a study by reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from tiltyard.engine.outcome import Status
from tiltyard.engine.statistics.replicates import METHOD_KEY

REASON = [*METHOD_KEY, "family", "status", "message"]


def failures_of(results: pd.DataFrame, within: Sequence[str]) -> pd.DataFrame:
    """Rows, configurations and places of every reason for a status other than ``ok``.

    Parameters
    ----------
    results : DataFrame
        Rows of evaluations.
    within : sequence of str
        Columns in which the rows of one evaluation differ; the result lists their values.
    """
    bad = results[results["status"] != str(Status.OK)]
    columns = {name: (name, set) for name in within}
    counted = bad.groupby(REASON, dropna=False).agg(
        rows=("status", "size"), configurations=("configuration", "nunique"), **columns
    )
    return counted.reset_index()


def add_failures(chunks: Iterable[pd.DataFrame], within: Sequence[str]) -> pd.DataFrame:
    """Sum of tables from `failures_of` of different configurations."""
    together = pd.concat(chunks).groupby(REASON, dropna=False)
    sums: dict[str, Any] = {"rows": "sum", "configurations": "sum"}
    return together.agg({**sums, **dict.fromkeys(within, _union)}).reset_index()


def _union(sets: pd.Series[Any]) -> set[Any]:
    return set().union(*sets)


def list_failures(counted: pd.DataFrame, within: Sequence[str]) -> pd.DataFrame:
    """Every reason, most frequent first; columns ``<name>s`` list the values of `within`."""
    places = {
        f"{name}s": [" ".join(map(str, sorted(values))) for values in counted[name]]
        for name in within
    }
    listed = counted.drop(columns=list(within)).assign(**places)
    return listed.sort_values(["rows", *METHOD_KEY], ascending=[False, True, True], kind="stable")
