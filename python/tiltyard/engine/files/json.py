"""JSON: text that strict readers accept, and documents that carry a seal of their content."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tiltyard.engine.files.atomic import UnreadableFile, write_text

SEAL = "seal"


def json_text(value: Any) -> str:
    """`value` as indented JSON.

    NaN and infinities, which JSON lacks, are null, and so are the missing values of pandas.
    Scalars and arrays of numpy are numbers and lists. What is not text as a key becomes text.
    """
    return json.dumps(_plain(value), indent=1, default=str, allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_key(key): _plain(own) for key, own in value.items()}
    if hasattr(value, "tolist"):  # of numpy
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(own) for own in value]
    if isinstance(value, set | frozenset):
        return sorted(map(_plain, value), key=str)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return None if str(value) in ("NaT", "<NA>") and not isinstance(value, str) else value


def _key(key: Any) -> str:
    plain = _plain(key)
    if isinstance(plain, str):
        return str(plain)
    return f"{plain:g}" if isinstance(plain, float) else str(plain)


def write_sealed(path: Path, content: Mapping[str, Any]) -> None:
    """Write `content` as JSON, atomically, with the digest of all of it under the key ``seal``."""
    write_text(path, json.dumps({**content, SEAL: seal_of(content)}, indent=1) + "\n")


def read_sealed(path: Path) -> dict[str, Any]:
    """The content of a file that `write_sealed` wrote, without its seal.

    Raises
    ------
    UnreadableFile
        If it is missing, is no such file, or was altered since; the message names it.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict):
            raise ValueError(f"holds a value of type {type(content).__name__}, not an object")
    except FileNotFoundError as error:
        raise UnreadableFile(f"{path}: no such file") from error
    except (OSError, ValueError, RecursionError) as error:
        raise UnreadableFile(f"{path}: damaged: {error}") from error
    seal = content.pop(SEAL, None)
    if seal is None:
        raise UnreadableFile(f"{path}: has no seal: damaged, or of another version of Tiltyard")
    if seal != seal_of(content):
        raise UnreadableFile(f"{path}: damaged or edited: its seal does not fit its content")
    return content


def seal_of(content: Mapping[str, Any]) -> str:
    """SHA-256 of `content` as JSON, however its keys are sorted."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
