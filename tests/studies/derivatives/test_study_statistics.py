"""From evaluations to tables and alarms: a planted defect of each kind is listed by name."""

from dataclasses import replace
from types import MappingProxyType
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest

from tiltyard.engine import datasets
from tiltyard.engine.catalogue import write_catalogue
from tiltyard.engine.files.atomic import UnreadableFile
from tiltyard.engine.files.json import write_sealed
from tiltyard.engine.files.parquet import write_table
from tiltyard.engine.files.receipts import read_receipt, sha256_of
from tiltyard.engine.grid.seeds import generator
from tiltyard.engine.jobs import evaluate_batch, merge_results
from tiltyard.engine.outcome import Outcome, Status
from tiltyard.engine.statistics.tables import MERGED, read_summary, statistics_of
from tiltyard.engine.statistics.writing import write_statistics
from tiltyard.engine.store.ledger import Store, address_of
from tiltyard.engine.study import Study
from tiltyard.engine.work.evaluator import Outcomes
from tiltyard.engine.work.tabulating import note_for, tabulate
from tiltyard.studies.derivatives import scoring
from tiltyard.studies.derivatives.contract import FLAT, NOT_FALLING, TWINS, Estimate, Estimator
from tiltyard.studies.derivatives.metrics import BAND_SCORES

ENTRY = Estimator(name="sound", family="spectral", max_order=2, exact_degree=0, min_samples=5)
NAMES = ("sound", "other", "clone", "stuck", "steps")
TWIN = replace(ENTRY, language="julia")
ENTRIES = [*(replace(ENTRY, name=name) for name in NAMES), TWIN]
ORDERS = (0, 1, 2)


def study(folder=None, **changes):
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
        },
        folder,
    )


def estimates(dataset, level, defects):
    """What each of `NAMES` estimates; those that are not in `defects` are sound."""
    spread = np.std(dataset.exact[:3], axis=1, keepdims=True)
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


def write_study(own, defects=(), entries=ENTRIES):
    for point in own.configurations:
        dataset = datasets.generate(own, point.id)
        if "truth" in defects:
            dataset.exact[1] += 1e-6 * np.sin(dataset.t)
        datasets.write(own, dataset)
        found = estimates(dataset, point.values["noise_level"], defects)
        outcomes = Outcomes(
            {
                key: Outcome(Status.OK, "", Estimate(values, None, {}), cpu_seconds=1e-3)
                for key, values in found.items()
            }
        )
        table = tabulate(own, dataset, entries, outcomes)
        note = note_for(own, dataset, outcomes, table, "x")
        write_table(table, note, own.evaluation(point.id))
    write_catalogue(own.kind, own.config, entries, own.catalogue)
    merge_results(own, complete=True)
    return write_statistics(own)


def test_clean_study_raises_no_alarm_and_has_every_table(tmp_path):
    own = study(tmp_path)
    assert write_study(own) == []
    assert pd.read_csv(tmp_path / "alarms.csv").empty
    files = [*MERGED, *statistics_of(own.kind)]
    assert {"summary.csv", "reach.csv", "cost.csv", "robustness.csv"} < set(files)
    assert all((tmp_path / name).stat().st_size for name in files)
    summary = read_summary(own)
    # Errors are noise of the level itself, so that all is spread and a level is recovered or not.
    rows = summary[summary["noise_level"] == 1e-3]
    np.testing.assert_allclose(rows["spread"], 1e-3, rtol=0.35)  # two trials of 39 points
    assert (rows["tie_rule"] == "interval").all()
    reach = pd.read_csv(tmp_path / "reach.csv").set_index("noise_level")
    assert reach.loc[1e-5, "reach"] == 2


@pytest.mark.parametrize(
    ("defect", "kind", "method"),
    [
        ("clone", "identical scores", "clone"),
        ("stuck", "does not fall with noise", "stuck"),
        ("steps", "constant or steps", "steps"),
        ("twin", "languages differ", "sound"),
        ("truth", "inexact truth", ""),
    ],
)
def test_planted_defect_raises_its_alarm_and_no_other(tmp_path, defect, kind, method):
    alarms = write_study(study(tmp_path), {defect})
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
    own = study()
    dataset = datasets.generate(own, own.ids[0])
    flat = Estimate(np.zeros((3, len(dataset.t))), None, {})
    outcomes = Outcomes({ENTRIES[0].key: Outcome(Status.OK, "", flat)})
    table = tabulate(own, dataset, ENTRIES[:1], outcomes)
    for name in ("correlation", *BAND_SCORES):
        assert table[name].to_pylist() == [None] * len(ORDERS)
    assert all(0.5 < error < 2.0 for error in table["nrmse"].to_pylist())


def test_declared_defects_raise_nothing(tmp_path):
    reasons = dict.fromkeys((FLAT, NOT_FALLING, TWINS), "known")
    entries = [
        replace(
            entry, explained=MappingProxyType(reasons), same_as="other" * (entry.name == "clone")
        )
        for entry in ENTRIES
    ]
    assert write_study(study(tmp_path), {"clone", "stuck", "steps", "twin"}, entries) == []


@pytest.mark.parametrize("columns", [["method"], ["method", "tags", "place"]])
def test_summary_of_an_older_version_is_refused_with_the_remedy(tmp_path, columns):
    own = study(tmp_path)
    with pytest.raises(UnreadableFile, match="`tiltyard merge` writes it"):
        read_summary(own)
    pd.DataFrame({name: ["a"] for name in columns}).to_csv(tmp_path / "summary.csv")
    with pytest.raises(
        UnreadableFile, match=r"it lacks the columns .*ranked.*`tiltyard merge` writes it again"
    ):
        read_summary(own)


def test_evaluation_of_another_scoring_is_scored_again_from_the_store(tmp_path, monkeypatch):
    own = study(tmp_path, noise_levels=[1.0e-2], trials=1)
    (name,) = own.ids
    write_catalogue(own.kind, own.config, ENTRIES, own.catalogue)
    dataset = datasets.load(own, name)
    ledger = Store(own.store).ledger(dataset.digest)
    for entry in ENTRIES:
        estimate = Estimate(estimates(dataset, 1e-2, ())[entry.key], None, {})
        ledger.put(
            address_of(dataset.digest, entry, own.options()), Outcome(Status.OK, "", estimate)
        )

    def evaluate():
        receipt = own.receipt("evaluations_1-1")
        with patch("tiltyard.engine.jobs.end_cleanly_on_signals"):  # this process is pytest's
            evaluate_batch(own, [name], receipt, threads=1)
        account = read_receipt(receipt).note
        assert (account["computed"], account["recalled"]) == (0, len(ENTRIES))
        return own.evaluation(name).stat().st_mtime_ns

    written = evaluate()
    # Nothing says that the file is whole, but a manifest that signs it.
    assert evaluate() > written
    signed = {f"evaluations/{name}.parquet": sha256_of(own.evaluation(name))}
    write_sealed(own.folder / "manifest.json", {"files": signed})
    written = own.evaluation(name).stat().st_mtime_ns
    assert evaluate() == written
    monkeypatch.setattr(scoring, "scoring_version", lambda: "another")
    assert evaluate() > written
