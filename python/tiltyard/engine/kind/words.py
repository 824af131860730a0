"""Words for texts that people read about a study, and its columns as readers see them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


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
    languages : bool
        Whether readers are told in which language a method is written.
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
    languages: bool = True
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
