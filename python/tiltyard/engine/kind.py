"""Kinds of studies: the protocol `Kind` with grid, methods, datasets, scores and figures.

A kind is an object that an installed package names under the entry point group `GROUP`; the key
``kind`` of a study's configuration chooses it. `PlainKind` has a default for everything but what
each kind decides for itself.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from tiltyard.engine.methods.method import Method
from tiltyard.engine.methods.versions import digest, package_files
from tiltyard.engine.outcome import Status

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import pyarrow as pa

    from tiltyard.engine.grid.axes import Configuration, Grid
    from tiltyard.engine.outcome import Outcome
    from tiltyard.engine.statistics.alarms import Alarm
    from tiltyard.engine.study import Study
    from tiltyard.engine.work.worker import Task, Worker

#: Entry point group under which packages name their kinds of studies.
GROUP = "tiltyard.studies"
#: Kind of a study whose configuration does not name one.
DEFAULT = "derivatives"


@dataclass(frozen=True, kw_only=True)
class Measures:
    """Columns of the results by their meaning.

    Parameters
    ----------
    score : str
        The number by which methods are judged, smaller is better; empty unless the status is
        ``ok``.
    plain : float or None
        Score of an answer that uses no data, and of unsolved cells where costs are set against
        scores. None leaves unsolved cells out.
    unscaled : str
        Column of the score before its division by a scale that the replicates of a cell share;
        "" if it is not divided.
    series : str
        Column of lists of numbers that methods produced, equally long in all replicates of a
        cell; "" if there is none.
    ends : int
        Numbers at either end of that list that do not count in the score, >= 0.
    bound : str
        Column that names the control whose score divides this one to give the regret; "" without
        regret.
    size : str
        Axis of the problem's size; "" if there is none.
    medians : mapping
        Column of the summary -> column of the results whose median over replicates it holds.
    beside : sequence of str
        Names in `medians` whose columns follow those of the score.
    comparable : sequence of str
        Columns that `tiltyard verify` compares across machines: they agree but for rounding.
    choices : str
        Column with the choices (JSON) that a method made from the data; "" without.
    timed : bool
        Whether the score is a time: jobs then have the machine alone, and the machine is part of
        what an evaluation is remembered by.
    steps : sequence of float
        Scores at which the colour of a map changes, increasing; from the data if empty.
    """

    score: str
    plain: float | None = None
    unscaled: str = ""
    series: str = ""
    ends: int = 0
    bound: str = ""
    size: str = ""
    medians: Mapping[str, str] = field(default_factory=dict)
    beside: Sequence[str] = ()
    comparable: Sequence[str] = ()
    choices: str = ""
    timed: bool = False
    steps: Sequence[float] = ()

    @property
    def columns(self) -> list[str]:
        """Columns of numbers that the summary is computed from."""
        names = (self.score, self.unscaled, *self.medians.values())
        return list(dict.fromkeys(name for name in names if name))


@dataclass(frozen=True)
class Column:
    """A column of the summary as readers see it.

    Parameters
    ----------
    label : str
        Its heading.
    meaning : str
        A sentence on what it holds.
    unit : str
        ``%`` for shares, ``s`` for seconds, else "".
    """

    label: str
    meaning: str
    unit: str = ""


@dataclass(frozen=True, kw_only=True)
class Anchor:
    """Methods without a rank that show what a score is worth.

    Parameters
    ----------
    name, title : str
        Name in addresses and files, and title as in "lower bound".
    rows : callable
        Function from a summary to whether each row is of such a method, whatever its score.
    note : str
        Sentence for the page on what its methods know or do.
    row, line : bool
        Whether it has a row in maps, and a line beside the methods' lines.
    blind : bool
        Whether its methods use no data: a method that is no better has no result.
    """

    name: str
    title: str
    rows: Callable[[pd.DataFrame], pd.Series[bool]]
    note: str = ""
    row: bool = True
    line: bool = False
    blind: bool = False


@dataclass(frozen=True, kw_only=True)
class Words:
    """Words of this kind of study, for texts that people read.

    Parameters
    ----------
    question : str
        Question of the study, with its question mark.
    method, score, replicate : str
        Nouns in the singular, as ``method``, ``error``, ``trial``.
    replication : str
        Difference between replicates, as "a new random input".
    axes : mapping
        Axis or other column of a cell -> its noun; its name with blanks where it is not given.
    phrases : mapping
        Column of a cell -> phrase for a value of it, as ``{} numbers``. By default texts stand
        as they are, and numbers after the noun of their axis.
    values : mapping
        Column of a cell -> function that writes a value of it. By default underscores become
        blanks, and numbers are shortened.
    cell : str
        Phrase for a cell inside a sentence, as ``{shape} of {size} numbers`` with columns of a
        cell in braces; if empty, the list of their phrases.
    share : str
        Quantity of which a score of 1 is the whole, as "the range of the truth"; "" without one.
    good : str
        Participle for a cell whose best score is below the kind's target, as "recovered".
    columns : mapping
        Column of the summary, of the engine's too -> its heading and meaning for readers.
    alarms : sequence of str
        Faults that the kind's alarms look for, as "constant answers".
    """

    question: str
    method: str = "method"
    score: str = "score"
    replicate: str = "replicate"
    replication: str = "a new replicate"
    axes: Mapping[str, str] = field(default_factory=dict)
    phrases: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Callable[[Any], str]] = field(default_factory=dict)
    cell: str = ""
    share: str = ""
    good: str = "solved"
    columns: Mapping[str, Column] = field(default_factory=dict)
    alarms: Sequence[str] = ()

    def phrase(self, name: str, value: Any) -> str:
        """The `value` of the column `name` of a cell, in words."""
        default = "{}" if isinstance(value, str) else f"{self.axis(name)} {{}}"
        return self.phrases.get(name, default).format(value)

    def axis(self, name: str) -> str:
        """Noun for the column `name` of a cell."""
        return self.axes.get(name, name.replace("_", " "))


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table that only this kind has, written by the rule `statistics`.

    Parameters
    ----------
    name : str
        Name of the file in the study's folder, without ``.csv``.
    title : str
        Title, for people.
    write : callable
        Function that makes the table from the study and its summary.
    texts : sequence of str
        Text columns, in which an empty field is an empty text, not a missing number.
    caption : path or None
        Caption in Snakemake's report.
    """

    name: str
    title: str
    write: Callable[[Study, pd.DataFrame], pd.DataFrame]
    texts: Sequence[str] = ()
    caption: Path | None = None

    @property
    def file(self) -> str:
        """Name of the file."""
        return f"{self.name}.csv"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """Static figures of one name.

    Parameters
    ----------
    name : str
    draw : str
        Function that draws them, as ``module:function``. Given a study's `Tables`, it yields the
        name of a file, without ending, and its Matplotlib figure.
    files : callable
        Function from the checked configuration to the names of those files.
    caption : path or None
        Caption in Snakemake's report.
    unranked : bool
        Whether they are drawn even if no method is ranked.
    """

    name: str
    draw: str
    files: Callable[[Mapping[str, Any]], Sequence[str]]
    caption: Path | None = None
    unranked: bool = False


