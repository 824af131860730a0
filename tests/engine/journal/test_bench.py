"""A benchmark writes down the same account as it prints."""

import pytest
from planted_run import workflow

from tiltyard.engine.journal.bench import NAMES, _bench_of
from tiltyard.engine.journal.writing import checked_line


@pytest.fixture
def folder(tmp_path):
    lines = [
        {"event": "job", "time": 1.0, "job": "evaluate-1-1", "rule": "evaluate", "host": "here"}
        | {"pid": 1, "started": 0.0, "threads": 1, "configurations": ["c"]},
        {"event": "configuration", "time": 10.0, "configuration": "c"},
        {"event": "evaluated", "time": 90.0, "configuration": "c", "computed": 7, "recalled": 0}
        | {"cost": {"one": {"cpu": 60.0, "wall": 70.0, "warm_up": 7.0}}, "slowest": []}
        | {"rows": {}, "bytes": 1, "cpu": 70.0},
        {"event": "end", "time": 95.0, "error": "", "cpu": 71.0},
    ]
    (tmp_path / "journal").mkdir()
    text = "".join(checked_line(line) + "\n" for line in lines)
    (tmp_path / "journal" / "evaluate-1-1.x.jsonl").write_text(text)
    benchmarks = tmp_path / "benchmarks" / "evaluate"
    benchmarks.mkdir(parents=True)
    (benchmarks / "1-1.tsv").write_text("s\tmax_rss\n95\t850.5\n")
    return tmp_path


def test_file_holds_parts_that_add_up_to_the_overhead_and_to_all_core_seconds(folder):
    bench = _bench_of(folder, "trial", workflow(0, 100, 0.8, programs=0.5, steal=0.1), "sorter")
    facts = bench.to_dict()
    assert (facts["evaluations"], facts["cores"], facts["wall_seconds"]) == (7, 2, 100)
    assert facts["method_cpu_seconds"] == 60 and facts["compile_cpu_seconds"] == pytest.approx(6)
    assert facts["other_programs_seconds"] == pytest.approx(50)
    assert facts["steal_seconds"] == pytest.approx(10) and facts["unknown_seconds"] is None
    parts = [facts[name] for name in NAMES.values() if facts[name] is not None]
    assert sum(parts) == pytest.approx(facts["core_seconds"]) == pytest.approx(200)
    overhead = ("compile_cpu_seconds", "other_cpu_seconds", "idle_seconds")
    assert facts["overhead_seconds"] == pytest.approx(sum(facts[name] for name in overhead))
    assert facts["overhead_share"] == pytest.approx(facts["overhead_seconds"] / 200)
    assert facts["overhead_share_of_own"] == pytest.approx(facts["overhead_seconds"] / 140)
    text = str(bench)
    assert "7 evaluations, peak memory of a job 850 MB" in text
    assert f"overhead {facts['overhead_share']:.1%}" in text and "sorters' own CPU" in text


def test_machine_that_says_nothing_gives_no_numbers_for_what_is_not_known(folder):
    silent = workflow(0, 100, 0.8)
    silent.samples = [type(s)(s.time, s.cpu, None) for s in silent.samples]
    facts = _bench_of(folder, "trial", silent, "sorter").to_dict()
    assert facts["idle_seconds"] is None and facts["overhead_share_of_own"] is None
    assert facts["unknown_seconds"] == pytest.approx(200 - 80)
