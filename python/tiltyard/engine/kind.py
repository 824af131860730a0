"""What a kind of study brings, and the engine asks for: grid, methods, datasets, scores, figures.

A kind is an object that an installed package names under the entry point group `GROUP`; the key
``kind`` of a study's configuration chooses it. `PlainKind` answers everything that has a plain
answer.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

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
#: Kind of a study whose configuration does not say.
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
        Score of an answer that uses no data: what is not solved counts with it where costs are
        set against scores. None leaves those cells out.
    unscaled : str
        The score before it was divided by a scale that the replicates of a cell share; "" if it
        is not divided.
    series : str
        What a method produced, a list of numbers as long in all replicates of a cell; "" if
        nothing of the kind is kept.
    ends : int
        Numbers at either end of that list that do not count in the score.
    bound : str
        Column that names the control whose score divides this one: that is the regret. "" without.
    size : str
        Axis that says how large the problem is; "" if none does.
    medians : mapping
        Column of the summary -> column of the results whose median over replicates it holds.
    beside : sequence of str
        Names in `medians` that stand beside the score itself.
    comparable : sequence of str
        Columns that agree between machines but for rounding, for `tiltyard verify`.
    choices : str
        Column with the choices (JSON) that a method made from the data; "" without.
    timed : bool
        Whether the score is a time: jobs then have the machine alone, and the machine is part of
        what an evaluation is remembered by.
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

    @property
    def columns(self) -> list[str]:
        """Columns with one number a row that the summary is made of."""
        names = (self.score, self.unscaled, *self.medians.values())
        return list(dict.fromkeys(name for name in names if name))


@dataclass(frozen=True, kw_only=True)
class Words:
    """What people call things in this kind of study.

    Parameters
    ----------
    question : str
        What the study asks, with its question mark.
    method, score, replicate : str
        Nouns in the singular, as ``method``, ``error``, ``trial``.
    replication : str
        What differs from replicate to replicate, as in "a new draw of the noise".
    axes : mapping
        Axis or other column of a cell -> its noun; its name with blanks where it is not given.
    phrases : mapping
        Column of a cell -> how a value of it is said, as ``{} samples``.
    """

    question: str
    method: str = "method"
    score: str = "score"
    replicate: str = "replicate"
    replication: str = "a new replicate"
    axes: Mapping[str, str] = field(default_factory=dict)
    phrases: Mapping[str, str] = field(default_factory=dict)

    def phrase(self, name: str, value: Any) -> str:
        """The `value` of the column `name` of a cell, in words."""
        return self.phrases.get(name, f"{self.axis(name)} {{}}").format(value)

    def axis(self, name: str) -> str:
        """Noun for the column `name` of a cell."""
        return self.axes.get(name, name.replace("_", " "))


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table of the kind's own, written by the rule `statistics`.

    Parameters
    ----------
    name : str
        Of the file below the study's folder, ``NAME.csv``.
    title : str
        What it holds, for people.
    write : callable
        Given the study and its summary, the table.
    texts : sequence of str
        Its columns of text, in which an empty one is no missing number.
    caption : path or None
        For Snakemake's report.
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
        Given the checked configuration, the names of those files.
    caption : path or None
        For Snakemake's report.
    unranked : bool
        Whether they say something where no method is ranked.
    """

    name: str
    draw: str
    files: Callable[[Mapping[str, Any]], Sequence[str]]
    caption: Path | None = None
    unranked: bool = False


@dataclass(frozen=True, kw_only=True)
class Panel:
    """A part of the interactive page.

    Parameters
    ----------
    name : str
    script : path
        ECMAScript module that draws it.
    pack : callable
        Given the study and a number of characters, packs of data by name that fit into it, and
        sentences that say what was left out.
    """

    name: str
    script: Path
    pack: Callable[[Study, int], tuple[Mapping[str, str], Sequence[str]]]


