"""Tables, figures and panels of the derivative study beyond those of every kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tiltyard.engine.kind import Figure, Panel, Table

if TYPE_CHECKING:  # the workflow asks for names alone
    import pandas as pd

    from tiltyard.engine.study import Study

CAPTIONS = Path(__file__).with_name("captions")
PAGE = Path(__file__).with_name("page")
ORDER = "order"


def reach_table(study: Study, summary: pd.DataFrame) -> pd.DataFrame:
    """How far any estimator gets in each group of cells."""
    from tiltyard.studies.derivatives.reach import reach

    threshold = float(study.config["statistics"]["reach_threshold"])
    return reach(summary, study.group, ORDER, threshold)


def worst_table(study: Study, summary: pd.DataFrame) -> pd.DataFrame:
    """Where each estimator loses most to the kind's reference."""
    from tiltyard.engine.statistics.contest import reference_of
    from tiltyard.studies.derivatives.worst import worst_cells

    return worst_cells(summary, reference_of(study, ""), study.cell)


def curves(
    study: Study, configurations: Sequence[str], room: int
) -> tuple[Mapping[str, str], Sequence[str]]:
    """Packs of the curves of `configurations` in `room` characters, and what was left out."""
    from tiltyard.studies.derivatives.page.traces import pack_curves

    return pack_curves(study, configurations, room)


TABLES = (
    Table(
        name="reach",
        title="Highest order that is recovered, by signal, noise and samples",
        write=reach_table,
        caption=CAPTIONS / "reach.rst",
    ),
    Table(
        name="worst",
        title="Where each estimator loses most, and to whom",
        write=worst_table,
        texts=("rival", "rival_language"),
        caption=CAPTIONS / "worst.rst",
    ),
)
FIGURES = (
    Figure(
        name="reach",
        draw="tiltyard.studies.derivatives.figures.reach:draw",
        files=lambda config: ["reach"],
        caption=CAPTIONS / "reach_map.rst",
        unranked=True,
    ),
    Figure(
        name="gallery",
        draw="tiltyard.studies.derivatives.figures.gallery:draw",
        files=lambda config: ["gallery"],
        caption=CAPTIONS / "gallery.rst",
    ),
)
PANELS = (
    Panel(
        name="curves",
        script=PAGE / "scripts" / "curves.js",
        html=PAGE / "curves.html",
        after="answer",
        pack=curves,
    ),
    Panel(
        name="reach",
        script=PAGE / "scripts" / "reach.js",
        html=PAGE / "reach.html",
        after="levels",
    ),
    Panel(
        name="worst",
        script=PAGE / "scripts" / "worst.js",
        html=PAGE / "worst.html",
        after="ranks",
    ),
    Panel(
        name="signals",
        script=PAGE / "scripts" / "signals.js",
        html=PAGE / "signals.html",
        after="alarms",
    ),
)
