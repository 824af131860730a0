"""Datasets: what one configuration generates, and its Parquet file.

The file has the columns ``t``, ``y``, ``d0`` ... ``d7``, and everything else as a note in its
metadata. The same configuration always gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pyarrow as pa

import tiltyard
from tiltyard.engine.files.atomic import UnreadableFile
from tiltyard.engine.files.parquet import read_table, write_table
from tiltyard.engine.methods.versions import digest
from tiltyard.studies.derivatives.contract import MAX_ORDER, Array
from tiltyard.studies.derivatives.noise import add_noise
from tiltyard.studies.derivatives.signals import find_signal

COLUMNS = ("t", "y", *(f"d{k}" for k in range(MAX_ORDER + 1)))
#: Changes when the meaning of a dataset's file changes.
FORMAT = "tiltyard dataset 1"


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
    package = Path(tiltyard.__file__).parent
    seeds = package / "engine" / "grid" / "seeds.py"
    own = [seeds, Path(__file__), Path(__file__).with_name("noise.py")]
    sources = own + sorted(Path(__file__).with_name("signals").glob("*.py"))
    return MappingProxyType(
        {
            "tiltyard": tiltyard.__version__,
            "code": digest([source.read_bytes() for source in sources]),
            "numpy": np.__version__,
            "heyoka": version("heyoka"),
        }
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class Dataset:
    """Noisy samples of a signal, with the exact derivatives and where both come from.

    Parameters
    ----------
    configuration : str
        Id of the configuration.
    fields : mapping
        The configuration's values: signal, samples, noise_model, noise_level, trial.
    study, seed : str, int
        The study and the seed that it gave to the noise.
    t, y : (n,) arrays
        Times [time] and noisy samples [signal].
    exact : (8, n) array
        Row k is the exact derivative of order k at `t` [signal / time**k].
    noise_sd : float or (n,) array
        Expected standard deviation of the noise [signal].
    truth_error : (8,) array
        Estimated largest error of each row of `exact`, relative to its spread.
    versions : mapping
        Packages that made the dataset with their versions, and a digest of the code.
    """

    configuration: str
    fields: Mapping[str, Any]
    study: str
    seed: int
    t: Array
    y: Array
    exact: Array
    noise_sd: float | Array
    truth_error: Array
    versions: Mapping[str, str] = field(default_factory=current_versions)

    @property
    def digest(self) -> str:
        """SHA-256 of the configuration's id, the times, the samples and the exact derivatives."""
        arrays = (self.t, self.y, self.exact)
        return digest([self.configuration, *(array.astype("<f8").tobytes() for array in arrays)])

    def write(self, path: Path) -> None:
        """Write the Parquet file atomically."""
        columns = [pa.array(column) for column in (self.t, self.y, *self.exact)]
        note = self._note()
        note["checksum"] = _checksum(note)
        write_table(pa.table(columns, names=list(COLUMNS)), note, path)

    def _note(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "study": self.study,
            "seed": self.seed,
            "configuration": self.configuration,
            "fields": dict(self.fields),
            "noise_sd": np.asarray(self.noise_sd).tolist(),
            "truth_error": self.truth_error.tolist(),
            "digest": self.digest,
            "versions": dict(self.versions),
        }


def make_dataset(
    configuration_id: str,
    signal: str,
    samples: int,
    noise_model: str,
    noise_level: float,
    rng: np.random.Generator,
    *,
    study: str,
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
        The configuration's values.
    rng : numpy.random.Generator
        Source of the noise, seeded from the configuration's identity.
    study, seed : str, int
        Recorded with the dataset.
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
    fields = {
        "signal": signal,
        "samples": samples,
        "noise_model": noise_model,
        "noise_level": noise_level,
        "trial": trial,
    }
    return Dataset(
        configuration=configuration_id,
        fields=fields,
        study=study,
        seed=seed,
        t=truth.t.copy(),
        y=y,
        exact=truth.exact.copy(),
        noise_sd=noise_sd,
        truth_error=truth.error.copy(),
    )


def read(path: Path, configuration: str | None = None) -> Dataset:
    """Read a dataset's file and verify all of it.

    Parameters
    ----------
    path : Path
        The file.
    configuration : str, optional
        Id of the configuration that it must hold.

    Raises
    ------
    UnreadableFile
        If the file is missing, empty, truncated, no dataset, damaged, or another
        configuration's; the message names the file and what is wrong.
    """
    table, note = read_table(path)
    _check_columns(path, table)
    _check_note(path, note)
    values = np.array([column.to_numpy() for column in table.columns])
    noise_sd = note["noise_sd"]
    dataset = Dataset(
        configuration=note["configuration"],
        fields=note["fields"],
        study=note["study"],
        seed=note["seed"],
        t=values[0].copy(),
        y=values[1].copy(),
        exact=values[2:].copy(),
        noise_sd=np.array(noise_sd) if isinstance(noise_sd, list) else noise_sd,
        truth_error=np.array(note["truth_error"]),
        versions=note["versions"],
    )
    if dataset.digest != note["digest"]:
        raise UnreadableFile(f"{path}: damaged or edited: its digest does not fit its columns")
    if configuration not in (None, dataset.configuration):
        raise UnreadableFile(f"{path}: holds {dataset.configuration}, not {configuration}")
    return dataset


def _check_columns(path: Path, table: pa.Table) -> None:
    if tuple(table.column_names) != COLUMNS:
        raise UnreadableFile(
            f"{path}: its columns are {', '.join(table.column_names) or 'none'}; "
            f"a dataset has {', '.join(COLUMNS)}"
        )
    for name, column in zip(table.column_names, table.columns, strict=True):
        if column.type != pa.float64() or column.null_count:
            raise UnreadableFile(
                f"{path}: column {name} has {column.null_count} nulls and type {column.type}; "
                "a dataset has doubles without nulls"
            )


def _check_note(path: Path, note: Mapping[str, Any]) -> None:
    if note.get("format") != FORMAT:
        raise UnreadableFile(f"{path}: its format is {note.get('format')!r}, not {FORMAT!r}")
    content = {key: value for key, value in note.items() if key != "checksum"}
    if note.get("checksum") != _checksum(content):
        raise UnreadableFile(f"{path}: damaged or edited: its checksum does not fit its metadata")


def _checksum(note: Mapping[str, Any]) -> str:
    return digest([json.dumps(note, sort_keys=True)])
