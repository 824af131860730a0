"""The timeline says what it shows, and its headline is the sum of the parts beside it."""

import re

import numpy as np
import pytest

from tiltyard.engine.journal import usage
from tiltyard.engine.journal.reading import Run
from tiltyard.engine.journal.writing import checked_line, record_job
from tiltyard.engine.outcome import Outcome, Status
from tiltyard.engine.work.evaluator import Outcomes
from tiltyard.report.timeline import draw_timeline, read_benchmarks, read_load


def run(begin, end, error=""):
    return Run(
        job=f"evaluate-{begin}",
        rule="evaluate",
        host="here",
        pid=1,
        started=begin,
        opened=begin,
        threads=1,
        configurations=(),
        phases=[(begin, "starting")],
        ended=end,
        error=error,
    )


def make_journal(folder):
    outcomes = {("fit", "lane"): Outcome(Status.OK, "", None, 0.01, 0.01, 0.0)}
    rows = folder / "rows"
    rows.touch()
    with record_job(folder / "journal", "evaluate-1-1", "evaluate", configurations=["c"]) as job:
        job.begin("c")
        job.phase("lane")
        job.finish("c", Outcomes(outcomes, computed=list(outcomes)), {"ok": 8}, rows)


@pytest.mark.parametrize("benchmark", [None, "850.0\t1.0\t20.0", "-\t-\t-"])
def test_figure_says_what_it_shows(tmp_path, benchmark):
    make_journal(tmp_path)
    if benchmark is not None:
        path = tmp_path / "benchmarks" / "evaluate" / "1-1.tsv"
        path.parent.mkdir(parents=True)
        path.write_text(f"max_rss\tio_in\tio_out\n{benchmark}\n")
    svg, png = draw_timeline(tmp_path, "trial")
    text = svg.read_text()
    assert "Study trial: 1 configuration in 1 job on 1 core in" in text
    assert "methods (lane)" in text and "overhead" in text
    assert ("memory" in text) is (benchmark is not None)
    assert ("written 20 MB" in text) is (benchmark is not None and "20.0" in benchmark)
    assert png.read_bytes().startswith(b"\x89PNG")


def test_study_without_journals_has_a_figure_that_says_so(tmp_path):
    svg, _ = draw_timeline(tmp_path, "trial")
    assert "no job of study trial has left a journal" in svg.read_text()


def shared_run(folder):
    """Journals of a run on two cores, of which another program took one half of the time."""
    folder.mkdir(parents=True)
    machine = [
        {"cores": "0,1", "busy": 100 + 1.9 * t, "steal": 0.1 * t, "idle": 50.0} for t in (0, 10, 20)
    ]
    host = {"time": 1000.0, "host": "here", "pid": 1, "started": 1000.0}
    moments = [(1000.0 + t, 1.0 * t) for t in (0, 10, 20)]
    beats = [
        {"event": event, "time": time, "cpu": cpu, "machine": counters}
        for event, (time, cpu), counters in zip(
            ("sample", "sample", "end"), moments, machine, strict=True
        )
    ]
    job = {"event": "job", "job": "evaluate-1-1", "rule": "evaluate", "threads": 2, **host}
    lines = [
        job | {"configurations": ["c"]},
        {"event": "configuration", "time": 1002.0, "configuration": "c"},
        {"event": "phase", "time": 1004.0, "phase": "lane"},
        {"event": "evaluated", "time": 1018.0, "configuration": "c", "computed": 1, "recalled": 0}
        | {"rows": {}, "cost": {"lane": {"cpu": 14.0, "wall": 14.0, "warm_up": 0.5}}}
        | {"slowest": [], "bytes": 1, "cpu": 17.0},
        {"event": "end", "time": 1020.0, "error": "", "cpu": 19.0, "machine": None},
    ]
    first = {"event": "workflow", "cores": 2, **host, "cpu": 0.0, "machine": machine[0]}
    for name, content in (("evaluate-1-1.x", lines), ("workflow.x", [first, *beats[1:]])):
        text = "".join(checked_line(line) + "\n" for line in content)
        (folder / f"{name}.jsonl").write_text(text)


def test_headline_of_the_figure_is_the_sum_of_its_parts_without_what_others_took(tmp_path):
    shared_run(tmp_path / "journal")
    svg, _ = draw_timeline(tmp_path, "trial", method_word="sorter")
    text = svg.read_text()
    assert "on 2 cores in 20 s" in text and "sorters (lane)" in text

    def share(words):
        return round(10 * float(re.search(rf"{words} ([\d.]+)%", text)[1]))

    overhead = [
        share(words)
        for words in (
            "compiling and warming up",
            "start, imports, Snakemake, files",
            "idle cores",
        )
    ]
    others = [
        share("sorters' own CPU"),
        share("sorters waiting, cores free"),
        share("other programs"),
        share("taken by the hypervisor"),
    ]
    assert share("overhead") == sum(overhead) and sum(overhead) + sum(others) == 1000
    # Of 40 core seconds another program took 18 and the hypervisor 2; 14 are the sorters'.
    assert others == [350, 0, 450, 50]


def test_figure_of_journals_without_counters_says_what_is_not_known(tmp_path, monkeypatch):
    monkeypatch.setattr(usage, "STAT", tmp_path / "missing")
    make_journal(tmp_path)
    svg, _ = draw_timeline(tmp_path, "trial")
    text = svg.read_text()
    assert "or more (this machine does not say what its cores do)" in text
    assert "idle, waiting or other programs" in text and "busy: others" not in text


def test_benchmark_of_a_job_that_did_not_end_well_is_not_its_own(tmp_path):
    path = tmp_path / "benchmarks" / "evaluate" / "0.tsv"
    path.parent.mkdir(parents=True)
    path.write_text("max_rss\tio_in\tio_out\n1\t2\t3\n")
    assert read_benchmarks(tmp_path, [run(0, 5, error="killed")]).empty
    (row,) = read_benchmarks(tmp_path, [run(0, 5)]).itertuples(index=False)
    assert np.array_equal(row, [0, 5, 1, 2, 3])


def test_load_is_all_of_the_cpu_time_between_the_lines_that_say_it():
    job = run(10, 20)
    job.cpu = [(14, 2.0), (20, 8.0)]
    silent = run(0, 5)  # was killed before it could say anything
    load = read_load([silent, job])
    assert load["cores"].tolist() == [0.5, 1.0]
    assert ((load["end"] - load["begin"]) * load["cores"]).sum() == 8.0
