"""A made-up study of known errors, and a renderer that remembers every text it draws."""

from dataclasses import dataclass
from itertools import product
from math import inf, radians

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.transforms import Affine2D, Bbox

from tiltyard.engine import datasets
from tiltyard.engine.catalogue import write_catalogue
from tiltyard.engine.files.csv import write_frame
from tiltyard.engine.kind import cell_of
from tiltyard.engine.statistics.ranks import rank_methods
from tiltyard.engine.statistics.writing import write_statistics
from tiltyard.engine.study import Study
from tiltyard.report.figures.study_tables import Tables
from tiltyard.studies.derivatives.contract import FAMILIES
from tiltyard.studies.derivatives.kind import Derivatives

#: As long as the longest names that there are.
LONG = "_with_a_long_name_of_its_own"
THRESHOLD = 0.1
BEST, FAILING, LOW_ORDERS = "gaussian_process_best", "spline_failing", "learning_low_orders"


#: The front: one that is cheap, one in between, and the best, which is not cheap.
SECONDS = {"finite_difference_first": 0.001, BEST: 1.0}
FRONT = ("finite_difference_first", "gaussian_process_first", BEST)


@dataclass
class Method:
    name: str
    family: str
    factor: float  # of the error
    tags: str = ""
    language: str = "python"


def methods():
    """Two of each family, the second in Julia too; controls; all errors are distinct."""
    found = []
    for place, family in enumerate(family for family in FAMILIES if family != "control"):
        word = family.replace(" ", "_")
        found.append(Method(f"{word}_first", family, 1.5 + 0.2 * place))
        for language in ("python", "julia"):
            factor = 3.0 + 0.21 * place + 0.01 * (language == "julia")
            found.append(Method(f"{word}{LONG}"[:34], family, factor, language=language))
    found += [
        Method(BEST, "gaussian process", 1.0),
        Method(FAILING, "spline", inf),
        Method(LOW_ORDERS, "learning", 1.2),
        Method("oracle_spline", "control", 0.5, "control,oracle"),
        Method("model_fit", "control", 0.01, "control,model"),
        Method("zero", "control", 0.0, "control"),
    ]
    return found


def error(method, level, order):
    """The planted error; of the best it passes `THRESHOLD` between orders 0 and 1 at level 0.05."""
    if method.name == "zero":
        return 1.0
    return method.factor * level * 5.0**order


def summary(signals, samples, levels, orders, families):
    rows = []
    takes_part = [method for method in methods() if method.family in families]
    cells = product(signals, samples, ["gaussian"], levels, orders)
    for cell, method in product(cells, takes_part):
        unsupported = method.name == LOW_ORDERS and cell[-1] > 1
        solved = np.isfinite(method.factor) and not unsupported
        median = error(method, cell[-2], cell[-1]) if solved else np.nan
        rows.append(
            {
                **dict(zip(cell_of(Derivatives()), cell, strict=True)),
                "method": method.name,
                "language": method.language,
                "family": method.family,
                "tags": method.tags,
                "ranked": method.family != "control",
                **dict.fromkeys(("mean", "median", "geometric_mean", "minimum", "maximum"), median),
                "flat": 0.0,
                "interval_low": 0.8 * median,
                "interval_high": 1.3 * median,
                "replicates": 2,
                "n_ok": 2 * solved,
                "n_unsupported": 2 * unsupported,
                "cpu_seconds": SECONDS.get(method.name, 0.01 * method.factor),
                "warm_up_seconds": 0.0,
                "peak_memory": 100.0,
                "place": np.nan if method.family == "control" else 1.0,
                "tied": method.name == BEST,
            }
        )
    return pd.DataFrame(rows)


def plant(
    folder,
    *,
    signals=("runge",),
    samples=(31,),
    levels=(0.001, 0.05),
    orders=(0, 1, 2),
    families=FAMILIES,
    note="",
    names=None,
):
    """The tables of the made-up study, with datasets and evaluations of its first trial."""
    config = {
        "study": "planted",
        "seed": 1,
        "julia": False,
        "signals": list(signals),
        "samples": list(samples),
        "noise_levels": list(levels),
        "trials": 2,
        "orders": list(orders),
        "statistics": {"reach_threshold": THRESHOLD},
    }
    study = Study.from_config(config, folder)
    table = summary(signals, samples, levels, orders, families)
    if names is not None:
        table = table[table["method"].isin(names)].reset_index(drop=True)
    write_tables(study, table)
    for point in study.configurations[::2]:
        _write(study, point, orders)
    return Tables(study, folder, note)


def write_tables(study, table):
    """The summary `table`, and what follows from it."""
    study.folder.mkdir(parents=True, exist_ok=True)
    write_frame(table, study.folder / "summary.csv")
    ranks = rank_methods(table, study.cell, study.kind.reference)
    write_frame(ranks, study.folder / "ranks.csv")
    write_catalogue(study.kind, study.config, [], study.catalogue)
    write_statistics(study)


def _write(study, point, orders):
    """A dataset, and evaluations with the planted errors: the truth times 1 + error."""
    dataset = datasets.generate(study, point.id)
    datasets.write(study, dataset)
    rows = []
    for method, order in product(methods(), orders):
        value = error(method, point.values["noise_level"], order)
        ok = np.isfinite(value)
        rows.append(
            {
                "method": method.name,
                "language": method.language,
                "order": order,
                "status": "ok" if ok else "failed",
                "nrmse": value if ok else None,
                "estimate": dataset.exact[order] * (1 + value) if ok else None,
                "standard_deviation": np.full(len(dataset.t), value) if ok else None,
            }
        )
    path = study.evaluation(point.id)
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows), path)


@dataclass
class Drawn:
    """One text as it was drawn: what, how large [pt], and where [pixels]."""

    text: str
    size: float
    box: Bbox


class Recorder(RendererAgg):
    """Draws, and remembers every text."""

    def __init__(self, figure):
        self.canvas = figure.bbox
        self.drawn = []
        super().__init__(*self.canvas.size, figure.dpi)
        figure.draw(self)

    def draw_text(self, gc, x, y, s, prop, angle, ismath=False, mtext=None):
        width, height, descent = self.get_text_width_height_descent(s, prop, ismath)
        # x, y is the left end of the base line; y runs downwards.
        box = Bbox([[0, -descent], [width, height - descent]])
        box = box.transformed(Affine2D().rotate(radians(angle)).translate(x, self.height - y))
        self.drawn.append(Drawn(s, prop.get_size_in_points(), box))
        super().draw_text(gc, x, y, s, prop, angle, ismath, mtext)

    @property
    def texts(self):
        return [drawn.text for drawn in self.drawn]
