"""Plain CIGARs, and indels at the left end of their repeat."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from odd_alignments import PROFILE

from tiltyard.pipelines.alleles.rule.cigar import plain, shift_left, span

OPERATIONS = "MIDNSHP=X"


def parsed(text):
    found, number = [], ""
    for letter in text:
        if letter.isdigit():
            number += letter
        else:
            found.append((OPERATIONS.index(letter), int(number)))
            number = ""
    return found


def written(operations):
    return "".join(f"{length}{OPERATIONS[operation]}" for operation, length in operations)


@pytest.mark.parametrize(
    ("cigar", "expected"),
    [
        ("4=1X2M2P3M", "10M"),
        ("3H2S5M0I5M2S3H", "2S10M2S"),
        ("2I3P2I5M", "4I5M"),
        ("5M0D3I0N2I", "5M5I"),
        ("3P", ""),
    ],
)
def test_the_plain_form(cigar, expected):
    assert written(plain(parsed(cigar))) == expected


@pytest.mark.parametrize(
    ("cigar", "bases", "letters", "expected"),
    [
        ("4M1D3M", "GAAAAAC", "GAAAAAAC", "1M1D6M"),
        ("4M2D3M", "GATATAC", "GATATATAC"[:9], "1M2D6M"),
        ("4M1D3M", "GATAAAC", "GAAAAAAC", "1M1D6M"),  # a mismatch does not stop a D
        ("4M1I3M", "GAAAAAAC", "GAAAAAC", "1M1I6M"),
        ("4M1I3M", "GATAAAAC", "GAAAAAC", "3M1I4M"),  # but an I
        ("4M1I3M", "GANAAAAC", "GAAAAAC", "3M1I4M"),
        ("4M1D3M", "GAAAAAC", "GANAAAAC", "3M1D4M"),  # a letter that is no base stops both
        ("4M1D3M", "AAAAAAA", "AAAAAAAA", "1M1D6M"),  # a base stays before it
        ("2S2M1D3M", "AAAAAAA", "AAAAAA", "2S1M1D4M"),
        ("4M1D2I3M", "AAAAAAAAA", "AAAAAAAA", "4M1D2I3M"),  # an I beside it
        ("4M1N3M", "AAAAAAA", "AAAAAAAA", "4M1N3M"),
        ("3M1D2M1D2M", "AAAAAAA", "AAAAAAAAA", "1M1D1M1D5M"),  # the M between shrinks last
        ("2M1I2M1I2M", "AAAAAAAA", "AAAAAA", "1M1I1M1I4M"),
        ("4M1I", "AAAAA", "AAAA", "4M1I"),
        ("4M1D3M", "GAAAAAC", "GAA", "4M1D3M"),  # no letters, no shift
    ],
)
def test_the_shift(cigar, bases, letters, expected):
    operations = plain(parsed(cigar))
    shift_left(operations, bases, letters)
    assert written(operations) == expected


@settings(**PROFILE)
@given(
    st.lists(st.tuples(st.sampled_from("MMIDNS"), st.integers(1, 5)), min_size=1, max_size=7),
    st.text("AC", min_size=40, max_size=40),
    st.text("AC", min_size=40, max_size=40),
)
def test_a_shift_keeps_the_operations_but_for_the_lengths_of_m(made, bases, letters):
    operations = plain((OPERATIONS.index(operation), length) for operation, length in made)
    before = [list(each) for each in operations]
    shift_left(operations, bases, letters)
    assert span(operations) == span(before)
    assert [each for each in operations if each[0]] == [each for each in before if each[0]]
    assert [each[0] for each in operations] == [each[0] for each in before]
    assert all(length > 0 for _, length in operations)
    again = [list(each) for each in operations]
    shift_left(again, bases, letters)
    if sum(operation in (1, 2) for operation, _ in operations) < 2:
        assert again == operations
