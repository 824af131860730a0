"""A measured series: times and samples that an estimator accepts, and what was done to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from tiltyard.application.times import Times
from tiltyard.studies.derivatives.contract import Array

#: A step this many times the median one is reported as a gap.
GAP = 3.0
#: Fewest samples from which anything is estimated.
FEWEST = 8
#: At most so many gaps are listed.
LISTED = 3


class UnusableData(ValueError):
    """The data cannot be differentiated as they are; the message says where and what to do."""


@dataclass(frozen=True, eq=False)
class Series:
    """Samples of one signal at increasing times.

    Attributes
    ----------
    t, y : (n,) arrays
        Increasing times [time] and samples [signal], all finite.
    name : str
        Of the signal.
    notes : tuple of str
        What was left out, averaged or noticed, in plain words.
    times : Times, optional
        The times of all rows, those without a sample included, and what they were.
    """

    t: Array
    y: Array
    name: str = "signal"
    notes: tuple[str, ...] = ()
    times: Times | None = None

    @property
    def time_unit(self) -> str:
        """Unit of the times, empty if it is not known."""
        return "" if self.times is None else self.times.unit

    @classmethod
    def from_samples(
        cls,
        t: ArrayLike,
        y: ArrayLike,
        name: str = "signal",
        *,
        sort: bool = False,
        average: bool = False,
    ) -> Series:
        """A series from times and samples as they were measured.

        Parameters
        ----------
        t, y : (n,) array-like
            Times and samples; a sample that is NaN is missing, and left out.
        name : str
            Of the signal, for messages.
        sort, average : bool
            Whether to sort the samples by time, and to average samples of the same time.

        Raises
        ------
        UnusableData
            If shapes differ, a time is not finite, a sample is infinite, times are unsorted or
            repeated, or fewer than 8 samples are left. Rows count from 1.
        """
        times, samples = np.asarray(t, dtype=np.float64), np.asarray(y, dtype=np.float64)
        _check_values(times, samples, name)
        rows = np.arange(1, len(times) + 1)
        present = ~np.isnan(samples)
        notes = _missing_note(name, present)
        times, samples, rows = times[present], samples[present], rows[present]
        if sort:
            sequence = np.argsort(times, kind="stable")
            times, samples, rows = times[sequence], samples[sequence], rows[sequence]
        _check_sequence(times, rows, name)
        repeated = int(np.count_nonzero(np.diff(times) == 0))
        if repeated and not average:
            first = int(np.flatnonzero(np.diff(times) == 0)[0])
            raise UnusableData(
                f"{name}: rows {rows[first]} and {rows[first + 1]} have the same time "
                f"{times[first]:g}; keep one of them, or ask for their average (--average)"
            )
        if repeated:
            times, samples = _averaged(times, samples)
            notes.append(f"{repeated} samples were averaged with others of the same time")
        if len(times) < FEWEST:
            raise UnusableData(f"{name}: {len(times)} samples; at least {FEWEST} are needed")
        notes += _gap_note(times)
        return cls(times, samples, name, notes=tuple(notes))


def _check_values(t: Array, y: Array, name: str) -> None:
    if t.ndim != 1 or t.shape != y.shape:
        raise UnusableData(
            f"{name}: times of shape {t.shape} and samples of shape {y.shape}: give two lists of "
            "the same length"
        )
    for kind, bad in (("time", ~np.isfinite(t)), ("sample", np.isinf(y))):
        if bad.any():
            row = int(np.flatnonzero(bad)[0])
            value = t[row] if kind == "time" else y[row]
            raise UnusableData(f"{name}: the {kind} of row {row + 1} is {value}; remove the row")


def _missing_note(name: str, present: np.ndarray) -> list[str]:
    missing = int(np.count_nonzero(~present))
    if not missing:
        return []
    first = int(np.flatnonzero(~present)[0]) + 1
    return [f"{missing} of {len(present)} samples are missing, the first in row {first}"]


def _check_sequence(t: Array, rows: np.ndarray, name: str) -> None:
    if (back := np.flatnonzero(np.diff(t) < 0)).size:
        i = int(back[0])
        raise UnusableData(
            f"{name}: the time of row {rows[i + 1]}, {t[i + 1]:g}, is before that of row "
            f"{rows[i]}, {t[i]:g}; sort the rows, or have them sorted (--sort)"
        )


def _averaged(t: Array, y: Array) -> tuple[Array, Array]:
    """Each time once, with the mean of its samples."""
    unique, place, count = np.unique(t, return_inverse=True, return_counts=True)
    return unique, np.bincount(place, weights=y) / count


def _gap_note(t: Array) -> list[str]:
    steps = np.diff(t)
    typical = float(np.median(steps))
    wide = np.flatnonzero(steps > GAP * typical)
    if not wide.size:
        return []
    listed = ", ".join(f"{t[i]:g} to {t[i + 1]:g}" for i in wide[:LISTED])
    more = " and others" if wide.size > LISTED else ""
    return [
        f"{wide.size} gap{'s' * (wide.size > 1)} of more than {GAP:g} times the usual step "
        f"{typical:g}: {listed}{more}; estimates inside a gap rest on the model alone"
    ]
