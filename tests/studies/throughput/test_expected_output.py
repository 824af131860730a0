"""The reference's output is made once, kept, and made again where it is lost or damaged."""

import pytest

from tiltyard.engine.outcome import Outcome, Status
from tiltyard.studies.throughput.expected import NoReference, expected_of
from tiltyard.studies.throughput.launching import keep
from tiltyard.studies.throughput.strategies import methods_of
from tiltyard.studies.throughput.workloads import ready_files


class Reference:
    """Launches of the reference, which keep an output at a path."""

    def __init__(self, folder, text="right\n", outcome=None):
        self.launched, self._output = 0, folder / "output"
        self._output.write_text(text)
        self._outcome = outcome or Outcome(Status.OK, "", {})

    def __call__(self, path):
        self.launched += 1
        if self._outcome.status is Status.OK:
            keep(self._output, path, "digest")
        return self._outcome


@pytest.fixture
def files(bench):
    return ready_files(bench.study(), "n3")


@pytest.fixture
def plain(bench):
    return next(one for one in methods_of(bench.study().config) if one.name == "plain")


def test_it_is_made_once(files, plain, tmp_path):
    run = Reference(tmp_path)
    first = expected_of(files, plain, run)
    assert (first.path.read_text(), first.digest) == ("right\n", "digest")
    assert expected_of(files, plain, run) == first and run.launched == 1
    assert first.path.is_relative_to(files.folder.parent)


@pytest.mark.parametrize("harm", ["cut", "gone", "note"])
def test_it_is_made_again_where_it_is_damaged(files, plain, tmp_path, harm, capsys):
    run = Reference(tmp_path)
    path = expected_of(files, plain, run).path
    note = path.with_name(f"{path.name}.json")
    if harm == "gone":
        path.unlink()
    else:
        harmed = path if harm == "cut" else note
        harmed.write_bytes(harmed.read_bytes()[:-5])
    assert expected_of(files, plain, run).path.read_text() == "right\n"
    assert run.launched == 2 and "made again" in capsys.readouterr().err


def test_another_reference_or_another_version_of_it_gives_its_own(bench, files, plain, tmp_path):
    run = Reference(tmp_path)
    first = expected_of(files, plain, run).path
    other = type(plain).from_dict({**plain.to_dict(), "version": "2"})
    assert expected_of(files, other, run).path != first and run.launched == 2


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (Outcome(Status.TIMEOUT, "not done within 4 s"), "not done within 4 s"),
        (Outcome(Status.OK, "", {"difference": "cannot be read"}), "cannot be read"),
    ],
)
def test_without_a_reference_the_reason_is_said(files, plain, tmp_path, outcome, words):
    with pytest.raises(NoReference, match=f"the reference plain gives no output .*: {words}"):
        expected_of(files, plain, lambda path: outcome)
