"""``report.html``: what goes into the page of a study, and how large it may be."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

from plotly.offline import get_plotlyjs

from tiltyard.engine.files.atomic import write_text
from tiltyard.engine.jobs import DatasetSource
from tiltyard.report.page.assembly import assemble
from tiltyard.report.page.contents import StudyTables, first_trials, read_tables
from tiltyard.report.page.packing import encode, pack
from tiltyard.report.terminal import signals_facts
from tiltyard.studies.derivatives.discovery import read_catalogue
from tiltyard.studies.derivatives.page.traces import Traces, read_traces
from tiltyard.studies.derivatives.study import CELL, ERROR, Paths, Study

#: Largest page [bytes], unless another size is asked for.
LARGEST = 30_000_000
#: Ids of missing configurations that the page lists.
LISTED = 50


def write_page(
    study: Study, paths: Paths, into: Path | None = None, largest: int = LARGEST
) -> Path:
    """Write ``report.html`` from the merged tables, results and datasets of a study.

    Parameters
    ----------
    study : Study
    paths : Paths
        Where datasets, evaluations and catalogue lie.
    into : path or None
        Folder with the merged tables, and of the page; the study's own if None.
    largest : int
        Size that the page may have [bytes]; what does not fit are curves, the worst first.

    Raises
    ------
    ValueError
        If not even a page without curves fits.
    """
    folder = into or paths.folder
    tables = read_tables(folder)
    shown = first_trials(tables.tables["configurations"])
    source = DatasetSource(study.name, study.seed, paths.folder)
    plotly = encode(get_plotlyjs().encode())
    # The facts say what was left out, but that changes their size by less than this.
    rest = len(_page(study, paths, tables, Traces({}, 0), plotly)) + 1000
    if rest > largest:
        raise ValueError(f"a page of {largest} bytes: {rest} are needed without any curve")
    room = largest - rest - 100 * len(shown)
    traces = read_traces(paths.evaluation, shown, study.orders, source.load, room)
    path = folder / "report.html"
    write_text(path, _page(study, paths, tables, traces, plotly))
    return path


def _page(study: Study, paths: Paths, tables: StudyTables, traces: Traces, plotly: str) -> str:
    facts = study_facts(study, paths, tables, traces)
    packs = {"study": pack(tables.tables, facts=facts), "plotly": plotly, **traces.packs}
    return assemble(html.escape(f"{study.name}: a study of derivative estimators"), packs)


def study_facts(study: Study, paths: Paths, tables: StudyTables, traces: Traces) -> dict[str, Any]:
    """What the page says besides tables, in plain values."""
    done = set(tables.tables["configurations"]["configuration"])
    missing = [point.id for point in study.configurations if point.id not in done]
    known = signals_facts()
    return {
        **tables.facts,
        "study": dict(study.config),
        "error": ERROR,
        "cell": list(CELL),
        "expected": len(study.configurations),
        "merged": len(done),
        "missing": missing[:LISTED],
        "signals": [s for s in known["signals"] if s["name"] in study.config["signals"]],
        "noise_models": [
            model
            for model in known["noise_models"]
            if model["name"] in study.config["noise_models"]
        ],
        "catalogue": _catalogue(paths.catalogue),
        "left_out": [*tables.left_out, *_curves_left_out(traces, study)],
        "folder": str(paths.folder),
        "tables": str(tables.folder),
        "traced": list(traces.packs),
    }


def _curves_left_out(traces: Traces, study: Study) -> list[str]:
    sentences = []
    if study.config["trials"] > 1:
        sentences.append("the curves of all trials but the first of each cell")
    if traces.kept is not None:
        sentences.append(
            f"of the first trial, the curves beyond the {traces.kept} of lowest nRMSE in each "
            "configuration and order"
        )
    return sentences


def _catalogue(path: Path) -> list[dict[str, Any]]:
    """Facts of the estimators that the page shows; none if there is no catalogue."""
    if not path.exists():
        return []
    facts = ("name", "language", "cites", "max_order", "version", "source")
    return [{fact: getattr(entry, fact) for fact in facts} for entry in read_catalogue(path)]
