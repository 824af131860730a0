"""A sample of a person's contigs is like the whole, and files of no use are refused first."""

import itertools
import shlex
import subprocess

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sequence_folders import write_classifier

from tiltyard.pipelines.sequences import sampling
from tiltyard.pipelines.sequences.fasta import fasta_of, read_fasta
from tiltyard.pipelines.sequences.pipeline import Sequences
from tiltyard.pipelines.sequences.simulating import made_contigs
from tiltyard.pipelines.tunable import Tunable


@pytest.fixture(scope="module")
def contigs(tmp_path_factory):
    path = tmp_path_factory.mktemp("own") / "contigs.fa"
    path.write_bytes(fasta_of(made_contigs(60, 100, 9000, np.random.default_rng(4))))
    return path


def read(path):
    return [(one.name, one.sequence) for one in read_fasta(path)]


def test_the_pipeline_can_be_tuned(contigs):
    work = Sequences().own([contigs])
    assert isinstance(Sequences(), Tunable) and Sequences().auto == "--workers auto"
    assert work.units["bases"] == sum(len(letters) for _, letters in read(contigs))
    assert Sequences().amount(work) == work.units["bases"]


@pytest.mark.parametrize("share", [0.01, 0.25, 0.6, 1.0])
def test_a_sample_has_its_share_of_bases_from_everywhere_and_as_many_files(
    contigs, tmp_path, share
):
    work = sampling.own([contigs])
    part = sampling.sample(work, tmp_path, share)
    pieces = [letters for _, letters in read(part.files["sequences"][0])]
    assert sum(map(len, pieces)) == part.units["bases"]
    assert part.units["bases"] == pytest.approx(share * work.units["bases"], abs=8)
    assert part.facts["per_file"] == round(10_000 * share)
    everything = b"|".join(letters for _, letters in read(contigs))
    places = [everything.find(piece) for piece in pieces if len(piece) > 30]
    assert min(places) >= 0 and places == sorted(places)
    assert places[0] < len(everything) / 4 < 3 * len(everything) / 4 < places[-1] + 6000


@given(st.integers(1, 10**6), st.floats(0, 1))
def test_spans_never_overlap_and_have_the_bases_that_are_wanted(bases, share):
    spans = sampling._spans(bases, share * bases)
    assert all(0 <= begin <= end <= bases for begin, end in spans)
    assert all(one[1] <= two[0] for one, two in itertools.pairwise(spans))
    kept = sum(end - begin for begin, end in spans)
    assert kept == pytest.approx(max(1, share * bases), abs=8)


@pytest.mark.parametrize(("cores", "workers"), [(1, [1]), (2, [1, 2]), (6, [1, 2, 4, 6])])
def test_processes_double_up_to_the_cores(contigs, cores, workers):
    found = sampling.candidates(sampling.own([contigs]), cores)
    assert [one.workers for one in found] == workers


def test_the_command_line_is_one_that_a_shell_reads_and_that_runs(contigs, tmp_path):
    write_classifier(tmp_path / "a model", "random-bert-1x16", None, 16)
    work = sampling.own([contigs, tmp_path / "a model"])
    _, two = sampling.candidates(work, 2)
    words = shlex.split(sampling.command_line(two, work))
    assert words[:3] == ["tiltyard", "sequences", "predict"]
    assert (
        words[words.index("--workers") + 1] == "2" and words[words.index("--window") + 1] == "300"
    )
    assert words[words.index("--model") + 1] == str(tmp_path / "a model")
    part = sampling.sample(work, tmp_path, 0.02)
    command = Sequences().command(two, part, tmp_path / "o.tsv")
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    assert len((tmp_path / "o.tsv").read_text().splitlines()) > 3
    assert command[command.index("--per-file") + 1] == "200"


def test_files_of_no_use_are_refused(contigs, tmp_path):
    with pytest.raises(ValueError, match=r"gone.fa: there is no such file"):
        sampling.own([tmp_path / "gone.fa"])
    with pytest.raises(ValueError, match="one FASTA file of contigs is needed, got none"):
        sampling.own([])
    with pytest.raises(ValueError, match="one FASTA file of contigs is needed, got"):
        sampling.own([contigs, contigs])
    with pytest.raises(ValueError, match=r"there is no classifier\.json"):
        sampling.own([contigs, tmp_path])
    (tmp_path / "empty.fa").write_bytes(b">a\n")
    with pytest.raises(ValueError, match="it has no bases to read"):
        sampling.own([tmp_path / "empty.fa"])
