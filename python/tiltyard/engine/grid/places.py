"""Where the keys of a configuration were written, and the error that names faults with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

#: Path of a key from the root of a configuration; a number is the position in a list, from 0.
Key = tuple[str | int, ...]

#: Most faults that one message lists, and most characters of a value that it shows.
LISTED, SHOWN = 20, 120


@dataclass(frozen=True)
class Place:
    """Where a value was written.

    Parameters
    ----------
    source : str
        A file, or an option of the command line.
    line : int
        Line of the file, from 1; 0 if there is none.
    text : str
        A number or word without quotes as it was written; "" for all else.
    """

    source: str
    line: int = 0
    text: str = ""

    def __str__(self) -> str:
        return f"{self.source}, line {self.line}" if self.line else self.source


class Written(dict[str, Any]):
    """A configuration with the places of its keys.

    Attributes
    ----------
    places : mapping from a key to its place
        ``()`` is the place of the configuration as a whole.
    """

    def __init__(self, values: Mapping[str, Any], places: Mapping[Key, Place]) -> None:
        super().__init__(values)
        self.places = places


@dataclass(frozen=True)
class Fault:
    """One fault of a configuration.

    Parameters
    ----------
    key : tuple
        The faulty key.
    reason : str
        What is wrong, with the value and the remedy.
    place : Place or None
        Where it was written, if that is known already.
    at : tuple
        The key to look up where it was written, if that is a part of `key`; else ``()``.
    """

    key: Key
    reason: str
    place: Place | None = None
    at: Key = ()

    def __str__(self) -> str:
        return f"{key_text(self.key)}: {self.reason}" if self.key else self.reason


class ConfigError(ValueError):
    """The configuration is wrong; the message lists every fault, one a line.

    Parameters
    ----------
    reason : str or iterable of Fault
        What is wrong, with the value and the remedy.
    key : tuple
        Path of the faulty key, as ``("shapes", 0)``; the engine adds file and line. Empty if the
        reason names the key, or the fault is of no key.
    """

    def __init__(self, reason: str | Iterable[Fault], key: Key = ()) -> None:
        self.faults = (Fault(key, reason),) if isinstance(reason, str) else tuple(reason)
        super().__init__("\n".join(map(str, self.faults)))


def refusal(faults: Iterable[Fault], places: Mapping[Key, Place] | None = None) -> ConfigError:
    """The error that lists `faults`, each with its place as far as `places` has it."""
    found = list(faults)
    lines = [_line(fault, places or {}) for fault in found[:LISTED]]
    if len(found) > LISTED:
        lines.append(f"and {len(found) - LISTED} more")
    error = ConfigError(found)
    error.args = ("\n  ".join(["the configuration is refused:", *lines]),)
    return error


def _line(fault: Fault, places: Mapping[Key, Place]) -> str:
    key = fault.at or fault.key
    if not key:  # a kind may name its key in words
        named = fault.reason.partition(":")[0].partition("[")[0]
        key = (named,) if (named,) in places else ()
    place = fault.place or place_of(key, places)
    return f"{place}: {fault}" if place else str(fault)


def place_of(key: Key, places: Mapping[Key, Place]) -> Place | None:
    """Place of `key`, or of the nearest that holds it."""
    for length in range(len(key), -1, -1):
        if key[:length] in places:
            return places[key[:length]]
    return None


def key_text(key: Key) -> str:
    """`key` as people write it: ``lengths[0]``, ``evaluation.time_limit``."""
    text = ""
    for part in key:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            # What a name does not show, as a blank of no width, is shown.
            name = part if part.isprintable() and part else repr(part)
            text = f"{text}.{shortened(name)}" if text else shortened(name)
    return text


def shown(value: Any, place: Place | None = None) -> str:
    """`value` in few characters, as it was written if that is known."""
    if place is None or isinstance(value, str | list | dict) or not (place.text or value is None):
        return shortened(repr(value))
    text = shortened(place.text) or "nothing"
    if isinstance(value, bool) and text.lower() != str(value).lower():
        return f"{text} (read as {str(value).lower()})"
    return text


def shortened(text: str) -> str:
    """`text` without its middle if it is long."""
    half = SHOWN // 2 - 2
    return text if len(text) <= SHOWN else f"{text[:half]} … {text[-half:]}"
