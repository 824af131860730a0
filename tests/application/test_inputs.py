"""What people have: dates, tables, labelled arrays, masks; and what is no signal."""

import datetime as dt
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pytest
import xarray as xr

import tiltyard
from tiltyard.application.inputs import series_of
from tiltyard.application.sequence import UnusableData

N = 61
T = np.linspace(0, 6, N)
RNG = np.random.default_rng(7)
Y = np.sin(T) + 1e-3 * RNG.standard_normal(N)
#: As many seconds apart as `T` is units.
DATES = pd.date_range("2024-03-30T23:59:58", periods=N, freq="100ms")
BERLIN = DATES.tz_localize("Europe/Berlin")
QUICK = {"estimator": "gaussian_process_se", "draws": 0}
UTC = dt.UTC


def local_dates(zone=None):
    return [stamp.to_pydatetime().replace(tzinfo=zone) for stamp in DATES]


@pytest.mark.parametrize(
    ("t", "zoned"),
    [
        (DATES, False),
        (pd.Series(DATES), False),
        (DATES.to_numpy("datetime64[ms]"), False),
        (DATES.to_numpy("datetime64[ns]"), False),
        (local_dates(), False),
        (np.array(local_dates(), dtype=object), False),
        (pl.Series(local_dates()), False),
        (xr.DataArray(DATES.to_numpy(), dims="x"), False),
        (BERLIN, True),
        (pd.Series(BERLIN), True),
        (local_dates(dt.timezone(dt.timedelta(hours=2))), True),
        (pl.Series(local_dates()).dt.replace_time_zone("Europe/Berlin"), True),
        (pd.Series(BERLIN).astype("timestamp[ns, tz=Europe/Berlin][pyarrow]"), True),
        (DATES - DATES[0], None),
        (list((DATES - DATES[0]).to_pytimedelta()), None),
        ((DATES - DATES[0]).to_numpy("timedelta64[us]"), None),
        (pl.Series((DATES - DATES[0]).to_pytimedelta()), None),
    ],
    ids=str,
)
def test_dates_and_durations_of_every_make_count_in_seconds(t, zoned):
    series = series_of(t, Y)
    # Times of a second are exact to a nanosecond.
    np.testing.assert_allclose(series.t, T, atol=1e-9)
    assert series.time_unit == "s"
    assert series.times.dated == (zoned is not None) and series.times.utc == bool(zoned)
    by_minute = series_of(t, Y, unit="min")
    np.testing.assert_allclose(60 * by_minute.t, T, atol=1e-9)
    assert by_minute.time_unit == "min"


@pytest.mark.parametrize(("unit", "factor"), [(None, 1.0), ("min", 60.0), ("day", 86_400.0)])
def test_derivatives_are_per_second_or_per_the_unit_that_is_asked_for(unit, factor):
    found = tiltyard.differentiate(DATES, Y, (0, 1), unit=unit, **QUICK)
    assert found.time_unit == (unit or "s")
    np.testing.assert_allclose(found.estimate[1], factor * np.cos(T), atol=0.05 * factor)


def test_estimates_have_the_dates_of_the_samples_and_any_others_that_are_asked_for():
    found = tiltyard.differentiate(BERLIN, Y, 1, **QUICK)
    assert (found.times == BERLIN).all() and str(found.times.tz) == "Europe/Berlin"
    asked = BERLIN[[3, 10, 40]] + pd.Timedelta("50ms")
    some = tiltyard.differentiate(BERLIN, Y, 1, asked, **QUICK)
    assert (some.times == asked).all()
    np.testing.assert_allclose(some.estimate[0], np.cos(T[[3, 10, 40]] + 0.05), atol=0.02)
    # Another zone's clock shows the same times.
    other = tiltyard.differentiate(BERLIN, Y, 1, asked.tz_convert("Asia/Tokyo"), **QUICK)
    np.testing.assert_array_equal(other.t_eval, some.t_eval)
    even = tiltyard.differentiate(DATES - DATES[0], Y, 1, points=7, **QUICK)
    assert list(even.times) == [pd.Timedelta(seconds=k) for k in range(7)]


