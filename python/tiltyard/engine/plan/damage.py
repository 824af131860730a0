"""Damage to the files of a study, found before a run without touching any."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tiltyard.engine.files.atomic import UnreadableFile
from tiltyard.engine.files.receipts import (
    EVALUATIONS,
    FOLDER,
    MERGED,
    Damage,
    Receipt,
    damage_of,
    read_receipt,
)
from tiltyard.engine.store.ledger import damage_in
from tiltyard.engine.study import Study

#: Jobs of a study that are no batches, each with a receipt of its name.
JOBS = ("prepare", "merge", "statistics", "figures", "manifest", "page")
#: Job that packs the results when it is asked to.
BUNDLE = "bundle"
#: Receipt whose job removes receipts that no batch has any more.
LAST = "manifest"


@dataclass(frozen=True)
class Broken:
    """A receipt that no longer holds.

    Attributes
    ----------
    receipt : str
        Its name.
    damage : tuple of Damage
        What was found.
    stale : bool
        Whether its files are whole, and only what they were made from is another by now.
    """

    receipt: str
    damage: tuple[Damage, ...]
    stale: bool = False

    def sentences(self, folder: Path) -> list[str]:
        """The damage in words, with paths in the study's `folder`."""
        word = "out of date" if self.stale else "damaged"
        return [
            f"{word}: {folder / name}: {reason}; the study's next run builds it again"
            for name, reason in self.damage
        ]


def find_damage(study: Study, names: Iterable[str], *, thorough: bool) -> list[Broken]:
    """Receipts of `study` that no longer hold, each with the damage.

    A file with the size and time of its receipt is trusted, unless the search is `thorough`. A
    receipt that is missing is not damage: its job has not run. Nothing is written.

    Parameters
    ----------
    study : Study
    names : iterable of str
        Receipts that the study needs.
    thorough : bool
        Whether every file is read and digested.
    """
    names = list(names)
    found = []
    for name in names:
        path = study.receipt(name)
        if path.exists():
            damage = tuple(_damage(study, path, thorough))
            found += [Broken(name, damage)] if damage else []
    named = {broken.receipt for broken in found}
    found += [broken for broken in _made_of_other(study) if broken.receipt not in named]
    left = tuple(_left_over(study, set(names)))
    return [*found, Broken(LAST, left)] if left and study.receipt(LAST).exists() else found


def _damage(study: Study, path: Path, thorough: bool) -> Iterator[Damage]:
    try:
        receipt = read_receipt(path)
    except UnreadableFile as error:
        yield _itself(path, error)
        return
    for name, facts in receipt.files.items():
        if is_left_out(study, name):
            continue
        if damage := damage_of(
            study.folder, name, facts, touched=receipt.touched, thorough=thorough
        ):
            yield damage
    yield from ledger_damage(study, receipt, thorough)


def _made_of_other(study: Study) -> Iterator[Broken]:
    """Receipts of files that were made from others than those that are there now.

    Each file may be whole: somebody has merged by hand, or put an older table back.
    """
    for job in JOBS:
        try:
            receipt = read_receipt(study.receipt(job))
            present = {name: _digest_of(study, name) for name in receipt.inputs}
        except UnreadableFile:
            continue
        damage = tuple(contradictions(receipt, present))
        if damage:
            yield Broken(job, damage, stale=True)


def contradictions(receipt: Receipt, present: Mapping[str, str | None]) -> Iterator[Damage]:
    """Files of a job that is no batch that were made from others than those that are there.

    Parameters
    ----------
    receipt : Receipt
        Of the job.
    present : mapping
        Digests of files and of groups of them by name; None for those that nobody knows.
    """
    made = next(iter(receipt.files), "")
    if MERGED in receipt.files and EVALUATIONS not in receipt.inputs:
        yield Damage(MERGED, "was made from a part of the evaluations")
    for name, digest in receipt.inputs.items():
        if present.get(name) not in (None, digest):
            yield Damage(made, f"was made from another {name} than the one that is there")


def _digest_of(study: Study, name: str) -> str | None:
    """Recorded digest of an input of a job; None if there is none."""
    if name == EVALUATIONS:
        return study.receipts.digest_of(study.evaluation_names)
    facts = study.receipts.facts(name)
    return facts and facts.digest


def is_left_out(study: Study, name: str) -> bool:
    """Whether `name` is a journal where all were deleted, to save room or to pack the results."""
    return name.startswith(f"{study.journal.name}/") and not study.journal.is_dir()


def ledger_damage(study: Study, receipt: Receipt, thorough: bool) -> Iterator[Damage]:
    """Damage of the ledgers in a batch's receipt, which may have grown since.

    A store that is gone as a whole was deleted to save room, and is no damage.
    """
    if not study.store.is_dir():
        return
    for name, (size, time) in receipt.note.get("ledgers", {}).items():
        path = study.folder / name
        try:
            seen = path.stat()
            if seen.st_size < size:
                yield Damage(name, f"has {seen.st_size} bytes, and had {size} when written")
            elif (thorough or [seen.st_size, seen.st_mtime_ns] != [size, time]) and (
                reasons := damage_in(path)
            ):
                yield Damage(name, reasons[0])
        except FileNotFoundError:
            yield Damage(name, "is gone")
        except OSError as error:
            yield Damage(name, f"cannot be read: {error.strerror}")


def _left_over(study: Study, names: set[str]) -> Iterator[Damage]:
    """Damaged receipts that no job of the study would write again."""
    for path in sorted((study.folder / FOLDER).glob("*_*.json")):
        if path.stem not in names:
            try:
                read_receipt(path)
            except UnreadableFile as error:
                yield _itself(path, error)


def _itself(path: Path, error: UnreadableFile) -> Damage:
    reason = str(error).removeprefix(f"{path}: ")
    return Damage(f"{FOLDER}/{path.name}", reason)
