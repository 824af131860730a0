"""``report.html``: what goes into the page of a study, and how large it may be."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

from plotly.offline import get_plotlyjs

from tiltyard.engine.files.atomic import write_text
from tiltyard.engine.study import Study
from tiltyard.report.page.assembly import assemble
from tiltyard.report.page.contents import PageTables, first_replicates, read_tables, study_facts
from tiltyard.report.page.packing import encode, pack

#: Largest page [bytes], unless another size is asked for.
LARGEST = 30_000_000
#: Characters around a pack in the page.
AROUND_PACK = 100


def write_page(study: Study, into: Path | None = None, largest: int = LARGEST) -> Path:
    """Write ``report.html`` from the merged tables, results and datasets of a study.

    Parameters
    ----------
    study : Study
    into : path or None
        Folder with the merged tables, and of the page; the study's own if None.
    largest : int
        Size that the page may have [bytes]; what does not fit is of the kind's panels.

    Raises
    ------
    ValueError
        If not even a page without what the panels hold fits.
    """
    folder = into or study.folder
    found = read_tables(study, folder)
    facts = study_facts(study, found)
    plotly = encode(get_plotlyjs().encode())
    # The facts say what was left out, but that changes their size by less than this.
    rest = len(_page(study, found, facts, plotly, {}).encode()) + 1000
    if rest > largest:
        raise ValueError(
            f"a page of {largest} bytes: {rest} are needed for its tables and scripts alone"
        )
    packs, left_out = pack_panels(study, found, largest - rest)
    facts["left_out"] += left_out
    path = folder / "report.html"
    write_text(path, _page(study, found, facts, plotly, packs))
    if into is None:
        study.receipts.write("page", [path])
    return path


def pack_panels(study: Study, found: PageTables, room: int) -> tuple[dict[str, str], list[str]]:
    """Packs of the kind's panels in `room` characters, and what was left out."""
    shown = first_replicates(study, found.tables["configurations"])
    packs: dict[str, str] = {}
    left_out: list[str] = []
    for panel in study.kind.panels:
        if panel.pack is None:
            continue
        room -= AROUND_PACK * len(shown)
        own, sentences = panel.pack(study, shown, room)
        room -= sum(map(len, own.values()))
        packs.update({f"{panel.name}:{name}": text for name, text in own.items()})
        left_out += sentences
    return packs, left_out


def _page(
    study: Study, found: PageTables, facts: dict[str, Any], plotly: str, packs: dict[str, str]
) -> str:
    held = {"study": pack(found.tables, facts=facts), "plotly": plotly, **packs}
    title = f"{study.name}: {study.kind.words.question}"
    return assemble(html.escape(title), held, study.kind.panels)
