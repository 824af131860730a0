"""Statistics of SNPs and of spots: χ² from what a file has, P values from an estimate."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

Floats = NDArray[np.float64]
#: What χ² is made from, in the order of preference.
SOURCES = (("Z",), ("BETA", "SE"), ("CHISQ",), ("P",))
#: Rest of a column, as a share of it, at which it depends on those before it.
DEPENDENT = 1e-9


def source_of(columns: Mapping[str, Any]) -> tuple[str, ...]:
    """Columns that χ² is made from; () if there are none."""
    for names in SOURCES:
        if all(name in columns for name in names):
            return names
    return ()


def chi2_of(columns: Mapping[str, Floats], source: tuple[str, ...]) -> Floats:
    """χ² of each SNP; NaN where its values cannot be: SE ≤ 0, χ² < 0, P ≤ 0 or > 1, no number."""
    values = [np.asarray(columns[name], np.float64) for name in source]
    with np.errstate(all="ignore"):
        if source == ("Z",):
            found = values[0] ** 2
        elif source == ("BETA", "SE"):
            found = np.where(values[1] > 0, (values[0] / values[1]) ** 2, np.nan)
        elif source == ("CHISQ",):
            found = np.where(values[0] >= 0, values[0], np.nan)
        else:
            inside = (values[0] > 0) & (values[0] <= 1)
            found = np.where(inside, norm.isf(values[0] / 2) ** 2, np.nan)
    return np.where(np.isfinite(found), found, np.nan)


def largest_chi2(most_samples: float) -> float:
    """χ² from which a SNP is left out."""
    return max(0.001 * most_samples, 80.0)


def p_values(z: Floats) -> tuple[Floats, Floats]:
    """One-sided P(Normal > z), and -log10 of it."""
    return norm.sf(z), -norm.logsf(z) / math.log(10)


def two_sided(z: Floats) -> Floats:
    """2 P(Normal > |z|)."""
    return 2 * norm.sf(np.abs(z))


def independent(columns: Floats) -> list[int]:
    """Columns that do not depend on the intercept and those before them, in their order.

    Parameters
    ----------
    columns : (n, K) array
    """
    count = len(columns)
    basis = [np.full(count, count**-0.5)]
    kept = []
    for place, column in enumerate(np.asarray(columns, np.float64).T):
        rest = column.copy()
        for _ in range(2):  # the second time removes what rounding left
            for one in basis:
                rest -= (one @ rest) * one
        if np.linalg.norm(rest) > DEPENDENT * np.linalg.norm(column):
            kept.append(place)
            basis.append(rest / np.linalg.norm(rest))
    return kept
