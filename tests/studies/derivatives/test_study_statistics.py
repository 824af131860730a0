"""From evaluations to tables and alarms: a planted defect of each kind is listed by name."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd
import pytest
from tiltyard.studies.derivatives.statistics import read_summary, write_statistics
from tiltyard.studies.derivatives.study import Paths, Study

from tiltyard.derivatives import evaluation as evaluating
from tiltyard.engine.files.atomic import UnreadableFile
from tiltyard.engine.files.parquet import write_table
from tiltyard.engine.grid.seeds import generator
from tiltyard.engine.jobs import DatasetSource, evaluate_configuration, merge_results
from tiltyard.engine.journal.writing import record_job
from tiltyard.engine.methods.method import EXPLAINABLE
from tiltyard.engine.outcome import Limits, Outcome, Status
from tiltyard.engine.store.ledger import Store, address_of
from tiltyard.engine.work.evaluator import Tally
from tiltyard.studies.derivatives.contract import Estimate, Estimator
from tiltyard.studies.derivatives.dataset import compute_truth, make_dataset
from tiltyard.studies.derivatives.discovery import write_catalogue
from tiltyard.studies.derivatives.metrics import BAND_SCORES
from tiltyard.studies.derivatives.running import Evaluation, note_for, tabulate
from tiltyard.workflow import STATISTICS

ENTRY = Estimator(name="sound", family="spectral", max_order=2, exact_degree=0, min_samples=5)
NAMES = ("sound", "other", "clone", "stuck", "steps")
TWIN = replace(ENTRY, language="julia")
ENTRIES = [*(replace(ENTRY, name=name) for name in NAMES), TWIN]
ORDERS = (0, 1, 2)


def study(**changes):
    return Study.from_config(
        {
            "study": "planted",
            "seed": 5,
            "julia": False,
            "signals": ["gaussian_peak"],
            "samples": [41],
            "noise_levels": [1.0e-5, 1.0e-3, 1.0e-1],
            "trials": 2,
            "orders": list(ORDERS),
            **changes,
        }
    )


@cache
def truth():
    return compute_truth("gaussian_peak", 41)


def estimates(dataset, defects):
    """What each of `NAMES` estimates; those that are not in `defects` are sound."""
    spread = np.std(dataset.exact[:3], axis=1, keepdims=True)
    level = dataset.fields["noise_level"]
    found = {}
    for name in NAMES:
        rng = generator(dataset.seed, dataset.configuration, name)
        noise = spread * rng.standard_normal((3, len(dataset.t)))
        found[name] = dataset.exact[:3] + level * noise
        if name == "stuck" and name in defects:
            found[name] = dataset.exact[:3] + 0.2 * (1.1 - level) * noise
        if name == "steps" and name in defects:
            found[name][2] = np.repeat(found[name][2, ::5], 5)[: len(dataset.t)]
    if "clone" in defects:
        found["clone"] = found["other"]
    found = {(name, "python"): values for name, values in found.items()}
    found[TWIN.key] = found["sound", "python"] * (1.0 + 1e-12)
    if "twin" in defects and level < 1e-3:
        found[TWIN.key] = found[TWIN.key] + 0.6 * level * spread * np.sin(dataset.t)
    return found


def write_study(paths, defects=(), entries=ENTRIES, own=None):
    own = own or study()
    for point in own.configurations:
        dataset = make_dataset(
            point.id,
            **point.values,
            rng=generator(own.seed, point.id),
            study=own.name,
            seed=own.seed,
            truth=truth(),
        )
        if "truth" in defects:
            dataset.exact[1] += 1e-6 * np.sin(dataset.t)
        dataset.write(paths.dataset(point.id))
        outcomes = {
            key: Outcome(Status.OK, "", Estimate(values, None, {}), cpu_seconds=1e-3)
            for key, values in estimates(dataset, defects).items()
        }
        tally = Tally(outcomes)
        table = tabulate(dataset, entries, ORDERS, tally)
        write_table(table, note_for(dataset, tally, table, "x"), paths.evaluation(point.id))
    write_catalogue(entries, paths.catalogue)
    merge_results(own, paths, complete=True)
    return write_statistics(own, paths)


def test_clean_study_raises_no_alarm_and_has_every_table(tmp_path):
    assert write_study(Paths(tmp_path)) == []
    assert pd.read_csv(tmp_path / "alarms.csv").empty
    assert all((tmp_path / name).stat().st_size for name in STATISTICS)
    summary = read_summary(tmp_path / "summary.csv")
    # Errors are noise of the level itself, so that all is spread and a level is recovered or not.
    own = summary[summary["noise_level"] == 1e-3]
    np.testing.assert_allclose(own["spread"], 1e-3, rtol=0.35)  # two trials of 39 points
    assert (own["tie_rule"] == "interval").all()
    reach = pd.read_csv(tmp_path / "reach.csv").set_index("noise_level")
    assert reach.loc[1e-5, "reach"] == 2


@pytest.mark.parametrize(
    ("defect", "kind", "method"),
    [
        ("clone", "identical errors", "clone"),
        ("stuck", "does not fall with noise", "stuck"),
        ("steps", "constant or steps", "steps"),
        ("twin", "languages differ", "sound"),
        ("truth", "inexact truth", ""),
    ],
)
def test_planted_defect_raises_its_alarm_and_no_other(tmp_path, defect, kind, method):
    alarms = write_study(Paths(tmp_path), {defect})
    assert alarms and {alarm.kind for alarm in alarms} == {kind}
    table = pd.read_csv(tmp_path / "alarms.csv", keep_default_na=False)
    assert list(table["message"]) == [alarm.message for alarm in alarms]
    assert set(table["method"]) == {method}
    if defect == "truth":
        assert "orders 1:" in alarms[0].message
    if defect == "twin":
        assert (alarms[0].language, alarms[0].where[:13]) == ("julia", "3 of 9 cells,")
    if defect == "clone":
        assert "other (python)" in alarms[0].message


def test_score_that_an_estimate_has_none_of_is_empty_and_no_nan():
    dataset = DatasetSource("x", 1, Path("nowhere")).generate(study().configurations[0].id)
    flat = Estimate(np.zeros((3, len(dataset.t))), None, {})
    table = tabulate(
        dataset, ENTRIES[:1], ORDERS, Tally({ENTRIES[0].key: Outcome(Status.OK, "", flat)})
    )
    for name in ("correlation", *BAND_SCORES):
        assert table[name].to_pylist() == [None] * len(ORDERS)
    assert all(0.5 < error < 2.0 for error in table["nrmse"].to_pylist())


def test_declared_defects_raise_nothing(tmp_path):
    reasons = dict.fromkeys(EXPLAINABLE, "known")
    entries = [
        replace(
            entry, explained=MappingProxyType(reasons), same_as="other" * (entry.name == "clone")
        )
        for entry in ENTRIES
    ]
    assert write_study(Paths(tmp_path), {"clone", "stuck", "steps", "twin"}, entries) == []


def test_summary_of_an_older_version_is_refused_with_the_remedy(tmp_path):
    pd.DataFrame({"method": ["a"], "median": [1.0]}).to_csv(tmp_path / "old.csv")
    with pytest.raises(UnreadableFile, match=r"without .*tags.*`tiltyard merge` writes it again"):
        read_summary(tmp_path / "old.csv")
    with pytest.raises(UnreadableFile, match="`tiltyard merge` writes it"):
        read_summary(tmp_path / "none.csv")


def test_evaluation_of_another_scoring_is_scored_again_from_the_store(tmp_path, monkeypatch):
    own = study(noise_levels=[1.0e-2], trials=1)
    paths, name = Paths(tmp_path), own.configurations[0].id
    source, store = DatasetSource(own.name, own.seed, tmp_path), Store(paths.store)
    dataset = source.load(name)
    ledger = store.ledger(dataset.digest)
    for entry in ENTRIES:
        estimate = Estimate(estimates(dataset, ())[entry.key], None, {})
        ledger.put(
            address_of(dataset.digest, entry, {"orders": list(ORDERS)}),
            Outcome(Status.OK, "", estimate),
        )

    def evaluate():
        evaluation = Evaluation(
            ENTRIES, ORDERS, store=store, limits=Limits(60.0, 4096.0), threads=1
        )
        with record_job(None, "x", "x") as journal:
            note = evaluate_configuration(name, source, evaluation, journal)
        assert (note["computed"], note["recalled"]) == (0, len(ENTRIES))
        return paths.evaluation(name).stat().st_mtime_ns

    written = evaluate()
    assert evaluate() == written  # the file stayed as it was
    monkeypatch.setattr(evaluating, "scoring_version", lambda: "another")
    assert evaluate() > written
