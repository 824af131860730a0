"""Results of ranges as one: in the order of their numbers, without gap or overlap."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tiltyard.pipelines.spatial.faults import InputError, PartsError
from tiltyard.pipelines.spatial.heritability.results import (
    IDENTITY,
    read_part,
    sidecar,
    write_part,
)


def merge(paths: Sequence[Path], folder: Path) -> Path:
    """Merge the ranges of one trait; returns the path of the whole.

    Raises
    ------
    InputError
        If a part cannot be read.
    PartsError
        If spots are missing or there twice, or parts are unlike; all of it is listed.
    """
    if not paths:
        raise InputError("no results to merge; name the files of all ranges")
    parts = sorted(((*read_part(path), path) for path in paths), key=lambda part: _range(part[1]))
    facts = parts[0][1]
    faults = [
        *_unlike(parts),
        *_uncovered([(_range(own), path) for _, own, path in parts], facts["spots"]),
    ]
    if faults:
        raise PartsError("these are no whole:\n  " + "\n  ".join(faults))
    path = folder / f"{facts['project']}_{facts['trait']}.csv.gz"
    whole = {**facts, "start": 0, "end": facts["spots"], "parts": len(parts)}
    write_part(path, "".join(rows for rows, _, _ in parts), whole)
    return path


def _range(facts: dict[str, Any]) -> tuple[int, int]:
    return int(facts["start"]), int(facts["end"])


def _unlike(parts: Sequence[tuple[str, dict[str, Any], Path]]) -> list[str]:
    _, first, begin = parts[0]
    return [
        f"{path.name}: {key} differs from that of {begin.name}; see {sidecar(path).name}"
        for _, facts, path in parts[1:]
        for key in IDENTITY
        if facts.get(key) != first.get(key)
    ]


def _uncovered(ranges: Sequence[tuple[tuple[int, int], Path]], count: int) -> list[str]:
    """What is missing or there twice; `ranges` are in order."""
    faults, reached, before = [], 0, "the first spot"
    for (first, last), path in ranges:
        if first > reached:
            faults.append(f"gap: spots {reached}:{first}, before {path.name}")
        elif first < reached:
            faults.append(f"overlap: spots {first}:{min(reached, last)}, {before} and {path.name}")
        reached, before = max(reached, last), path.name
    if reached != count:
        faults.append(f"gap: spots {reached}:{count}, behind {before}")
    return faults
