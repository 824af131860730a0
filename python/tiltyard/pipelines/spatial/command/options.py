"""Options that several commands have."""

from __future__ import annotations

from typing import Annotated, Literal

from tiltyard.pipelines.declaring import option

INPUT, RULE, OUTPUT = "What is read", "How it is computed", "What is written"
WORK = "How the work is done"
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}

FormulaName = Annotated[
    Literal["A", "B"], option("--formula", help="Of gsMap (A) or gsMap3D (B).", panel=RULE)
]
Project = Annotated[str, option(help="Begin of the names of results.", panel=OUTPUT)]
Backend = Annotated[
    Literal["threads", "processes"],
    option("--backend", help="What workers are; all write the same bytes.", panel=WORK),
]
Quiet = Annotated[bool, option("--quiet", help="Say nothing but warnings.", panel=WORK)]
Memory = Annotated[
    str,
    option(
        metavar="BYTES",
        help="Of what is in flight, as 500M or 2G; of counts for an embedding, too.",
        panel=WORK,
    ),
]


def bytes_of(text: str) -> int:
    """Bytes that a text such as ``2G`` says.

    Raises
    ------
    InputError
        If it says none.
    """
    from tiltyard.pipelines.spatial.faults import InputError

    lower = text.lower().removesuffix("b")
    unit = lower[-1:] if lower[-1:] in _UNITS else ""
    try:
        found = int(float(lower.removesuffix(unit)) * _UNITS[unit])
    except (ValueError, OverflowError):
        found = 0
    if found < 1:
        raise InputError(f"--memory {text}: write a number of bytes, as 500M or 2G")
    return found


def cores_of() -> int:
    """Cores that this process may use."""
    from tiltyard.engine.machine.room import available_room

    return available_room().cores
