"""One file of HTML from the page's template, style, scripts and packs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib.resources import files

#: ``import { a, b } from "./module.js";``, which the joined script does not need.
IMPORT = re.compile(r'^import\s+\{[^}]*\}\s+from\s+"\./([\w-]+\.js)";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async )?function|const|class|let)", re.MULTILINE)
MODULE_SYNTAX = re.compile(r"^\s*(?:import|export)\b.*", re.MULTILINE)
DECLARED = re.compile(
    r"^(?:export )?(?:(?:async )?function|const|let|class) ([\w$]+)", re.MULTILINE
)
PLACE = re.compile(r"<!-- tiltyard: (\w+) -->|/\* tiltyard: (\w+) \*/")


def read_part(name: str) -> str:
    """The file `name` beside this module, as text."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def join_modules(sources: Mapping[str, str], first: str) -> str:
    """The ECMAScript modules that `first` needs as one module, imported ones before importers.

    All share one scope, so that no two may declare the same name at their top level.

    Parameters
    ----------
    sources : mapping
        File name -> source. Imports are of the form ``import { a, b } from "./module.js";``.
    first : str
        The module that runs the page.

    Raises
    ------
    ValueError
        If a module is missing, imports itself through others, declares a name that another
        declares too, or is written otherwise.
    """
    order = _needed(sources, first, ())
    owners: dict[str, str] = {}
    for name in order:
        for declared in DECLARED.findall(sources[name]):
            if declared in owners:
                raise ValueError(
                    f"{name} and {owners[declared]} both declare {declared}: rename one"
                )
            owners[declared] = name
    return "\n".join(f"// {name}\n{_stripped(name, sources[name])}" for name in order)


def _needed(sources: Mapping[str, str], name: str, importers: tuple[str, ...]) -> list[str]:
    if name in importers:
        raise ValueError(f"{name} imports itself, by way of {' and '.join(importers)}")
    if name not in sources:
        raise ValueError(f"{importers[-1] if importers else 'the page'} needs {name}: no such file")
    order: dict[str, None] = {}
    for imported in IMPORT.findall(sources[name]):
        order.update(dict.fromkeys(_needed(sources, imported, (*importers, name))))
    return [*order, name]


def _stripped(name: str, source: str) -> str:
    plain = EXPORT.sub("", IMPORT.sub("", source))
    if found := MODULE_SYNTAX.search(plain):
        raise ValueError(f"{name}: write {found[0].strip()!r} as the other modules do")
    return plain


def read_scripts() -> str:
    """The page's own modules, joined."""
    folder = files(__package__).joinpath("scripts")
    sources = {part.name: part.read_text(encoding="utf-8") for part in folder.iterdir()}
    return join_modules(sources, "main.js")


def assemble(title: str, packs: Mapping[str, str]) -> str:
    """The page.

    Parameters
    ----------
    title : str
        Of the window.
    packs : mapping
        Name -> text in base64, which ``packed.js`` finds by the name.
    """
    parts = {
        "title": title,
        "style": read_part("page.css"),
        "packs": "\n".join(_data_blocks(packs)),
        "script": read_scripts().replace("</", "<\\/"),
    }
    return PLACE.sub(lambda found: parts[found[1] or found[2]], read_part("page.html"))


def _data_blocks(packs: Mapping[str, str]) -> Iterator[str]:
    for name, text in packs.items():
        yield f'<script type="application/octet-stream" data-pack="{name}">{text}</script>'
