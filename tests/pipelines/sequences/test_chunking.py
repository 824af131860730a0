"""Where chunks begin and end."""

import itertools

import letter_by_letter
import pytest
from sequence_reading import rules

from tiltyard.pipelines.sequences.fasta import Record
from tiltyard.pipelines.sequences.faults import InputError
from tiltyard.pipelines.sequences.pieces import chunks_of_record, grouped
from tiltyard.pipelines.sequences.rule.chunking import chunks_of

TABLE = [
    (1, 300, [(0, 1)], [(0, 1)]),
    (500, 500, [(0, 500)], [(0, 500)]),
    (501, 500, [(0, 500), (1, 501)], [(0, 500), (250, 501)]),
    (999, 500, [(0, 500), (499, 999)], [(0, 500), (499, 999)]),
    (1000, 500, [(0, 500), (500, 1000)], [(0, 500), (500, 1000)]),
    (1001, 500, [(0, 500), (250, 750), (501, 1001)], [(0, 500), (333, 833), (666, 1001)]),
    (1250, 500, [(0, 500), (375, 875), (750, 1250)], [(0, 500), (416, 916), (832, 1250)]),
    (700, 300, [(0, 300), (200, 500), (400, 700)], [(0, 300), (233, 533), (466, 700)]),
]


@pytest.mark.parametrize(("length", "window", "exact", "virnucpro"), TABLE)
def test_chunks_of_the_table(length, window, exact, virnucpro):
    assert list(chunks_of(length, rules(window=window))) == exact
    assert list(chunks_of(length, rules("virnucpro", window))) == virnucpro


def test_the_last_chunk_of_the_public_system_is_short():
    starts = [start for start, _ in chunks_of(1501, rules())]
    assert starts == [0, 333, 667, 1001]
    assert list(chunks_of(1501, rules("virnucpro")))[-1] == (1125, 1501)


@pytest.mark.parametrize("window", [3, 300, 500])
def test_every_length_is_covered_by_whole_chunks_that_end_at_its_end(window):
    chosen, last = rules(window=window), 20_000 if window > 3 else 500
    for length in range(1, last + 1):
        found = list(chunks_of(length, chosen))
        assert found[0][0] == 0 and found[-1][1] == length
        assert len(found) == -(-length // window)
        if length >= window:
            assert all(end - start == window for start, end in found)
        steps = [two[0] - one[0] for one, two in itertools.pairwise(found)]
        overlaps = [window - step for step in steps]
        assert all(0 <= one <= window for one in overlaps)
        assert overlaps == sorted(overlaps, reverse=True)
        assert not overlaps or overlaps[0] - overlaps[-1] <= 1


@pytest.mark.parametrize(
    ("window", "differing", "short"), [(500, 10_737, 0.55), (300, 5_411, 0.27)]
)
def test_how_many_lengths_the_public_system_cuts_otherwise(window, differing, short):
    exact, public = rules(window=window), rules("virnucpro", window)
    counts = {"differing": 0, "short": 0}
    for length in range(window + 1, 20_001):
        found = list(chunks_of(length, public))
        assert found == letter_by_letter.chunks(length, window, exact=False)
        counts["differing"] += found != list(chunks_of(length, exact))
        uneven = found[-1][1] - found[-1][0] < window
        counts["short"] += uneven
        if uneven:
            assert found[-1][1] - found[-1][0] >= window // 2 + 1
    assert counts["differing"] == differing
    assert counts["short"] / (20_000 - window) == pytest.approx(short, abs=0.01)


@pytest.mark.parametrize("length", [0, 1, 2, 3, 7, 299, 300, 301, 601, 4_999])
def test_chunks_are_those_of_base_by_base_dealing(length):
    for window in (3, 4, 300):
        found = list(chunks_of(length, rules(window=window)))
        assert found == letter_by_letter.chunks(length, window, exact=True)


def test_chunks_have_names_letters_and_places():
    record = Record("x/y|z", b"x/y|z", bytes(range(65, 75)))
    found = list(chunks_of_record(record, rules(window=4)))
    assert [one.name for one in found] == [f"x/y|z_chunk_{number}" for number in (1, 2, 3)]
    assert [one.letters for one in found] == [b"ABCD", b"DEFG", b"GHIJ"]
    assert [(one.start, one.end) for one in found] == [(0, 4), (3, 7), (6, 10)]
    assert list(map(len, grouped(found, 8))) == [2, 1]
    assert not list(chunks_of_record(Record("e", b"e", b""), rules()))


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"window": 2}, "--window 2: a chunk has at least 3"),
        ({"table": 2}, "--table 2: there are the genetic codes 1, 4, 11"),
        ({"max_unknown": "1.1"}, "--max-unknown 1.1: needs a number from 0 to 1"),
        ({"max_unknown": "nan"}, "--max-unknown nan"),
        ({"max_unknown": "few"}, "--max-unknown few"),
    ],
)
def test_choices_that_are_none_are_refused(choices, words):
    with pytest.raises(InputError, match=words.replace("(", r"\(")):
        rules(**choices)
