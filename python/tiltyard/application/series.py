"""A measured series: times and samples that an estimator accepts, and what was done to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tiltyard.application.derived.quantity import PLAIN, Quantity
from tiltyard.application.noise.sample_noise import SampleNoise, averaged, repeated_notes
from tiltyard.application.sequence import Rows, in_sequence, repeated_times
from tiltyard.application.sequence import UnusableData as UnusableData
from tiltyard.application.times import Times
from tiltyard.studies.derivatives.contract import Array

#: Fewest samples from which anything is estimated.
FEWEST = 8
#: At most so many gaps are listed.
LISTED = 3


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
    noise : SampleNoise, optional
        What is known of the noise of each sample; if absent, it is the same for all.
    quantity : Quantity
        What derivatives of it are of and by.
    aside : (2, k) array, optional
        Times and values of samples that were left out as no samples of the signal.
    """

    t: Array
    y: Array
    name: str = "signal"
    notes: tuple[str, ...] = ()
    times: Times | None = None
    noise: SampleNoise | None = None
    quantity: Quantity = PLAIN
    aside: Array | None = None

    @property
    def time_unit(self) -> str:
        """Unit of the times, empty if it is not known."""
        return "" if self.times is None else self.times.unit

    def told(self, t: float) -> str:
        """A time as one says it: its date, where the times were dates, or its number."""
        return f"{t:g}" if self.times is None else self.times.told(t)

    @classmethod
    def from_samples(
        cls,
        t: ArrayLike | Times,
        y: ArrayLike,
        name: str = "signal",
        *,
        sort: bool = False,
        average: bool = False,
        noise: SampleNoise | None = None,
    ) -> Series:
        """A series from times and samples as they were measured.

        Times that fall throughout are turned round, which a note says.

        Parameters
        ----------
        t : (n,) array-like of numbers, or Times
        y : (n,) array-like of numbers
            A sample that is NaN is missing, and left out.
        name : str
            Of the signal, for messages.
        sort, average : bool
            Whether to sort the samples by time, and to average samples of the same time.
        noise : SampleNoise, optional
            What is known of the noise of each row's sample.

        Raises
        ------
        UnusableData
            If shapes differ, a time is not finite, a sample is infinite, times are unsorted or
            repeated, a clock without a zone was set back, or fewer than 8 samples are left. Rows
            count from 1.
        """
        whole = t if isinstance(t, Times) else Times(np.asarray(t, dtype=np.float64))
        samples = np.asarray(y, dtype=np.float64)
        _check_values(whole.values, samples, name)
        present = np.flatnonzero(~np.isnan(samples))
        notes = _missing_notes(whole.values, present)
        rows = Rows(whole, whole.values[present], present + 1, name)
        sequence, said = in_sequence(rows, sort=sort)
        notes += said
        times, samples = rows.t[sequence], samples[present][sequence]
        repeated = int(np.count_nonzero(np.diff(times) == 0))
        if repeated and not average:
            raise repeated_times(rows, sequence)
        noise = None if noise is None else noise.taken(present[sequence])
        if repeated:
            times, place = np.unique(times, return_inverse=True)
            samples, noise = averaged(place, samples, noise)
            notes += repeated_notes(len(place), len(times), noise)
        if len(times) < FEWEST:
            gone = len(whole.values) - len(present)
            missing = f", and {gone} that are missing" if gone else ""
            raise UnusableData(
                f"{name}: {len(times)} samples{missing}; at least {FEWEST} are needed"
            )
        return cls(times, samples, name, tuple(notes), whole, noise)


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


def _missing_notes(t: Array, present: NDArray[np.int64]) -> list[str]:
    """How many samples are missing, and how many times therefore lie outside of the record."""
    missing = np.delete(np.arange(len(t)), present)
    if not missing.size or not present.size:
        return []
    start, stop = t[present].min(), t[present].max()
    outside = int(np.count_nonzero((t < start) | (t > stop)))
    beyond = f"; no estimate at {outside} of them, before the first sample or after the last"
    return [
        f"{missing.size} of {len(t)} samples are missing, the first in row {missing[0] + 1}"
        + (beyond if outside else "")
    ]
