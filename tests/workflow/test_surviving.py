"""Whatever is killed, full, forbidden or doubled: nothing that was computed is lost or repeated."""

import os
import shutil
import signal
import subprocess
import time
from collections import Counter

import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from workplace import TIMES, Workplace

from tiltyard.engine.datasets import checksum_of
from tiltyard.engine.files.parquet import read_table, write_table
from tiltyard.studies.derivatives.dataset import restore

ESTIMATORS, CONFIGURATIONS = 4, 4
EVALUATIONS = ESTIMATORS * CONFIGURATIONS


def make_workplace(folder):
    """A study of four configurations in two batches, with estimators that take 0.2 s."""
    config = {
        "study": "trial",
        "seed": 7,
        "julia": False,
        "signals": ["gaussian_peak"],
        "samples": [21],
        "noise_levels": [1.0e-3, 1.0e-2],
        "trials": 2,
        "orders": [0, 1],
        "estimators": {"include": {"tag": ["counted"]}},
    }
    workplace = Workplace(folder, config)
    workplace.install("counted")
    workplace.environment = {
        "TILTYARD_TEST_CALLS": str(folder / "calls"),
        "TILTYARD_TEST_COUNTED": str(ESTIMATORS),
    }
    return workplace


#: Two batches, and neither tables nor figures.
BATCHES = ("--cores", "2", "--set-resources", "evaluate:configurations=2", "--until", "evaluate")


@pytest.fixture
def workplace(tmp_path):
    return make_workplace(tmp_path)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    workplace = make_workplace(tmp_path_factory.mktemp("undisturbed"))
    workplace.said = workplace.run(*BATCHES)
    assert calls(workplace).total() == EVALUATIONS
    return workplace


def scores(workplace):
    """Everything in the evaluations but times and memory; the text of a number is exact."""
    tables = {}
    for path in sorted((workplace.results / "evaluations").glob("*.parquet")):
        rows = pq.read_table(path, partitioning=None).drop_columns(list(TIMES)).to_pylist()
        tables[path.name] = repr(rows)
    assert len(tables) == CONFIGURATIONS
    return tables


def calls(workplace):
    path = workplace.folder / "calls"
    return Counter(path.read_text().splitlines()) if path.exists() else Counter()


def repeated(workplace):
    return (calls(workplace) - Counter(calls(workplace).keys())).total()


