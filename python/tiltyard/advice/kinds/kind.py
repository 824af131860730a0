"""A kind of record, and what is right for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from tiltyard.advice.kinds.record import Record
from tiltyard.advice.kinds.topics import Place, Said, Topic

#: Draws a record.
Make = Callable[[np.random.Generator], Record]
#: What is announced: none of it may be said of a record that gives no cause.
ANNOUNCED = frozenset(set(Topic) - {Topic.MISSED})
#: Steps within which a break has to be named.
CLOSE = 2.0


class Where(StrEnum):
    """Which places a report has to name."""

    NONE = "none"
    BREAKS = "every break"
    STRANGE = "every run of strange samples"
    SOME = "some run of strange samples: of many, a note lists the first"


@dataclass(frozen=True)
class Rule:
    """What must be said of a record, and what must not.

    Attributes
    ----------
    says : frozenset of Topic
        One of them has to be said; nothing has to, if empty.
    places : Where
        What must be named by its time, in a note on one of these topics.
    may : frozenset of Topic
        What else may be said. All the others of `ANNOUNCED` are false.
    never : frozenset of Topic
        What is false besides.
    known : tuple of int
        Orders that are known so well that they must be trusted.
    refused : str
        A record for which there is no right answer is refused, with this word in the message.
    """

    says: frozenset[Topic] = frozenset()
    places: Where = Where.NONE
    may: frozenset[Topic] = frozenset()
    never: frozenset[Topic] = frozenset()
    known: tuple[int, ...] = ()
    refused: str = ""

    def lacks(self, record: Record, said: Iterable[Said]) -> str:
        """What should have been said and was not, in words; empty if nothing."""
        if not self.says:
            return ""
        right = [one for one in said if one.topic in self.says]
        if not right:
            return f"no {' or '.join(sorted(self.says))}"
        missing = [
            f"not at {start:.6g}"
            for start, stop, within in self._asked(record)
            if not any(one.near(start, stop, within) for one in right)
        ]
        if self.places is Where.SOME and len(missing) < len(record.strange_places):
            return ""
        return missing[0] if missing else ""

    def false(self, record: Record, said: Iterable[Said]) -> list[str]:
        """What is said and is not so, in words.

        A break or an outlier that is named where there is none is false even if the record has
        others.
        """
        right = self.says | self.may
        found = []
        for one in said:
            if one.topic in self.never or (one.topic in ANNOUNCED and one.topic not in right):
                found.append(f"{one.topic}{_at(one.places)}")
            elif one.topic in self.says and self.places in (Where.BREAKS, Where.STRANGE):
                true = self._asked(record)
                wrong = [place for place in one.places if not _among(place, true)]
                found += [f"{one.topic}{_at(wrong)}"] if wrong else []
        return found

    def _asked(self, record: Record) -> list[tuple[float, float, float]]:
        """Stretches that must be named, each with the time by which it may be missed."""
        if self.places is Where.BREAKS:
            return [(when, when, CLOSE * record.step) for when in sorted(record.breaks)]
        if self.places in (Where.STRANGE, Where.SOME):
            return [(*place, record.step) for place in record.strange_places]
        return []


def _among(place: Place, true: Iterable[tuple[float, float, float]]) -> bool:
    return any(
        place[0] <= stop + within and place[1] >= start - within for start, stop, within in true
    )


def _at(places: Iterable[Place]) -> str:
    named = ", ".join(f"{start:.6g}" for start, _ in places)
    return f" at {named}" if named else ""


#: Nothing has to be said, and nothing is to be announced.
ANY = Rule()


@dataclass(frozen=True)
class Kind:
    """A kind of record.

    Attributes
    ----------
    name : str
        Words, as in tables.
    what : str
        What is special about it.
    make : callable
        From a generator of random numbers to a record.
    rule : Rule
    """

    name: str
    what: str
    make: Make
    rule: Rule

    def record(self, seed: int) -> Record:
        """The record of this seed, 0 or more: always the same."""
        return self.make(np.random.default_rng([*self.name.encode(), seed]))


class Register:
    """Kinds of one family, in the sequence in which they are written down."""

    def __init__(self) -> None:
        self.kinds: list[Kind] = []

    def add(self, name: str, what: str, make: Make, rule: Rule = ANY) -> None:
        """Register the kind that `make` draws."""
        self.kinds.append(Kind(name, what, make, rule))

    def __call__(self, name: str, rule: Rule = ANY) -> Callable[[Make], Make]:
        """A decorator that registers the function below it, described by its docstring."""

        def register(make: Make) -> Make:
            self.add(name, (make.__doc__ or "").rstrip("."), make, rule)
            return make

        return register
