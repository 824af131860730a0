"""The contract of a Python estimator: what it is given, what it returns, the facts it declares."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tiltyard.engine.methods.method import LOCAL, Method, Registry

Array = NDArray[np.float64]

FAMILIES = (
    "gaussian process",
    "spline",
    "local polynomial",
    "spectral",
    "rational",
    "kalman",
    "regularisation",
    "finite difference",
    "learning",
    "control",
)

#: Tags with a meaning: ``peer``, another package as it is; ``oracle``, settings chosen by the exact
#: derivatives; ``model``, the signal's equation is given; ``control``, both of these, truth, zero
#: and constant; ``prior``, settings of the earlier study; ``published``, for
#: docs/published-figures.md alone; ``slow``, more than 5 s a configuration.
TAGS = ("control", "model", "oracle", "peer", "prior", "published", "slow")

#: Quality alarms that an estimator can explain; `alarms` finds them.
FLAT, NOT_FALLING = "constant or steps", "does not fall with noise"
TWINS = "languages differ"

#: Properties of the conformance suite that an estimator may declare not to satisfy.
PROPERTIES = (
    "polynomial",
    "y_shift",
    "y_scale",
    "t_shift",
    "t_stretch",
    "time_reversal",
    "falls_with_noise",
    "not_constant",
    "repeatable",
    "t_eval",
)

MAX_ORDER = 7

#: Probabilities of the quantiles that an estimate may carry: the ends of the central 95 % and 68 %.
PROBABILITIES = (0.025, 0.16, 0.84, 0.975)

#: Relative spread of the steps below which times count as evenly spaced: rounding of linspace.
EVEN_TOLERANCE = 1e-6


class Estimate(NamedTuple):
    """What an estimator returns: values, optional bands, the settings it chose.

    Attributes
    ----------
    values : (len(orders), m) array
        Row i estimates the derivative of order ``orders[i]`` at `t_eval` [signal / time**k].
    standard_deviation : (len(orders), m) array or None
        Standard deviation of each value, where the estimator has one.
    settings : dict
        Hyperparameters that the estimator selected, as plain numbers, strings and lists.
    quantiles : (len(PROBABILITIES), len(orders), m) array or None
        Quantiles of what the derivative may be, at `PROBABILITIES` [signal / time**k], beside the
        standard deviations. For estimators whose bands are not normal: all that asks for a band
        takes these where they are given, else the value and multiples of its standard deviation.
    """

    values: Array
    standard_deviation: Array | None = None
    settings: Mapping[str, Any] = MappingProxyType({})
    quantiles: Array | None = None


@dataclass(frozen=True, kw_only=True)
class Estimator(Method):
    """Facts of one estimator.

    Parameters
    ----------
    max_order : int
        Highest derivative order that it can give, 0 to 7.
    exact_degree : int
        It reproduces noise-free polynomials up to this degree, at every order it gives
        (-1: not even constants).
    min_samples : int
        Fewest samples it accepts.
    uneven : bool
        Whether sample times may be unevenly spaced.
    random : bool
        Whether it draws random numbers; it is then given a seeded generator as `rng`.
    standard_deviation : bool
        Whether it returns standard deviations.
    oracle : str
        Name of the control that is this estimator with its settings chosen by the truth; "" if
        there is none.
    exempt : mapping
        Property of the conformance suite -> the reason why it cannot be satisfied.
    prior_names : tuple of str
        Names in the earlier study (orebas/deriv-estimation-study) of the method with the same
        settings; if there are any, it has the tag ``prior``.
    function : callable
        ``function(t, y, t_eval, orders)``; None for a method in another language.
    source : str
        File that defines it, for its version.
    """

    max_order: int
    exact_degree: int
    min_samples: int
    uneven: bool = True
    random: bool = False
    standard_deviation: bool = False
    oracle: str = ""
    exempt: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    prior_names: tuple[str, ...] = ()
    function: Callable[..., Any] | None = field(
        default=None, compare=False, repr=False, metadata={LOCAL: True}
    )
    source: str = ""

    def __post_init__(self) -> None:
        if self.family not in FAMILIES:
            raise ValueError(f"{self}: family {self.family!r} is unknown; use one of {FAMILIES}")
        if bool(self.prior_names) != ("prior" in self.tags):
            raise ValueError(
                f"{self}: prior_names {self.prior_names} and tags {self.tags} disagree; a row with "
                "prior names has the tag 'prior', and no other row has it"
            )
        if not 0 <= self.max_order <= MAX_ORDER:
            raise ValueError(f"{self}: max_order {self.max_order} is outside 0..{MAX_ORDER}")
        for name, reason in self.exempt.items():
            if name not in PROPERTIES or not reason:
                raise ValueError(
                    f"{self}: exemption {name!r} needs a reason and one of {PROPERTIES}"
                )

    @property
    def is_control(self) -> bool:
        return "control" in self.tags

    def to_dict(self) -> dict[str, Any]:
        """The facts as plain values; of the source, the file's name."""
        return {**super().to_dict(), "source": Path(self.source).name}


#: Every Python estimator whose module has been imported.
ESTIMATORS: Registry[Estimator] = Registry([FLAT, NOT_FALLING, TWINS])


