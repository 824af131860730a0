"""Options that several subcommands for people with data have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

FileArgument = Annotated[Path, typer.Argument(help="CSV, TSV or Parquet file with a header.")]
TimeOption = Annotated[
    str | None, typer.Option("--time", help="Column of the times, numbers or dates; the first.")
]
SignalOption = Annotated[
    list[str] | None,
    typer.Option("--signal", help="Column to differentiate; repeatable; all with numbers."),
]
OrderOption = Annotated[str, typer.Option(help="Orders: 2, or 0,2, or 0:3 (0, 1, 2 and 3).")]
FormatOption = Annotated[str, typer.Option(help="How dates are written, as in %Y%m%d.")]
UnitOption = Annotated[str, typer.Option(help="Unit between dates: s, min, h, day or year.")]
SortOption = Annotated[bool, typer.Option("--sort", help="Sort the rows by time.")]
AverageOption = Annotated[bool, typer.Option("--average", help="Average samples of the same time.")]


def renamed(former: str, now: str) -> Any:
    """An option's former name, not shown, which is refused with the name that it has now."""

    def refuse(given: bool) -> None:
        if given:
            raise ValueError(f"{former} is called {now} now")

    return typer.Option(former, hidden=True, callback=refuse)


def parse_orders(text: str) -> list[int]:
    """Orders from text such as ``2``, ``0,2`` or ``0:3``, both ends included.

    Raises
    ------
    ValueError
        If the text is something else.
    """
    orders: list[int] = []
    try:
        for part in text.split(","):
            first, _, last = part.partition(":")
            orders += range(int(first), int(last or first) + 1)
    except ValueError as error:
        raise ValueError(f"--order {text}: write 2, or 0,2, or 0:3 for 0 to 3") from error
    return orders
