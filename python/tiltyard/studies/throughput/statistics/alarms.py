"""Alarms of a study of throughput: what its own rows say is wrong."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from tiltyard.engine.statistics.alarms import Alarm
from tiltyard.studies.throughput.statistics.equality import WRONG
from tiltyard.studies.throughput.statistics.limits import faster_than_limit
from tiltyard.studies.throughput.statistics.paired import Estimate


def launch_alarms(launches: pd.DataFrame) -> Iterator[Alarm]:
    """Wrong outputs, alarms of launches, strategies that take less than a limit.

    Parameters
    ----------
    launches : DataFrame
        From `launches_of`.
    """
    wrong = launches[launches["status"].eq(WRONG)]
    for (workload, name), own in wrong.groupby(["workload", "method"], sort=True):
        yield _alarm("wrong output", name, workload, str(own["message"].iloc[0]))
    said = launches[launches["alarms"].ne("")]
    for (workload, name), own in said.groupby(["workload", "method"], sort=True):
        parts = dict.fromkeys(part for text in own["alarms"] for part in text.split("; "))
        for part in parts:
            times = sum(part in text.split("; ") for text in own["alarms"])
            yield _alarm("launch", name, workload, f"{part} ({times} of its launches)")
    for workload, name, limit, found in faster_than_limit(launches):
        yield _alarm("below a limit", name, workload, _faster(limit, found))


def _alarm(kind: str, name: object, workload: object, message: str) -> Alarm:
    return Alarm(kind, str(name), "python", str(workload), message)


def _faster(limit: str, found: Estimate) -> str:
    return (
        f"{limit} takes {found.value:.2f} × its CPU time (95 % interval {found.low:.2f} to "
        f"{found.high:.2f}): either does not do all the work, or the limit does more than it must"
    )
