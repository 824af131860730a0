"""Hook of MkDocs: pages that are generated when the site is built, so that none can be stale."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import bibliography
import command_line
import configuration
import protocol
import signals
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from tiltyard.cli import add_kinds, app
from tiltyard.engine.kind import DEFAULT, find_kind
from tiltyard.engine.study import read_schema

ROOT = Path(__file__).resolve().parents[2]
DEFAULT_STUDY = ROOT / "config" / "config.yaml"
ENTRIES = bibliography.read_entries(ROOT / "docs" / "references.bib")
#: What a page links to in the repository, where generated pages are not -> the page of the site
#: that is made of it.
MADE_OF = {
    "references.bib": "references.md",
    "../workflow/schemas/study.schema.yaml": "configuration.md",
    "../python/tiltyard/cli/": "command-line.md",
    "../CHANGELOG.md": "changelog.md",
    "../python/tiltyard/engine/kind/protocol.py": "kind.md",
}
#: A link to a file of the repository: text, file, anchor.
LINK = re.compile(r"\[([^\]]+)\]\(((?:\.\./|references\.bib)[^)#\s]*)(#[^)\s]*)?\)")
#: The last cell of a row of the estimators' tables: citation keys.
CITES = re.compile(r"^(\| `\w+` \|.*\| )([\w, ]+)( \|)$", re.MULTILINE)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages."""
    add_kinds(["--help"])
    pages = {
        "command-line.md": command_line.page(app),
        "configuration.md": configuration.page(
            read_schema(find_kind(DEFAULT)), DEFAULT_STUDY.read_text(encoding="utf-8")
        ),
        "kind.md": protocol.page(),
        "signals.md": signals.page(ENTRIES),
        "references.md": bibliography.page(ENTRIES),
        "changelog.md": (ROOT / "CHANGELOG.md")
        .read_text(encoding="utf-8")
        .replace("](docs/", "]("),
    }
    for name, content in pages.items():
        files.append(File.generated(config, name, content=content))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Lead links to generated pages, and citation keys of the estimators to the bibliography."""
    markdown = LINK.sub(_in_the_site, markdown)
    if page.file.src_uri != "estimators.md":
        return markdown
    page.meta["hide"] = ["toc"]  # its tables need the room
    return CITES.sub(
        lambda row: row[1] + bibliography.cite(row[2].split(", "), ENTRIES) + row[3], markdown
    )


def _in_the_site(link: re.Match[str]) -> str:
    """A link to a file of the repository as one to the page made of it; else its text alone."""
    text, file, anchor = link.groups("")
    return f"[{text}]({MADE_OF[file]}{anchor})" if file in MADE_OF else text
