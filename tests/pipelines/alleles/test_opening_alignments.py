"""What is checked before any read is counted, and what is said of it."""

import os
import pickle
from dataclasses import replace
from pathlib import Path

import pytest
from case_notation import LETTERS, reads_of
from counting import Files, make
from made_alignments import index_again, write_alignments, write_fasta, write_vcf

from tiltyard.pipelines.alleles.faults import InputError
from tiltyard.pipelines.alleles.opening import open_alignments
from tiltyard.pipelines.alleles.options import Options
from tiltyard.pipelines.alleles.variants import read_variants

SNP = ("c", 9, "A", "G")
LENGTHS = {"c": len(LETTERS)}


@pytest.fixture
def files(tmp_path):
    return make(tmp_path, {"c": LETTERS}, reads_of("R; A"), [SNP])


def opened(files, *specifications, options=None, **choices):
    variants = read_variants(files.variants, files.fasta)
    names = [str(name) for name in specifications or [files.alignments]]
    return open_alignments(names, files.fasta, variants, options or Options(), **choices)


def refused(files, *specifications, **choices):
    with pytest.raises(InputError) as raised:
        opened(files, *specifications, **choices)
    return str(raised.value)


def with_variants(files, *variants):
    return replace(files, variants=write_vcf(files.variants.with_name("w.vcf"), variants))


def with_fasta(files, letters, name="other.fa"):
    return replace(files, fasta=write_fasta(files.fasta.with_name(name), letters))


def test_what_is_in_order_is_opened_without_a_word(files):
    found = opened(files)
    (alignment,) = found.alignments
    assert (alignment.sample, alignment.contigs, alignment.letters) == ("s", LENGTHS, {"c": "c"})
    assert alignment.index == Path(f"{files.alignments}.bai")
    assert (found.notes, found.warnings) == ((), ())
    assert pickle.loads(pickle.dumps(alignment)) == alignment


# Names of contigs.


@pytest.mark.parametrize(
    ("variants", "fasta", "reads"),
    [
        ("1", "chr1", "1"),
        ("chr1", "1", "chr1"),
        ("1", "1", "chr1"),
        ("M", "chrM", "MT"),
        ("chrM", "MT", "MT"),
        ("MT", "chrM", "M"),
    ],
)
def test_contigs_have_other_names_elsewhere(tmp_path, reference, variants, fasta, reads):
    write_fasta(tmp_path / "r.fa", {fasta: LETTERS})
    write_alignments(tmp_path / "s.bam", {reads: len(LETTERS)}, reads_of("R; A"))
    write_vcf(tmp_path / "v.vcf", [(variants, 9, "A", "G")])
    files = Files(tmp_path / "s.bam", tmp_path / "r.fa", tmp_path / "v.vcf")
    found = opened(files)
    assert found.alignments[0].letters == {reads: fasta}
    assert found.variants.rows[0].contig == variants
    (note,) = found.notes
    assert f"{variants} is " in note
    assert files.table(reference).digits(0) == "221111211"


def test_the_own_name_comes_first(tmp_path, reference):
    letters = {"chr1": LETTERS[::-1], "1": LETTERS}
    made = make(tmp_path, letters, reads_of("R"), [("1", 9, "A", "G")])
    found = opened(made)
    assert found.alignments[0].letters == {"1": "1"}
    assert found.notes == ()
    assert made.table(reference).digits(0) == "000000000"


def test_a_missing_contig_is_refused_or_skipped(files, reference):
    files = with_variants(files, ("d", 9, "A", "G"), SNP, ("<E>", 3, "A", "<DEL>"))
    message = refused(files)
    assert f"d is not in {files.fasta}, which has c" in message
    assert f"d is not in {files.alignments}, which has c" in message
    assert "--missing-contig skip" in message
    assert "<E>" not in message
    found = opened(files, missing_contig="skip")
    assert [row.unsupported for row in found.variants.rows] == [
        "contig missing",
        "",
        "symbolic ALT",
    ]
    assert sum("contig d is not in" in warning for warning in found.warnings) == 2
    table = files.table(reference, missing_contig="skip")
    assert table.values == {
        (0, None): None,
        (1, None): (2, 2, 1, 1, 1, 1, 2, 1, 1),
        (2, None): None,
    }


def test_a_contig_that_one_file_lacks_is_counted_in_the_others(tmp_path, files, reference):
    from counting import table

    files = with_fasta(files, {"c": LETTERS, "d": LETTERS})
    files = with_variants(files, SNP, ("d", 9, "A", "G"))
    both = {**LENGTHS, "d": len(LETTERS)}
    more = write_alignments(tmp_path / "t.bam", both, [replace(reads_of("A")[0], contig=1)])
    found = opened(files, files.alignments, more, missing_contig="skip")
    assert [row.unsupported for row in found.variants.rows] == ["", ""]
    one, other = (
        table(reference, alignment, found.variants, Options()) for alignment in found.alignments
    )
    assert one.values[1, None] is None
    assert other.digits(1) == "110011101"
    (warning,) = found.warnings
    assert "s.bam" in warning


def test_lengths_that_differ_are_refused_or_said(tmp_path, files, reference):
    longer = write_alignments(tmp_path / "l.bam", {"c": 50}, reads_of("R; A"))
    files = replace(files, alignments=longer)
    assert f"{longer}: c has 50, not 40" in refused(files)
    (warning,) = opened(files, length_mismatch="warn").warnings
    assert "c has 50, not 40" in warning
    assert files.table(reference, length_mismatch="warn").digits(0) == "221111211"


