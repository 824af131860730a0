"""Files as people have them."""

import numpy as np
import pandas as pd
import pytest

from tiltyard.application.reading import read_series, read_table, read_times
from tiltyard.application.series import UnusableData
from tiltyard.engine.files.atomic import UnreadableFile

FRAME = pd.DataFrame(
    {"t": np.arange(9) / 2, "name": list("abcdefghi"), "x": np.arange(9.0) ** 2, "y": range(9)}
)


@pytest.mark.parametrize(
    ("name", "separator"), [("a.csv", ","), ("b.csv", ";"), ("c.tsv", "\t"), ("d.parquet", "")]
)
def test_the_same_table_in_every_form(tmp_path, name, separator):
    path = tmp_path / name
    if separator:
        FRAME.to_csv(path, sep=separator, index=False)
    else:
        FRAME.to_parquet(path)
    times, series = read_series(path)
    assert (times.name, times.unit, times.stamps) == ("t", "", None)
    # Text is no signal, whole numbers are.
    assert [one.name for one in series] == ["x", "y"]
    assert np.array_equal(series[0].t, FRAME["t"]) and np.array_equal(series[0].y, FRAME["x"])


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("# a comment, with a comma\n# another\nt;x\n0;1\n1;2\n", ["t", "x"]),
        ("# made by hand\n# t,x\n0,1\n1,2\n", ["# t", "x"]),  # as numpy.savetxt has a header
        ("# t,x\n2024-01-01,1\n2024-01-02,2\n", ["# t", "x"]),
        ("t,x\n0,1\n1,2\n", ["t", "x"]),
    ],
)
def test_comments_before_the_header_are_left_out(tmp_path, text, names):
    (tmp_path / "x.csv").write_text(text, encoding="utf-8")
    table = read_table(tmp_path / "x.csv")
    assert list(table) == names and table["x"].tolist() == [1, 2]


def test_columns_are_chosen_by_name(tmp_path):
    path = tmp_path / "a.csv"
    FRAME.to_csv(path, index=False)
    times, (only,) = read_series(path, "y", ["x"])
    assert (times.name, only.name) == ("y", "x")
    with pytest.raises(UnusableData, match="no column 'z'; it has t, name, x, y"):
        read_series(path, "t", ["z"])
    with pytest.raises(UnusableData, match="column 'name', row 1: 'a' is no number"):
        read_series(path, "t", ["name"])


def test_an_empty_field_is_a_missing_sample_and_a_missing_time_is_refused(tmp_path):
    path = tmp_path / "a.csv"
    frame = FRAME.copy()
    frame.loc[2, "x"] = np.nan
    frame.to_csv(path, index=False)
    assert len(read_series(path, "t", ["x"])[1][0].t) == 8
    frame.loc[4, "t"] = np.nan
    frame.to_csv(path, index=False)
    with pytest.raises(UnusableData, match="row 5 has no time in column 't'"):
        read_series(path, "t", ["x"])


@pytest.mark.parametrize(
    ("spacing", "unit", "step"), [("2h", "h", 2), ("7D", "day", 7), ("90s", "min", 1.5)]
)
def test_dates_count_in_the_unit_of_their_spacing(spacing, unit, step):
    dates = pd.Series(pd.date_range("2020-01-31", periods=5, freq=spacing), name="when")
    times = read_times(dates.astype(str))
    assert times.unit == unit
    # 1e-12: one division of whole seconds.
    np.testing.assert_allclose(times.values, step * np.arange(5), rtol=1e-12)
    assert np.array_equal(times.dates(times.values), dates.to_numpy())


def test_every_date_of_a_long_record_is_the_files_own(tmp_path):
    """Times in years are rounded; 43 of them in doubles are good to a tenth of a microsecond."""
    dates = pd.Series(pd.date_range("1958-03-29 06:07:08.123456", periods=2250, freq="7D"))
    times = read_times(dates.astype(str).rename("when"), unit="year")
    assert np.array_equal(times.dates(times.values), dates.to_numpy("datetime64[ns]"))
    between = times.dates(times.values[:-1] + np.diff(times.values) / 3)
    assert np.array_equal(between, between.astype("datetime64[us]"))


def test_dates_with_an_offset_are_told_from_those_without():
    aware = pd.Series(["2024-05-31T12:00+02:00", "2024-05-31T13:00+02:00"], name="when")
    times = read_times(aware)
    assert (times.utc, times.label) == (True, "when (UTC)")
    assert times.stamps[0] == np.datetime64("2024-05-31T10:00")
    naive = read_times(aware.str.slice(0, 16))
    assert (naive.utc, naive.label) == (False, "when")
    assert naive.stamps[0] == np.datetime64("2024-05-31T12:00")


def test_a_column_without_any_value_is_no_signal_of_its_own_accord(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("t,x,\n" + "".join(f"{k},{k * k},\n" for k in range(9)))
    assert [one.name for one in read_series(path)[1]] == ["x"]


def test_dates_that_are_numbers_need_their_format():
    column = pd.Series([19991230, 19991231, 20000101], name="day")
    assert read_times(column).unit == ""
    times = read_times(column, "%Y%m%d", "h")
    assert times.values.tolist() == [0, 24, 48]


@pytest.mark.parametrize(
    ("column", "unit", "words"),
    [
        (["01/02/2024", "02/02/2024"], "", r"column 'w': its times are neither.*--date-format"),
        (["2020-01-01", "2020-01-02"], "week", "'week' is unknown; use one of s, min"),
    ],
)
def test_times_that_are_no_times_are_refused(column, unit, words):
    with pytest.raises(UnusableData, match=words):
        read_times(pd.Series(column, name="w"), unit=unit)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("t;x\n0;1,5\n1;2\n", "'1,5' is no number; write a decimal point, no comma"),
        ("t,x\n0,a\n1,b\n", "no column of numbers besides the times, 't'; .* it has t, x"),
    ],
)
def test_columns_that_are_no_numbers_are_refused_with_a_remedy(tmp_path, text, words):
    (tmp_path / "x.csv").write_text(text, encoding="utf-8")
    signals = ["x"] if ";" in text else []
    with pytest.raises(UnusableData, match=words):
        read_series(tmp_path / "x.csv", signals=signals)


def test_files_that_are_no_tables_are_refused(tmp_path):
    for name, content, words in [
        ("no.csv", None, "no such file"),
        ("a.xlsx", b"", "ends in none of .*; save the table as one of these"),
        ("e.csv", b"", "it is empty; a header and rows are needed"),
        ("h.csv", b"t,x\n", "a header and no rows; at least 8 are needed"),
        ("l.csv", b"t,x\n0,\xe9\n", "not readable: .*; save it as UTF-8"),
        ("r.csv", b"t,x\n0,1\n1,2,3\n", r"Expected 2 fields in line 3, saw 3$"),
    ]:
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(UnreadableFile, match=words):
            read_series(tmp_path / name)
    (tmp_path / "broken.parquet").write_text("t,x\n1,2\n")
    with pytest.raises(UnreadableFile, match=r"broken\.parquet: not readable"):
        read_series(tmp_path / "broken.parquet")
