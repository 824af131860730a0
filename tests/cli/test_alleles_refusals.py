"""What `tiltyard alleles` refuses: one message with thing, value and remedy; status 2; no table."""

import os
import subprocess
import sys
from pathlib import Path

import pysam
import pytest
from commandline import tiltyard

VCF = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A genome of 60 bases, one read, variants; and what is wrong with some of them."""
    folder = tmp_path_factory.mktemp("refusals")
    letters = "ACGTACGTACGGATTTCCAGTCTCTCAGGACATGCATTTGACGTACGTACGGATTTCCAG"
    (folder / "r.fa").write_text(f">c\n{letters}\n")
    (folder / "bare.fa").write_text(f">c\n{letters}\n")
    (folder / "other.fa").write_text(f">c\n{letters[:50]}\n")
    for name in ("r.fa", "other.fa"):
        pysam.faidx(str(folder / name))
    write_bam(folder / "a.bam", [{"ID": "g", "SM": "S"}], letters)
    write_bam(folder / "twice.bam", [{"ID": "g", "SM": "S"}], letters)
    write_bam(folder / "two.bam", [{"ID": "g", "SM": "S"}, {"ID": "h", "SM": "T"}], letters)
    (folder / "bare.bam").write_bytes((folder / "a.bam").read_bytes())
    (folder / "cut.bam").write_bytes((folder / "a.bam").read_bytes()[:-28])
    (folder / "cut.bam.bai").write_bytes((folder / "a.bam.bai").read_bytes())
    (folder / "text.bam").write_text("not a BAM\n")
    (folder / "v.vcf").write_text(f"{VCF}c\t9\t.\tA\tG\t.\t.\t.\n")
    (folder / "mismatch.vcf").write_text(
        VCF
        + "".join(f"c\t{p}\t.\tN\tG\t.\t.\t.\n".replace("N", "T") for p in (9, 10, 11, 12, 13, 17))
    )
    (folder / "elsewhere.vcf").write_text(f"{VCF}zz\t9\t.\tA\tG\t.\t.\t.\n")
    (folder / "broken.vcf").write_text(f"{VCF}c 9 . A G\n")
    (folder / "notes.txt").write_text("dear diary\n")
    (folder / "empty.tsv").write_text("")
    (folder / "odd.tsv").write_text("sample\tpath\nS\ta.bam\n")
    (folder / "double.tsv").write_text("sample\talignment\nS\ta.bam\nS\ta.bam\n\tb.bam\n")
    (folder / "file").write_text("")
    return folder


def write_bam(path, groups, letters):
    header = {"HD": {"VN": "1.6", "SO": "coordinate"}, "SQ": [{"SN": "c", "LN": 60}], "RG": groups}
    with pysam.AlignmentFile(str(path), "wb", header=header) as file:
        read = pysam.AlignedSegment(file.header)
        read.query_name, read.query_sequence, read.cigarstring = "r", letters[4:24], "20M"
        read.reference_id, read.reference_start, read.mapping_quality = 0, 4, 60
        read.query_qualities = [30] * 20
        file.write(read)
    pysam.index(str(path))


GOOD = {"-v": "v.vcf", "-f": "r.fa", "-b": "a.bam", "-o": "out.tsv"}


def refused(folder, changes, more=()):
    words = [word for pair in {**GOOD, **changes}.items() if pair[1] for word in pair]
    return tiltyard("alleles", "count", *words, *more, cwd=folder, check=False)


def test_what_is_right_is_counted(files):
    done = refused(files, {"-o": "right.tsv"})
    assert done.returncode == 0 and (files / "right.tsv").exists()
    (files / "right.tsv").unlink()


@pytest.mark.parametrize(
    ("changes", "more", "words"),
    [
        # Files that are not there, or not what they should be.
        ({"-v": "nowhere.vcf"}, (), "nowhere.vcf cannot be read: No such file"),
        ({"-v": "notes.txt"}, (), "notes.txt is neither a VCF"),
        ({"-v": "broken.vcf"}, (), "broken.vcf, line 3: 1 column: 'c 9 . A G'"),
        ({"-f": "nowhere.fa"}, (), "nowhere.fa cannot be read: No such file"),
        ({"-f": "bare.fa"}, (), "bare.fa has no index bare.fa.fai; make it with: samtools faidx"),
        ({"-b": "nowhere.bam"}, (), "nowhere.bam cannot be read: No such file"),
        ({"-b": "text.bam"}, (), "text.bam is neither BAM nor CRAM"),
        ({"-b": "bare.bam"}, (), "bare.bam has no index"),
        ({"-b": "bare.bam"}, (), "make it with: samtools index bare.bam"),
        ({"-b": "cut.bam"}, (), "without BGZF's end block"),
        # Files that do not fit each other.
        ({"-v": "mismatch.vcf"}, (), "REF that is not what r.fa has"),
        ({"-v": "mismatch.vcf"}, (), "line 3: c:9:T:G: the FASTA has A"),
        ({"-v": "mismatch.vcf"}, (), "--ref-mismatch skip"),
        ({"-v": "elsewhere.vcf"}, (), "zz is not in r.fa, which has c"),
        ({"-v": "elsewhere.vcf"}, (), "--missing-contig skip"),
        ({"-f": "other.fa"}, (), "a.bam: c has 60, not 50"),
        ({"-f": "other.fa"}, (), "--length-mismatch warn"),
        # Samples.
        ({"-b": "two.bam"}, (), "two.bam has the reads of 2 samples: S, T"),
        ({}, ("-b", "twice.bam"), "S: a.bam, twice.bam"),
        ({"-b": ""}, (), "no alignments are named; name them: --bam FILE"),
        ({}, ("--sheet", "double.tsv"), "--bam and --sheet double.tsv both name alignments"),
        ({"-b": ""}, ("--sheet", "nowhere.tsv"), "nowhere.tsv cannot be read"),
        ({"-b": ""}, ("--sheet", "empty.tsv"), "empty.tsv is empty; its first line has the names"),
        ({"-b": ""}, ("--sheet", "odd.tsv"), "odd.tsv, line 1: no column called alignment"),
        ({"-b": ""}, ("--sheet", "double.tsv"), "double.tsv, line 3: S"),
        ({"-b": ""}, ("--sheet", "double.tsv"), "double.tsv, line 4: ['', 'b.bam']"),
        # The table.
        ({"-o": ""}, (), "no table is named; say where it goes: --output counts.tsv"),
        ({"-o": "out.csv"}, (), "out.csv: the ending of its name says no format; known are .tsv"),
        ({"-o": "out.parquet.gz"}, (), "Parquet is compressed as it is; call it out.parquet"),
        ({"-o": "out.maf"}, (), "v.vcf is no MAF"),
        ({"-o": "out.vcf"}, ("--by", "CB"), "--by CB has a row for each value of a tag"),
        ({"-o": "file/out.tsv"}, (), "file cannot be written: "),
        ({"-o": "/dev/nil.tsv"}, (), "/dev/nil.tsv is no plain file, and a file cannot take"),
        ({"-o": "."}, ("--output-format", "tsv"), ". is no plain file, and a file cannot take"),
        # Options.
        ({}, ("--min-mapq", "300"), "--min-mapq 300: needs a whole number from 0 to 255"),
        ({}, ("--min-mapq", "-1"), "--min-mapq -1: needs a whole number from 0 to 255"),
        ({}, ("--min-base-quality=high",), "--min-base-quality high: needs a whole number"),
        ({}, ("--block-size", "0"), "--block-size 0: needs a whole number from 1"),
        ({}, ("--threads", "0"), "--threads 0: write a number from 1, or auto"),
        ({}, ("--threads", "many"), "--threads many: write a number from 1, or auto"),
        ({}, ("--backend", "magic"), "--backend magic: write auto, serial, threads, processes or"),
        ({}, ("--backend", "serial", "--threads", "2"), "the backend serial has one worker, and 2"),
        ({}, ("--thread", "2"), "there is no option --thread; did you mean --threads"),
        ({}, ("--xyzzy",), "there is no option --xyzzy; --help lists them all"),
        ({}, ("--threads",), "--threads needs a value"),
        ({}, ("--quiet=yes",), "--quiet takes no value, and got 'yes'"),
        ({}, ("more.bam",), "'more.bam' is one word too many"),
        ({"-v": "", "-f": ""}, (), "needed, and not given: --variants, --fasta"),
        ({}, ("--by", "CELL"), "--by CELL: a tag of a read is a letter and a letter or digit"),
        ({}, ("--by", "CB", "--by-read-group"), "--by CB and --by-read-group contradict"),
        ({}, ("--fragment-tag", "1X"), "--fragment-tag 1X: a tag"),
        # Parts.
        ({}, ("--part", "p.part"), "--part p.part and --output contradict each other"),
        ({"-o": ""}, ("--part", "p.part", "--group", "3"), "--group 3: write K/N, as in 3/8"),
        ({"-o": ""}, ("--part", "p.part", "--group", "3/2"), "there are 2 groups, and no 3th"),
        ({}, ("--group", "1/2"), "--group 1/2 is of a part: say where it goes with --part"),
        ({}, ("--gather", "nowhere"), "--gather nowhere: no such folder"),
    ],
)
def test_it_is_named_before_any_work(files, changes, more, words):
    before = {path.name for path in files.iterdir()}
    done = refused(files, changes, more)
    assert done.returncode == 2
    assert words in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr and done.stdout == ""
    assert {path.name for path in files.iterdir()} == before


def test_skipped_variants_are_rows_without_numbers_and_a_warning(files):
    done = refused(files, {"-v": "mismatch.vcf", "-o": "s.tsv"}, ("--ref-mismatch", "skip"))
    assert done.returncode == 0
    assert "warning: 6 variants of mismatch.vcf cannot be counted: REF other" in done.stderr
    rows = (files / "s.tsv").read_text().splitlines()[1:]
    (files / "s.tsv").unlink()
    assert len(rows) == 6 and all("\tunsupported\t\t" in row for row in rows)


def test_the_installed_command_ends_with_one_message_and_status_2(files):
    program = Path(sys.executable).with_name("tiltyard")
    words = [word for pair in {**GOOD, "-b": "bare.bam"}.items() for word in pair]
    done = subprocess.run(
        [program, "alleles", "count", *words],
        cwd=files,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("tiltyard: ") and "Traceback" not in done.stderr


def test_without_its_packages_the_command_names_the_extra(tmp_path):
    code = (
        "import sys\n"
        "from importlib.abc import MetaPathFinder\n"
        "class Missing(MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name.partition('.')[0] in ('pysam', 'numba', 'deflate'):\n"
        "            raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
        "sys.meta_path.insert(0, Missing())\n"
        "sys.argv = ['tiltyard', 'alleles', 'example']\n"
        "from tiltyard.cli import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode and "pip install 'tiltyard[alleles]'" in done.stderr
    assert "Traceback" not in done.stderr and not os.listdir(tmp_path)
