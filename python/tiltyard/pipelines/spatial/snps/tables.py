"""Tables in the forms that public tools write: words between white space, feather, Parquet."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd

from tiltyard.pipelines.spatial.faults import InputError

_MISSING = (".", "NA", "NaN", "nan", "")
_RS = re.compile(r"rs\d+")
_PLACE = re.compile(r"(chr)?(\d+|X|Y|MT?)[:_]\d+([:_].*)?")


def read_table(path: Path, option: str) -> Any:
    """A table, whatever its form; ``.`` and ``NA`` are missing values.

    Raises
    ------
    InputError
        If it cannot be read; `option` named it.
    """
    if not path.is_file():
        raise InputError(f"{option} {path}: there is no such file")
    try:
        if path.suffix == ".feather":
            return pd.read_feather(path)
        if path.suffix == ".parquet":
            return pd.read_parquet(path)
        return pd.read_csv(
            path, sep=r"\s+", na_values=list(_MISSING), keep_default_na=False, dtype={"SNP": str}
        )
    except Exception as error:  # of each library its own
        raise InputError(f"{option} {path} cannot be read as a table: {error}") from None


def kind_of(name: str) -> str:
    """What the id of a SNP looks like."""
    if _RS.fullmatch(name):
        return "rs numbers"
    return "chr:pos" if _PLACE.fullmatch(name) else "other"


def kinds_of(names: Any) -> str:
    """Three ids of a file, and of which kind they are."""
    first = [str(name) for name in names[:3]]
    kinds = sorted({kind_of(name) for name in first})
    return f"{', '.join(first)} ({', '.join(kinds)})"


def chromosome_number(value: Any) -> int:
    """Number of a chromosome: X, Y and M follow the others; any other name is behind them."""
    text = str(value).removeprefix("chr").removesuffix(".0")
    if text.isdigit():
        return int(text)
    return {"X": 23, "Y": 24, "M": 25, "MT": 25}.get(text.upper(), 26)