@pytest.mark.parametrize(
    ("t", "t_eval", "words"),
    [
        (DATES, T, "are numbers, the times of the samples are dates: give dates"),
        (T, DATES, "are dates, the times of the samples are numbers"),
        (DATES, DATES - DATES[0], "are durations, the times of the samples are dates"),
        (DATES, BERLIN, "have a zone, the times of the samples have no zone"),
        (BERLIN, DATES, "lack a zone, the times of the samples have one"),
        (DATES, [DATES[0], pd.NaT], "evaluation time 2 is missing"),
        (T, [0.0, np.nan], "evaluation time 2 is missing"),
        (T, ["0", "1"], "the evaluation times are text"),
        (DATES, DATES + pd.Timedelta("2s"), r"2024-03-31T00:00.* beyond the record, 2024-03-30T"),
    ],
)
def test_evaluation_times_are_of_the_samples_kind(t, t_eval, words):
    with pytest.raises(ValueError, match=words):
        tiltyard.differentiate(t, Y, 1, t_eval)


def same_as_lists(found):
    plain = tiltyard.differentiate(T, Y, (0, 1), **QUICK)
    # 1e-6: dates are rounded, and a search for settings ends at a slightly different point.
    np.testing.assert_allclose(found.estimate, plain.estimate, atol=1e-6)


def test_a_series_has_its_times_in_its_index():
    series = pd.Series(Y, index=pd.Index(T, name="t"), name="x")
    found = tiltyard.differentiate(series, **QUICK)
    same_as_lists(found)
    assert found.report().startswith("x: 61 samples")
    assert list(found.frame())[:3] == ["t", "x_d0", "x_d0_sd"]
    same_as_lists(tiltyard.differentiate(pd.Series(Y, index=DATES), **QUICK))


def test_an_index_that_only_counts_is_said():
    found = tiltyard.differentiate(pd.Series(Y), orders=1, **QUICK)
    np.testing.assert_allclose(found.estimate[0], 0.1 * np.cos(T), atol=5e-3)
    assert found.time_unit == "sample" and "derivatives are per sample" in found.report()
    kept = series_of(pd.Series(Y, index=pd.RangeIndex(0, 10 * N, 10)))
    assert kept.t[1] == 10 and not kept.notes


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame({"t": T, "x": Y, "twice": 2 * Y}),
        pd.DataFrame({"x": Y, "twice": 2 * Y}, index=pd.Index(T, name="t")),
        pl.DataFrame({"t": T, "x": Y, "twice": 2 * Y}),
        xr.Dataset({"x": ("t", Y), "twice": ("t", 2 * Y)}, coords={"t": T}),
    ],
    ids=["pandas", "pandas with index", "polars", "xarray"],
)
def test_columns_of_a_table_are_differentiated_one_some_or_all(table):
    one = tiltyard.differentiate(table, "x", time="t", **QUICK)
    same_as_lists(one)
    assert one.series.name == "x" and list(one.frame())[:2] == ["t", "x_d0"]
    every = tiltyard.differentiate(table, time="t", **QUICK)
    assert list(every) == ["x", "twice"]
    np.testing.assert_allclose(every["twice"].estimate, 2 * one.estimate, atol=1e-4)
    assert list(series_of(table, ["twice"], "t")) == ["twice"]


def test_an_array_of_xarray_has_its_times_in_its_coordinate():
    array = xr.DataArray(Y, dims="when", coords={"when": DATES}, name="x")
    found = tiltyard.differentiate(array, **QUICK)
    same_as_lists(found)
    assert (found.series.name, found.time_unit) == ("x", "s") and (found.times == DATES).all()
    assert list(series_of(array.to_dataset())) == ["x"]


