"""One file of HTML from the page's template, style, scripts and packs."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files

from tiltyard.engine.kind import Panel

#: ``from "./module.js"``: how a module of the page names another.
IMPORTED = re.compile(r'\bfrom\s+"\./([\w-]+\.js)"')
#: Modules are data: addresses, to which nothing is relative; the import map knows them by name.
NAMED = r'from "tiltyard/\1"'
PLACE = re.compile(r"<!-- tiltyard: (\w+) -->|/\* tiltyard: (\w+) \*/")


def read_part(name: str) -> str:
    """The file `name` beside this module, as text."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def import_map(sources: Mapping[str, str]) -> str:
    """ECMAScript modules as an import map in JSON, each under ``tiltyard/<file>``.

    Parameters
    ----------
    sources : mapping
        File name -> source. Imports are of the form ``import { a, b } from "./module.js";``.

    Raises
    ------
    ValueError
        If a module imports one that is not there.
    """
    for name, source in sources.items():
        for imported in IMPORTED.findall(source):
            if imported not in sources:
                raise ValueError(f"{name} imports {imported}: no such file")
    return json.dumps(
        {"imports": {f"tiltyard/{name}": _address(name, text) for name, text in sources.items()}}
    )


def _address(name: str, source: str) -> str:
    # The last line is the name that the browser's messages call it by.
    text = f"{IMPORTED.sub(NAMED, source)}//# sourceURL=tiltyard/{name}\n"
    content = base64.b64encode(text.encode()).decode()
    return f"data:text/javascript;base64,{content}"


def read_scripts(panels: Sequence[Panel] = ()) -> dict[str, str]:
    """File name -> source of the page's own modules and those of `panels`.

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
    return dict(sorted(sources.items()))


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
    # Panels announce themselves before the page is drawn.
    started = [*(panel.script.name for panel in panels), "main.js"]
    parts = {
        "title": title,
        "style": read_part("page.css"),
        "packs": "\n".join(_data_blocks(packs)),
        "modules": import_map(read_scripts(panels)),
        "script": "\n".join(f'import "tiltyard/{name}";' for name in started),
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
