"""Hook of MkDocs: pages that are generated when the site is built, so that none can be stale."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import bibliography
import command_line
import configuration
import signals
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from tiltyard.cli import app
from tiltyard.studies.derivatives.study import read_schema

ROOT = Path(__file__).resolve().parents[2]
DEFAULT_STUDY = ROOT / "config" / "config.yaml"
ENTRIES = bibliography.read_entries(ROOT / "docs" / "references.bib")
#: The last cell of a row of the estimators' tables: citation keys.
CITES = re.compile(r"^(\| `\w+` \|.*\| )([\w, ]+)( \|)$", re.MULTILINE)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages."""
    pages = {
        "command-line.md": command_line.page(app),
        "configuration.md": configuration.page(
            read_schema(), DEFAULT_STUDY.read_text(encoding="utf-8")
        ),
        "signals.md": signals.page(ENTRIES),
        "references.md": bibliography.page(ENTRIES),
    }
    for name, content in pages.items():
        files.append(File.generated(config, name, content=content))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Turn the citation keys of the estimators' page into links to the bibliography."""
    if page.file.src_uri != "estimators.md":
        return markdown
    page.meta["hide"] = ["toc"]  # its tables need the room
    return CITES.sub(
        lambda row: row[1] + bibliography.cite(row[2].split(", "), ENTRIES) + row[3], markdown
    )
