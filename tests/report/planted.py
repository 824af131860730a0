"""A small study of planted results, and its page."""

from types import SimpleNamespace

import numpy as np
from tiny import outcomes_of, study_of

from tiltyard.engine import datasets
from tiltyard.engine.catalogue import write_catalogue
from tiltyard.engine.files.parquet import write_table
from tiltyard.engine.grid.seeds import generator
from tiltyard.engine.jobs import merge_results
from tiltyard.engine.outcome import Outcome, Status
from tiltyard.engine.statistics.writing import write_statistics
from tiltyard.engine.study import Study
from tiltyard.engine.work.evaluator import Outcomes
from tiltyard.engine.work.tabulating import note_for, tabulate
from tiltyard.report.page.building import write_page
from tiltyard.studies.derivatives.contract import Estimate, Estimator
from tiltyard.studies.derivatives.kind import orders_of

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
#: Quantiles of the estimator with bands, in its standard deviations from its values.
SKEW = np.array([-1.0, -0.5, 1.5, 4.0])
#: What a browser would run if it took a message for markup.
MESSAGE = '<img src=x onerror="document.title=\'run\'"> & singular, at "x"'


def entry(name, family, language="python", tags=(), **facts):
    return Estimator(
        name=name, family=family, language=language, tags=tags, max_order=facts.pop("max_order", 7),
        exact_degree=0, min_samples=5, version=f"{name}-{language}", **facts,
    )  # fmt: skip


#: Estimator -> its error, relative to the derivative's spread, at the noise level 1e-2; None fails.
PLANTED = {
    entry("process_fit", "gaussian process", standard_deviation=True, oracle="oracle_fit"): 0.01,
    entry("spline_fit", "spline"): 0.03,
    entry("spline_fit", "spline", language="julia"): 0.05,
    entry("wave_fit", "spectral", tags=("peer",)): 0.2,
    entry("flat_fit", "spectral", tags=("slow",), max_order=1): 0.4,
    entry("broken_fit", "rational"): None,
    entry("zero", "control", tags=("control",)): 1.0,
    entry("oracle_fit", "control", tags=("control", "oracle")): 0.005,
}


def outcome(dataset, entry, error, orders, level):
    if error is None:
        return Outcome(Status.FAILED, MESSAGE, None, 0.02, 0.02, 0.0)
    rng = generator(1, dataset.configuration, *entry.key)
    exact = dataset.exact[[order for order in orders if order <= entry.max_order]]
    spread = np.std(exact, axis=1, keepdims=True) * error * level / 1e-2
    values = exact + spread * rng.standard_normal(exact.shape)
    found = Estimate(values, None, {"noise": 0.5})
    if entry.standard_deviation:
        deviation = np.broadcast_to(spread, exact.shape)
        quantiles = values + SKEW[:, None, None] * deviation
        found = found._replace(standard_deviation=deviation, quantiles=quantiles)
    return Outcome(Status.OK, "", found, error, error, 0.0)


def evaluate(study, configurations):
    """Write the planted evaluations of `configurations`."""
    for name in configurations:
        dataset = datasets.load(study, name)
        level = study.kind.grid.parse(name).values["noise_level"]
        outcomes = {
            entry.key: outcome(dataset, entry, error, orders_of(study.config), level)
            for entry, error in PLANTED.items()
        }
        write_evaluation(study, dataset, list(PLANTED), outcomes)


def write_evaluation(study, dataset, methods, outcomes):
    """The file of one configuration, with an outcome for each key of `methods`."""
    found = Outcomes(outcomes)
    table = tabulate(study, dataset, methods, found)
    note = note_for(study, dataset, found, table, "planted")
    write_table(table, note, study.evaluation(dataset.configuration))


def make_study(folder, share=1.0, **changes):
    """The study with the first `share` of its evaluations, and its page."""
    config = {**CONFIG, **changes}
    study = Study.from_config(config, folder / config["study"])
    evaluate(study, study.ids[: round(share * len(study.ids))])
    return finish(study, list(PLANTED), complete=share == 1.0)


def make_tiny_study(kind, folder):
    """A study of one of the kinds in `tiny`, and its page."""
    study = study_of(kind, folder)
    methods = kind.methods(study.config)
    for name in study.ids:
        write_evaluation(study, datasets.load(study, name), methods, outcomes_of(study))
    return finish(study, methods)


def finish(study, methods, complete=True):
    """Tables and page of a study whose evaluations are there."""
    write_catalogue(study.kind, study.config, methods, study.catalogue)
    merge_results(study, complete=complete)
    write_statistics(study)
    return SimpleNamespace(study=study, folder=study.folder, page=write_page(study))
