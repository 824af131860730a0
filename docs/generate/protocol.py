"""The page of what a kind of study brings, from `tiltyard.engine.kind`."""

from __future__ import annotations

import inspect
import re
from typing import Any

from tiltyard.engine import kind as module
from tiltyard.engine.grid.axes import Grid
from tiltyard.engine.kind import Kind, Measures, PlainKind, Words

#: An attribute of the protocol with the comment above it, which may go on to the next line.
ATTRIBUTE = re.compile(r"((?:^    #: .*\n)+)((?:^    \w+: .*\n)+)", re.MULTILINE)
METHOD = re.compile(r"    def (\w+)\(")
#: Classes whose parameters a kind fills in.
CLASSES = ("Measures", "Words", "Cost", "Table", "Figure", "Panel", "Anchor", "Lane")


def page() -> str:
    """Every member of the protocol, whether it has a plain answer, and the classes in it."""
    lines = [
        "# What a kind brings",
        "",
        "Every member of the protocol `Kind`, from `python/tiltyard/engine/kind/protocol.py`. A",
        "subclass of `PlainKind` defines the members without a plain answer, and overrides others",
        "only where it has a better answer.",
        "[Where a line belongs](rooms.md) shows how to write a kind.",
        "",
        "| member | what it is | plain answer |",
        "| --- | --- | --- |",
        *(f"| `{name}` | {_cell(text)} | {_plain(name)} |" for name, text in members()),
    ]
    for name in CLASSES:
        if described := _parameters(getattr(module, name, None)):
            lines += ["", f"## `{name}`", "", *described]
    return "\n".join(lines) + "\n"


def members() -> list[tuple[str, str]]:
    """Name of each member with what it is, attributes first."""
    source = inspect.getsource(Kind)
    said = {
        line.split(":")[0].strip(): " ".join(part.strip()[3:] for part in comment.splitlines())
        for comment, names in ATTRIBUTE.findall(source)
        for line in names.splitlines()
    }
    found = []
    for name, kind in Kind.__annotations__.items():
        described = {"Grid": Grid, "Words": Words, "Measures": Measures}.get(str(kind))
        found.append((name, _first_line(described) if described else said[name]))
    return found + [
        (name, inspect.getdoc(getattr(Kind, name)) or "") for name in METHOD.findall(source)
    ]


def _first_line(described: Any) -> str:
    return (inspect.getdoc(described) or "").partition("\n\n")[0]


def _plain(name: str) -> str:
    """The answer of `PlainKind`; empty where a kind has to give its own."""
    if name not in vars(PlainKind):
        return "**none**"
    answer = vars(PlainKind)[name]
    if callable(answer) and not isinstance(answer, type):
        return _cell(inspect.getdoc(answer) or "")
    shown = answer.__name__ if isinstance(answer, type) else repr(answer)
    return f"`{shown}`"


def _parameters(described: Any) -> list[str]:
    """A class with its parameters, as its docstring has them."""
    if described is None:
        return []
    text = inspect.getdoc(described) or ""
    first, _, rest = text.partition("\nParameters\n----------\n")
    lines = [" ".join(first.split()), ""]
    if not rest:
        return lines[:1]
    lines += ["| parameter | meaning |", "| --- | --- |"]
    for names, meaning in re.findall(r"^(\S.*?) : .*\n((?:    .*\n?)*)|^\S+$", rest, re.MULTILINE):
        if names:
            shown = ", ".join(f"`{name.strip()}`" for name in names.split(","))
            lines.append(f"| {shown} | {_cell(meaning)} |")
    return lines


def _cell(text: str) -> str:
    """Text of one cell of a table; quotes of reStructuredText become Markdown's."""
    return " ".join(text.split()).replace("``", "`").replace("|", "\\|").replace("<", "&lt;")
