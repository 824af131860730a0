"""The list of static figures, and how they are drawn from a study's tables to files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import matplotlib
from joblib import Parallel, delayed
from matplotlib.figure import Figure

from tiltyard.engine.merge.merging import Coverage
from tiltyard.report.figures import error_by_noise, error_by_order, heatmap, pareto, rank_diagram
from tiltyard.report.figures.settings import EACH_SETTING
from tiltyard.report.figures.study_tables import Tables
from tiltyard.report.figures.style import KINDS, STYLE, message_figure, save
from tiltyard.studies.derivatives.figures import gallery, reach
from tiltyard.studies.derivatives.study import Paths, Study

#: Each yields the names and the figures of its kind.
FIGURES: Mapping[str, Callable[[Tables], Iterator[tuple[str, Figure]]]] = {
    "heatmap": heatmap.draw,
    "error_by_noise": error_by_noise.draw,
    "error_by_order": error_by_order.draw,
    "reach": reach.draw,
    "differences": rank_diagram.draw,
    "pareto": pareto.draw,
    "gallery": gallery.draw,
}


def draw_figures(
    study: Study,
    paths: Paths,
    *,
    tables: Path | None = None,
    into: Path | None = None,
    coverage: Coverage | None = None,
    only: Sequence[str] = (),
    kinds: Sequence[str] = KINDS,
    threads: int = 1,
) -> list[Path]:
    """Draw the figures of `study`, each into a file of each of `kinds`.

    Parameters
    ----------
    study : Study
    paths : Paths
        Where datasets and evaluations lie.
    tables : path or None
        Folder of the tables; the study's own if None.
    into : path or None
        Folder of the figures; ``figures`` beside the tables if None.
    coverage : Coverage or None
        Of the tables, where they may not be of the whole study: the figures then say it.
    only : sequence of str
        Kinds of figures, of `FIGURES`; all if empty.
    kinds : sequence of str
        Kinds of files.
    threads : int
        Processes that draw, >= 1.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    ValueError
        If there is no figure of a name in `only`.
    """
    for name in only:
        if name not in FIGURES:
            raise ValueError(f"--only {name}: use one of {', '.join(FIGURES)}")
    tables = tables or paths.folder
    found = Tables.read(study, paths, tables, _note(study, coverage))
    folder = into or tables / "figures"
    # Forked, not started anew: importing Matplotlib takes as long as drawing two figures.
    drawn: list[list[Path]] = Parallel(n_jobs=threads, backend="multiprocessing")(
        delayed(_save_kind)(name, found, folder, kinds) for name in only or FIGURES
    )
    return [file for files in drawn for file in files]


def _save_kind(name: str, tables: Tables, folder: Path, kinds: Sequence[str]) -> list[Path]:
    with matplotlib.rc_context(STYLE):
        return [
            path
            for file, figure in draw_kind(name, tables)
            for path in save(figure, folder, file, kinds)
        ]


def draw_kind(kind: str, tables: Tables) -> Iterator[tuple[str, Figure]]:
    """Names and figures of one kind; where nothing is ranked, they say so."""
    if len(tables.ranks) or kind == "reach":
        yield from FIGURES[kind](tables)
        return
    text = tables.title("none of its estimators is ranked")
    names = [name for name, _, _ in tables.settings()] if kind in EACH_SETTING else []
    for file in [f"{kind}-{name}" for name in names] or [kind]:
        yield file, message_figure(text)


def _note(study: Study, coverage: Coverage | None) -> str:
    notes = [] if study.julia else ["Julia's estimators are switched off"]
    if coverage is not None:
        notes.append(f"so far {coverage.share}")
    return "; ".join(notes)
