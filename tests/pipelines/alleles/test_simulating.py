"""Made files: the same bytes for the same seed, valid, and with what was planted in them."""

import gzip
import hashlib
from collections import Counter
from dataclasses import replace

import numpy as np
import pysam
import pytest

from tiltyard.pipelines.alleles.counts import FIELDS
from tiltyard.pipelines.alleles.simulating.bgzf import END, BlockWriter
from tiltyard.pipelines.alleles.simulating.design import CLUSTER, FLANK, MIXED, Design
from tiltyard.pipelines.alleles.simulating.planting import plant
from tiltyard.pipelines.alleles.simulating.records import bins
from tiltyard.pipelines.alleles.simulating.simulation import simulate

SMALL = Design(genome=40_000, variants=160, depth=20)
INDELS = replace(SMALL, classes=("insertion", "deletion"), repeats=True, read_length=101)
DEPTH, REF, ALT = (FIELDS.index(name) for name in ("depth", "ref_count", "alt_count"))


def digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return simulate(SMALL, tmp_path_factory.mktemp("small"), 1)


def records_of(path):
    with pysam.AlignmentFile(str(path)) as file:
        yield from file


def variants_of(path):
    for line in path.read_text().splitlines():
        if not line.startswith("#"):
            contig, position, _, ref, alt, *_ = line.split("\t")
            yield contig, int(position) - 1, ref, alt


def class_of(ref, alt):
    if len(ref) == len(alt):
        return "snp" if len(ref) == 1 else "mnp"
    if min(len(ref), len(alt)) == 1 and ref[0] == alt[0]:
        return "insertion" if len(ref) == 1 else "deletion"
    return "complex"


def test_same_seed_gives_the_same_bytes_and_another_one_gives_others(small, tmp_path):
    simulate(SMALL, tmp_path / "again", 1)
    simulate(SMALL, tmp_path / "other", 2)
    again, other = digests(tmp_path / "again"), digests(tmp_path / "other")
    assert again == digests(small.fasta.parent)
    assert set(again.values()).isdisjoint(set(other.values()) - {again["genome.fa.fai"]})


def test_further_files_leave_the_first_ones_as_they_are(small, tmp_path):
    both = simulate(replace(SMALL, files=2), tmp_path, 1)
    first, second = (path.read_bytes() for path in both.alignments.values())
    assert first == small.alignments["s1"].read_bytes() != second
    assert both.variants.read_bytes() == small.variants.read_bytes()
    assert both.reads == 2 * small.reads


def test_files_are_valid_and_their_index_finds_all_reads(small):
    path = str(small.alignments["s1"])
    assert pysam.quickcheck(path) == ""
    with pysam.AlignmentFile(path, require_index=True) as file:
        assert file.check_index()
        assert file.mapped == small.reads == sum(1 for _ in file.fetch())
        assert file.header["RG"] == [{"ID": "s1", "SM": "s1", "PL": "ILLUMINA"}]
        assert file.header["HD"]["SO"] == "coordinate"


def test_depth_is_as_asked(small):
    assert small.reads * SMALL.read_length == pytest.approx(SMALL.depth * SMALL.genome, rel=0.01)


def test_reads_are_sorted_pairs_with_overlapping_ends(small):
    places, pairs, overlapping = [], {}, 0
    for record in records_of(small.alignments["s1"]):
        places.append((record.reference_id, record.reference_start))
        pairs.setdefault(record.query_name, []).append(record)
        assert record.infer_query_length() == len(record.query_sequence) == SMALL.read_length
        assert record.get_tag("RG") == "s1"
    assert places == sorted(places)
    for left, right in pairs.values():
        assert left.is_reverse != right.is_reverse and left.is_read1 != right.is_read1
        assert (left.next_reference_start, left.next_reference_id) == (
            right.reference_start,
            right.reference_id,
        )
        ends = max(left.reference_end, right.reference_end)
        assert abs(left.template_length) == ends - left.reference_start
        assert left.template_length == -right.template_length
        overlapping += left.reference_end > right.reference_start
    assert 0.2 < overlapping / len(pairs) < 0.8


