"""Several processes give what one does, in the same sequence, and know what they are asked for."""

import numpy as np
import pandas as pd
import pytest

import tiltyard
from tiltyard.application.options import SORT, in_a_shell
from tiltyard.application.processes import checked_jobs, each


def worded(number):
    """The number, and how an option is called where this is said."""
    return number, str(SORT)


def test_results_come_in_the_sequence_of_the_items_in_the_words_of_who_asks():
    assert list(each(worded, range(4), 2)) == [(k, "sort=True") for k in range(4)]
    with in_a_shell():
        assert list(each(worded, range(4), 2)) == [(k, "--sort") for k in range(4)]
        assert list(each(worded, range(1), 2)) == [(0, "--sort")]


@pytest.mark.parametrize("jobs", [0, -1, 1.5, True, "2"])
def test_a_number_of_processes_is_a_whole_number_from_1(jobs):
    with pytest.raises(ValueError, match="jobs="):
        checked_jobs(jobs)


def test_columns_are_divided_and_nothing_changes():
    t = np.linspace(0, 6, 40)
    rng = np.random.default_rng(1)
    table = pd.DataFrame(
        {name: np.sin(t + k) + 0.01 * rng.standard_normal(40) for k, name in enumerate("abc")},
        index=pd.Index(t, name="t"),
    )
    done = []
    one = tiltyard.differentiate(table)
    two = tiltyard.differentiate(table, jobs=2, progress=lambda *counts: done.append(counts))
    assert list(one) == list(two) == list("abc")
    for name in one:
        np.testing.assert_array_equal(one[name].estimate, two[name].estimate)
        np.testing.assert_array_equal(one[name].quantiles, two[name].quantiles)
        assert one[name].report() == two[name].report()
    assert done == [(1, 3), (2, 3), (3, 3)]


def test_a_file_of_records_says_and_writes_the_same_with_two_processes(tmp_path, monkeypatch):
    from typer.testing import CliRunner

    from tiltyard.cli import app

    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(2)
    t = np.linspace(0, 6, 30)
    groups = {"A1": t, "A2": t[:3], "A3": t[:25]}  # three samples are too few
    rows = pd.concat(
        pd.DataFrame(
            {"well": well, "t": own, "od": np.sin(own) + 0.01 * rng.standard_normal(len(own))}
        )
        for well, own in groups.items()
    )
    rows.to_csv("plate.csv", index=False)
    said = {}
    for jobs in (1, 2):
        asked = ["differentiate", "plate.csv", "--by", "well", "--output", f"{jobs}.csv"]
        done = CliRunner().invoke(app, [*asked, "--jobs", str(jobs)])
        assert done.exit_code == 1
        said[jobs] = done.stdout.replace(f"{jobs}.csv", "d.csv")
        assert "not differentiated: A2" in done.stderr
    assert said[1] == said[2]
    assert said[1].index("well A1") < said[1].index("well A3")
    assert (tmp_path / "1.csv").read_bytes() == (tmp_path / "2.csv").read_bytes()
