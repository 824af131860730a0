"""Truncated, empty and foreign files are named and rebuilt, and nothing else is lost."""

import shutil

import pyarrow.parquet as pq
import pytest

DATASET = "datasets/gaussian_peak-n21-gaussian-1e-03-t1.parquet"
OTHER = "gaussian_peak-n21-gaussian-1e-02-t1.parquet"
EVALUATION = "evaluations/gaussian_peak-n21-gaussian-1e-03-t1.parquet"


def truncate(path):
    path.write_bytes(path.read_bytes()[:-100])


def empty(path):
    path.write_bytes(b"")


def replace_by_another(path):
    shutil.copy(path.parent / OTHER, path)


def replace_by_text(path):
    path.write_text("t,y\n0,1\n")


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    from conftest import Workplace

    workplace = Workplace(
        tmp_path_factory.mktemp("finished"),
        {
            "study": "trial",
            "seed": 7,
            "julia": False,
            "signals": ["gaussian_peak"],
            "samples": [21],
            "noise_levels": [1.0e-3, 1.0e-2],
            "trials": 1,
            "orders": [0, 1],
            "estimators": {"include": {"name": ["truth", "zero"]}},
        },
    )
    workplace.run()
    return workplace


@pytest.mark.parametrize("damage", [truncate, empty, replace_by_another, replace_by_text])
def test_damaged_files_are_named_and_rebuilt(finished, damage):
    paths = [finished.results / name for name in (DATASET, EVALUATION)]
    rows, dataset = finished.rows(), paths[0].read_bytes()
    for path in paths:
        damage(path)
    damaged = [path.read_bytes() for path in paths]

    dry = finished.snakemake("--cores", "1", "-n")
    assert [path.read_bytes() for path in paths] == damaged  # a dry run changes nothing
    said = finished.run()
    for name in (DATASET, EVALUATION):
        assert f"warning: would be treated as missing and rebuilt: results/trial/{name}" in (
            dry.stderr
        )
        assert f"warning: is treated as missing and rebuilt: results/trial/{name}" in said
    assert paths[0].read_bytes() == dataset
    assert pq.read_metadata(paths[1]).num_rows == 4
    assert finished.rows() == rows
    kept = [path.with_name(f"{path.name}.unreadable").read_bytes() for path in paths]
    assert kept == damaged


def test_flipped_byte_in_a_dataset_is_noticed_when_it_is_used(finished):
    path = finished.results / DATASET
    whole = path.read_bytes()
    middle = len(whole) // 3
    path.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
    finished.run("--forcerun", "evaluate")
    assert path.read_bytes() == whole
    assert "rebuilt" in finished.logs()
