"""Estimators by name, called on measured data through the catalogue's contract."""

from __future__ import annotations

import difflib
import importlib
import inspect
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.application.series import UnusableData
from tiltyard.engine.extras import MissingPackage, command_for, distribution_of, lacking
from tiltyard.engine.machine.interpreter import unmoved
from tiltyard.engine.methods.plugins import PluginFault
from tiltyard.studies.derivatives.contract import (
    ESTIMATORS,
    Array,
    Estimator,
    as_estimate,
    reason_unsupported,
)
from tiltyard.studies.derivatives.importing import (
    PACKAGE,
    declared_names,
    import_available,
    import_brought,
)

#: The estimator that ``auto`` stands for: the best of the study, and right about its own errors.
WINNER = "gaussian_process_warped"
#: What stands in for it where there are fewer samples than it accepts: nothing is maximised in it,
#: so that its bands are honest with few samples too.
FOR_FEW = "gaussian_process_averaged"
AUTO = "auto"

FOLDER = Path(__file__).parents[1] / "studies" / "derivatives" / "estimators"


def automatic(samples: int) -> Estimator:
    """What ``auto`` stands for, given the number of samples."""
    winner = find_estimator(WINNER)
    return winner if samples >= winner.min_samples else find_estimator(FOR_FEW)


def find_estimator(name: str) -> Estimator:
    """The Python estimator called `name`.

    Only modules that have the name in quotes are imported where that suffices: the whole catalogue
    takes seconds.

    Raises
    ------
    ValueError
        If no Python estimator has the name, or it is a control, which needs the truth.
    MissingPackage
        If it has been left out because a package that it needs is not installed.
    """
    key = name, "python"
    if key not in ESTIMATORS:
        _import_by_text(name)
    if key not in ESTIMATORS:
        left_out = import_available()
        faults = import_brought(name) if key not in ESTIMATORS else []
        if key not in ESTIMATORS:
            raise _not_found(name, left_out, faults)
    entry = ESTIMATORS[key]
    if entry.is_control:
        raise ValueError(f"{name} is a control: it needs the exact derivatives; choose another")
    return entry


def _import_by_text(name: str) -> None:
    """Import the modules, peers apart, that have `name` in quotes and whose packages are there."""
    for file in sorted(FOLDER.glob("*/*.py")):
        if file.parent.name != "peer" and f'"{name}"' in file.read_text(encoding="utf-8"):
            with suppress(ModuleNotFoundError):
                importlib.import_module(f"{PACKAGE}.estimators.{file.parent.name}.{file.stem}")


def _not_found(
    name: str, left_out: Mapping[str, tuple[str, ...]], faults: Sequence[PluginFault]
) -> Exception:
    """Why there is no `name`: a package is missing or fails, or nobody is called so."""
    controls = f"{PACKAGE}.estimators.control."
    declared = {m: declared_names(m) for m in left_out if not m.startswith(controls)}
    for module, names in declared.items():
        if name in names:
            return MissingPackage(
                f"{name} needs {' and '.join(map(distribution_of, left_out[module]))}, not "
                f"installed: {command_for(left_out[module])}"
            )
    known = [entry.name for entry in ESTIMATORS if not entry.is_control]
    more = [one for names in declared.values() for one in names]
    close = difflib.get_close_matches(name, [*known, *more], n=3)
    hint = f"did you mean {' or '.join(close)}? " if close else ""
    listed = "`tiltyard methods` lists them"
    if lacking(["snakemake"]):  # without the study's packages there is no such command
        listed = f"known are {', '.join(sorted(known))}"
    message = (
        f"there is no Python estimator {name!r}: {hint}{listed}; those in Julia run in studies only"
    )
    message += "".join(f"; not listed: {fault}" for fault in faults)
    by_command: dict[str, list[str]] = {}
    for module, names in declared.items():
        by_command.setdefault(command_for(left_out[module]), []).extend(names)
    for command, names in by_command.items():
        message += f"; {command} adds {', '.join(sorted(names))}"
    return ValueError(message)


def takes_noise(entry: Estimator) -> bool:
    """Whether `entry` accepts the standard deviation of the noise where it is known."""
    return entry.function is not None and "noise" in inspect.signature(entry.function).parameters


def takes_shapes(entry: Estimator) -> bool:
    """Whether `entry` accepts noise that is not white and equal."""
    return entry.function is not None and "shapes" in inspect.signature(entry.function).parameters


