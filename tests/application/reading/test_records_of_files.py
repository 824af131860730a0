"""Several records in one file, sequences of times, and files that are no text."""

import json

import numpy as np
import pandas as pd
import pytest
import sheets
from given import ROWS, SECONDS, TIMES, T, Y, assert_read, read, samples, stamps, table

from tiltyard.application.reading import Wishes, read_records
from tiltyard.application.series import UnusableData

WELLS = "ABC"


def long_table(by_well=True):
    rows = [(w, k) for w in WELLS for k in range(ROWS)]
    if not by_well:
        rows.sort(key=lambda row: row[1])
    lines = [f"{TIMES[k]},{w},{Y[k] + WELLS.index(w):.2f}" for w, k in rows]
    return "time,well,od\n" + "\n".join(lines)


@pytest.mark.parametrize("by_well", [True, False])
def test_groups_of_a_long_table_are_records(tmp_path, by_well):
    reading = read(tmp_path, long_table(by_well), Wishes(by=("well",)))
    assert [record.label for record in reading.records] == list(WELLS) and reading.by == "well"
    for k, record in enumerate(reading.records):
        (one,) = record.series
        np.testing.assert_allclose(one.t, T)
        np.testing.assert_allclose(one.y, Y + k)


def test_groups_below_each_other_need_no_option_and_mixed_ones_are_asked_for(tmp_path):
    reading = read(tmp_path, long_table())
    assert [record.label for record in reading.records] == list(WELLS) and reading.by == "well"
    with pytest.raises(UnusableData, match="--by well takes each by itself"):
        read(tmp_path, long_table(by_well=False))


@pytest.mark.parametrize("again", ["", "time,x\n"])
def test_times_that_start_again_are_another_record(tmp_path, again):
    second = table(TIMES[:15], Y[:15] + 5, head="")
    reading = read(tmp_path, table(TIMES) + again + second)
    assert [record.rows for record in reading.records] == [(1, 40), (41, 55)]
    np.testing.assert_allclose(reading.records[1].series[0].y, Y[:15] + 5)
    assert "row 41" in " ".join(reading.said.guessed)


def test_a_short_record_fails_alone(tmp_path):
    reading = read(
        tmp_path, table(TIMES) + table(TIMES, head="") + table(TIMES[:3], Y[:3], head="")
    )
    assert [len(record.series) for record in reading.records] == [1, 1, 0]
    assert "3 samples" in reading.records[2].failures["x"]


def test_sweeps_up_and_down_are_records(tmp_path):
    place = np.r_[np.linspace(0, 1, 30), np.linspace(0.97, -0.5, 40), np.linspace(-0.48, 0, 20)]
    value = np.arange(90.0)
    reading = read(tmp_path, table([f"{p:.4f}" for p in place], value, head="E,i"))
    assert [record.rows for record in reading.records] == [(1, 30), (31, 70), (71, 90)]
    falling = reading.records[1].series[0]
    assert np.all(np.diff(falling.t) > 0) and falling.y[0] == 69


def test_a_falling_abscissa_needs_no_option(tmp_path):
    reading = read(tmp_path, table(TIMES[::-1], Y[::-1]))
    assert_read(reading)
    assert "falls" in " ".join(reading.said.guessed)


def test_rows_out_of_sequence_and_repeated_ones_are_refused_with_the_right_remedy(tmp_path):
    swapped = table([*TIMES[:10], TIMES[11], TIMES[10], *TIMES[12:]])
    with pytest.raises(UnusableData, match=r"row 12, 5, is before that of row 11, 5.5.*--sort"):
        read(tmp_path, swapped)
    values = np.r_[Y[:10], Y[11], Y[10], Y[12:]]
    assert_read(read(tmp_path, swapped, Wishes(sort=True)), values=values)
    twice = table([*TIMES[:10], TIMES[9], *TIMES[11:]])
    with pytest.raises(UnusableData, match=r"row 10 and row 11 have the same time 4.5.*--average"):
        read(tmp_path, twice)
    t, y = samples(read(tmp_path, twice, Wishes(average=True)))
    assert len(t) == ROWS - 1 and y[9] == pytest.approx((Y[9] + Y[10]) / 2)


def test_a_measured_abscissa_is_not_sorted(tmp_path):
    shaken = T + 0.6 * np.random.default_rng(1).standard_normal(ROWS)
    with pytest.raises(UnusableData, match="measured") as refusal:
        read(tmp_path, table([f"{t:.3f}" for t in shaken]))
    assert "--sort" not in str(refusal.value)


