"""Verdicts that are wrong but trusted, and right but withheld, counted over kinds of record."""

from __future__ import annotations

import re
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tiltyard.advice.kinds import ORDERS, Kind, Record, find_kinds, said_in
from tiltyard.application.estimates import Estimates
from tiltyard.application.function import differentiate
from tiltyard.application.judgement import ROUGH, TRUSTED, true_error
from tiltyard.engine.extras import STUDY, require
from tiltyard.studies.derivatives.contract import Array

#: A true error that is so many times what the verdict promises makes it wrong.
TOLERATED = 2.0
#: A true error below this share of the promise makes a verdict that withholds it wrong.
KNOWN = 0.5
#: Share of true values that the bands of a derivative that is zero must hold.
HELD_ZERO = 0.9
#: Slack of a band, as a share of the derivative's largest value: errors of rounding are none.
SLACK = 1e-9
#: Fewest times from which an error is counted, and fewest samples of a piece that is tried alone.
TIMES, ALONE = 5, 12

#: Differentiates a record, as `tiltyard.differentiate` does: times, samples and orders.
Estimate = Callable[[Array, Array, Sequence[int]], Any]

#: Columns of the table of verdicts: those of a record are the same in all of its rows.
RECORD = ("kind", "seed", "refused", "lacking", "falsely_said", "withheld_pieces", "seconds")
VERDICT = tuple("piece order verdict expected_error true_error exists trusted cover".split())
FLAGS = ("wrong_trusted", "wrong_rough", "wrong_in_part", "right_withheld", "known_withheld")
COLUMNS = (*RECORD, *VERDICT, *FLAGS)