def estimator(
    name: str,
    *,
    family: str,
    max_order: int = MAX_ORDER,
    exact_degree: int,
    min_samples: int,
    uneven: bool = True,
    random: bool = False,
    standard_deviation: bool = False,
    tags: Sequence[str] = (),
    cites: Sequence[str] = (),
    exempt: Mapping[str, str] | None = None,
    oracle: str = "",
    prior_names: Sequence[str] = (),
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function ``(t, y, t_eval, orders)`` as an estimator with these facts.

    The function is given ``t (n,)`` strictly increasing sample times [time], ``y (n,)`` samples
    [signal], ``t_eval (m,)`` increasing times inside ``[t[0], t[-1]]``, and ``orders``, a tuple
    of distinct increasing ints in ``0 .. max_order``. It returns an array
    ``(len(orders), m)`` [signal / time**k], a pair with standard deviations, or an `Estimate`.
    It chooses its settings from `t` and `y` alone and leaves its arguments untouched. With
    ``random=True`` it also takes ``rng``, a seeded `numpy.random.Generator`. It may take ``noise``,
    the standard deviation of the noise [signal] where a user knows it; studies never give it.
    Estimators tagged
    ``control`` also take ``exact``, the exact derivatives ``(len(orders), m)``, and those tagged
    ``model`` too ``signal``, the name of the signal. One that finds that it cannot be applied
    raises `tiltyard.plugin.UnsupportedError`.

    See `Estimator` for the facts; parameters that are not given have its defaults.
    """

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        ESTIMATORS.add(
            Estimator(
                name=name,
                family=family,
                max_order=max_order,
                exact_degree=exact_degree,
                min_samples=min_samples,
                uneven=uneven,
                random=random,
                standard_deviation=standard_deviation,
                tags=(*tags, "prior") if prior_names else tuple(tags),
                cites=tuple(cites),
                exempt=MappingProxyType(dict(exempt or {})),
                oracle=oracle,
                prior_names=tuple(prior_names),
                function=function,
                source=function.__code__.co_filename,
            )
        )
        return function

    return register


def supported_orders(entry: Estimator, orders: Iterable[int]) -> tuple[int, ...]:
    """Those of `orders` that the estimator gives."""
    return tuple(order for order in orders if order <= entry.max_order)


def as_estimate(result: Any, shape: tuple[int, int]) -> Estimate:
    """Any result that the contract allows, as an `Estimate` of checked shape.

    Raises
    ------
    ValueError
        If the values or the standard deviations do not have `shape`; if quantiles come without
        standard deviations, have another shape than ``(4, *shape)``, are not finite where the value
        is, or decrease from a probability to the next; or if the settings hold what JSON does not.
    """
    estimate = Estimate(*result) if isinstance(result, tuple) else Estimate(result)
    values = _checked("values", estimate.values, shape)
    deviation = estimate.standard_deviation
    if deviation is not None:
        deviation = _checked("standard deviations", deviation, shape)
    quantiles = estimate.quantiles
    if quantiles is not None:
        if deviation is None:
            raise ValueError("returned quantiles without standard deviations; return both")
        quantiles = _checked("quantiles", quantiles, (len(PROBABILITIES), *shape))
        _check_quantiles(quantiles, values)
    return Estimate(values, deviation, plain_settings(estimate.settings), quantiles)


def plain_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """`settings` as numbers, strings and lists; raise `ValueError` for anything else."""
    try:
        plain: dict[str, Any] = json.loads(json.dumps(dict(settings), default=_plain))
    except TypeError as error:
        raise ValueError(str(error)) from error
    return plain


def _check_quantiles(quantiles: Array, values: Array) -> None:
    """Raise `ValueError` where quantiles are unknown though the value is known, or decrease."""
    unknown = int(np.count_nonzero(~np.isfinite(quantiles) & np.isfinite(values)))
    if unknown:
        raise ValueError(f"returned {unknown} quantiles that are not finite, of {quantiles.size}")
    lower, row, column = np.nonzero(np.diff(quantiles, axis=0) < 0.0)
    if len(lower):
        first, at = int(lower[0]), (int(row[0]), int(column[0]))
        raise ValueError(
            f"returned quantiles that decrease, at {len(lower)} places: in row {at[0]}, column "
            f"{at[1]} the one at {PROBABILITIES[first]} is {quantiles[first][at]:.6g}, the one at "
            f"{PROBABILITIES[first + 1]} is {quantiles[first + 1][at]:.6g}; sort them along the "
            "first axis"
        )


def _checked(kind: str, array: Any, shape: tuple[int, ...]) -> Array:
    array = np.asarray(array, dtype=float)
    if array.shape != shape:
        raise ValueError(f"returned {kind} of shape {array.shape}, expected {shape}")
    return np.ascontiguousarray(array)


def reason_unsupported(entry: Estimator, t: Array) -> str:
    """Why `entry` cannot be given samples at `t`, or an empty text."""
    if len(t) < entry.min_samples:
        return f"needs at least {entry.min_samples} samples, got {len(t)}"
    steps = np.diff(t)
    if not entry.uneven and np.ptp(steps) > EVEN_TOLERANCE * np.mean(steps):
        return f"needs evenly spaced times, got steps from {steps.min():.6g} to {steps.max():.6g}"
    return ""


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError(
        f"settings hold a value of type {type(value).__name__}; use numbers, strings and lists"
    )
