"""Draw the rooms of the package, docs/pictures/rooms.svg: what may import what.

    python docs/generate/rooms.py

The layers are those of `.importlinter`, which `make check` holds; a test compares them.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

PICTURE = Path(__file__).resolve().parents[1] / "pictures" / "rooms.svg"

#: Rooms of the package from the top down, with what each holds; those of a row stand alike.
ROOMS: Sequence[Sequence[tuple[str, str]]] = (
    (("cli", "the command tiltyard"), ("workflow", "what the Snakefile is given")),
    (("advice", "what a study says about data like yours"),),
    (("application", "for people with data: read, estimate, judge, draw"),),
    (("studies", "a package a kind: derivatives, throughput, and yours"),),
    (("report", "figures and the page, for every kind"), ("pipelines", "work on people's files")),
    (("engine", "runs a study of any kind; knows none"),),
)
#: Rooms of the engine from the top down.
ENGINE: Sequence[Sequence[tuple[str, str]]] = (
    (("jobs", "what each job does, from files to files"),),
    (("provenance", "manifest, verification, bundle"),),
    (("merge", "one table of all evaluations"), ("plan", "jobs, threads, batches")),
    (("journal", "what jobs write about themselves; the account of time"),),
    (("work", "workers, their supervision and their end"),),
    (("store", "what is computed already; locks"), ("datasets", "files of datasets")),
    (("statistics", "summary, ranks, tests, alarms"),),
    (("catalogue", "the methods that take part, with their versions"),),
    (("study", "checked configuration, grid and folder"),),
    (("kind", "what the engine asks a kind for"),),
    (("methods", "facts, selection, versions"),),
    (("grid", "axes, checks, seeds"),),
    (
        *(("machine", ""), ("files", ""), ("outcome", ""), ("wording", "")),
        *(("project", ""), ("extras", "")),
    ),
)
#: Sizes [px]: of the picture, of a row, and of the room around one.
WIDTH, HEIGHT, GAP, MARGIN = 720, 30, 6, 16
#: Left of the engine's rows.
INDENT = 14
STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1c2430 }
  .name { font-weight: 600 }
  .what { fill: #4a5666 }
  .room { fill: #e8eef7; stroke: #8fa3bd }
  .engine { fill: #f6f8fb; stroke: #8fa3bd }
  .arrow { stroke: #4a5666; stroke-width: 1.5; fill: none; marker-end: url(#head) }
"""


def draw() -> str:
    """The picture as SVG."""
    right = WIDTH - MARGIN - 34
    parts, y = [], MARGIN
    for row in ROOMS[:-1]:
        parts += _row(row, MARGIN, right, y)
        y += HEIGHT + GAP
    ((name, what),) = ROOMS[-1]
    height = HEIGHT + len(ENGINE) * (HEIGHT + GAP) + GAP
    parts.append(_box("engine", MARGIN, y, right - MARGIN, height))
    parts.append(_label(name, what, MARGIN + 10, y + 20))
    y += HEIGHT
    for row in ENGINE:
        parts += _row(row, MARGIN + INDENT, right - INDENT, y)
        y += HEIGHT + GAP
    bottom = y + GAP + MARGIN
    x = right + 18
    parts.append(f'<path class="arrow" d="M{x} {MARGIN + 4} V{bottom - MARGIN - 10}"/>')
    middle = bottom // 2
    parts.append(
        f'<text x="{x + 8}" y="{middle}" transform="rotate(90 {x + 8} {middle})" '
        'text-anchor="middle" dy="-2">may import</text>'
    )
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom}" role="img" '
        f'width="{WIDTH}" height="{bottom}">\n'
        "<title>Rooms of the package: each may import from the rows below it</title>\n"
        f"<style>{STYLE}</style>\n"
        '<defs><marker id="head" viewBox="0 0 8 8" refX="4" refY="4" markerWidth="8" '
        'markerHeight="8" orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="#4a5666"/></marker>'
        "</defs>\n"
        f'<rect width="{WIDTH}" height="{bottom}" fill="#ffffff"/>\n'
    )
    return head + "\n".join(parts) + "\n</svg>\n"


def _row(row: Sequence[tuple[str, str]], left: int, right: int, y: int) -> list[str]:
    """Boxes of rooms that stand alike, from `left` to `right`."""
    width = (right - left - GAP * (len(row) - 1)) // len(row)
    parts = []
    for place, (name, what) in enumerate(row):
        x = left + place * (width + GAP)
        parts += [_box("room", x, y, width, HEIGHT), _label(name, what, x + 10, y + 20)]
    return parts


def _box(kind: str, x: int, y: int, width: int, height: int) -> str:
    return f'<rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{height}" rx="4"/>'


def _label(name: str, what: str, x: int, y: int) -> str:
    said = f'<tspan class="what" dx="10">{escape(what)}</tspan>' if what else ""
    return f'<text x="{x}" y="{y}"><tspan class="name">{escape(name)}</tspan>{said}</text>'


if __name__ == "__main__":
    PICTURE.write_text(draw(), encoding="utf-8")
