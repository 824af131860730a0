"""The subcommands as people call them, on measured series that statsmodels ships."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.datasets

from tiltyard.application.example import height
from tiltyard.cli.data_options import parse_orders

DATA = Path(statsmodels.datasets.__file__).parent
NILE, CO2 = DATA / "nile" / "nile.csv", DATA / "co2" / "co2.csv"
SUNSPOTS = DATA / "sunspots" / "sunspots.csv"


def tiltyard(*arguments, cwd, check=True):
    return subprocess.run(
        [Path(sys.executable).with_name("tiltyard"), *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=check,
    )


def verdicts(text):
    """The verdicts on the whole, in the first table."""
    table = text.partition("verdict over time")[0]
    return re.findall(r"^ +\d .*  (trusted|rough|not recoverable)$", table, re.M)


def test_sunspots_as_the_documentation_says(tmp_path):
    done = tiltyard(
        *("differentiate", SUNSPOTS, "--time", "YEAR", "--signal", "SUNACTIVITY"),
        *("--order", "0:2", "--draws", "0", "--output", "d.csv", "--plot", "d.svg"),
        cwd=tmp_path,
    )
    table = pd.read_csv(tmp_path / "d.csv")
    assert table["YEAR"].tolist() == pd.read_csv(SUNSPOTS)["YEAR"].tolist()
    said = verdicts(done.stdout)
    assert len(said) == 3 and said[0] != "not recoverable"
    for order, verdict in enumerate(said):
        # Orders that are not recoverable are not handed out.
        assert (f"SUNACTIVITY_d{order}" in table) == (verdict != "not recoverable")
    # The cycle of eleven years: the mean square slope over the mean square is (2 pi / 11)².
    curve = table["SUNACTIVITY_d0"] - table["SUNACTIVITY_d0"].mean()
    rate = np.sqrt(np.mean(table["SUNACTIVITY_d1"] ** 2) / np.mean(curve**2))
    assert 2 * np.pi / rate == pytest.approx(11, abs=3)
    assert table["SUNACTIVITY_d1_sd"].between(0, 50).all()
    drawing = (tmp_path / "d.svg").read_text(encoding="utf-8")
    assert "derivative 2" in drawing and "95 % band" in drawing


def test_co2_has_dates_missing_weeks_and_a_cycle_that_no_verdict_overlooks(tmp_path):
    done = tiltyard(
        *("differentiate", CO2, "--date-format", "%Y%m%d", "--unit", "year", "--order", "0,1"),
        *("--draws", "0", "--estimator", "gaussian_process_matern", "--write-all"),
        *("--output", "d.parquet", "--plot", "d.png"),
        cwd=tmp_path,
    )
    assert "59 of 2284 samples are missing, the first in row 7" in done.stdout
    table = pd.read_parquet(tmp_path / "d.parquet")
    # Missing weeks inside the record are estimated.
    assert len(table) == 2284 and table["date"].dtype.kind == "M"
    assert str(table["date"].iloc[0].date()) == "1958-03-29"
    assert (tmp_path / "d.png").read_bytes().startswith(b"\x89PNG")
    slope = table["co2_d1"].to_numpy()
    # Either the season is in the slope, some 15 ppm a year, or order 1 is refused.
    assert np.ptp(slope) > 10 or verdicts(done.stdout)[1] == "not recoverable"
    # 1.3 ppm a year in the mean of those decades.
    assert slope.mean() == pytest.approx(1.3, abs=0.15)


def test_comparing_estimators_prints_their_distance(tmp_path):
    done = tiltyard(
        *("differentiate", NILE, "--time", "year", "--order", "0,1", "--draws", "1"),
        *("--compare", "gaussian_process_se,local_polynomial", "--points", "50"),
        *("--plot", "n.svg", "--output", "n.tsv", "--write-all"),
        cwd=tmp_path,
    )
    rows = re.findall(r"^(\w+) +(\S+) %", done.stdout, re.M)
    assert [name for name, _ in rows] == ["gaussian_process_se", "local_polynomial"]
    assert "local_polynomial" in (tmp_path / "n.svg").read_text(encoding="utf-8")
    table = pd.read_csv(tmp_path / "n.tsv", sep="\t")
    np.testing.assert_allclose(table["year"], np.linspace(1871, 1970, 50))
    assert list(table)[1:3] == ["volume_d0", "volume_d0_sd"]


def test_json_is_all_that_is_printed_and_what_the_table_has(tmp_path):
    t = np.linspace(0, 6, 61)
    x = np.sin(t) + 0.1 * np.random.default_rng(1).standard_normal(61)
    pd.DataFrame({"t": t, "x": x}).to_csv(tmp_path / "x.csv", index=False)
    done = tiltyard(
        *("differentiate", "x.csv", "--order", "0,7", "--draws", "0", "--output", "d.csv"),
        *("--estimator", "gaussian_process_se", "--compare", "smoothing_spline_reml"),
        *("--format", "json"),
        cwd=tmp_path,
    )
    (found,) = json.loads(done.stdout)
    assert found["signal"] == "x" and "wrote d.csv" in done.stderr
    curve, high = found["orders"]
    # A tenth of noise hides the seventh derivative: it has a verdict, and no numbers.
    assert high["verdict"] == "not recoverable" and "estimate" not in high
    table = pd.read_csv(tmp_path / "d.csv")
    ends = ("q025", "q160", "q840", "q975")
    assert list(table) == ["t", "x_d0", "x_d0_sd", *(f"x_d0_{end}" for end in ends)]
    for name, probability in (("025", "0.025"), ("160", "0.16"), ("840", "0.84"), ("975", "0.975")):
        np.testing.assert_array_equal(table[f"x_d0_q{name}"], curve["quantiles"][probability])
    assert [other["estimator"] for other in found["compared"]] == ["smoothing_spline_reml"]


def test_exact_samples_are_told_from_noisy_ones(tmp_path):
    t = np.linspace(0, 3, 25)
    pd.DataFrame({"t": t, "x": np.exp(-t)}).to_csv(tmp_path / "x.csv", index=False)
    done = tiltyard(
        *("differentiate", "x.csv", "--noise", "0", "--order", "0,1", "--output", "d.csv"),
        cwd=tmp_path,
    )
    assert verdicts(done.stdout) == ["trusted", "trusted"] and "as you said" in done.stdout
    table = pd.read_csv(tmp_path / "d.csv")
    np.testing.assert_allclose(table["x_d0"], np.exp(-t), atol=5e-9)
    np.testing.assert_allclose(table["x_d1"], -np.exp(-t), atol=1e-4)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nothing.csv"], "nothing.csv: no such file"),
        ([NILE, "--signal", "flow"], "no column 'flow'; it has year, volume"),
        (
            [NILE, "--output", "a.xls"],
            "--output a.xls: use a name that ends in .csv, .tsv, .txt or .parquet",
        ),
        ([NILE, "--plot", "a"], "--plot a: use a name that ends in .png, .svg or .pdf"),
        ([NILE, "--order", "0-3"], "--order 0-3: write 2, or 0,2, or 0:3"),
        ([NILE, "--leave-out-outliers"], "--leave-out-outliers is called --drop-outliers now"),
    ],
)
def test_mistakes_end_with_one_message_and_no_traceback(tmp_path, arguments, words):
    done = tiltyard("differentiate", *arguments, cwd=tmp_path, check=False)
    assert done.returncode != 0 and words in done.stderr and "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_the_example_can_be_tried_as_it_says(tmp_path):
    said = tiltyard("example", "buoy.csv", cwd=tmp_path).stdout
    (command,) = re.findall(r"^  tiltyard (differentiate .*)$", said, re.M)
    done = tiltyard(*command.split(), "--draws", "1", "--output", "d.csv", cwd=tmp_path)
    assert verdicts(done.stdout)[:2] == ["trusted", "trusted"]
    assert (tmp_path / "d.png").is_file()
    # The first lines of the file have the formula: the slope is as exact as the report says.
    table = pd.read_csv(tmp_path / "d.csv")
    error = (table["x_d1"] - height(table["t"].to_numpy(), 1))[1:-1]
    assert error.std() / table["x_d1"].std() < 0.1
    assert tiltyard("example", "buoy.csv", cwd=tmp_path).stdout == said


def test_the_example_replaces_no_other_file(tmp_path):
    (tmp_path / "data.csv").write_text("t,x\n", encoding="utf-8")
    done = tiltyard("example", cwd=tmp_path, check=False)
    assert done.returncode and "data.csv is there already, and no example" in done.stderr
    assert (tmp_path / "data.csv").read_text(encoding="utf-8") == "t,x\n"


def test_the_examples_formula_is_that_of_its_derivatives():
    t = np.linspace(0, 10, 20_001)
    for order in range(7):
        slopes = np.gradient(height(t, order), t)[1:-1]
        np.testing.assert_allclose(slopes, height(t, order + 1)[1:-1], atol=1e-4)
    np.testing.assert_allclose(height(t), np.exp(-0.3 * t) * np.cos(2 * t), atol=1e-14)


def test_no_line_is_longer_than_a_narrow_terminal(tmp_path):
    t = np.linspace(0, 6, 30)
    name = "a column whose name alone nearly takes a line of a terminal to say what it holds"
    pd.DataFrame({"t": t, name: np.sin(t)}).to_csv(tmp_path / "x.csv", index=False)
    others = "gaussian_process_matern,smoothing_spline_reml"
    done = tiltyard(
        *("differentiate", "x.csv", "--order", "0:7", "--draws", "0", "--compare", others),
        cwd=tmp_path,
    )
    assert max(map(len, done.stdout.splitlines())) <= 80
    for other in others.split(","):  # in two blocks
        assert len(re.findall(rf"^{other} .*%$", done.stdout, re.M)) == 2


def two_columns(path, t, columns, before=""):
    frame = pd.DataFrame({"t": t, **columns})
    path.write_text(before + frame.to_csv(index=False), encoding="utf-8")


QUICK = ("--order", "0,1", "--draws", "0", "--estimator", "smoothing_spline_reml")


def test_no_file_is_overwritten_unawares(tmp_path):
    t = np.linspace(0, 6, 30)
    two_columns(tmp_path / "a.csv", t, {"x": np.sin(t)})
    before = (tmp_path / "a.csv").read_bytes()
    for option, words in [
        (("--output", "a.csv", "--force"), "--output a.csv: that is the input"),
        (("--output", "./a.csv"), "that is the input"),
        (("--output", "b.csv"), "--output b.csv: it is there already; .*--force"),
        (("--plot", "b.png"), "--plot b.png: it is there already"),
        (("--output", "c.CSV", "--plot", "c.CSV"), "use a name that ends in .png"),
    ]:
        for name in ("b.csv", "b.png"):
            (tmp_path / name).write_text("kept")
        done = tiltyard("differentiate", "a.csv", *QUICK, *option, cwd=tmp_path, check=False)
        assert done.returncode and re.search(words, done.stderr), done.stderr
        assert (tmp_path / "a.csv").read_bytes() == before
        assert {(tmp_path / name).read_text() for name in ("b.csv", "b.png")} == {"kept"}
    done = tiltyard("differentiate", "a.csv", *QUICK, "--output", "b.csv", "--force", cwd=tmp_path)
    assert len(pd.read_csv(tmp_path / "b.csv")) == 30


def test_records_stand_below_each_other_and_one_that_fails_ends_no_other(tmp_path):
    t = np.linspace(0, 6, 30)
    rows = [(a, well, b) for well, n in (("A", 30), ("B", 3), ("C", 20)) for a, b in
            zip(t[:n], np.sin(t[:n]) + ord(well), strict=True)]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["t", "well", "od"])
    frame.to_csv(tmp_path / "plate.csv", index=False)
    call = ("differentiate", "plate.csv", "--by", "well", *QUICK, "--keep", "--output", "d.csv")
    done = tiltyard(*call, "--plot", "d.png", cwd=tmp_path, check=False)
    assert done.returncode == 1 and "not differentiated: B: od: 3 samples" in done.stderr
    assert done.stdout.startswith("read plate.csv: 53 rows of od\n")
    assert "well C, rows 34 to 53\n" in done.stdout
    table = pd.read_csv(tmp_path / "d.csv")
    assert list(table)[:3] == ["t", "well", "od_d0"]
    assert table["well"].tolist() == ["A"] * 30 + ["C"] * 20
    np.testing.assert_allclose(table["t"], np.r_[t, t[:20]])
    np.testing.assert_allclose(table["od_d0"][30:], np.sin(t[:20]) + ord("C"), atol=0.02)
    assert {path.name for path in tmp_path.glob("*.png")} == {"d-A-od.png", "d-C-od.png"}
    done = tiltyard(*call, "--force", "--format", "json", cwd=tmp_path, check=False)
    found = json.loads(done.stdout)
    assert [(one["record"], "error" in one) for one in found] == [
        ("A", False),
        ("B", True),
        ("C", False),
    ]
    assert found[0]["read"]["by"] == "well" and found[0]["read"]["rows"] == 53


def test_what_was_taken_is_said_first_and_the_standard_input_is_read(tmp_path):
    t = np.linspace(0, 6, 30)
    x = np.sin(t)
    x[4] = -9999
    two_columns(tmp_path / "a.csv", t, {"x": x}, "Instrument 3\n")
    text = (tmp_path / "a.csv").read_bytes()
    done = subprocess.run(
        [Path(sys.executable).with_name("tiltyard"), "differentiate", "-", *QUICK,
         "--output", "d.csv"],
        cwd=tmp_path, input=text, capture_output=True, check=True,
    )  # fmt: skip
    said = done.stdout.decode()
    assert said.startswith("read standard input: 30 rows of x\n")
    assert "-9999" in said and "1 line above the table" in said
    # What is missing in the file has an estimate.
    assert len(pd.read_csv(tmp_path / "d.csv")) == 30


def test_clock_times_are_written_as_such_and_in_their_sequence(tmp_path):
    texts = [f"{(22 + k // 12) % 24:02d}:{k % 12 * 5:02d}:00" for k in range(40)]
    two_columns(tmp_path / "a.csv", texts, {"x": np.sin(np.arange(40) / 6)})
    tiltyard("differentiate", "a.csv", *QUICK, "--output", "d.csv", cwd=tmp_path)
    table = pd.read_csv(tmp_path / "d.csv")
    assert table["t"].iloc[[0, 23, 24, 39]].tolist() == [
        "22:00:00",
        "23:55:00",
        "24:00:00",
        "25:15:00",
    ]
    # Per minute: five minutes are the step.
    slope = np.cos(np.arange(40) / 6) / 30
    np.testing.assert_allclose(table["x_d1"][3:-3], slope[3:-3], atol=2e-3)


def test_orders_are_written_in_three_ways():
    assert [parse_orders(text) for text in ("2", "0,2", "0:3", "0:1,4")] == [
        [2],
        [0, 2],
        [0, 1, 2, 3],
        [0, 1, 4],
    ]


def test_the_command_line_starts_without_the_numerical_packages():
    heavy = "numpy pandas scipy matplotlib sklearn rich pyarrow".split()
    code = f"import sys, tiltyard.cli; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_command_starts_no_threads_whatever_the_environment_says(tmp_path):
    code = (
        "import os, sys; sys.argv = ['tiltyard', 'differentiate', 'nothing.csv']\n"
        "from tiltyard.cli import main\n"
        "try: main()\n"
        "finally: print(os.environ['OPENBLAS_NUM_THREADS'], os.environ['OMP_NUM_THREADS'])"
    )
    environment = {k: v for k, v in os.environ.items() if not k.endswith("_NUM_THREADS")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment | {"OMP_NUM_THREADS": "3"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == ["1", "1"]


def test_messages_of_a_command_name_its_flags(tmp_path):
    t = np.linspace(0.0, 6.0, 30)
    pd.DataFrame({"t": t, "x": np.sin(t)}).iloc[[1, 0, *range(2, 30)]].to_csv(tmp_path / "x.csv")
    done = tiltyard(
        *("differentiate", "x.csv", "--time", "t", "--signal", "x"), cwd=tmp_path, check=False
    )
    assert done.stderr.rstrip().endswith("--sort puts them into it")
    done = tiltyard(
        *("differentiate", "x.csv", "--time", "t", "--signal", "x", "--sort", "--draws", "0"),
        cwd=tmp_path,
    )
    assert "--estimator takes others" in done.stdout


@pytest.fixture
def waves(tmp_path):
    """Two columns whose names no file and no markup may have, and a constant one."""
    t = np.linspace(0.0, 6.0, 40)
    rng = np.random.default_rng(3)
    columns = {"v [m/s]": np.sin(t), "counts [/s]": np.cos(t)}
    noisy = {name: y + 1e-3 * rng.standard_normal(40) for name, y in columns.items()}
    path = tmp_path / "waves.csv"
    pd.DataFrame({"t": t, **noisy, "off": 5.0}).to_csv(path, index=False)
    return path


def test_columns_with_units_in_their_names_are_drawn(waves):
    done = tiltyard(
        *("differentiate", waves.name, "--order", "0:1", "--draws", "0", "--plot", "d.png"),
        *("--drop-outliers",),  # a constant has none, which is no mistake
        cwd=waves.parent,
    )
    drawn = {path.name for path in waves.parent.glob("*.png")}
    assert drawn == {"d-v [m-s].png", "d-counts [-s].png", "d-off.png"}
    assert "v [m/s]" in done.stdout


def test_what_cannot_be_compared_is_named_and_ends_nothing(tmp_path):
    t = np.linspace(0.0, 3.0, 12)
    pd.DataFrame({"t": t, "x": np.sin(t)}).to_csv(tmp_path / "few.csv", index=False)
    command = ("differentiate", "few.csv", "--order", "0:1", "--draws", "0", "--compare")
    done = tiltyard(*command, "some", cwd=tmp_path)
    assert "not compared: local_polynomial needs at least 20 samples" in done.stderr
    assert "gaussian_process_se" in done.stdout and "local_polynomial" not in done.stdout
    done = tiltyard(*command, "spline_of_nobody", cwd=tmp_path, check=False)
    assert done.returncode and "no Python estimator 'spline_of_nobody'" in done.stderr
    assert done.stdout == ""  # refused before any work
