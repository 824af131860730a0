"""What a part was made from: when any of it differs, the part is not taken for this one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.engine.files.receipts import sha256_of
from tiltyard.pipelines.alleles.alignment import Alignment
from tiltyard.pipelines.alleles.counts import Site
from tiltyard.pipelines.alleles.options import Options

#: Bytes at the begin and at the end of a large file that stand for its content.
EDGE = 1 << 16
PACKAGE = Path(__file__).resolve().parents[1]
#: What decides no count: how it is asked for, shown and written.
_ASIDE = (
    *("benchmark", "command", "limits", "output", "simulating"),
    *("asked.py", "counted.py", "pipeline.py", "sheet.py", "workflow.py"),
)


def origin_of(
    alignment: Alignment, sites: Sequence[Site], options: Options
) -> dict[str, dict[str, Any] | str]:
    """Facts of all that decides the counts of `sites` in a file, in plain values.

    Alignments and reference are too large to be read for this: their size, their time and both
    their ends stand for them, and the whole of their indexes.
    """
    return {
        "sample": alignment.sample,
        "alignment": _of_large(alignment.path),
        "index": sha256_of(alignment.index),
        "reference": _of_large(alignment.fasta),
        "variants": _of_sites(sites),
        "options": _of_options(options),
        "code": code_version(),
    }


def seal_of(origin: Mapping[str, Any]) -> str:
    """One digest for an origin."""
    return hashlib.sha256(json.dumps(origin, sort_keys=True).encode()).hexdigest()


def differing(expected: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """What differs between two origins, in words."""
    words = []
    for name, value in expected.items():
        own = found.get(name)
        if own == value:
            continue
        if name == "options" and isinstance(own, Mapping):
            words += [
                f"{option} was {own.get(option)}, and is {wanted}"
                for option, wanted in value.items()
                if own.get(option) != wanted
            ]
        elif name == "sample":
            words.append(f"it is of the sample {own!r}")
        else:
            words.append(f"another {name}" if name != "code" else "another version of tiltyard")
    return words


def _of_large(path: Path) -> dict[str, Any]:
    seen = path.stat()
    with path.open("rb") as file:
        first = file.read(EDGE)
        file.seek(max(0, seen.st_size - EDGE))
        ends = hashlib.sha256(first + file.read(EDGE)).hexdigest()
    return {"bytes": seen.st_size, "time": seen.st_mtime_ns, "ends": ends}


def _of_sites(sites: Sequence[Site]) -> str:
    total = hashlib.sha256()
    for site in sites:
        total.update(
            f"{site.contig}\t{site.position}\t{site.ref}\t{site.alt}\t{site.kind}\n".encode()
        )
    return total.hexdigest()


def _of_options(options: Options) -> dict[str, Any]:
    plain = {name: getattr(options, name) for name in options.__dataclass_fields__}
    return {**plain, "keep": sorted(options.keep)}


@cache
def code_version() -> str:
    """Digest of the code that decides counts."""
    total = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE)
        if name.parts[0] not in _ASIDE:
            total.update(f"{name.as_posix()}\n".encode() + path.read_bytes())
    return total.hexdigest()


def contig_group(
    sites: Sequence[Site], lengths: Mapping[str, int], number: int, groups: int
) -> tuple[str, ...]:
    """Contigs of one of several groups of about the same size.

    The longest contig goes to the smallest group, and so on (Graham, 1969): the order of the
    alignments' header and the lengths there decide it, nothing else.

    Parameters
    ----------
    sites : sequence of Site
        Only their contigs are in a group.
    lengths : mapping
        Contig -> length, in the header's order.
    number : int
        The group, 1 to `groups`.
    groups : int
    """
    wanted = {site.contig for site in sites}
    sizes = [0] * groups
    members: list[list[str]] = [[] for _ in range(groups)]
    for contig in sorted(
        (name for name in lengths if name in wanted), key=lambda one: -lengths[one]
    ):
        smallest = sizes.index(min(sizes))
        sizes[smallest] += lengths[contig]
        members[smallest].append(contig)
    own = set(members[number - 1])
    return tuple(name for name in lengths if name in own)


def sites_on(sites: Sequence[Site], contigs: Sequence[str]) -> NDArray[np.int64]:
    """Indices of the sites on `contigs`."""
    wanted = set(contigs)
    return np.array([place for place, site in enumerate(sites) if site.contig in wanted], np.int64)
