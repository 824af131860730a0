"""Layouts of text tables: names, units, lines around the table, separators, encodings."""

import bz2
import gzip

import numpy as np
import pytest
from given import ROWS, SECONDS, TIMES, T, Y, assert_read, read, stamps, table

from tiltyard.application.reading import Wishes
from tiltyard.application.series import UnusableData
from tiltyard.engine.files.atomic import UnreadableFile

PLAIN = table(TIMES)
COMMAS = table([t.replace(".", ",") for t in TIMES], sep=";", decimal=",")


@pytest.mark.parametrize(
    "content",
    [
        PLAIN,
        COMMAS,
        PLAIN.replace(",", "\t"),
        PLAIN.replace(",", "    "),
        PLAIN.replace(",", " "),
        "| time | x |\n|---|---|\n"
        + "".join(f"| {t} | {y} |\n" for t, y in zip(TIMES, Y, strict=True)),
        "sep=;\n" + COMMAS,
        PLAIN.replace("\n", "\r"),
        PLAIN.replace("\n", ",\n"),
        "time,x\n" + PLAIN.partition("\n")[2].replace("\n", ",,\n"),
        PLAIN.replace("\n5.0,", "\n\n\n5.0,") + "\n\n",
        "".join(f'"{line}"\n' for line in PLAIN.splitlines()),
        PLAIN.replace("time,x", "'time','x'"),
        "Instrument,Frame 12\nOperator,\nRate,24\nDate,2025-02-01\n\n" + PLAIN,
        "24\n7\n" + PLAIN,
        "[Header]\nDate=01.02.2025\n[Data]\n" + PLAIN,
        "# a comment, with a comma\n// another\n" + PLAIN,
        "# made by hand\n# time,x\n" + PLAIN.partition("\n")[2],  # as numpy.savetxt has names
        PLAIN + ",\nMean,4.5\nEnd of record,\n",
        PLAIN + "\nname,value\nFmax,200\nEmod,300\n",
        PLAIN + "\nfreq,power\n1,200\n2,300\n3,100\n",
        '"t" "x"\n' + "".join(f'"{k + 1}" {T[k]} {Y[k]}\n' for k in range(ROWS)),  # R's
        ",t,x\n" + "".join(f"{k},{T[k]},{Y[k]}\n" for k in range(ROWS)),
        "No.;Time;x\n" + "".join(f"{k + 1};{T[k]};{Y[k]}\n" for k in range(ROWS)),
        "#,time,x\n" + "".join(f"{k},{T[k]},{Y[k]}\n" for k in range(ROWS)),
        "Run time  Load cell\n" + "".join(f"{T[k]}    {Y[k]}\n" for k in range(ROWS)),
        "time,x,state\n" + "".join(f"{T[k]},{Y[k]},idle\n" for k in range(ROWS)),
        "time,x,\n" + "".join(f"{T[k]},{Y[k]},\n" for k in range(ROWS)),
    ],
)
def test_the_same_table_in_many_layouts(tmp_path, content):
    assert_read(read(tmp_path, content))


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (PLAIN.encode("utf-8-sig"), ""),
        (PLAIN.encode("utf-16"), "utf-16-le"),
        (PLAIN.encode("utf-16-le"), "utf-16-le"),
        (b"\xfe\xff" + PLAIN.encode("utf-16-be"), "utf-16-be"),
        (PLAIN.replace("x", "T [°C] µ").encode("cp1252"), "cp1252"),
        (PLAIN.replace("x", "Температура воздуха").encode("cp1251"), "cp1251"),
        (gzip.compress(PLAIN.encode()), ""),
        (bz2.compress(gzip.compress(PLAIN.encode())), ""),
    ],
)
def test_encodings_and_compressions(tmp_path, content, encoding):
    reading = read(tmp_path, content)
    assert_read(reading)
    assert encoding in " ".join(reading.said.layout)


def test_a_name_in_latin_letters_is_the_files(tmp_path):
    text = COMMAS.replace("time", "Zeit [s]").replace("x", "Temp. [°C]")
    reading = read(tmp_path, text.encode("latin-1"))
    assert reading.signals == ("Temp. [°C]",)
    assert reading.records[0].times.unit == "s"


