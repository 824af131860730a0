"""Groups of reads with rows of their own: from tag values to the groups of `Counts`."""

from __future__ import annotations

import ctypes
import struct
from array import array
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.alleles.alignment import Alignment
from tiltyard.pipelines.alleles.compiled import layout
from tiltyard.pipelines.alleles.counts import Counts
from tiltyard.pipelines.alleles.faults import InputError
from tiltyard.pipelines.alleles.options import Options

READ_GROUP = "RG"
#: Types of a BAM array's numbers, as Python's `array` writes them.
_ARRAYS = dict(zip("cCsSiIf", "bBhHiIf", strict=True))


def tag_number(tag: str) -> int:
    """A tag's two letters as one number; 0 for no tag."""
    return int.from_bytes(tag.encode("ascii"), "little")


class Grouping:
    """How reads are told apart.

    Group 0 is of reads without a value. Samples, which are known before, have the next ones.

    Attributes
    ----------
    tag : str
        Whose value decides; "" if all reads are in group 0.
    known : bool
        Whether no other groups can come up; each has a row at every site.
    """

    def __init__(self, alignment: Alignment, options: Options) -> None:
        self.tag = options.by or (READ_GROUP if options.by_read_group else "")
        self.known = options.by_read_group and not options.by
        self.read_groups = alignment.read_groups if self.known else {}
        self.samples = sorted(set(self.read_groups.values()))
        self._numbers = {sample: number for number, sample in enumerate(self.samples, start=1)}

    def number(self, read_group: str) -> int | None:
        """Group of a read group's sample; None if the header lacks the read group."""
        sample = self.read_groups.get(read_group)
        return None if sample is None else self._numbers[sample]

    def table(self) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        """Values that are known, as compiled code reads them: address, length, group; and text."""
        encoded = [name.encode() for name in self.read_groups]
        text = np.frombuffer(b"".join(encoded) or b"\0", np.uint8)
        lengths = np.array([len(name) for name in encoded], np.int64)
        rows = np.zeros((len(encoded), layout.GIVEN_GROUP // layout.WORD), np.int64)
        rows[:, layout.GIVEN_TEXT // layout.WORD] = text.ctypes.data + np.cumsum(lengths) - lengths
        rows[:, layout.GIVEN_LENGTH // layout.WORD] = lengths
        rows[:, layout.GIVEN_NUMBER // layout.WORD] = [
            self._numbers[sample] for sample in self.read_groups.values()
        ]
        return rows, text

    def values(self, table: NDArray[np.int64], text: int) -> list[str | None]:
        """Value of each group in compiled code's table; `text` is the address of all values."""
        found: list[str | None] = [None, *self.samples]
        for row in table[len(found) :]:
            place = text + int(row[layout.GROUP_TEXT // layout.WORD])
            content = ctypes.string_at(place, int(row[layout.GROUP_LENGTH // layout.WORD]))
            raw = row[layout.GROUP_KIND // layout.WORD] == layout.AS_BYTES
            found.append(_written(content) if raw else content.decode())
        return found

    def arranged(
        self,
        values: Sequence[str | None],
        *,
        site: NDArray[np.int64],
        group: NDArray[np.int64],
        numbers: NDArray[np.int64],
        reasons: NDArray[np.int64],
        sites: int,
        without_fragment: int,
    ) -> Counts:
        """`Counts` of rows whose groups are numbered as in `values`."""
        if not self.tag:
            return Counts((None,), site, group, numbers, reasons, without_fragment)
        if len(set(values)) < len(values):
            raise InputError(
                f"the tag {self.tag} has values of several types that read the same; "
                "write it as text in all reads"
            )
        missing = len(values) - len(reasons)
        reasons = np.pad(reasons, ((0, missing), (0, 0)))
        if self.known:
            site, group, numbers = _with_all(len(self.samples), sites, site, group, numbers)
        met = reasons.sum(axis=1) > 0
        shown = [
            number
            for number in range(len(values))
            if met[number] or (self.known and 0 < number <= len(self.samples))
        ]
        shown.sort(key=lambda number: (values[number] is None, values[number] or ""))
        place = np.zeros(len(values), np.int64)
        place[shown] = np.arange(len(shown))
        group = place[group]
        order = np.lexsort((group, site))
        return Counts(
            tuple(values[number] for number in shown),
            site[order],
            group[order],
            numbers[order],
            reasons[shown],
            without_fragment,
        )


def _with_all(
    samples: int,
    sites: int,
    site: NDArray[np.int64],
    group: NDArray[np.int64],
    numbers: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Add rows of zeros for the samples that have none at a site."""
    there = np.zeros((sites, samples + 1), bool)
    there[:, 0] = True  # reads without a read group have rows only where there are any
    there[site, group] = True
    more_sites, more_groups = np.nonzero(~there)
    zeros = np.zeros((len(more_sites), numbers.shape[1]), np.int64)
    return (
        np.concatenate([site, more_sites]),
        np.concatenate([group, more_groups]),
        np.concatenate([numbers, zeros]),
    )


def _written(content: bytes) -> str:
    """A floating-point number or an array, from its type on, in words as htslib's readers do."""
    kind = chr(content[0])
    if kind == "f":
        return str(struct.unpack("<f", content[1:])[0])
    return str(array(_ARRAYS[chr(content[1])], content[6:]))
