"""Text of a file, whether it is compressed or not, as it fills a buffer."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.reads.faults import Cut, InputError
from tiltyard.pipelines.reads.inputs.ahead import Helper, in_threads, inline
from tiltyard.pipelines.reads.inputs.compressed import Compressed
from tiltyard.pipelines.reads.inputs.members import parts_of
from tiltyard.pipelines.reads.inputs.texts import FRONT, TEXT, Text, own_room
from tiltyard.pipelines.reads.rule.inflating import refuse_others
from tiltyard.pipelines.reads.rule.members import MAGIC, Damaged, header_of

#: Name of standard input.
STANDARD_INPUT = "-"
#: Bytes that tell how a file is compressed.
_START = 64


class Taken(NamedTuple):
    """Text in a buffer.

    Parameters
    ----------
    buffer : (bytes,) uint8
        With spare bytes at its end.
    begin, end : int
        Where in it the text is.
    """

    buffer: NDArray[np.uint8]
    begin: int
    end: int


class Source:
    """Text of an open file; a context manager.

    Attributes
    ----------
    name : str
        The file's name in messages.
    cut : Cut or None
        The fault of the compressed layer that ended the text, known at its end.
    unended : bool
        Whether the last block of a BGZF is none that ends a file, known at the end.
    """

    def __init__(self, stream: io.RawIOBase, name: str, start: bytes) -> None:
        self.name = name
        self.cut: Cut | None = None
        self.unended = False
        self._stream = stream
        self._start = start

    def fill(self, view: memoryview) -> int:
        """Write text to `view`; returns how many bytes, 0 only at the end."""
        if self._start:
            size = min(len(self._start), len(view))
            view[:size] = self._start[:size]
            self._start = self._start[size:]
            return size
        return self._stream.readinto(view) or 0

    def take(self, before: int) -> Taken | None:
        """Text in memory that the source has made, with room for `before` bytes in front of it.

        None if there is none, now or at the end: then `fill` gives what follows.
        """
        return None

    @property
    def done(self) -> int:
        """Bytes of the file that were read, for progress; 0 of a pipe."""
        return self._stream.tell() if self._stream.seekable() else 0

    @property
    def size(self) -> int:
        """Bytes of the file; 0 of a pipe."""
        return os.fstat(self._stream.fileno()).st_size if self._stream.seekable() else 0

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def __enter__(self) -> Source:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class Inflating(Source):
    """Text of a gzip file.

    Parameters
    ----------
    stream, name, start : as of `Source`
    threads : int
        How many inflate: 0 for the thread that fills.
    text : int
        Bytes of text that a thread inflates at once.
    """

    def __init__(
        self, stream: io.RawIOBase, name: str, start: bytes, threads: int, text: int = TEXT
    ) -> None:
        super().__init__(stream, name, b"")
        data = Compressed(stream, start)
        self._helper: Helper | None = None
        self._texts: Iterator[Text]
        self._room = memoryview(b"")
        self._apart = threads > 0
        if not threads:
            self._texts = inline(parts_of(data, lambda: (self._room, None)))
        elif _is_block(start):
            self._texts = in_threads(parts_of(data, own_room(text)), threads)
        else:
            self._helper = Helper(parts_of(data, own_room(text)), waits=not stream.seekable())
            self._texts = iter(self._helper)
        self._pieces: list[bytes | memoryview] = []
        self._place = 0

    def take(self, before: int) -> Taken | None:
        if not self._apart or self._pieces or (text := self._next()) is None:
            return None
        if text.buffer is None or before > FRONT or not len(text.pieces[0]):
            self._keep(text)
            return None
        return Taken(text.buffer, FRONT, FRONT + len(text.pieces[0]))

    def _next(self) -> Text | None:
        """The next text; None behind the last one."""
        text = None if self.cut else next(self._texts, None)
        if text is not None:
            self.cut, self.unended = text.cut, text.unended
        return text

    def _keep(self, text: Text) -> None:
        """Have a text ready to be copied, a piece at a time from the end of a list."""
        self._pieces = [piece for piece in reversed(text.pieces) if piece]

    def fill(self, view: memoryview) -> int:
        while not self._pieces:
            self._room = view
            if (text := self._next()) is None:
                return 0
            if text.placed:
                return len(text.pieces[0])
            self._keep(text)
        piece = self._pieces[-1]
        size = min(len(piece) - self._place, len(view))
        view[:size] = memoryview(piece)[self._place : self._place + size]
        self._place += size
        if self._place == len(piece):
            self._pieces.pop()
            self._place = 0
        return size

    def close(self) -> None:
        if self._helper is not None:
            self._helper.close()
        elif hasattr(self._texts, "close"):
            self._texts.close()
        super().close()


def _is_block(start: bytes) -> bool:
    """Whether a file begins with a block of BGZF."""
    try:
        header = header_of(start)
    except Damaged:
        return False
    return header is not None and header.block > 0


def open_source(
    path: str | os.PathLike[str] | IO[bytes], threads: int = 1, text: int = TEXT
) -> Source:
    """Open a file of text that may be compressed, which its first bytes tell.

    Parameters
    ----------
    path : path or binary file
        "-" for standard input.
    threads : int
        Threads that inflate, besides the one that reads the text: one of a gzip file, as many as
        are given of BGZF. 0: none.
    text : int
        Bytes of text that the one of a gzip file inflates at once.

    Raises
    ------
    ReadError
        If it is compressed in a way that is not read.
    InputError
        If it is a folder.
    OSError
        If it cannot be opened.
    """
    stream, name = _opened(path)
    start = b""
    while len(start) < _START and (more := stream.read(_START - len(start))):
        start += more
    try:
        refuse_others(start, name)
    except ValueError:
        stream.close()
        raise
    if start.startswith(MAGIC):
        return Inflating(stream, name, start, threads, text)
    return Source(stream, name, start)


def _opened(path: str | os.PathLike[str] | IO[bytes]) -> tuple[io.RawIOBase, str]:
    """A file without a buffer, and its name."""
    if not isinstance(path, (str, os.PathLike)):
        name = getattr(path, "name", STANDARD_INPUT)
        return _Raw(path), str(name) if isinstance(name, (str, Path)) else STANDARD_INPUT
    if str(path) == STANDARD_INPUT:
        sys.stdin.flush()
        return io.FileIO(sys.stdin.fileno(), closefd=False), STANDARD_INPUT
    try:
        return io.FileIO(path), str(path)
    except IsADirectoryError:
        raise InputError(f"{path} is a folder; name the files in it") from None


class _Raw(io.RawIOBase):
    """A binary file of Python's, such as `io.BytesIO`, that is not closed with this."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, view: memoryview) -> int:  # type: ignore[override]
        content = self._file.read(len(view))
        view[: len(content)] = content
        return len(content)
