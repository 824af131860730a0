"""Faults of inputs: what is wrong, where, and what to do; all of a kind are counted, few shown."""

from __future__ import annotations

#: Faults of one kind that a message names.
SHOWN = 5


class InputError(ValueError):
    """An input cannot be used as asked; the message names file, place, value and remedy."""


class Faults:
    """Faults of one kind, each with its place.

    Parameters
    ----------
    what : str
        What is wrong with each, a clause such as ``REF is not what the FASTA has``.
    remedy : str
        What a person can do about all of them, a clause; "" if each fault says it.
    """

    def __init__(self, what: str, remedy: str = "") -> None:
        self.what = what
        self.remedy = remedy
        self.count = 0
        self.shown: list[str] = []

    def add(self, place: str) -> None:
        """Count a fault; `place` names file, line or byte, and the value."""
        self.count += 1
        if self.count <= SHOWN:
            self.shown.append(place)

    def __bool__(self) -> bool:
        return self.count > 0

    def __str__(self) -> str:
        title = self.what if self.count == 1 else f"{self.what}, {self.count:,} times"
        if self.count > SHOWN:
            title += f"; the first {SHOWN}"
        lines = [f"{title}:", *(f"  {place}" for place in self.shown)]
        if self.remedy:
            lines.append(f"  Remedy: {self.remedy}.")
        return "\n".join(lines)


def refuse(*kinds: Faults) -> None:
    """Raise `InputError` for all faults in `kinds`, if there are any."""
    found = [str(faults) for faults in kinds if faults]
    if found:
        raise InputError("\n".join(found))
