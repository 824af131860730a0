"""The tables of docs/alleles-speed.md: ratios within rounds, and what is left out is counted."""

from pathlib import Path

import pandas as pd
import pytest
from generators import generators

ROOT = Path(__file__).parents[3]
ONE, TWO, VIEW = "serial-w1-b2000", "threads-w2-b2000", "samtools-view"


@pytest.fixture(scope="module")
def speed():
    with generators() as imported:
        yield imported("alleles_speed")


def rows_of(costs):
    """Rows of rounds: strategy -> CPU and wall seconds of the kernel, beside 0.5 s of start."""
    common = {"workload": "f1", "machine": "made-up", "job": "1", "cores": 2, "status": "ok"}
    for trial, methods in enumerate(costs, 1):
        for position, (method, (cpu, wall)) in enumerate(methods.items(), 1):
            key = {"trial": trial, "method": method, "position": position, "counted": True}
            own = {**common, **key, "workers": 2 if method == TWO else 1, "tags": ""}
            for stage, more in (("total", 0.5), ("import", 0.5), ("compute", 0.0)):
                here = (0.0, 0.0) if stage == "import" else (cpu, wall)
                seconds = {"cpu_seconds": here[0] + more, "wall_seconds": here[1] + more}
                yield {**own, "stage": stage, "peak_memory": 100.0, **seconds}


@pytest.fixture
def study(tmp_path):
    def made(*costs):
        table = pd.DataFrame(rows_of(costs))
        table.to_parquet(tmp_path / "results.parquet")
        return tmp_path

    return made


def cells(lines, words):
    (line,) = [line for line in lines if words in line]
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_ratios_are_within_rounds_so_that_drift_does_not_move_them(speed, study):
    rounds = [{ONE: (0.8 * k, 0.8 * k), VIEW: (1.5 * k, 2.0)} for k in (1, 1, 2, 5, 9)]
    (setting,) = speed.settings(speed.measured(study(*rounds)))
    found = cells(speed.ratio_lines([setting]), "samtools view")
    ratios = sorted(0.8 * k / (1.5 * k + 0.5) for k in (1, 1, 2, 5, 9))
    assert found[2] == f"{ratios[2]:.3g}" and found[4:6] == ["5", "0"]


def test_rounds_in_which_threads_waited_for_cores_are_left_out_and_counted(speed, study):
    free = {ONE: (1.0, 1.0), TWO: (1.0, 0.51)}
    waited = {ONE: (1.0, 1.0), TWO: (1.0, 0.9)}
    rounds = [free, waited, free, waited, free]
    (setting,) = speed.settings(speed.measured(study(*rounds)))
    found = cells(
        speed.ratio_lines([setting]), "one thread ÷ two, kernel, wall of threads that ran"
    )
    assert found[2] == "1.96" and found[4:6] == ["3", "2"]
    assert cells(speed.ratio_lines([setting]), "two threads ÷ one")[4:6] == ["5", "0"]


def test_ratio_of_what_was_not_launched_has_no_line(speed, study):
    (setting,) = speed.settings(speed.measured(study({ONE: (1.0, 1.0)})))
    assert not [line for line in speed.ratio_lines([setting]) if "gbcms" in line]


def test_tables_take_the_place_of_those_on_the_page(speed, study, tmp_path, monkeypatch):
    page = tmp_path / "page.md"
    page.write_text(f"before\n{speed.BEGIN}\nold\n{speed.END}\nafter\n")
    monkeypatch.setattr(speed, "PAGE", page)
    folder = study({ONE: (1.0, 1.0), VIEW: (1.5, 1.5)})
    speed.main([str(folder)])
    text = page.read_text()
    assert text.startswith("before\n") and text.endswith("after\n") and "old" not in text
    assert f"| f1 | `{ONE}` | 1 | 1.5 | 1.5 | 100 | 1 of 1 |" in text
    speed.main(["--print", str(folder)])
    assert page.read_text() == text


def test_study_without_results_says_what_makes_them(speed, tmp_path):
    with pytest.raises(SystemExit, match="it has no results; run `make bench-alleles`"):
        speed.main([str(tmp_path)])


def test_page_has_the_lines_between_which_the_tables_stand(speed):
    text = speed.PAGE.read_text()
    assert text.count(speed.BEGIN + "\n") == text.count(speed.END + "\n") == 1