@pytest.mark.parametrize(
    ("head", "unit"),
    [
        ("time,x\ns,mm", "s"),
        ("time,x\n[min],[mV]", "min"),
        ("time,x\nh,°C", "h"),
        ("time,x\nms,", "ms"),
        ("time [ms],x", "ms"),
        ("time_s,x", "s"),
        ("t/min,x", "min"),
        ("Zeit (Std),x", "h"),
        ("t,x", ""),
    ],
)
def test_units_of_time_are_known_where_the_file_has_them(tmp_path, head, unit):
    reading = read(tmp_path, table(TIMES, head=head))
    assert_read(reading)
    assert reading.records[0].times.unit == reading.records[0].series[0].time_unit == unit


def test_times_of_a_known_unit_are_converted(tmp_path):
    reading = read(tmp_path, table(TIMES, head="t [ms],x"), SECONDS)
    assert_read(reading, T / 1000)


def test_a_unit_behind_each_number_is_no_part_of_it(tmp_path):
    text = "time,x\n" + "".join(f"{T[k]} s,{Y[k]} mV\n" for k in range(ROWS))
    reading = read(tmp_path, text)
    assert_read(reading)
    assert (reading.units["x"], reading.records[0].times.unit) == ("mV", "s")


def test_a_file_without_names_loses_no_row(tmp_path):
    reading = read(tmp_path, table(TIMES, head=""))
    assert_read(reading)
    assert reading.signals == ("2",) and "no names" in reading.words()
    assert_read(read(tmp_path, table(TIMES, head=""), Wishes(header=0)))


def test_what_was_left_out_is_said(tmp_path):
    text = "Frame 12,\nOperator,\n" + table(TIMES, head="time,x\ns,mm") + "Mean,4.5\nEnd,\n"
    words = read(tmp_path, text.replace("\n5.0,", "\n# pause\n5.0,")).words()
    words = " ".join(words.split())
    for said in ("2 lines above the table", "x in mm", "'Mean,4.5'", "1 line of comments"):
        assert said in words
    assert "40 rows of x [mm]" in words and "time, 0 to 19.5 s" in words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "t,x\n" + "".join(f"{k},{k},{k}\n" if k == 4 else f"{k},{k}\n" for k in range(9)),
            "line 6 has 3 cells, and there are 2 names",
        ),
        ("time,x\n" + "".join(f"{k},5,1,{k}\n" for k in range(9)), "commas both between cells"),
        ("t,x\n", "no rows of numbers"),
        ("t,x\n" + "a,b\n" * 9, "no rows of numbers"),
        ("t,x\n" + "".join(f"{k},b\n" for k in range(9)), "no column of 8 numbers or more"),
    ],
)
def test_tables_that_are_none_are_refused(tmp_path, text, words):
    with pytest.raises(UnusableData, match=words):
        read(tmp_path, text)


def test_files_that_cannot_be_read_are_refused(tmp_path):
    for content, words in [
        (b"", "it is empty"),
        (bytes(range(1, 32)) * 99, "it is no text"),
        (gzip.compress(PLAIN.encode())[:-9], "its compression is damaged"),
        (b"PAR1 and nothing", "not readable"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 nothing", "not readable as a workbook"),
    ]:
        with pytest.raises(UnreadableFile, match=words):
            read(tmp_path, content)
    with pytest.raises(UnreadableFile, match="--encoding utf-99: no such encoding"):
        read(tmp_path, PLAIN, Wishes(encoding="utf-99"))


def test_a_logger_of_four_header_lines(tmp_path):
    head = '"TOA5","st","CR1000"\n"TIMESTAMP","x"\n"TS","Volts"\n"","Avg"\n'
    rows = "".join(f'"{s}",{y}\n' for s, y in zip(stamps("%Y-%m-%d %H:%M:%S"), Y, strict=True))
    reading = read(tmp_path, head + rows, SECONDS)
    assert_read(reading, 60 * np.arange(ROWS))
    assert reading.units["x"] == "Volts"
