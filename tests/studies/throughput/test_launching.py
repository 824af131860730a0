"""What becomes of a launch: its outcome, its output compared, and the reference's kept."""

from dataclasses import replace

import pytest
from planted_pipeline import STRATEGIES, Planted

from tiltyard.engine.files.json import read_sealed
from tiltyard.engine.outcome import Limits, Status
from tiltyard.pipelines.pipeline import PEER
from tiltyard.studies.throughput.launch import Launch, Stage
from tiltyard.studies.throughput.launching import Charge, conclude
from tiltyard.studies.throughput.measuring.watch import Watch

PLAIN, LIMIT, SERIAL, _ = STRATEGIES
LAUNCH = Launch(
    status=Status.OK,
    wall_seconds=2.0,
    cpu_user=1.0,
    cpu_system=0.5,
    peak_memory_mb=70.0,
    processes=2,
    threads=3,
    stages=[Stage("compute", 2.0, 1.5)],
)
LIMITS = Limits(9.0, 100.0)


class Said(Planted):
    """A pipeline whose outputs differ as is planted, or cannot be read."""

    def __init__(self, difference=""):
        super().__init__()
        self._difference = difference

    def difference(self, strategy, expected, output):
        if isinstance(self._difference, Exception):
            raise self._difference
        return self._difference


@pytest.fixture
def concluded(tmp_path):
    """The outcome of a launch whose output is `text`, where the reference's is 'right'."""
    expected = tmp_path / "expected"
    expected.write_text("right")
    right = Planted().digest(PLAIN, expected)

    def outcome_of(text="right", strategy=SERIAL, launch=LAUNCH, difference="", **facts):
        output = tmp_path / "output"
        output.unlink(missing_ok=True)
        if text is not None:
            output.write_text(text)
        charge = Charge(
            pipeline="planted",
            strategy={},
            workload={},
            folder="",
            limits=LIMITS,
            seed=1,
            known={"position": 3},
            expected=(str(expected), right),
            **facts,
        )
        return conclude(charge, Said(difference), strategy, output, Watch(), launch)

    return outcome_of


def test_costs_are_the_launchs(concluded):
    outcome = concluded()
    assert (outcome.status, outcome.cpu_seconds, outcome.wall_seconds) == (Status.OK, 1.5, 2.0)
    assert (outcome.peak_memory, outcome.peak_processes, outcome.peak_threads) == (70.0, 2, 3)
    assert outcome.limits is None and outcome.result["position"] == 3
    assert outcome.result["stages"] == [
        {"name": "compute", "wall_seconds": 2.0, "cpu_seconds": 1.5}
    ]
    assert outcome.result["watched_seconds"] == 0.0


@pytest.mark.parametrize(
    ("text", "difference", "words"),
    [
        ("right", "not asked for", ""),
        ("wrong", "record 3, depth: 4 expected, 5 found", "record 3, depth: 4 expected, 5 found"),
        ("wrong", "", "its digest is not that of the reference's output"),
        ("wrong", ValueError("line 2 is cut"), "its output cannot be read: line 2 is cut"),
    ],
)
def test_an_output_is_right_by_its_digest_and_its_difference_is_said(
    concluded, text, difference, words
):
    outcome = concluded(text, difference=difference)
    assert (outcome.status, outcome.result["difference"]) == (Status.OK, words)


@pytest.mark.parametrize("words", ["", "record 1"])
def test_a_program_of_others_is_compared_in_what_both_have(concluded, words):
    peer = replace(SERIAL, tags=(PEER,))
    assert concluded("less", peer, difference=words).result["difference"] == words


def test_a_limit_has_nothing_to_compare(concluded):
    assert concluded(None, LIMIT, difference="all").result["difference"] == ""


def test_a_command_that_ends_well_without_an_output_has_failed(concluded):
    outcome = concluded(None)
    assert (outcome.status, outcome.message) == (
        Status.FAILED,
        "it ended well, but wrote no output",
    )


def test_ends_at_limits_are_remembered_with_the_limits_and_others_without(concluded):
    late = replace(LAUNCH, status=Status.TIMEOUT, message="late")
    large = replace(LAUNCH, status=Status.CRASHED, message="large", peak_memory_mb=101.0)
    dead = replace(LAUNCH, status=Status.CRASHED, message="dead")
    outcomes = [concluded(launch=launch) for launch in (late, large, dead)]
    assert [one.limits for one in outcomes] == [LIMITS, LIMITS, None]
    assert [one.message for one in outcomes] == ["late", "large", "dead"]
    assert all("output_digest" not in one.result for one in outcomes)


def test_the_references_output_is_kept_with_its_digest(concluded, tmp_path):
    path = tmp_path / "kept" / "1"
    outcome = concluded("right", PLAIN, keep=str(path))
    assert path.read_text() == "right"
    note = read_sealed(tmp_path / "kept" / "1.json")
    assert note["digest"] == outcome.result["output_digest"]
