"""Tables, figures and panels of the study of throughput beyond those of every kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tiltyard.engine.kind import Figure, Panel, Table
from tiltyard.studies.throughput.statistics.needed import COLUMNS

if TYPE_CHECKING:  # the workflow asks for names alone
    import pandas as pd

    from tiltyard.engine.statistics.alarms import Alarm
    from tiltyard.engine.study import Study

CAPTIONS = Path(__file__).with_name("captions")
PAGE = Path(__file__).with_name("page")
#: Text columns of the tables, in which an empty field is an empty text.
TEXTS = (
    *("workload", "machine", "job", "jobs", "strategy", "implementation", "backend", "block"),
    *("stage", "question", "unit", "sentence", "base", "differs", "limit", "memory_source"),
    *("statuses", "words", "verdict", "difference", "output_digest", "order", "number", "source"),
    *("promised", "reason", "allows", "outlook", "axis", "work_of_one", "workloads", "sizes"),
    *("measure", "counts", "shown", "alarms"),
)


def _launches(rows: pd.DataFrame) -> pd.DataFrame:
    from tiltyard.studies.throughput.statistics.launches import launches_of

    return launches_of(rows)


def axes_of(study: Study) -> dict[str, Mapping[str, Any]]:
    """Workload of the study -> its value on each axis of the pipeline."""
    from tiltyard.studies.throughput.settings import workloads_of

    return {name: one.axes for name, one in workloads_of(study.config).items()}


def _answers(study: Study, summary: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    from tiltyard.studies.throughput.statistics.answers import answers

    return answers(_launches(rows))


def _costs(study: Study, summary: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    from tiltyard.studies.throughput.statistics.costs import costs

    return costs(_launches(rows))


def _scaling(study: Study, summary: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    from tiltyard.studies.throughput.statistics.scaling import scaling

    return scaling(_launches(rows))


def _oversubscription(study: Study, summary: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    from tiltyard.studies.throughput.statistics.scaling import oversubscription

    return oversubscription(_launches(rows))


def _weak_scaling(study: Study, summary: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    from tiltyard.studies.throughput.statistics.weak_scaling import weak_scaling

    return weak_scaling(_launches(rows), axes_of(study))


def _fits(study: Study, summary: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    from tiltyard.studies.throughput.statistics.fits import fits

    return fits(_launches(rows))


def _growth(study: Study, summary: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    from tiltyard.studies.throughput.statistics.growth import growth

    return growth(_launches(rows), axes_of(study))


def _stages(study: Study, summary: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    from tiltyard.studies.throughput.statistics.stage_table import stage_table

    return stage_table(rows)


def _equality(study: Study, summary: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    from tiltyard.studies.throughput.statistics.equality import equality

    return equality(_launches(rows))


def _claims(study: Study, summary: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    from tiltyard.studies.throughput.settings import pipeline_of
    from tiltyard.studies.throughput.statistics.claims import claims

    return claims(_launches(rows), axes_of(study), pipeline_of(study.config).claims)


def _stability(study: Study, summary: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    from tiltyard.studies.throughput.statistics.stability import stability

    return stability(_launches(rows))


def _every_launch(study: Study, summary: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    from tiltyard.studies.throughput.statistics.launch_table import launch_table

    return launch_table(_launches(rows))


def _table(name: str, title: str, write: Callable[..., pd.DataFrame]) -> Table:
    return Table(
        name=name,
        title=title,
        write=write,
        results=COLUMNS,
        texts=TEXTS,
        caption=CAPTIONS / f"{name}.rst",
    )


TABLES = (
    _table("answers", "What to run, in sentences with the figures behind them", _answers),
    _table("costs", "Seconds, rates, memory and share of the limit, by strategy", _costs),
    _table("scaling", "Speed-up and efficiency, the same work with more workers", _scaling),
    _table("weak_scaling", "Scaled speed-up, work in proportion to the workers", _weak_scaling),
    _table("oversubscription", "More workers than cores", _oversubscription),
    _table("fits", "Laws of scaling, where there are worker counts enough", _fits),
    _table("growth", "Growth of cost and memory with the size of the work", _growth),
    _table("stages", "Where the time of a launch goes", _stages),
    _table("equality", "Whether the outputs are right", _equality),
    _table("claims", "Promises of others, held against what was measured", _claims),
    _table("stability", "What disturbed the rounds", _stability),
    _table("launches", "Every launch", _every_launch),
)


def _figure(name: str, module: str, caption: str) -> Figure:
    return Figure(
        name=name,
        draw=f"tiltyard.studies.throughput.figures.{module}",
        files=lambda config: [name],
        caption=CAPTIONS / f"{caption}.rst",
        unranked=True,
    )


FIGURES = (
    _figure("scaling", "speed_up:draw", "scaling_figure"),
    _figure("stages", "stages:draw", "stages_figure"),
    _figure("memory", "memory:draw", "memory_figure"),
    _figure("limit", "limit:draw", "limit_figure"),
    _figure("noise", "noise:draw", "noise_figure"),
)


def _panel(name: str, after: str) -> Panel:
    return Panel(
        name=name,
        script=PAGE / "scripts" / f"{name}.js",
        html=PAGE / f"{name}.html",
        after=after,
    )


PANELS = (
    _panel("running", "answer"),
    _panel("speedup", "answer"),
    _panel("parts", "answer"),
    _panel("promises", "alarms"),
    _panel("rounds", "alarms"),
)


def alarms_of(rows: pd.DataFrame) -> Iterable[Alarm]:
    """Alarms of the launches in the merged `rows`."""
    from tiltyard.studies.throughput.statistics.alarms import launch_alarms

    return launch_alarms(_launches(rows))


def page_facts(study: Study) -> Mapping[str, Any]:
    """The pipeline's title, unit and baseline, and its workloads on its axes."""
    from tiltyard.studies.throughput.settings import complete, pipeline_of

    pipeline = pipeline_of(study.config)
    return {
        "pipeline": pipeline.title,
        "unit": pipeline.unit,
        "baseline": pipeline.baseline(complete(study.config)),
        "axes": [
            {"name": axis.name, "meaning": axis.meaning, "unit": axis.unit}
            for axis in pipeline.axes
        ],
        "workloads": {name: dict(values) for name, values in axes_of(study).items()},
    }
