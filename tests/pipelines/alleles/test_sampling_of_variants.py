"""A sample of a person's files is like the whole, and files of no use are refused first."""

import gzip
import shlex
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiltyard.pipelines.alleles import sampling
from tiltyard.pipelines.alleles.pipeline import Alleles
from tiltyard.pipelines.alleles.simulating.design import Design
from tiltyard.pipelines.alleles.simulating.simulation import simulate
from tiltyard.pipelines.tunable import Tunable


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Two BAM files, variants and a FASTA, in an odd sequence."""
    folder = tmp_path_factory.mktemp("own")
    made = simulate(Design(files=2, variants=400, depth=5, genome=400_000), folder, 1)
    first, second = made.alignments.values()
    return [made.variants, first, made.fasta, second]


def records(path):
    return [line for line in Path(path).read_text().splitlines() if not line.startswith("#")]


def test_files_are_known_by_their_names(files):
    work = sampling.own(files)
    assert work.files["alignments"] == [files[1], files[3]]
    assert (work.files["variants"], work.files["fasta"]) == ([files[0]], [files[2]])
    assert work.units == {"variants": 800}
    assert isinstance(Alleles(), Tunable)


@pytest.mark.parametrize("share", [0.01, 0.25, 0.6])
def test_a_sample_has_its_share_of_variants_and_of_bytes(files, tmp_path, share):
    work = sampling.own(files)
    part = sampling.sample(work, tmp_path, share)
    everything, kept = records(files[0]), records(part.files["variants"][0])
    assert len(kept) == round(share * len(everything)) == part.units["variants"] / 2
    assert [line for line in everything if line in set(kept)] == kept  # in the file's sequence
    assert part.files["alignments"] == work.files["alignments"]
    header = Path(part.files["variants"][0]).read_text().splitlines()[: -len(kept)]
    assert header == Path(files[0]).read_text().splitlines()[: -len(everything)]
    assert sampling.amount(part) < sampling.amount(work)
    if share >= 0.25:  # a window of the index is the least that is read
        bytes_share = sampling.amount(part) / sampling.amount(work)
        assert share * 0.7 < bytes_share < share + 0.35


def test_a_sample_of_a_packed_maf_is_a_maf(files, tmp_path):
    table = tmp_path / "own.MAF.gz"
    rows = [f"chr1\t{place}\tA\tC" for place in range(1, 41)]
    lines = ["#version 2.4", "Chromosome\tStart_Position\tA\tB", *rows, ""]
    table.write_bytes(gzip.compress("\n".join(lines).encode()))
    part = sampling.sample(sampling.own([table, *files[1:3]]), tmp_path, 0.1)
    written = part.files["variants"][0]
    assert written.suffix == ".maf"
    assert written.read_text().splitlines()[:2] == lines[:2]
    assert len(written.read_text().splitlines()) == 2 + 4


@given(number=st.integers(1, 300), share=st.floats(0, 1))
def test_stretches_are_spread_and_never_overlap(number, share):
    lines = [str(index) for index in range(number)]
    kept = [int(line) for line in sampling._stretches(lines, share)]
    assert kept == sorted(set(kept))
    assert len(kept) == max(1, min(number, round(share * number)))
    if len(kept) >= sampling.STRETCHES:
        assert kept[0] < number / 2 <= kept[-1]


def test_amount_without_an_index_is_the_number_of_counts(files, tmp_path):
    bare = tmp_path / "bare.bam"
    bare.write_bytes(files[1].read_bytes())
    assert sampling.amount(sampling.own([bare, files[0], files[2]])) == 400.0


@pytest.mark.parametrize(("cores", "workers"), [(1, [1]), (2, [1, 2]), (6, [1, 2, 4, 6])])
def test_workers_double_up_to_the_cores(files, cores, workers):
    found = sampling.candidates(sampling.own(files), cores)
    assert [one.workers for one in found] == workers


def test_command_line_is_one_that_a_shell_reads(files):
    work = sampling.own(files)
    [serial] = sampling.candidates(work, 1)
    words = shlex.split(sampling.command_line(serial, work))
    assert words[:3] == ["tiltyard", "alleles", "count"]
    assert words[words.index("--threads") + 1] == "1" and words.count("--bam") == 2


@pytest.mark.parametrize(
    ("taken", "message"),
    [
        ([1, 2], "a VCF or MAF file is missing"),
        ([0, 2], "a BAM or CRAM file is missing"),
        ([0, 1], "one FASTA file is needed, got none"),
        ([0, 0, 1, 2], "one file of variants is needed, got"),
    ],
)
def test_what_is_missing_is_named(files, taken, message):
    with pytest.raises(ValueError, match=message):
        sampling.own([files[index] for index in taken])


def test_files_of_no_use_are_refused(files, tmp_path):
    with pytest.raises(ValueError, match=r"reads.fastq: its name does not say what it is"):
        sampling.own([*files, tmp_path / "reads.fastq"])
    with pytest.raises(ValueError, match=r"gone.bam: there is no such file"):
        sampling.own([*files, tmp_path / "gone.bam"])
    empty = tmp_path / "none.vcf"
    empty.write_text("##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n")
    with pytest.raises(ValueError, match="it has no variants to count at"):
        sampling.own([empty, *files[1:]])
