"""Tables for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from tiltyard.derivatives.estimator import Estimator
from tiltyard.derivatives.noise import NOISE_MODELS
from tiltyard.derivatives.signals import SIGNALS


def print_table(table: Table) -> None:
    """Print `table`; into a file or pipe no line is folded."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=240)
    console.print(table)


def methods_table(entries: Sequence[Estimator]) -> Table:
    """The estimators with their facts, one a row."""
    table = Table(title=f"{len(entries)} estimators")
    columns = (
        "name language family orders exact_degree min_samples uneven random bands tags cites"
    ).split()
    for column in columns:
        table.add_column(column.replace("_", " "))
    for entry in entries:
        table.add_row(
            entry.name,
            entry.language,
            entry.family,
            f"0-{entry.max_order}",
            str(entry.exact_degree) if entry.exact_degree >= 0 else "-",
            str(entry.min_samples),
            *("yes" if fact else "-" for fact in (entry.uneven, entry.random)),
            "yes" if entry.standard_deviation else "-",
            " ".join(entry.tags),
            " ".join(entry.cites),
        )
    return table


def signals_facts() -> dict[str, list[dict[str, Any]]]:
    """Signals and noise models as plain values."""
    return {
        "signals": [
            {
                "name": signal.name,
                "kind": signal.kind,
                "description": signal.description,
                "explanation": signal.explanation,
                "interval": list(signal.interval),
            }
            for signal in SIGNALS.values()
        ],
        "noise_models": [
            {"name": name, "description": model.explanation} for name, model in NOISE_MODELS.items()
        ],
    }


def signals_table() -> Table:
    """Signals and noise models, one a row."""
    table = Table(title="signals and noise models")
    for column in ("name", "kind", "description"):
        table.add_column(column)
    facts = signals_facts()
    for signal in facts["signals"]:
        table.add_row(signal["name"], signal["kind"], signal["description"])
    for model in facts["noise_models"]:
        table.add_row(model["name"], "noise model", model["description"])
    return table
