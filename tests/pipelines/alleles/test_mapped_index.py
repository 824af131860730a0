"""Where reading begins: offsets of BAI and CSI, against the places of the reads themselves."""

import numpy as np
import pysam
import pytest
from counting import make
from made_alignments import Read, index_again, write_alignments

from tiltyard.pipelines.alleles.alignment import Alignment
from tiltyard.pipelines.alleles.counts import Site
from tiltyard.pipelines.alleles.faults import InputError
from tiltyard.pipelines.alleles.implementations import implementation
from tiltyard.pipelines.alleles.implementations.mapped.index import NOTHING, open_index
from tiltyard.pipelines.alleles.implementations.mapped.offsets import offsets
from tiltyard.pipelines.alleles.options import Options
from tiltyard.pipelines.alleles.sites import sites_of

LENGTH = 400_000


def scattered(rng, count, length, span=2_000, contig=0):
    """Reads that begin anywhere but in one third of the contig, each with a long gap."""
    starts = rng.integers(1, length - span, count)
    starts = starts[(starts < length // 3) | (starts > 2 * length // 3)]
    return [
        Read(
            f"r{i}",
            int(start),
            (("M", 5), ("N", int(rng.integers(1, span - 10))), ("M", 5)),
            "ACGTACGTAC",
            (30,) * 10,
            contig=contig,
        )
        for i, start in enumerate(starts)
    ]


def places(path, contig):
    """Virtual offset, start and end of each read of a contig."""
    found = []
    with pysam.AlignmentFile(str(path)) as file:
        place = file.tell()
        for read in file.fetch(until_eof=True):
            if read.reference_name == contig:
                found.append((place, read.reference_start, read.reference_end))
            place = file.tell()
    return np.array(found, np.int64).reshape(-1, 3)


@pytest.fixture(
    scope="module", params=[(), ("-c",), ("-c", "-m", "10")], ids=["bai", "csi", "fine"]
)
def indexed(request, tmp_path_factory):
    rng = np.random.default_rng(3)
    reads = scattered(rng, 1500, LENGTH) + scattered(rng, 800, LENGTH, contig=2)
    path = tmp_path_factory.mktemp("index") / "s.bam"
    write_alignments(path, {"a": LENGTH, "empty": LENGTH, "b": LENGTH}, reads, index=False)
    index_again(path, *request.param)
    return path, next(path.parent.glob("s.bam.*i"))


@pytest.mark.parametrize(("number", "contig"), [(0, "a"), (2, "b")])
def test_no_read_over_a_position_is_before_its_offset(indexed, number, contig):
    path, index = indexed
    there = places(path, contig)
    positions = np.arange(0, LENGTH, 61)
    found = open_index(index).offsets(number, positions)
    assert (np.diff(found[found != NOTHING]) >= 0).all()
    for position, offset in zip(positions, found, strict=True):
        over = there[(there[:, 1] <= position) & (position < there[:, 2])]
        if offset == NOTHING:
            assert not (there[:, 2] > position).any()
        else:
            assert not len(over) or offset <= over[:, 0].min()


def test_offsets_do_not_begin_at_the_start_of_the_file(indexed):
    path, index = indexed
    there = places(path, "a")
    position = there[-1, 1]
    (offset,) = open_index(index).offsets(0, np.array([position]))
    windows = there[there[:, 2] > (position >> 14 << 14) - 5000]
    assert offset >= windows[:, 0].min()


def test_a_contig_without_reads_has_nothing(indexed):
    _, index = indexed
    assert (open_index(index).offsets(1, np.arange(0, LENGTH, 5000)) == NOTHING).all()


def test_a_damaged_index_is_named(tmp_path):
    for number, content in enumerate(
        (b"BAI\1\x05\0\0\0\1", b"CSI\1", b"other", b"\x1f\x8b\x08nonsense")
    ):
        path = tmp_path / f"{number}.bai"
        path.write_bytes(content)
        with pytest.raises(InputError, match=f"{number}.bai is damaged"):
            open_index(path)


def test_bytes_of_windows_follow_each_other(tmp_path):
    rng = np.random.default_rng(5)
    letters = "".join(rng.choice(list("ACGT"), LENGTH))
    reads = scattered(rng, 3000, LENGTH)
    variants = [
        ("a", p, letters[p - 1], "ACGT"["ACGT".index(letters[p - 1]) - 1])
        for p in range(50, LENGTH - 50, 9000)
    ]
    files = make(tmp_path, {"a": letters, "b": letters}, reads, variants)
    opened = files.opened()
    sites, _ = sites_of(opened.variants, opened.alignments[0], Options())
    spans = offsets(opened.alignments[0], sites)
    assert (spans[:, 1] >= spans[:, 0]).all()
    assert (np.diff(spans, axis=0) >= 0).all()
    assert spans[-1, 1] <= files.alignments.stat().st_size


def test_a_contig_over_the_length_of_a_bai(tmp_path, reference):
    """Positions behind 2**29 are in a CSI only."""
    length = (1 << 29) + 1000
    letters = {"c": "ACGT" * 10}
    files = make(tmp_path, letters, [], [("c", 9, "A", "G")])
    at = (1 << 29) + 100
    reads = [
        Read(f"r{i}", at + i, (("M", 20),), "ACGTACGTACGTACGTACGT", (30,) * 20) for i in range(30)
    ]
    write_alignments(files.alignments, {"c": length}, reads, index=False)
    index_again(files.alignments, "-c")
    alignment = Alignment(
        path=files.alignments,
        index=files.alignments.with_name("s.bam.csi"),
        fasta=files.fasta,
        sample="s",
        cram=False,
        contigs={"c": length},
        letters={"c": "c"},
    )
    sites = [Site("c", at + k, "A", "G", "snp", 0) for k in (-200, 0, 15, 30, 60)]
    options = Options(min_base_quality=0)
    expected = reference.count(alignment, sites, options)
    starts = at - 1 + np.arange(30)
    over = [int(((starts <= s.position) & (s.position < starts + 20)).sum()) for s in sites]
    assert expected.values[:, 0].tolist() == over == [0, 2, 17, 18, 0]
    for name in ("mapped", "arrays"):
        found = implementation(name).count(alignment, sites, options)
        assert (found.values == expected.values).all()
        assert (found.reasons == expected.reasons).all()
