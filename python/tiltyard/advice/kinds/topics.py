"""What the notes of a report say: about which topic, and at which places in time."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

#: From when to when, both included; twice the same for a single sample.
Place = tuple[float, float]

_NUMBER = r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?"
#: One time, or two with «to» between them.
_PLACE = re.compile(rf"(?<![\w.])({_NUMBER})(?: to ({_NUMBER}))?(?![\w.]*\w)", re.IGNORECASE)
#: What ends a list of places that is not complete.
_MORE = re.compile(r" and \d+ more\b")


class Topic(StrEnum):
    """What a note is about."""

    JUMP = "jump"
    KINK = "kink"
    ONSET = "onset"
    OUTLIER = "outlier"
    DROPOUT = "dropout"
    LIMIT = "limit"
    HELD = "held"
    RESOLUTION = "resolution"
    GAP = "gap"
    WRAPPED = "wrapped"
    CORRELATED = "correlated"
    MISSED = "missed"


#: Kinds of break.
BREAKS = frozenset({Topic.JUMP, Topic.KINK, Topic.ONSET})

#: The words of each topic; the group «places», where there is one, has the times.
_WORDS = {
    Topic.JUMP: r"^(?:piece \d+: )?at (?P<places>\S+), between .* the signal jumps",
    Topic.KINK: r"^(?:piece \d+: )?at (?P<places>\S+), between .* the signal has a kink",
    Topic.ONSET: r"^(?:piece \d+: )?at (?P<places>\S+), between .* curvature changes at once",
    Topic.OUTLIER: r"\boutliers?(?: and left out)?, at (?P<places>[^:]+): the others do not",
    Topic.DROPOUT: r"\bas dropouts, at (?P<places>.+)",
    Topic.LIMIT: r"\ba limit of the range: .* left out, at (?P<places>.+)",
    Topic.HELD: r"\bheld until the next reading|exactly, .* at (?P<places>[^:]+): a held reading",
    Topic.RESOLUTION: r"\bthe noise is taken as no less than that of rounding",
    Topic.GAP: r"\bgaps? without samples, (?P<places>.+?), up to",
    Topic.WRAPPED: r"\bvalues wrap around by [^,]+, before (?P<places>[^:]+): they are",
    Topic.CORRELATED: r"\bthe noise (?:is|seems to be) (?:correlated|not white)\b",
    Topic.MISSED: r"\bthe curve misses something\b",
}
_PATTERNS = {topic: re.compile(words, re.DOTALL) for topic, words in _WORDS.items()}


@dataclass(frozen=True)
class Said:
    """What one note says of one topic.

    Attributes
    ----------
    topic : Topic
    places : tuple of (float, float)
        Stretches of time that it names; empty where it names none.
    """

    topic: Topic
    places: tuple[Place, ...] = ()

    def near(self, start: float, stop: float, within: float) -> bool:
        """Whether a place lies within so much time of the stretch from `start` to `stop`."""
        return any(a <= stop + within and b >= start - within for a, b in self.places)


def said_in(notes: Iterable[str]) -> list[Said]:
    """What the notes say, in their sequence; notes on other topics are left out.

    Parameters
    ----------
    notes : iterable of str
        With times as numbers.
    """
    return [
        Said(topic, _places(match))
        for note in notes
        for topic, pattern in _PATTERNS.items()
        for match in (pattern.search(note),)
        if match
    ]


def _places(match: re.Match[str]) -> tuple[Place, ...]:
    listed = match.groupdict().get("places") or ""
    found = _PLACE.finditer(_MORE.sub("", listed))
    return tuple((float(one[1]), float(one[2] or one[1])) for one in found)
