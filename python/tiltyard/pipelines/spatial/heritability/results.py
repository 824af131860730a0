"""Results of a range of spots: a table, and beside it what it is of."""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tiltyard.pipelines.spatial.faults import InputError
from tiltyard.pipelines.spatial.heritability.prepared import Estimates
from tiltyard.pipelines.spatial.rule.statistics import p_values, two_sided

#: What parts of one whole have in common.
IDENTITY = (
    "format",
    "version",
    "project",
    "trait",
    "spots",
    "spots_sha256",
    "columns",
    "parameters",
    "digests",
)
FORMAT, VERSION = "tiltyard-spatial-ldsc", 1


@dataclass(frozen=True)
class Kind:
    """Which columns a table has.

    Parameters
    ----------
    both_sides : bool
    m : float or None
        SNPs of the heritability; None leaves its column out.
    """

    both_sides: bool = False
    m: float | None = None

    @property
    def columns(self) -> list[str]:
        """Names in their order."""
        return [
            *("spot", "beta", "se", "z", "p", "neg_log10_p"),
            *(("p_two_sided",) if self.both_sides else ()),
            "h2_weight",
            *(("h2",) if self.m is not None else ()),
            "status",
        ]


def table_text(spots: Sequence[str], found: Estimates, kind: Kind) -> str:
    """Rows of the table, without heading; numbers that there are not are empty."""
    z = found.beta / found.se
    p, logs = p_values(z)
    values = {"beta": found.beta, "se": found.se, "z": z, "p": p, "neg_log10_p": logs}
    values |= {"p_two_sided": two_sided(z), "h2_weight": found.h2_weight}
    if kind.m is not None:
        values["h2"] = kind.m / 10_000 * found.h2_weight
    numbers = [values[name].tolist() for name in kind.columns[1:-1]]
    lines = []
    for spot, *own, status in zip(spots, *numbers, found.status.tolist(), strict=True):
        shown = ["" if math.isnan(one) else f"{one:.9g}" for one in own]
        lines.append(",".join([_quoted(spot), *shown, status]))
    return "".join(f"{line}\n" for line in lines)


def _quoted(name: str) -> str:
    if any(letter in name for letter in ',"\n'):
        return '"' + name.replace('"', '""') + '"'
    return name


def part_name(project: str, trait: str, first: int, last: int) -> str:
    """Name of the table of a range."""
    return f"{project}_{trait}_cells_{first}_{last}.csv.gz"


def sidecar(path: Path) -> Path:
    """What a table is of, beside it."""
    return path.with_name(path.name.removesuffix(".csv.gz") + ".json")


def write_part(path: Path, text: str, facts: Mapping[str, Any]) -> None:
    """Write a table with its heading, and its sidecar; the same bytes for the same table."""
    from tiltyard.engine.files.atomic import atomic_path, write_text

    heading = ",".join(facts["columns"]) + "\n"
    with (
        atomic_path(path) as temporary,
        temporary.open("wb") as file,
        gzip.GzipFile("", "wb", 6, file, mtime=0) as packed,
    ):
        packed.write((heading + text).encode())
    write_text(sidecar(path), json.dumps(dict(facts), indent=1) + "\n")


def read_part(path: Path) -> tuple[str, dict[str, Any]]:
    """Rows of a table without heading, and its sidecar.

    Raises
    ------
    InputError
        If one of them is missing, or the table is another one.
    """
    try:
        facts = json.loads(sidecar(path).read_text(encoding="utf-8"))
        text = gzip.decompress(path.read_bytes()).decode()
    except (OSError, ValueError, EOFError) as error:
        raise InputError(
            f"{path} or its .json cannot be read: {error}; run `tiltyard spatial ldsc` again"
        ) from None
    if not isinstance(facts, dict) or facts.get("format") != FORMAT:
        raise InputError(f"{sidecar(path)} is of no result; run `tiltyard spatial ldsc` again")
    heading, _, rows = text.partition("\n")
    if heading != ",".join(facts["columns"]) or rows.count("\n") != facts["end"] - facts["start"]:
        raise InputError(f"{path} does not fit {sidecar(path).name}; run the range again")
    return rows, facts


def read_values(path: Path) -> tuple[Any, dict[str, Any]]:
    """A table as a frame, and its sidecar."""
    import pandas as pd

    _, facts = read_part(path)
    frame = pd.read_csv(
        path, dtype={"spot": str, "status": str}, keep_default_na=False, na_values=[""]
    )
    frame["p"] = frame["p"].to_numpy(np.float64)
    return frame, facts