def test_some_reads_have_every_flag_and_quality_that_drops_them(small):
    flags = Counter()
    for record in records_of(small.alignments["s1"]):
        flags.update(bit for bit in (0x100, 0x200, 0x400, 0x800) if record.flag & bit)
        flags["mapq"] += record.mapping_quality < 20
    assert all(flags[key] > 0 for key in (0x100, 0x200, 0x400, 0x800, "mapq"))


def test_variants_are_the_contigs_letters_in_normal_form_and_in_turn(small):
    rows = list(variants_of(small.variants))
    assert len(rows) == SMALL.variants and rows == sorted(rows)
    with pysam.FastaFile(str(small.fasta)) as fasta:
        for contig, position, ref, alt in rows:
            assert fasta.fetch(contig, position, position + len(ref)) == ref != alt
            assert ref[-1] != alt[-1]  # left-aligned, and nothing to trim
    classes = [class_of(ref, alt) for _, _, ref, alt in rows]
    assert classes == list(MIXED) * (SMALL.variants // len(MIXED))


def test_clustered_variants_are_in_a_hundredth_of_the_genome_and_too_close_for_all_but_snps():
    design = replace(SMALL, layout="clustered", genome=400_000, contigs=1, variants=2000)
    planted = plant(design, 2000, np.random.default_rng(1))
    reach = planted.position[-1] - planted.position[0]
    assert reach < CLUSTER * design.genome
    assert (np.diff(planted.position) > 0).all() and set(planted.kind) == {"snp"}


@pytest.mark.parametrize("placement", ["left", "right", "any"])
def test_insertions_and_deletions_of_reads_are_at_their_place_in_the_repeat(placement, tmp_path):
    design = replace(INDELS, placement=placement)
    made = simulate(design, tmp_path, 3)
    planted = {(c, p): (len(ref) - len(alt), p) for c, p, ref, alt in variants_of(made.variants)}
    rng = np.random.default_rng(3).spawn(1)[0]
    rooms = {}
    for number in (1, 2):
        contig = plant(design, SMALL.variants // 2, rng)
        rooms |= {
            (f"c{number}", p): room for p, room in zip(contig.position, contig.room, strict=True)
        }
    assert min(rooms.values()) >= 1
    seen = Counter()
    for record in records_of(made.alignments["s1"]):
        place = record.reference_start
        for operation, length in record.cigartuples:
            if operation in (1, 2):
                contig, anchor = max(
                    key for key in planted if key <= (record.reference_name, place - 1)
                )
                spot = place - 1 - anchor
                seen[
                    "left" if spot == 0 else "right" if spot == rooms[contig, anchor] else "between"
                ] += 1
                assert 0 <= spot <= rooms[contig, anchor]
                assert abs(planted[contig, anchor][0]) == length
            place += length if operation in (0, 2) else 0
    assert set(seen) == ({placement} if placement != "any" else {"left", "right", "between"})


def test_reads_match_enough_bases_beside_an_insertion_or_a_deletion_or_are_clipped(tmp_path):
    made = simulate(INDELS, tmp_path, 4)
    clipped = 0
    for record in records_of(made.alignments["s1"]):
        operations = [operation for operation, _ in record.cigartuples]
        clipped += 4 in operations
        matched = [length for operation, length in record.cigartuples if operation == 0]
        if {1, 2} & set(operations):
            assert min(matched) >= FLANK
    assert clipped > 0


def test_truth_of_snps_is_what_a_count_of_the_records_bases_gives(small):
    counts = {key: [0, 0, 0] for key in variants_of(small.variants)}
    snps = {key[:2]: key for key in counts if class_of(*key[2:]) == "snp"}
    for record in records_of(small.alignments["s1"]):
        if record.flag & 0xF04 or record.mapping_quality < 20:
            continue
        for column, place in record.get_aligned_pairs(matches_only=True):
            if key := snps.get((record.reference_name, place)):
                good = record.query_qualities[column] >= 20
                base = record.query_sequence[column]
                counts[key][0] += 1
                counts[key][1] += good and base == key[2]
                counts[key][2] += good and base == key[3]
    chosen = [index for index, key in enumerate(counts) if key in snps.values()]
    truth = small.truth["s1"][chosen][:, [DEPTH, REF, ALT]]
    assert truth.tolist() == [counts[key] for key in snps.values()]
    assert truth[:, 2].sum() > 100


@pytest.mark.parametrize(("fraction", "none", "all_of_them"), [(0, ALT, REF), (1, REF, ALT)])
def test_without_errors_all_or_no_reads_show_the_variants(fraction, none, all_of_them, tmp_path):
    made = simulate(replace(INDELS, fraction=fraction, errors=0), tmp_path, 5)
    truth = made.truth["s1"]
    assert truth[:, none].sum() == 0
    assert (truth[:, all_of_them] > 0).all()  # recall 1


def test_truth_table_has_the_same_counts(small):
    head, *lines = (line.split("\t") for line in small.truth_table.read_text().splitlines())
    assert head == ["sample", "contig", "position", "ref", "alt", *FIELDS]
    assert [list(map(int, line[5:])) for line in lines] == small.truth["s1"].tolist()
    keys = [(line[1], int(line[2]) - 1, *line[3:5]) for line in lines]
    assert keys == list(variants_of(small.variants))


def test_no_variants_and_no_reads_are_whole_files_too(tmp_path):
    made = simulate(replace(SMALL, variants=0, depth=0), tmp_path, 1)
    assert list(records_of(made.alignments["s1"])) == [] == list(variants_of(made.variants))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"files": 0}, "files is 0: take 1 to 1000"),
        ({"read_length": 20}, "read_length is 20: take 60 to 10000"),
        ({"layout": "dense"}, "layout has 'dense': take sparse or clustered"),
        ({"classes": ("snv",)}, "classes has 'snv': take snp or"),
        ({"genome": 2_000}, "take at least 3000"),
        ({"layout": "clustered"}, "variants is 1000, and a clustered genome of 40000 bases has"),
    ],
)
def test_impossible_designs_are_named_with_the_remedy(values, words):
    with pytest.raises(ValueError, match=words):
        Design(**{"genome": 40_000, "variants": 1000} | values)


