"""Text of `--format json`: JSON that strict readers accept."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any


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
