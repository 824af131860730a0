"""What every estimator must satisfy: one check for each property, and the data they use.

A check takes an entry of the catalogue and raises an `AssertionError` where the property does not
hold. Times are binary fractions and samples multiples of 2**-40, so that shifting, scaling by
powers of two and reversing them round nothing: what an estimator then changes is its own doing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.engine.outcome import Limits, Status
from tiltyard.engine.project import project_root
from tiltyard.engine.work.supervisor import Supervisor
from tiltyard.engine.work.worker import Task
from tiltyard.studies.derivatives.contract import Estimate, Estimator, as_estimate
from tiltyard.studies.derivatives.julia.runtime import find_julia
from tiltyard.studies.derivatives.julia.session import JuliaCall
from tiltyard.studies.derivatives.julia.sources import julia_files_of
from tiltyard.studies.derivatives.julia.worker import JuliaWorker
from tiltyard.studies.derivatives.running import PythonCall, prepare

Array = NDArray[np.float64]

SAMPLES = 51
NOISE = 1e-3  # of the standard deviation of the signal, which is about 0.8
#: Of each order's largest value: optimisers stop at about 1e-6, and order 7 amplifies rounding.
EQUIVARIANCE = 1e-5
#: Of one evaluation in Julia, compiling included.
JULIA_LIMITS = Limits(seconds=120.0, memory_mb=4000.0)


# --- Evaluating --------------------------------------------------------------------------------


def evaluate(
    entry: Estimator,
    t: Array,
    y: Array,
    t_eval: Array | None = None,
    orders: tuple[int, ...] | None = None,
) -> Estimate:
    """Run `entry` in this process, or in Julia's worker; by default at `t` for all its orders.

    Raises
    ------
    AssertionError
        If a Python estimator wrote into its arguments.
    Exception
        Whatever a Python estimator raises; `RuntimeError` with the message of a Julia one.
    """
    t_eval = t if t_eval is None else t_eval
    orders = all_orders(entry) if orders is None else orders
    if entry.language == "julia":
        arrays = map(np.ascontiguousarray, (t, y, t_eval))
        call = JuliaCall(entry.name, *arrays, orders)
        (found,) = run_in_julia([call], entry.package).values()
        if isinstance(found, str):
            raise RuntimeError(f"{entry}: {found}")
        return as_estimate(found, (len(orders), len(t_eval)))
    own = PythonCall(entry.name, t, y, t_eval, orders, 0, "conformance", exact=None)
    run, conclude = prepare(own)
    estimate = conclude(run())
    assert isinstance(run, partial)  # it holds the copies that the estimator was given
    for given, array in zip((t, y, t_eval), run.args, strict=False):
        assert np.array_equal(given, array), f"{entry} wrote into its arguments"
    return estimate


#: Processes of Julia, by the installed package that they have loaded; "" for none.
_JULIA: dict[str, Supervisor] = {}


def _julia(package: str) -> Supervisor:
    if package not in _JULIA:
        files = julia_files_of(package)
        start = partial(JuliaWorker, find_julia(project_root()), 1, files)
        _JULIA[package] = Supervisor(start, JULIA_LIMITS)
    return _JULIA[package]


def run_in_julia(calls: Iterable[JuliaCall], package: str = "") -> dict[str, Estimate | str]:
    """By name, what each call gives or why it gives nothing; in a process of its own."""
    tasks = [Task(call.name, call) for call in calls]
    return {
        task.label: outcome.result if outcome.status is Status.OK else outcome.message
        for task, outcome in _julia(package).evaluate(tasks)
    }


def stop_julia() -> None:
    """Stop Julia if it runs."""
    while _JULIA:
        _JULIA.popitem()[1].close()


def all_orders(entry: Estimator) -> tuple[int, ...]:
    return tuple(range(entry.max_order + 1))


# --- Data ----------------------------------------------------------------------------------------


def times(n: int, uneven: bool = False) -> Array:
    """Steps of 3/16, or in turn of 7/32, 7/32 and 1/8."""
    k = np.arange(n)
    return 0.1875 * k + (0.03125 * (k % 3) if uneven else 0.0)


def derivative(t: Array, order: int) -> Array:
    """Derivative of the signal ``sin t + cos(2.3 t + 1) / 2``."""
    quarter = 0.5 * math.pi * order
    return np.sin(t + quarter) + 0.5 * 2.3**order * np.cos(2.3 * t + 1 + quarter)


def samples(t: Array, noise: float, seed: int = 0) -> Array:
    """The signal at `t` with Gaussian noise of `noise` times its standard deviation, 0.8."""
    draws = np.random.default_rng([seed, len(t)]).standard_normal(len(t))
    y = derivative(t, 0) + 0.8 * noise * draws
    return np.round(y * 2.0**40) / 2.0**40


def between(t: Array) -> Array:
    """Some of the times `t`, both ends among them, and some others between them."""
    return np.sort(np.concatenate([t[::5], t[1:-1:7] + 0.0625]))


@cache
def base(entry: Estimator) -> Estimate:
    """What `entry` makes of the standard samples, at the standard times; nobody may change it."""
    t = times(SAMPLES)
    estimate = evaluate(entry, t, samples(t, NOISE), between(t))
    estimate.values.setflags(write=False)
    return estimate


def base_estimate(entry: Estimator) -> Array:
    """The values of `base`."""
    return base(entry).values


# --- Properties ----------------------------------------------------------------------------------


def polynomial(entry: Estimator) -> None:
    """Noise-free polynomials up to `exact_degree` are reproduced at every order.

    Errors are relative to the largest derivative that a polynomial of that degree and range can
    have (Markov's inequality; where that is 0, of degree k). 1e-6 leaves room for rounding, which
    order 7 amplifies.
    """
    degree = entry.exact_degree  # the curve has terms of all degrees up to it
    if degree < 0:
        return
    _check_polynomial(entry, times(SAMPLES), degree)
    if entry.uneven:
        _check_polynomial(entry, times(SAMPLES, uneven=True), degree)
    if degree > 1:  # a line: most settings are without effect
        _check_polynomial(entry, times(SAMPLES), 1)


def _check_polynomial(entry: Estimator, t: Array, degree: int) -> None:
    half = 0.5 * (t[-1] - t[0])
    x = (t - t[0]) / half - 1.0
    curve = np.polynomial.Chebyshev(1.0 / np.arange(1, degree + 2))
    found = evaluate(entry, t, curve(x)).values
    for order in all_orders(entry):
        exact = curve.deriv(order)(x) if order else curve(x)
        error = np.max(np.abs(found[order] * half**order - exact))
        bound = 1e-6 * largest_derivative(max(degree, order), order)
        assert error <= bound, f"degree {degree}, order {order}: {error:.2g} exceeds {bound:.2g}"


def largest_derivative(degree: int, order: int) -> float:
    """Largest k-th derivative on [-1, 1] of a polynomial bounded by 1: the Chebyshev one's."""
    return math.prod((degree**2 - j**2) / (2 * j + 1) for j in range(order))


def equivariant(
    entry: Estimator,
    *,
    y_shift: float = 0.0,
    y_scale: float = 1.0,
    t_shift: float = 0.0,
    t_stretch: float = 1.0,
    reverse: bool = False,
) -> None:
    """Moved data have a moved estimate."""
    t = times(SAMPLES)
    y, t_eval = samples(t, NOISE), between(t)
    turn = -1 if reverse else 1
    factor = turn * t_stretch
    moved = evaluate(
        entry,
        (factor * t + t_shift)[::turn].copy(),
        (y_scale * (y + y_shift))[::turn].copy(),
        (factor * t_eval + t_shift)[::turn].copy(),
    ).values[:, ::turn]
    for order, values in enumerate(base_estimate(entry)):
        back = moved[order] * (factor**order / y_scale) - (y_shift if order == 0 else 0.0)
        error = np.max(np.abs(back - values))
        size = np.max(np.abs(values))
        assert error <= EQUIVARIANCE * size, f"order {order}: {error:.2g}, values up to {size:.2g}"


def y_shift(entry: Estimator) -> None:
    """Adding a constant to the samples adds it to order 0 and to nothing else."""
    _moved(entry, "y_shift")


def y_scale(entry: Estimator) -> None:
    """Samples in other units have the estimate in other units; 2**-30 reveals fixed thresholds."""
    _moved(entry, "y_scale")


def t_shift(entry: Estimator) -> None:
    """The origin of time does not matter."""
    _moved(entry, "t_shift")


def time_reversal(entry: Estimator) -> None:
    """Backwards in time, derivatives of odd order change their sign."""
    _moved(entry, "time_reversal")


def t_stretch(entry: Estimator) -> None:
    """In other units of time, order k has those units to the power -k."""
    equivariant(entry, t_stretch=2.0**-40)  # alone: with y_scale, slopes would hardly change


#: What `equivariant` is asked for, by property.
MOVES: dict[str, dict[str, Any]] = {
    "y_shift": {"y_shift": 128.0},
    "y_scale": {"y_scale": 2.0**-30},
    "t_shift": {"t_shift": 1024.0},
    "time_reversal": {"reverse": True},
}


def _moved(entry: Estimator, name: str) -> None:
    """Data moved in all ways at once have an estimate that is; or those moved in this one do.

    So one estimate answers for four properties where all of them hold.
    """
    if name in entry.exempt or not moved_together(entry):
        equivariant(entry, **MOVES[name])


@cache
def moved_together(entry: Estimator) -> bool:
    """Whether data moved in all ways that `entry` should follow have an estimate that is."""
    ways = [move for name, move in MOVES.items() if name not in entry.exempt]
    # Their order: samples are shifted, then scaled; times reversed, then shifted.
    try:
        equivariant(entry, **{key: value for move in ways for key, value in move.items()})
    except Exception:  # which of them it is, each one says by itself
        return False
    return True


def falls_with_noise(entry: Estimator) -> None:
    """At orders 0 and 1, the median error of three draws is less at noise 1e-4 than at 5e-2.

    One draw says it where its error is twice that of the standard samples, of noise 1e-3.
    """
    t = times(SAMPLES)
    orders = all_orders(entry)[:2]

    def errors(noise: float, seed: int = 0) -> Array:
        return rms_errors(t, evaluate(entry, t, samples(t, noise, seed), t, orders).values)

    first = errors(5e-2)
    if np.all(first > 2.0 * rms_errors(between(t), base_estimate(entry)[:2])):
        return
    low = np.median([errors(1e-4, seed) for seed in range(3)], axis=0)
    high = np.median([first, errors(5e-2, 1), errors(5e-2, 2)], axis=0)
    for order in orders:
        text = f"order {order}: {low[order]:.2g} at 1e-4, {high[order]:.2g} at 5e-2"
        assert low[order] < high[order], text


def rms_errors(t: Array, values: Array) -> Array:
    """Root mean square errors of orders 0, 1, ..., the rows of `values`, at `t`."""
    exact = np.array([derivative(t, order) for order in range(len(values))])
    return np.sqrt(np.mean((values - exact) ** 2, axis=1))


def not_constant(entry: Estimator) -> None:
    """No order has the same value at all times."""
    for order, values in enumerate(base_estimate(entry)):
        assert np.ptp(values) > 0.0, f"order {order} is {values[0]:.3g} everywhere"


def repeatable(entry: Estimator) -> None:
    """The same arguments give the same numbers, bit by bit."""
    t = times(SAMPLES)
    again = evaluate(entry, t, samples(t, NOISE), between(t)).values
    assert np.array_equal(again, base_estimate(entry))


def t_eval(entry: Estimator) -> None:
    """What is estimated at one time does not depend on the other times.

    1e-8: sums in another order round differently, and order 7 amplifies that.
    """
    t = times(SAMPLES)
    every = base_estimate(entry)
    some = evaluate(entry, t, samples(t, NOISE), between(t)[3::4]).values
    size = np.max(np.abs(every), axis=1, keepdims=True)
    assert np.all(np.abs(some - every[:, 3::4]) <= 1e-8 * size)


PROPERTIES: dict[str, Callable[[Estimator], Any]] = {
    check.__name__: check
    for check in (
        polynomial,
        y_shift,
        y_scale,
        t_shift,
        t_stretch,
        time_reversal,
        falls_with_noise,
        not_constant,
        repeatable,
        t_eval,
    )
}
