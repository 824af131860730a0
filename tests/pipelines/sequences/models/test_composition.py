"""Frequencies of codons, residues and tetramers."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tiltyard.pipelines.sequences.models.composition import FEATURES, WIDTH, composition


def counted(text):
    """The same by counting words."""
    groups = [
        [f"codon {text[at : at + 3]}" for at in range(0, len(text) - 2, 3)],
        [f"tetramer {text[at : at + 4]}" for at in range(len(text) - 3)],
    ]
    found = {}
    for group in groups:
        counts = Counter(one for one in group if one in FEATURES)
        found |= {name: count / counts.total() for name, count in counts.items()}
    return found


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.text("ACGTNR", max_size=40))
def test_they_are_counts_of_words_over_their_sum(text):
    (vector,) = composition([text.encode()])
    found = dict(zip(FEATURES, vector.tolist(), strict=True))
    expected = counted(text)
    words = {name: value for name, value in found.items() if "residue" not in name and value}
    assert words == pytest.approx(expected)
    codons = sum(value for name, value in expected.items() if "codon" in name)
    residues = sum(value for name, value in found.items() if "residue" in name)
    assert residues == pytest.approx(codons)


def test_residues_are_those_of_the_codons():
    (vector,) = composition([b"ATGGCCGCATGA"])
    found = {name: value for name, value in zip(FEATURES, vector, strict=True) if value}
    assert found["residue M"] == 0.25 and found["residue A"] == 0.5
    assert found["residue X"] == 0.25  # of TGA, which another code reads


def test_shape_and_kind():
    assert WIDTH == len(set(FEATURES)) == 341
    assert composition([]).shape == (0, 341) and composition([b"A"]).dtype == np.float32
