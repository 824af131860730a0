"""Dates, clock times and counts as they are written, and what cannot be told is asked for."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from given import ROWS, SECONDS, START, TIMES, Y, assert_read, read, stamps, table

from tiltyard.application.reading import Wishes
from tiltyard.application.reading.dates import read_dates
from tiltyard.application.reading.months import month_numbers
from tiltyard.application.series import UnusableData
from tiltyard.application.times import Times

MINUTES = 60.0 * np.arange(ROWS)


@pytest.mark.parametrize(
    "form",
    [
        "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.000+01:00",
        "%Y-%m-%d %H:%M CET", "%Y-%m-%d %H:%M:%S UTC", "%Y/%m/%d %H:%M", "%Y.%m.%d %H:%M",
        "%d.%m.%Y %H:%M", "%d.%m.%y %H:%M", "%d.%m.%Y, %H:%M", "%d.%m.%Y %H.%M",
        "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %I:%M %p", "%m/%d/%y %H:%M", "%d-%b-%Y %H:%M:%S",
        "%d-%b-%y %I:%M:%S %p", "%b %d, %Y %H:%M:%S", "%d %B %Y %H:%M", "%A, %d %B %Y %H:%M",
        "%a %b %d %H:%M:%S %Y", "%Y:%m:%d %H:%M:%S", "%Y%m%dT%H%M%S", "%Y%m%d %H%M", "%Y%m%d%H%M",
        "%Y%m%d%H%M%S", "%Y-%j %H:%M", "%Y-%m-%d %Hh%M", "%Y年%m月%d日 %H:%M",
    ],
)  # fmt: skip
def test_dates_over_midnight(tmp_path, form):
    reading = read(tmp_path, table(stamps(form), sep=";"), SECONDS)
    assert_read(reading, MINUTES)
    times = reading.records[0].times
    away = 1 if "+01:00" in form or "CET" in form else 0
    assert times.stamps[0] == np.datetime64(START - timedelta(hours=away))
    assert times.utc == any(zone in form for zone in ("Z", "+01:00", "CET", "UTC"))


@pytest.mark.parametrize(
    ("month", "form"),
    [("Februar", "%d. X %Y %H:%M"), ("févr.", "%d X %Y %H:%M"), ("febrero", "%d de X de %Y %H:%M"),
     ("lut", "%d-X-%Y %H:%M"), ("фев.", "%d X %Y %H:%M")],
)  # fmt: skip
def test_months_of_other_languages(tmp_path, month, form):
    texts = [text.replace("X", month) for text in stamps(form)]
    assert_read(read(tmp_path, table(texts, sep=";"), SECONDS), MINUTES)


def test_a_month_that_languages_disagree_on_is_refused():
    assert month_numbers(["Mär", "Okt"]) == {"Mär": 3, "Okt": 10}
    with pytest.raises(UnusableData, match="not the same month in every language"):
        month_numbers(["listopad"])  # October in Croatian, November in Polish


@pytest.mark.parametrize(
    ("texts", "step"),
    [
        ([f"{150 * k // 60:02d}:{150 * k % 60:02d}" for k in range(ROWS)], 150),
        ([f"{k // 40:02d}:{1.5 * k % 60:04.1f}" for k in range(ROWS)], 1.5),
        ([f"{5400 * k // 3600:02d}:{5400 * k // 60 % 60:02d}:00" for k in range(ROWS)], 5400),
        ([str(timedelta(seconds=5400 * k)) for k in range(ROWS)], 5400),
        ([str(pd.Timedelta(seconds=5400 * k)) for k in range(ROWS)], 5400),
        ([f"{k * 90 // 1440}.{k * 90 // 60 % 24:02d}:{k * 90 % 60:02d}:00" for k in range(ROWS)],
         5400),
        ([str(timedelta(seconds=120 * k)).removeprefix("0:") for k in range(ROWS)], 120),
        (stamps("%H:%M", 300), 300),
        (stamps("%H:%M:%S", 300), 300),
        (stamps("%I:%M:%S %p", 300), 300),
        ([text[:-3] for text in stamps("%H:%M:%S:%f", 0.25)], 0.25),
    ],
)  # fmt: skip
def test_times_without_a_date(tmp_path, texts, step):
    reading = read(tmp_path, table(texts, sep=";"), SECONDS)
    assert_read(reading, step * np.arange(ROWS))
    assert reading.records[0].times.clock


def test_a_time_of_day_past_midnight_is_written_so(tmp_path):
    times = read(tmp_path, table(stamps("%H:%M:%S", 300)), SECONDS).records[0].times
    written = times.index(times.values)
    assert written[0] == "22:00:00" and written[-1] == "25:15:00"
    assert times.ends() == ("22:00:00", "25:15:00")
    assert times.told(times.values[-1]) == "25:15:00"


@pytest.mark.parametrize(("each", "unit"), [(1, ""), (1e3, "ms"), (1e6, "us"), (1e9, "ns")])
def test_counts_since_1970(tmp_path, each, unit):
    texts = [str((1_754_200_800 + 60 * k) * int(each)) for k in range(ROWS)]
    reading = read(tmp_path, table(texts), SECONDS)
    assert_read(reading, MINUTES)
    assert "since 1970, 2025-08-03 06:00:00" in " ".join(reading.said.guessed)
    plain = read(tmp_path, table(texts), Wishes(date_format="number"))
    assert_read(plain, (1_754_200_800 + 60.0 * np.arange(ROWS)) * each)


@pytest.mark.parametrize(("name", "digits"), [("Date", 8), ("t", 6), ("Datum", 10)])
def test_days_of_spreadsheets(tmp_path, name, digits):
    texts = [f"{45701 + 11 / 12 + k / 1440:.{digits}f}" for k in range(ROWS)]
    reading = read(tmp_path, table(texts, head=f"{name},x"), SECONDS)
    assert_read(reading, MINUTES)
    assert reading.records[0].times.stamps[0] == np.datetime64(START)


def test_plain_numbers_of_that_size_stay_numbers(tmp_path):
    assert_read(read(tmp_path, table([f"{45000 + 0.5 * k}" for k in range(ROWS)])))


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ([f"{k + 1:02d}/05/2025" for k in range(12)], "--date-format %d/%m/%Y"),
        ([f"{k + 1:02d}-05-25" for k in range(12)], "--date-format %m-%d-%y"),
        ([f"01/05/2025 {10 + k}:00" for k in range(12)], "'01/05/2025 10:00' may have days first"),
        ([f"00:{5 * k:02d}" for k in range(12)], "--date-format %M:%S"),
        ([f"2025-05-01 {k:02d}:00 XYZ" for k in range(12)], "the zone 'XYZ' is not known"),
        ([f"epoch {k}x" for k in range(12)], "no column of 8 numbers|--time"),
    ],
)
def test_times_that_may_be_others_are_refused_by_name(tmp_path, texts, words):
    with pytest.raises(UnusableData) as refusal:
        read(tmp_path, table(texts, Y[:12]))
    assert any(word in str(refusal.value) for word in words.split("|"))


def test_the_remedies_work(tmp_path):
    days = table([f"{k + 1:02d}/05/2025" for k in range(12)], Y[:12])
    for form, step in (("%d/%m/%Y", 1), ("%m/%d/%Y", 31)):
        times = read(tmp_path, days, Wishes(date_format=form)).records[0].times
        assert np.diff(times.stamps)[0] == np.timedelta64(step, "D")
    clock = table([f"00:{5 * k:02d}" for k in range(12)], Y[:12])
    for form, step in (("%M:%S", 5), ("%H:%M", 300)):
        found = read(tmp_path, clock, Wishes(date_format=form, unit="s"))
        assert_read(found, step * np.arange(12), Y[:12])
    # With a time of day behind it, the format of the day decides as well.
    hours = table([f"01/05/2025 {10 + k}:00" for k in range(12)], Y[:12])
    times = read(tmp_path, hours, Wishes(date_format="%m/%d/%Y")).records[0].times
    assert times.stamps[0] == np.datetime64("2025-01-05T10:00")


def test_other_rows_decide_what_is_the_day(tmp_path):
    hours = stamps("%d/%m/%Y %H:%M", 3600, datetime(2025, 5, 1, 10))
    reading = read(tmp_path, table(hours), SECONDS)
    assert_read(reading, 3600 * np.arange(ROWS))
    assert "days first" in " ".join(reading.said.guessed)


@pytest.mark.parametrize("step", [300, 600, 1800, 3600])
@pytest.mark.parametrize(
    ("zone", "start"),
    [("Europe/Berlin", "2025-10-25T22:30"), ("Europe/Berlin", "2025-03-29T22:30"),
     ("America/New_York", "2025-11-02T04:00"), ("America/New_York", "2025-03-09T05:00"),
     ("Australia/Sydney", "2025-04-05T14:00"), ("Australia/Sydney", "2025-10-04T14:00")],
)  # fmt: skip
def test_a_clock_that_is_changed_runs_on(tmp_path, zone, start, step):
    begin = datetime.fromisoformat(start).replace(tzinfo=ZoneInfo("UTC"))
    local = [(begin + timedelta(seconds=step * k)).astimezone(ZoneInfo(zone)) for k in range(ROWS)]
    text = table([f"{moment:%Y-%m-%d %H:%M}" for moment in local])
    reading = read(tmp_path, text, SECONDS)
    assert_read(reading, step * np.arange(ROWS))
    assert "daylight saving" in " ".join(reading.said.guessed)
    named = read(tmp_path, text, Wishes(unit="s", zone=zone))
    assert_read(named, step * np.arange(ROWS))
    assert named.records[0].times.stamps[0] == np.datetime64(start)
    zoned = table([moment.isoformat() for moment in local])
    assert_read(read(tmp_path, zoned, SECONDS), step * np.arange(ROWS))


def test_an_hour_that_is_missing_on_another_day_is_a_gap(tmp_path):
    times = [START + timedelta(minutes=10 * k + 60 * (k > 20)) for k in range(ROWS)]
    reading = read(tmp_path, table([f"{t:%Y-%m-%d %H:%M}" for t in times]), SECONDS)
    assert_read(reading, [(t - START).total_seconds() for t in times])


@pytest.mark.parametrize("sequence", ["Datum;Uhrzeit", "Uhrzeit;Datum"])
def test_a_date_and_a_time_of_day_in_two_columns(tmp_path, sequence):
    form = "%d.%m.%Y;%H:%M" if sequence.startswith("D") else "%H:%M;%d.%m.%Y"
    text = table(stamps(form), head=f"{sequence};x", sep=";")
    reading = read(tmp_path, text, SECONDS)
    assert_read(reading, MINUTES)
    assert reading.records[0].times.name == "Datum Uhrzeit"
    both = Wishes(time=("Datum", "Uhrzeit"), unit="s")
    assert_read(read(tmp_path, text, both), MINUTES)


def test_year_month_and_day_in_columns(tmp_path):
    text = table(stamps("%Y %m %d", 86400), head="year month day x", sep=" ")
    assert_read(read(tmp_path, text, SECONDS), 86400 * np.arange(ROWS))


@pytest.mark.parametrize(
    ("spacing", "unit", "step"), [("2h", "h", 2), ("7D", "day", 7), ("90s", "min", 1.5)]
)
def test_dates_count_in_the_unit_of_their_spacing(tmp_path, spacing, unit, step):
    dates = pd.date_range("2020-01-31", periods=ROWS, freq=spacing)
    times = read(tmp_path, table(map(str, dates))).records[0].times
    assert times.unit == unit
    # 1e-12: one division of whole seconds.
    np.testing.assert_allclose(times.values, step * np.arange(ROWS), rtol=1e-12)
    assert np.array_equal(times.dates(times.values), dates.to_numpy())


def test_every_date_of_a_long_record_is_the_files_own():
    """Times in years are rounded; 43 of them in doubles are good to a tenth of a microsecond."""
    dates = pd.date_range("1958-03-29 06:07:08.123456", periods=2250, freq="7D")
    found = read_dates([str(date) for date in dates], "when")
    assert np.array_equal(found.stamps, dates.to_numpy("datetime64[ns]"))
    years = (found.stamps - found.stamps[0]) / np.timedelta64(31_557_600, "s")
    times = Times(years, "when", "year", found.stamps)
    assert np.array_equal(times.dates(years), found.stamps)
    between = times.dates(years[:-1] + np.diff(years) / 3)
    assert np.array_equal(between, between.astype("datetime64[us]"))


def test_rows_without_a_time_are_left_out_and_named_unless_they_are_many(tmp_path):
    times = [*TIMES[:10], "", *TIMES[11:]]
    reading = read(tmp_path, table(times))
    assert_read(reading, np.delete(0.5 * np.arange(ROWS), 10), np.delete(Y, 10))
    assert "row 11" in " ".join(reading.said.left_out)
    with pytest.raises(UnusableData, match="10 of 40 rows have no time in column 'time'"):
        read(tmp_path, table([*TIMES[:10], *[""] * 10, *TIMES[20:]]))
