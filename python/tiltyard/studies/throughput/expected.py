"""The reference's output on a workload, by which every other output is judged."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from tiltyard.engine.files.atomic import UnreadableFile
from tiltyard.engine.files.digests import digest
from tiltyard.engine.files.json import read_sealed
from tiltyard.engine.files.receipts import Facts, damage_of
from tiltyard.engine.outcome import Outcome
from tiltyard.engine.store.locks import Ownership
from tiltyard.studies.throughput.strategies import LaunchedMethod
from tiltyard.studies.throughput.workloads import Files

FOLDER = "expected"


class Expected(NamedTuple):
    """Output of the reference: the file as it wrote it, and the digest of its canonical form."""

    path: Path
    digest: str


class NoReference(RuntimeError):
    """The reference gives no output on a workload; the message is the reason."""


def expected_of(
    files: Files, reference: LaunchedMethod, run: Callable[[Path], Outcome]
) -> Expected:
    """The output of `reference` on the workload with these `files`, made by `run` if it is lacking.

    One process at a time makes it; it is made again where it is lost, damaged or of other code.

    Parameters
    ----------
    files : Files
    reference : LaunchedMethod
    run : callable
        Launches the reference so that its output is kept at a path.

    Raises
    ------
    NoReference
        If it gives none.
    """
    folder = files.folder.parent / FOLDER
    options = json.dumps(reference.to_dict(), sort_keys=True)
    path = folder / digest([files.digest, options])[:16]
    with closing(Ownership(folder / "owners")) as owners, owners.of(f"reference of {path.name}"):
        if found := _kept(path):
            return found
        outcome = run(path)
        if found := _kept(path):
            return found
    facts: Any = outcome.result or {}
    reason = outcome.message or facts.get("difference") or "it wrote no output"
    raise NoReference(f"the reference {reference.name} gives no output to compare with: {reason}")


def _kept(path: Path) -> Expected | None:
    note = path.with_name(f"{path.name}.json")
    if not note.exists():
        return None
    try:
        content = read_sealed(note)
        if damage := damage_of(path.parent, path.name, Facts(*content["file"])):
            raise UnreadableFile(f"{path}: {damage.reason}")
        return Expected(path, content["digest"])
    except (UnreadableFile, KeyError, TypeError) as error:
        print(f"warning: made again: {error}", file=sys.stderr, flush=True)
        note.unlink(missing_ok=True)
        return None
