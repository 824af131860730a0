"""The work of a study: the batches that are done, and what the others will take."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from tiltyard.engine.files.atomic import UnreadableFile
from tiltyard.engine.files.receipts import FOLDER, Receipt, read_receipt
from tiltyard.engine.kind import Cost
from tiltyard.engine.plan.batches import Batch, apart
from tiltyard.engine.plan.plan import Workload, measured_load
from tiltyard.engine.study import Study

#: Megabytes of a mebibyte, in which limits are measured.
MEBIBYTE = 2**20 / 1e6


def load_of(study: Study, cost: Cost, methods: int) -> Workload:
    """Work of the study: batches that are done, and the expected time of the others."""
    receipts: dict[Path, Receipt | None] = {}
    for path in sorted((study.folder / FOLDER).glob("evaluations_*.json")):
        receipts[path] = None
        with suppress(UnreadableFile):
            receipts[path] = read_receipt(path)
    notes = [receipt.note for receipt in receipts.values() if receipt]
    seconds, source = measured_load(notes), "this study's evaluations so far"
    if seconds is None:
        seconds = cost.seconds
        source = f"what {methods} evaluations usually take (within a factor of 3)"
    done = [_batch_of(study, path, receipt) for path, receipt in receipts.items()]
    return Workload(
        configurations=len(study.configurations),
        seconds_each=seconds,
        source=source,
        base_memory_mb=cost.job_mb,
        thread_memory_mb=cost.worker_mb,
        start_seconds=cost.start_seconds,
        limit_mb=study.limits.memory_mb * MEBIBYTE,
        exclusive=study.kind.measures.timed,
        done=tuple(apart(batch for batch in done if batch is not None)),
    )


def _batch_of(study: Study, path: Path, receipt: Receipt | None) -> Batch | None:
    """The batch of a receipt; None if the study has other configurations at its positions now.

    A damaged receipt keeps its batch, whose job then writes it again.
    """
    name = path.stem.removeprefix("evaluations_")
    points = study.configurations
    try:
        batch = Batch.parse(name)
        members = batch.members(points)
    except ValueError:
        return None
    files = [f"evaluations/{point.id}.parquet" for point in members]
    fits = receipt is None or files == list(receipt.files)
    return batch if batch.name(len(points)) == name and fits else None
