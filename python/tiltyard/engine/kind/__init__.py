"""Kinds of studies: the protocol `Kind` with grid, methods, datasets, scores and figures.

A kind is an object that an installed package names under the entry point group `GROUP`; the key
``kind`` of a study's configuration chooses it. `PlainKind` has a default for everything but what
each kind decides for itself.
"""

from tiltyard.engine.kind.finding import DEFAULT, GROUP, find_kind, installed_kinds, resolve
from tiltyard.engine.kind.measures import Measures
from tiltyard.engine.kind.outputs import Anchor, Figure, Panel, Table
from tiltyard.engine.kind.plain import PlainKind
from tiltyard.engine.kind.protocol import Kind, cell_of, group_of, rows_apart, statuses_of
from tiltyard.engine.kind.running import Cost, Dataset, Lane, LeftOut, Session
from tiltyard.engine.kind.words import Column, Words

__all__ = [
    "DEFAULT",
    "GROUP",
    "Anchor",
    "Column",
    "Cost",
    "Dataset",
    "Figure",
    "Kind",
    "Lane",
    "LeftOut",
    "Measures",
    "Panel",
    "PlainKind",
    "Session",
    "Table",
    "Words",
    "cell_of",
    "find_kind",
    "group_of",
    "installed_kinds",
    "resolve",
    "rows_apart",
    "statuses_of",
]
