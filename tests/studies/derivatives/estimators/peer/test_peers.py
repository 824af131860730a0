"""The adapters give the packages' own numbers, and the catalogue does without missing packages."""

import multiprocessing
import subprocess
import sys
import warnings

import derivative
import numpy as np
import pynumdiff
import pynumdiff.optimize
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.interpolate import CubicSpline, make_smoothing_spline
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
from statsmodels.nonparametric.kernel_regression import KernelReg
from statsmodels.nonparametric.smoothers_lowess import lowess

from tiltyard.studies.derivatives.contract import ESTIMATORS, as_estimate
from tiltyard.studies.derivatives.estimators.peer.pynumdiff_optimized import bandlimit
from tiltyard.studies.derivatives.importing import load_python

STEP = 0.125
T = STEP * np.arange(61)
UNEVEN = T + 0.03125 * (np.arange(61) % 3)
Y = np.sin(2 * T) + 0.5 * np.cos(5 * T) + 0.01 * np.random.default_rng(0).standard_normal(61)


def peer(name, t=T, y=Y, at=None, orders=None, **extra):
    load_python()
    entry = ESTIMATORS[name, "python"]
    at = t if at is None else at
    orders = tuple(range(entry.max_order + 1)) if orders is None else orders
    return as_estimate(entry.function(t, y, at, orders, **extra), (len(orders), len(at)))


def test_every_peer_is_tagged_and_nothing_else_is():
    tagged = {entry.name for entry in load_python() if "peer" in entry.tags}
    assert tagged == {entry.name for entry in load_python() if "/peer/" in entry.source}
    assert len(tagged) > 40


@pytest.mark.parametrize(
    ("name", "function", "parameters"),
    [
        ("finitediff", pynumdiff.finitediff, {}),
        ("savgoldiff", pynumdiff.savgoldiff, {"degree": 2, "window_size": 5, "smoothing_win": 5}),
        ("tvrdiff_acceleration", pynumdiff.tvrdiff, {"order": 2, "gamma": 1}),
        ("lineardiff", pynumdiff.lineardiff, {"order": 3, "gamma": 0.003, "window_size": 11}),
    ],
)
def test_pynumdiffs_own_numbers(name, function, parameters):
    assert_array_equal(peer(f"pynumdiff_{name}").values, function(Y, STEP, **parameters))


def test_pynumdiff_is_given_uneven_times_where_it_takes_them():
    expected = pynumdiff.polydiff(Y, UNEVEN, degree=5, window_size=15)
    assert_array_equal(peer("pynumdiff_polydiff", t=UNEVEN).values, expected)


def test_pynumdiffs_optimiser_is_asked_with_the_bandlimit_and_starts_no_process():
    before = multiprocessing.active_children()  # those of other tests
    chosen, _ = pynumdiff.optimize.optimize(
        pynumdiff.splinediff, Y, STEP, bandlimit=bandlimit(T, Y), parallel=False
    )
    estimate = peer("pynumdiff_splinediff_optimized")
    assert_array_equal(estimate.values, pynumdiff.splinediff(Y, STEP, **chosen))
    assert estimate.settings == {"bandlimit": bandlimit(T, Y), **chosen}
    assert not set(multiprocessing.active_children()) - set(before)


def test_bandlimit_is_the_highest_frequency_that_is_not_weak():
    t = 0.01 * np.arange(1000)  # 10 units of time: frequencies in steps of 0.1
    strong = np.sin(2 * np.pi * 1.5 * t) + 0.3 * np.sin(2 * np.pi * 4 * t)
    weak = 0.05 * np.sin(2 * np.pi * 9 * t)  # -26 dB
    assert bandlimit(t, 100 + 7 * t + strong + weak) == pytest.approx(
        4.1, abs=0.11
    )  # Hann: one more
    assert bandlimit(t, np.full(1000, 3.0)) == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [("finite_difference", {"k": 1}), ("kalman", {"alpha": 1}), ("spline", {"s": 1e-2})],
)
def test_derivatives_own_numbers(kind, parameters):
    expected = [
        derivative.smooth_x(Y, T, kind=kind, axis=0, **parameters),
        derivative.dxdt(Y, T, kind=kind, axis=0, **parameters),
    ]
    assert_array_equal(peer(f"derivative_{kind}").values, expected)


