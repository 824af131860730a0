"""Methods compared: which cells and methods are meant, score ratios to a reference, and growth."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from tiltyard.engine.statistics.replicates import METHOD_KEY
from tiltyard.engine.statistics.summary import is_solved
from tiltyard.engine.statistics.tables import COST, read_summary, read_table
from tiltyard.engine.study import Study


def read_contest(study: Study, where: Sequence[str] = ()) -> pd.DataFrame:
    """Rows of the study's summary, of the cells that all of `where` describe (see `chosen`)."""
    return chosen(study, read_summary(study), where)


def chosen(study: Study, rows: pd.DataFrame, where: Sequence[str] = ()) -> pd.DataFrame:
    """Those of `rows` whose cells all of `where` (COLUMN=VALUE) describe, with their divisions.

    Raises
    ------
    ValueError
        If there is no such column, or no such cell.
    """
    found = with_divisions(study, rows)
    for text in where:
        column, _, value = text.partition("=")
        if column not in columns_of(study):
            known = ", ".join(columns_of(study))
            raise ValueError(f"--where {text}: write COLUMN=VALUE with one of the columns {known}")
        own = found[column].map(_text)
        if value not in set(own):
            raise ValueError(
                f"--where {text}: no such {column}; use one of {', '.join(sorted(set(own)))}"
            )
        found = found[own == value]
    return found


def _text(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def with_divisions(study: Study, cells: pd.DataFrame) -> pd.DataFrame:
    """`cells` with the further columns by which the study's kind divides them."""
    return cells.assign(**study.kind.divisions(cells))


def columns_of(study: Study) -> list[str]:
    """Columns of a cell, and those of the divisions that the kind adds."""
    return [*study.kind.divisions(pd.DataFrame(columns=study.cell)), *study.cell]


def key_of(study: Study, text: str) -> tuple[str, str]:
    """Name and language in ``name`` or ``name/language``; without it the reference's language."""
    name, _, language = text.partition("/")
    known = study.kind.reference[1] if study.kind.reference else "python"
    return name, language or known


def reference_of(study: Study, text: str) -> tuple[str, str]:
    """The method that `text` names, or that of the study's kind.

    Raises
    ------
    ValueError
        If there is neither.
    """
    if text:
        return key_of(study, text)
    if study.kind.reference is None:
        raise ValueError(
            "--against: not given, and this kind of study has no reference; name a method of the "
            "study as name/language"
        )
    return study.kind.reference


def cost_by_size(study: Study) -> pd.DataFrame:
    """CPU seconds of each method by size, and the exponent of their growth, dearest first."""
    table = read_table(study, study.folder / COST)
    size = study.kind.measures.size
    wide = table.pivot_table("cpu_seconds", [*METHOD_KEY, "family"], size, "first")
    growth = table.drop_duplicates(METHOD_KEY).set_index([*METHOD_KEY, "family"])["exponent"]
    sizes = list(wide.columns)
    found = wide.assign(exponent=growth).sort_values(sizes[0], ascending=False).reset_index()
    return found[[*METHOD_KEY, *sizes, "exponent", "family"]]


def score_ratios(
    summary: pd.DataFrame, reference: tuple[str, str], cell: Sequence[str], by: str
) -> pd.DataFrame:
    """Geometric mean, over cells, of each method's median score divided by the reference's.

    Parameters
    ----------
    summary : DataFrame
        From `summarise`; a cell counts for a method where all its replicates are ``ok``.
    reference : pair of str
        Name and language of the method to compare with.
    cell : sequence of str
        Columns that make a cell.
    by : str
        Column of `cell`; the result has a column for each of its values.

    Returns
    -------
    DataFrame
        Method, ``all``, ``solved`` (the share of the reference's cells that counted), one column
        per value of `by`, and ``family``. Best first. A score of 0 counts as no result.

    Raises
    ------
    ValueError
        If the reference has no solved cell.
    """
    solved = is_solved(summary) & summary["median"].gt(0.0)
    rows = summary[solved].assign(logarithm=np.log(summary["median"][solved]))
    own = rows[(rows[METHOD_KEY[0]] == reference[0]) & (rows[METHOD_KEY[1]] == reference[1])]
    if own.empty:
        raise ValueError(
            f"{reference[0]} ({reference[1]}) solved no cell of this study; name a method that did "
            f"with --against{example_of(rows)}"
        )
    both = rows.merge(own[[*cell, "logarithm"]], on=list(cell), suffixes=("", "_reference"))
    both["difference"] = both["logarithm"] - both["logarithm_reference"]
    key = [*METHOD_KEY, "family"]
    ratios = both.pivot_table("difference", key, by, "mean")
    values = list(ratios.columns)
    ratios["all"] = both.groupby(key)["difference"].mean()
    ratios = ratios.apply(np.exp)
    ratios["solved"] = both.groupby(key).size() / len(own)
    # A narrow terminal drops columns from the end.
    shown = [*METHOD_KEY, "all", "solved", *values, "family"]
    return ratios.reset_index()[shown].sort_values(["all", *METHOD_KEY], kind="stable")


def example_of(rows: pd.DataFrame) -> str:
    """A method of `rows`, as `key_of` reads it, after a comma; "" if there is none."""
    names = rows[METHOD_KEY].drop_duplicates().head(1)
    return "".join(f", such as {name}/{language}" for name, language in names.to_numpy())


def grouped(
    rows: pd.DataFrame, by: Sequence[str], describe: Callable[[pd.DataFrame], Mapping[str, object]]
) -> pd.DataFrame:
    """What `describe` says of the rows of each value of the columns `by`; last, of all rows."""
    parts = [(key, own) for key, own in rows.groupby(list(by), sort=False)]
    everything = (("all",) * len(by), rows)
    return pd.DataFrame(
        [{**dict(zip(by, key, strict=True)), **describe(own)} for key, own in [*parts, everything]]
    )
