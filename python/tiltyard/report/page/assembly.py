"""One file of HTML from the page's template, style, scripts and packs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files

from tiltyard.engine.kind import Panel

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


def join_modules(sources: Mapping[str, str], *first: str) -> str:
    """The ECMAScript modules that `first` need as one module, imported ones before importers.

    All share one scope, so that no two may declare the same name at their top level.

    Parameters
    ----------
    sources : mapping
        File name -> source. Imports are of the form ``import { a, b } from "./module.js";``.
    first : str
        Modules that run, one after the other.

    Raises
    ------
    ValueError
        If a module is missing, imports itself through others, declares a name that another
        declares too, or is written otherwise.
    """
    modules = dict.fromkeys(part for name in first for part in _needed(sources, name, ()))
    owners: dict[str, str] = {}
    for name in modules:
        for declared in DECLARED.findall(sources[name]):
            if declared in owners:
                raise ValueError(
                    f"{name} and {owners[declared]} both declare {declared}: rename one"
                )
            owners[declared] = name
    return "\n".join(f"// {name}\n{_stripped(name, sources[name])}" for name in modules)


def _needed(sources: Mapping[str, str], name: str, importers: tuple[str, ...]) -> list[str]:
    if name in importers:
        raise ValueError(f"{name} imports itself, by way of {' and '.join(importers)}")
    if name not in sources:
        raise ValueError(f"{importers[-1] if importers else 'the page'} needs {name}: no such file")
    modules: dict[str, None] = {}
    for imported in IMPORT.findall(sources[name]):
        modules.update(dict.fromkeys(_needed(sources, imported, (*importers, name))))
    return [*modules, name]


def _stripped(name: str, source: str) -> str:
    plain = EXPORT.sub("", IMPORT.sub("", source))
    if found := MODULE_SYNTAX.search(plain):
        raise ValueError(f"{name}: write {found[0].strip()!r} as the other modules do")
    return plain


def read_scripts(panels: Sequence[Panel] = ()) -> str:
    """The page's own modules and those of `panels`, joined.

    Raises
    ------
    ValueError
        If a panel's module has the name of another one.
    """
    folder = files(__package__).joinpath("scripts")
    sources = {part.name: part.read_text(encoding="utf-8") for part in folder.iterdir()}
    own = {path for panel in panels for path in panel.script.parent.glob("*.js")}
    for path in sorted(own):
        if path.name in sources:
            raise ValueError(f"{path}: the page has a module {path.name} already; rename it")
        sources[path.name] = path.read_text(encoding="utf-8")
    return join_modules(sources, *(panel.script.name for panel in panels), "main.js")


def assemble(title: str, packs: Mapping[str, str], panels: Sequence[Panel] = ()) -> str:
    """The page.

    Parameters
    ----------
    title : str
        Of the window.
    packs : mapping
        Name -> text in base64, which ``packed.js`` finds by the name.
    panels : sequence of Panel
        Sections of the kind.
    """
    parts = {
        "title": title,
        "style": read_part("page.css"),
        "packs": "\n".join(_data_blocks(packs)),
        "script": read_scripts(panels).replace("</", "<\\/"),
        **{f"after_{section}": _sections(panels, section) for section in Panel.SECTIONS},
    }
    return PLACE.sub(lambda found: parts[found[1] or found[2]], read_part("page.html"))


def _sections(panels: Sequence[Panel], after: str) -> str:
    return "\n".join(
        panel.html.read_text(encoding="utf-8") for panel in panels if panel.after == after
    )


def _data_blocks(packs: Mapping[str, str]) -> Iterator[str]:
    for name, text in packs.items():
        yield f'<script type="application/octet-stream" data-pack="{name}">{text}</script>'
