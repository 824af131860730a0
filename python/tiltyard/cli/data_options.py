"""Options that several subcommands for people with data have."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from tiltyard.application.reading import Wishes

FileArgument = Annotated[
    Path,
    typer.Argument(
        help="CSV and its kin, .xlsx, .json, .parquet, .trc, also .gz; - reads the input."
    ),
]
TimeOption = Annotated[
    list[str] | None,
    typer.Option("--time", help="Column of the times; twice for a date and a time of day."),
]
SignalOption = Annotated[
    list[str] | None,
    typer.Option("--signal", help="Column to differentiate; repeatable; all with numbers."),
]
ByOption = Annotated[
    list[str] | None,
    typer.Option("--by", help="Column that tells records of a long table apart; repeatable."),
]
OrderOption = Annotated[str, typer.Option(help="Orders: 2, or 0,2, or 0:3 (0, 1, 2 and 3).")]
FormatOption = Annotated[
    str,
    typer.Option(help="How dates are written, as in %Y%m%d; unix, unix-ms, excel, number."),
]
UnitOption = Annotated[str, typer.Option(help="Unit of time: s, min, h, day, year, ms, us, ns.")]
ZoneOption = Annotated[str, typer.Option(help="Zone of a local clock, as in Europe/Berlin.")]
DecimalOption = Annotated[str, typer.Option(help="Decimal sign: . or , (found in the file).")]
SeparatorOption = Annotated[str, typer.Option(help="Sign between cells; tab; space.")]
EncodingOption = Annotated[str, typer.Option(help="Encoding of a text, as in cp1252.")]
SheetOption = Annotated[str, typer.Option(help="Sheet of a workbook.")]
HeaderOption = Annotated[
    int | None, typer.Option(min=0, help="Line of the columns' names; 0: there is none.")
]
MissingOption = Annotated[
    list[str] | None,
    typer.Option("--missing", help="Cell that stands for no sample; repeatable; none: no number."),
]
FindOption = Annotated[
    list[str] | None,
    typer.Option("--find", help="maxima, minima, zeros (also maxima:1 of order 1), lag."),
]
RelativeOption = Annotated[
    bool, typer.Option("--relative", help="Derivatives of ln y: order 1 is the relative rate.")
]
LogTimeOption = Annotated[
    str, typer.Option("--log-time", help="Derivatives by ln or log10 of the time: ln, log10.")
]
SortOption = Annotated[bool, typer.Option("--sort", help="Sort the rows by time.")]
NoiseColumnOption = Annotated[
    list[str] | None,
    typer.Option("--noise-column", help="Column of the samples' standard errors; one a signal."),
]
WeightColumnOption = Annotated[
    list[str] | None,
    typer.Option("--weight-column", help="Column of their weights, 1 / variance, up to a factor."),
]
NoiseModelOption = Annotated[
    str,
    typer.Option(help="auto, equal, correlated, proportional (to the signal), poisson (counts)."),
]
ReplicatesOption = Annotated[
    bool, typer.Option("--replicates", help="The signals repeat one measurement: average them.")
]
AverageOption = Annotated[bool, typer.Option("--average", help="Average samples of the same time.")]


def wishes_of(
    time: list[str] | None,
    signal: list[str] | None,
    by: list[str] | None,
    missing: list[str] | None,
    noise: list[str] | None = None,
    weights: list[str] | None = None,
    **others: Any,
) -> Wishes:
    """What the options say of a file."""
    from tiltyard.application.reading.wishes import Wishes

    return Wishes(
        time=tuple(time or ()),
        signals=tuple(signal or ()),
        by=tuple(by or ()),
        missing=tuple(missing or ()),
        noise=tuple(noise or ()),
        weights=tuple(weights or ()),
        **others,
    )


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