def test_a_clock_that_is_set_back_at_no_change_is_asked_for(tmp_path):
    texts = stamps("%Y-%m-%d %H:%M:%S", 60)
    texts[20:] = stamps("%Y-%m-%d %H:%M:%S", 60)[17:37]
    with pytest.raises(UnusableData, match=r"row 21.*--zone") as refusal:
        read(tmp_path, table(texts))
    assert "--sort" not in str(refusal.value) and "--average" not in str(refusal.value)


RECORDS = [{"time": t, "x": y} for t, y in zip(T.tolist(), Y.tolist(), strict=True)]
LISTS = {"time": T.tolist(), "x": Y.tolist()}


@pytest.mark.parametrize(
    "content",
    [
        RECORDS,
        LISTS,
        {"columns": ["time", "x"], "index": [*range(ROWS)], "data": np.c_[T, Y].tolist()},
        {name: {str(k): v for k, v in enumerate(column)} for name, column in LISTS.items()},
        {str(k): record for k, record in enumerate(RECORDS)},
        {"meta": {"by": "hand"}, "samples": RECORDS},
        [["time", "x"], *np.c_[T, Y].tolist()],
        [{"time": str(r["time"]), "data": {"x": str(r["x"])}} for r in RECORDS],
    ],
)
def test_json(tmp_path, content):
    assert_read(read(tmp_path, json.dumps(content), name="data.json"))


def test_json_of_a_record_a_line(tmp_path):
    assert_read(read(tmp_path, "\n".join(map(json.dumps, RECORDS))))


def test_parquet_with_its_index(tmp_path):
    when = pd.date_range("2025-02-13 22:00", periods=ROWS, freq="min", tz="Europe/Berlin")
    frame = pd.DataFrame({"x": Y}, index=when.rename("when"))
    frame.to_parquet(tmp_path / "a.parquet")
    reading = read_records(tmp_path / "a.parquet", SECONDS)
    assert_read(reading, 60 * np.arange(ROWS))
    assert reading.records[0].times.utc and reading.records[0].times.name == "when"
    pd.DataFrame({"time": T, "x": Y}).to_parquet(tmp_path / "b.bin")
    assert_read(read_records(tmp_path / "b.bin"))


def test_workbooks(tmp_path):
    dates = [45701 + 11 / 12 + k / 1440 for k in range(ROWS)]
    dated = [["Lab book"], ["when", "x"], ["", "mm"], *zip(dates, Y, strict=True), ["Mean", 4.0]]
    plain = [["t", "x"], *zip(T, Y, strict=True)]
    raw = sheets.workbook({"Notes": [["nothing"]], "A": dated, "B": plain}, dates=("A",))
    reading = read(tmp_path, raw, SECONDS, "DATA.XLSX")
    assert_read(reading, 60 * np.arange(ROWS))
    assert reading.records[0].times.stamps[0] == np.datetime64("2025-02-13T22:00")
    assert reading.units["x"] == "mm" and "--sheet" in reading.words()
    assert_read(read(tmp_path, raw, Wishes(sheet="B")))
    with pytest.raises(UnusableData, match="--sheet C: no such sheet; it has Notes, A, B"):
        read(tmp_path, raw, Wishes(sheet="C"))


def test_trajectories_of_markers(tmp_path):
    head = (
        "PathFileType\t4\t(X/Y/Z)\tw.trc\nDataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\n"
        "60\t60\t40\t2\tmm\nFrame#\tTime\tR.ASIS\t\t\tHEEL\t\t\t\n\t\tX1\tY1\tZ1\tX2\tY2\tZ2\n\n"
    )
    rows = [
        f"{k + 1}\t{T[k]}\t" + "\t".join(f"{Y[k] + j:.2f}" for j in range(6)) for k in range(ROWS)
    ]
    rows[4] = f"5\t{T[4]}\t\t\t\t" + "\t".join(["1.0"] * 3)
    reading = read(tmp_path, head + "\n".join(rows), name="walk.trc")
    names = [f"{marker}_{axis}" for marker in ("R.ASIS", "HEEL") for axis in "XYZ"]
    assert list(reading.signals) == names and reading.units["HEEL_Z"] == "mm"
    first, *_, last = reading.records[0].series
    np.testing.assert_allclose(first.y, np.delete(Y, 4))
    assert len(last.t) == ROWS and last.time_unit == "s"