@dataclass(frozen=True, kw_only=True)
class Panel:
    """A section of the interactive page.

    Parameters
    ----------
    name : str
    script : path
        ECMAScript module that draws it: it calls ``addPanel`` of the page's ``panels.js``. It may
        import the page's own modules and those beside it.
    html : path
        The section.
    after : str
        The page's own section that it follows, one of `SECTIONS`.
    pack : callable or None
        Called with the study, the ids of the configurations that the page shows (the first
        replicate of each cell) and a number of characters, it returns packs of data by name that
        fit into that number, and sentences on what was left out. The script reads a pack as
        ``<panel>:<name>``.
    """

    name: str
    script: Path
    html: Path
    after: str
    pack: Callable[[Study, Sequence[str], int], tuple[Mapping[str, str], Sequence[str]]] | None = (
        None
    )

    #: Sections of the page that a panel may follow.
    SECTIONS: ClassVar = ("answer", "table", "map", "levels", "cost", "ranks", "alarms")


@dataclass(frozen=True)
class Cost:
    """Expected cost of evaluations, used until some are measured.

    Parameters
    ----------
    seconds : float
        CPU seconds of the evaluations of one configuration, on the average.
    start_seconds : float
        CPU seconds of a job before its first evaluation.
    job_mb, worker_mb : float
        Memory of a job with one thread, and of each further worker [MB].
    """

    seconds: float
    start_seconds: float
    job_mb: float
    worker_mb: float


