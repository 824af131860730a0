"""Summary statistics of a trait."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tiltyard.pipelines.spatial.faults import InputError, listed
from tiltyard.pipelines.spatial.rule.statistics import chi2_of, largest_chi2, source_of
from tiltyard.pipelines.spatial.snps.tables import read_table


@dataclass(frozen=True)
class Sumstats:
    """SNPs of a trait that have a statistic.

    Parameters
    ----------
    snps : list of str
    chi2, samples : (n,) array
    read : int
        Rows of the file.
    dropped : dict
        Reason -> rows that were left out: ``missing``, ``duplicate``, ``chi2``.
    """

    snps: list[str]
    chi2: NDArray[np.float64]
    samples: NDArray[np.float64]
    read: int
    dropped: dict[str, int]


def renames_of(words: Sequence[str]) -> dict[str, str]:
    """Column of the file -> name that it has here, from words such as ``Z=zscore``."""
    found = {}
    for word in words:
        name, equals, own = word.partition("=")
        if not (name and equals and own):
            raise InputError(f"--column {word}: write the name here and in the file, as Z=zscore")
        found[own] = name.upper()
    return found


def read_sumstats(path: Path, renames: Mapping[str, str], say: Callable[[str], None]) -> Sumstats:
    """Statistics of a file, and how many rows were left out for which reason.

    Raises
    ------
    InputError
        If a column is missing; the message says what is there and what would do.
    """
    table = read_table(path, "--sumstats")
    for own in renames:
        if own not in table:
            raise InputError(f"--column: {path} has no {own}; there are {listed(list(table), 20)}")
    table = table.rename(columns=dict(renames))
    source = source_of(dict.fromkeys(table))
    if "SNP" not in table or "N" not in table or not source:
        raise InputError(
            f"--sumstats {path}: has columns {listed([str(one) for one in table], 20)}; needed are "
            "SNP, N, and Z, or BETA and SE, or CHISQ, or P; --column Z=zscore renames one"
        )
    say(f"{path}: χ² from {' and '.join(source)}")
    numbers = {
        name: pd.to_numeric(table[name], errors="coerce").to_numpy(np.float64)
        for name in (*source, "N")
    }
    chi2, samples = chi2_of(numbers, source), numbers["N"]
    names = table["SNP"]
    there = np.isfinite(chi2) & np.isfinite(samples) & (samples > 0) & names.notna().to_numpy()
    once = there.copy()
    once[there] = ~names[there].duplicated().to_numpy()
    most = float(samples[once].max(initial=0))
    usual = once & (np.where(once, chi2, 0) < largest_chi2(most))
    return Sumstats(
        names[usual].astype(str).tolist(),
        chi2[usual],
        samples[usual],
        len(table),
        {
            "missing": int((~there).sum()),
            "duplicate": int((there & ~once).sum()),
            "chi2": int((once & ~usual).sum()),
        },
    )