def test_what_is_missing_has_an_estimate_however_it_is_marked():
    gone = [5, 20, 21]
    holes = Y.copy()
    holes[gone] = np.nan
    expected = tiltyard.differentiate(T, holes, (0, 1), **QUICK)
    assert expected.estimate.shape == (2, N) and len(expected.series.t) == N - 3
    np.testing.assert_allclose(expected.estimate[1, gone], np.cos(T[gone]), atol=0.05)
    spoilt = Y.copy()
    spoilt[gone] = 1e6
    mask = np.isin(np.arange(N), gone)
    for y in (
        np.ma.masked_array(spoilt, mask),
        [None if k in gone else value for k, value in enumerate(Y)],
        [Decimal("nan") if k in gone else Decimal(value) for k, value in enumerate(Y)],
        pd.array([pd.NA if k in gone else value for k, value in enumerate(Y)], dtype="Float64"),
        np.array([pd.NaT if k in gone else value for k, value in enumerate(Y)], dtype=object),
        pl.Series([None if k in gone else value for k, value in enumerate(Y)]),
    ):
        series = series_of(T, y)
        np.testing.assert_array_equal(series.t, expected.series.t)
        np.testing.assert_array_equal(series.y, expected.series.y)
        assert series.notes == ("3 of 61 samples are missing, the first in row 6",)


@pytest.mark.parametrize(
    "y",
    [
        (1000 * Y).astype(np.int16),
        [Fraction(int(1000 * value)) for value in Y],
        pd.array((1000 * Y).astype(int), dtype="int32[pyarrow]"),
        pl.Series((1000 * Y).astype(int)),
    ],
    ids=lambda y: type(y).__name__,
)
def test_numbers_of_every_make_are_numbers(y):
    np.testing.assert_array_equal(series_of(T, y).y, (1000 * Y).astype(int))


@pytest.mark.parametrize(
    ("y", "words"),
    [
        (Y + 0j, r"signal: the samples are complex numbers \(row 1: .*real and their imaginary"),
        ([*Y[:-1], 1j], r"complex numbers \(row 61: 1j\)"),
        (Y > 0, r"truth values \(row 1: True\); .*astype\(float\)"),
        (pd.array([True, None] * 30 + [True], dtype="boolean"), "truth values"),
        ([str(value) for value in Y], r"text \(row 1: '.*pandas\.to_numeric"),
        ([*Y[:9], "OVL", *Y[10:]], r"text \(row 10: 'OVL'\)"),
        (pd.Series(Y.astype(str)), r"text \(row 1"),
        (pl.Series(Y.astype(str)), r"text \(row 1"),
        (Y.astype(bytes), "text"),
        (DATES, r"are dates \(row 1: '2024-03-30T23:59:58.*times, which come first"),
        (BERLIN, "are dates"),
        (local_dates(), "are dates"),
        (DATES - DATES[0], "are durations .*divide them by their unit"),
        ([*Y[:-1], DATES[0]], "dates .row 61"),
        ([object()] * N, "objects of another kind"),
        (np.zeros(N, dtype=[("a", float)]), "objects of another kind"),
        (np.stack([Y, Y], 1), r"\(61,\) and samples of shape \(61, 2\)"),
        ([[1.0], [1.0, 2.0]], "are no list of numbers"),
    ],
)
def test_samples_that_are_no_numbers_are_refused_by_name(y, words):
    with pytest.raises(UnusableData, match=words):
        tiltyard.differentiate(T, y)


