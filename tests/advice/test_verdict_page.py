"""The table of verdicts in the documentation: of every kind, adding up, and put in its place."""

import pandas as pd
import pytest
from generators import generators

from tiltyard.advice.kinds import kinds
from tiltyard.advice.verdict_counts import counted, verdicts
from tiltyard.advice.verdict_table import COMPARED

ARROW = " → "


@pytest.fixture(scope="module")
def imported():
    """A function that imports a module of docs/generate."""
    with generators() as one:
        yield one


@pytest.fixture(scope="module")
def generator(imported):
    """The module that writes the table."""
    return imported("verdicts")


@pytest.fixture(scope="module")
def written(generator):
    """The lines of the page between the two marks."""
    page = generator.PAGE.read_text(encoding="utf-8")
    return page.split(generator.BEGIN)[1].split(generator.END)[0].strip().splitlines()


def cells(line):
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_the_page_has_every_kind_with_counts_that_add_up(written):
    head, _, *rows = written[: written.index("")]
    assert cells(head) == ["kind", *COMPARED]
    table = [cells(line) for line in rows]
    assert [row[0] for row in table] == [*kinds(), "all"]
    for place, column in enumerate(COMPARED, 1):
        if table[0][place].endswith("%"):
            continue
        for version in (0, -1):
            *own, whole = (int(row[place].split(ARROW)[version]) for row in table)
            assert sum(own) == whole, column


def test_the_page_says_what_each_kind_is(generator, written):
    assert written[written.index("") + 1 :] == generator.kind_lines(kinds())


def test_the_table_is_made_of_a_file_of_verdicts_and_takes_its_place(imported, generator, tmp_path):
    file = tmp_path / "after.csv"
    table = verdicts(["8 samples", "measured abscissa"], [0])
    table.to_csv(file, index=False)
    counts = generator.counts_of(file)
    pd.testing.assert_frame_equal(counts, counted(table))
    lines = generator.lines_of(counts)
    assert lines[2].startswith("| 8 samples |") and lines[-1].startswith("| measured abscissa |")
    assert generator.lines_of(counts, counts) == lines
    page = generator.PAGE.read_text(encoding="utf-8")
    with_lines = imported("marked").with_lines
    marks, text = (generator.BEGIN, generator.END), "\n".join(lines)
    new = with_lines(page, *marks, text)
    assert with_lines(new, *marks, text) == new and text in new
    assert new.split(generator.BEGIN)[0] == page.split(generator.BEGIN)[0]
    assert new.split(generator.END)[1] == page.split(generator.END)[1]
    with pytest.raises(ValueError, match="needs the lines"):
        with_lines("", *marks, text)
