"""A gate closes for what costs more beyond the noise, and for nothing else."""

import json

import pytest
from typer.testing import CliRunner

from tiltyard.cli import app
from tiltyard.engine.outcome import Limits, Status
from tiltyard.studies.throughput import gate
from tiltyard.studies.throughput.interleaving import Arm, rounds
from tiltyard.studies.throughput.launch import Launch

#: Ten rounds of a machine that drifts, and of noise of 5 % between equal launches.
DRIFT = [1.0, 1.1, 1.3, 1.2, 1.5, 1.4, 1.1, 1.0, 1.2, 1.3]
NOISE = [1.05, 0.96, 1.04, 0.95, 1.05, 1.05, 0.96, 1.04, 1.05, 0.97]


@pytest.mark.parametrize(
    ("factor", "verdict", "code"),
    [
        (1.03, "cannot tell", 0),
        (1.30, "more", 1),
        (0.70, "less", 0),
        (1.0, "cannot tell", 0),
    ],
)
def test_only_more_beyond_the_floor_closes_it(factor, verdict, code):
    again = [a * noise for a, noise in zip(DRIFT, NOISE, strict=True)]
    b = [a * factor * (2 - noise) for a, noise in zip(DRIFT, NOISE, strict=True)]
    found = gate.judge(DRIFT, again, b)
    assert 0.03 < found.floor < 0.06
    assert (found.verdict, found.code) == (verdict, code)


def test_ratio_far_beyond_the_floor_with_a_wide_interval_is_none():
    b = [a * (3.0 if index % 2 else 0.4) for index, a in enumerate(DRIFT)]
    assert gate.judge(DRIFT, DRIFT, b).code == 0


@pytest.fixture
def planted(monkeypatch, tmp_path):
    """Launches whose CPU is written in the command, in place of processes."""
    launched = []

    def measure(command, *, workers, seed, **others):
        others["folder"].joinpath("output").write_text(command[1])
        launched.append((command, seed))
        return Launch(
            status=Status.OK, cpu_user=float(command[0]), cpu_system=0.0, wall_seconds=1.0
        )

    monkeypatch.setattr("tiltyard.studies.throughput.interleaving.measure", measure)
    return launched


def arm(name, seconds, says="right"):
    return Arm(name, lambda output: [str(seconds), says], 1)


LIMITS = Limits(60, 1000)


def test_rounds_have_all_in_changing_sequences_that_the_seed_decides(planted, tmp_path):
    arms = [arm(name, seconds) for seconds, name in enumerate("abcd")]
    sequences = []
    for _ in range(2):
        running = rounds(arms, limits=LIMITS, seed=7, folder=tmp_path)
        found = [next(running) for _ in range(6)]
        assert all(list(one) == list("abcd") for one in found)
        assert [one["c"].cpu_seconds for one in found] == [2.0] * 6
        sequences.append(list(planted))
        planted.clear()
    assert sequences[0] == sequences[1]
    orders = {
        tuple(command[0] for command, _ in sequences[0][start : start + 4])
        for start in range(0, 24, 4)
    }
    assert len(orders) > 1 and {len(set(one)) for one in orders} == {4}
    assert len({seed for _, seed in sequences[0]}) == 24
    assert list(tmp_path.iterdir()) == []


def test_outputs_are_compared_before_times(planted, tmp_path):
    def equal(a, b):
        same = a.read_text() == b.read_text()
        return "" if same else f"{b.read_text()} in place of {a.read_text()}"

    with pytest.raises(ValueError, match="their times do not compare: wrong in place of right"):
        gate.compare(
            *(arm("a", 1), arm("b", 1, "wrong")),
            number=5, limits=LIMITS, seed=1, folder=tmp_path, equal=equal,
        )  # fmt: skip
    assert len(planted) == 2
    found = gate.compare(
        arm("a", 1), arm("b", 2), number=5, limits=LIMITS, seed=1, folder=tmp_path, equal=equal
    )
    assert found.comparison.code == 1 and found.comparison.ratio.value == 2.0
    assert [len(one) for one in found.launches] == [3] * 5
    assert found.medians()["B"]["cpu_seconds"] == 2.0


def test_few_rounds_are_refused(planted, tmp_path):
    with pytest.raises(ValueError, match="--rounds 4: no difference is called real below 5"):
        gate.compare(arm("a", 1), arm("b", 1), number=4, limits=LIMITS, seed=1, folder=tmp_path)


@pytest.fixture
def run(monkeypatch, tmp_path):
    """The command line, with a lock of its own."""
    monkeypatch.setattr(
        "tiltyard.studies.throughput.measuring.alone.lock_path", lambda: tmp_path / "lock"
    )
    return lambda *arguments: CliRunner().invoke(app, ["compare", *arguments])


BURN = "python3 -I -S -c 'import time\nwhile time.process_time() < {}: pass' {{output}}"


def test_command_lines_are_launched_and_judged(run):
    found = run(BURN.format(0.04), BURN.format(0.4), "--rounds", "5", "--format", "json")
    facts = json.loads(found.stdout)
    assert (found.exit_code, facts["exit_code"], facts["verdict"]) == (1, 1, "more")
    assert all(one["A"] >= 0.04 and one["B"] >= 0.4 for one in facts["cpu_seconds"])
    assert len(facts["cpu_seconds"]) == facts["rounds"] == 5
    found = run("true", "true", "--rounds", "5")
    assert found.exit_code == 0 and "noise floor" in found.stdout


def test_a_command_that_fails_is_named(run):
    found = run("sh -c 'echo no >&2; exit 3'", "true")
    assert str(found.exception) == "A ended with the status failed: exit code 3: no"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["true"], "got 1 to compare"),
        (["true", "no-such-program"], "B: there is no program 'no-such-program'"),
        (["true", ""], "B is an empty command line"),
        (["true", "a 'b"], "B is no command line"),
        (["true", "true", "--workload", "w"], "--workload w is of a study"),
        (["a", "b", "--config", "config/pilot.yaml"], "only those of throughput have strategies"),
    ],
)
def test_what_cannot_be_compared_is_refused(run, arguments, message):
    found = run(*arguments)
    assert isinstance(found.exception, ValueError) and message in str(found.exception)
