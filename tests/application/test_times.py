"""Times as numbers, and back as the dates or durations that they were."""

import numpy as np
import pandas as pd
import pytest

from tiltyard.application.times import UNITS, Times, evaluation_times


@pytest.mark.parametrize(
    ("start", "resolution"),
    [("1066-10-14", "D"), ("2024-05-31T12:00", "s"), ("1970-01-01T00:00", "ns"), ("2024", "M")],
)
@pytest.mark.parametrize("unit", UNITS)
def test_dates_of_every_resolution_return_to_the_last_digit(start, resolution, unit):
    stamps = np.datetime64(start, resolution) + np.arange(50) ** 2
    times = Times.counted(stamps, "when", unit)
    np.testing.assert_array_equal(times.dates(times.values), stamps)
    finer = stamps if resolution == "ns" else stamps.astype("datetime64[ms]")
    seconds = (finer - finer[0]) / np.timedelta64(1, "s")
    np.testing.assert_allclose(times.values * UNITS[unit], seconds, rtol=1e-14)
    assert times.dated and times.label == "when"


def test_between_rows_dates_are_as_fine_as_a_double_tells():
    hour = np.datetime64("2024-05-31T12:00", "s") + np.arange(0, 3600, 60)
    times = Times.counted(hour, "when", "s")
    # A record of an hour is known to a thousandth of a nanosecond, one of ages to more.
    assert times.dates(np.array([1e-9]))[0] - hour[0] == np.timedelta64(1, "ns")
    ages = np.datetime64("1000", "Y") + np.arange(0, 1000, 10)
    shown = Times.counted(ages, "when", "s").dates(np.array([0.6, 1.0 + 1e-6]))
    np.testing.assert_allclose(
        (shown - shown[0]) / np.timedelta64(1, "us"), [0.0, 400_001.0], atol=8
    )


@pytest.mark.parametrize("resolution", ["ps", "ns", "ms", "h"])
def test_durations_count_from_zero_and_return(resolution):
    stamps = np.arange(5, 25).astype(f"timedelta64[{resolution}]")
    times = Times.counted(stamps, "elapsed", "s")
    np.testing.assert_allclose(times.values, stamps / np.timedelta64(1, "s"), rtol=1e-15)
    np.testing.assert_array_equal(times.dates(times.values), stamps)
    np.testing.assert_array_equal(times.numbers(stamps[3:]), times.values[3:])
    assert not times.dated and times.label == "elapsed [s]"
    assert isinstance(times.index(times.values), pd.TimedeltaIndex)


def test_clocks_of_a_zone_show_their_own_dates_through_the_spring():
    clocks = pd.date_range("2024-03-31", periods=12, freq="h", tz="Europe/Berlin")
    stamps = clocks.tz_convert(None).to_numpy()
    times = Times.counted(stamps, "when", "h", utc=True, zone="Europe/Berlin")
    shown = times.index(times.values)
    assert str(shown.tz) == "Europe/Berlin" and (shown == clocks).all()
    assert shown.hour.tolist() == [0, 1, *range(3, 13)]
    assert times.values.tolist() == list(range(12)) and times.label == "when (UTC)"
    assert str(Times.counted(stamps, "when", utc=True).index(times.values).tz) == "UTC"


def test_numbers_stay_numbers():
    values = np.array([0.5, 2.5])
    assert Times(values).index(values) is values and Times(values).label == "time"


def test_estimates_are_at_the_rows_times_within_the_record():
    t, every = np.array([1.0, 3.0, 5.0]), np.array([0.0, 1, 2, 3, 3, 5, 6])
    assert evaluation_times(t, every).tolist() == [1, 2, 3, 5]
    assert evaluation_times(t, every, 3).tolist() == [1, 3, 5]
