"""`tiltyard tune` from files to a remembered recommendation, on a pipeline whose CPU is planted."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from tiltyard.pipelines.pipeline import Strategy, Work, Workload
from tiltyard.pipelines.tuned import recall
from tiltyard.studies.throughput.commands import tune
from tiltyard.studies.throughput.tuning import command

#: CPU that each unit of work takes, and that the start takes, an interpreter's own included [s].
EACH, START = 0.001, 0.05
BURN = (
    "import sys, time\n"
    f"while time.process_time() < {START} + {EACH} * int(open(sys.argv[1]).read()): pass\n"
    "open(sys.argv[2], 'w').close()\n"
)


class Burning:
    """A file has a number of units; each takes a millisecond of CPU."""

    name = "burning"
    auto = "--burners auto"

    def own(self, files):
        [path] = files
        if not path.exists():
            raise ValueError(f"{path}: there is no such file")
        return Work(Workload("own"), {"units": [path]}, {"units": int(path.read_text())})

    def candidates(self, work, cores):
        return [Strategy(name=f"burn-w{n}", implementation="burn", workers=n) for n in (1, 2)]

    def amount(self, work):
        return float(work.units["units"])

    def sample(self, work, folder, share):
        path = folder / "sample"
        units = max(1, round(work.units["units"] * share))
        path.write_text(str(units))
        return replace(work, files={"units": [path]}, units={"units": units})

    def command(self, strategy, work, output):
        return [sys.executable, "-I", "-S", "-c", BURN, str(work.files["units"][0]), str(output)]

    def command_line(self, strategy, work):
        return f"burn --threads {strategy.workers} {work.files['units'][0]}"


@pytest.fixture
def run(monkeypatch, tmp_path):
    """The command, with a pipeline, a cache and a lock of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(command, "find_pipeline", lambda name: Burning())
    monkeypatch.setattr(command, "MOST_ROUNDS", 5)
    monkeypatch.setattr(
        "tiltyard.studies.throughput.measuring.alone.lock_path", lambda: tmp_path / "lock"
    )
    one = typer_app()
    return lambda *arguments: CliRunner().invoke(one, [str(part) for part in arguments])


def typer_app():
    one = typer.Typer()
    one.command()(tune)
    return one


def units(folder, number):
    path = folder / "units"
    path.write_text(str(number))
    return path


def test_cost_of_the_whole_is_told_from_samples_and_remembered(run, tmp_path):
    path = units(tmp_path, 40_000)  # 40 s, of which a part is measured
    found = run("burning", path, "--budget", "10", "--remember", "--format", "json")
    assert found.exit_code == 0, found.output
    facts = json.loads(found.stdout)
    assert facts["share"] < 0.2 and facts["rounds"] == 5
    for one in facts["tried"]:
        assert one["cpu_seconds"]["value"] == pytest.approx(40.05, rel=0.25)
    workers = facts["best"]["workers"]  # both do the same
    assert facts["command"] == f"burn --threads {workers} {path}"
    kept = recall("burning")
    assert (kept.workers, kept.command) == (workers, facts["command"])
    assert facts["remembered"] and list(Path(tmp_path, "cache").rglob("burning-*.json"))


def test_small_work_is_measured_whole_and_need_not_be_remembered(run, tmp_path):
    found = run("burning", units(tmp_path, 30), "--budget", "5", "--no-remember")
    assert found.exit_code == 0, found.output
    first, _, *sentences = found.stdout.splitlines()
    assert first == f"burn --threads 1 {tmp_path / 'units'}"
    assert any("Measured on all of the work" in one for one in sentences)
    assert recall("burning") is None


def test_only_a_free_machine_is_remembered_by_itself(run, tmp_path, monkeypatch):
    path = units(tmp_path, 30)
    for share, kept in ((0.5, False), (0.0, True)):
        monkeypatch.setattr(command.Watch, "foreign_share", share)
        monkeypatch.setattr(command.Watch, "steal_share", 0.0)
        found = run("burning", path, "--budget", "5")
        assert (recall("burning") is not None) == kept
        assert ("; --burners auto uses it." in found.stdout) == kept
        assert ("The machine was not free" in found.stdout) != kept


def test_files_and_pipelines_that_cannot_be_tuned_are_refused(run, tmp_path, monkeypatch):
    found = run("burning", tmp_path / "gone")
    assert "gone: there is no such file" in str(found.exception)
    monkeypatch.setattr(command, "find_pipeline", lambda name: object())
    found = run("plain", tmp_path / "gone")
    assert "the pipeline plain takes no files of yours" in str(found.exception)
