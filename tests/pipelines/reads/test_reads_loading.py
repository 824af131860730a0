"""The tables of docs/reads.md on feeding a model: arms give the same reads, and rows are theirs."""

import re

import pytest
from generators import generators
from workplace import ROOT


@pytest.fixture
def module():
    """The generator."""
    with generators() as imported:
        yield imported("reads_loading")


@pytest.fixture
def loading(module, monkeypatch):
    """The generator, with a few of its arms."""
    every = module.arms
    few = ("none", "threads 1", "processes 2")
    monkeypatch.setattr(module, "HANDED", (("letters", 64), ("uint8", 64)))
    monkeypatch.setattr(
        module, "arms", lambda: [one for one in every() if one.name.rpartition(", ")[2] in few]
    )
    return module


def test_all_tables_are_written_between_their_marks(loading, monkeypatch, tmp_path, capsys):
    page = tmp_path / "page.md"
    page.write_text(f"before\n{loading.BEGIN}\nold\n{loading.END}\nbehind\n")
    monkeypatch.setattr(loading, "PAGE", page)
    loading.main(["--reads", "600", "--rounds", "1"])
    lines = page.read_text().splitlines()
    assert lines[0] == "before" and lines[-1] == "behind" and "old" not in lines
    tables = [line.split("|")[1].strip() for line in lines if line.startswith("|")]
    assert tables.count("none") == 3 and tables.count("processes 2") == 3
    assert "letters, 64" in tables and "uint8, 64" in tables
    assert "600 reads of 150 bases" in capsys.readouterr().out
    for line in lines:
        if line.startswith(("| none", "| threads", "| processes")):
            assert all(float(number) >= 0 for number in re.findall(r"\d+\.\d+", line))


def test_the_page_has_the_marks():
    text = (ROOT / "docs" / "reads.md").read_text()
    for mark in ("<!-- Feeding a model: `make bench-reads-loader` writes this anew. -->",
                 "<!-- End of what is written anew. -->"):  # fmt: skip
        assert text.count(mark + "\n") == 1


def test_a_filter_in_python_looks_at_each_letter(loading):
    assert loading.gc_share(b"ACGTacgt") == 0.5 and loading.gc_share(b"") == 0
    assert loading.gc_share(b"GGN-") == 0.5
