"""What is said of the noise of samples: one number, one for each, or columns of a table."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tiltyard.application.columns import column_of, labels_of
from tiltyard.application.noise.sample_noise import (
    SampleNoise,
    averaged,
    from_standard_errors,
    from_weights,
)
from tiltyard.application.options import NOISE_COLUMN, REPLICATES, WEIGHTS
from tiltyard.application.sequence import UnusableData
from tiltyard.studies.derivatives.contract import Array

#: How the mean of replicates is called whose names have nothing in common.
MEAN = "mean"


@dataclass(frozen=True, eq=False)
class GivenNoise:
    """Standard errors or weights as they were given: an array, or names of a table's columns.

    Attributes
    ----------
    errors, weights : array-like, or name or list of names of columns, or None
        At most one of them is there.
    """

    errors: Any = None
    weights: Any = None

    @property
    def option(self) -> str:
        """The option, for messages."""
        return str(WEIGHTS if self.errors is None else NOISE_COLUMN)

    @property
    def value(self) -> Any:
        return self.weights if self.errors is None else self.errors

    def with_value(self, value: Any) -> GivenNoise:
        """The same of other values."""
        return GivenNoise(value) if self.weights is None else GivenNoise(weights=value)

    def of(self, samples: Array, name: str) -> SampleNoise | None:
        """The noise of these samples.

        Raises
        ------
        UnusableData
            If there is not one positive number for each.
        """
        if self.value is None:
            return None
        values = column_of(self.value, f"{name}: {self.option}", allowed="f").values
        if self.weights is None:
            return from_standard_errors(values, samples, name)
        return from_weights(values, samples, name)


def given_noise(noise: Any, weights: Any, *, named: bool) -> tuple[float | None, GivenNoise]:
    """A standard deviation that all samples have, and what was given for each.

    Parameters
    ----------
    noise, weights
        As of `tiltyard.differentiate`.
    named : bool
        Whether there is a table, of which a text may name a column.

    Raises
    ------
    ValueError
        If noise and weights are both given.
    """
    if noise is not None and weights is not None:
        raise ValueError(
            f"{NOISE_COLUMN} and {WEIGHTS} are both given: the one says how large the noise is, "
            "the other only how it compares between samples; give one of them"
        )
    text = isinstance(noise, str) and named
    if noise is None or (np.ndim(noise) == 0 and not text):
        return noise, GivenNoise(weights=weights)
    return None, GivenNoise(noise)


def named_columns(
    given: GivenNoise, table: Any, signals: Sequence[Any]
) -> tuple[dict[Any, Any], Mapping[Any, GivenNoise]]:
    """Columns of a table that have the noise of its signals, and the noise of each signal.

    Parameters
    ----------
    given : GivenNoise
        One column for all signals, or one for each; or an array for all.
    table : table of pandas, polars or xarray
    signals : sequence
        Labels of the signals.

    Raises
    ------
    UnusableData
        If the table lacks a column, or they are as many neither as one nor as the signals.
    """
    labels = labels_of(table) or ()
    value = given.value
    one = isinstance(value, str) or (isinstance(value, (int, tuple)) and value in labels)
    names = [value] if one else list(value) if _all_text(value) else []
    if not names:
        return {}, dict.fromkeys(signals, given)
    for name in names:
        if name not in labels:
            raise UnusableData(f"the table has no column {name!r}; it has {_listed(labels)}")
    columns = {name: table[name] for name in names}
    others = [one for one in signals if one not in names]
    check_pairs(names, others, given.option)
    each = names * len(others) if len(names) == 1 else names
    pairs = zip(others, each, strict=True)
    return columns, {signal: given.with_value(columns[name]) for signal, name in pairs}


def check_pairs(names: Sequence[Any], signals: Sequence[Any], option: str) -> None:
    """Refuse columns of noise that are as many neither as one nor as the signals."""
    if len(names) not in (1, len(signals)):
        raise UnusableData(
            f"{option}: {len(names)} columns ({_listed(names)}) for {len(signals)} signals "
            f"({_listed(signals)}): give one for all, or one for each in their sequence"
        )


def mean_of_replicates(
    columns: Array, names: Sequence[str]
) -> tuple[Array, SampleNoise | None, str, str]:
    """Columns (n, k) that repeat one measurement as one signal.

    Parameters
    ----------
    columns : (n, k) array
        Samples, NaN where one is missing.
    names : sequence of str
        Of the columns; may be empty.

    Returns
    -------
    (n,) array, SampleNoise or None, str, str
        Means, NaN where all are missing; their noise; a name; and a note.

    Raises
    ------
    UnusableData
        If there is only one column, or the columns are all equal.
    """
    if columns.ndim != 2 or columns.shape[1] < 2:
        raise UnusableData(
            f"{REPLICATES} is for several columns that repeat one measurement, and there is one: "
            "leave it out, or name the others"
        )
    rows, which = np.nonzero(~np.isnan(columns))
    times, place = np.unique(rows, return_inverse=True)
    means, noise = averaged(place, columns[rows, which], None)
    if noise is None or noise.scatter is None:
        raise UnusableData(
            f"{REPLICATES}: the columns do not differ anywhere, or hardly ever have two samples "
            "in a row: they are copies or parts, and say nothing of the noise; take one of them"
        )
    found, deviations = np.full((2, len(columns)), np.nan)
    found[times], deviations[times] = means, noise.deviations
    whole = SampleNoise(deviations, noise.absolute, noise.words, noise.scatter)
    name = _common_start(names) or MEAN
    scatter = np.sqrt(noise.scatter.squares / noise.scatter.degrees)
    called = f" ({_listed(names)})" if names else ""
    note = (
        f"{columns.shape[1]} columns{called} are replicates of one signal: their means are "
        f"differentiated; replicates scatter by {scatter:.3g} ({noise.scatter.degrees} degrees of "
        "freedom), and the mean of k of them has 1/√k of that"
    )
    return found, whole, name, note


def refuse_both(given: GivenNoise) -> None:
    """Refuse noise of each sample beside replicates, which tell it themselves."""
    if given.value is not None:
        raise UnusableData(
            f"{REPLICATES} and {given.option} are both given: replicates tell the noise themselves"
        )


def _all_text(value: Any) -> bool:
    return (
        isinstance(value, (list, tuple))
        and bool(value)
        and all(isinstance(one, str) for one in value)
    )


def _common_start(names: Sequence[str]) -> str:
    """What names such as rpm_1 and rpm_2 begin with, without what only counts them."""
    alike = itertools.takewhile(lambda letters: len(set(letters)) == 1, zip(*names, strict=False))
    return "".join(letters[0] for letters in alike).rstrip(" _-.0123456789")


def _listed(names: Sequence[Any]) -> str:
    return ", ".join(map(str, names))