@dataclass(frozen=True)
class Cost:
    """What evaluations take until some are measured.

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
    """What methods are evaluated on; one for each configuration."""

    @property
    def configuration(self) -> str: ...

    @property
    def digest(self) -> str:
        """SHA-256 of all that decides what methods are given."""

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
    """How the methods of a kind are run: in which lanes, by which workers, on what."""

    def lane(self, method: Any) -> Lane:
        """The lane in which `method` runs."""

    def start(self, lane: Lane, methods: Sequence[Any]) -> Worker:
        """A worker of `lane` that is going to run some of `methods`."""

    def task(self, dataset: Any, method: Any) -> Task:
        """What evaluates `method` on `dataset`."""


class Kind(Protocol):
    """Everything that the engine does not know of a study."""

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
    #: Columns that tell the rows of one evaluation apart.
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
    #: Names of the figures of scores by level, and by row of an evaluation.
    line_figures: tuple[str, str]
    #: Families in the order of their colours; those that methods have, sorted, if empty.
    families: Sequence[str]
    #: Name and language of the method that others are put in relation to.
    reference: tuple[str, str] | None
    #: What it adds to the statistics, the static figures and the page.
    tables: Sequence[Table]
    figures: Sequence[Figure]
    panels: Sequence[Panel]
    #: Of its own subcommands, as ``module:function``.
    commands: Sequence[str]

    @property
    def columns(self) -> pa.Schema:
        """Columns of a row besides who, where, status, cost and version; lists come last."""

    @property
    def schema(self) -> Mapping[str, Any]:
        """JSON Schema of the configuration's keys that are the kind's."""

    def check(self, config: Mapping[str, Any]) -> None:
        """Raise `ConfigError` for what a schema cannot say."""

    def points(self, config: Mapping[str, Any]) -> Mapping[str, Sequence[Any]]:
        """Values of every axis."""

    def methods(self, config: Mapping[str, Any]) -> Sequence[Method]:
        """Every method that there is, with versions."""

    def code(self, config: Mapping[str, Any]) -> str:
        """Digest of the files that decide a method's version; no method is imported for it."""

    def sources(self, config: Mapping[str, Any]) -> str:
        """Digest of all that decides a method's version; no method is imported for it."""

    def runtimes(self, config: Mapping[str, Any]) -> Mapping[str, str]:
        """Versions of languages and programs that methods run in, besides Python."""

    def kernels(self, config: Mapping[str, Any]) -> Sequence[str]:
        """Linear-algebra libraries of those runtimes, as in `describe_machine`."""

    def cost(self, config: Mapping[str, Any], methods: int) -> Cost:
        """What is expected of `methods` methods before anything was measured."""

    def make(self, study: Study, point: Configuration, rng: np.random.Generator) -> Dataset:
        """The dataset of a configuration."""

    def restore(self, table: pa.Table, facts: Mapping[str, Any], configuration: str) -> Dataset:
        """The dataset with this content; raise `ValueError` if it is none."""

    def dataset_code(self) -> Mapping[str, str]:
        """Versions of what decides a dataset."""

    def session(self, study: Study, threads: int) -> AbstractContextManager[Session]:
        """Where methods are run, in a job with so many threads."""

    def unsupported(self, method: Any, dataset: Any, config: Mapping[str, Any]) -> str:
        """Why `method` cannot be run on `dataset`; "" if it can."""

    def rows(
        self, method: Any, dataset: Any, outcome: Outcome, config: Mapping[str, Any]
    ) -> Iterable[Mapping[str, Any]]:
        """Values of `columns` for each row of an evaluation, and its status if that is another."""

    def scoring_code(self) -> str:
        """Digest of what decides the rows, given an outcome."""

    def alarms(self, study: Study, summary: pd.DataFrame) -> Iterable[Alarm]:
        """What looks wrong with the results."""

    def notes(self, config: Mapping[str, Any]) -> Sequence[str]:
        """What a reader of any figure has to know."""

    def page_facts(self, study: Study) -> Mapping[str, Any]:
        """What the kind's panels need to know, in plain values."""

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
    """The plain answers to what `Kind` asks; a kind overrides those that it has better ones for.

    A method's version, and a dataset's, is then the digest of the package that the kind is of.
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
        """As `code`."""
        return self.code(config)

    def runtimes(self, config: Mapping[str, Any]) -> Mapping[str, str]:
        """None."""
        return {}

    def kernels(self, config: Mapping[str, Any]) -> Sequence[str]:
        """None."""
        return ()

    def dataset_code(self) -> Mapping[str, str]:
        """Digest of the kind's own package."""
        return {"code": self.code({})}

    def unsupported(self, method: Any, dataset: Any, config: Mapping[str, Any]) -> str:
        """Nothing is unsupported."""
        return ""

    def scoring_code(self) -> str:
        """Digest of the kind's own package."""
        return self.code({})

    def alarms(self, study: Study, summary: pd.DataFrame) -> Iterable[Alarm]:
        """None besides the engine's own."""
        return ()

    def notes(self, config: Mapping[str, Any]) -> Sequence[str]:
        """None."""
        return ()

    def page_facts(self, study: Study) -> Mapping[str, Any]:
        """None."""
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
        """None."""
        return {}

    def made_up(
        self, method: Any, dataset: Any, config: Mapping[str, Any], rng: np.random.Generator
    ) -> Outcome:
        """A rehearsal needs results that only the kind can make up."""
        raise NotImplementedError(f"{type(self).__name__} makes no results up for a rehearsal")


def group_of(kind: Kind) -> list[str]:
    """Axes in which the replicates of a cell agree."""
    return [axis.name for axis in kind.grid.axes if axis.name != kind.replicate]


def cell_of(kind: Kind) -> list[str]:
    """Columns that make a cell."""
    return [*group_of(kind), *kind.within]


def statuses_of(kind: Kind) -> list[str]:
    """How an evaluation may end."""
    return [*map(str, Status), *kind.statuses]


@cache
def find_kind(name: str) -> Kind:
    """The kind of study that installed packages call `name`.

    Raises
    ------
    ValueError
        If there is none, with the names of those that there are; or if there are two.
    """
    found = {point.value: point for point in metadata.entry_points(group=GROUP, name=name)}
    if len(found) == 1:
        kind: Kind = next(iter(found.values())).load()
        return kind() if isinstance(kind, type) else kind
    if found:
        raise ValueError(f"kind {name!r}: {' and '.join(sorted(found))} both bring it; remove one")
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
