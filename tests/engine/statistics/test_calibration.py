"""How often bands hold the truth, on planted rows with known answers."""

import math
from types import SimpleNamespace

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from planted_study import Planted, study_in

from tiltyard.engine.grid.axes import Grid, count_axis, word_axis
from tiltyard.engine.kind import Measures
from tiltyard.engine.statistics.calibration import calibration, of_study

OWN, STANDARD = ("own", "python"), ("standard", "python")
MEASURES = Measures(score="error", bands={"in_half": 0.5, "in_most": 0.9}, band_score="sharp")
SAME = ["configuration", "order"]


def row(name, configuration, order, half, most, sharp, status="ok", language="python"):
    return {
        "configuration": configuration,
        "signal": configuration[0],
        "order": order,
        "method": name,
        "language": language,
        "status": status,
        "in_half": half,
        "in_most": most,
        "sharp": sharp,
    }


@pytest.fixture
def rows():
    return pd.DataFrame(
        [
            row("own", "a1", 0, 0.4, 0.8, 1.0),
            row("own", "a2", 0, 0.6, 1.0, 8.0),
            row("own", "b1", 0, 0.1, 0.5, 3.0),
            row("own", "b1", 1, 0.3, 0.7, 5.0),  # the reference has none of it
            row("own", "b2", 1, math.nan, math.nan, math.nan),  # no band
            row("own", "b2", 0, 1.0, 1.0, 1e-9, status="failed"),
            row("own", "a1", 0, 0.0, 0.0, 9.0, language="julia"),  # another method
            row("standard", "a1", 0, 0.5, 0.9, 2.0),
            row("standard", "a2", 0, 0.5, 0.9, 4.0),
            row("standard", "b1", 0, 0.5, 0.9, 1.0),
            row("standard", "b1", 1, 0.5, 0.9, 1.0, status="failed"),
        ]
    )


def test_shares_are_means_and_ratios_geometric_means_of_the_same(rows):
    table = calibration(rows, OWN, STANDARD, MEASURES, SAME, ["signal"]).set_index("signal")
    assert table["evaluations"].to_dict() == {"a": 2, "b": 2, "all": 4}
    assert table.loc["a", ["in_half", "in_most"]].tolist() == pytest.approx([0.5, 0.9])
    assert table.loc["b", ["in_half", "in_most"]].tolist() == pytest.approx([0.2, 0.6])
    assert table.loc["all", "in_most"] == pytest.approx(0.75)
    assert table.loc["a", "sharp_ratio"] == pytest.approx(1.0)  # sqrt(1/2 * 8/4)
    assert table.loc["b", "sharp_ratio"] == pytest.approx(3.0)
    assert table.loc["all", "sharp_ratio"] == pytest.approx(3.0 ** (1 / 3))


def test_by_two_columns(rows):
    table = calibration(rows, OWN, STANDARD, MEASURES, SAME, ["signal", "order"])
    assert list(table[["signal", "order"]].itertuples(index=False, name=None)) == [
        *(("a", 0), ("b", 0), ("b", 1), ("all", "all"))
    ]
    assert math.isnan(table["sharp_ratio"][2]), "the reference failed"


def test_without_the_reference_the_shares_stay(rows):
    table = calibration(rows, OWN, ("absent", "python"), MEASURES, SAME, ["signal"])
    assert table["in_half"].tolist() == pytest.approx([0.5, 0.2, 0.35])
    assert table["sharp_ratio"].isna().all()


def test_a_score_of_zero_counts_in_no_mean(rows):
    rows.loc[0, "sharp"] = 0.0
    table = calibration(rows, OWN, STANDARD, MEASURES, SAME, ["signal"]).set_index("signal")
    assert table.loc["a", "sharp_ratio"] == pytest.approx(2.0)
    assert table.loc["a", "evaluations"] == 2


@pytest.mark.parametrize("name", ["absent", "bandless"])
def test_a_method_without_bands_is_named(rows, name):
    rows = pd.concat([rows, pd.DataFrame([row("bandless", "a1", 0, *[math.nan] * 3)])])
    with pytest.raises(ValueError, match=f"{name} \\(python\\) gave no bands"):
        calibration(rows, (name, "python"), STANDARD, MEASURES, SAME, ["signal"])


class Banded(Planted):
    grid = Grid([word_axis("signal"), count_axis("trial", "t")])
    measures = MEASURES


def test_a_study_is_read_from_its_merged_rows(rows, tmp_path):
    study = study_in(tmp_path, Banded())
    pq.write_table(pa.Table.from_pandas(rows, preserve_index=False), tmp_path / "results.parquet")
    table = of_study(study, OWN, STANDARD, ["order"], ["signal=b"]).set_index("order")
    assert table["evaluations"].to_dict() == {0: 1, 1: 1, "all": 2}
    assert table.loc["all", "in_half"] == pytest.approx(0.2)
    with pytest.raises(ValueError, match="no such signal; use one of a, b"):
        of_study(study, OWN, STANDARD, ["order"], ["signal=z"])


def test_a_kind_without_bands_says_so(tmp_path):
    study = SimpleNamespace(kind=Planted())
    with pytest.raises(ValueError, match="study of planted have no bands"):
        of_study(study, OWN, STANDARD, ["signal"])
