"""The list of static figures, and how they are drawn from a study's tables to files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tiltyard.engine.kind import Figure, Kind, resolve
from tiltyard.engine.project import project_root
from tiltyard.engine.statistics.tables import SUMMARY, statistics_of
from tiltyard.engine.wording import plural
from tiltyard.report.figures.settings import setting_names

if TYPE_CHECKING:  # the Snakefile asks for the files' names alone
    from matplotlib.figure import Figure as Drawn

    from tiltyard.engine.merge.merging import Coverage
    from tiltyard.engine.study import Study
    from tiltyard.report.figures.study_tables import Tables

#: Kinds of files of each figure.
KINDS = ("svg", "png")
#: The figure that is drawn from the journals, not from tables.
TIMELINE = "timeline"


def figures_of(kind: Kind) -> list[Figure]:
    """Figures of a study of `kind`: those of every kind, and its own."""
    return [*_figures_of_every(kind), *kind.figures]


def _figures_of_every(kind: Kind) -> Iterator[Figure]:
    by_level, by_row = kind.line_figures
    yield _each_setting(kind, "heatmap", "heatmap:draw", "heatmap")
    if kind.levels:
        yield _each_setting(kind, by_level, "lines:draw_by_level", "lines_by_level")
    if kind.levels and kind.within:
        yield _whole_study(kind, by_row, "lines:draw_by_row", "lines_by_row")
    yield _whole_study(kind, "differences", "rank_diagram:draw", "rank_diagram")
    if kind.measures.size:
        yield _whole_study(kind, "pareto", "pareto:draw", "pareto")


def _each_setting(kind: Kind, name: str, draw: str, caption: str) -> Figure:
    return Figure(
        name=name,
        draw=f"{__package__}.{draw}",
        files=partial(_files_of_settings, kind, name),
        caption=caption_of(kind, caption),
    )


def _files_of_settings(kind: Kind, name: str, config: Mapping[str, Any]) -> list[str]:
    return [f"{name}-{setting}" for setting in setting_names(kind, config)]


def _whole_study(kind: Kind, name: str, draw: str, caption: str) -> Figure:
    return Figure(
        name=name,
        draw=f"{__package__}.{draw}",
        files=lambda config: [name],
        caption=caption_of(kind, caption),
    )


def caption_of(kind: Kind, name: str) -> Path:
    """Caption of one of the engine's figures or tables: the kind's, if it has one."""
    own = kind.captions and kind.captions / f"{name}.rst"
    if own and own.is_file():
        return own
    return project_root() / "workflow" / "report" / f"{name}.rst"


def draw_figures(
    study: Study,
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
    tables : path or None
        Folder of the tables; the study's own if None.
    into : path or None
        Folder of the figures; ``figures`` beside the tables if None.
    coverage : Coverage or None
        Of the tables, where they may not be of the whole study: the figures then say it.
    only : sequence of str
        Names of figures, of `figures_of`; all if empty.
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
    from joblib import Parallel, delayed

    from tiltyard.report.figures.study_tables import Tables

    known = {figure.name: figure for figure in figures_of(study.kind)}
    for name in only:
        if name not in known:
            raise ValueError(f"--only {name}: use one of {', '.join([*known, TIMELINE])}")
    tables = tables or study.folder
    for name in (SUMMARY, "ranks.csv", *statistics_of(study.kind)):
        study.receipts.check(tables / name)  # once, before it is in processes that draw
    found = Tables(study, tables, _note(study, coverage))
    folder = into or tables / "figures"
    # Forked, not started anew: importing Matplotlib takes as long as drawing two figures.
    drawn: list[list[Path]] = Parallel(n_jobs=threads, backend="multiprocessing")(
        delayed(_save)(name, found, folder, kinds) for name in only or known
    )
    return [file for files in drawn for file in files]


def _save(name: str, tables: Tables, folder: Path, kinds: Sequence[str]) -> list[Path]:
    import matplotlib

    from tiltyard.report.figures.style import STYLE, save

    figure = next(figure for figure in figures_of(tables.kind) if figure.name == name)
    with matplotlib.rc_context(STYLE):
        return [
            path
            for file, drawn in draw(figure, tables)
            for path in save(drawn, folder, file, kinds)
        ]


def draw(figure: Figure, tables: Tables) -> Iterator[tuple[str, Drawn]]:
    """Names and drawings of one figure; where nothing is ranked, they say so."""
    from tiltyard.report.figures.style import message_figure

    if len(tables.ranks) or figure.unranked:
        yield from resolve(figure.draw)(tables)
        return
    text = tables.title(f"none of its {plural(tables.kind.words.method)} is ranked")
    for file in figure.files(tables.study.config):
        yield file, message_figure(text)


def _note(study: Study, coverage: Coverage | None) -> str:
    notes = list(study.kind.notes(study.config))
    if coverage is not None:
        notes.append(f"so far {coverage.share}")
    return "; ".join(notes)
