"""The notation of `cases.txt`: reads, variants, switches, and what is counted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from made_alignments import ON_REFERENCE, Read

from tiltyard.pipelines.alleles.options import Options

LETTERS = "ACGTACGTACGGATTTCCAGTCTCTCAGGACATGCATTTG"
SHORT = {"R": "5:10M", "A": "5:10M 9>G"}
TAGS = {"g": "RG", "u": "UB", "c": "CB"}
READ_GROUPS = (("a", "A"), ("b", "B"))
LINE = re.compile(r"(\d+) (\d+)([ACGT]+)>(\S+) ((?:--\S+ (?:[A-Z]{2} )?)*)(.*?) = (.*)$")


@dataclass(frozen=True)
class Case:
    """A line of `cases.txt`."""

    number: str
    position: int
    ref: str
    alts: str
    options: Options
    reads: tuple[Read, ...]
    expected: str

    @property
    def variants(self):
        return [("c", self.position, self.ref, self.alts)]

    @property
    def read_groups(self):
        return READ_GROUPS if any(dict(read.tags).get("RG") for read in self.reads) else ()


@cache
def cases():
    lines = Path(__file__).with_name("cases.txt").read_text().splitlines()
    return [case_of(line) for line in lines if not line.startswith("#")]


def case_of(line):
    number, position, ref, alts, switches, reads, expected = LINE.match(line).groups()
    return Case(
        number, int(position), ref, alts, options_of(switches.split()), reads_of(reads), expected
    )


def options_of(words):
    names = {"fragment_tag", "by"}
    found = {}
    for word, value in zip(words, [*words[1:], ""], strict=False):
        if word.startswith("--"):
            name = word[2:].replace("-", "_")
            found[name] = value if name in names else True
    return Options(**found)


def reads_of(text, letters=LETTERS):
    """Reads of a text with semicolons between them."""
    return tuple(
        read_of(part.strip(), f"r{number}", letters) for number, part in enumerate(text.split(";"))
    )


def read_of(text, name="r", letters=LETTERS):
    """Read of ``5:3M3D7M 9>G +TT q9=19 qi=5 q* f16 m19 na uX cY ga``."""
    first, *marks = (SHORT.get(text[0], text[0]) + text[1:]).split()
    start, cigar = first.split(":")
    changed, qualities, inserted, of_inserted = {}, {}, "", 30
    flag, mapq, tags = 0, 60, []
    for mark in marks:
        kind, value = mark[0], mark[1:]
        if kind == "+":
            inserted = value
        elif mark == "q*":
            qualities = None
        elif kind == "q":
            at, quality = value.split("=")
            if at == "i":
                of_inserted = int(quality)
            else:
                qualities[int(at)] = int(quality)
        elif kind == "f":
            flag = int(value)
        elif kind == "m":
            mapq = int(value)
        elif kind == "n":
            name = "named" + value
        elif kind in TAGS:
            tags.append((TAGS[kind], value))
        else:
            at, base = mark.split(">")
            changed[int(at)] = base
    operations = tuple((o, int(n)) for n, o in re.findall(r"(\d+)([MIDNSHP=X])", cigar))
    bases, found = "", []
    position = int(start)
    for operation, length in operations:
        if operation in "M=X":
            for at in range(position, position + length):
                bases += changed.get(at, letters[at - 1])
                found.append((qualities or {}).get(at, 30))
        elif operation == "I":
            bases, inserted = bases + inserted[:length], inserted[length:]
            found += [of_inserted] * length
        elif operation == "S":
            bases += "A" * length
            found += [30] * length
        position += length if operation in ON_REFERENCE else 0
    assert len(bases) == len(found), f"{text}: an insertion lacks bases"
    quality = None if qualities is None else tuple(found)
    return Read(name, int(start), operations, bases, quality, flag, mapq, 0, tuple(tags))
