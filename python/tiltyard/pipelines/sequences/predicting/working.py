"""The folder of a prediction that is under way: whose it is, and whether its frames are written."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tiltyard.engine.files.atomic import write_text
from tiltyard.engine.files.json import json_text
from tiltyard.engine.files.receipts import sha256_of
from tiltyard.pipelines.sequences.fasta import read_fasta
from tiltyard.pipelines.sequences.faults import InputError
from tiltyard.pipelines.sequences.predicting.framing import INPUTS, Framed, file_of, frame_contigs
from tiltyard.pipelines.sequences.rule.rules import Rules
from tiltyard.pipelines.sequences.translating import translation

#: File that is written when all frames are, and the one by which a folder is known.
RECORD, MARK = "frames.json", "about.txt"
_ABOUT = "Files of `tiltyard sequences predict`, which goes on with them.\n"
_CODE = ("rule/*.py", "vectorised/*.py", "predicting/framing.py", "fasta.py", "pieces.py")
_PACKAGE = Path(__file__).parents[1]


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What decides the frames.

    Parameters
    ----------
    source : path
        FASTA file; ``-`` is standard input, which cannot be gone on with.
    rules : Rules
    per_file : int
        Frames of a file.
    rename_duplicates : bool
    way : str
        Name of the translation.
    """

    source: Path
    rules: Rules
    per_file: int = 10_000
    rename_duplicates: bool = False
    way: str = "numpy"

    def identity(self) -> dict[str, Any]:
        """All of it, as plain values."""
        piped = str(self.source) == "-"
        return {
            "input": "-" if piped else sha256_of(self.source),
            **self.rules.words,
            "per_file": self.per_file,
            "rename_duplicates": self.rename_duplicates,
            "code": code_version(),
        }


def code_version() -> str:
    """Digest of the code that decides frames."""
    found = hashlib.sha256()
    for pattern in _CODE:
        for file in sorted(_PACKAGE.glob(pattern)):
            found.update(file.name.encode() + b"\0" + file.read_bytes())
    return found.hexdigest()[:16]


def framed(
    reading: Reading,
    work: Path,
    *,
    warn: Callable[[str], None],
    progress: Callable[[int], None] = lambda bases: None,
) -> Framed:
    """Frames of the input in the folder `work`, written unless they are there.

    Raises
    ------
    InputError
        If the input is wrong, or `work` is a folder with other things in it.
    """
    if str(reading.source) != "-" and not reading.source.is_file():
        raise InputError(f"there is no file {reading.source}")
    identity = reading.identity()
    before = _record(work)
    if work.exists() and any(work.iterdir()) and not (work / MARK).is_file():
        raise InputError(
            f"{work} has other files in it, and no {MARK}: name another folder with --work, or "
            "remove it"
        )
    if before is not None:
        if before["of"] == identity and identity["input"] != "-" and _whole(work, before):
            return Framed(**before["counts"])
        if before["of"] != identity:
            warn(f"{work} is of another input or of other rules; its frames are made again")
    new = not work.exists()
    work.mkdir(parents=True, exist_ok=True)
    (work / RECORD).unlink(missing_ok=True)
    try:
        records = read_fasta(reading.source, rename_duplicates=reading.rename_duplicates)
        way = translation(reading.way)
        write_text(work / MARK, _ABOUT)
        vectors = _vectors(work)
        found = frame_contigs(records, reading.rules, way, work, reading.per_file, progress)
        _bring_back(work, vectors)
    except BaseException:
        if new:
            shutil.rmtree(work, ignore_errors=True)
        raise
    content = {"of": identity, "counts": asdict(found), "sizes": _sizes(work, found.files)}
    write_text(work / RECORD, json_text(content) + "\n")
    return found


def _vectors(work: Path) -> Path | None:
    """Vectors of an earlier run, moved aside: those whose sequences stay the same are finished."""
    aside = work / "earlier"
    shutil.rmtree(aside, ignore_errors=True)
    for kind in INPUTS:
        for file in (work / kind).glob("output_*.parquet"):
            (aside / kind).mkdir(parents=True, exist_ok=True)
            file.rename(aside / kind / file.name)
    return aside if aside.exists() else None


def _bring_back(work: Path, aside: Path | None) -> None:
    if aside is None:
        return
    for file in aside.glob("*/output_*.parquet"):
        number = int(file.name.split(".")[0].removeprefix("output_"))
        if file_of(work, file.parent.name, number).is_file():
            file.rename(work / file.parent.name / file.name)
    shutil.rmtree(aside)


def _record(work: Path) -> Mapping[str, Any] | None:
    try:
        found = json.loads((work / RECORD).read_text(encoding="utf-8"))
        return found if {"of", "counts", "sizes"} <= found.keys() else None
    except (OSError, ValueError, AttributeError):
        return None


def _sizes(work: Path, files: int) -> dict[str, int]:
    paths = [file_of(work, kind, number + 1) for kind in INPUTS for number in range(files)]
    paths += sorted(work.glob("*.tsv"))
    return {str(path.relative_to(work)): path.stat().st_size for path in paths}


def _whole(work: Path, record: Mapping[str, Any]) -> bool:
    try:
        return _sizes(work, int(record["counts"]["files"])) == record["sizes"]
    except (OSError, KeyError):
        return False
