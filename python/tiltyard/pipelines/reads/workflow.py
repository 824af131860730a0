"""The workflow's plan: which jobs a configuration is; Snakemake runs them."""

from __future__ import annotations

import difflib
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tiltyard.pipelines.declaring import UsageError, parse
from tiltyard.pipelines.reads.faults import InputError

#: Keys of the configuration, each with its value where it is left out; None for one that is needed.
KEYS: Mapping[str, Any] = {
    "lanes": None,
    "output": None,
    "options": "",
    "threads": 1,
    "memory_mb": 1000,
    "minutes": 120,
}
#: Keys whose values are whole numbers from 1.
NUMBERS = ("threads", "memory_mb", "minutes")
#: Options of the command that the workflow itself gives.
ITS_OWN = (
    *("--output", "-o", "--output2", "--output-format", "--format", "--json", "--keep-partial"),
    *("--paired", "--interleaved", "--first-file", "--threads", "--quiet"),
)
#: Options that depend on reads of other jobs.
ORDERED = ("--dedup", "--first")
_LANE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*")


@dataclass(frozen=True)
class Plan:
    """Jobs and files of one run.

    Parameters
    ----------
    lanes : mapping
        Lane -> its file, or both of its pairs.
    output : path
        Folder of what is written.
    options : tuple of str
        Words of the command line.
    threads, memory_mb, minutes : int
        What a job asks for.
    """

    lanes: Mapping[str, tuple[str, ...]]
    output: Path
    options: tuple[str, ...]
    threads: int
    memory_mb: int
    minutes: int

    @property
    def table(self) -> str:
        """The table of all lanes."""
        return f"{self.output}/reads.tsv"

    @property
    def reports(self) -> list[str]:
        """Reports of all lanes."""
        return [f"{self.output}/{lane}.json" for lane in self.lanes]

    @property
    def reads(self) -> list[str]:
        """What all jobs write."""
        return [
            f"{self.output}/{lane}{mate}.fq.gz"
            for lane, files in self.lanes.items()
            for mate in (("_1", "_2") if len(files) == 2 else ("",))
        ]

    def pattern(self, paired: bool) -> str:
        """Names of the lanes in pairs, or of the others, as a regular expression."""
        names = [lane for lane, files in self.lanes.items() if (len(files) == 2) == paired]
        return "|".join(map(re.escape, names)) or "(?!)"

    def number(self, lane: str) -> int:
        """Number of a lane's file among all."""
        return list(self.lanes).index(lane)

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
    if not (isinstance(values["output"], str) and values["output"]):
        raise InputError(f"output: got {values['output']!r}, needs a folder")
    return Plan(
        lanes=_lanes(values["lanes"]),
        output=Path(values["output"]),
        options=_words(values["options"]),
        threads=values["threads"],
        memory_mb=values["memory_mb"],
        minutes=values["minutes"],
    )


def _lanes(value: Any) -> dict[str, tuple[str, ...]]:
    """Files of each lane, all single or all in pairs."""
    if not (isinstance(value, Mapping) and value):
        raise InputError(f"lanes: got {value!r}, needs a name for each file or pair of files")
    found = {}
    for lane, files in value.items():
        if not _LANE.fullmatch(str(lane)):
            raise InputError(
                f"lanes: {lane!r}: a name has letters, digits, dots and hyphens: files are named "
                "after it"
            )
        listed = [files] if isinstance(files, str) else files
        if not (isinstance(listed, list) and len(listed) in (1, 2)) or not all(
            isinstance(file, str) for file in listed
        ):
            raise InputError(f"lanes: {lane}: got {files!r}, needs a file, or [R1, R2]")
        for file in listed:
            if not Path(file).is_file():
                raise InputError(f"lanes: {lane}: there is no file {file}, seen from {Path.cwd()}")
        found[str(lane)] = tuple(listed)
    if len({len(files) for files in found.values()}) > 1:
        raise InputError("lanes: some are pairs and some are not; run each kind by itself")
    return found


def _words(text: Any) -> tuple[str, ...]:
    """Options of the command, which its own parser accepts."""
    from tiltyard.pipelines.reads.command.filter import filter as command

    if not isinstance(text, str):
        raise InputError(
            f"options: got {text!r}, needs words as on the command line: --min-length 50"
        )
    try:
        words = shlex.split(text)
        parse(command, ["x", *words])
    except (UsageError, ValueError) as error:
        raise InputError(f"options: {error}") from error
    for word in words:
        name = word[:2] if word[:1] == "-" != word[1:2] else word.partition("=")[0]
        if name in ITS_OWN:
            raise InputError(f"options: {name}: the workflow itself gives this; leave it out")
        if name in ORDERED:
            raise InputError(
                f"options: {name} depends on the reads of all lanes, and each is a job; use the "
                "command, or do it behind the workflow"
            )
    return tuple(words)
