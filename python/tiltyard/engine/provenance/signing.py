"""What the receipts of a study say of its files, held against its manifest."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tiltyard.engine.files.atomic import UnreadableFile
from tiltyard.engine.files.receipts import (
    FOLDER,
    MEND,
    DamagedFile,
    read_receipt,
)
from tiltyard.engine.plan.damage import contradictions
from tiltyard.engine.study import Study

#: Why a file is not signed.
UNKNOWN = "no receipt has it"
OTHER = "its digest is not the one in its receipt"


def refuse_unsigned(study: Study, files: Mapping[str, str], groups: Mapping[str, str]) -> None:
    """Refuse to sign files that are not what the jobs wrote that made them.

    Parameters
    ----------
    study : Study
    files : mapping
        Digests of the files as they are, by name.
    groups : mapping
        Digests of groups of them.

    Raises
    ------
    DamagedFile
        Naming the first one.
    UnreadableFile
        If a receipt is damaged.
    """
    for name, digest in files.items():
        facts = study.receipts.facts(name)
        if facts is None:
            raise DamagedFile(f"{study.folder / name}: {UNKNOWN}; {MEND}")
        if facts.digest != digest:
            raise DamagedFile(f"{study.folder / name}: {OTHER}; {MEND}")
    paths = [study.receipt(job) for job in ("prepare", "merge", "statistics")]
    made = [read_receipt(path) for path in paths if path.exists()]
    for receipt in made:
        for name, reason in contradictions(receipt, {**files, **groups}):
            raise DamagedFile(f"{study.folder / name}: {reason}; {MEND}")


def remove_left_over(folder: Path) -> list[str]:
    """Remove damaged receipts of batches from the study in `folder`, and return their names.

    Those of its present batches are whole, or it could not have been merged.
    """
    removed = []
    for path in sorted((folder / FOLDER).glob("*_*.json")):
        try:
            read_receipt(path)
        except UnreadableFile:
            path.unlink()
            removed.append(path.name)
    return removed
