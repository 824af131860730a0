"""One unit of work in compiled code: its state, and the counts that come out of it."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.alleles.alignment import Alignment
from tiltyard.pipelines.alleles.compiled import layout
from tiltyard.pipelines.alleles.counts import FIELDS, REASONS, Counts, Site
from tiltyard.pipelines.alleles.native import groups
from tiltyard.pipelines.alleles.native.letters import Letters, letters_of
from tiltyard.pipelines.alleles.native.loading import load
from tiltyard.pipelines.alleles.native.sites import table_of
from tiltyard.pipelines.alleles.options import Options

#: Tables that compiled code makes.
_TABLES = (
    layout.HEADS,
    layout.OBSERVATIONS,
    layout.FRAGMENTS,
    layout.MOVED,
    layout.ROWS,
    layout.GROUPS,
    layout.GROUP_SLOTS,
    layout.TEXT,
    layout.SCRATCH,
)
_free = ctypes.CDLL(None).free
_free.argtypes, _free.restype = (ctypes.c_void_p,), None


class Unit:
    """Counting at sorted sites of one contig; a context manager, which frees what it took.

    Parameters
    ----------
    alignment : Alignment
    sites : sequence of Site
        At least one.
    options : Options
    """

    def __init__(self, alignment: Alignment, sites: Sequence[Site], options: Options) -> None:
        self.table = table_of(sites)
        self.grouping = groups.Grouping(alignment, options)
        self._state = np.zeros(layout.STATE_WORDS, np.int64)
        self._kept: list[object] = []
        contig = sites[0].contig
        self.set(layout.SITES, self.table.rows.ctypes.data)
        self.set(layout.SITE_COUNT, len(sites))
        self.set(layout.LIVE, len(sites))
        self.set(layout.CONTIG, list(alignment.contigs).index(contig))
        self.set(layout.CONTIG_LENGTH, alignment.contigs[contig])
        self.set(layout.DROPPED_FLAGS, options.dropped_flags)
        self.set(layout.MIN_MAPQ, options.min_mapq)
        self.set(layout.MIN_QUALITY, options.min_base_quality)
        self.set(layout.NO_IMPROPER, options.drop_improper_pairs)
        self.set(layout.NO_INDELS, options.drop_indel_reads)
        self.set(layout.GROUP_TAG, groups.tag_number(self.grouping.tag))
        self.set(layout.GROUPS_KNOWN, self.grouping.known)
        self.set(layout.FRAGMENT_TAG, groups.tag_number(options.fragment_tag))
        if options.shifts_reads and self.table.indels:
            self._use(letters_of(alignment.fasta, alignment.letters[contig]))

    def _use(self, letters: Letters) -> None:
        self._kept.append(letters)
        self.set(layout.LETTERS, letters.address)
        self.set(layout.LETTER_COUNT, letters.length)
        self.set(layout.LINE_BASES, letters.bases)
        self.set(layout.LINE_WIDTH, letters.width)

    def set(self, place: int, value: int) -> None:
        """Set a number of the state."""
        self._state[place // layout.WORD] = value

    def get(self, place: int) -> int:
        """A number of the state."""
        return int(self._state[place // layout.WORD])

    def give_groups(self) -> None:
        """Enter the groups that are known before, by their values."""
        table, text = self.grouping.table()
        self._kept += [table, text]
        self.set(layout.GIVEN_GROUPS, table.ctypes.data)
        self.set(layout.GIVEN_GROUP_COUNT, len(table))

    def run(self, entry: str) -> int:
        """Run a function of compiled code; returns how it ended, as `layout` numbers it."""
        return load(entry)(self._state.ctypes.data)

    def counts(self, values: Sequence[str | None] | None = None) -> Counts:
        """What was counted; `values` are those of the groups if compiled code did not see them."""
        if values is None:
            values = self.grouping.values(self._group_table(), self.get(layout.TEXT))
        rows = self._words(layout.ROWS, self.get(layout.ROW_COUNT), layout.ROW)
        first = layout.GROUP_REASONS // layout.WORD
        reasons = self._group_table()[:, first : first + len(REASONS)]
        first = layout.ROW_VALUES // layout.WORD
        return self.grouping.arranged(
            values,
            site=rows[:, layout.ROW_SITE // layout.WORD],
            group=rows[:, layout.ROW_GROUP // layout.WORD],
            numbers=rows[:, first : first + len(FIELDS)],
            reasons=reasons,
            sites=self.get(layout.SITE_COUNT),
            without_fragment=self.get(layout.WITHOUT_FRAGMENT),
        )

    def last_group(self) -> str:
        """Value of the group that was met last."""
        return str(self.grouping.values(self._group_table(), self.get(layout.TEXT))[-1])

    def _group_table(self) -> NDArray[np.int64]:
        return self._words(layout.GROUPS, self.get(layout.GROUP_COUNT), layout.GROUP)

    def _words(self, place: int, count: int, size: int) -> NDArray[np.int64]:
        """Copy of a table of `count` entries of `size` bytes; it cannot be written to."""
        content = ctypes.string_at(self.get(place), count * size)
        return np.frombuffer(content, np.int64).reshape(count, size // layout.WORD)

    def __enter__(self) -> Unit:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for place in _TABLES:
            _free(self.get(place))
            self.set(place, 0)
