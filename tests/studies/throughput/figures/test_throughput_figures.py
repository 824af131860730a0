"""The static figures of a planted study, and what they may not draw."""

import matplotlib
import pytest
from planted_answer import plant
from planted_launches import BASE, TWICE, launched, threads

from tiltyard.engine.kind import resolve
from tiltyard.report.figures.drawing import draw_figures
from tiltyard.report.figures.study_tables import Tables
from tiltyard.report.figures.style import STYLE
from tiltyard.studies.throughput.figures.limit import draw_shares
from tiltyard.studies.throughput.figures.selection import shortened, shown_settings
from tiltyard.studies.throughput.figures.speed_up import draw_scaling
from tiltyard.studies.throughput.outputs import FIGURES, TABLES
from tiltyard.studies.throughput.statistics.costs import costs
from tiltyard.studies.throughput.statistics.launches import launches_of
from tiltyard.studies.throughput.statistics.scaling import scaling

NAMES = ["scaling", "stages", "memory", "limit", "noise"]


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        yield plant(tmp_path_factory.mktemp("figures"), patch)


@pytest.fixture(scope="module")
def drawn(planted):
    tables = Tables(planted.study, planted.folder)
    with matplotlib.rc_context(STYLE):
        return {
            name: one
            for figure in FIGURES
            for name, one in resolve(figure.draw)(tables)
        }  # fmt: skip


def texts_of(figure):
    """All texts of a figure that are drawn."""
    found = figure.findobj(matplotlib.text.Text)
    return [one.get_text() for one in found if one.get_text() and one.get_visible()]


def test_all_files_are_drawn_and_every_output_has_a_caption(planted):
    files = draw_figures(planted.study, only=NAMES, kinds=["svg"])
    assert [file.stem for file in files] == NAMES
    assert [name for figure in FIGURES for name in figure.files({})] == NAMES
    for one in (*TABLES, *FIGURES):
        assert one.caption.read_text(encoding="utf-8").strip()


def test_no_curve_has_more_workers_than_cores(drawn):
    axes = drawn["scaling"].axes
    ends = [max(line.get_xdata()) for axis in axes for line in axis.lines if len(line.get_xdata())]
    assert max(ends) < 2.5
    assert "threads-w4-b2000" not in texts_of(drawn["stages"])


def test_linear_line_and_named_base(drawn):
    left = drawn["scaling"].axes[0]
    assert list(map(list, left.lines[0].get_data())) == [[1, 2], [1, 2]]
    assert left.get_title(loc="left") == f"n1; 1 is {BASE.name}"
    assert "linear" in texts_of(drawn["scaling"])


def test_every_round_of_the_control_is_a_point(drawn, planted):
    axis = drawn["noise"].axes[0]
    points = sum(len(one.get_offsets()) for one in axis.collections if hasattr(one, "get_sizes"))
    rows = planted.rows
    control = rows["method"].eq(TWICE.name) & rows["stage"].eq("total")
    assert points == control.sum() == 24


def test_wrong_strategies_and_controls_are_not_drawn(drawn):
    for name in ("stages", "memory", "limit"):
        assert {"wrong-b7", TWICE.name}.isdisjoint(texts_of(drawn[name])), name
    assert "inflate" in texts_of(drawn["memory"]) and "inflate" not in texts_of(drawn["limit"])


def test_a_study_with_nothing_to_draw_says_why(tmp_path, monkeypatch):
    found = plant(tmp_path, monkeypatch, only=[BASE], rounds=2)
    tables = Tables(found.study, found.folder)
    said = {
        name: " ".join(texts_of(one))
        for figure in FIGURES
        for name, one in resolve(figure.draw)(tables)
    }
    assert "no strategy with several workers" in said["scaling"]
    assert "no round has a limit" in said["limit"]
    assert "no round has its baseline twice" in said["noise"]


def test_many_workloads_are_thinned_and_the_title_says_so():
    sizes = {f"n{count}": float(count) for count in range(1, 10)}
    table = scaling(launches_of(launched([BASE, TWICE, threads(2, 0.1)], sizes=sizes, rounds=2)))
    shown = [workload for workload, _ in shown_settings(table)]
    assert shown[0] == "n1" and shown[-1] == "n9" and len(shown) == 4
    assert len(draw_scaling(table, "").axes) == 8


def test_a_share_beyond_the_limit_is_inside_the_frame():
    from planted_launches import LIMIT, Planted

    magic = Planted("magic", 0.2, start=0.0, block="9")
    table = costs(launches_of(launched([BASE, TWICE, LIMIT, magic], rounds=3)))
    table = table[table["limit_share"].notna() & ~table["strategy"].eq(LIMIT.name)]
    assert draw_shares(table, "").axes[0].get_xlim()[1] > 250


def test_long_names_keep_both_ends():
    assert shortened("short") == "short"
    found = shortened("multiprocessing-with-a-long-name-w2-b2000", 21)
    assert len(found) == 21 and found.startswith("multi") and found.endswith("b2000")
