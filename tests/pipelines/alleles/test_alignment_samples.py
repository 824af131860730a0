"""Names of samples, and the letters that a CRAM was written against."""

from dataclasses import replace
from pathlib import Path

import pytest
from case_notation import LETTERS, reads_of
from checked_inputs import LENGTHS, SNP, opened, refused, with_fasta
from counting import make
from made_alignments import write_alignments

from tiltyard.pipelines.alleles.options import Options


@pytest.fixture
def files(tmp_path):
    return make(tmp_path, {"c": LETTERS}, reads_of("R; A"), [SNP])


def sample(files, folder, groups, given="", **options):
    path = write_alignments(folder / "stem.bam", LENGTHS, [], groups)
    found = opened(files, f"{given}{path}", options=Options(**options))
    return found.alignments[0]


def test_samples_are_named_by_hand_header_or_file(tmp_path, files):
    one = [("a", "A"), ("b", "A"), ("c", "")]
    assert sample(files, tmp_path, one, "N:").sample == "N"
    assert sample(files, tmp_path, one).sample == "A"
    assert sample(files, tmp_path, []).sample == "stem"
    assert sample(files, tmp_path, [("a", "")]).sample == "stem"
    apart = sample(files, tmp_path, [("a", "A"), ("b", "B"), ("c", "")], by_read_group=True)
    assert (apart.sample, apart.read_groups) == ("", {"a": "A", "b": "B", "c": "c"})


def test_a_colon_may_be_in_a_file_s_name(tmp_path, files):
    odd = write_alignments(tmp_path / "run:1.bam", LENGTHS, [])
    assert opened(files, odd).alignments[0].sample == "run:1"
    assert opened(files, f"N:{odd}").alignments[0].sample == "N"
    assert "NAME:FILE" in refused(files, f":{odd}")
    assert "NAME:FILE" in refused(files, "N:")


def test_several_samples_are_refused(tmp_path, files):
    path = write_alignments(tmp_path / "m.bam", LENGTHS, [], [("a", "A"), ("b", "B")])
    for given in (path, f"N:{path}"):
        message = refused(files, given)
        assert "2 samples: A, B" in message
        assert "--by-read-group" in message


def test_the_same_sample_twice_is_refused(tmp_path, files):
    other = write_alignments(tmp_path / "t.bam", LENGTHS, [], [("a", "s")])
    message = refused(files, files.alignments, other)
    assert f"s: {files.alignments}, {other}" in message
    assert "NAME:FILE" in message
    assert len(opened(files, files.alignments, f"t:{other}").alignments) == 2
    again = write_alignments(tmp_path / "u.bam", LENGTHS, [], [("x", ""), ("y", "s")])
    apart = Options(by_read_group=True)
    assert f"s: {other}, {again}" in refused(files, other, again, options=apart)


def test_read_groups_are_needed_to_count_by_them(files):
    apart = Options(by_read_group=True)
    assert "no read groups" in refused(files, options=apart)
    assert "leave out N:" in refused(files, f"N:{files.alignments}", options=apart)


def cram_of(files, folder, name="s.cram"):
    return write_alignments(folder / name, LENGTHS, reads_of("R; A"), fasta=files.fasta)


def test_a_cram_needs_its_reference(tmp_path, files, reference):
    cram = cram_of(files, tmp_path)
    right = replace(files, alignments=cram)
    assert right.table(reference).digits(0) == "221111211"
    assert opened(right).alignments[0].index == Path(f"{cram}.crai")
    wrong = with_fasta(right, {"c": LETTERS[:-1] + "A"})
    message = refused(wrong)
    assert f"{cram}: the MD5 of c is " in message
    named = with_fasta(right, {"chrc": LETTERS}, "named.fa")
    assert f"{named.fasta} has no contig of the name c" in refused(named)
    lower = with_fasta(right, {"c": LETTERS.lower()}, "lower.fa")
    assert lower.table(reference).digits(0) == "221111211"


def test_only_contigs_with_variants_need_the_cram_s_reference(tmp_path, reference):
    letters = {"c": LETTERS, "d": LETTERS[::-1]}
    files = make(tmp_path, letters, reads_of("R; A"), [SNP], name="s.cram")
    other = with_fasta(files, {"c": LETTERS, "d": LETTERS})
    assert other.table(reference).digits(0) == "221111211"
