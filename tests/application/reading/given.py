"""A small table whose times and samples are known, to be written in a stated way."""

from datetime import datetime, timedelta

import numpy as np

from tiltyard.application.reading import Wishes, read_records

ROWS = 40
T = np.arange(ROWS) * 0.5
Y = np.round(10 + 3 * np.sin(T), 2)
TIMES = [f"{t:.1f}" for t in T]
START = datetime(2025, 2, 13, 22, 0)
SECONDS = Wishes(unit="s")


def stamps(form, step=60.0, start=START):
    """Dates at even steps [s], written in this form."""
    return [(start + timedelta(seconds=step * k)).strftime(form) for k in range(ROWS)]


def table(times, values=Y, head="time,x", sep=",", decimal=".", form="%.2f"):
    """Text of a table of two columns."""
    texts = [(form % y).replace(".", decimal) for y in values]
    rows = [f"{t}{sep}{y}" for t, y in zip(times, texts, strict=True)]
    return "\n".join([*([head.replace(",", sep)] if head else []), *rows]) + "\n"


def read(tmp_path, content, wishes=None, name="data.txt"):
    """What is read of a file with this content."""
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_records(path, wishes)


def samples(reading):
    """The only record's only signal: its times from the first on, and its samples."""
    (record,) = reading.records
    (one,) = record.series
    return one.t - one.t[0], one.y


def assert_read(reading, times=T, values=Y):
    """Compare with what was written."""
    t, y = samples(reading)
    words = reading.words()
    np.testing.assert_allclose(t, np.asarray(times) - times[0], atol=1e-6, err_msg=words)
    np.testing.assert_allclose(y, values, rtol=1e-9, err_msg=words)
