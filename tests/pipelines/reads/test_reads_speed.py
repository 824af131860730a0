"""The figures of docs/reads.md: what is timed is done, ratios are within rounds."""

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from generators import GENERATE, generators


@pytest.fixture(scope="module")
def speed():
    with generators() as imported:
        yield imported("reads_speed")


def rounds_of(speed, cpu, reads=1000):
    return [speed.Times(value, 2 * value, reads, 150 * reads) for value in cpu]


def test_ratios_are_within_rounds_and_by_read(speed):
    drift = (1.0, 5.0, 2.0, 9.0, 3.0)
    found = {
        "mean quality": rounds_of(speed, [1.5 * k for k in drift]),
        "memcpy": rounds_of(speed, [0.5 * k for k in drift], 500),
        "one-hot": rounds_of(speed, drift),
        "one-hot, cold": rounds_of(speed, drift),
        "fill": rounds_of(speed, drift),
        "deepbiop": rounds_of(speed, [8 * k for k in drift]),
        "reverse complement": rounds_of(speed, [2 * k for k in drift]),
        "reverse complement, no qualities": rounds_of(speed, drift),
    }
    lines = list(speed.ratio_lines("memory-speed", found))
    assert "| cpu | 1.5 | 1.5 to 1.5 | 5 | ≤ 1.8 |" in lines[0]
    assert "| cpu | 8 | 8 to 8 | 5 | ≥ 8 |" in lines[3]
    assert "| cpu | 4 | 4 to 4 | 5 |  |" in lines[4]


def test_rates_are_in_reads_and_bases_beside_the_guide(speed):
    found = {"mean quality": rounds_of(speed, [0.001] * 3, 4000)}
    assert list(speed.rate_lines(found)) == ["| filter by mean quality | 1.8 | 4 | 600 | 2 | 300 |"]


def test_a_first_round_is_left_out_and_orders_differ(speed):
    order = []

    def run(name):
        def work():
            order.append(name)
            return speed.Times(float(len(order)), 1.0, 1, 1)

        return work

    names = "abcdef"
    found = speed.measured({name: run(name) for name in names}, 3)
    parts = ["".join(order[place : place + 6]) for place in range(0, 24, 6)]
    assert all(sorted(part) == list(names) for part in parts) and len(set(parts)) > 1
    assert all(len(times) == 3 and times[0].cpu > 6 for times in found.values())


def test_every_ratio_and_rate_is_of_runs_that_there_are(speed, tmp_path, monkeypatch):
    runs = importlib.import_module("reads_speed_runs")
    monkeypatch.setattr(runs.peers, "program", lambda name: name)

    def ask(task, files, path, most=None):
        return runs.timed(lambda: None, files.reads, files.bases)

    files = runs.made(tmp_path, 300, 150)
    assert (files.reads, files.bases) == (300, 45_000)
    given = {
        "reading": runs.reading(files, files, files, ask),
        "memory-speed": runs.in_memory(files, ask),
        "chain": runs.chains(files, ask),
        "commands": runs.commands(files, tmp_path),
    }
    assert set(given) | {"memory"} == set(speed.PARTS)
    for part, own in given.items():
        assert {name for one in speed.RATIOS[part] for name in (one.over, one.under)} <= set(own)
    every = {name for own in given.values() for name in own}
    assert {run for _, own in speed.RATE_RUNS.values() for run in own.values()} <= every
    for name in ("plain 150", "gzip 150", "gzip with a helper", "bgzip with 2 threads", "read"):
        times = given["reading"][name]()
        assert times.cpu > 0 and times.wall > 0 and times.reads == 300
    assert given["chain"]["chain gzip"]().bases == 45_000
    assert given["reading"]["wc -l"]().wall > 0
    assert all(one().cpu > 0 for one in given["memory-speed"].values())


def test_a_program_that_fails_is_named(speed):
    runs = importlib.import_module("reads_speed_runs")
    files = runs.Files(*[Path("x")] * 3, 1, 1)
    failing = runs.started([sys.executable, "-c", "raise SystemExit('no such thing')"], files)
    with pytest.raises(SystemExit, match="no such thing"):
        failing()


def test_memory_is_the_peak_of_what_was_streamed_beyond_what_was_there():
    program = str(GENERATE / "reads_speed_memory.py")
    done = subprocess.run(
        [sys.executable, program, "stream", "0.03"], capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    assert found["reads"] >= 50_000
    assert 0 < found["peak"] - found["before"] < 50 < found["before"] < found["peak"]


def test_a_guides_promises_of_memory_are_held_against_the_peaks():
    with generators() as imported:
        module = imported("reads_speed_peaks")
    stream = module.Peak("a stream", 10, 1e6, 90, 139.6, 50)
    lines = list(module.promise_lines({"stream 10": stream, "random": stream}))
    assert "| 50 MB beyond the libraries, of 10 GB | holds |  |" in lines[2]
    assert lines[2].startswith("| 10b |") and lines[3].startswith("| 10d |")
    over = stream._replace(peak=141)
    assert "| does not hold | it is more |" in list(module.promise_lines({"random": over}))[2]


def test_the_page_has_the_lines_between_which_the_tables_stand(speed):
    text = speed.PAGE.read_text(encoding="utf-8")
    assert text.count(speed.BEGIN + "\n") == text.count(speed.END + "\n") == 1
