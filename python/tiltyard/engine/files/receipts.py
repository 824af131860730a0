"""Receipts: what each job wrote, with the size, time and digest that each file had then."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from tiltyard.engine.files.atomic import UnreadableFile
from tiltyard.engine.files.digests import digest
from tiltyard.engine.files.json import read_sealed, write_sealed

FOLDER = "receipts"
#: Group of the evaluations' files, and their folder.
EVALUATIONS = "evaluations"
#: The merged table.
MERGED = "results.parquet"
#: Longest time in which Snakemake touches the files of one job [ns].
TOUCHING = 60 * 10**9
#: Command that finds and mends damage of every kind.
MEND = (
    "snakemake --cores all --configfile <the study's configuration> --config check=true "
    "builds it again"
)


class Facts(NamedTuple):
    """Facts of a file when it was whole: size [bytes], time of writing [ns], SHA-256."""

    size: int
    time: int
    digest: str


class Damage(NamedTuple):
    """A file that is not what its receipt says, by its name in the study's folder, and why."""

    name: str
    reason: str


class DamagedFile(UnreadableFile):
    """A file that is not what its receipt says; the message names it, and what builds it again."""


@dataclass(frozen=True)
class Receipt:
    """What a job wrote.

    Attributes
    ----------
    files : dict of Facts
        The files, by their names below the study's folder.
    inputs : dict of str
        Digests of the files that they were made from, by name.
    note : dict
        Further facts of the job.
    touched : int
        Present time of the receipt's own file [ns].
    """

    files: dict[str, Facts]
    inputs: dict[str, str] = field(default_factory=dict)
    note: dict[str, Any] = field(default_factory=dict)
    touched: int = 0


def digest_of_group(names: Iterable[str], digests: Mapping[str, str]) -> str:
    """One digest for files and their names, whatever their order."""
    return digest(part for name in sorted(names) for part in (name, digests[name]))


