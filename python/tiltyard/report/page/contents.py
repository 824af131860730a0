"""The tables of a study that its page holds, read from the study's files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from tiltyard.engine.statistics.replicates import METHOD_KEY
from tiltyard.studies.derivatives.study import CELL

#: Rows of the summary in the page. More would make it slow to open: 40 signals at 7 levels and
#: 8 orders with 60 estimators are as many.
MOST_ROWS = 150_000
#: Text in each table; all other columns hold numbers or truth values.
TEXT = (
    *METHOD_KEY,
    "signal",
    "noise_model",
    "family",
    "tags",
    "oracle",
    "status",
    "message",
    "orders",
)
TEXT += ("kind", "where", "variant")


@dataclass(frozen=True)
class StudyTables:
    """What the page shows of a study.

    Attributes
    ----------
    folder : path
        Where they lie.
    tables : dict of DataFrame
        ``summary``, ``ranks``, ``robustness``, ``reach``, ``cost``, ``alarms``, ``failures`` and
        ``configurations``, the last one with a row for each that was evaluated.
    facts : dict
        ``differences`` and ``manifest``, as the files of these names have them; empty without.
    left_out : list of str
        Sentences that say what the page does not hold, and where it is found.
    """

    folder: Path
    tables: dict[str, pd.DataFrame]
    facts: dict[str, Any]
    left_out: list[str]


def read_tables(folder: Path, most_rows: int = MOST_ROWS) -> StudyTables:
    """Read the merged tables in `folder`.

    Parameters
    ----------
    folder : path
        With ``results.parquet`` and the tables that were made of it.
    most_rows : int
        Where the summary has more rows, only as many estimators as fit stay, those of the best
        ranks: the page says so.

    Raises
    ------
    FileNotFoundError
        Naming the table that is missing and the command that makes it.
    """
    names = "summary ranks robustness reach cost alarms failures".split()
    tables = {name: _read(folder / f"{name}.csv") for name in names}
    tables["summary"], left_out = _fitting(tables["summary"], tables["ranks"], most_rows)
    tables["configurations"] = evaluated_configurations(folder)
    facts = {name: _json(folder / f"{name}.json") for name in ("differences", "manifest")}
    return StudyTables(folder, tables, facts, left_out)


def _read(path: Path) -> pd.DataFrame:
    if not path.exists():
        raise FileNotFoundError(
            f"{path}: no such file; `tiltyard merge` makes the tables of a study"
        )
    columns = pd.read_csv(path, nrows=0).columns
    text = {name: str for name in columns if name in TEXT}
    # An empty text is a text; the name of an estimator may be "null".
    missing = {name: [""] for name in columns if name not in TEXT}
    return pd.read_csv(path, dtype=text, keep_default_na=False, na_values=missing)


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def _fitting(
    summary: pd.DataFrame, ranks: pd.DataFrame, most_rows: int
) -> tuple[pd.DataFrame, list[str]]:
    if len(summary) <= most_rows:
        return summary, []
    cells = len(summary[list(CELL)].drop_duplicates())
    ranked = list(ranks[METHOD_KEY].itertuples(index=False, name=None))
    methods = set(ranked)
    others = summary[METHOD_KEY].drop_duplicates().itertuples(index=False, name=None)
    # What is not ranked anchors the scale: zero, the truth, the oracles.
    order = [*(method for method in others if method not in methods), *ranked]
    kept = set(order[: max(1, most_rows // cells)])
    stays = [key in kept for key in zip(*(summary[name] for name in METHOD_KEY), strict=True)]
    sentence = (
        f"the cells of {len(order) - len(kept)} of {len(order)} estimators, those of the worst "
        "ranks: summary.csv has them all"
    )
    return summary[stays], [sentence]


def evaluated_configurations(folder: Path) -> pd.DataFrame:
    """Id and values of every configuration in ``results.parquet``, in that table's order."""
    columns = ["configuration", *CELL[:-1], "trial"]
    seen: list[pd.DataFrame] = []
    with pq.ParquetFile(folder / "results.parquet") as file:
        for batch in file.iter_batches(columns=columns):
            seen.append(batch.to_pandas().drop_duplicates("configuration"))
    found = pd.concat(seen, ignore_index=True).drop_duplicates("configuration")
    return found.reset_index(drop=True)


def first_trials(configurations: pd.DataFrame) -> list[str]:
    """Ids of the lowest trial of every cell's replicates."""
    ordered = configurations.sort_values("trial", kind="stable")
    first: Sequence[str] = ordered.drop_duplicates(list(CELL[:-1]))["configuration"].tolist()
    wanted = set(first)
    return [name for name in configurations["configuration"] if name in wanted]
