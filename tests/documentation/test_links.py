"""Links and what pages quote: they hold in the checkout, without the site being built."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from documented import PAGES, ROOT, blocks

LINK = re.compile(r"\]\(([^)\s]+)\)")
EVERY = [*PAGES, ROOT / "CHANGELOG.md"]


def anchors_of(path: Path) -> set[str]:
    """Anchors of the headings of a page, as GitHub makes them, and keys of a bibliography."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".bib":
        return set(re.findall(r"^@\w+\{(\w+),", text, re.M))
    text = re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)
    heads = re.findall(r"^#+ +(.+?) *$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def dead_links(page: Path, text: str) -> list[str]:
    """Links of `page` that lead to no file, or no heading, of the checkout."""
    dead = []
    text = re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)
    for target in LINK.findall(text):
        if re.match(r"\w+:", target):
            continue
        name, _, anchor = target.partition("#")
        path = page.parent / name if name else page
        if not path.exists() or (anchor and anchor not in anchors_of(path)):
            dead.append(target)
    return dead


@pytest.mark.parametrize("page", EVERY, ids=lambda page: page.name)
def test_links_work_without_the_site(page):
    assert dead_links(page, page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "target",
    ["command-line.md", "references.md#demsar2006statistical", "results.md#no-such", "#no-such"],
)
def test_a_dead_link_is_noticed(target):
    """The first two are pages of the site alone."""
    assert dead_links(ROOT / "docs" / "index.md", f"[a]({target})") == [target]


def test_the_example_of_a_kind_is_the_one_that_runs():
    """The page on kinds quotes the plug-in that tests/workflow runs, line by line."""
    source = (ROOT / "tests" / "workflow" / "plugins" / "sorting.py").read_text(encoding="utf-8")
    quoted = [block for block in blocks("python") if block.title == "sorting.py"]
    assert len(quoted) >= 5
    assert [str(block) for block in quoted if block.text not in source] == []
