"""The contract of a Python estimator: what it is given, what it returns, the facts it declares."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tiltyard.engine.methods.method import Method, Registry

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

#: Tags with a meaning: another package, as it is; settings chosen, or the model given, by the
#: truth; the seed study's settings; more than 5 s a configuration.
TAGS = ("control", "model", "oracle", "peer", "seed", "slow")

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

#: Relative spread of the steps below which times count as evenly spaced: rounding of linspace.
EVEN_TOLERANCE = 1e-6


class Estimate(NamedTuple):
    """What an estimator returns: values, optional standard deviations, the settings it chose.

    Attributes
    ----------
    values : (len(orders), m) array
        Row i estimates the derivative of order ``orders[i]`` at `t_eval` [signal / time**k].
    standard_deviation : (len(orders), m) array or None
        Standard deviation of each value, where the estimator has one.
    settings : dict
        Hyperparameters that the estimator selected, as plain numbers, strings and lists.
    """

    values: Array
    standard_deviation: Array | None = None
    settings: Mapping[str, Any] = MappingProxyType({})


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
    exempt : mapping
        Property of the conformance suite -> the reason why it cannot be satisfied.
    seed_names : tuple of str
        Names under which the seed study had it with these very settings; it then has the tag
        ``seed``.
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
    exempt: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    seed_names: tuple[str, ...] = ()
    function: Callable[..., Any] | None = field(default=None, compare=False, repr=False)
    source: str = ""

    def __post_init__(self) -> None:
        if self.family not in FAMILIES:
            raise ValueError(f"{self}: family {self.family!r} is unknown; use one of {FAMILIES}")
        if bool(self.seed_names) != ("seed" in self.tags):
            raise ValueError(f"{self}: seed names {self.seed_names} and tags {self.tags} disagree")
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


def reason_unsupported(entry: Estimator, t: Array) -> str:
    """Why `entry` cannot be given samples at the times `t`, or an empty text."""
    if len(t) < entry.min_samples:
        return f"needs at least {entry.min_samples} samples, got {len(t)}"
    steps = np.diff(t)
    if not entry.uneven and np.ptp(steps) > EVEN_TOLERANCE * np.mean(steps):
        return f"needs evenly spaced times, got steps from {steps.min():.6g} to {steps.max():.6g}"
    return ""


def as_estimate(result: Any, shape: tuple[int, int]) -> Estimate:
    """Any result that the contract allows, as an `Estimate` of checked shape.

    Raises
    ------
    ValueError
        If the values or the standard deviations do not have `shape`, or the settings hold what
        JSON does not.
    """
    estimate = Estimate(*result) if isinstance(result, tuple) else Estimate(result)
    values = _checked("values", estimate.values, shape)
    deviation = estimate.standard_deviation
    if deviation is not None:
        deviation = _checked("standard deviations", deviation, shape)
    return Estimate(values, deviation, _plain_settings(estimate.settings))


def _checked(kind: str, array: Any, shape: tuple[int, int]) -> Array:
    array = np.asarray(array, dtype=float)
    if array.shape != shape:
        raise ValueError(f"returned {kind} of shape {array.shape}, expected {shape}")
    return np.ascontiguousarray(array)


def _plain_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    try:
        plain: dict[str, Any] = json.loads(json.dumps(dict(settings), default=plain_value))
    except TypeError as error:
        raise ValueError(str(error)) from error
    return plain


def plain_value(value: Any) -> Any:
    """A number or array of NumPy's as JSON takes it.

    Raises
    ------
    TypeError
        If it is something else.
    """
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError(
        f"settings hold a value of type {type(value).__name__}; use numbers, strings and lists"
    )


#: Every Python estimator whose module has been imported.
ESTIMATORS: Registry[Estimator] = Registry()


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
    seed_names: Sequence[str] = (),
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
                tags=(*tags, "seed") if seed_names else tuple(tags),
                cites=tuple(cites),
                exempt=MappingProxyType(dict(exempt or {})),
                oracle=oracle,
                seed_names=tuple(seed_names),
                function=function,
                source=function.__code__.co_filename,
            )
        )
        return function

    return register
