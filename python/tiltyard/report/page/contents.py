"""The tables of a study that its page holds, and the facts about it that the scripts need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from tiltyard.engine.catalogue import read_faults, warnings_of
from tiltyard.engine.kind import Kind, Words
from tiltyard.engine.statistics.replicates import METHOD_KEY
from tiltyard.engine.statistics.summary import is_solved
from tiltyard.engine.statistics.tables import COST, read_json, read_summary, read_table
from tiltyard.engine.study import Study
from tiltyard.engine.wording import plural, value_text
from tiltyard.report.figures.settings import column_axis
from tiltyard.report.steps import steps_of

#: Rows of the summary in the page. More would make it slow to open: 40 subjects at 7 levels and
#: 8 rows an evaluation with 60 methods are as many.
MOST_ROWS = 150_000
#: Ids of missing configurations that the page lists.
LISTED = 50


@dataclass(frozen=True)
class PageTables:
    """What the page shows of a study.

    Attributes
    ----------
    folder : path
        Where they lie.
    tables : dict of DataFrame
        The study's tables by name, and ``configurations`` with a row for each that was evaluated.
    facts : dict
        ``differences`` and ``manifest``, as the files of these names have them; empty without.
    left_out : list of str
        Sentences that say what the page does not hold, and where it is found.
    """

    folder: Path
    tables: dict[str, pd.DataFrame]
    facts: dict[str, Any]
    left_out: list[str]


def read_tables(study: Study, folder: Path, most_rows: int = MOST_ROWS) -> PageTables:
    """Read the merged tables in `folder`.

    Parameters
    ----------
    study : Study
    folder : path
        With ``results.parquet`` and the tables that were made of it.
    most_rows : int
        Where the summary has more rows, only as many methods as fit stay, those of the best
        ranks: the page says so.

    Raises
    ------
    UnreadableFile
        Naming the table that is missing and the command that makes it.
    """
    tables = {"summary": read_summary(study, folder)}
    files = ["ranks.csv", "robustness.csv", "failures.csv", "alarms.csv"]
    files += [COST] if study.kind.measures.size else []
    for file in [*files, *(table.file for table in study.kind.tables)]:
        tables[Path(file).stem] = read_table(study, folder / file)
    tables["summary"], left_out = _fitting(study, tables["summary"], tables["ranks"], most_rows)
    tables["configurations"] = evaluated_configurations(study, folder)
    paths = [folder / f"{name}.json" for name in ("differences", "manifest")]
    facts = {path.stem: read_json(study, path) if path.exists() else {} for path in paths}
    return PageTables(folder, tables, facts, left_out)


def _fitting(
    study: Study, summary: pd.DataFrame, ranks: pd.DataFrame, most_rows: int
) -> tuple[pd.DataFrame, list[str]]:
    if len(summary) <= most_rows:
        return summary, []
    cells = len(summary[study.cell].drop_duplicates())
    ranked = list(ranks[METHOD_KEY].itertuples(index=False, name=None))
    methods = set(ranked)
    others = summary[METHOD_KEY].drop_duplicates().itertuples(index=False, name=None)
    # What is not ranked anchors the scale.
    queue = [*(method for method in others if method not in methods), *ranked]
    kept = set(queue[: max(1, most_rows // cells)])
    stays = [key in kept for key in zip(*(summary[name] for name in METHOD_KEY), strict=True)]
    named = f"{len(queue) - len(kept)} of {len(queue)} {plural(study.kind.words.method)}"
    sentence = f"the cells of {named}, those of the worst ranks: summary.csv has them all"
    return summary[stays], [sentence]


def evaluated_configurations(study: Study, folder: Path) -> pd.DataFrame:
    """Id and values of every configuration in ``results.parquet``, as that table has them."""
    columns = ["configuration", *study.group, study.kind.replicate]
    seen: list[pd.DataFrame] = []
    study.receipts.check(folder / "results.parquet")
    with pq.ParquetFile(folder / "results.parquet") as file:
        for batch in file.iter_batches(columns=columns):
            seen.append(batch.to_pandas().drop_duplicates("configuration"))
    found = pd.concat(seen, ignore_index=True).drop_duplicates("configuration")
    return found.reset_index(drop=True)


def first_replicates(study: Study, configurations: pd.DataFrame) -> list[str]:
    """Ids of the lowest replicate of every cell."""
    sorted_rows = configurations.sort_values(study.kind.replicate, kind="stable")
    first: Sequence[str] = sorted_rows.drop_duplicates(study.group)["configuration"].tolist()
    wanted = set(first)
    return [name for name in configurations["configuration"] if name in wanted]


def study_facts(study: Study, found: PageTables) -> dict[str, Any]:
    """What the page says besides tables, in plain values."""
    kind, summary = study.kind, found.tables["summary"]
    done = set(found.tables["configurations"]["configuration"])
    missing = [name for name in study.ids if name not in done]
    return {
        **found.facts,
        "name": study.name,
        "config": dict(study.config),
        "folder": str(study.folder),
        "tables": str(found.folder),
        "expected": len(study.ids),
        "merged": len(done),
        "missing": missing[:LISTED],
        "left_out": list(found.left_out),
        "notes": [
            *kind.notes(study.config),
            *warnings_of(kind, read_faults(study.catalogue)),
        ],
        "words": _words(kind),
        "measures": _measures(study, summary),
        "axes": [_axis(study, name, summary[name]) for name in study.cell],
        "replicate": kind.replicate,
        "subject": kind.subject,
        "within": list(kind.within),
        "levels": kind.levels,
        "column": column_axis(kind),
        "opening": dict(kind.opening),
        "unranked": sorted(kind.unranked),
        "statuses": [str(name)[2:] for name in summary.columns if str(name).startswith("n_")],
        "anchors": [_anchor(anchor, summary) for anchor in kind.anchors],
        "own_tables": [table.name for table in kind.tables],
        "kind": dict(kind.page_facts(study)),
    }


def _words(kind: Kind) -> dict[str, Any]:
    words = kind.words
    plain = ("question", "method", "score", "replicate", "cell", "share", "languages", "good")
    return {
        **{name: getattr(words, name) for name in plain},
        "alarms": list(words.alarms),
        "columns": {name: asdict(column) for name, column in words.columns.items()},
    }


def _measures(study: Study, summary: pd.DataFrame) -> dict[str, Any]:
    measures = study.kind.measures
    return {
        "score": measures.score,
        "plain": measures.plain,
        "size": measures.size,
        "beside": list(measures.beside),
        "medians": list(measures.medians),
        "bound": measures.bound,
        "steps": list(steps_of(measures, summary["median"][is_solved(summary)])),
        "target": study.kind.target(study.config),
    }


def _axis(study: Study, name: str, column: pd.Series[Any]) -> dict[str, Any]:
    """An axis with its values and how they are written; texts come as in the table."""
    words = study.kind.words
    values = list(column.drop_duplicates())
    if not isinstance(values[0], str):
        values = sorted(value.item() if hasattr(value, "item") else value for value in values)
    write = words.values.get(name, value_text)
    return {
        "name": name,
        "noun": words.axis(name),
        "phrases": [_phrase(words, name, value) for value in values],
        "values": values,
        "short": list(map(value_text, values)),
        "names": [write(value) for value in values],
    }


def _phrase(words: Words, name: str, value: Any) -> str:
    """A value in words, as `Words.phrase` says it, and written as `value_text` writes it."""
    return words.phrase(name, value).replace(str(value), value_text(value))


def _anchor(anchor: Any, summary: pd.DataFrame) -> dict[str, Any]:
    methods = summary.loc[anchor.rows(summary), METHOD_KEY].drop_duplicates()
    facts: Mapping[str, Any] = asdict(anchor)
    return {
        **{name: value for name, value in facts.items() if name != "rows"},
        "methods": ["~".join(key) for key in methods.itertuples(index=False, name=None)],
    }
