"""Tables as text: tab-separated, a line of names, numbers as they are read by people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tiltyard.pipelines.alleles.output.columns import Column


def header(names: Sequence[str]) -> str:
    """The line of names."""
    return "\t".join(names) + "\n"


def lines(columns: Mapping[str, Column]) -> str:
    """The rows, a line each; "" for no rows."""
    texts = [column.texts() for column in columns.values()]
    body = "\n".join(map("\t".join, zip(*texts, strict=True)))
    return body + "\n" if body else ""
