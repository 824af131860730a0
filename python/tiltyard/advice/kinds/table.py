"""All kinds by name."""

from __future__ import annotations

from collections.abc import Iterable

from tiltyard.advice.kinds.broken import BROKEN
from tiltyard.advice.kinds.disturbed import DISTURBED, FEW
from tiltyard.advice.kinds.instruments import INSTRUMENTS
from tiltyard.advice.kinds.kind import Kind
from tiltyard.advice.kinds.plain import PLAIN


def kinds() -> dict[str, Kind]:
    """Every kind by its name, in the sequence of tables."""
    families = (PLAIN, BROKEN, INSTRUMENTS, FEW, DISTURBED)
    return {kind.name: kind for family in families for kind in family.kinds}


def find_kinds(names: Iterable[str]) -> list[Kind]:
    """The kinds of these names, all of them if there is no name.

    Raises
    ------
    ValueError
        If there is no such kind; the message lists those that there are.
    """
    every, wanted = kinds(), list(dict.fromkeys(names))
    for name in wanted:
        if name not in every:
            raise ValueError(f"no kind of record is called {name!r}: use one of {', '.join(every)}")
    return [every[name] for name in wanted or every]
