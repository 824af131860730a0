"""A launch's environment is its own: threads as it says, nothing that speeds or slows it."""

import json
import subprocess
import sys
from pathlib import Path

import planted_trees as planted

from tiltyard.engine.work.worker import THREAD_VARIABLES
from tiltyard.studies.throughput.measuring.environment import (
    MARK,
    MOST_PADDING,
    PADDING,
    environment_of,
    record_of,
)
from tiltyard.studies.throughput.measuring.launcher import NO_RANDOMISATION

SHOW = planted.python("import json, os; print(json.dumps(dict(os.environ)))")


def seen_by(launched, tmp_path, **changes):
    launch = launched(SHOW, **changes)
    latest = max(tmp_path.glob("launch-*"), key=lambda path: path.stat().st_mtime_ns)
    return launch, json.loads((latest / "stdout").read_text())


def test_threads_are_the_strategys_and_hidden_settings_are_gone(launched, tmp_path, monkeypatch):
    for name in ("LD_PRELOAD", "MALLOC_ARENA_MAX", "OMP_PROC_BIND", "PYTHONOPTIMIZE"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("OMP_NUM_THREADS", "64")
    monkeypatch.setenv("NUMBA_CACHE_DIR", "/somewhere")
    launch, seen = seen_by(launched, tmp_path, workers=3, environment={"EXTRA": "1"})
    assert {name: seen[name] for name in THREAD_VARIABLES} == dict.fromkeys(THREAD_VARIABLES, "3")
    assert not {"LD_PRELOAD", "MALLOC_ARENA_MAX", "OMP_PROC_BIND", "PYTHONOPTIMIZE"} & set(seen)
    assert seen["EXTRA"] == "1" and seen["NUMBA_CACHE_DIR"] == "/somewhere"
    assert launch.environment == record_of(seen)
    assert launch.environment[PADDING] == str(len(seen[PADDING]))


def test_length_and_hash_seed_are_drawn_from_the_seed():
    made = [environment_of(1, seed, Path("/t"), Path("/s")) for seed in (1, 1, 2, 3, 4)]
    for one in made:
        del one[MARK]  # differs always
    assert made[0] == made[1]
    lengths = [len(one[PADDING]) for one in made]
    assert len(set(lengths)) == 4 and max(lengths) <= MOST_PADDING
    assert len({one["PYTHONHASHSEED"] for one in made}) == 4


def test_addresses_are_random_although_the_study_turned_that_off(tmp_path):
    folder = tmp_path / "launch"
    study = (
        "from pathlib import Path\n"
        "from tiltyard.studies.throughput.measuring.measure import measure\n"
        "command = ['cat', '/proc/self/personality']\n"
        f"measure(command, workers=1, folder=Path({str(folder)!r}), "
        "seconds=60, memory_mb=999, seed=1)\n"
        "print(open('/proc/self/personality').read())\n"
    )
    command = ["setarch", "-R", sys.executable, "-c", study]
    off = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    on = (folder / "stdout").read_text()
    assert int(off, 16) & NO_RANDOMISATION and not int(on, 16) & NO_RANDOMISATION
