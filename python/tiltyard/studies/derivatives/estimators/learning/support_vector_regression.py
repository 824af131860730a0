"""Support vector regression with a Gaussian kernel, differentiated in closed form.

scikit-learn's SVR (libsvm) finds the support vectors; settings come from the samples. libsvm stops
at a tolerance and its path depends on the order of the samples, so its answer is then completed to
the exact minimiser of the same problem by an active-set method.
"""

from __future__ import annotations

import math
import warnings
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.svm import SVR

from tiltyard.studies.derivatives.contract import Array, Estimate, estimator
from tiltyard.studies.derivatives.numerics.scaling import unit_time

# Times are in [-1, 1] and samples have standard deviation 1.
FOLDS = 5
LONGEST = 1.5  # length scale: three quarters of the duration
SHORTEST = 1.5  # length scale in mean spacings: shorter kernels hardly overlap their neighbours
RATIO = 1.6  # of neighbouring length scales in the coarse grid
PENALTIES = (10.0, 1.0, 100.0)  # C; the rule of Cherkassky & Ma gives about 3
DIFFERENCES = 10  # highest order in the noise estimate
SMALLEST_TUBE = 2e-4  # libsvm does not resolve a finer one in reasonable time
SEARCH_SAMPLES = 201  # settings are compared on an even selection of this many at most
SEARCH_ITERATIONS = 5000  # of libsvm, while settings are compared
FINAL_ITERATIONS = 50000  # of libsvm
DIGITS = 11  # of times and samples that libsvm is given
EXACT = 1e-10  # violation of an optimality condition up to which it counts as rounding
POLISHING_WORK = 2e10  # bound on (samples^3 * steps) of the active-set method


class Settings(NamedTuple):
    """Length scale of the kernel, penalty C and half-width epsilon of the insensitive tube."""

    length: float
    penalty: float
    tube: float


class Expansion(NamedTuple):
    """Kernel expansion: coefficients (n,) of the samples, in [-C, C] with sum 0, and intercept."""

    coefficients: Array
    intercept: float


