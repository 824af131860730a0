"""What a chunk is read as, case by case, and against another implementation."""

import letter_by_letter
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sequence_reading import proteins, read, rules

from tiltyard.pipelines.sequences.rule.frames import Frame, frames_of, span, strand
from tiltyard.pipelines.sequences.translating import NAMES, translation


def test_short_chunks():
    assert read("AA") == read("") == "too_short"
    assert proteins("AAA") == {"F1": "K", "R1": "F"}


def test_six_frames_and_where_they_are():
    found = read("ATGGCCTTT")
    assert {name: two[1] for name, two in found.items()} == {
        "F1": "MAF", "F2": "WP", "F3": "GL", "R1": "KGH", "R2": "KA", "R3": "RP",
    }  # fmt: skip
    kept, _ = frames_of(b"ATGGCCTTT", rules())
    spans = [span(0, 9, one.number, one.codons) for one in kept]
    assert spans == [(1, 9), (2, 7), (3, 8), (1, 9), (3, 8), (2, 7)]
    assert [strand(one.number) for one in kept] == ["+"] * 3 + ["-"] * 3
    assert read("ATGGCCTTT", "virnucpro")["F2"][0] == "TGGCCTT"


def test_a_stop_ends_a_frame():
    assert proteins("TAATAATAA") == {"F2": "NN", "F3": "II", "R1": "LLL", "R2": "YY", "R3": "II"}
    assert read("ACTAGTTAGCTAG") == "no_open_frame"


def test_unknown_codons():
    assert read("GCNAAATTT")  # F2 and others are open
    assert "F1" not in read("GCNAAATTT")
    assert read("GCNAAATTT", max_unknown="0.34")["F1"] == ("GCNAAATTT", "XKF")
    assert read("GCNAAATTT", max_unknown="0.34", unknown="drop")["F1"] == ("GCNAAATTT", "KF")
    assert read("GCNAAATTT", "virnucpro")["F1"] == ("GCNAAAT", "KF")
    assert proteins("GCNAAATTTCCC")["F1"] == "XKFP"


@pytest.mark.parametrize("text", ["NNN", "TAR"])
def test_chunks_of_one_unknown_codon(text):
    assert read(text) == "ambiguous"
    assert set(proteins(text, max_unknown="1").values()) == {"X"}
    assert read(text, max_unknown="1", unknown="drop") == "no_open_frame"


def test_complements_of_the_two_rule_sets():
    assert read("GGR", max_unknown="1")["R1"][0] == "YCC"
    assert read("GGR", "virnucpro", unknown="X")["R1"][0] == "RCC"


def test_a_share_is_taken_exactly():
    assert read("N" * 500) == "ambiguous"
    assert len(read("N" * 500, max_unknown="1")) == 6
    assert "F1" in read("GGN" * 3 + "GGC" * 7) and "F1" not in read("GGN" * 4 + "GGC" * 6)


def test_genetic_codes():
    def first(text, table):
        return proteins(text, table=table).get("F1")

    assert [first("ATGTGATTT", table) for table in (1, 11, 4, 25)] == [None, None, "MWF", "MGF"]
    assert first("ATGTAGTTT", 15) == "MQF"


def test_codons_that_are_resolved():
    def first(text, unknown="resolve", table=1):
        found = proteins(text, unknown=unknown, max_unknown="1", table=table)
        return found.get("F1") if isinstance(found, dict) else found

    texts = ("GGN", "MGR", "TAR", "NAG", "RAY")
    assert [first(text) for text in texts] == ["G", "R", None, "X", "X"]
    assert [first(text, "X") for text in texts] == ["X"] * 5
    assert first("TRA") is None and first("TRA", table=4) == "X"


LETTERS = st.one_of(
    st.text("ACGT", max_size=40),
    st.text("ACGTN", max_size=40),
    st.text("ACGTRYSWKMBDHVN", max_size=30),
)
CHOICES = st.tuples(
    st.sampled_from(["exact", "virnucpro"]),
    st.sampled_from([1, 4, 11, 15, 25]),
    st.sampled_from(["X", "drop", "resolve"]),
    st.sampled_from(["0", "0.1", "0.3", "0.34", "0.5", "1"]),
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(LETTERS, min_size=1, max_size=8), CHOICES)
def test_all_ways_read_what_another_implementation_reads(texts, choices):
    name, table, unknown, most = choices
    chosen = rules(name, table=table, unknown=unknown, max_unknown=most)
    expected = [
        letter_by_letter.frames(text, name == "exact", table, unknown, most) for text in texts
    ]
    for way in NAMES:
        outcomes = translation(way)([text.encode() for text in texts], chosen)
        found = [
            {one.name: (one.nucleotides.decode(), one.protein.decode()) for one in kept} or reason
            for kept, reason in outcomes
        ]
        assert found == expected


def test_long_chunks_of_many_lengths_are_read_alike():
    rng = np.random.default_rng(5)
    weights = np.array([*[24] * 4, *[0.1] * 11]) / 97.1
    texts = []
    for _ in range(60):
        codons = rng.choice(["GCA", "AAA", "CCG", "ACT", "GGG"], rng.integers(20, 170))
        letters = np.array(list("".join(codons)))
        odd = rng.random(len(letters)) < rng.choice([0, 0.01, 0.3])
        letters[odd] = rng.choice(list("ACGTRYSWKMBDHVN"), odd.sum(), p=weights)
        texts.append("".join(letters)[: rng.integers(3, 500)].encode())
    for choices in ({}, {"unknown": "resolve"}, {"unknown": "drop"}, {"name": "virnucpro"}):
        chosen = rules(**choices)
        plain, quick = (translation(way)(texts, chosen) for way in NAMES)
        assert quick == plain and sum(len(kept) for kept, _ in plain) > 60


def test_a_frame_of_the_reverse_strand_is_one_of_the_complement():
    opposite = str.maketrans("ACGTRYSWKMBDHVN", "TGCAYRSWMKVHDBN")
    text = "ATGGCNCCRTTTAAAGGGTCA"
    turned = text[::-1].translate(opposite)
    swap = str.maketrans("FR", "RF")
    found, other = read(text), read(turned)
    assert {name.translate(swap): two for name, two in other.items()} == found


def test_a_planted_shift_is_seen():
    right, _ = frames_of(b"ATGGCCTTT", rules())
    ((quick, _),) = translation("numpy")([b"ATGGCCTTT"], rules())
    wrong = [Frame(one.number, one.codons, one.nucleotides[1:], one.protein) for one in quick]
    assert quick == right != wrong