def verdicts(
    names: Iterable[str] = (),
    seeds: Sequence[int] = range(10),
    *,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Differentiate records of some kinds with the defaults, and compare with what is true.

    Parameters
    ----------
    names : iterable of str
        Of kinds; all of them, if empty.
    seeds : sequence of int
        Of the records of each kind.
    jobs : int
        Processes at a time, 1 or more; more than one need joblib.
    progress : callable, optional
        ``progress(done, total)``, in records.

    Returns
    -------
    DataFrame
        One row a verdict, with `COLUMNS`; a refused record has one row without a verdict. The
        flags say what is wrong with a verdict, see `counted`.

    Raises
    ------
    ValueError
        If there is no such kind.
    MissingPackage
        If several jobs need joblib, and it is not installed.
    """
    tasks = [(kind.name, seed) for seed in seeds for kind in find_kinds(names)]
    rows: list[dict[str, Any]] = []
    for done, found in enumerate(_all(tasks, jobs), 1):
        rows += found
        if progress is not None:
            progress(done, len(tasks))
    return pd.DataFrame(rows, columns=COLUMNS)


def _all(tasks: Sequence[tuple[str, int]], jobs: int) -> Iterator[list[dict[str, Any]]]:
    """The rows of each record, in the sequence of the tasks."""
    if jobs == 1:
        yield from (_rows_of(*task) for task in tasks)
        return
    require("joblib", f"--jobs {jobs}", STUDY)
    from joblib import Parallel, delayed

    yield from Parallel(n_jobs=jobs, return_as="generator")(
        delayed(_rows_of)(*task) for task in tasks
    )


def _rows_of(name: str, seed: int) -> list[dict[str, Any]]:
    (kind,) = find_kinds([name])
    return rows_of(kind, kind.record(seed), seed)


def rows_of(
    kind: Kind, record: Record, seed: int, estimate: Estimate = differentiate
) -> list[dict[str, Any]]:
    """The verdicts on one record as rows of the table, with what was said of it.

    Parameters
    ----------
    kind : Kind
        Whose rule decides what is right.
    record : Record
    seed : int
        From which the record is.
    estimate : callable
    """
    start = time.perf_counter()
    row: dict[str, Any] = {"kind": kind.name, "seed": seed, "refused": "", "withheld_pieces": 0}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = estimate(record.t, record.y, ORDERS)
    except ValueError as error:
        right = bool(kind.rule.refused) and re.search(kind.rule.refused, str(error))
        return [
            {
                **row,
                "refused": str(error),
                "lacking": "" if right else "an answer",
                "falsely_said": "",
                "seconds": time.perf_counter() - start,
                **dict.fromkeys(FLAGS, False),
            }
        ]
    row["seconds"] = time.perf_counter() - start
    said = said_in((*found.series.notes, *found.notes))
    row["lacking"] = "a refusal" if kind.rule.refused else kind.rule.lacks(record, said)
    row["falsely_said"] = "; ".join(dict.fromkeys(kind.rule.false(record, said)))
    parts = found.pieces or (found,)
    if record.breaks and len(parts) == 1:
        row["withheld_pieces"] = _withheld_pieces(record, found, estimate)
    return [
        {**row, "piece": number, **one}
        for number, part in enumerate(parts, 1)
        for one in _verdicts(kind, record, part)
    ]


def _verdicts(kind: Kind, record: Record, part: Estimates) -> Iterator[dict[str, Any]]:
    """The verdict on each order of a piece, and what is wrong with it.

    Times before the first sample that counts and after the last have no estimate, and count not.
    """
    given = np.isfinite(part.estimate).all(axis=0)
    own = np.searchsorted(record.t, part.t_eval[given])
    start, stop = record.t[own[0]], record.t[own[-1]]
    for i, judgement in enumerate(part.judgements):
        order = judgement.order
        estimate, exact = part.estimate[i, given], record.exact[order, own]
        low, high = part.quantiles[[0, 3], i][:, given]
        at, trusted = part.trusted_at[i, given], bool(part.trusted[i])
        rough = bool(part.recoverable[i]) and not trusted
        exists = record.exists(order, start, stop)
        where = at if trusted and at.sum() >= TIMES else np.ones(len(own), dtype=bool)
        error = true_error(estimate[where], exact[where])
        slack = SLACK * float(np.abs(exact).max())
        cover = float(np.mean((low <= exact + slack) & (high >= exact - slack)))
        missed = not np.any(exact) and cover < HELD_ZERO
        yield {
            "order": order,
            "verdict": str(judgement.verdict),
            "expected_error": judgement.expected_error,
            "true_error": error,
            "exists": exists,
            "trusted": trusted,
            "cover": cover if exists and np.isfinite([low, high]).all() else float("nan"),
            "wrong_trusted": trusted and (not exists or missed or error > TOLERATED * TRUSTED),
            "wrong_rough": rough and (not exists or error > TOLERATED * ROUGH),
            "wrong_in_part": not trusted and _in_part(estimate, exact, at) > TOLERATED * TRUSTED,
            "right_withheld": not trusted and exists and error < KNOWN * TRUSTED,
            "known_withheld": order in kind.rule.known and not trusted,
        }


def _in_part(estimate: Array, exact: Array, at: NDArray[np.bool_]) -> float:
    """Error where an order is trusted over time, by the scale of the whole piece; 0 if nowhere."""
    if at.sum() < TIMES:
        return 0.0
    whole = true_error(estimate, exact)
    size = float(np.sqrt(np.mean((estimate - exact)[1:-1] ** 2)))
    part = float(np.sqrt(np.mean((estimate - exact)[at] ** 2)))
    return whole * part / size if size > 0 and np.isfinite(whole) else 0.0


def _withheld_pieces(record: Record, found: Estimates, estimate: Estimate) -> int:
    """Orders withheld from a record that every true piece, alone, is given and has right."""
    good: list[NDArray[np.bool_]] = []
    for start, stop in record.edges():
        own = (record.t > start) & (record.t < stop)
        if own.sum() < ALONE:
            continue
        try:
            piece = estimate(record.t[own], record.y[own], ORDERS)
        except ValueError:  # a piece that is refused gives nothing
            return 0
        errors = [true_error(piece.estimate[k], record.exact[k][own]) for k in ORDERS]
        good.append(piece.trusted & (np.array(errors) < TRUSTED))
    return int(np.sum(np.all(good, axis=0) & ~found.trusted)) if good else 0


#: Columns of the table of counts, and how each is made of a kind's verdicts and records.
_SUMS = {
    "trusted": "trusted",
    "wrong, trusted": "wrong_trusted",
    "wrong, rough": "wrong_rough",
    "wrong in part": "wrong_in_part",
    "right, withheld": "right_withheld",
    "known, withheld": "known_withheld",
}


def counted(table: pd.DataFrame) -> pd.DataFrame:
    """Counts for each kind, and for all of them.

    Parameters
    ----------
    table : DataFrame
        As of `verdicts`.

    Returns
    -------
    DataFrame
        ``verdicts`` given; ``trusted`` of them; ``wrong, trusted``: the true error where the
        verdict holds is above 0.2, or the derivative does not exist inside the piece; ``wrong,
        rough``: the same with 0.6, of those called rough; ``wrong in part``: not trusted on the
        whole, but on stretches where the error is above 0.2; ``right, withheld``: not trusted
        though the error is below 0.05, or, of a record that breaks and was judged as one, though
        each true piece alone is trusted; ``known, withheld``: orders that the kind always shows
        well; ``said``: share of records of which all was said that has to be, with its places;
        ``false``: share of which something is said that is not so; ``cover``: share of true values
        in the 95 % bands; ``refused``: records; ``seconds``: median of a record.
    """
    rows = [_counts(str(name), own) for name, own in table.groupby("kind", sort=False)]
    return pd.DataFrame([*rows, _counts("all", table)])


def _counts(name: str, rows: pd.DataFrame) -> dict[str, Any]:
    records = rows.drop_duplicates(["kind", "seed"])
    given = rows[rows["order"].notna()]
    counts = {label: int(rows[column].fillna(False).sum()) for label, column in _SUMS.items()}
    counts["right, withheld"] += int(records["withheld_pieces"].sum())
    return {
        "kind": name,
        "verdicts": len(given),
        **counts,
        "said": float((records["lacking"] == "").mean()),
        "false": float((records["falsely_said"] != "").mean()),
        "cover": float(given["cover"].mean()) if len(given) else float("nan"),
        "refused": int((records["refused"] != "").sum()),
        "seconds": float(records["seconds"].median()),
    }
