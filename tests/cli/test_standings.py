"""What `tiltyard compare` tells of one method, on a planted study."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from planted_study import CELL, Planted, grid, results_of, study_in

from tiltyard.cli.standings import Asked, compared
from tiltyard.engine.files.csv import write_frame
from tiltyard.engine.kind import Measures
from tiltyard.engine.statistics.summary import summarise

CELLS = grid(["sine", "step"], [0.1, 0.2], [0, 1])


class Banded(Planted):
    measures = Measures(score="error", bands={"inside": 0.5}, band_score="sharp")
    reference = ("plain", "python")


@pytest.fixture
def study(tmp_path):
    errors = {
        "plain": np.ones((8, 2)),
        "own": 2.0 ** np.arange(-4, 4)[:, None] * np.ones(2),
        "other": np.full((8, 2), 0.5),
        "knowing": np.zeros((8, 2)),
    }
    errors["own"][3, 1] = np.nan
    rows = results_of(errors, CELLS, tags={"knowing": "control"})
    rows = rows.assign(inside=0.25, sharp=rows["error"])
    kind = Banded()
    pq.write_table(pa.Table.from_pandas(rows, preserve_index=False), tmp_path / "results.parquet")
    summary = summarise(rows, CELL, kind.measures, unranked=kind.unranked)
    write_frame(summary, tmp_path / "summary.csv")
    return study_in(tmp_path, kind)


def asked(method="own", by="", where=(), worst=0, bands=False):
    return Asked(method, "", by, where, worst, bands)


def test_standing_bands_and_worst_cells_are_told_together(study):
    tables = compared(study, asked(by="signal", worst=3, bands=True))
    assert list(tables) == ["standing", "bands", "worst"]
    standing, title = tables["standing"]
    assert "against plain (python), and against the best of 2 others" in title
    assert standing["cells"].tolist() == [4, 4, 8]
    # Below 0.55: the first three cells of the sine.
    assert standing["near"].tolist() == [0.75, 0.0, 0.375]
    bands = tables["bands"][0].set_index("signal")
    assert bands["inside"].tolist() == [0.25] * 3 and bands.loc["all", "evaluations"] == 15
    worst = tables["worst"][0]
    assert list(worst[CELL].itertuples(index=False, name=None)) == [CELLS[3], CELLS[7], CELLS[6]]
    assert worst["behind"].tolist() == [np.inf, 16.0, 8.0]
    assert worst["rival"].tolist() == ["other"] * 3


def test_cells_are_chosen_and_divided_by_several_columns(study):
    tables = compared(study, asked(by="level,order", where=["signal=step"], bands=True))
    for name in ("standing", "bands"):
        rows = tables[name][0][["level", "order"]].itertuples(index=False, name=None)
        assert list(rows) == [(0.1, 0), (0.1, 1), (0.2, 0), (0.2, 1), ("all", "all")]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"by": "colour"}, "--by colour: no such column of a cell; use one of signal, level"),
        ({"by": "signal,"}, "--by : no such column"),
        ({"where": ["signal=cosine"]}, "no such signal; use one of sine, step"),
        ({"method": "absent"}, r"absent \(python\) took no part"),
        ({"method": "knowing"}, "knowing .* is not ranked"),
        ({"method": "", "worst": 3}, "name it with --method"),
        ({"method": "", "bands": True}, "name it with --method"),
        ({"method": "", "by": "signal,level"}, "name it with --method"),
    ],
)
def test_what_cannot_be_told_is_refused(study, options, message):
    with pytest.raises(ValueError, match=message):
        compared(study, asked(**options))


def test_without_a_method_all_are_set_against_the_reference(study):
    table, _ = compared(study, asked(method="", by="level"))["ratios"]
    assert table.set_index("method").loc["other", "all"] == pytest.approx(0.5)
