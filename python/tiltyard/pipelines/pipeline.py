"""What a pipeline brings to a study of throughput: workloads, strategies, limits, equality, claims.

A pipeline is found through the entry point group ``tiltyard.pipelines``. It imports no study.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np

#: Entry point group.
GROUP = "tiltyard.pipelines"
#: Tag of the plain implementation, whose output says what is right.
REFERENCE = "reference"
#: Tag of what the machine has to do in any case, such as reading and inflating the input.
LIMIT = "limit"
#: Tag of a program of others.
PEER = "peer"
#: Tag of a strategy whose numbers may differ by rounding from the reference's: `difference` alone,
#: not the digest, then decides whether its output is right.
TOLERANT = "tolerant"


@dataclass(frozen=True, kw_only=True)
class Axis:
    """One axis of a pipeline's workloads, such as the number of files.

    Parameters
    ----------
    name : str
        Key of the configuration's ``workload``.
    symbol : str
        Letters before the value in a workload's name, as ``f`` in ``f4``; "" for words.
    meaning : str
    unit : str
        "" for a count.
    """

    name: str
    symbol: str
    meaning: str
    unit: str = ""


@dataclass(frozen=True)
class Workload:
    """Work of a stated size, or a person's files.

    Parameters
    ----------
    name : str
        From the values of the axes, as ``f4-v1000-d30``: lower case letters, digits, hyphens.
    axes : mapping
        Axis -> value.
    facts : mapping
        Anything else that `Pipeline.make` needs, and only that; plain values.
    """

    name: str
    axes: Mapping[str, int | float | str] = field(default_factory=lambda: MappingProxyType({}))
    facts: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class Work:
    """A workload on disk.

    Parameters
    ----------
    workload : Workload
    files : mapping
        Role -> paths, such as ``{"alignments": [...], "fasta": [...], "variants": [...]}``.
    units : mapping
        What there is of each unit of work, such as ``{"reads": 1_000_000, "variants": 5000}``.
    facts : mapping
        Anything else that `Pipeline.command` needs; plain values.
    """

    workload: Workload
    files: Mapping[str, Sequence[Path]]
    units: Mapping[str, int]
    facts: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def input_bytes(self) -> int:
        """Size of all files."""
        return sum(path.stat().st_size for paths in self.files.values() for path in paths)


@dataclass(frozen=True, kw_only=True)
class Strategy:
    """One way to do the work: implementation, backend, workers, size of a block.

    Parameters
    ----------
    name : str
        Says all of it, as ``threads-w2-b2000``.
    implementation, backend : str
    workers : int
        Processes or threads that compute at once, >= 1.
    block : str
        Size of a block in words, such as ``2000``; "" where there is none.
    tags : tuple of str
        Some of `REFERENCE`, `LIMIT`, `PEER`, `TOLERANT` and the pipeline's own.
    options : mapping
        What else `Pipeline.command` needs; plain values.
    """

    name: str
    implementation: str
    backend: str = "serial"
    workers: int = 1
    block: str = ""
    tags: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), hash=False)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A sentence of a guide that a study can hold against what it measured.

    Parameters
    ----------
    number : str
        Its number in the pipeline's list.
    source : str
        Who says so.
    sentence : str
        What is promised, in our words.
    measure : str
        What is held against the promise:

        - ``speed_up``: wall time of the best serial strategy ÷ that with more workers.
        - ``memory`` [MB]: the highest peak of the tree among the strategies.
        - ``ratio``: what the second of `strategies` takes ÷ what the first takes, by `by`.
        - ``order``: `strategies` go from the least to the most of `by`; without numbers.
        - ``rate``: units of work ÷ seconds, by `by`, of the strategy that takes fewest.
    least, most : float or None
        The promised range of that measure; None where it is open.
    by : str
        What is compared in a ``ratio`` or an ``order``, the less the better: ``cpu_seconds``,
        ``warm_cpu`` (without what comes before work), ``wall_seconds``, ``start_seconds`` (before
        work begins), ``idle_seconds`` (of the workers), ``peak_memory`` or ``bytes_read``. In a
        ``rate`` ``warm_cpu``, or ``warm_wall`` for what people wait.
    unit, axis : str
        What is counted in a ``rate``, and the axis whose value is how many of them there are in a
        unit of the pipeline: bases and length, say, of reads of one length. "" for the pipeline's
        own unit.
    workload : mapping
        Axis -> values (a list) or range (a mapping with ``least``, ``most`` or both) that the
        sentence is about; empty for all workloads.
    workers : tuple of int
        Numbers of workers that the sentence is about, least and most; empty if it names none.
        A promise of `least` is held against the least of them, one of `most` against the most.
    strategies : tuple of str
        Strategies that are compared, the promised better one first: names, or tags, by which the
        one that takes least of those that have the tag is meant. For ``speed_up``, ``memory`` and
        ``rate`` those that the sentence is about; empty for all but the controls.
    untestable : str
        Reason why no run of this project can test it; "" if one may.
    """

    number: str
    source: str
    sentence: str
    measure: str
    least: float | None = None
    most: float | None = None
    by: str = "cpu_seconds"
    workload: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    workers: tuple[int, ...] = ()
    strategies: tuple[str, ...] = ()
    unit: str = ""
    axis: str = ""
    untestable: str = ""


