"""Truncated, empty and foreign files are named and rebuilt, and nothing else is lost."""

import shutil
import subprocess

import pyarrow.parquet as pq
import pytest
from workplace import Workplace

#: One job evaluates all, and there are no statistics, figures or page.
ONE_JOB = ("--set-resources", "evaluate:configurations=5")
UNTIL_MERGED = (*ONE_JOB, "--until", "merge")
KINDS = ("datasets", "evaluations")
#: Of the study's five configurations, the last stays undamaged.
NAMES = [f"gaussian_peak-n21-gaussian-1e-0{level}-t1.parquet" for level in (5, 4, 3, 2, 1)]


def truncate(path):
    path.write_bytes(path.read_bytes()[:-100])


def empty(path):
    path.write_bytes(b"")


def replace_by_another(path):
    shutil.copy(path.parent / NAMES[-1], path)


def replace_by_text(path):
    path.write_text("t,y\n0,1\n")


DAMAGES = (truncate, empty, replace_by_another, replace_by_text)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    workplace = Workplace(
        tmp_path_factory.mktemp("finished"),
        {
            "study": "trial",
            "seed": 7,
            "julia": False,
            "signals": ["gaussian_peak"],
            "samples": [21],
            "noise_levels": [1.0e-5, 1.0e-4, 1.0e-3, 1.0e-2, 1.0e-1],
            "trials": 1,
            "orders": [0, 1],
            "estimators": {"include": {"name": ["truth", "zero"]}},
        },
    )
    workplace.run(*UNTIL_MERGED)
    return workplace


def test_damaged_files_are_named_and_rebuilt(finished):
    """Datasets and evaluations, each kind of file damaged in each way."""
    paths = [finished.results / kind / name for kind in KINDS for name in NAMES[:-1]]
    well = [finished.results / kind / NAMES[-1] for kind in KINDS]
    rows, written = finished.rows(), [path.stat().st_mtime_ns for path in well]
    datasets = [path.read_bytes() for path in paths[: len(DAMAGES)]]
    for path, damage in zip(paths, 2 * DAMAGES, strict=True):
        damage(path)
    damaged = [path.read_bytes() for path in paths]

    dry = finished.snakemake("--cores", "1", "-n")
    assert [path.read_bytes() for path in paths] == damaged  # a dry run changes nothing
    said = finished.run(*UNTIL_MERGED)
    for path in paths:
        name = path.relative_to(finished.folder)
        assert f"warning: would be treated as missing and rebuilt: {name}" in dry.stderr
        assert f"warning: is treated as missing and rebuilt: {name}" in said
    assert [path.read_bytes() for path in paths[: len(DAMAGES)]] == datasets
    assert [pq.read_metadata(path).num_rows for path in paths[len(DAMAGES) :]] == [4] * 4
    assert finished.rows() == rows
    kept = [path.with_name(f"{path.name}.unreadable").read_bytes() for path in paths]
    assert kept == damaged
    assert [path.stat().st_mtime_ns for path in well] == written


def test_flipped_byte_in_a_dataset_is_noticed_when_it_is_used(finished):
    path = finished.results / "datasets" / NAMES[0]
    whole = path.read_bytes()
    middle = len(whole) // 3
    path.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
    finished.run("--forcerun", "evaluate", *ONE_JOB, "--until", "evaluate")
    assert path.read_bytes() == whole
    assert "rebuilt" in finished.logs()


def test_what_there_is_can_be_merged_by_hand(finished, tmp_path):
    results = shutil.copytree(finished.results, tmp_path / "results")
    (results / "evaluations" / NAMES[1]).unlink()
    config = str(finished.folder / "config.yaml")
    done = subprocess.run(
        ["tiltyard", "merge", "--config", config, "--results", str(results)],
        env=finished.environ(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "4 of 5 configurations (80%)" in done.stdout
