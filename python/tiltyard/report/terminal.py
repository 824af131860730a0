"""Tables for the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tiltyard.engine.wording import plural
from tiltyard.report.fitting import fit

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import JustifyMethod

    from tiltyard.engine.journal.profile import Profile


#: Letters of a line of a file or pipe.
WIDEST = 240


def print_table(table: Table) -> None:
    """Print `table`; columns that do not fit into a terminal are left out and named.

    Into a file or pipe none is.
    """
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDEST)
    left_out = fit(table, console)
    console.print(table)
    if left_out:
        names = escape(", ".join(left_out))
        console.print(f"left out for want of room: {names}; a wider terminal shows them")


def facts_table(facts: Sequence[Mapping[str, Any]], title: str) -> Table:
    """Facts of several things with the same keys, one thing a row."""
    table = Table(title=escape(title))
    for name in facts[0] if facts else ():
        table.add_column(name.replace("_", " "))
    for row in facts:
        table.add_row(*(escape(_fact(value)) for value in row.values()))
    return table


def _fact(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "-"
    return " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def profile_tables(profile: Profile, rows: int, method: str) -> list[Table]:
    """Phases and the `rows` slowest methods of a configuration, the longest first.

    A method is called `method`.
    """
    phases = Table(title=f"{profile.configuration}: {profile.seconds:.1f} s")
    for column in ("phase", "seconds", "share"):
        phases.add_column(column, justify="left" if column == "phase" else "right")
    for phase in profile.phases:
        phases.add_row(phase.phase, f"{phase.seconds:.2f}", f"{phase.share:.1%}")
    shown = profile.methods[:rows]
    slowest = Table(title=f"the {len(shown)} slowest of {len(profile.methods)} {plural(method)}")
    columns = f"{method} language status wall_(s) cpu_(s) warm_up_(s) memory_(MB) share".split()
    for position, column in enumerate(columns):
        justify: JustifyMethod = "left" if position < 3 else "right"
        slowest.add_column(column.replace("_", " "), justify=justify)
    for row in shown:
        slowest.add_row(
            row.method,
            row.language,
            row.status,
            *(f"{s:.3g}" for s in (row.wall_seconds, row.cpu_seconds, row.warm_up_seconds)),
            f"{row.peak_memory:.0f}",
            f"{row.share:.1%}",
        )
    return [phases, slowest]


def frame_table(frame: pd.DataFrame, title: str) -> Table:
    """A data frame as a table, numbers with three digits."""
    table = Table(title=escape(title))
    columns: list[Any] = list(frame.columns)
    for column in columns:
        table.add_column(f"{column:g}" if isinstance(column, float) else str(column))
    for row in frame.itertuples(index=False):
        table.add_row(*(f"{v:.3g}" if isinstance(v, float) else str(v) for v in row))
    return table
