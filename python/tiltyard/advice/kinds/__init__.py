"""Seeded records of every kind that people bring, with the truth and what must be said of each.

A kind is a function from a generator of random numbers to a record; `kinds` has them by name. What
a report says of a record is read by topics, so that a finding can be asked for or forbidden.
"""

from tiltyard.advice.kinds.kind import Kind, Rule, Where
from tiltyard.advice.kinds.record import ORDERS, Record
from tiltyard.advice.kinds.table import find_kinds, kinds
from tiltyard.advice.kinds.topics import Place, Said, Topic, said_in

__all__ = [
    "ORDERS",
    "Kind",
    "Place",
    "Record",
    "Rule",
    "Said",
    "Topic",
    "Where",
    "find_kinds",
    "kinds",
    "said_in",
]
