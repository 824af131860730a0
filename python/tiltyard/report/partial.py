"""Tables, figures and page of what has been evaluated so far."""

from __future__ import annotations

import json
from pathlib import Path

from tiltyard.engine.files.atomic import write_text
from tiltyard.engine.jobs import merge_results
from tiltyard.engine.merge.merging import Coverage
from tiltyard.engine.statistics.writing import write_statistics
from tiltyard.engine.study import Study
from tiltyard.report.figures.drawing import draw_figures
from tiltyard.report.page.building import write_page
from tiltyard.report.timeline import draw_timeline


def write_partial(study: Study) -> tuple[Path, Coverage]:
    """Write them into the folder ``partial`` of the study; that folder, and what is in it."""
    folder = study.folder / "partial"
    coverage = merge_results(study, complete=False, into=folder)
    write_statistics(study, into=folder)
    facts = {**coverage.to_dict(), "missing": study.missing}
    write_text(folder / "coverage.json", json.dumps(facts, indent=1) + "\n")
    draw_figures(study, tables=folder, coverage=coverage)
    draw_timeline(
        study.folder, study.name, into=folder / "figures", method_word=study.kind.words.method
    )
    write_page(study, into=folder)
    return folder, coverage
