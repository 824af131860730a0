"""What is checked before any read is counted, and what is said of it."""

import pickle
from dataclasses import replace
from pathlib import Path

import pytest
from case_notation import LETTERS, reads_of
from checked_inputs import LENGTHS, SNP, opened, refused, with_fasta, with_variants
from counting import Files, make
from made_alignments import write_alignments, write_fasta, write_vcf

from tiltyard.pipelines.alleles.faults import InputError
from tiltyard.pipelines.alleles.opening import open_alignments
from tiltyard.pipelines.alleles.options import Options
from tiltyard.pipelines.alleles.variants import read_variants


@pytest.fixture
def files(tmp_path):
    return make(tmp_path, {"c": LETTERS}, reads_of("R; A"), [SNP])


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
def test_a_variant_behind_the_end_is_refused_or_skipped(files, variant):
    files = with_variants(files, variant, SNP)
    assert "the contig ends at 40" in refused(files)
    rows = opened(files, ref_mismatch="skip").variants.rows
    assert [row.unsupported for row in rows] == ["behind the contig's end", ""]


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


def test_a_choice_that_is_none_is_refused(files):
    for name in ("ref_mismatch", "missing_contig", "length_mismatch"):
        assert f"{name} is 'perhaps'" in refused(files, **{name: "perhaps"})


def test_an_alignment_file_is_needed(files):
    variants = read_variants(files.variants, files.fasta)
    with pytest.raises(InputError, match="no file of alignments"):
        open_alignments([], files.fasta, variants, Options())
