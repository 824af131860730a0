"""What comes out of reading: records, then an error or None."""

from __future__ import annotations

import io

from tiltyard.pipelines.reads.faults import ReadError
from tiltyard.pipelines.reads.inputs.sources import open_source
from tiltyard.pipelines.reads.rule.reading import read
from tiltyard.pipelines.reads.rule.record import Reading


def facts(error):
    return None if error is None else (*error.args,)


def by_rule(raw, file="-", reading=None):
    records = []
    try:
        for record in read(raw, file, reading):
            records.append(_of(record))
    except ReadError as error:
        return records, facts(error)
    return records, None


def by_way(way, raw, *, chunk=1 << 19, threads=0, reading=None):
    """`raw`: a path, or bytes, which come through a pipe."""
    records = []
    path = io.BytesIO(raw) if isinstance(raw, bytes) else raw
    try:
        with open_source(path, threads, chunk) as source:
            for batch in way.read(source, 0, reading or Reading(), chunk):
                assert batch.records.tolist() == [len(records) + n for n in range(len(batch))]
                records.extend(_of(record) for record in batch)
    except ReadError as error:
        return records, facts(error)
    return records, None


def _of(record):
    return (record.name, record.sequence, record.quality, record.line, record.offset)
