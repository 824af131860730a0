"""What the documentation asks its reader to type: commands and code, with where they stand."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r'^ *```(\w+)(?: title="([^"]+)")?\n(.*?)^ *```$', re.MULTILINE | re.DOTALL)
SHELLS = ("sh", "bash", "console", "shell")


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    page: str
    line: int
    language: str
    title: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


@dataclass(frozen=True)
class Command:
    """One simple command of a block: no pipe, no list, no comment."""

    block: Block
    text: str

    def __str__(self) -> str:
        return f"{self.block}: {self.text}"


def blocks(*languages: str) -> list[Block]:
    """Fenced blocks of all pages in any of `languages`, in reading order."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for match in BLOCK.finditer(text):
            if match[1] in languages:
                line = text.count("\n", 0, match.start()) + 1
                found.append(Block(page.name, line, match[1], match[2] or "", match[3]))
    return found


def titled(name: str) -> str:
    """Text of the block that has this title."""
    (block,) = [found for found in blocks("python", "julia", "toml", "yaml") if found.title == name]
    return block.text


def commands() -> list[Command]:
    """Every simple command of every shell block, in reading order."""
    return [Command(block, text) for block in blocks(*SHELLS) for text in simple_commands(block)]


def simple_commands(block: Block) -> Iterator[str]:
    """The commands of a block one by one; of a transcript (console) those after the prompt."""
    for line in block.text.replace("\\\n", " ").splitlines():
        if block.language == "console":
            if not line.lstrip().startswith("$ "):
                continue
            line = line.lstrip().removeprefix("$ ")
        lexer = shlex.shlex(line, posix=False, punctuation_chars="&|;")
        lexer.whitespace_split = True
        words: list[str] = []
        for word in [*lexer, ";"]:
            if set(word) <= set("&|;"):
                if words:
                    yield " ".join(words)
                words = []
            else:
                words.append(word)
