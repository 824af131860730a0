"""What a command was asked for, checked as far as the command line alone tells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tiltyard.engine.files.atomic import special_fault
from tiltyard.pipelines.alleles.command.log import Log
from tiltyard.pipelines.alleles.faults import InputError

_GROUP = re.compile(r"([1-9][0-9]*)/([1-9][0-9]*)")


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is written, and of what.

    Parameters
    ----------
    output : path or None
        The table; None with `part`.
    form : str
        Format of the table; "" for what its name says.
    prefix : str
        Before our columns in a MAF.
    part : path or None
        Part to be written in place of a table.
    group : str
        Group of contigs of the part, as ``3/8``.
    gather : path or None
        Folder of parts of which the table is made.
    """

    output: Path | None
    form: str = ""
    prefix: str = "t_"
    part: Path | None = None
    group: str = "1/1"
    gather: Path | None = None

    def check(self) -> None:
        """Refuse options that do not go together.

        Raises
        ------
        InputError
            With what to write instead.
        """
        if self.part and (self.output or self.gather):
            other = "--output" if self.output else "--gather"
            raise InputError(f"--part {self.part} and {other} contradict each other: leave out one")
        if not self.part and not self.output:
            raise InputError("no table is named; say where it goes: --output counts.tsv")
        for path in filter(None, [self.output, self.part]):
            if fault := special_fault(path):
                raise InputError(fault)
        if self.gather and not self.gather.is_dir():
            raise InputError(f"--gather {self.gather}: no such folder")
        number, groups = self.numbers
        if number > groups:
            raise InputError(f"--group {self.group}: there are {groups} groups, and no {number}th")
        if not self.part and groups > 1:
            raise InputError(f"--group {self.group} is of a part: say where it goes with --part")

    @property
    def numbers(self) -> tuple[int, int]:
        """The group of contigs, from 1, and how many there are."""
        found = _GROUP.fullmatch(self.group)
        if not found:
            raise InputError(f"--group {self.group}: write K/N, as in 3/8 for the third of eight")
        return int(found[1]), int(found[2])


def parts_of(output: Path) -> Path:
    """Folder of the finished files of a table that is not finished."""
    return output.parent / f"{output.name}.parts"


def specifications(alignments: Sequence[str], sheet: Path | None) -> list[str]:
    """Files of alignments, each as ``[NAME:]FILE``.

    Raises
    ------
    InputError
        If there are none, or they are given twice.
    """
    if alignments and sheet:
        raise InputError(f"--bam and --sheet {sheet} both name alignments: leave out one")
    if sheet:
        from tiltyard.pipelines.alleles.sheet import read_sheet

        return [entry.specification for entry in read_sheet(sheet)]
    if not alignments:
        raise InputError("no alignments are named; name them: --bam FILE, or --sheet FILE for many")
    return list(alignments)


def workers_of(threads: str, log: Log) -> int | None:
    """Number of workers: as asked for, or as tuned for this machine; None for all of its cores.

    Raises
    ------
    InputError
        If `threads` is neither a number from 1 nor ``auto``.
    """
    if threads == "auto":
        from tiltyard.pipelines.tuned import recall

        tuned = recall("alleles")
        if tuned is None:
            return None
        log.note(f"--threads auto: {tuned.words}")
        return tuned.workers
    if not (threads.isascii() and threads.isdigit() and int(threads) > 0):
        raise InputError(f"--threads {threads}: write a number from 1, or auto")
    return int(threads)