# REF.


def test_another_ref_is_refused_or_skipped(files, reference):
    files = with_variants(files, *(("c", 9, ref, "G") for ref in "CTCTCTCA"))
    message = refused(files)
    assert "7 times; the first 5" in message
    assert f"{files.variants}, line 3: c:9:C:G: the FASTA has A" in message
    assert message.count("the FASTA has A") == 5
    assert "--ref-mismatch skip" in message
    found = opened(files, ref_mismatch="skip")
    assert [bool(row.unsupported) for row in found.variants.rows] == [True] * 7 + [False]
    (warning,) = found.warnings
    assert "7 variants" in warning
    assert files.table(reference, ref_mismatch="skip").digits(7) == "221111211"


def test_letters_outside_acgt_fit_any_ref(files, reference):
    letters = LETTERS[:8] + "nR" + LETTERS[10:].lower()
    files = with_variants(with_fasta(files, {"c": letters}), SNP, ("c", 8, "TACG", "T"))
    assert opened(files).warnings == ()
    assert files.table(reference).digits(0) == "221111211"
    assert "the FASTA has TNRG" in refused(with_variants(files, ("c", 8, "TACC", "T")))


@pytest.mark.parametrize("variant", [("c", 41, "A", "G"), ("c", 39, "TGA", "T")])
def test_a_variant_behind_the_end_is_refused(files, variant):
    message = refused(with_variants(files, variant), ref_mismatch="skip")
    assert "the contig ends at 40" in message


# Indexes.


@pytest.mark.parametrize("name", ["s.bam.bai", "s.bai", "s.bam.csi"])
def test_indexes_have_several_names(files, reference, name):
    made = Path(f"{files.alignments}.bai")
    if name.endswith("csi"):
        index_again(files.alignments, "-c")
    else:
        made.rename(made.with_name(name))
    assert opened(files).alignments[0].index.name == name
    assert files.table(reference).digits(0) == "221111211"


def test_a_missing_index_is_refused(files):
    Path(f"{files.alignments}.bai").unlink()
    assert f"samtools index {files.alignments}" in refused(files)


def test_a_bai_does_not_do_for_a_long_contig(tmp_path, files):
    made = write_alignments(tmp_path / "l.bam", {"c": len(LETTERS)}, [])
    bai = Path(f"{made}.bai").read_bytes()
    long = write_alignments(tmp_path / "l.bam", {"c": (1 << 29) + 1}, [], index=False)
    Path(f"{long}.bai").write_bytes(bai)
    assert f"samtools index -c {long}" in refused(files, long, length_mismatch="warn")


def test_an_older_index_is_said(files):
    index = Path(f"{files.alignments}.bai")
    os.utime(index, ns=(1, 1))
    (warning,) = opened(files).warnings
    assert f"{index} is older" in warning


@pytest.mark.parametrize("content", [b"", b"BAI\1", b"BAM\1\0\0\0\0", b"\x1f\x8b\0", b"CSI\1\0\0"])
def test_a_damaged_index_is_refused(files, content):
    Path(f"{files.alignments}.bai").write_bytes(content)
    assert "samtools index" in refused(files)


def test_the_index_of_another_file_is_refused(tmp_path, files):
    other = write_alignments(tmp_path / "o.bam", {"c": 40, "d": 40}, [])
    Path(f"{other}.bai").rename(f"{files.alignments}.bai")
    assert "2 contigs, and s.bam has 1" in refused(files)


# Files.


def test_files_of_other_formats_are_refused(tmp_path, files):
    sam = tmp_path / "s.sam"
    sam.write_text("@HD\tVN:1.6\n")
    assert f"samtools sort -o sorted.bam {sam}" in refused(files, sam)
    assert "cannot be read" in refused(files, tmp_path / "none.bam")
    assert "cannot be read" in refused(files, tmp_path)


def test_faults_of_several_files_are_told_together(tmp_path, files):
    names = [tmp_path / f"{number}.bam" for number in range(7)]
    message = refused(files, *names)
    assert "7 times; the first 5" in message
    assert all(str(name) in message for name in names[:5])


def test_a_file_without_its_end_is_refused(tmp_path, files):
    cut = tmp_path / "cut.bam"
    cut.write_bytes(files.alignments.read_bytes()[:-28])
    message = refused(files, cut)
    assert (
        f"{cut}: the file ends at byte {cut.stat().st_size:,} without BGZF's end block" in message
    )
    cram = write_alignments(tmp_path / "s.cram", LENGTHS, reads_of("R"), fasta=files.fasta)
    cram.write_bytes(cram.read_bytes()[:-38])
    assert "without CRAM's end container" in refused(files, cram)


def test_a_header_that_is_no_bam_s_is_refused(tmp_path, files):
    from made_alignments import block

    other = tmp_path / "x.bam"
    other.write_bytes(block(b"no bam at all") + block(b""))
    assert f"{other} has no header" in refused(files, other)


# Samples.


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


# CRAM.


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


def test_a_choice_that_is_none_is_refused(files):
    for name in ("ref_mismatch", "missing_contig", "length_mismatch"):
        assert f"{name} is 'perhaps'" in refused(files, **{name: "perhaps"})


def test_an_alignment_file_is_needed(files):
    variants = read_variants(files.variants, files.fasta)
    with pytest.raises(InputError, match="no file of alignments"):
        open_alignments([], files.fasta, variants, Options())
