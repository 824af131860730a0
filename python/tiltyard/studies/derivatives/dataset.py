"""Datasets: times, noisy samples and exact derivatives of one configuration.

A dataset's file has the columns ``t``, ``y``, ``d0`` ... ``d7``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from tiltyard.engine.files.digests import digest
from tiltyard.engine.grid import seeds
from tiltyard.studies.derivatives.contract import MAX_ORDER, Array
from tiltyard.studies.derivatives.noise import add_noise
from tiltyard.studies.derivatives.signals import find_signal

if TYPE_CHECKING:  # a worker needs datasets, but no files
    import pyarrow as pa

COLUMNS = ("t", "y", *(f"d{k}" for k in range(MAX_ORDER + 1)))


@dataclass(frozen=True, eq=False)
class Truth:
    """Exact derivatives of a signal at evenly spaced times.

    Parameters
    ----------
    signal : str
        Name of the signal.
    t : (n,) array
        Times [time].
    exact : (8, n) array
        Row k is the derivative of order k at `t` [signal / time**k].
    error : (8,) array
        Estimated largest error of each row relative to its spread; see `Signal.audit`.
    """

    signal: str
    t: Array
    exact: Array
    error: Array


def compute_truth(signal: str, samples: int) -> Truth:
    """Exact derivatives of `signal` at `samples` evenly spaced times, both ends included.

    Raises
    ------
    ValueError
        If the signal is unknown or there are fewer than 2 samples.
    """
    found = find_signal(signal)
    t = found.times(samples)
    exact = found.derivatives(t)
    return Truth(signal, t, exact.astype(np.float64), found.audit(t, exact))


@cache
def current_versions() -> Mapping[str, str]:
    """Versions of the packages that decide a dataset's numbers, and a digest of the code here."""
    own = [Path(seeds.__file__), Path(__file__), Path(__file__).with_name("noise.py")]
    sources = own + sorted(Path(__file__).with_name("signals").glob("*.py"))
    return MappingProxyType(
        {
            "tiltyard": version("tiltyard"),
            "code": digest([source.read_bytes() for source in sources]),
            "numpy": np.__version__,
            "heyoka": version("heyoka"),
        }
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class Dataset:
    """Noisy samples of a signal, with the exact derivatives.

    Parameters
    ----------
    configuration : str
        Id of the configuration.
    signal : str
        Name of the signal.
    seed : int
        Seed of the study, from which estimators that draw random numbers get theirs.
    t, y : (n,) arrays
        Times [time] and noisy samples [signal].
    exact : (8, n) array
        Row k is the exact derivative of order k at `t` [signal / time**k].
    noise_sd : float or (n,) array
        Expected standard deviation of the noise [signal].
    truth_error : (8,) array
        Estimated largest error of each row of `exact`, relative to its spread.
    """

    configuration: str
    signal: str
    seed: int
    t: Array
    y: Array
    exact: Array
    noise_sd: float | Array
    truth_error: Array

    @property
    def digest(self) -> str:
        """SHA-256 of the configuration's id, the times, the samples and the exact derivatives."""
        arrays = (self.t, self.y, self.exact)
        return digest([self.configuration, *(array.astype("<f8").tobytes() for array in arrays)])

    def table(self) -> pa.Table:
        """Times, samples and derivatives as columns."""
        import pyarrow as pa

        columns = [pa.array(column) for column in (self.t, self.y, *self.exact)]
        return pa.table(columns, names=list(COLUMNS))

    def facts(self) -> dict[str, Any]:
        """Signal, seed, noise and the truth's error as plain values."""
        return {
            "signal": self.signal,
            "seed": self.seed,
            "noise_sd": np.asarray(self.noise_sd).tolist(),
            "truth_error": self.truth_error.tolist(),
        }


def make_dataset(
    configuration_id: str,
    signal: str,
    samples: int,
    noise_model: str,
    noise_level: float,
    rng: np.random.Generator,
    *,
    seed: int,
    trial: int | None = None,
    truth: Truth | None = None,
) -> Dataset:
    """The dataset of one configuration.

    Parameters
    ----------
    configuration_id : str
        Id of the configuration.
    signal, samples, noise_model, noise_level, trial
        The configuration's values; the trial decides nothing that `rng` does not.
    rng : numpy.random.Generator
        Source of the noise, seeded from the configuration's identity.
    seed : int
        Of the study, recorded with the dataset.
    truth : Truth, optional
        What `compute_truth` gave for this signal and number of samples; computed if absent.

    Raises
    ------
    ValueError
        If the signal or noise model is unknown, a value is out of range, or `truth` belongs to
        another signal or number of samples.
    """
    truth = compute_truth(signal, samples) if truth is None else truth
    if (truth.signal, len(truth.t)) != (signal, samples):
        raise ValueError(
            f"{configuration_id}: the truth given is that of {truth.signal} with "
            f"{len(truth.t)} samples, not of {signal} with {samples}"
        )
    y, noise_sd = add_noise(noise_model, truth.exact[0], noise_level, rng)
    return Dataset(
        configuration=configuration_id,
        signal=signal,
        seed=seed,
        t=truth.t.copy(),
        y=y,
        exact=truth.exact.copy(),
        noise_sd=noise_sd,
        truth_error=truth.error.copy(),
    )


def restore(table: pa.Table, facts: Mapping[str, Any], configuration: str) -> Dataset:
    """The dataset that `Dataset.table` and `Dataset.facts` were of.

    Raises
    ------
    ValueError
        If `table` is not that of a dataset.
    """
    import pyarrow as pa

    if tuple(table.column_names) != COLUMNS:
        raise ValueError(
            f"its columns are {', '.join(table.column_names) or 'none'}; "
            f"a dataset has {', '.join(COLUMNS)}"
        )
    for name, column in zip(table.column_names, table.columns, strict=True):
        if column.type != pa.float64() or column.null_count:
            raise ValueError(
                f"column {name} has {column.null_count} nulls and type {column.type}; "
                "a dataset has doubles without nulls"
            )
    values = np.array([column.to_numpy() for column in table.columns])
    noise_sd = facts["noise_sd"]
    return Dataset(
        configuration=configuration,
        signal=facts["signal"],
        seed=facts["seed"],
        t=values[0].copy(),
        y=values[1].copy(),
        exact=values[2:].copy(),
        noise_sd=np.array(noise_sd) if isinstance(noise_sd, list) else noise_sd,
        truth_error=np.array(facts["truth_error"]),
    )
