"""Rounds of a workload: the sequence of launches in each, and how many rounds are enough.

In a round every strategy is launched once, in a random sequence, so that a drift of the machine
hits all alike, and ratios are taken within rounds (T. Hoefler & R. Belli, SC 2015; T. Kalibera &
R. Jones, ISMM 2013). Rounds end when the main ratio is known well enough, or at their most.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tiltyard.engine.files.atomic import UnreadableFile
from tiltyard.engine.grid.seeds import generator
from tiltyard.studies.throughput.settings import least_rounds, most_rounds

if TYPE_CHECKING:
    import pandas as pd

    from tiltyard.engine.study import Study


def sequence(seed: int, configuration: str, names: Iterable[str]) -> list[str]:
    """The `names` of all methods of a round in its random sequence.

    It follows from the study's seed and the round's id, whatever the sequence of `names`.
    """
    return [str(one) for one in generator(seed, configuration, "turns").permutation(sorted(names))]


def why_enough(study: Study, workload: str, trial: int, machine: str) -> str:
    """Why round `trial` of `workload` is not needed, in words; "" if it is.

    Earlier rounds of this machine decide, as far as their evaluations are there.
    """
    from tiltyard.studies.throughput.statistics.rounds import needs_more_rounds

    least = least_rounds(study.config)
    if trial <= least:
        return ""
    rows = _earlier_rows(study, workload, trial, machine)
    if rows is None:
        return ""
    precision, most = float(study.config["precision"]), most_rounds(study.config)
    decision = needs_more_rounds(rows, precision, least=least, most=most)
    return "" if decision.more else f"not needed: after {decision.rounds} rounds {decision.reason}"


def _earlier_rows(study: Study, workload: str, trial: int, machine: str) -> pd.DataFrame | None:
    """Rows of the rounds of `workload` before `trial` on `machine`; None without any."""
    import pandas as pd

    from tiltyard.engine.files.parquet import read_table

    found = []
    for earlier in range(1, trial):
        point = study.kind.grid.configuration({"workload": workload, "trial": earlier})
        try:
            rows = read_table(study.evaluation(point.id))[0].to_pandas()
        except UnreadableFile:
            continue
        found.append(rows[rows["machine"] == machine])
    # Columns that are empty in one round alone would change the type of the others.
    known = [rows.dropna(axis="columns", how="all") for rows in found if len(rows)]
    return pd.concat(known, ignore_index=True) if known else None
