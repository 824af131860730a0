"""The workflow's plan: which jobs a configuration and its sheet are; Snakemake runs them."""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tiltyard.pipelines.alleles.faults import Faults, InputError, refuse
from tiltyard.pipelines.alleles.parts.origin import code_version
from tiltyard.pipelines.alleles.parts.part import ENDING
from tiltyard.pipelines.alleles.sheet import Entry, read_sheet

#: Keys of the configuration, each with its value where it is left out; None for one that is needed.
KEYS: Mapping[str, Any] = {
    "sheet": None,
    "variants": None,
    "fasta": None,
    "output": None,
    "options": "",
    "threads": 1,
    "split_above_gb": 20,
    "groups": 8,
    "memory_mb": 1000,
    "minutes": 120,
}
#: Keys whose values are whole numbers from 1.
NUMBERS = ("threads", "groups", "memory_mb", "minutes")
#: Options of the command that the workflow itself gives.
ITS_OWN = (
    *("--variants", "--fasta", "--bam", "--sheet", "--output", "--threads", "--json", "--part"),
    *("--group", "--gather", "--quiet"),
)
#: Endings of indexes, behind the whole name of a file of alignments or in place of its ending.
_INDEXES = {".cram": (".crai",), ".bam": (".bai", ".csi")}


@dataclass(frozen=True)
class Plan:
    """Jobs and files of one table.

    Parameters
    ----------
    variants, fasta, sheet, output : path
    entries : mapping
        Sample -> its line of the sheet.
    options : tuple of str
        Words of the command line.
    threads, memory_mb, minutes : int
        What a job asks for.
    groups : mapping
        Sample -> number of groups of contigs that it is counted in.
    """

    variants: Path
    fasta: Path
    sheet: Path
    output: Path
    entries: Mapping[str, Entry]
    options: tuple[str, ...]
    threads: int
    memory_mb: int
    minutes: int
    groups: Mapping[str, int]

    @property
    def size(self) -> int:
        """Number of samples."""
        return len(self.entries)

    @property
    def folder(self) -> Path:
        """Folder of the parts."""
        return self.output.with_name(f"{self.output.name}.samples")

    @property
    def pattern(self) -> str:
        """A part's path with Snakemake's wildcards."""
        return f"{self.folder}/{{sample}}.{{group}}-of-{{groups}}{ENDING}"

    @property
    def parts(self) -> list[str]:
        """All parts."""
        return [
            self.pattern.format(sample=sample, group=group, groups=groups)
            for sample, groups in self.groups.items()
            for group in range(1, groups + 1)
        ]

    @property
    def words(self) -> str:
        """The options, for a shell."""
        return shlex.join(self.options)

    @cached_property
    def code(self) -> str:
        """Digest of the code that decides counts: parts of another one are counted again."""
        return code_version()

    @property
    def fai(self) -> str:
        """Index of the FASTA file."""
        return f"{self.fasta}.fai"

    def files(self, sample: str) -> list[str]:
        """Alignments and index of a sample."""
        entry = self.entries[sample]
        return [str(entry.alignment), str(index_of(entry))]


