"""The protocol `Kind`: all that decides a study and that the engine itself does not know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from tiltyard.engine.kind.measures import Measures
from tiltyard.engine.kind.outputs import Anchor, Figure, Panel, Table
from tiltyard.engine.kind.running import Cost, Dataset, Session
from tiltyard.engine.kind.words import Words
from tiltyard.engine.methods.method import Method
from tiltyard.engine.methods.plugins import Plugin
from tiltyard.engine.outcome import Status

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import pyarrow as pa

    from tiltyard.engine.grid.axes import Configuration, Grid
    from tiltyard.engine.outcome import Outcome
    from tiltyard.engine.statistics.alarms import Alarm
    from tiltyard.engine.study import Study


class Kind(Protocol):
    """Protocol of a kind of study; `PlainKind` has defaults."""

    #: Value of the configuration's key ``kind``.
    name: str
    grid: Grid
    words: Words
    measures: Measures
    #: Class of the methods.
    method: type[Method]
    #: Axis over which a claim generalises.
    subject: str
    #: Axis whose values are replicates of a cell.
    replicate: str
    #: Columns in which the rows of one evaluation differ; empty if it has one row.
    within: Sequence[str]
    #: Axis of difficulty, for figures; "" if there is none.
    levels: str
    #: Keys of the configuration that decide an evaluation's rows.
    decides: Sequence[str]
    #: Keys that decide only which evaluations take place: they change no result that is stored.
    extent: Sequence[str]
    #: Key of the configuration that selects methods.
    selection: str
    #: Tags that a selection may name although no method has them.
    tags: Sequence[str]
    #: Tags of methods that are not ranked against the others.
    unranked: frozenset[str]
    #: Statuses of its own.
    statuses: Sequence[str]
    #: Names of two figures: scores by level, and by row of an evaluation.
    line_figures: tuple[str, str]
    #: Families in the sequence of their colours; if empty, the methods' families, sorted.
    families: Sequence[str]
    #: Name and language of the method with which others are compared; None for the best one.
    reference: tuple[str, str] | None
    #: Methods that show what a score is worth.
    anchors: Sequence[Anchor]
    #: Values of a cell that the page opens with, or those nearest to them; else the first ones.
    opening: Mapping[str, Any]
    #: Folder of captions, ``NAME.rst``, that say more of the engine's figures and tables; or None.
    captions: Path | None
    #: Columns of the merged rows that `alarms` needs; empty if the summary is enough.
    alarmed_by: Sequence[str]
    #: Its additions to the statistics, the static figures and the page.
    tables: Sequence[Table]
    figures: Sequence[Figure]
    panels: Sequence[Panel]
    #: Functions of its own subcommands, as ``module:function``.
    commands: Sequence[str]

    @property
    def columns(self) -> pa.Schema:
        """Columns of a row that only this kind has; columns of lists come last."""

    @property
    def schema(self) -> Mapping[str, Any]:
        """JSON Schema of the configuration's keys that are the kind's."""

    def check(self, config: Mapping[str, Any]) -> None:
        """Raise `ConfigError`, with reason and key, for faults that a schema cannot express."""

    def points(self, config: Mapping[str, Any]) -> Mapping[str, Sequence[Any]]:
        """Values of every axis."""

    def methods(self, config: Mapping[str, Any]) -> Sequence[Method]:
        """Its own methods with their versions, whether the study selects them or not."""

    def code(self, config: Mapping[str, Any]) -> str:
        """Digest of the files that decide a method's version; no method is imported for it."""

    def sources(self, config: Mapping[str, Any]) -> str:
        """Digest of all that decides a method's version; no method is imported for it."""

    def packages(self, config: Mapping[str, Any]) -> Sequence[Plugin]:
        """Installed packages that bring further methods; none is imported for it."""

    def runtimes(self, config: Mapping[str, Any]) -> Mapping[str, str]:
        """Versions of languages and programs that methods run in, besides Python."""

    def kernels(self, config: Mapping[str, Any]) -> Sequence[str]:
        """Linear-algebra libraries of those runtimes, as in `describe_machine`."""

    def cost(self, config: Mapping[str, Any], methods: int) -> Cost:
        """Expected cost of `methods` methods on one dataset."""

    def make(self, study: Study, point: Configuration, rng: np.random.Generator) -> Dataset:
        """The dataset of a configuration."""

    def restore(self, table: pa.Table, facts: Mapping[str, Any], configuration: str) -> Dataset:
        """The dataset with this content; raise `ValueError` if it is none."""

    def dataset_code(self) -> Mapping[str, str]:
        """Versions of the code and packages that decide a dataset."""

    def session(self, study: Study, threads: int) -> AbstractContextManager[Session]:
        """Context with the session of a job that has `threads` threads."""

    def unsupported(self, method: Any, dataset: Any, config: Mapping[str, Any]) -> str:
        """Reason why `method` cannot be run on `dataset`; "" if it can."""

    def together(
        self, outcomes: Mapping[Any, Outcome], config: Mapping[str, Any]
    ) -> Mapping[Any, Outcome]:
        """Outcomes of one dataset by method key, each with what all of them say together."""

    def rows(
        self, method: Any, dataset: Any, outcome: Outcome, config: Mapping[str, Any]
    ) -> Iterable[Mapping[str, Any]]:
        """Values of `columns` for each row of an evaluation, and its status if that is another."""

    def scoring_code(self) -> str:
        """Digest of the code that makes rows of an outcome."""

    def alarms(self, study: Study, summary: pd.DataFrame, *rows: pd.DataFrame) -> Iterable[Alarm]:
        """Quality alarms of the results; with `alarmed_by`, `rows` has those merged rows."""

    def notes(self, config: Mapping[str, Any]) -> Sequence[str]:
        """Sentences that a reader of any figure has to know."""

    def target(self, config: Mapping[str, Any]) -> float | None:
        """Score below which a cell counts as well solved; None if there is none."""

    def page_facts(self, study: Study) -> Mapping[str, Any]:
        """Facts for the kind's panels, in plain values: ``study.facts.kind`` in scripts."""

    def facts(self, methods: Sequence[Any]) -> Sequence[Mapping[str, Any]]:
        """Facts of each of `methods`, with the same keys, for a table."""

    def methods_page(self, methods: Sequence[Any]) -> str:
        """`methods` as a page of documentation, in Markdown."""

    def divisions(self, cells: pd.DataFrame) -> Mapping[str, Sequence[str]]:
        """Names of further columns that divide `cells`, with their values."""

    def made_up(
        self, method: Any, dataset: Any, config: Mapping[str, Any], rng: np.random.Generator
    ) -> Outcome:
        """An outcome of no meaning with the shape of a real one, for a rehearsal."""


def group_of(kind: Kind) -> list[str]:
    """Axes in which the replicates of a cell agree."""
    return [axis.name for axis in kind.grid.axes if axis.name != kind.replicate]


def cell_of(kind: Kind) -> list[str]:
    """Columns that make a cell."""
    return [*group_of(kind), *kind.within]


def rows_apart(kind: Kind) -> list[str]:
    """Columns in which the rows of one evaluation differ, those that do not count included."""
    return [*kind.within, *filter(None, [kind.measures.counted])]


def statuses_of(kind: Kind) -> list[str]:
    """Statuses of evaluations: the engine's and the kind's own."""
    return [*map(str, Status), *kind.statuses]
