"""The cases of `cases.txt`, and what they leave out, for every implementation."""

import pytest
from case_notation import LETTERS, cases
from counting import make

from tiltyard.pipelines.alleles.counts import REASONS


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Files of each case, made once for all implementations."""
    made = {}

    def files_of(case):
        if case.number not in made:
            folder = tmp_path_factory.mktemp(f"case{case.number}")
            made[case.number] = make(
                folder, {"c": LETTERS}, case.reads, case.variants, case.read_groups
            )
        return made[case.number]

    return files_of


def said(case, table):
    """What is counted, as `cases.txt` says it."""
    row = len(table.kinds) - 1
    if case.options.by or case.options.by_read_group:
        groups = table.groups(row)
        return " ".join(f"{group or 'none'} {table.digits(row, group)}" for group in groups)
    words = [table.digits(row)]
    if " " in case.expected:
        reasons = table.all_reasons
        words += [f"{reason} {reasons[reason]}" for reason in REASONS if reasons[reason]]
    return " ".join(words)


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.number)
def test_counts_are_the_case_s(case, files, implementation):
    options = case.options
    assert said(case, files(case).table(implementation, options)) == case.expected


def test_there_are_all_cases():
    assert [int(case.number) for case in cases()] == [n for n in range(1, 56) if n != 42]