class Pipeline(Protocol):
    """Protocol of a pipeline.

    It may also have ``programs(strategy)``, which returns names or paths of programs of others
    that a strategy starts: what they say to ``--version`` is then part of its version.
    """

    #: Name of the entry point, of the configuration's ``pipeline``, and of the command's group.
    name: str
    #: Extra of this package that brings what the pipeline imports; "" if none is needed.
    extra: str
    title: str
    #: Unit of work that rates are given in, a key of `Work.units`.
    unit: str
    axes: Sequence[Axis]
    #: Stages of its commands in order, some of `stages.STAGES`.
    stages: Sequence[str]
    #: JSON Schema of the values of the configuration's keys ``workload`` and ``strategies``.
    schema: Mapping[str, Any]
    claims: Sequence[Claim]

    def check(self, config: Mapping[str, Any]) -> None:
        """Raise `ValueError`, with the reason, for faults that a schema cannot express."""

    def workloads(self, config: Mapping[str, Any]) -> Sequence[Workload]:
        """Workloads of a study, with different names."""

    def strategies(self, config: Mapping[str, Any]) -> Sequence[Strategy]:
        """Strategies of a study: the reference, one or more limits, and what is compared."""

    def baseline(self, config: Mapping[str, Any]) -> str:
        """Name of the serial strategy that speed-ups are relative to."""

    def make(self, workload: Workload, folder: Path, rng: np.random.Generator) -> Work:
        """Make the files of `workload` in the empty `folder`; the same bytes for the same seed."""

    def open(self, workload: Workload, folder: Path) -> Work:
        """The work that `make` left in `folder`."""

    def command(self, strategy: Strategy, work: Work, output: Path) -> Sequence[str]:
        """Command line that does `work` as `strategy` says, and writes `output`.

        A program of this package says its stages with `stages.begin`.
        """

    def digest(self, strategy: Strategy, output: Path) -> str:
        """SHA-256 of the canonical form of `output`: equal for all right strategies.

        Those that are `TOLERANT` have each their own.
        """

    def difference(self, strategy: Strategy, expected: Path, output: Path) -> str:
        """First difference from the reference's output in words (record, column, both values).

        "" if there is none, or if `strategy` is a limit, which has no output to compare. A peer has
        a format of its own, in which this alone, not the digest, decides whether it is right.
        """

    def sources(self, strategy: Strategy) -> Sequence[Path]:
        """Files of code that decide what `strategy` does and how fast."""

    def packages(self, strategy: Strategy) -> Sequence[str]:
        """Installed packages whose versions decide it too."""
