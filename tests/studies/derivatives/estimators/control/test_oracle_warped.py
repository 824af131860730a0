"""The oracle of the pool: at least as good as the pool, its members and every blend of them."""

import inspect

import numpy as np
import pytest

from tiltyard.studies.derivatives.contract import Estimate
from tiltyard.studies.derivatives.dataset import compute_truth
from tiltyard.studies.derivatives.estimators.control import oracle_warped as module
from tiltyard.studies.derivatives.estimators.gaussian_process import gaussian_process_warped as pool
from tiltyard.studies.derivatives.numerics.parametric import joined
from tiltyard.studies.derivatives.numerics.warped.members import Members

ORDERS = (0, 1, 2, 4, 7)
#: Signal, samples, noise level, seed.
RECORDS = [
    ("lotka_volterra", 31, 1e-2, 1),
    ("exponential_decay", 41, 1e-6, 2),
    ("chirp", 51, 1e-3, 3),
]


def errors(values, exact):
    """Root mean square errors by order, without the ends."""
    return np.sqrt(np.mean(np.square(values - exact)[..., 1:-1], axis=-1))


@pytest.fixture(scope="module", params=RECORDS, ids=lambda record: record[0])
def record(request):
    signal, samples, level, seed = request.param
    truth = compute_truth(signal, samples)
    noise = level * np.std(truth.exact[0]) * np.random.default_rng(seed).standard_normal(samples)
    return truth.t, truth.exact[0] + noise, truth.exact[list(ORDERS)]


@pytest.fixture(scope="module")
def found(record):
    t, y, exact = record
    fitted = pool.fit_with_members(t, y, t, ORDERS)
    return fitted, fitted.members(), module.oracle_warped(t, y, t, ORDERS, exact=exact)


def test_the_winner_and_no_member_is_better(record, found):
    exact = record[2]
    fitted, members, oracle = found
    own = errors(oracle.values, exact)
    # The same candidates are compared with the same truth: not even rounding differs.
    assert np.all(own <= errors(fitted.estimate.values, exact))
    for values in members.values():
        assert np.all(own <= errors(values, exact))


def test_no_blend_that_is_drawn_at_random_is_better(record, found):
    exact, (fitted, members, oracle) = record[2], found
    values = np.array([*members.values(), fitted.estimate.values])
    draws = np.random.default_rng(4).dirichlet(np.full(len(values), 0.3), 300)
    blends = np.einsum("dm,mkq->dkq", draws, values)
    # A blend sums the members in another sequence.
    assert np.all(errors(oracle.values, exact) <= errors(blends, exact).min(axis=0) * (1.0 + 1e-9))


def test_settings_say_what_was_blended(record, found):
    exact, (fitted, members, oracle) = record[2], found
    candidates = {**members, module.POOL: fitted.estimate.values}
    for row in range(len(ORDERS)):
        weights = dict(oracle.settings["weights"][row])
        assert sum(weights.values()) == pytest.approx(1.0, rel=1e-14)
        blend = sum(weight * candidates[name][row] for name, weight in weights.items())
        # Rounding of a sum of members that may be larger than what is left of them.
        scale = max(np.abs(candidates[name][row]).max() for name in weights)
        np.testing.assert_allclose(blend, oracle.values[row], atol=1e-14 * scale)
        sizes = {name: errors(own[row], exact[row]) for name, own in members.items()}
        assert oracle.settings["best_member"][row] == min(sizes, key=sizes.get)


def test_members_that_the_pool_leaves_out_are_candidates(monkeypatch):
    """Here it leaves out all processes but the first, and all parametric members."""
    truth = compute_truth("exponential_decay", 41)
    monkeypatch.setattr(Members, "credible", first_of)
    monkeypatch.setattr(joined, "tenable", lambda *others: {})
    fitted = pool.fit_with_members(truth.t, truth.exact[0], truth.t, (0, 1))
    (kept,) = fitted.estimate.settings["members"]
    members = fitted.members()
    assert {kept, "se", "matern", "rational", "exponentials"} <= set(members)
    assert np.array_equal(members[kept], fitted.estimate.values)