def sha256_of(path: Path) -> str:
    """SHA-256 of the file `path`; about a gigabyte a second."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def facts_of(path: Path) -> Facts:
    """Present facts of the file `path`, which is read."""
    seen = path.stat()
    return Facts(seen.st_size, seen.st_mtime_ns, sha256_of(path))


def write_receipt(
    path: Path,
    files: Iterable[Path],
    *,
    inputs: Mapping[str, str] | None = None,
    note: Mapping[str, Any] | None = None,
    kept: Receipt | None = None,
) -> None:
    """Write the receipt `path` of `files`, which are read.

    Parameters
    ----------
    path : path
        In the folder ``receipts`` of the study.
    files : iterable of path
        In the study's folder.
    inputs : mapping or None
        Digests of the files that they were made from, by name.
    note : mapping or None
        Further facts of the job, in plain values.
    kept : Receipt or None
        Receipt whose other files still hold.
    """
    folder = path.parent.parent
    found = dict(kept.files) if kept else {}
    found.update({Path(os.path.relpath(file, folder)).as_posix(): facts_of(file) for file in files})
    content = {"files": {name: list(facts) for name, facts in found.items()}}
    write_sealed(path, {**content, "inputs": dict(inputs or {}), "note": dict(note or {})})


def read_receipt(path: Path) -> Receipt:
    """The receipt in `path`.

    Raises
    ------
    UnreadableFile
        If it is missing, damaged, or none.
    """
    content = read_sealed(path)
    try:
        files = {name: Facts(*facts) for name, facts in content["files"].items()}
        touched = path.stat().st_mtime_ns
        return Receipt(files, dict(content["inputs"]), dict(content["note"]), touched)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise UnreadableFile(f"{path}: not a receipt: {error!r}") from error


def damage_of(
    folder: Path, name: str, facts: Facts, *, touched: int = 0, thorough: bool = False
) -> Damage | None:
    """Damage of the file `name` in the study's `folder`; None if it is as `facts` say.

    Parameters
    ----------
    folder : path
    name : str
    facts : Facts
    touched : int
        Time of the receipt's own file [ns]. When a job has ended, Snakemake touches all files that
        it wrote, the receipt last: a file that was touched with it counts as unchanged.
    thorough : bool
        Whether a file of the same size is read in any case.
    """
    path = folder / name
    try:
        seen = path.stat()
        if seen.st_size != facts.size:
            return Damage(name, f"has {seen.st_size} bytes, and had {facts.size} when written")
        time = seen.st_mtime_ns
        unchanged = time == facts.time or touched - TOUCHING <= time <= touched
        if (thorough or not unchanged) and sha256_of(path) != facts.digest:
            return Damage(name, "its digest is not the one that it had when it was written")
    except FileNotFoundError:
        return Damage(name, "is gone")
    except OSError as error:
        return Damage(name, f"cannot be read: {error.strerror}")
    return None


@dataclass(frozen=True)
class _Known:
    """Facts of files by their receipts, and the error of a receipt that is damaged."""

    files: dict[str, Facts]
    damaged: UnreadableFile | None

    @classmethod
    def read(cls, paths: Iterable[Path]) -> _Known:
        receipts, damaged = {}, None
        for path in paths:
            try:
                receipts[path.stem] = read_receipt(path)
            except UnreadableFile as error:
                damaged = error
        return cls(latest_facts(receipts), damaged)


class Receipts:
    """The receipts of a study, with which whoever reads one of its files checks it first.

    Parameters
    ----------
    folder : path
        The study's folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.checked: dict[str, str] = {}

    def _paths(self, batches: bool) -> list[Path]:
        paths = sorted((self._folder / FOLDER).glob("*.json"))
        return [path for path in paths if ("_" in path.stem) == batches]

    @cached_property
    def _of_batches(self) -> _Known:
        return _Known.read(self._paths(True))

    @cached_property
    def _of_others(self) -> _Known:
        return _Known.read(self._paths(False))

    def facts(self, name: str) -> Facts | None:
        """Recorded facts of the file `name` of the study; None if no receipt has it.

        Raises
        ------
        UnreadableFile
            If the receipt that may have it is damaged.
        """
        of_a_batch = name.startswith(("datasets/", f"{EVALUATIONS}/"))
        known = self._of_batches if of_a_batch else self._of_others
        if name not in known.files and known.damaged is not None:
            raise known.damaged
        return known.files.get(name)

    def digest_of(self, names: Sequence[str]) -> str | None:
        """One digest for the files `names` of the study; None if one has no receipt."""
        found = {name: facts.digest for name in names if (facts := self.facts(name))}
        return digest_of_group(names, found) if len(found) == len(names) else None

    def check(self, path: Path) -> None:
        """Refuse a file of the study that is not what its receipt says; it is read for that.

        Files without a receipt pass: those of another folder, and of a study that was unpacked.
        `checked` has the digests of all others that passed.

        Raises
        ------
        DamagedFile
            With what builds it again.
        """
        try:
            name = path.relative_to(self._folder).as_posix()
        except ValueError:
            return
        facts = self.facts(name)
        if facts is None or name in self.checked:
            return
        if damage := damage_of(self._folder, name, facts, thorough=True):
            raise DamagedFile(f"{path}: {damage.reason}; {MEND}")
        self.checked[name] = facts.digest

    def write(
        self,
        job: str,
        files: Iterable[Path],
        *,
        inputs: Mapping[str, str] | None = None,
        keep: bool = False,
    ) -> None:
        """Write the receipt of `job`, which wrote `files`.

        Parameters
        ----------
        job : str
        files : iterable of path
        inputs : mapping or None
            Digests of what they were made from, by name; what was `checked` if None.
        keep : bool
            Whether an earlier receipt's other files stay in it: the job wrote some anew.
        """
        path = self._folder / FOLDER / f"{job}.json"
        kept = None
        with suppress(UnreadableFile):
            kept = read_receipt(path) if keep else None
        write_receipt(path, files, inputs=self.checked if inputs is None else inputs, kept=kept)
        self.__dict__.pop("_of_others", None)


def latest_facts(receipts: Mapping[str, Receipt]) -> dict[str, Facts]:
    """Facts of all files; where receipts of earlier batches have one too, the latest facts."""
    found: dict[str, Facts] = {}
    for receipt in receipts.values():
        for name, facts in receipt.files.items():
            if name not in found or facts.time > found[name].time:
                found[name] = facts
    return found
