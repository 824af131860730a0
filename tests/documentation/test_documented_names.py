"""Commands inside sentences, and those of blocks: their names and options exist."""

from __future__ import annotations

import re
from typing import Any

import typer
from documented import PAGES, ROOT, commands

from tiltyard.cli import add_kinds, app

PROGRAM = r"(?:tiltyard|make) +(?=[a-z])"
SPOKEN = re.compile(rf"(?<!`)`({PROGRAM}[^`]+)`(?!`)")
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text("utf-8"), re.M))


def spoken() -> list[tuple[str, str]]:
    """Page and text of every command that a page has in a sentence or a shell block."""
    found = []
    for page in PAGES:
        text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
        found += [(page.name, " ".join(match.split())) for match in SPOKEN.findall(text)]
    typed = [(command.block.page, command.text) for command in commands()]
    return found + [(page, text) for page, text in typed if re.match(PROGRAM, text)]


def test_commands_in_sentences_exist_with_their_options():
    add_kinds(["--help"])
    root: Any = typer.main.get_command(app)
    seen, wrong = 0, []
    for page, text in spoken():
        program, name, *rest = text.split()
        if program == "make" and name not in TARGETS:
            wrong.append(f"{page}: {text}: no target {name}")
        if program == "tiltyard":
            seen += 1
            known = root.commands.get(name)
            while known is not None and hasattr(known, "commands") and rest:
                name, *rest = rest  # a pipeline's group
                known = known.commands.get(name)
            if known is None:
                wrong.append(f"{page}: {text}: no subcommand {name}")
                continue
            options = {spelt for one in known.params for spelt in (*one.opts, *one.secondary_opts)}
            given = {word.partition("=")[0] for word in rest if word.startswith("--")}
            if unknown := given - options - {"--help"}:
                wrong.append(f"{page}: {text}: no option {', '.join(sorted(unknown))}")
    assert seen > 40
    assert wrong == []