class Dataset(Protocol):
    """Dataset of one configuration, on which methods are evaluated."""

    @property
    def configuration(self) -> str: ...

    @property
    def digest(self) -> str:
        """SHA-256 of all data that methods are given."""

    def table(self) -> pa.Table:
        """The content as columns of one length."""

    def facts(self) -> Mapping[str, Any]:
        """The rest of the content, plain values."""


@dataclass(frozen=True)
class Lane:
    """Workers of one sort: a phase of a job, and a colour of the timeline.

    Parameters
    ----------
    name : str
    place : int
        A job goes through lanes of smaller places first; by name among equals.
    together : bool
        Whether one worker takes all tasks of a dataset and has the job's threads; else each of
        the job's threads has a worker that takes one task after another.
    kept : bool
        Whether workers live from dataset to dataset; else none finds what was remembered of
        another dataset.
    """

    name: str
    place: int = 0
    together: bool = False
    kept: bool = False


class Session(Protocol):
    """Lanes, workers and tasks in which the methods of a kind are run."""

    def lane(self, method: Any) -> Lane:
        """The lane in which `method` runs."""

    def start(self, lane: Lane, methods: Sequence[Any]) -> Worker:
        """A worker of `lane`, which will run some of `methods`."""

    def task(self, dataset: Any, method: Any) -> Task:
        """The task that evaluates `method` on `dataset`."""


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
    #: Axis of difficulty, for figures; "" if none is.
    levels: str
    #: Keys of the configuration that decide an evaluation's rows.
    decides: Sequence[str]
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
        """Raise `ConfigError` for faults that a schema cannot express."""

    def points(self, config: Mapping[str, Any]) -> Mapping[str, Sequence[Any]]:
        """Values of every axis."""

    def methods(self, config: Mapping[str, Any]) -> Sequence[Method]:
        """All methods with their versions, whether the study selects them or not."""

    def code(self, config: Mapping[str, Any]) -> str:
        """Digest of the files that decide a method's version; no method is imported for it."""

    def sources(self, config: Mapping[str, Any]) -> str:
        """Digest of all that decides a method's version; no method is imported for it."""

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

    def rows(
        self, method: Any, dataset: Any, outcome: Outcome, config: Mapping[str, Any]
    ) -> Iterable[Mapping[str, Any]]:
        """Values of `columns` for each row of an evaluation, and its status if that is another."""

    def scoring_code(self) -> str:
        """Digest of the code that makes rows of an outcome."""

    def alarms(self, study: Study, summary: pd.DataFrame) -> Iterable[Alarm]:
        """Quality alarms of the results."""

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


