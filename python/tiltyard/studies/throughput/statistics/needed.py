"""Columns of the merged rows that the statistics need, without importing what computes them."""

#: Texts, in which a missing value is an empty one.
TEXTS = (
    *("workload", "method", "tags", "stage", "status", "message", "implementation", "backend"),
    *("block", "memory_source", "unit", "digest", "output_digest", "machine", "job", "alarms"),
    "warnings",
)
NUMBERS = (
    *("trial", "workers", "position", "cpu_seconds", "wall_seconds", "queue_seconds"),
    *("peak_memory", "anonymous_mb", "file_mb", "memory_samples", "peak_processes"),
    *("peak_threads", "bytes_read", "bytes_written", "units", "cores", "steal_share"),
    "foreign_share",
)
COLUMNS = (*TEXTS, *NUMBERS, "counted")
