"""The page of the command line, from the application itself."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import typer

#: What an annotation names -> how the value is called.
KINDS = {"Path": "PATH", "int": "INTEGER", "float": "NUMBER", "str": "TEXT"}


def page(app: typer.Typer) -> str:
    """Every subcommand with its arguments, options and defaults."""
    root: Any = typer.main.get_command(app)
    lines = [
        "# The command line",
        "",
        "Each rule of the workflow calls one subcommand of `tiltyard`, so that any job can be run",
        "by hand. `tiltyard COMMAND --help` says the same as this page.",
        "",
        "| command | what it does |",
        "| --- | --- |",
    ]
    found = dict(_commands(root))
    for name, command in found.items():
        first = inspect.cleandoc(command.help).partition("\n\n")[0]
        lines.append(f"| [`tiltyard {name}`](#{_anchor(name)}) | {_cell(first)} |")
    for name, command in found.items():
        lines += ["", *_section(name, command)]
    return "\n".join(lines) + "\n"


def _commands(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """Every command by its whole name, as ``alleles count``, sorted."""
    for name in sorted(group.commands):
        command = group.commands[name]
        if hasattr(command, "commands"):
            yield from _commands(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


def _anchor(name: str) -> str:
    return f"tiltyard-{name.replace(' ', '-')}"


def _section(name: str, command: Any) -> list[str]:
    shown = [parameter for parameter in command.params if not getattr(parameter, "hidden", False)]
    arguments = [one for one in shown if not one.opts[0].startswith("-")]
    options = [one for one in shown if one.opts[0].startswith("-")]
    needed = [_spelt(one, command) for one in options if one.required]
    usage = ["tiltyard", name, *needed, *(["[OPTIONS]"] if len(options) > len(needed) else [])]
    usage += [_spelt(one, command) for one in arguments]
    lines = [f"## `tiltyard {name}` {{#{_anchor(name)}}}", "", inspect.cleandoc(command.help), ""]
    lines += ["```text", " ".join(usage), "```", ""]
    if shown:
        lines += ["| | meaning | default |", "| --- | --- | --- |"]
        lines += [
            f"| `{_spelt(one, command)}` | {_cell(one.help or '')} | {_default(one)} |"
            for one in [*arguments, *options]
        ]
    return lines


def _spelt(parameter: Any, command: Any) -> str:
    """How a parameter is written, as in ``--cores INTEGER`` or ``--watch``."""
    if not parameter.opts[0].startswith("-"):
        repeated = " …" if parameter.nargs == -1 else ""
        return parameter.name.upper() + repeated
    if parameter.is_flag:
        return " / ".join([*parameter.opts, *parameter.secondary_opts])
    hint = get_type_hints(command.callback)[parameter.name]
    choices = [one for one in (hint, *get_args(hint)) if get_origin(one) is Literal]
    if parameter.metavar:
        value = parameter.metavar
    elif choices:
        value = f"{{{','.join(get_args(choices[0]))}}}"
    else:
        value = next(word for kind, word in KINDS.items() if kind in str(hint))
    repeated = " …" if parameter.multiple else ""
    return f"{parameter.opts[0]} {value}{repeated}"


def _default(parameter: Any) -> str:
    if parameter.required:
        return "required"
    value = parameter.default
    if parameter.opts[0].startswith("-") and parameter.is_flag:
        return f"`{(parameter.opts if value else parameter.secondary_opts or ['off'])[0]}`"
    if value is None or value in ("", [], ()):
        return "–"
    return f"`{value.as_posix() if isinstance(value, Path) else value}`"


def _cell(text: str) -> str:
    """Text of one cell of a table, in which ``<study>`` is no tag of HTML."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
