"""Where reads are written, and in which format."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol

from tiltyard.engine.extras import require
from tiltyard.engine.files.atomic import atomic_path, special_fault, writing_fault
from tiltyard.pipelines.reads.batch import Batch
from tiltyard.pipelines.reads.faults import InputError

if TYPE_CHECKING:
    from tiltyard.pipelines.reads.parallel import Pool

#: Ends of names, without ``.gz`` and ``.bgz``, -> format.
SUFFIXES = {
    ".fq": "fastq",
    ".fastq": "fastq",
    ".fa": "fasta",
    ".fasta": "fasta",
    ".fna": "fasta",
    ".parquet": "parquet",
}
COMPRESSED = (".gz", ".bgz")
TEXT = ("fastq", "fasta")
STANDARD_OUTPUT = Path("-")
#: Rows of a group of Parquet.
_ROWS = 1 << 12


class Writer(Protocol):
    """Writes batches."""

    def write(self, batch: Batch) -> None:
        """Write the reads of a batch."""

    def close(self) -> None:
        """Write what is left."""


@dataclass(frozen=True, kw_only=True)
class Output:
    """Where reads are written.

    Parameters
    ----------
    path : path
        "-" for standard output.
    second : path or None
        Where second mates are; None: behind the first ones.
    form : str
        ``fastq``, ``fasta``, ``parquet`` or ``npz``.
    keep_partial : bool
        Whether what was written before an error stays.
    masked : bool
        Whether arrays have a place for each letter, and so a mask.
    """

    path: Path
    form: str
    second: Path | None = None
    keep_partial: bool = False
    masked: bool = True

    @property
    def packed(self) -> bool:
        """Whether text is compressed."""
        return self.form in TEXT and any(
            path.suffix in COMPRESSED for path in (self.path, self.second) if path is not None
        )

    def check(self, paired: bool) -> None:
        """Raise `InputError` for what cannot be written so, before a read is read."""
        if self.second is not None and not paired:
            raise InputError(
                f"--output2 {self.second}: it is of pairs; say --paired, --interleaved"
            )
        if self.second is not None and self.form not in TEXT:
            raise InputError(f"--output2 {self.second}: {self.form} has both mates in one file")
        if self.second == self.path:
            raise InputError(f"--output2 {self.second}: it is --output; leave it out to interleave")
        if self.path == STANDARD_OUTPUT and self.form not in TEXT:
            raise InputError(f"{self.form} cannot be written to a pipe; name a file: --output FILE")
        for path in filter(None, (self.path, self.second)):
            if path == STANDARD_OUTPUT:
                continue
            if fault := special_fault(path) or writing_fault(path.parent):
                raise InputError(fault)
        if self.form == "parquet":
            require("pyarrow", "Parquet", "reads")


def format_of(path: Path, given: str = "") -> str:
    """The format that is asked for, or that a file's name says.

    Raises
    ------
    InputError
        If the name says none.
    """
    if given:
        return given
    if path == STANDARD_OUTPUT:
        return "fastq"
    if path.suffix == ".npz":
        raise InputError(f"--output {path}: arrays are written by: tiltyard reads encode")
    suffixes = [suffix for suffix in path.suffixes if suffix not in COMPRESSED]
    if suffixes and suffixes[-1] in SUFFIXES:
        return SUFFIXES[suffixes[-1]]
    raise InputError(
        f"--output {path}: the name says no format; end it in one of {', '.join(SUFFIXES)}, "
        "or say --format"
    )


@contextmanager
def writer_of(output: Output, pool: Pool | None = None) -> Iterator[Callable[[Batch], None]]:
    """The function that writes a batch; files are whole when it ends, or not there.

    With `Output.keep_partial` what was written before an error stays. The threads of `pool`
    compress; what is written is the same without them.
    """
    with ExitStack() as renamed:
        paths = [
            None if path == STANDARD_OUTPUT else renamed.enter_context(atomic_path(path))
            for path in (output.path, output.second)
            if path is not None
        ]
        error: Exception | None = None
        with ExitStack() as opened:
            writers = [
                _writer(output, path, named, opened, pool)
                for path, named in zip(paths, (output.path, output.second), strict=False)
            ]

            def write(batch: Batch) -> None:
                if len(writers) == 1:
                    writers[0].write(batch)
                    return
                assert batch.mate is not None  # `check` refuses a second file otherwise
                writers[0].write(replace(batch, mate=None))
                writers[1].write(batch.mate)

            try:
                yield write
            except Exception as fault:
                if not output.keep_partial:
                    raise
                error = fault
            for writer in writers:
                writer.close()
    if error is not None:
        raise error


def _writer(
    output: Output, path: Path | None, named: Path | None, opened: ExitStack, pool: Pool | None
) -> Writer:
    form = output.form
    if form == "npz":
        from tiltyard.pipelines.reads.writing.arrays import ArrayWriter

        assert path is not None  # `check` refuses standard output
        return ArrayWriter(path, output.masked)
    if form == "parquet":
        assert path is not None
        return _Parquet(path)
    file = opened.enter_context(_standard_output() if path is None else path.open("wb"))
    packed = named is not None and named.suffix in COMPRESSED
    return _Text(form, file, packed, pool)


@contextmanager
def _standard_output() -> Iterator[IO[bytes]]:
    """Standard output that writes all that it is given: with `python -u` one may write a part."""
    binary = sys.stdout.buffer
    if not isinstance(binary, io.RawIOBase):
        yield binary
        return
    whole = io.BufferedWriter(binary)
    try:
        yield whole
    finally:
        whole.detach()


class _Text:
    """Writes FASTQ or FASTA."""

    def __init__(self, form: str, file: IO[bytes], packed: bool, pool: Pool | None) -> None:
        from tiltyard.pipelines.reads.writing import bgzf, text

        self._text = text.fastq_of if form == "fastq" else text.fasta_of
        self._file = file
        self._packer = bgzf.Writer(file, pool) if packed else None

    def write(self, batch: Batch) -> None:
        content = self._text(batch)
        if self._packer:
            self._packer.write(content)
        else:
            self._file.write(content)

    def close(self) -> None:
        if self._packer:
            self._packer.close()
        self._file.flush()


class _Parquet:
    """Writes Parquet in groups of `_ROWS` rows, whatever the batches are."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: Any = None
        self._waiting: list[Any] = []
        self._rows = 0

    def write(self, batch: Batch) -> None:
        import pyarrow.parquet

        table = batch.to_arrow()
        if self._file is None:
            self._file = pyarrow.parquet.ParquetWriter(self._path, table.schema, compression="zstd")
        self._waiting.append(table)
        self._rows += len(batch)
        while self._rows >= _ROWS:
            self._write_group(_ROWS)

    def _write_group(self, rows: int) -> None:
        """Write the first rows that wait."""
        import pyarrow as pa

        whole = pa.Table.from_batches(self._waiting)
        self._file.write_table(whole.slice(0, rows).combine_chunks(), row_group_size=rows)
        rest = whole.slice(rows)
        self._waiting, self._rows = rest.to_batches(), rest.num_rows

    def close(self) -> None:
        if self._file is None:
            import pyarrow as pa
            import pyarrow.parquet

            names = ("id", "name", "sequence")
            pyarrow.parquet.write_table(
                pa.table({name: pa.array([], "string") for name in names}), self._path
            )
        else:
            if self._rows:
                self._write_group(self._rows)
            self._file.close()