def noise_level(x: Array, y: Array) -> float:
    """Standard deviation of the noise, from differences of neighbouring samples.

    Divided differences of order p, scaled to unit noise variance, contain the noise and the
    signal's part beyond degree p - 1: their mean square is too large by that part (Gasser, Sroka &
    Jennen-Steinmetz 1986, for p = 2). The smallest over p = 1 .. DIFFERENCES is the estimate.
    """
    x = x * (len(x) - 1) / (x[-1] - x[0])  # gaps of order one
    weights = np.ones((len(x), 1))  # row i: of samples i .. i + p
    smallest = math.inf
    for p in range(1, min(DIFFERENCES, len(x) // 4) + 1):
        gap = (x[p:] - x[:-p])[:, None]
        weights = (
            np.pad(weights[1:], ((0, 0), (1, 0))) - np.pad(weights[:-1], ((0, 0), (0, 1)))
        ) / gap
        windows = np.lib.stride_tricks.sliding_window_view(y, p + 1)
        scores = (weights * windows).sum(axis=1) / np.linalg.norm(weights, axis=1)
        smallest = min(smallest, math.sqrt(np.mean(scores**2)))
    return smallest


def kernel(x: Array, centres: Array, length: float, order: int = 0) -> Array:
    """Derivative of the Gaussian kernel with respect to `x`: ``(len(x), len(centres))``.

    ``d^k/dx^k exp(-z**2 / 2) = (-1 / length)**k He_k(z) exp(-z**2 / 2)`` with
    ``z = (x - centre) / length`` and Hermite polynomials ``He_k+1 = z He_k - k He_k-1``.
    """
    z = np.subtract.outer(x, centres) / length
    before, hermite = np.zeros_like(z), np.ones_like(z)
    for k in range(order):
        before, hermite = hermite, z * hermite - k * before
    result: Array = (-1.0 / length) ** order * hermite * np.exp(-0.5 * z * z)
    return result


def machine(x: Array, y: Array, settings: Settings, iterations: int) -> Expansion:
    """Kernel expansion found by libsvm in at most `iterations` steps."""
    svr = SVR(
        kernel="rbf",
        gamma=0.5 / settings.length**2,
        C=settings.penalty,
        epsilon=settings.tube,
        tol=min(1e-3, max(0.1 * settings.tube, 1e-4)),
        max_iter=iterations,
    )
    with warnings.catch_warnings():
        # Settings that need more steps are compared as they are; `polish` completes the chosen.
        warnings.simplefilter("ignore", ConvergenceWarning)
        svr.fit(np.round(x, DIGITS)[:, None], np.round(y, DIGITS))
    coefficients = np.zeros(len(x))
    coefficients[svr.support_] = svr.dual_coef_[0]
    return Expansion(coefficients, float(svr.intercept_[0]))


def prediction_error(x: Array, y: Array, settings: Settings) -> float:
    """Mean square error of predicting each fifth sample from the others, in turn.

    The folds interleave, and the two ends are never left out, so that only interpolation is tested:
    derivatives inside the record need no more.
    """
    fold = np.arange(len(x)) % FOLDS
    fold[[0, -1]] = -1
    total = 0.0
    for number in range(FOLDS):
        out = fold == number
        model = machine(x[~out], y[~out], settings, SEARCH_ITERATIONS)
        predicted = kernel(x[out], x[~out], settings.length) @ model.coefficients + model.intercept
        total += float(np.sum((y[out] - predicted) ** 2))
    return total / (len(x) - 2)


def select(x: Array, y: Array) -> Settings:
    """Settings: the tube from the noise level (Cherkassky & Ma 2004), others by cross-validation.

    Length scales are compared at the first penalty, then penalties at the best length scale, then
    its two half-way neighbours.
    """
    n = len(x)
    tube = max(3.0 * noise_level(x, y) * math.sqrt(math.log(n) / n), SMALLEST_TUBE)
    n = min(n, SEARCH_SAMPLES)
    even = (2 * np.arange(n) * (len(x) - 1) + n - 1) // (2 * (n - 1))
    x, y = x[even], y[even]
    shortest = SHORTEST * 2.0 / (n - 1)
    count = max(1, round(math.log(LONGEST / shortest) / math.log(RATIO))) + 1
    errors: dict[Settings, float] = {}

    def best(candidates: list[Settings]) -> Settings:
        for candidate in candidates:
            if candidate not in errors:
                errors[candidate] = prediction_error(x, y, candidate)
        return min(errors, key=lambda candidate: errors[candidate])

    lengths = np.geomspace(shortest, LONGEST, count)
    chosen = best([Settings(float(length), PENALTIES[0], tube) for length in lengths])
    chosen = best([chosen._replace(penalty=penalty) for penalty in PENALTIES])
    half = math.sqrt(lengths[1] / lengths[0])
    return best([chosen._replace(length=chosen.length * factor) for factor in (1.0 / half, half)])


def polish(K: Array, y: Array, settings: Settings, start: Expansion) -> Expansion:
    """Minimiser of the SVR's dual problem, by a primal active-set method from a feasible start.

    The dual problem is: minimise ``b'Kb / 2 - y'b + tube * |b|_1`` over b with sum 0 and entries in
    [-C, C] (Smola & Schoelkopf 2004, section 1). With the entries at 0 and +-C held, the free ones
    solve a linear system. A step towards its solution stops at the first bound; where none is
    met, the held entry that violates its optimality condition most is freed. Every step lowers
    the objective, so the result is never worse than `start`, also where the work is bounded.
    """
    n, C, tube = len(y), settings.penalty, settings.tube
    b, sign = start.coefficients.copy(), np.sign(start.coefficients)
    free = (b != 0.0) & (np.abs(b) < C)
    for _ in range(int(np.clip(POLISHING_WORK / n**3, 20, 4 * n))):
        try:
            target, intercept = _free_solution(K, y - tube * sign, b, free)
        except np.linalg.LinAlgError:
            break
        step, blocked, bound = _longest_step(b, target, sign, free, C)
        b[free] += step * (target - b)[free]
        if blocked >= 0:
            b[blocked], free[blocked] = bound, False
            continue
        residual = y - K @ b - intercept
        violation = np.where(free, 0.0, violations(residual, b, settings))
        worst = int(np.argmax(violation))
        if violation[worst] <= EXACT:
            break
        free[worst] = True
        if b[worst] == 0.0:
            sign[worst] = np.sign(residual[worst])
    if not free.any():
        return start  # no sample fixes the intercept: libsvm takes the middle of its interval
    return Expansion(b, float(np.mean((y - tube * sign - K @ b)[free])))


def violations(residual: Array, b: Array, settings: Settings) -> Array:
    """Violation (n,) of the optimality condition of each coefficient, in units of the residuals.

    The residual must be inside the tube if the coefficient is 0, outside it if the coefficient is
    +-C, and on its wall in between.
    """
    beyond = np.where(b == 0.0, np.abs(residual), np.sign(b) * residual) - settings.tube
    held = np.where(b == 0.0, beyond, -beyond)
    free = (b != 0.0) & (np.abs(b) < settings.penalty)
    result: Array = np.where(free, np.abs(beyond), np.maximum(held, 0.0))
    return result


def _free_solution(K: Array, y: Array, b: Array, free: NDArray[np.bool_]) -> tuple[Array, float]:
    """Coefficients with the free ones solving ``K b + intercept = y`` there, and sum 0."""
    count = int(free.sum())
    system = np.ones((count + 1, count + 1))
    system[:count, :count], system[count, count] = K[np.ix_(free, free)], 0.0
    held = np.where(free, 0.0, b)
    right = np.append(y[free] - K[free] @ held, -held.sum())
    solution = np.linalg.solve(system, right)
    held[free] = solution[:count]
    return held, float(solution[count])


def _longest_step(
    b: Array, target: Array, sign: Array, free: NDArray[np.bool_], C: float
) -> tuple[float, int, float]:
    """Share of the step to `target` that keeps ``sign * b`` in [0, C], and what blocks the rest.

    Returns the share, the index of the entry that meets a bound first, and that bound; (1, -1, 0)
    if none does.
    """
    change, room = sign * (target - b), sign * b
    limit = np.where(change < 0.0, room, C - room)
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = np.where(free & (change != 0.0), limit / np.abs(change), np.inf)
    first = int(np.argmin(steps))
    if steps[first] >= 1.0:
        return 1.0, -1, 0.0
    bound = 0.0 if change[first] < 0.0 else float(sign[first]) * C
    return max(float(steps[first]), 0.0), first, bound


@estimator(
    "support_vector_regression",
    oracle="oracle_support_vector_regression",
    family="learning",
    exact_degree=0,
    min_samples=10,
    cites=(
        "drucker1997support",
        "smola2004tutorial",
        "cherkassky2004practical",
        "chang2011libsvm",
        "gasser1986residual",
    ),
)
def support_vector_regression(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]
) -> Estimate:
    """Differentiate the kernel expansion of a support vector regression.

    The fit minimises ``|f|^2 / 2 + C sum_i max(0, |y_i - f(t_i)| - epsilon)`` over functions
    ``f = intercept + sum_i b_i exp(-(t - t_i)**2 / (2 l**2))``, whose norm is that of the Gaussian
    kernel's space. Epsilon follows from the noise level, estimated from differences of neighbouring
    samples; l and C from five-fold cross-validation over a fixed grid.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing sample times [time], evenly spaced or not, and samples [signal]; n >= 10.
    t_eval : (m,) array
        Times inside ``[t[0], t[-1]]`` [time].
    orders : tuple of int
        Orders of the derivatives, 0 to 7.

    Returns
    -------
    Estimate
        Derivatives of the expansion; `settings` has ``length_scale`` [time], between 1.5 mean
        spacings and three quarters of the duration, ``penalty`` (C for samples of standard
        deviation 1), ``tube`` (epsilon) [signal], ``support_vectors``, their number, and
        ``violation``, the largest one of the optimality conditions [signal]: rounding up to some
        hundred samples; for more the work is bounded, and it shows how far from the minimiser the
        fit may be.

    References
    ----------
    Smola & Schoelkopf (2004), Stat. Comput. 14, 199-222; Cherkassky & Ma (2004), Neural Networks
    17, 113-126.
    """
    time = unit_time(t, t_eval)
    mean = float(np.mean(y))
    centred = y - mean
    scale = float(np.std(centred, ddof=1))
    values = np.zeros((len(orders), len(t_eval)))
    level = (np.asarray(orders) == 0)[:, None]
    if scale <= 8.0 * np.finfo(float).eps * abs(mean):  # constant: what is left is rounding
        return Estimate(values + level * mean, None, {"support_vectors": 0})
    x, x_eval, z = time.x, time.x_eval, centred / scale
    direction = -1.0 if x @ z < 0.0 else 1.0  # gives reversed samples the same fit
    if direction < 0.0:
        x, x_eval, z = -x[::-1], -x_eval, z[::-1]
    settings = select(x, z)
    model = machine(x, z, settings, FINAL_ITERATIONS)
    K = kernel(x, x, settings.length)
    model = polish(K, z, settings, model)
    residual = z - K @ model.coefficients - model.intercept
    for row, order in enumerate(orders):
        slope = kernel(x_eval, x, settings.length, order) @ model.coefficients
        values[row] = direction**order * slope
    values += level * model.intercept
    chosen = {
        "length_scale": settings.length * time.half_width,
        "penalty": settings.penalty,
        "tube": settings.tube * scale,
        "support_vectors": int(np.count_nonzero(model.coefficients)),
        "violation": scale * float(np.max(violations(residual, model.coefficients, settings))),
    }
    return Estimate(time.to_time(values * scale, orders) + level * mean, None, chosen)