@dataclass(frozen=True, eq=False)
class Fit:
    """What an estimator makes of a series: at the sample times, and at those asked for.

    Attributes
    ----------
    values, deviations : (orders, n) array, the latter or None
        Estimates and their standard deviations at the sample times [signal / time**k].
    asked, asked_deviations : (orders, m) array, the latter or None
        The same at the evaluation times.
    settings : dict
        What the estimator chose.
    asked_quantiles : (4, orders, m) array or None
        Quantiles at the evaluation times [signal / time**k], if it gives any.
    quantiles : (4, orders, n) array or None
        The same at the sample times.
    """

    values: Array
    deviations: Array | None
    asked: Array
    asked_deviations: Array | None
    settings: dict[str, Any]
    asked_quantiles: Array | None = None
    quantiles: Array | None = None

    def at(self, place: NDArray[np.intp], *, own: bool) -> Fit:
        """The fit with the values asked for at `place` as its values, deviations if its `own`."""
        deviations = None if self.asked_deviations is None or not own else self.asked_deviations
        quantiles = self.asked_quantiles
        return replace(
            self,
            values=self.asked[:, place],
            deviations=None if deviations is None else deviations[:, place],
            quantiles=None if quantiles is None else quantiles[:, :, place],
        )


def fit_series(
    entry: Estimator,
    t: Array,
    y: Array,
    t_eval: Array,
    orders: tuple[int, ...],
    rng: np.random.Generator,
    noise: float | None = None,
    shape: Mapping[str, Any] | None = None,
) -> Fit:
    """What an estimator makes of a series, at the sample times and at others.

    A long record is divided, see `tiltyard.application.long_records`, unless its noise has a shape.
    `noise` is the standard deviation of the noise [signal], if it is known, and `shape` what an
    estimator for which `takes_shapes` is true is told of it besides.

    Raises
    ------
    UnusableData
        If the samples are too few or too uneven for it, an order is too high, it takes no known
        noise, it fails, or it returns something that is not finite or breaks the contract.
    """
    from tiltyard.application.long_records import division, fit_divided

    if shape:
        return fit_at_once(entry, t, y, t_eval, orders, rng, noise, shape)
    divided = division(entry, t, y)
    if divided.block == 1 and divided.width >= len(t):
        return fit_at_once(entry, t, y, t_eval, orders, rng, noise)
    return fit_divided(entry, t, y, t_eval, orders, rng, noise, divided)


def fit_at_once(
    entry: Estimator,
    t: Array,
    y: Array,
    t_eval: Array,
    orders: tuple[int, ...],
    rng: np.random.Generator,
    noise: float | None = None,
    shape: Mapping[str, Any] | None = None,
) -> Fit:
    """Call `entry` once for the sample times and the evaluation times together.

    Arguments and errors are those of `fit_series`.
    """
    assert entry.function is not None
    reason = reason_unsupported(entry, t)
    if not reason and max(orders) > entry.max_order:
        reason = f"gives orders up to {entry.max_order}, not {max(orders)}"
    if reason:
        raise UnusableData(f"{entry.name} {reason}; choose another estimator")
    if noise is not None and not takes_noise(entry):
        other = automatic(len(t)).name
        raise UnusableData(
            f"{entry.name} takes no known noise: leave the noise out, or take {other}, which does"
        )
    times = np.union1d(t, t_eval)
    extra: dict[str, Any] = {"rng": rng} if entry.random else {}
    if noise is not None:
        extra["noise"] = noise
    extra.update(shape or {})
    try:
        with np.errstate(all="ignore"), unmoved():
            result = entry.function(t.copy(), y.copy(), times, orders, **extra)
    except (Exception, SystemExit) as error:  # whatever stops it, the remedy is the same
        reason = str(error) or type(error).__name__
        raise UnusableData(
            f"{entry.name} fails on these samples ({reason}); choose another estimator"
        ) from error
    try:
        estimate = as_estimate(result, (len(orders), len(times)))
    except ValueError as error:
        raise UnusableData(f"{entry.name} {error}; choose another estimator") from error
    if not np.isfinite(estimate.values).all():
        raise UnusableData(
            f"{entry.name} gave values that are not finite; choose another estimator"
        )
    samples, asked = np.searchsorted(times, t), np.searchsorted(times, t_eval)
    deviations = estimate.standard_deviation
    return Fit(
        estimate.values[:, samples],
        None if deviations is None else deviations[:, samples],
        estimate.values[:, asked],
        None if deviations is None else deviations[:, asked],
        dict(estimate.settings),
        None if estimate.quantiles is None else estimate.quantiles[:, :, asked],
        None if estimate.quantiles is None else estimate.quantiles[:, :, samples],
    )


def evidence_of(t: Array, y: Array) -> float | None:
    """Log evidence of the samples under the winner's best model, per unit of the signal.

    None where there are too few samples for the winner.
    """
    winner = find_estimator(WINNER)
    if len(t) < winner.min_samples or winner.function is None:
        return None
    with np.errstate(all="ignore"):
        settings = as_estimate(winner.function(t, y, t[:2], (0,)), (1, 2)).settings
    if "log_evidence" not in settings:  # all samples lie on a line
        return float("inf")
    return float(max(settings["log_evidence"]) - len(y) * np.log(np.std(y)))
