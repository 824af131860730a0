"""Samples as they are measured: missing, unsorted, repeated, with gaps."""

import numpy as np
import pandas as pd
import pytest

from tiltyard.application.options import in_a_shell
from tiltyard.application.series import Series, UnusableData
from tiltyard.application.times import Times

T = np.arange(10.0)
Y = T**2


def test_missing_samples_are_left_out_and_counted():
    y = Y.copy()
    y[[3, 7]] = np.nan
    series = Series.from_samples(T, y)
    assert series.t.tolist() == [0, 1, 2, 4, 5, 6, 8, 9]
    assert series.notes == ("2 of 10 samples are missing, the first in row 4",)


@pytest.mark.parametrize(
    ("row", "time", "words"),
    [
        (4, 1.5, r"row 5, 1.5, is before that of row 4, 3; sort"),
        (4, 3.0, r"rows 4 and 5 have the same time 3; keep one .*\(average=True\)"),
        (4, np.nan, r"the time of row 5 is nan; remove"),
    ],
)
def test_times_that_do_not_increase_are_refused_with_their_row(row, time, words):
    t = T.copy()
    t[row] = time
    with pytest.raises(UnusableData, match=words):
        Series.from_samples(t, Y)


def test_rows_are_counted_as_they_were_given_though_some_are_missing():
    t, y = T.copy(), Y.copy()
    y[1], t[6] = np.nan, 5.0
    with pytest.raises(UnusableData, match="rows 6 and 7 have the same time"):
        Series.from_samples(t, y)


def test_infinite_samples_are_refused():
    with pytest.raises(UnusableData, match="the sample of row 3 is inf"):
        Series.from_samples(T, np.where(T == 2, np.inf, Y))


def test_sorting_and_averaging_where_asked_for():
    mixed = np.random.default_rng(0).permutation(20)
    t, y = np.repeat(T, 2)[mixed], (np.repeat(Y, 2) + np.tile([-1, 1], 10))[mixed]
    series = Series.from_samples(t, y, sort=True, average=True)
    assert np.array_equal(series.t, T) and np.array_equal(series.y, Y)
    assert series.notes == ("10 samples were averaged with others of the same time",)


def test_a_falling_abscissa_is_turned_round_with_a_note():
    series = Series.from_samples(T[::-1], Y[::-1])
    assert np.array_equal(series.t, T) and np.array_equal(series.y, Y)
    assert series.notes == ("the times fall: the rows were taken from the last to the first",)


@pytest.mark.parametrize("records", [2, 3, 5])
def test_times_that_start_again_are_records_which_nobody_is_told_to_sort(records):
    t = np.tile(T, records)
    with pytest.raises(UnusableData) as caught:
        Series.from_samples(t, np.tile(Y, records))
    message = str(caught.value)
    assert f"start again in row 11, at 0 after 9: {records} records one below" in message
    assert "sort" not in message and "average" not in message
    # Whoever asks for it all the same is told what was done.
    shifted = np.concatenate([T + 0.1 * k for k in range(records)])
    series = Series.from_samples(shifted, np.tile(Y, records), sort=True)
    assert f"{records} records were mixed by sorting" in series.notes[0]


def test_shuffled_rows_are_no_records():
    for seed in range(200):
        mixed = np.random.default_rng(seed).permutation(60)
        with pytest.raises(UnusableData, match=r"is before that of row .*\(sort=True\)"):
            Series.from_samples(mixed.astype(float), np.zeros(60))


def set_back(minutes, n=40):
    """Times of a German clock without its zone, about the hour that it shows twice."""
    change = pd.Timestamp("2024-10-27T01:00", tz="UTC")
    start = change - pd.Timedelta(minutes=minutes * n // 2)
    clock = pd.date_range(start, periods=n, freq=f"{minutes}min")
    local = clock.tz_convert("Europe/Berlin").tz_localize(None)
    return Times.counted(local.to_numpy(), "when", "s")


@pytest.mark.parametrize("minutes", [1, 7, 10, 20, 30])
@pytest.mark.parametrize("sort", [False, True])
def test_a_clock_that_was_set_back_is_refused_by_name_and_never_sorted(minutes, sort):
    times = set_back(minutes)
    with pytest.raises(UnusableData, match="go back by an hour in row") as caught:
        Series.from_samples(times, np.arange(40.0), sort=sort, average=sort)
    assert "tz_localize('Europe/Berlin', ambiguous='infer')" in str(caught.value)
    assert "sort=True" not in str(caught.value)
    with in_a_shell(), pytest.raises(UnusableData, match=r"distance from UTC.*\+01:00$"):
        Series.from_samples(times, np.arange(40.0))


def test_an_hour_that_stands_twice_is_not_only_to_be_averaged():
    with pytest.raises(UnusableData, match=r"same time 2024-10-27T02:00; .* if a clock was set"):
        Series.from_samples(set_back(60), np.arange(40.0))


def test_swapped_rows_are_no_clock_that_was_set_back():
    stamps = np.datetime64("2024-07-01T00:00", "m") + 30 * np.arange(40)
    stamps[[5, 6]] = stamps[[6, 5]]
    with pytest.raises(UnusableData, match="is before that of row 6, 2024-07-01T03:00; sort"):
        Series.from_samples(Times.counted(stamps, "when", "s"), np.arange(40.0))


def test_samples_missing_at_the_ends_leave_times_without_an_estimate():
    y = Y.copy()
    y[[0, 9]] = np.nan
    (note,) = Series.from_samples(T, y).notes
    assert note.endswith("no estimate at 2 of them, before the first sample or after the last")


def test_sorting_alone_does_not_average():
    with pytest.raises(UnusableData, match="rows 1 and 10 have the same time"):
        Series.from_samples(np.append(T[:-1], 0), Y, sort=True)


def test_too_few_samples_and_different_shapes_are_refused():
    with pytest.raises(UnusableData, match="7 samples; at least 8"):
        Series.from_samples(T[:7], Y[:7])
    with pytest.raises(UnusableData, match=r"\(10,\) and samples of shape \(9,\)"):
        Series.from_samples(T, Y[:9])


def test_a_measured_abscissa_is_refused_with_what_would_be_right():
    t = np.linspace(0.0, 9.0, 60) + 0.1 * np.random.default_rng(3).standard_normal(60)
    with pytest.raises(UnusableData, match=r"look measured, .* divide one derivative"):
        Series.from_samples(t, t**2)
    (note,) = Series.from_samples(t, t**2, sort=True).notes
    assert "look measured" in note and "sorted" in note
