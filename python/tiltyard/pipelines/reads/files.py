"""Files of a run, and their batches one file after the other."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

from tiltyard.pipelines.reads.faults import InputError
from tiltyard.pipelines.reads.inputs.sources import STANDARD_INPUT, Source, open_source
from tiltyard.pipelines.reads.reading.chunks import CHUNK
from tiltyard.pipelines.reads.rule.record import Reading

if TYPE_CHECKING:
    from tiltyard.pipelines.reads.batch import Batch
    from tiltyard.pipelines.reads.implementations.contract import Implementation
    from tiltyard.pipelines.reads.steps.chain import Chain

File = str | os.PathLike[str] | IO[bytes]


@dataclass(frozen=True, kw_only=True)
class Files:
    """Files in their order, and how they are read.

    Parameters
    ----------
    entries : tuple of tuple
        A file each, or the two files of pairs.
    interleaved : bool
        Whether mates follow each other in each file.
    reading : Reading
    first : int
        Number of the first file: a job for each of several files then draws as one for all does.
    """

    entries: tuple[tuple[File, ...], ...]
    interleaved: bool = False
    reading: Reading = field(default_factory=Reading)
    first: int = 0

    @property
    def paired(self) -> bool:
        """Whether there are pairs."""
        return self.interleaved or any(len(entry) == 2 for entry in self.entries)

    def names(self, second_mate: bool = False) -> list[str]:
        """Names for messages, by the files' numbers."""
        found = [_name(entry[-1 if second_mate else 0]) for entry in self.entries]
        return [""] * self.first + found


def files_of(
    files: File | Sequence[File] | None = None,
    *,
    paired: Sequence[File] | Sequence[tuple[File, File]] | None = None,
    interleaved: bool = False,
    reading: Reading | None = None,
    first: int = 0,
) -> Files:
    """What a person gave, as `Files`.

    Parameters
    ----------
    files : file or sequence of file
        Paths, "-" for standard input, or open binary files.
    paired : sequence
        In place of `files`: the two of pairs, or several of such pairs of files.
    interleaved : bool
    reading : Reading or None
    first : int

    Raises
    ------
    InputError
        If there are none, or both; or standard input is named twice.
    """
    entries: list[tuple[Any, ...]]
    if paired is not None:
        if files is not None or interleaved:
            raise InputError("pairs are in two files (paired) or in one (interleaved); give one")
        given = list(paired)
        whole = len(given) == 2 and not any(isinstance(each, (tuple, list)) for each in given)
        entries = [tuple(given)] if whole else [tuple(each) for each in given]  # type: ignore[arg-type]
        if any(len(entry) != 2 for entry in entries):
            raise InputError("paired is (R1, R2), or a list of such pairs of files")
    else:
        alone = isinstance(files, (str, os.PathLike)) or hasattr(files, "read")
        listed = [files] if alone else list(files or ())  # type: ignore[arg-type]
        entries = [(each,) for each in listed]
    if not entries:
        raise InputError("no file of reads is given; name one, or - for standard input")
    standard = sum(str(each) == STANDARD_INPUT for entry in entries for each in entry)
    if standard > 1:
        raise InputError("standard input (-) can be read once; name it once")
    return Files(
        entries=tuple(entries),
        interleaved=interleaved,
        reading=reading or Reading(),
        first=first,
    )


def _name(file: File) -> str:
    if isinstance(file, (str, os.PathLike)):
        return str(file)
    name = getattr(file, "name", STANDARD_INPUT)
    return name if isinstance(name, str) else STANDARD_INPUT


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Reads files with one implementation.

    Parameters
    ----------
    way : Implementation
    threads : int
        Threads that inflate; see `open_source`.
    chunk : int
        Bytes of text at once.
    warn : callable
        Told what a person should look at, a sentence.
    progress : callable or None
        Told how many bytes more were read of a file whose size is known.
    """

    way: Implementation
    threads: int = 1
    chunk: int = CHUNK
    warn: Callable[[str], None] = lambda sentence: None
    progress: Callable[[int], None] | None = None

    def batches(self, files: Files, chain: Chain | None = None) -> Iterator[Batch]:
        """Batches of all files in their order.

        Raises
        ------
        ReadError
            After all records before it.
        InputError
            If a file has no qualities, and `chain` needs some.
        """
        for number, entry in enumerate(files.entries, start=files.first):
            names = [_name(file) for file in entry]
            with ExitStack() as opened:
                sources = [
                    opened.enter_context(open_source(each, self.threads, self.chunk))
                    for each in entry
                ]
                parts = [
                    self._told(source, self.way.read(source, number, files.reading, self.chunk))
                    for source in sources
                ]
                batches = parts[0]
                if len(parts) == 2:
                    from tiltyard.pipelines.reads.pairing import pair_batches

                    batches = pair_batches(parts[0], parts[1], (names[0], names[1]))
                elif files.interleaved:
                    from tiltyard.pipelines.reads.pairing import interleaved_batches

                    batches = interleaved_batches(parts[0], names[0])
                checked = chain is None
                for batch in batches:
                    if not checked and chain is not None:
                        checked = True
                        for name, mate in zip(names, (batch, batch.mate), strict=False):
                            if mate is not None and mate.qualities is None:
                                chain.refuse_without_quality(name)
                    yield batch
                for source in sources:
                    if source.unended:
                        self.warn(
                            f"{source.name}: its last BGZF block is missing, and maybe more; "
                            "compare with the file that it was copied from"
                        )

    def _told(self, source: Source, batches: Iterator[Batch]) -> Iterator[Batch]:
        """The batches, with the progress told behind each."""
        before = 0
        for batch in batches:
            yield batch
            if self.progress is not None:
                done = source.done
                self.progress(done - before)
                before = done
