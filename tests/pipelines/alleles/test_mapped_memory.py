"""What mapping a file costs: pages are given back, gaps are not read, nothing is left."""

import re
from array import array
from pathlib import Path

import numpy as np
import pysam
import pytest
from made_alignments import index_again

from tiltyard.pipelines.alleles.alignment import Alignment
from tiltyard.pipelines.alleles.compiled import layout
from tiltyard.pipelines.alleles.counts import Site
from tiltyard.pipelines.alleles.faults import InputError
from tiltyard.pipelines.alleles.implementations import implementation
from tiltyard.pipelines.alleles.implementations.mapped import counting
from tiltyard.pipelines.alleles.implementations.mapped.limit import inflate_only
from tiltyard.pipelines.alleles.options import Options

LENGTH, READ, STEP, READS = 4_000_000, 20_000, 2_000, 1_900


@pytest.fixture(scope="module")
def alignment(tmp_path_factory):
    """57 MB of long reads, not compressed: 1,900 of 20,000 bases."""
    folder = tmp_path_factory.mktemp("large")
    path = folder / "s.bam"
    header = pysam.AlignmentHeader.from_references(["c"], [LENGTH])
    read = pysam.AlignedSegment(header)
    read.query_name, read.reference_id, read.mapping_quality = "r", 0, 60
    read.query_sequence = "ACGT" * (READ // 4)
    read.query_qualities = array("B", [30] * READ)
    read.cigartuples = [(0, READ)]
    with pysam.AlignmentFile(str(path), "wbu", header=header) as file:
        for number in range(READS):
            read.reference_start = STEP * number
            file.write(read)
    index_again(path)
    fasta = folder / "r.fa"
    return Alignment(
        path=path,
        index=Path(f"{path}.bai"),
        fasta=fasta,
        sample="s",
        cram=False,
        contigs={"c": LENGTH},
        letters={"c": "c"},
    )


def resident(path):
    """Memory of this process that is pages of a file [MB]."""
    found = 0
    inside = False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
            inside = line.endswith(str(path))
        elif inside and line.startswith("Rss:"):
            found += int(line.split()[1])
    return found / 1e3


def peak():
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1e3
    raise AssertionError("no VmHWM")


def sites_at(positions):
    return [Site("c", int(p), "ACGT"[p % 4], "ACGT"[(p + 1) % 4], "snp", 0) for p in positions]


def test_pages_are_given_back(alignment):
    assert alignment.path.stat().st_size > 50_000_000
    counting.count(alignment, sites_at([5]), Options())  # the file is mapped
    sites = sites_at(range(5, 3_800_000, 1_000))
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins here
    before = peak()
    counts = counting.count(alignment, sites, Options())
    assert counts.values[:, 0].sum() > 30_000
    assert resident(alignment.path) < 5
    assert peak() - before < 25


def test_many_units_leave_nothing_behind(alignment):
    for first in range(5, 3_800_000, 50_000):
        counting.count(alignment, sites_at(range(first, first + 5_000, 1_000)), Options())
    assert resident(alignment.path) < 5


def test_gaps_between_sites_are_not_read(alignment, monkeypatch):
    """Three sites far apart need few of the file's blocks."""
    seen = []
    original = counting.Unit.counts

    def spy(unit):
        seen.append(unit.get(layout.BLOCK_COUNT))
        return original(unit)

    monkeypatch.setattr(counting.Unit, "counts", spy)
    counting.count(alignment, sites_at([10_000, 2_000_000, 3_700_000]), Options())
    counting.count(alignment, sites_at(range(10_000, 3_700_000, 1_000)), Options())
    few, all_of_them = seen
    assert 0 < few < all_of_them / 20


def test_a_site_behind_the_last_reads_is_zero_without_reading(alignment, monkeypatch):
    seen = []
    original = counting.Unit.counts

    def spy(unit):
        seen.append(unit.get(layout.BLOCK_COUNT))
        return original(unit)

    monkeypatch.setattr(counting.Unit, "counts", spy)
    counts = counting.count(alignment, sites_at([LENGTH - 10]), Options())
    assert counts.values.tolist() == [[0] * 9]
    assert seen == [0]


def test_the_limit_inflates_all_and_finds_damage(alignment, tmp_path):
    with pysam.BGZFile(str(alignment.path), "r") as file:
        assert inflate_only(alignment.path) == len(file.read())
    assert resident(alignment.path) < 5
    content = bytearray(alignment.path.read_bytes()[:3_000_000]) + alignment.path.read_bytes()[-28:]
    path = tmp_path / "cut.bam"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"cut\.bam, byte [\d,]+: "):
        inflate_only(path)


def test_reads_of_20_kb_have_the_depth_that_they_were_given(alignment):
    sites = sites_at([0, 1_999, 2_000, 19_999, 20_000, 100_001])
    expected = [1, 1, 2, 10, 10, 10]
    for name in ("mapped", "arrays"):
        counts = implementation(name).count(alignment, sites, Options(exact_cigar=True))
        assert counts.values[:, 0].tolist() == expected
        assert (counts.values[:, 2] == counts.values[:, 0]).all()
    assert np.array(expected).sum() == counts.reasons.sum()