@pytest.mark.parametrize(
    ("t", "words"),
    [
        ([str(stamp) for stamp in DATES], r"times are text .*pandas\.to_datetime"),
        (T > 1, "times are truth values"),
        (T + 0j, "times are complex"),
        (np.where(T == 0.0, np.nan, T), "the time of row 1 is nan; remove the row"),
        (DATES.where(DATES[4] != DATES), "row 5 has no time; remove the row"),
        (np.ma.masked_array(T, T[2] == T), "row 3"),
        ([*local_dates()[:-1], local_dates(UTC)[-1]], "some of which have a zone and some"),
        ([*T[:-1], DATES[0]], "of several kinds: .* in row 1, .* in row 61"),
        (pd.period_range("2024", periods=N, freq="M"), r"are periods; .*to_timestamp"),
        (np.arange(N).astype("timedelta64[M]"), "months, years or nothing"),
        (10**18 + 1 + np.arange(N), "more digits than a float has .*pandas.to_datetime"),
        (T[:-1], r"times of shape \(60,\) and samples of shape \(61,\)"),
        (0.1, r"times of shape \(\)"),
        (DATES[:-1], r"times of shape \(60,\)"),
    ],
)
def test_times_that_are_no_times_are_refused_by_name(t, words):
    with pytest.raises(UnusableData, match=words):
        tiltyard.differentiate(t, Y)


FRAME = pd.DataFrame({"t": T, "x": Y, "who": "me"})


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ((Y,), "samples without times: give both"),
        ((Y.tolist(),), "samples without times"),
        ((pl.Series(Y),), "samples without times"),
        ((FRAME, "x"), "no times but their numbers; .*time='t'"),
        ((pl.DataFrame({"t": T, "x": Y}), "x"), "no times but their numbers; .*time='t'"),
        ((FRAME, "z", "t"), "no column 'z'; it has t, x, who"),
        ((FRAME, "x", "z"), "no column 'z'; it has t, x, who"),
        ((FRAME, Y, "t"), "no column ndarray; it has t, x, who"),
        ((FRAME, None, "t"), r"who: the samples are text .* in differentiate\(table, \['x'\]\)"),
        (
            (FRAME, "who", "t"),
            r"who: the samples are text \(row 1: 'me'\); convert.*to_datetime does$",
        ),
        ((FRAME[["t"]], None, "t"), "no column to differentiate"),
        ((T, [None] * N), "0 samples, and 61 that are missing; at least 8"),
        ((T, "x"), "'x' names a column of a table: give a table first"),
        ((T, Y, "t"), "time='t' names a column of a table: give a table first"),
        ((pd.DataFrame(np.zeros((9, 2)), columns=["x", "x"], index=T[:9]), "x"), "several columns"),
        ((pd.Series(Y[:60], index=pd.MultiIndex.from_product([[1, 2], range(30)])),), "2 levels"),
        ((pd.Series(T), pd.Series(Y, index=range(N - 1, -1, -1))), "labels in another order"),
        ((xr.DataArray(Y, dims="x"),), "dimension 'x' has no coordinate"),
        ((xr.DataArray(np.zeros((9, 2)), dims=("x", "y")),), "dimensions x, y: select one"),
    ],
)
def test_what_cannot_be_guessed_is_asked_for(given, words):
    with pytest.raises(UnusableData, match=words):
        series_of(*given)


def test_units_are_of_dates_and_known():
    with pytest.raises(UnusableData, match="unit of time 'week' is unknown; use one of s, min"):
        tiltyard.differentiate(DATES, Y, unit="week")
    with pytest.raises(UnusableData, match=r"unit='h' is for dates .* leave it out"):
        tiltyard.differentiate(T, Y, unit="h")


def test_a_fault_in_one_column_is_found_before_any_is_estimated():
    calls = []
    table = pd.DataFrame({"x": Y, "few": np.where(T < 0.5, Y, np.nan)}, index=T)
    with pytest.raises(UnusableData, match="few: 5 samples, and 56 that are missing; at least 8"):
        tiltyard.differentiate(table, progress=lambda *_: calls.append(1), draws=1)
    assert not calls


def test_the_package_imports_neither_polars_nor_xarray():
    code = (
        "import sys, numpy as np, tiltyard\n"
        "t = np.linspace(0, 6, 20)\n"
        "tiltyard.differentiate(t, np.sin(t), draws=0)\n"
        "print({'polars', 'xarray', 'pandas'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
