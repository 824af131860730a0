"""Columns of a launch's rows that only this kind has: one row for the whole, and one a stage."""

from __future__ import annotations

import pyarrow as pa

from tiltyard.studies.throughput.roles import AGAIN, TOTAL

__all__ = ["AGAIN", "COLUMNS", "TOTAL"]

#: The engine's own columns are beside them: ``workload`` and ``trial`` (the round), ``method`` (the
#: strategy), ``status``, ``cpu_seconds`` (user and system, of the whole tree), ``wall_seconds``,
#: ``peak_memory`` [MB], ``peak_processes``, ``peak_threads``. Values of a whole launch, such as
#: `peak_memory`, are empty in the rows of stages.
COLUMNS = pa.schema(
    [
        ("stage", pa.string()),
        ("digest", pa.string()),  # of the workload's files
        ("implementation", pa.string()),
        ("backend", pa.string()),
        ("workers", pa.int64()),
        ("block", pa.string()),
        ("position", pa.int64()),  # in the round's order, from 1
        ("queue_seconds", pa.float64()),  # from submission to the start of the job
        ("cpu_user", pa.float64()),
        ("cpu_system", pa.float64()),
        ("cpu_children", pa.float64()),  # of all but the first process; part of the two above
        ("cpu_source", pa.string()),  # wait4, cgroup or samples
        ("anonymous_mb", pa.float64()),
        ("file_mb", pa.float64()),
        ("memory_source", pa.string()),  # pss or cgroup
        ("memory_samples", pa.int64()),
        ("bytes_read", pa.int64()),
        ("bytes_written", pa.int64()),
        ("units", pa.int64()),
        ("unit", pa.string()),
        ("output_digest", pa.string()),
        ("machine", pa.string()),  # fingerprint
        ("job", pa.string()),  # rows of one job were measured together
        ("cores", pa.int64()),  # physical ones that the job could use
        ("steal_share", pa.float64()),  # of the cores' time during the round
        ("foreign_share", pa.float64()),
        ("counted", pa.bool_()),  # False for the more disturbed of a repeated round
        ("alarms", pa.string()),  # of the launch, such as more threads than it says; joined by "; "
        ("warnings", pa.string()),  # of the round, such as swapping or a governor; joined by "; "
    ]
)
