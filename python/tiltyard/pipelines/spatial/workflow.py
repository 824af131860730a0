"""The workflow's plan: which jobs a configuration is; Snakemake runs them."""

from __future__ import annotations

import difflib
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tiltyard.pipelines.declaring import UsageError, parse
from tiltyard.pipelines.spatial.faults import InputError
from tiltyard.pipelines.spatial.reading.opening import open_scores

#: Keys of the configuration, each with its value where it is left out; None for one that is needed.
KEYS: Mapping[str, Any] = {
    "scores": None,
    "traits": None,
    "output": None,
    "options": None,
    "project": "spatial",
    "annotation": "",
    "cells": 100_000,
    "threads": 1,
    "memory_mb": 2000,
    "minutes": 240,
}
#: Keys whose values are whole numbers from 1.
NUMBERS = ("cells", "threads", "memory_mb", "minutes")
#: Options of the command that the workflow itself gives.
ITS_OWN = (
    *("--scores", "--trait", "--trait-name", "--sumstats", "--cells", "--output", "-o"),
    *("--project", "--threads", "--quiet"),
)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*")


@dataclass(frozen=True)
class Plan:
    """Jobs and files of one run.

    Parameters
    ----------
    scores : path
    traits : mapping
        Trait -> file of its summary statistics.
    output : path
    project : str
    options : tuple of str
        Words of the command line.
    annotation : str
        Column with the annotation, of scores of other programs.
    header : str
        The file that says that the scores are whole, and which.
    spots, cells : int
        Spots of the scores, and most of them in a job.
    threads, memory_mb, minutes : int
        What a job asks for.
    """

    scores: Path
    traits: Mapping[str, str]
    output: Path
    project: str
    options: tuple[str, ...]
    annotation: str
    header: str
    spots: int
    cells: int
    threads: int
    memory_mb: int
    minutes: int

    @property
    def ranges(self) -> list[tuple[int, int]]:
        """Half-open ranges of spots, a job each."""
        firsts = range(0, self.spots, self.cells)
        return [(first, min(first + self.cells, self.spots)) for first in firsts]

    def parts(self, trait: str) -> list[str]:
        """Tables of a trait's ranges."""
        begin = f"{self.output}/{self.project}_{trait}_cells"
        return [f"{begin}_{first}_{last}.csv.gz" for first, last in self.ranges]

    @property
    def tables(self) -> list[str]:
        """P values of annotations, by trait."""
        return [f"{self.output}/{self.project}_{trait}.annotations.csv" for trait in self.traits]

    @property
    def pattern(self) -> str:
        """Names of traits as a regular expression."""
        return "|".join(map(re.escape, self.traits))

    @property
    def annotated(self) -> str:
        """The option of `combine`, for a shell; "" where our scores say it."""
        return shlex.join(["--annotation", self.annotation]) if self.annotation else ""

    @property
    def words(self) -> str:
        """The options, for a shell."""
        return shlex.join(self.options)


def read_plan(config: Mapping[str, Any]) -> Plan:
    """The plan of a configuration, whose files are looked at.

    Raises
    ------
    InputError
        If a key or a value is wrong, or a file is missing; the message says what to write.
    """
    for key in config:
        if key not in KEYS:
            near = difflib.get_close_matches(str(key), KEYS, 1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(KEYS)}"
            raise InputError(f"{key}: unknown; {hint}")
    values = {key: config.get(key, default) for key, default in KEYS.items()}
    for key in NUMBERS:
        value = values[key]
        if isinstance(value, bool) or not (isinstance(value, int) and value >= 1):
            raise InputError(f"{key}: got {value!r}, needs a whole number from 1")
    for key in ("scores", "output"):
        if not (isinstance(values[key], str) and values[key]):
            raise InputError(f"{key}: got {values[key]!r}, needs a folder")
    _named("project", values["project"])
    annotation = values["annotation"]
    if not isinstance(annotation, str):
        raise InputError(f"annotation: got {annotation!r}, needs the name of a column of obs")
    store = open_scores(Path(values["scores"]), annotation)
    spots, header = store.count, store.said
    store.close()
    return Plan(
        scores=Path(values["scores"]),
        traits=_traits(values["traits"]),
        output=Path(values["output"]),
        project=values["project"],
        options=_words(values["options"]),
        annotation=annotation,
        header=str(header),
        spots=spots,
        **{key: values[key] for key in NUMBERS},
    )


def _named(key: str, value: Any) -> str:
    if not (isinstance(value, str) and _NAME.fullmatch(value)):
        raise InputError(
            f"{key}: {value!r}: a name has letters, digits, dots and hyphens: files are named "
            "after it"
        )
    return value


def _traits(value: Any) -> dict[str, str]:
    if not (isinstance(value, Mapping) and value):
        raise InputError(f"traits: got {value!r}, needs a name for each file of statistics")
    found = {}
    for trait, path in value.items():
        _named("traits", trait)
        if not (isinstance(path, str) and Path(path).is_file()):
            raise InputError(f"traits: {trait}: there is no file {path!r}, seen from {Path.cwd()}")
        found[str(trait)] = path
    return found


def _words(text: Any) -> tuple[str, ...]:
    """Options of the command, which its own parser accepts."""
    from tiltyard.pipelines.spatial.command.ldsc import ldsc

    command: Callable[..., Any] = ldsc
    if not isinstance(text, str):
        raise InputError(
            f"options: got {text!r}, needs words as on the command line: --snp-gene map.h5ad "
            "--weights w. --baseline b."
        )
    try:
        words = shlex.split(text)
        parse(command, [*words, "--scores=x", "--trait=x", "--sumstats=x"])
    except (UsageError, ValueError) as error:
        raise InputError(f"options: {error}") from error
    for word in words:
        name = word[:2] if word[:1] == "-" != word[1:2] else word.partition("=")[0]
        if name in ITS_OWN:
            raise InputError(f"options: {name}: the workflow itself gives this; leave it out")
    return tuple(words)
