"""The measure of the verdicts, on a table made by hand and on a study of one cell."""

import pandas as pd
import pytest

from tiltyard.advice.hit_rate import hit_rates, verdicts
from tiltyard.engine.study import Study

SMALL = {
    "study": "small",
    "seed": 3,
    "signals": ["dry_friction", "chirp", "brusselator"],
    "samples": [51],
    "noise_levels": [2e-2],
    "trials": 2,
    "orders": [0, 1, 7],
}


def test_rates_of_a_table_made_by_hand():
    said = ["trusted", "trusted", "rough", "not recoverable", "trusted"]
    truly = ["trusted", "rough", "rough", "rough", "not recoverable"]
    table = pd.DataFrame({"division": list("aaabb"), "verdict": said, "truly": truly})
    rates = hit_rates(table, "division").set_index("division")
    assert rates["cases"].tolist() == [3, 2, 5]
    assert rates["right"].tolist() == pytest.approx([2 / 3, 0, 2 / 5])
    assert rates["too bold"].tolist() == pytest.approx([1 / 3, 1 / 2, 2 / 5])
    assert rates["too careful"].tolist() == pytest.approx([0, 1 / 2, 1 / 5])
    assert rates["trusted below 0.1"].tolist() == pytest.approx([1 / 2, 0, 1 / 3])
    assert rates["trusted below 0.3"].tolist() == pytest.approx([1, 0, 2 / 3])


def test_verdicts_on_a_study_are_compared_with_the_truth():
    calls = []
    study = Study.from_config(SMALL)
    table = verdicts(
        study,
        divisions=["development", "non-smooth"],
        draws=2,
        progress=lambda done, total: calls.append((done, total)),
    )
    # Of two trials the first alone, and no signal of another division.
    assert calls == [(1, 2), (2, 2)]
    assert table["configuration"].unique().tolist() == [
        "dry_friction-n51-gaussian-2e-02-t1",
        "chirp-n51-gaussian-2e-02-t1",
    ]
    assert table["order"].tolist() == [0, 1, 7] * 2
    chirp = table[table["signal"] == "chirp"].set_index("order")
    assert chirp.loc[0, "verdict"] == chirp.loc[0, "truly"] == "trusted"
    assert chirp.loc[7, "verdict"] == "not recoverable"
    assert (chirp["nrmse"] > 0).all()
