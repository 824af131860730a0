"""Samples as they are measured: missing, unsorted, repeated, with gaps."""

import numpy as np
import pytest

from tiltyard.application.series import Series, UnusableData

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
        (4, 3.0, r"rows 4 and 5 have the same time 3; keep one .*--average"),
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


def test_sorting_alone_does_not_average():
    with pytest.raises(UnusableData, match="rows 1 and 10 have the same time"):
        Series.from_samples(np.append(T[:-1], 0), Y, sort=True)


def test_gaps_are_told_and_even_samples_have_none():
    assert Series.from_samples(T, Y).notes == ()
    (note,) = Series.from_samples(np.append(T, [14, 15]), np.append(Y, [0, 0])).notes
    assert note.startswith("1 gap of more than 3 times the usual step 1: 9 to 14;")


def test_too_few_samples_and_different_shapes_are_refused():
    with pytest.raises(UnusableData, match="7 samples; at least 8"):
        Series.from_samples(T[:7], Y[:7])
    with pytest.raises(UnusableData, match=r"\(10,\) and samples of shape \(9,\)"):
        Series.from_samples(T, Y[:9])