def start(workplace, *arguments):
    """Start Snakemake in a process group of its own; its messages go to the file `said`.

    The third evaluation and later ones stay in flight until `release`.
    """
    hold = workplace.folder / "hold"
    hold.touch()
    workplace.environment["TILTYARD_TEST_HOLD"] = str(hold)
    with (workplace.folder / "said").open("w") as said:
        return subprocess.Popen(
            workplace.command(*BATCHES, *arguments),
            env=workplace.environ(),
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def await_calls(workplace, process, count):
    deadline = time.monotonic() + 120
    while calls(workplace).total() < count:
        assert process.poll() is None, (workplace.folder / "said").read_text() + workplace.logs()
        assert time.monotonic() < deadline, workplace.logs()
        time.sleep(0.02)


def release(workplace):
    (workplace.folder / "hold").unlink()


def jobs_of(process):
    """Processes that run `tiltyard evaluate` below `process`."""
    return [
        child
        for child in psutil.Process(process.pid).children(recursive=True)
        if "evaluate" in child.cmdline()  # the shell has it inside a longer word
    ]


def the_job(process):
    return jobs_of(process)[0]


def a_worker(process):
    """A process that evaluates: a child of the fork server, which is the job's child."""
    return next(worker for child in the_job(process).children() for worker in child.children())


def test_whatever_is_killed_only_what_was_in_flight_is_computed_again(workplace, undisturbed):
    """A worker, then a job, then Snakemake: one run, and one that takes up what is left."""
    process = start(workplace)
    await_calls(workplace, process, 3)
    before = calls(workplace).total()
    a_worker(process).send_signal(signal.SIGKILL)
    await_calls(workplace, process, before + 1)  # by a new worker, of the same job or the next
    job = the_job(process)
    job.send_signal(signal.SIGKILL)
    job.wait(timeout=60)
    assert process.poll() is None  # it waits for the other job
    process.kill()
    release(workplace)
    process.wait(timeout=120)
    workplace.snakemake("--unlock")
    workplace.run(*BATCHES, "--rerun-incomplete")  # jobs of the first run may still be there
    assert len(calls(workplace)) == EVALUATIONS
    # One of the worker, and two cores: at most two others were in flight.
    assert repeated(workplace) <= 3
    assert scores(workplace) == scores(undisturbed)


def test_interrupt_stops_the_jobs_and_leaves_nothing_running(workplace, undisturbed):
    before = set(psutil.pids())
    process = start(workplace)
    await_calls(workplace, process, 3)
    own = {child.pid for child in psutil.Process(process.pid).children(recursive=True)}
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(timeout=60) != 0
    deadline = time.monotonic() + 10
    while (left := own & set(psutil.pids()) - before) and time.monotonic() < deadline:
        time.sleep(0.05)  # the fork server notices that its job ended
    assert not left, [psutil.Process(pid).cmdline() for pid in left]
    release(workplace)
    assert calls(workplace).total() < EVALUATIONS
    workplace.run(*BATCHES)  # no lock is left, either
    assert repeated(workplace) <= 2
    assert scores(workplace) == scores(undisturbed)


def test_second_run_is_refused_and_forced_into_the_same_folder_does_no_harm(workplace, undisturbed):
    first = start(workplace)
    await_calls(workplace, first, 3)
    refused = workplace.snakemake(*BATCHES)
    assert refused.returncode != 0
    assert "locked" in refused.stderr and "Traceback" not in refused.stderr
    forced = start(workplace, "--nolock", "--rerun-incomplete")
    deadline = time.monotonic() + 120
    while "waiting for another job that has it" not in workplace.logs():
        assert forced.poll() is None and time.monotonic() < deadline, workplace.logs()
        time.sleep(0.05)
    release(workplace)
    # What one of them finishes may be gone for the other, which then says so and can run again.
    assert {first.wait(timeout=120), forced.wait(timeout=120)} <= {0, 1}
    workplace.run(*BATCHES, "--nolock", "--rerun-incomplete")
    assert calls(workplace).total() == EVALUATIONS  # none twice
    assert scores(workplace) == scores(undisturbed)


def forge(path, change):
    """Add 1 to the samples in a dataset's file, with a note that fits but for `change`."""
    table, note = read_table(path)
    samples = pa.array(table["y"].to_numpy() + 1.0)
    table = table.set_column(table.column_names.index("y"), "y", samples)
    dataset = restore(table, note["facts"], note["configuration"])
    note = {**note, "digest": dataset.digest, **change}
    del note["checksum"]
    write_table(table, {**note, "checksum": checksum_of(note)}, path)


def test_stale_and_foreign_datasets_are_never_scored(undisturbed, tmp_path):
    workplace = make_workplace(tmp_path)
    shutil.copytree(undisturbed.results, workplace.results)
    names = sorted(path.name for path in (workplace.results / "datasets").glob("*.parquet"))
    paths = [workplace.results / "datasets" / name for name in names]
    whole = [path.read_bytes() for path in paths]
    versions = read_table(paths[0])[1]["versions"]
    # A whole file each, with a digest that fits: by other code, of another seed, of other noise.
    changes = [{"versions": {**versions, "code": "another"}}, {"seed": 8}, {"study": "no"}]
    for path, change in zip(paths, changes, strict=False):
        forge(path, change)
    for file in (workplace.results / "evaluations").glob("*.parquet"):
        file.unlink()
    said = workplace.run(*BATCHES) + workplace.logs()
    assert [path.read_bytes() for path in paths] == whole
    assert "stale" in said and "holds seed 8, not 7" in said and "holds study 'no'" in said
    assert scores(workplace) == scores(undisturbed)


# On a file system of its own, which goes with the script: a first run that fills it, what it
# left, a second run after room was made, and what that one left.
SCRIPT = """
set -u
mount -t tmpfs -o size=8m tmpfs results || exit 9
"$@" > first 2>&1; echo $? > first.status
find results -name "*.ledger" -exec cat {} + | grep -ac "record$" > kept
rm results/filler
"$@" > second 2>&1; echo $? > second.status
# Refused as long as a process that is just ending has a file open.
tries=0
until mount -o remount,ro results; do
    tries=$((tries + 1)); [ $tries -lt 100 ] || exit 8; sleep 0.1
done
touch config.yaml
"$@" --forcerun evaluate > third 2>&1; echo $? > third.status
cp -r results copy
"""


def test_full_and_unwritable_disks_are_named_and_lose_nothing(workplace, undisturbed):
    folder = workplace.folder
    (folder / "results").mkdir()
    workplace.environment["TILTYARD_TEST_FILL"] = str(folder / "results" / "filler")
    command = workplace.command(*BATCHES, "--rerun-incomplete", "--show-failed-logs")
    done = subprocess.run(
        ["unshare", "--mount", "--map-root-user", "sh", "-c", SCRIPT, "sh", *command],
        cwd=folder,
        env=workplace.environ(),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    if done.returncode in (1, 9) and "CI" not in os.environ and not (folder / "first").exists():
        pytest.skip(f"no file system of its own here: {done.stderr}")
    assert done.returncode == 0, done.stderr
    first, second, third = ((folder / name).read_text() for name in ("first", "second", "third"))
    remedy = "Make room or see to its permissions, and run the same command again"

    assert (folder / "first.status").read_text() != "0\n"
    assert f"results/trial cannot be written: No space left on device. {remedy}" in first
    assert int((folder / "kept").read_text()) >= 2
    assert "Traceback" not in first

    assert (folder / "second.status").read_text() == "0\n", second
    assert len(calls(workplace)) == EVALUATIONS
    assert repeated(workplace) <= 2  # one a job could not be written
    (folder / "results").rmdir()
    (folder / "copy").rename(folder / "results")
    assert scores(workplace) == scores(undisturbed)

    assert (folder / "third.status").read_text() != "0\n"
    assert f"results/trial cannot be written: Read-only file system. {remedy}" in third
    assert "Traceback" not in third