def first_of(members):
    name = next(iter(members.optima))
    return members._replace(optima={name: members.optima[name]}, evidence=members.evidence[:1])


# What the oracle makes of planted members.

T = np.linspace(0.0, 1.0, 21)
EXACT = np.array([np.sin(T), np.cos(T)])


def planted(monkeypatch, members, pooled):
    """The oracle's estimate where the pool has these members, and what it was given."""
    given = []

    def fit_with_members(*arguments):
        given.append(arguments)
        return pool.Fitted(Estimate(pooled), lambda: members)

    monkeypatch.setattr(module, "fit_with_members", fit_with_members)
    y = EXACT[0] + 0.1
    return module.oracle_warped(T, y, T, (0, 1), exact=EXACT), given, y


def test_an_exact_member_is_the_answer(monkeypatch):
    rng = np.random.default_rng(5)
    off = {name: EXACT + rng.standard_normal(EXACT.shape) for name in ("se", "warped", "rational")}
    off["rational"][1] = EXACT[1]
    off["warped"][0] = EXACT[0]
    oracle, _, _ = planted(monkeypatch, off, EXACT + 0.01)
    assert np.array_equal(oracle.values, EXACT)
    assert oracle.settings["best_member"] == ["warped", "rational"]
    assert oracle.settings["weights"] == [[["warped", 1.0]], [["rational", 1.0]]]


def test_members_that_err_in_opposite_ways_are_blended(monkeypatch):
    miss = np.sin(40.0 * T)
    members = {"low": EXACT - miss, "high": EXACT + 3.0 * miss}
    oracle, _, _ = planted(monkeypatch, members, EXACT + 5.0 * miss)
    # Rounding of members of size 4.
    np.testing.assert_allclose(oracle.values, EXACT, atol=1e-14)
    assert dict(oracle.settings["weights"][0]) == pytest.approx({"low": 0.75, "high": 0.25})
    assert oracle.settings["best_member"] == ["low", "low"]


def test_a_pool_that_is_better_than_all_blends_is_the_answer(monkeypatch):
    """Medians follow one member here and another there, which no constant weights do."""
    step = np.where(T < 0.5, 1.0, 0.0)
    members = {"first": EXACT + step, "second": EXACT + 1.0 - step}
    oracle, _, _ = planted(monkeypatch, members, EXACT)
    assert np.array_equal(oracle.values, EXACT)
    assert oracle.settings["weights"] == [[[module.POOL, 1.0]]] * 2


def test_members_without_a_finite_value_do_not_count(monkeypatch):
    members = {"lost": np.full_like(EXACT, np.inf), "odd": EXACT * np.nan, "fair": EXACT + 1.0}
    oracle, _, _ = planted(monkeypatch, members, EXACT + 2.0)
    assert np.array_equal(oracle.values, EXACT + 1.0)


def test_the_ends_do_not_count(monkeypatch):
    late, early = EXACT + 0.1, EXACT + 0.2
    late[:, [0, -1]] = 1e6
    oracle, _, _ = planted(monkeypatch, {"late": late, "early": early}, EXACT + 1.0)
    assert np.array_equal(oracle.values, late)


def test_the_members_see_times_and_samples_and_the_oracle_the_exact_derivatives(monkeypatch):
    parameters = list(inspect.signature(module.oracle_warped).parameters)
    assert parameters == ["t", "y", "t_eval", "orders", "exact"]
    _, given, y = planted(monkeypatch, {"fair": EXACT + 1.0}, EXACT + 2.0)
    ((t, samples, t_eval, orders),) = given
    assert t is T and samples is y and t_eval is T and orders == (0, 1)


def test_a_straight_line_is_its_own_member():
    oracle = module.oracle_warped(
        T, 2.0 + 3.0 * T, T, (0, 1), exact=np.array([2 + 3 * T, 0 * T + 3])
    )
    # Rounding of samples of size 5 over a record of length 1.
    np.testing.assert_allclose(oracle.values, [2.0 + 3.0 * T, np.full(21, 3.0)], atol=1e-13)
    assert oracle.settings["best_member"] == ["line", "line"]
