"""The limits: they read and inflate what counting cannot do without, and no more."""

import gzip
import json
import shutil
from itertools import pairwise

import pysam
import pytest

from tiltyard.pipelines.alleles.limits import blocks, needed
from tiltyard.pipelines.alleles.limits.__main__ import main
from tiltyard.pipelines.alleles.simulating.design import Design
from tiltyard.pipelines.alleles.simulating.simulation import simulate
from tiltyard.pipelines.stages import VARIABLE

DENSE = Design(genome=200_000, variants=400, depth=20)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return simulate(DENSE, tmp_path_factory.mktemp("made"), 3)


@pytest.fixture
def copy(made, tmp_path):
    """A BAM file that may be changed, with its index."""
    for path in (made.alignments["s1"], made.alignments["s1"].with_suffix(".bam.bai")):
        shutil.copy(path, tmp_path)
    return tmp_path / "s1.bam"


def size_of(ranges):
    return sum(end - begin for begin, end in ranges)


def starts(path):
    """Place of each block in the file, and of its end."""
    data, found, place = path.read_bytes(), [], 0
    while place < len(data):
        found.append(place)
        place += int.from_bytes(data[place + 16 : place + 18], "little") + 1
    return found


def test_positions_of_vcf_and_maf_by_contig(made, tmp_path):
    found = needed.positions(made.variants)
    assert {contig: len(places) for contig, places in found.items()} == {"c1": 200, "c2": 200}
    maf = tmp_path / "v.maf.gz"
    text = "#version 2.4\nHugo\tChromosome\tStart_Position\nx\t7\t100\nx\t7\t50\n"
    maf.write_bytes(gzip.compress(text.encode()))
    assert needed.positions(maf) == {"7": [99, 49]}
    plain = tmp_path / "v.txt"
    plain.write_text("1\t2\n")
    with pytest.raises(ValueError, match="no line names the columns"):
        needed.positions(plain)


def test_ranges_begin_at_blocks_and_are_apart(made):
    path = made.alignments["s1"]
    found = needed.ranges(path, needed.positions(made.variants))
    assert {begin for begin, _ in found} <= set(starts(path))
    assert all(end < begin for (_, end), (begin, _) in pairwise(found))


def test_variants_all_over_need_nearly_the_whole_file_and_no_variant_needs_nothing(made):
    path = made.alignments["s1"]
    whole = needed.ranges(path, needed.positions(made.variants))
    assert 0.8 * path.stat().st_size < size_of(whole) <= path.stat().st_size
    assert needed.ranges(path, {}) == needed.ranges(path, {"c9": [5]}) == []


def test_contigs_may_be_called_with_chr_or_without(made):
    path, places = made.alignments["s1"], needed.positions(made.variants)
    renamed = {f"chr{contig}": own for contig, own in places.items()}
    assert needed.ranges(path, renamed) == needed.ranges(path, places)


@pytest.mark.parametrize("position", [10, 5_000, 40_000, 99_000])
def test_no_more_is_read_than_from_the_windows_first_read_to_the_last_at_the_variant(
    made, position
):
    path = made.alignments["s1"]
    window = position // needed.WINDOW * needed.WINDOW
    with pysam.AlignmentFile(str(path)) as file:
        places = []
        for read in file.fetch("c1", window, position + 1):
            places.append(file.tell() >> 16)
            assert read.reference_start <= position
    span = places[-1] - min(start for start in starts(path) if start <= places[0])
    found = needed.ranges(path, {"c1": [position]})
    assert size_of(found) <= span + 0xFFFF


def test_all_ranges_are_read_and_all_their_blocks_inflated(made):
    path = made.alignments["s1"]
    end = starts(path)[-1]
    assert blocks.read(path, [(0, end)]) == end
    with gzip.open(path) as file:
        assert blocks.Inflater()(path, [(0, end)]) == len(file.read())


def test_damaged_block_is_named_with_its_place(copy):
    place = starts(copy)[2]
    data = bytearray(copy.read_bytes())
    data[place + 100] ^= 1
    copy.write_bytes(data)
    with pytest.raises(ValueError, match=rf"s1\.bam: the block at byte {place:,} is damaged"):
        blocks.Inflater()(copy, [(0, starts(copy)[-1])])


def test_file_without_a_bai_is_refused_with_the_remedy(copy):
    copy.with_suffix(".bam.bai").unlink()
    with pytest.raises(ValueError, match=r"it has no \.bai, which .* samtools index"):
        needed.ranges(copy, {})


@pytest.mark.parametrize("what", ["read", "inflate"])
def test_command_writes_the_bytes_and_says_its_stages(what, made, tmp_path, monkeypatch):
    said, output = tmp_path / "stages", tmp_path / "out"
    monkeypatch.setenv(VARIABLE, str(said))
    alignments = str(made.alignments["s1"])
    files = ["--variants", str(made.variants), "--output", str(output), alignments]
    assert main([what, *files]) == 0
    ranges = needed.ranges(made.alignments["s1"], needed.positions(made.variants))
    call = blocks.read if what == "read" else blocks.Inflater()
    assert int(output.read_text()) == call(made.alignments["s1"], ranges) > 0
    stages = [json.loads(line)["stage"] for line in said.read_text().splitlines()]
    assert stages == ["import", "open", "compute", "write"]


def test_command_says_what_cannot_be_read_and_writes_nothing(made, tmp_path, capsys):
    output = tmp_path / "out"
    arguments = [
        "--variants",
        str(made.variants),
        "--output",
        str(output),
        str(tmp_path / "no.bam"),
    ]
    assert main(["read", *arguments]) == 2
    assert "no.bam: it has no .bai" in capsys.readouterr().err and not output.exists()
