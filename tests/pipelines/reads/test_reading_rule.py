"""The rule of reading: each case of files, the words of errors, pairs."""

import gzip
import pickle

import pytest
from read_files import bgzf, fastq
from reading_cases import CASES, MORE, T, Z

from tiltyard.pipelines.reads.faults import ReadError
from tiltyard.pipelines.reads.rule.inflating import inflate
from tiltyard.pipelines.reads.rule.pairing import interleaved, keeps_pair, pair_id, pairs_of
from tiltyard.pipelines.reads.rule.reading import read
from tiltyard.pipelines.reads.rule.record import Reading, Record


def outcome(stream):
    """What came, and what was wrong behind it."""
    found = []
    try:
        for each in stream:
            found.append(each)
    except ReadError as error:
        return found, error
    return found, None


@pytest.mark.parametrize("case", [*CASES, *MORE])
def test_records_and_error_of_each_case(case):
    raw, records, fault = (CASES | MORE)[case]
    found, error = outcome(read(raw, "reads.fq"))
    assert [(each.name, each.sequence, each.quality) for each in found] == records
    assert (error and (error.kind, error.record, error.line)) == fault


@pytest.mark.parametrize("cut", range(len(T)))
def test_a_text_cut_anywhere_is_whole_records_and_one_error(cut):
    found, error = outcome(read(T[:cut]))
    whole = 2 if cut >= len(T) - 1 else 1 if cut >= 19 else 0
    assert len(found) == whole
    assert (error is None) == (cut in (0, 19, 20, len(T) - 1))
    if error:
        assert error.kind == "truncated" and error.record == whole + 1


def test_errors_name_file_record_line_values_and_remedy():
    def words(text, **reading):
        return str(outcome(read(text, "reads.fq", Reading(**reading)))[1])

    assert words(T + b"@r\nACGT\n+\nII\n") == (
        "reads.fq: record 3, line 12: length: sequence 4, quality 2"
    )
    assert "seqkit seq -w 0" in words(b"@r\nAC\nGT\n+\nIIII\n")
    assert "--lenient-plus" in words(b"@r\nAC\n+s\nII\n")
    assert "' ' at position 3" in words(b"@r\nAC T\n+\nIIII\n")
    assert "xz -dc" in words(b"\xfd7zXZ\0")
    assert "(--quality-offset 64)" in words(b"@r\nAC\n+\nh:\n", quality_offset=64)
    assert "more than 20 bytes" in words(T + fastq((b"long", b"A" * 6, b"I" * 6)), largest=20)


def test_the_offset_is_of_the_line_or_of_the_damaged_member():
    assert outcome(read(T + b"@r\nAC T\n+\nIIII\n"))[1].offset == len(T) + 3
    assert outcome(read(Z + Z[:-9]))[1].offset == len(Z)
    assert outcome(read(Z + b"garbage"))[1].offset == len(Z)
    blocks = bgzf(T)
    assert outcome(read(blocks[:-38]))[1].offset == len(bgzf(T[:20], end=False))


def test_an_error_survives_the_way_between_processes():
    error = ReadError("a.fq", 3, 12, 99, "length", "sequence 4, quality 2")
    copy = pickle.loads(pickle.dumps(error))
    assert str(copy) == str(error) and vars(copy) == vars(error)


def test_other_names_behind_plus_are_read_where_asked_for():
    found, error = outcome(read(b"@r x\nA\n+r\nI\n", reading=Reading(lenient_plus=True)))
    assert found == [Record(b"r x", b"A", b"I")] and error is None


def test_offset_64_is_shifted_and_checked():
    text = fastq((b"r", b"ACG", b"@h~"), (b"s", b"A", b"?"))
    found, error = outcome(read(text, reading=Reading(quality_offset=64)))
    assert [each.quality for each in found] == [b"!I_"]
    assert (error.kind, error.record, error.line) == ("quality_byte", 2, 8)


@pytest.mark.parametrize(
    ("text", "records", "line"),
    [
        (fastq((b"r", b"A", b"I"), (b"long", b"ACGTACGTAC", b"I" * 10)), 1, 6),
        (fastq((b"r", b"ACGT", b"IIIII")), 0, 4),
        (b">a\nAC\n>b\nACGTACGTACGT\nNN\n", 1, 4),
    ],
)
def test_a_record_above_the_largest_is_refused_at_the_line_that_goes_beyond(text, records, line):
    found, error = outcome(read(text, reading=Reading(largest=14)))
    assert len(found) == records
    assert (error.kind, error.line) == ("too_large", line)


def test_a_missing_last_block_is_seen():
    assert inflate(bgzf(T, end=False)).unended
    for raw in (T, Z, bgzf(T), bgzf(T) + bgzf(T), bgzf(T, end=False) + Z, gzip.compress(b"")):
        assert not inflate(raw).unended


ONE = [Record(b"r%d/1" % n, b"A", q) for n, q in ((1, b"I"), (2, b"#"), (3, b"I"))]
TWO = [Record(b"r%d/2 x" % n, b"A", q) for n, q in ((1, b"I"), (2, b"I"), (3, b"#"))]


def text_of(records):
    return fastq(*((each.name, each.sequence, each.quality) for each in records))


def paired(one, two):
    streams = [read(text_of(each), name) for each, name in ((one, "R1"), (two, "R2"))]
    return outcome(pairs_of(*streams, ("R1", "R2")))


def mixed(records):
    return outcome(interleaved(read(text_of(records)), "-"))


BOTH = [each for pair in zip(ONE, TWO, strict=True) for each in pair]


def test_mates_are_paired_in_their_order():
    assert paired(ONE, TWO) == (list(zip(ONE, TWO, strict=True)), None) == mixed(BOTH)


@pytest.mark.parametrize(
    ("found", "pairs", "fault"),
    [
        (paired(ONE, [TWO[0], TWO[2], TWO[1]]), 1, ("R2", "pair_name", 2, 5, 14)),
        (mixed(BOTH[:2] + BOTH[3:]), 1, ("-", "pair_name", 4, 13, 40)),
        (paired(ONE, TWO[:2]), 2, ("R1", "pair_count", 3, 9, 24)),
        (paired(ONE[:2], TWO), 2, ("R2", "pair_count", 3, 9, 28)),
        (mixed(BOTH[:5]), 2, ("-", "pair_count", 5, 17, 52)),
    ],
)
def test_what_is_no_pair_is_told_at_its_place(found, pairs, fault):
    whole, error = found
    assert len(whole) == pairs
    assert (error.file, error.kind, error.record, error.line, error.offset) == fault


def test_a_fault_of_mate_1_comes_before_one_of_mate_2():
    streams = [read(b"@r1\nA\n+\n", "R1"), read(b"@r1\nA+\n", "R2")]
    assert outcome(pairs_of(*streams, ("R1", "R2")))[1].file == "R1"


def test_ids_end_at_a_blank_and_lose_one_mate_number():
    ids = [pair_id(Record(name, b"", b"")) for name in (b"a/1 x", b"a/1/2\tx", b"a/3", b"/1", b"")]
    assert ids == [b"a", b"a/1", b"a/3", b"", b""]


def test_rules_of_pairs():
    states = [(True, True), (True, False), (False, True), (False, False)]
    kept = {
        rule: [keeps_pair(*each, rule) for each in states] for rule in ("any", "both", "1", "2")
    }
    assert kept == {
        "any": [True, False, False, False],
        "both": [True, True, True, False],
        "1": [True, True, False, False],
        "2": [True, False, True, False],
    }