class PlainKind:
    """Base class of kinds, with defaults for most of `Kind`.

    By default the version of methods and datasets is the digest of the kind's package.
    """

    method: type[Method] = Method
    within: Sequence[str] = ()
    levels = ""
    decides: Sequence[str] = ()
    selection = "methods"
    tags: Sequence[str] = ()
    unranked: frozenset[str] = frozenset()
    statuses: Sequence[str] = ()
    line_figures = ("score_by_level", "score_by_row")
    families: Sequence[str] = ()
    reference: tuple[str, str] | None = None
    anchors: Sequence[Anchor] = ()
    opening: Mapping[str, Any] = MappingProxyType({})
    captions: Path | None = None
    tables: Sequence[Table] = ()
    figures: Sequence[Figure] = ()
    panels: Sequence[Panel] = ()
    commands: Sequence[str] = ()

    def check(self, config: Mapping[str, Any]) -> None:
        """Accept every configuration that the schema accepts."""

    def code(self, config: Mapping[str, Any]) -> str:
        """Digest of the kind's own package."""
        return digest(path.read_bytes() for path in package_files(type(self).__module__))

    def sources(self, config: Mapping[str, Any]) -> str:
        """Digest of the kind's own package, from `code`."""
        return self.code(config)

    def runtimes(self, config: Mapping[str, Any]) -> Mapping[str, str]:
        """No runtimes besides Python."""
        return {}

    def kernels(self, config: Mapping[str, Any]) -> Sequence[str]:
        """No libraries besides those of Python."""
        return ()

    def dataset_code(self) -> Mapping[str, str]:
        """Digest of the kind's own package."""
        return {"code": self.code({})}

    def unsupported(self, method: Any, dataset: Any, config: Mapping[str, Any]) -> str:
        """Every method can be run on every dataset."""
        return ""

    def scoring_code(self) -> str:
        """Digest of the kind's own package."""
        return self.code({})

    def alarms(self, study: Study, summary: pd.DataFrame) -> Iterable[Alarm]:
        """No alarms other than the engine's own."""
        return ()

    def notes(self, config: Mapping[str, Any]) -> Sequence[str]:
        """No notes."""
        return ()

    def target(self, config: Mapping[str, Any]) -> float | None:
        """No target."""
        return None

    def page_facts(self, study: Study) -> Mapping[str, Any]:
        """No facts."""
        return {}

    def facts(self, methods: Sequence[Any]) -> Sequence[Mapping[str, Any]]:
        """Name, language, family and tags."""
        names = ("name", "language", "family", "tags")
        return [{name: getattr(method, name) for name in names} for method in methods]

    def methods_page(self, methods: Sequence[Any]) -> str:
        """A table of `facts`."""
        rows = [list(map(str, row.values())) for row in self.facts(methods)]
        heads = list(self.facts(methods)[0]) if methods else []
        lines = [heads, ["---"] * len(heads), *rows]
        return "".join(f"| {' | '.join(line)} |\n" for line in lines)

    def divisions(self, cells: pd.DataFrame) -> Mapping[str, Sequence[str]]:
        """No further columns."""
        return {}

    def made_up(
        self, method: Any, dataset: Any, config: Mapping[str, Any], rng: np.random.Generator
    ) -> Outcome:
        """Raise an error: only the kind can make results up."""
        raise NotImplementedError(f"{type(self).__name__} makes no results up for a rehearsal")


def group_of(kind: Kind) -> list[str]:
    """Axes in which the replicates of a cell agree."""
    return [axis.name for axis in kind.grid.axes if axis.name != kind.replicate]


def cell_of(kind: Kind) -> list[str]:
    """Columns that make a cell."""
    return [*group_of(kind), *kind.within]


def statuses_of(kind: Kind) -> list[str]:
    """Statuses of evaluations: the engine's and the kind's own."""
    return [*map(str, Status), *kind.statuses]


@cache
def find_kind(name: str) -> Kind:
    """The kind of study that installed packages call `name`.

    Raises
    ------
    ValueError
        If there is none, with the names of all kinds; or if there are two.
    """
    found = {point.value: point for point in metadata.entry_points(group=GROUP, name=name)}
    if len(found) == 1:
        kind: Kind = next(iter(found.values())).load()
        return kind() if isinstance(kind, type) else kind
    if found:
        raise ValueError(
            f"kind: {name!r} is brought by {' and '.join(sorted(found))}; uninstall one of them"
        )
    known = sorted({point.name for point in metadata.entry_points(group=GROUP)})
    raise ValueError(
        f"kind: {name!r} is unknown; installed packages bring {', '.join(known) or 'none'}"
    )


def installed_kinds() -> list[Kind]:
    """Every kind of study that installed packages bring, by name."""
    names = sorted({point.name for point in metadata.entry_points(group=GROUP)})
    return [find_kind(name) for name in names]


def resolve(reference: str) -> Any:
    """The object that ``module:name`` names."""
    module, _, name = reference.partition(":")
    __import__(module)
    return getattr(sys.modules[module], name)
