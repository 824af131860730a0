"""Tables in terminals of any width: whole words, and a word on what was left out."""

import io

import pytest
from rich.console import Console
from rich.table import Table

from tiltyard.report.fitting import fit
from tiltyard.report.terminal import print_table

NAME = "gaussian_process_matern_of_a_long_name"


def example():
    table = Table(title="methods")
    for header in ("name", "language", "words", "exact degree", "cites"):
        table.add_column(header)
    table.add_row(NAME, "python", "one of several words, which may be folded", "7", "Rasmussen2006")
    table.add_row("zero", "julia", "", "0", "")
    return table


def drawn(width):
    console = Console(file=io.StringIO(), width=width)
    table = example()
    left_out = fit(table, console)
    console.print(table)
    return console.file.getvalue(), left_out


@pytest.mark.parametrize("width", [20, 45, 62, 80, 100, 140])
def test_no_line_is_too_long_and_no_word_is_cut(width):
    text, left_out = drawn(width)
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= width
    words = {word for line in text.splitlines() for word in line.split()}
    if width >= len(NAME) + 4:
        assert NAME in words
    if "language" not in left_out:
        assert {"python", "julia"} <= words
    if "words" not in left_out:
        assert {"several", "folded"} <= words


def test_the_last_columns_are_left_out_first_and_named():
    assert [drawn(width)[1] for width in (140, 80, 45)] == [
        [],
        ["cites"],
        ["language", "words", "exact degree", "cites"],
    ]


def test_what_is_left_out_is_said_in_a_terminal_and_nothing_is_in_a_file(capsys, monkeypatch):
    print_table(example())
    assert "left out" not in capsys.readouterr().out
    monkeypatch.setenv("FORCE_COLOR", "1")  # as in a terminal
    monkeypatch.setenv("COLUMNS", "60")
    print_table(example())
    assert "left out for want of room: words, exact degree, cites" in " ".join(
        capsys.readouterr().out.split()
    )
