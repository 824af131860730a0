"""Tables, figures and panels of the derivative study beyond those of every kind."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from tiltyard.engine.kind import Figure, Panel, Table
from tiltyard.engine.study import Study
from tiltyard.studies.derivatives.reach import reach

CAPTIONS = Path(__file__).with_name("captions")
ORDER = "order"


def reach_table(study: Study, summary: pd.DataFrame) -> pd.DataFrame:
    """How far any estimator gets in each group of cells."""
    threshold = float(study.config["statistics"]["reach_threshold"])
    return reach(summary, study.group, ORDER, threshold)


TABLES = (
    Table(
        name="reach",
        title="Highest order that is recovered, by signal, noise and samples",
        write=reach_table,
        caption=CAPTIONS / "reach.rst",
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
PANELS: tuple[Panel, ...] = ()
