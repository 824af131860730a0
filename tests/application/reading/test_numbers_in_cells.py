"""Numbers as people write them, and what stands where one is missing."""

import numpy as np
import pytest
from given import ROWS, TIMES, T, Y, assert_read, read, table

from tiltyard.application.reading import Wishes
from tiltyard.application.series import UnusableData

BIG = np.round(1000 * Y, 1)


def grouped(sign, decimal="."):
    texts = (f"{y:,.1f}".replace(".", "d").replace(",", sign).replace("d", decimal) for y in BIG)
    times = (t.replace(".", decimal) for t in TIMES)
    return "t;x\n" + "".join(f"{t};{y}\n" for t, y in zip(times, texts, strict=True))


@pytest.mark.parametrize("decimal", ".,")
@pytest.mark.parametrize("sign", ["\u202f", "\u00a0", "\u2009", " ", "'", "’"])
def test_signs_between_thousands(tmp_path, sign, decimal):
    assert_read(read(tmp_path, grouped(sign, decimal)), values=BIG)


def test_points_and_commas_between_thousands(tmp_path):
    assert_read(read(tmp_path, grouped(".", ",")), values=BIG)
    assert_read(read(tmp_path, grouped(",", ".")), values=BIG)


@pytest.mark.parametrize("minus", "−–-")
def test_every_minus_is_one(tmp_path, minus):
    text = table(TIMES, Y - 11, sep="\t").replace("-", minus)
    assert_read(read(tmp_path, text), values=np.round(Y - 11, 2))


@pytest.mark.parametrize("letter", "eEdD")
def test_exponents(tmp_path, letter):
    text = "t x\n" + "".join(f"{t:.3e} {y:.5e}\n" for t, y in zip(T, Y, strict=True))
    assert_read(read(tmp_path, text.replace("e", letter)))


@pytest.mark.parametrize(
    "mark",
    "-9999 99.99 999.9 -99.9 9999 -999 99999 1e30 -9999.00 9.99E+02 NaN nan NA n/a null None -- - "
    "OVL ERR #N/A #DIV/0! inf -inf 1.#QNAN <LOD <0.5 BAD **** //// n.d. k.A. ? .".split(),
)
def test_marks_of_missing_samples_are_left_out_and_named(tmp_path, mark):
    rows = [5, 6, 20]
    texts = [mark if k in rows else f"{Y[k]:.2f}" for k in range(ROWS)]
    text = "t,x,y\n" + "".join(f"{TIMES[k]},{texts[k]},{Y[k]}\n" for k in range(ROWS))
    reading = read(tmp_path, text, Wishes(signals=("x",)))
    kept = np.delete(np.arange(ROWS), rows)
    assert_read(reading, T[kept], Y[kept])
    said = " ".join(reading.said.left_out)
    assert "6, 7, 21" in said and mark in said


def test_a_number_that_others_come_near_is_no_mark(tmp_path):
    values = np.round(np.linspace(95, 99.99, ROWS), 2)
    reading = read(tmp_path, table(TIMES, values))
    assert_read(reading, values=values)
    spike = Y.copy()
    spike[7] = -9999
    kept = read(tmp_path, table(TIMES, spike), Wishes(missing=("none",)))
    assert_read(kept, values=spike)
    stated = read(tmp_path, table(TIMES), Wishes(missing=(f"{Y[0]:.2f}",)))
    assert np.array_equal(stated.records[0].series[0].y, Y[Y[0] != Y])


def test_one_sparse_column_ends_nothing(tmp_path):
    sparse = {12: "7.31", 33: "7.08", 38: "7.22"}
    text = "t,x,pH\n" + "".join(f"{TIMES[k]},{Y[k]},{sparse.get(k, '')}\n" for k in range(ROWS))
    reading = read(tmp_path, text)
    assert_read(reading)
    assert "the column 'pH': 3 numbers in 40 rows" in " ".join(reading.said.left_out)
    with pytest.raises(UnusableData, match="pH: 3 samples"):
        read(tmp_path, text, Wishes(signals=("pH",)))


def test_thousands_are_told_by_the_other_numbers(tmp_path):
    whole = np.round(100 * Y)
    text = table(TIMES, whole, sep=";", form="%d")
    text = "t;x\n" + "".join(f"{t};{int(y):,}\n" for t, y in zip(TIMES, whole, strict=True))
    reading = read(tmp_path, text)
    assert_read(reading, values=whole)
    assert "thousands" in reading.words()
    # No decimal sign at all: the column runs on from 987 to 1,012 only if there are thousands.
    low = whole - 300
    mixed = "t;x\n" + "".join(f"{k};{int(low[k]):,}\n" for k in range(ROWS))
    assert_read(read(tmp_path, mixed), np.arange(ROWS), low)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (table(range(ROWS), Y, sep=";", decimal=",", form="%.3f"), "--decimal , or --decimal ."),
        (table(TIMES, sep=";").replace("10.00", "10,00"), "'10,00' in row 1"),
        (
            table(TIMES[:20], Y[:20], sep=";")
            + table(TIMES[20:], Y[20:], head="", sep=";", decimal=","),
            "column 'x' has numbers with decimal points",
        ),
        (table(TIMES, sep=";", form="%.3f").replace("10.000", "10,00"), "'10,00' in row 1"),
        (table(TIMES, sep=";").replace("10.00", "1.0.0"), "row 1: '1.0.0' is no number"),
    ],
)
def test_numbers_that_may_be_others_are_refused_by_name(tmp_path, text, words):
    with pytest.raises(UnusableData) as refusal:
        read(tmp_path, text)
    assert words in str(refusal.value)


def test_the_remedies_work(tmp_path):
    text = table(range(ROWS), Y, sep=";", decimal=",", form="%.3f")
    assert_read(read(tmp_path, text, Wishes(decimal=",")), np.arange(ROWS))
    assert_read(read(tmp_path, text, Wishes(decimal=".")), np.arange(ROWS), 1000 * Y)
    odd = table(TIMES, sep=";").replace("10.00", "10,00")
    reading = read(tmp_path, odd, Wishes(decimal=".", missing=("10,00",)))
    kept = Y != 10
    assert_read(reading, T[kept], Y[kept])
