"""Columns of a file that tell the noise of its samples, and columns that repeat one signal."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from tiltyard.application.noise.given import (
    GivenNoise,
    check_pairs,
    mean_of_replicates,
    refuse_both,
)
from tiltyard.application.noise.sample_noise import SampleNoise
from tiltyard.application.options import NOISE_COLUMN, WEIGHTS
from tiltyard.application.reading.missing import is_numeric, samples_of
from tiltyard.application.reading.numerals import Numerals
from tiltyard.application.reading.table import Said, Table
from tiltyard.application.reading.wishes import Wishes
from tiltyard.application.series import UnusableData

#: Samples of each signal, NaN where one is missing.
Signals = dict[str, NDArray[np.float64]]


def noise_of_signals(
    table: Table,
    numerals: Mapping[str, Numerals],
    signals: Signals,
    wishes: Wishes,
    said: Said,
) -> tuple[Signals, dict[str, SampleNoise]]:
    """The signals, replicates as one, and what is known of the noise of their samples.

    Raises
    ------
    UnusableData
        If a column is missing or has no numbers, or they are as many neither as one nor as the
        signals; if a number is not positive; if the user says two things of the noise.
    """
    names, given = columns_of(wishes)
    if wishes.replicates:
        refuse_both(given)
        columns = np.stack(list(signals.values()), axis=1)
        means, noise, name, note = mean_of_replicates(columns, list(signals))
        said.guessed.append(note)
        return {name: means}, {} if noise is None else {name: noise}
    if not names:
        return signals, {}
    check_pairs(names, list(signals), given.option)
    found = {}
    for signal, name in zip(signals, names * len(signals), strict=False):
        column = table.column(name)
        if not is_numeric(column.cells, numerals[name]):
            raise UnusableData(f"{given.option} {name}: it is no column of numbers")
        values = samples_of(table, column, numerals[name], wishes.missing, said)
        samples = signals[signal]
        bad = np.flatnonzero(~(np.isfinite(values) & (values > 0)) & ~np.isnan(samples))
        if bad.size:
            shown = "missing" if np.isnan(values[bad[0]]) else f"{values[bad[0]]:g}"
            raise UnusableData(
                f"column {name!r}, {table.place(bad[0])}: {given.option} has to be above 0, and is "
                f"{shown}; remove the row, or the sample of column {signal!r} in it"
            )
        noise = given.with_value(values).of(samples, signal)
        assert noise is not None
        found[signal] = noise
    return signals, found


def columns_of(wishes: Wishes) -> tuple[tuple[str, ...], GivenNoise]:
    """Names of the columns that tell the noise, and what they tell."""
    if wishes.noise and wishes.weights:
        raise UnusableData(
            f"{NOISE_COLUMN} and {WEIGHTS} are both given: standard errors say how large the noise "
            "is, weights only how it compares between samples; give one of them"
        )
    if wishes.weights:
        return wishes.weights, GivenNoise(weights=wishes.weights)
    return wishes.noise, GivenNoise(wishes.noise or None)
