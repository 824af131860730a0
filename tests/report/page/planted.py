"""A small study of planted results, and its page."""

from types import SimpleNamespace

import numpy as np
from tiltyard.studies.derivatives.statistics import write_statistics
from tiltyard.studies.derivatives.study import Paths, Study

from tiltyard.engine.files.parquet import write_table
from tiltyard.engine.grid.seeds import generator
from tiltyard.engine.jobs import DatasetSource, merge_results
from tiltyard.engine.outcome import Outcome, Status
from tiltyard.engine.work.evaluator import Tally
from tiltyard.report.page.building import write_page
from tiltyard.studies.derivatives.contract import Estimate, Estimator
from tiltyard.studies.derivatives.discovery import write_catalogue
from tiltyard.studies.derivatives.running import note_for, tabulate

CONFIG = {
    "study": "planted",
    "seed": 7,
    "julia": False,
    "signals": ["runge", "bump"],
    "samples": [21, 25],
    "noise_models": ["gaussian", "proportional"],
    "noise_levels": [1e-3, 1e-2],
    "trials": 2,
    "orders": [0, 1, 2],
}
#: What a browser would run if it took a message for markup.
MESSAGE = '<img src=x onerror="document.title=\'run\'"> & singular, at "x"'


def entry(name, family, language="python", tags=(), **facts):
    return Estimator(
        name=name, family=family, language=language, tags=tags, max_order=facts.pop("max_order", 7),
        exact_degree=0, min_samples=5, version=f"{name}-{language}", **facts,
    )  # fmt: skip


#: Estimator -> its error, relative to the derivative's spread, at the noise level 1e-2; None fails.
PLANTED = {
    entry("process_fit", "gaussian process", standard_deviation=True): 0.01,
    entry("spline_fit", "spline"): 0.03,
    entry("spline_fit", "spline", language="julia"): 0.05,
    entry("wave_fit", "spectral", tags=("peer",)): 0.2,
    entry("flat_fit", "spectral", tags=("slow",), max_order=1): 0.4,
    entry("broken_fit", "rational"): None,
    entry("zero", "control", tags=("control",)): 1.0,
    entry("oracle_fit", "control", tags=("control", "oracle")): 0.005,
}


def outcome(dataset, entry, error, orders):
    if error is None:
        return Outcome(Status.FAILED, MESSAGE, None, 0.02, 0.02, 0.0)
    rng = generator(1, dataset.configuration, *entry.key)
    exact = dataset.exact[[order for order in orders if order <= entry.max_order]]
    spread = np.std(exact, axis=1, keepdims=True) * error * dataset.fields["noise_level"] / 1e-2
    values = exact + spread * rng.standard_normal(exact.shape)
    deviation = np.broadcast_to(spread, exact.shape) if entry.standard_deviation else None
    return Outcome(Status.OK, "", Estimate(values, deviation, {"noise": 0.5}), error, error, 0.0)


def evaluate(study, paths, configurations):
    """Write the planted evaluations of `configurations`."""
    source = DatasetSource(study.name, study.seed, paths.folder)
    for name in configurations:
        dataset = source.load(name)
        outcomes = {e.key: outcome(dataset, e, error, study.orders) for e, error in PLANTED.items()}
        tally = Tally(outcomes)
        table = tabulate(dataset, list(PLANTED), study.orders, tally)
        write_table(table, note_for(dataset, tally, table, "planted"), paths.evaluation(name))
    write_catalogue(list(PLANTED), paths.catalogue)


def make_study(folder, share=1.0, **changes):
    """The study with the first `share` of its evaluations, its paths, and its page."""
    study = Study.from_config({**CONFIG, **changes})
    paths = Paths(folder / study.name)
    names = [point.id for point in study.configurations]
    evaluate(study, paths, names[: round(share * len(names))])
    merge_results(study, paths, complete=share == 1.0)
    write_statistics(study, paths)
    return SimpleNamespace(study=study, paths=paths, page=write_page(study, paths))