@pytest.mark.parametrize("block", [1, 7, 4096, 0xFF00])
def test_blocks_hold_what_was_written(block, tmp_path):
    data = np.random.default_rng(1).integers(0, 4, 10_000, dtype=np.uint8).tobytes()
    path = tmp_path / "a.gz"
    with BlockWriter(path, block) as file:
        file.write(data[:3])
        file.write(data[3:])
    assert gzip.decompress(path.read_bytes()) == data
    assert path.read_bytes().endswith(END)


def write_and_fail(path):
    with BlockWriter(path) as file:
        file.write(b"abc")
        raise KeyError(path)


def test_file_that_was_not_finished_has_no_end(tmp_path):
    with pytest.raises(KeyError):
        write_and_fail(tmp_path / "a.gz")
    assert not (tmp_path / "a.gz").read_bytes().endswith(END)


def test_bins_are_the_smallest_that_hold_an_interval():
    rng = np.random.default_rng(1)
    start = rng.integers(0, 2**29 - 2**21, 500)
    end = start + 2 ** rng.integers(0, 21, 500)
    # A bin of level 0 to 5 is 2**(29 - 3 * level) long; those of a level follow the larger ones.
    for first, behind, found in zip(start.tolist(), end.tolist(), bins(start, end), strict=True):
        level = max(k for k in range(6) if first >> 29 - 3 * k == behind - 1 >> 29 - 3 * k)
        assert found == (8**level - 1) // 7 + (first >> 29 - 3 * level)
