"""Variance of estimates while they stream past, and the share of their steps that are none."""

import numpy as np
import pyarrow as pa
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from tiltyard.engine.merge.spread import SeriesSpread, flat_share
from tiltyard.engine.statistics.summary import bias_and_spread


def replicate(values, names=None):
    """A table with an estimate (or None, a failure) for each method."""
    names = names or [f"m{i}" for i in range(len(values))]
    return pa.table(
        {
            "method": names,
            "language": ["python"] * len(values),
            "order": [0] * len(values),
            "status": ["failed" if own is None else "ok" for own in values],
            "estimate": pa.array(
                [None if own is None else list(map(float, own)) for own in values],
                pa.list_(pa.float64()),
            ),
        }
    )


def found(tables, ends=0):
    spread = SeriesSpread(["order"], "estimate", ends)
    for table in tables:
        spread.add(table)
    own = spread.take()
    return spread.keys.iloc[own.slots].assign(variance=own.variance, flat=own.flat)


def test_variance_is_numpys_without_the_ends():
    values = np.random.default_rng(0).standard_normal((4, 3, 9))  # replicates, methods, times
    table = found([replicate(own) for own in values], ends=2)
    expected = values[:, :, 2:-2].var(axis=0, ddof=1).mean(axis=1)
    assert_allclose(table["variance"], expected, rtol=1e-12)


def test_variance_far_from_zero_keeps_its_digits():
    """Two pass variance of values at 1e9: only the doubles' own spacing, 1e-7, is lost."""
    values = 1e9 + np.random.default_rng(1).standard_normal((5, 1, 50))
    table = found([replicate(own) for own in values])
    assert_allclose(table["variance"], values.var(axis=0, ddof=1).mean(axis=1), rtol=1e-6)


def test_failures_new_methods_and_another_order_of_rows():
    tables = [
        replicate([[1.0, 2.0], None], ["a", "b"]),
        replicate([[5.0, 5.0], [3.0, 4.0]], ["b", "a"]),
        replicate([[7.0, 7.0], [9.0, 9.0]], ["b", "late"]),
    ]
    table = found(tables).set_index("method")
    assert_allclose(table.loc["a", "variance"], 2.0)  # (1, 3) and (2, 4)
    assert_allclose(table.loc["b", "variance"], 2.0)  # 5 and 7
    assert np.isnan(table.loc["late", "variance"])
    assert list(table["flat"]) == [0.0, 1.0, 1.0]


def test_estimate_that_is_there_without_being_ok_does_not_count():
    table = replicate([[1.0, 1.0], [2.0, 3.0]])
    status = pa.array(["non_finite", "ok"])
    table = table.set_column(table.column_names.index("status"), "status", status)
    assert list(found([table])["method"]) == ["m1"]


def test_groups_do_not_mix():
    spread = SeriesSpread(["order"], "estimate", 0)
    spread.add(replicate([[1.0, 1.0]]))
    spread.take()
    spread.add(replicate([[5.0, 5.0, 5.0]]))  # another length
    spread.add(replicate([[6.0, 6.0, 6.0]]))
    assert_array_equal(spread.take().variance, [0.5])


def test_other_lengths_within_a_group_are_refused():
    with pytest.raises(ValueError, match="column estimate: lists of replicates differ in length"):
        found([replicate([[1.0, 2.0]]), replicate([[1.0, 2.0, 3.0]])])


def test_flat_share_of_constants_steps_lines_and_spikes():
    steps = np.repeat([0.0, 1.0, 3.0], 4)  # 9 of 11 steps are none
    rows = np.array(
        [
            np.full(12, 7.0),
            np.zeros(12),
            1e6 + 1e-9 * np.arange(12.0) % 2,  # rounding alone
            steps,
            1e6 + steps * (1 + 1e-12 * np.arange(12)),
            1e6 + 1e-4 * np.arange(12.0),  # little change beside a large offset
            np.r_[1e12, np.arange(11.0)],  # little change beside a spike
        ]
    )
    assert_allclose(flat_share(rows), [1, 1, 1, 9 / 11, 9 / 11, 0, 0], atol=1e-12)


def test_bias_and_spread_divide_the_mean_square_error():
    """Estimates 0.3 off with scatter 0.2, in units of a scale of 5: both are found."""
    rng = np.random.default_rng(3)
    exact = np.sin(np.linspace(0.0, 6.0, 400))
    estimates = exact + 0.3 + 0.2 * rng.standard_normal((30, 400))
    absolute = np.sqrt(np.mean((estimates - exact) ** 2, axis=1))[None]
    variance = estimates.var(axis=0, ddof=1).mean()
    bias, spread = bias_and_spread(absolute / 5.0, absolute, np.array([variance]))
    assert_allclose([bias[0], spread[0]], [0.06, 0.04], rtol=0.02)  # 12,000 numbers: 1 %
    assert_allclose(bias**2 + spread**2, np.mean((absolute / 5.0) ** 2), rtol=1e-12)


def test_bias_is_not_seen_where_scatter_explains_the_errors_and_nothing_without_replicates():
    errors = np.array([[1.0, 1.0], [0.0, 0.0], [1.0, np.nan]])
    bias, spread = bias_and_spread(errors, errors, np.array([1.5, 0.0, np.nan]))
    assert_allclose(bias, [0.0, 0.0, np.nan])
    assert_allclose(spread, [np.sqrt(1.5), 0.0, np.nan])
