"""Faults of files of reads, and of what is asked for."""

from __future__ import annotations

#: Most bytes of a record, with its name and the ends of its lines.
LARGEST = 1 << 30
#: Kinds of faults of the compressed layer.
GZIP_TRUNCATED, GZIP_CHECKSUM = "gzip_truncated", "gzip_checksum"
GZIP_DATA, GZIP_TRAILING = "gzip_data", "gzip_trailing"


class InputError(ValueError):
    """Something cannot be done as asked; the message names what, the value and a remedy."""


class WorkerDied(RuntimeError):
    """A worker process ended before its work was done; the message names it and says how."""


class ReadError(ValueError):
    """A file of reads is wrong at a place; all records before it were delivered.

    Parameters
    ----------
    file : str
        Name of the file, "-" for standard input.
    record : int
        Number of the record in its file, from 1.
    line : int
        Number of the line in its file, from 1; 0 where there are no lines (BAM).
    offset : int
        Byte at which that line begins (BAM: the record), in the inflated text; of a fault of the
        compressed layer the byte of the file at which the damaged member, or what is no member,
        begins.
    kind : str
        As ``length`` or ``gzip_truncated``.
    detail : str
        The values, and a remedy.
    """

    def __init__(
        self, file: str, record: int, line: int, offset: int, kind: str, detail: str = ""
    ) -> None:
        super().__init__(file, record, line, offset, kind, detail)
        self.file = file
        self.record = record
        self.line = line
        self.offset = offset
        self.kind = kind
        self.detail = detail

    def __str__(self) -> str:
        place = f"record {self.record}" + (f", line {self.line}" if self.line else "")
        return f"{self.file}: {place}: {self.kind}" + (f": {self.detail}" if self.detail else "")


class Cut:
    """A fault of the compressed layer, which ended the text.

    Parameters
    ----------
    kind : str
    offset : int
        Byte of the file at which the damaged member begins.
    """

    def __init__(self, kind: str, offset: int) -> None:
        self.kind = kind
        self.offset = offset

    def error(self, file: str, record: int, line: int) -> ReadError:
        """The error, at the record that the fault cut off."""
        return ReadError(
            file, record, line, self.offset, self.kind, _WORDS[self.kind].format(self.offset)
        )


_WORDS = {
    GZIP_TRUNCATED: "the gzip member at byte {} ends too early; copy the file again",
    GZIP_CHECKSUM: "the checksum of the gzip member at byte {} is not its content's; "
    "copy the file again",
    GZIP_DATA: "the gzip member at byte {} cannot be inflated; copy the file again",
    GZIP_TRAILING: "byte {} is behind the last gzip member, and begins none; "
    "remove what was added to the file, or copy it again",
}


def shown(content: bytes, most: int = 20) -> str:
    """The beginning of `content`, for a message."""
    text = repr(bytes(content[:most]))[1:]
    return text if len(content) <= most else f"{text} …"


class LetterError(ValueError):
    """An encoder that takes no ambiguous letters has met one."""

    def __init__(self, file: str, record: int, position: int, letter: int) -> None:
        super().__init__(file, record, position, letter)
        self.file, self.record, self.position, self.letter = file, record, position, letter

    def __str__(self) -> str:
        return (
            f"{self.file}: record {self.record}, position {self.position}: "
            f"{shown(bytes([self.letter]))} is ambiguous; encode it in another way, "
            "or filter with max_n(0, letters='ambiguous')"
        )
