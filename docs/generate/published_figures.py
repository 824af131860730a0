"""Write the table of docs/published-figures.md from the results of config/published.yaml.

    python docs/generate/published_figures.py [results/published]

The table sets mean nRMSE of ten trials beside those of Bassik's study (2024), whose means and
standard deviations are in published_figures.csv: commit f432816 of orebas/deriv-estimation-study,
build/results/comprehensive/comprehensive_summary.csv, Lotka-Volterra at noise level 0.01.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from marked import write_lines

from tiltyard.engine import datasets
from tiltyard.engine.study import Study
from tiltyard.studies.derivatives.contract import MAX_ORDER, Array
from tiltyard.studies.derivatives.dataset import Dataset
from tiltyard.studies.derivatives.metrics import errors_of

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "published-figures.md"
FIGURES = Path(__file__).with_suffix(".csv")
#: Of the published means.
TRIALS = 10
#: Lines of the page between which the table stands.
BEGIN = "<!-- The table: `make published` writes it anew. -->"
END = "<!-- End of the table. -->"
#: A difference is called none up to so many of its standard errors.
LARGEST = 3.0


@dataclass(frozen=True)
class Row:
    """A published row and an estimator of this house that is set beside it.

    Attributes
    ----------
    published : str
        Name of the method in that study.
    estimator : str
        Name of a Python estimator.
    held : int
        Estimates at so many samples of each end are replaced by the nearest one inside.
    """

    published: str
    estimator: str
    held: int = 0

    @property
    def label(self) -> str:
        """Its first cell in the table."""
        return f"`{self.estimator}`" + (", ends held" if self.held else "")


ROWS = (
    Row("GP-RBF-Python", "gaussian_process_se"),
    Row("Fourier-GCV", "fourier_gcv"),
    Row("FiniteDiff-Central", "central_difference"),
    Row("SavitzkyGolay-Fixed", "savitzky_golay_15_7"),
    Row("SavitzkyGolay-Fixed", "savitzky_golay_15_7", held=7),
    Row("Spline-Dierckx-5", "dierckx_spline_difference_noise"),
    Row("Spline-Dierckx-5", "dierckx_spline_rescaled_noise"),
)


@dataclass(frozen=True)
class Mean:
    """Mean and standard deviation (trials - 1) of nRMSE over ten trials."""

    mean: float
    deviation: float

    @classmethod
    def of(cls, errors: Array) -> Mean:
        """That of the errors of all trials."""
        if len(errors) != TRIALS:
            raise ValueError(f"{len(errors)} errors: the published means are of {TRIALS} trials")
        return cls(float(np.mean(errors)), float(np.std(errors, ddof=1)))

    def standard_errors_from(self, other: Mean) -> float:
        """The difference to `other`, an independent mean, in its standard errors."""
        error = np.hypot(self.deviation, other.deviation) / np.sqrt(TRIALS)
        return float((self.mean - other.mean) / error)


#: By method or row, then by order.
Means = Mapping[int, Mean]


def published() -> dict[str, Means]:
    """The published means by method and order."""
    found: dict[str, dict[int, Mean]] = {}
    for line in pd.read_csv(FIGURES).itertuples(index=False):
        means = found.setdefault(str(line.method), {})
        means[int(line.order)] = Mean(float(line.mean), float(line.standard_deviation))
    return found


def errors(row: Row, estimates: Array, dataset: Dataset) -> Array:
    """NRMSE of `estimates` (orders, n), those of orders 0, 1, … at the dataset's times."""
    if row.held:
        estimates = estimates.copy()
        estimates[:, : row.held] = estimates[:, row.held, None]
        estimates[:, -row.held :] = estimates[:, -row.held - 1, None]
    return errors_of(estimates, dataset.exact[: len(estimates)])["nrmse"]


def from_results(folder: Path) -> dict[Row, Means]:
    """Means of the study whose results are in `folder`."""
    columns = ["configuration", "method", "order", "status", "estimate"]
    table = pd.read_parquet(folder / "results.parquet", columns=columns)
    table = table[table["status"] == "ok"].sort_values("order")
    study = Study.read(folder / "study.json", folder)
    data = {id: datasets.read(study, id)[0] for id in study.ids}
    orders = {method: len(means) for method, means in published().items()}
    return {
        row: over_trials(
            [
                errors(row, np.stack(list(rows["estimate"])[: orders[row.published]]), data[id])
                for id, rows in table[table["method"] == row.estimator].groupby("configuration")
            ]
        )
        for row in ROWS
    }


def over_trials(found: list[Array]) -> Means:
    """Means by order of errors (orders,), one array a trial."""
    return {order: Mean.of(values) for order, values in enumerate(np.stack(found, axis=1))}


def table(found: Mapping[Row, Means]) -> list[str]:
    """The lines of the table in Markdown."""
    theirs = published()
    orders = range(MAX_ORDER + 1)
    lines = ["| order | " + " | ".join(map(str, orders)) + " |", "| --- |" + " --- |" * len(orders)]
    shown = None
    for row in ROWS:
        means, own = theirs[row.published], found[row]
        if shown != row.published:
            shown = row.published
            lines.append(_line(f"**{shown}**", {k: _digits(means[k].mean) for k in means}))
        away = {k: own[k].standard_errors_from(means[k]) for k in means}
        lines.append(_line(row.label, {k: _digits(own[k].mean) for k in means}))
        lines.append(_line("difference", {k: _difference(away[k]) for k in means}))
    return lines


def _line(label: str, cells: Mapping[int, str]) -> str:
    return f"| {label} | " + " | ".join(cells.get(k, "") for k in range(MAX_ORDER + 1)) + " |"


def _digits(value: float) -> str:
    """Three significant digits."""
    return f"{value:#.3g}".rstrip(".")


def _difference(value: float) -> str:
    text = f"{value:+.1f}".replace("-", "−")
    return f"**{text}**" if abs(value) > LARGEST else text


def main(folder: Path) -> None:
    """Replace the table of the page."""
    write_lines(PAGE, BEGIN, END, "\n".join(table(from_results(folder))))


if __name__ == "__main__":
    main(Path(*sys.argv[1:2]) if sys.argv[1:] else ROOT / "results" / "published")