def read_plan(config: Mapping[str, Any]) -> Plan:
    """The plan of a configuration, whose files are looked at.

    Raises
    ------
    InputError
        If a key or a value is wrong, or a file is missing; the message says what to write.
    """
    values = _checked(config)
    paths = {name: Path(values[name]) for name in ("sheet", "variants", "fasta", "output")}
    missing = Faults("File of the configuration that is not there")
    for name in ("variants", "fasta"):
        if not paths[name].is_file():
            missing.add(f"{name}: {paths[name]}, seen from {Path.cwd()}")
    if paths["fasta"].is_file() and not Path(f"{paths['fasta']}.fai").is_file():
        missing.add(f"{paths['fasta']}.fai; make it with: samtools faidx {paths['fasta']}")
    refuse(missing)
    entries = {entry.sample: entry for entry in read_sheet(paths["sheet"])}
    groups = {}
    for sample, entry in entries.items():
        if not entry.alignment.is_file():
            missing.add(f"alignments of {sample}: {entry.alignment}")
            continue
        try:
            index_of(entry)
        except InputError as error:
            missing.add(str(error))
        large = entry.alignment.stat().st_size > values["split_above_gb"] * 1e9
        groups[sample] = values["groups"] if large else 1
    refuse(missing)
    return Plan(
        variants=paths["variants"],
        fasta=paths["fasta"],
        sheet=paths["sheet"],
        output=paths["output"],
        entries=entries,
        options=_words(values["options"], paths["output"]),
        threads=values["threads"],
        memory_mb=values["memory_mb"],
        minutes=values["minutes"],
        groups=groups,
    )


def index_of(entry: Entry) -> Path:
    """Index of a line's alignments.

    Raises
    ------
    InputError
        If there is none, or the sheet names another file than the one that is found beside them.
    """
    path = entry.alignment
    names = []
    for ending in _INDEXES.get(path.suffix, (".bai", ".csi", ".crai")):
        names += [path.with_name(path.name + ending), path.with_suffix(ending)]
    if entry.index is not None and entry.index not in names:
        raise InputError(
            f"{entry.sample}: the index {entry.index} is not where it is looked for, beside "
            f"{path}: ln -s {entry.index.absolute()} {names[0]}"
        )
    for name in names if entry.index is None else [entry.index]:
        if name.is_file():
            return name
    raise InputError(f"{path} has no index; make it with: samtools index {path}")


def _checked(config: Mapping[str, Any]) -> dict[str, Any]:
    """All keys with their values, checked one by one."""
    faults = Faults("Key of the configuration that is wrong")
    for key in config:
        if key not in KEYS:
            near = difflib.get_close_matches(str(key), KEYS, 1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(KEYS)}"
            faults.add(f"{key}: unknown; {hint}")
    values = {key: config.get(key, default) for key, default in KEYS.items()}
    for key, value in values.items():
        if KEYS[key] is None and value is None:
            faults.add(f"{key}: missing")
        elif KEYS[key] is None and not (isinstance(value, str) and value):
            faults.add(f"{key}: got {value!r}, needs a path")
        elif key in NUMBERS and not (_is_number(value, int) and value >= 1):
            faults.add(f"{key}: got {value!r}, needs a whole number from 1")
    if not (_is_number(values["split_above_gb"], int | float) and values["split_above_gb"] >= 0):
        faults.add(f"split_above_gb: got {values['split_above_gb']!r}, needs gigabytes from 0")
    if not isinstance(values["options"], str):
        faults.add(
            f"options: got {values['options']!r}, needs words as on the command line: "
            "--min-mapq 30 --keep-duplicate"
        )
    refuse(faults)
    return values


def _is_number(value: Any, kind: Any) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)


def _words(text: str, output: Path) -> tuple[str, ...]:
    """Options of the command, which its own parser accepts."""
    import typer

    from tiltyard.pipelines.alleles.command import app
    from tiltyard.pipelines.alleles.output.writing import format_of

    try:
        words = shlex.split(text)
    except ValueError as error:
        raise InputError(f"options: {text!r}: {error}") from error
    own = [word for word in words if word.partition("=")[0] in ITS_OWN or word in "-v -f -b -o"]
    if own:
        raise InputError(f"options: {', '.join(own)}: the workflow itself gives this; leave it out")
    command: Any = typer.main.get_command(app)
    needed = ["--variants", "x", "--fasta", "x", "--output", str(output)]
    usage: Any = typer.BadParameter.__base__
    try:
        parsed = command.commands["count"].make_context("count", [*needed, *words])
    except usage as error:
        raise InputError(f"options: {error.format_message()}") from error
    format_of(output, parsed.params["output_format"] or "")
    return tuple(words)
