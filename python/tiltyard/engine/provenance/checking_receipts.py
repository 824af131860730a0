"""Verification of what the manifest does not sign: receipts, figures, page, store and journals."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from tiltyard.engine.files.atomic import UnreadableFile
from tiltyard.engine.files.receipts import FOLDER, Receipt, damage_of, latest_facts, read_receipt
from tiltyard.engine.journal.reading import damaged_lines
from tiltyard.engine.plan.damage import contradictions, is_left_out, ledger_damage
from tiltyard.engine.provenance.findings import FileFault
from tiltyard.engine.provenance.signing import OTHER, UNKNOWN
from tiltyard.engine.store.ledger import damage_in
from tiltyard.engine.study import Study

#: A file or folder of each job that is no batch -> the job's receipt.
SIGNED_BY = {
    "study.json": "prepare",
    "summary.csv": "merge",
    "robustness.csv": "statistics",
    "manifest.json": "manifest",
    "figures": "figures",
    "report.html": "page",
    "bundle.zip": "bundle",
}


def check_receipts(
    study: Study, manifest: Mapping[str, Any], left_out: Collection[str]
) -> list[FileFault]:
    """Faults of the receipts, of files that only they sign, and contradictions to the manifest.

    Parameters
    ----------
    study : Study
    manifest : mapping
    left_out : collection of str
        Folders that are missing as a whole, as in a bundle.
    """
    batches, others, faults = _read(study.folder)
    recorded = latest_facts({**batches, **others})
    files: dict[str, str] = manifest["files"]
    for name, digest in files.items():
        if name not in recorded:
            faults.append(FileFault(name, UNKNOWN))
        elif recorded[name].digest != digest and name.partition("/")[0] not in left_out:
            faults.append(FileFault(name, f"{OTHER}, says the manifest"))
    for name, facts in latest_facts(others).items():
        if name in files or is_left_out(study, name):
            continue
        if damage := damage_of(study.folder, name, facts, thorough=True):
            faults.append(FileFault(*damage))
    for name, job in SIGNED_BY.items():
        if (study.folder / name).exists() and job not in others:
            faults.append(
                FileFault(f"{FOLDER}/{job}.json", f"is gone or damaged: nothing signs {name}")
            )
    groups: dict[str, str] = manifest["digests"]
    faults += [
        FileFault(*pair)
        for receipt in others.values()
        for pair in contradictions(receipt, {**files, **groups})
    ]
    for receipt in batches.values():
        faults += [FileFault(*damage) for damage in ledger_damage(study, receipt, thorough=False)]
    return faults


def _read(folder: Path) -> tuple[dict[str, Receipt], dict[str, Receipt], list[FileFault]]:
    """Receipts of batches, those of other jobs, and the faults of those that are damaged."""
    found: tuple[dict[str, Receipt], dict[str, Receipt]] = {}, {}
    faults = []
    for path in sorted((folder / FOLDER).glob("*.json")):
        try:
            found["_" not in path.stem][path.stem] = read_receipt(path)
        except UnreadableFile as error:
            reason = str(error).removeprefix(f"{path}: ")
            faults.append(FileFault(f"{FOLDER}/{path.name}", reason))
    return *found, faults


def check_records(study: Study) -> Iterator[FileFault]:
    """Faults of the ledgers of the store and of the journals, which have checksums of their own."""
    for path in sorted(study.store.rglob("*.ledger")):
        name = path.relative_to(study.folder).as_posix()
        yield from (FileFault(name, reason) for reason in damage_in(path))
    for path in sorted(study.journal.glob("*.jsonl")):
        name = path.relative_to(study.folder).as_posix()
        for line in damaged_lines(path):
            yield FileFault(
                name, f"line {line} is damaged and passed over; no result depends on this file"
            )
