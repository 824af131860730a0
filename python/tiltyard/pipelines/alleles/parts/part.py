"""A part: counts of some contigs of one file, in a file that is whole or refused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tiltyard.engine.files.atomic import UnreadableFile, atomic_path
from tiltyard.pipelines.alleles.counts import FIELDS, REASONS, Counts

ENDING = ".part"
_MAGIC = b"tiltyard alleles part 1\n"


@dataclass(frozen=True)
class Part:
    """Counts of the sites on some contigs of one file.

    Parameters
    ----------
    origin : mapping
        What the counts follow from: see `origin.origin_of`.
    contigs : tuple of str
        Contigs whose sites are all in `counts`.
    counts : Counts
        `Counts.site` are indices of all sites of the file.
    """

    origin: Mapping[str, Any]
    contigs: tuple[str, ...]
    counts: Counts


def write_part(part: Part, path: Path) -> None:
    """Write a part atomically: a line that says what it is, JSON with a digest, and the numbers."""
    counts = part.counts
    arrays = (counts.site, counts.group, counts.values, counts.reasons)
    body = b"".join(np.ascontiguousarray(one, "<i8").tobytes() for one in arrays)
    head = {
        "origin": part.origin,
        "contigs": part.contigs,
        "groups": counts.groups,
        "rows": len(counts.site),
        "without_fragment": counts.without_fragment,
    }
    text = json.dumps(head).encode() + b"\n"
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        file.write(_MAGIC + hashlib.sha256(text + body).hexdigest().encode() + b"\n" + text + body)


def read_part(path: Path) -> Part:
    """Read a part.

    Raises
    ------
    UnreadableFile
        If it is missing, truncated, altered, or no part.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UnreadableFile(f"{path}: cannot be read: {error.strerror}") from error
    if not content.startswith(_MAGIC):
        raise UnreadableFile(f"{path}: not a part of a table of allele counts")
    digest, _, rest = content[len(_MAGIC) :].partition(b"\n")
    if hashlib.sha256(rest).hexdigest().encode() != digest:
        raise UnreadableFile(f"{path}: damaged: its digest is not that of its content")
    text, _, body = rest.partition(b"\n")
    head = json.loads(text)
    numbers = np.frombuffer(body, "<i8").astype(np.int64)
    rows, groups = head["rows"], tuple(head["groups"])
    lengths = [rows, rows, rows * len(FIELDS), len(groups) * len(REASONS)]
    site, group, values, reasons = np.split(numbers, np.cumsum(lengths)[:-1])
    counts = Counts(
        groups,
        site,
        group,
        values.reshape(rows, len(FIELDS)),
        reasons.reshape(len(groups), len(REASONS)),
        head["without_fragment"],
    )
    return Part(head["origin"], tuple(head["contigs"]), counts)


def joined(parts: Sequence[Counts]) -> Counts:
    """Counts of different sites of one file as one."""
    names = {name for part in parts for name in part.groups}
    groups = (
        *sorted(name for name in names if name is not None),
        *([None] if None in names else ()),
    )
    place = {name: number for number, name in enumerate(groups)}
    own = [np.array([place[name] for name in part.groups], np.int64) for part in parts]
    reasons = np.zeros((len(groups), len(REASONS)), np.int64)
    for numbers, part in zip(own, parts, strict=True):
        reasons[numbers] += part.reasons
    empty = np.zeros(0, np.int64)
    site = np.concatenate([empty, *(part.site for part in parts)])
    group = np.concatenate(
        [empty, *(numbers[part.group] for numbers, part in zip(own, parts, strict=True))]
    )
    values = np.concatenate(
        [np.zeros((0, len(FIELDS)), np.int64), *(part.values for part in parts)]
    )
    order = np.lexsort((group, site))
    without = sum(part.without_fragment for part in parts)
    return Counts(groups, site[order], group[order], values[order], reasons, without)
