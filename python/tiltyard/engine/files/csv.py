"""DataFrames as CSV, at once or frame by frame."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv

from tiltyard.engine.files.atomic import atomic_path


class FrameWriter:
    """A CSV file of frames with the same columns; it appears when the block ends without an error.

    Numbers have all their digits; a missing number is an empty field.

    Parameters
    ----------
    path : path
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines: pa_csv.CSVWriter | None = None

    def __enter__(self) -> Self:
        self._stack = ExitStack()
        self._temporary = self._stack.enter_context(atomic_path(self._path))
        return self

    def __exit__(self, *error: Any) -> None:
        self._stack.__exit__(*error)

    def write(self, frame: pd.DataFrame) -> None:
        """Append the rows of `frame`; the first frame decides the columns' types."""
        table = pa.Table.from_pandas(frame, preserve_index=False)
        if self._lines is None:
            self._schema = table.schema.remove_metadata()
            self._lines = self._stack.enter_context(pa_csv.CSVWriter(self._temporary, self._schema))
        self._lines.write_table(table.cast(self._schema))


def write_frame(frame: pd.DataFrame, path: Path) -> None:
    """Write `frame` to `path` as `FrameWriter` does."""
    with FrameWriter(path) as lines:
        lines.write(frame)