def test_scikit_learns_own_mean_and_its_differences():
    estimate = peer("scikit_learn_gaussian_process", rng=np.random.default_rng(5))
    kernel = ConstantKernel(1.0) * RBF(0.1, (1e-2, 1e3)) + WhiteKernel(1e-2, (1e-10, 1e1))
    seed = int(np.random.default_rng(5).integers(2**31))
    process = GaussianProcessRegressor(kernel, alpha=0.0, n_restarts_optimizer=5, random_state=seed)
    with warnings.catch_warnings(action="ignore"):
        process.fit(T[:, None], (Y - Y.mean()) / Y.std())

    def mean(times):
        return process.predict(times[:, None]) * Y.std() + Y.mean()

    assert_allclose(estimate.values[0], mean(T), atol=1e-9)
    # Each order against central differences of the one below, which the mean itself begins: their
    # error is h**2/6 times the order two above.
    h = 1e-4
    size = np.max(np.abs(estimate.values), axis=1)
    assert_allclose(estimate.values[1], (mean(T + h) - mean(T - h)) / (2 * h), atol=1e-6 * size[1])
    for order in range(1, 7):
        below = CubicSpline(T, estimate.values[order])
        assert_allclose(
            below(T[5:-5], 1), estimate.values[order + 1][5:-5], atol=0.1 * size[order + 1]
        )


def test_scipys_own_numbers():
    spline = make_smoothing_spline(T, Y)
    between = T[:-1] + STEP / 3
    estimate = peer("scipy_make_smoothing_spline", at=between, orders=(1, 3))
    assert_array_equal(estimate.values, [spline(between, nu=1), spline(between, nu=3)])


def test_statsmodels_own_numbers():
    with warnings.catch_warnings(action="ignore"):
        model = KernelReg(Y, T, var_type="c", reg_type="ll", bw="cv_ls")
        mean, effect = model.fit(T)
    estimate = peer("statsmodels_kernel_regression")
    assert_array_equal(estimate.values, [mean, effect[:, 0]])
    assert estimate.settings == {"bandwidth": model.bw[0]}
    assert_array_equal(peer("statsmodels_lowess").values[0], lowess(Y, T, return_sorted=False))


def test_other_times_are_interpolated_and_orders_selected():
    at = np.array([T[0], T[3] + 0.01, T[-1]])
    both = peer("pynumdiff_finitediff").values
    found = peer("pynumdiff_finitediff", at=at, orders=(1,)).values
    assert_allclose(found, [CubicSpline(T, both[1])(at)], rtol=1e-12)


def test_peers_are_silent(capfd):
    with warnings.catch_warnings(action="error"):
        peer("pynumdiff_iterative_velocity")
        peer("derivative_savitzky_golay")
    assert capfd.readouterr() == ("", "")


def test_a_missing_package_is_named_and_the_rest_of_the_catalogue_loads():
    check = """
import importlib.util
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == "pynumdiff" else find(name, *rest)
from tiltyard.studies.derivatives.importing import load_python, warn_of_missing_peers
warn_of_missing_peers()
names = {entry.name for entry in load_python()}
assert "derivative_kalman" in names and "gaussian_process_se" in names
assert not [name for name in names if name.startswith("pynumdiff")]
"""
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stderr == (
        "warning: without the peers of pynumdiff_convex, pynumdiff_methods, pynumdiff_optimized: "
        "not installed are pynumdiff; pip install -e '.[peers]' adds them\n"
    )


def test_nothing_is_said_when_all_are_installed(capsys):
    from tiltyard.studies.derivatives.importing import warn_of_missing_peers

    warn_of_missing_peers()
    assert capsys.readouterr() == ("", "")
