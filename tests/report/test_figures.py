"""Static figures of a made-up study: what they show, and that every text of them can be read."""

from functools import cache
from itertools import combinations, pairwise

import matplotlib
import numpy as np
import pandas as pd
import pytest
from drawn_study import (
    BEST,
    FAILING,
    FRONT,
    LOW_ORDERS,
    THRESHOLD,
    Recorder,
    error,
    methods,
    plant,
    write_tables,
)
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.collections import QuadMesh
from matplotlib.colors import rgb_to_hsv
from matplotlib.layout_engine import ConstrainedLayoutEngine

from tiltyard.engine.statistics.replicates import METHOD_KEY
from tiltyard.engine.study import Study
from tiltyard.report.figures import heatmap
from tiltyard.report.figures.drawing import draw, figures_of
from tiltyard.report.figures.lines import place, thin
from tiltyard.report.figures.rank_diagram import stack
from tiltyard.report.figures.study_tables import Tables, choose
from tiltyard.report.figures.style import (
    SMALL,
    STYLE,
    WIDTH,
    method_label,
    number_text,
    save,
    settle,
)
from tiltyard.studies.derivatives.contract import FAMILIES, QUANTILES
from tiltyard.studies.derivatives.figures.gallery import (
    KINDS,
    choose_cells,
    choose_methods,
    fit_of,
    wrap,
)
from tiltyard.studies.derivatives.figures.reach import colour_of
from tiltyard.studies.derivatives.kind import Derivatives
from tiltyard.studies.derivatives.signals import SIGNALS

#: Share of a text's height by which boxes may touch: they are higher than what is in them.
TOUCH = 0.15
STUDIES = {
    "several": {"signals": ("runge", "chirp"), "levels": (1e-6, 1e-3, 0.05)},
    "smallest": {
        "levels": (0.01,),
        "orders": (0,),
        "note": "Julia's estimators are switched off; so far 1 of 2 configurations (50%)",
    },
    "unranked": {"families": ("control",)},
    "unsolved": {"names": (FAILING,)},
}
#: Figures that are drawn for each setting.
EACH_SETTING = ("heatmap", "error_by_noise")
FIGURES = {figure.name: figure for figure in figures_of(Derivatives())}
PLANTED = {(method.name, method.language): method for method in methods()}


@pytest.fixture(scope="module")
def studies(tmp_path_factory):
    return {name: plant(tmp_path_factory.mktemp(name), **STUDIES[name]) for name in STUDIES}


@pytest.fixture(scope="module")
def several(studies):
    return studies["several"]


@pytest.fixture(scope="module")
def picture(studies):
    """The first figure of a kind of one study, drawn once."""
    return cache(lambda kind, study="several": drawn(kind, studies[study]))


def planted(name):
    return PLANTED[name, "python"]


def drawn(kind, tables):
    """The first figure of a kind, laid out, with its name and its texts."""
    with matplotlib.rc_context(STYLE):
        name, figure = next(draw(FIGURES[kind], tables))
        return name, figure, drawn_texts(figure)


def drawn_texts(figure):
    """The texts of a figure, laid out as its file has them."""
    with matplotlib.rc_context(STYLE):
        if isinstance(figure.get_layout_engine(), ConstrainedLayoutEngine):
            settle(figure)
        return Recorder(figure)


def problems_of(figure, seen):
    """What keeps a text from being read: too small, cut off, or under another."""
    found = [f"{one} is small" for one in seen.drawn if one.size < SMALL]
    if figure.get_figwidth() > WIDTH:
        found.append("the figure is too wide")
    for one in seen.drawn:
        x, y = one.box.intervalx, one.box.intervaly
        if x[0] < 0 or x[1] > seen.width or y[0] < 0 or y[1] > seen.height:
            found.append(f"{one} is cut off")
    for one, other in combinations(seen.drawn, 2):
        if overlap(one.box, other.box):
            found.append(f"{one} is over {other}")
    return found


def overlap(one, other):
    """Whether two boxes share more than their empty rims."""
    shared = min(one.ymax, other.ymax) - max(one.ymin, other.ymin)
    beside = min(one.xmax, other.xmax) - max(one.xmin, other.xmin)
    return min(shared, beside) > TOUCH * min(one.height, other.height, one.width, other.width)


@pytest.mark.parametrize("study", STUDIES)
@pytest.mark.parametrize("kind", FIGURES)
def test_every_text_can_be_read(kind, study, picture):
    _, figure, seen = picture(kind, study)
    assert any("planted" in text for text in seen.texts)
    assert STUDIES[study].get("note", "") in "".join(seen.texts)
    assert problems_of(figure, seen) == []


def test_overlap_is_noticed(several):
    """The test above can fail: a title moved onto the axes is found."""
    with matplotlib.rc_context(STYLE):
        ((_, figure),) = draw(FIGURES["reach"], several)
        settle(figure)
        axis = figure.axes[0]
        axis.text(0, 0, "another text in the same place", ha="center", va="center")
    assert any("is over" in problem for problem in problems_of(figure, drawn_texts(figure)))


@pytest.mark.parametrize("count", [1, 3, 20])
def test_workflow_and_drawing_know_the_same_files(several, tmp_path, count):
    signals = sorted(SIGNALS)[:count]
    study = Study.from_config({**several.study.config, "signals": signals}, tmp_path)
    rows = several.summary[several.summary["signal"] == "runge"]
    write_tables(study, pd.concat([rows.assign(signal=signal) for signal in signals]))
    tables = Tables(study, tmp_path)
    for name in EACH_SETTING:
        known = FIGURES[name].files(study.config)
        assert known == [f"{name}-{setting}" for setting, _, _ in tables.settings()]
        assert len(known) == (count if count < 20 else 1)
        if count < 20:
            assert [file for file, _ in draw(FIGURES[name], tables)] == known
    for name in set(FIGURES) - set(EACH_SETTING):
        assert FIGURES[name].files(study.config) == [name]


def test_heatmap_names_the_best_of_each_family_once(several, picture):
    name, _, seen = picture("heatmap")
    assert name == "heatmap-chirp-n31-gaussian"
    chosen = choose(several.ranks, heatmap.COUNT, heatmap.OF_FAMILY)
    assert set(chosen["family"]) == set(FAMILIES) - {"control"}
    assert chosen["method"].is_unique and chosen["place"].is_monotonic_increasing
    for estimator, language in chosen[["method", "language"]].itertuples(index=False):
        assert method_label(estimator, language) in seen.texts


def test_heatmap_shows_the_planted_errors_and_nothing_where_there_are_none(several, picture):
    _, figure, seen = picture("heatmap")
    chosen = choose(several.ranks, heatmap.COUNT, heatmap.OF_FAMILY)[METHOD_KEY]
    chosen = list(chosen.itertuples(index=False, name=None))
    assert seen.texts.count("order") == 3  # panels
    for level, axis in zip((1e-6, 1e-3, 0.05), figure.axes, strict=False):
        own, frame = (mesh for mesh in axis.collections if isinstance(mesh, QuadMesh))
        values = own.get_array()
        ties, lost, unsupported = (list(map(tuple, line.get_xydata())) for line in axis.lines)
        for row, key in enumerate(chosen):
            for order in range(3):
                if key[0] == FAILING or (key[0] == LOW_ORDERS and order > 1):
                    assert values.mask[row, order]
                else:
                    expected = error(PLANTED[key], level, order)
                    assert values[row, order] == pytest.approx(expected, rel=1e-12)
        best = chosen.index((BEST, "python"))
        assert ties == [(order, best) for order in range(3)]
        assert sorted(lost) == [(order, chosen.index((FAILING, "python"))) for order in range(3)]
        assert unsupported == [(2, chosen.index((LOW_ORDERS, "python")))]
        oracle = [error(planted("oracle_spline"), level, order) for order in range(3)]
        assert np.allclose(frame.get_array(), [values[best], oracle, [1, 1, 1]], rtol=1e-12, atol=0)
        # Light is good, also without colour.
        light = rgb_to_hsv(own.cmap(own.norm([1e-7, 0.02, 2.0]))[:, :3])[:, 2]
        assert light[0] > light[1] > light[2]


def test_reach_names_the_best_and_says_where_nothing_is_recovered(tmp_path):
    tables = plant(tmp_path, levels=(1e-3, 0.05, 0.5))
    _, figure, seen = drawn("reach", tables)
    best = planted(BEST)
    assert reaches(best) == [2, 0, -1]
    assert {"2 a", "0 a", "none", f"a  {BEST}"} <= set(seen.texts)
    faces = [patch.get_facecolor() for patch in figure.axes[0].patches]
    assert faces[0] == pytest.approx(colour_of(2)) and faces[1] == pytest.approx(colour_of(0))
    assert figure.axes[0].patches[2].get_hatch()
    # The oracle errs half as much, and the fit of the model a hundredth.
    for mark, name in (("▲", "oracle_spline"), ("◆", "model_fit")):
        shown = [text for text in seen.texts if text.startswith(mark) and len(text) == 2]
        assert shown == [f"{mark}{order}" for order in reaches(planted(name)) if order >= 0]


def reaches(method, levels=(1e-3, 0.05, 0.5)):
    """The highest order of 0 to 2 with an error below the threshold at each level, else -1."""
    below = [[k for k in range(3) if error(method, level, k) < THRESHOLD] for level in levels]
    return [max(orders, default=-1) for orders in below]


def test_pareto_numbers_the_front_from_the_cheapest(picture):
    _, figure, seen = picture("pareto")
    for number, name in enumerate(FRONT, start=1):
        assert f"{number}  {name}" in seen.texts and str(number) in seen.texts
    assert f"{len(FRONT) + 1}" not in seen.texts
    assert len(figure.axes) == 1  # there is one number of samples


def test_differences_show_every_family_and_every_clique(several, picture):
    _, figure, seen = picture("differences")
    found = several.differences["best_of_family"]
    for name, rank in found["mean_ranks"].items():
        estimator = name.removesuffix(" (python)")
        assert any(estimator in text and f"{rank:.1f}" in text for text in seen.texts)
    bars = [line.get_xdata() for line in figure.axes[0].lines if line.get_linewidth() == 3]
    expected = [
        [min(found["mean_ranks"][name] for name in clique) for clique in found["cliques"]],
        [max(found["mean_ranks"][name] for name in clique) for clique in found["cliques"]],
    ]
    assert sorted(map(tuple, bars)) == sorted(zip(*expected, strict=True))


@given(st.lists(st.tuples(st.floats(0, 9), st.floats(0.1, 5)), max_size=12))
def test_bars_of_one_row_do_not_touch(spans):
    bars = [(first, first + length) for first, length in spans]
    rows = stack(bars)
    assert sorted(bar for row in rows for bar in row) == sorted(bars)
    assert all(one[1] < other[0] for row in rows for one, other in pairwise(row))


def test_gallery_takes_cells_and_methods_by_the_stated_rule(several):
    cells = choose_cells(several.ranked, several.study.cell)
    assert list(cells) == ["good", "middling", "hopeless"]
    everything = several.ranked.groupby(["noise_level", "order"])["median"].min()
    for kind, cell in cells.items():
        low, high, typical = KINDS[kind]
        inside = everything[(everything >= low) & (everything < high)]
        inside = inside[inside.index.get_level_values("order") > 0]
        nearest = np.abs(np.log(inside / typical)).idxmin()
        assert (cell["noise_level"], cell["order"]) == nearest
        keys = choose_methods(several, cell)
        # The leader is the best everywhere: the best of another family stands for it.
        assert keys[0] == (BEST, "python") and len(set(keys)) == 3
        assert PLANTED[keys[1]].family != "gaussian process"


def test_bands_of_the_gallery_are_quantiles_where_there_are_some():
    values = np.arange(6.0)
    row = {"method": "one", "language": "python", "status": "ok", "nrmse": 0.1, "estimate": values}
    skew = dict(zip(QUANTILES, values + np.array([[-4.0], [-1.0], [0.5], [1.0]]), strict=True))
    rows = pd.DataFrame(
        [
            {**row, "order": 0, "standard_deviation": np.full(6, 2.0), **skew},
            {**row, "order": 1, "standard_deviation": np.full(6, 2.0)},
            {**row, "order": 2},
        ]
    )
    band = fit_of(rows, ("one", "python"), 0).band
    assert sorted(band) == [0, 1]
    np.testing.assert_array_equal(band[0], [values - 4.0, values + 1.0])
    np.testing.assert_allclose(band[1], [values - 3.92, values + 3.92], atol=1e-3)


def test_study_without_hopeless_cell_calls_none_so(several):
    easy = several.ranked[several.ranked["noise_level"] < 1e-4]
    assert list(choose_cells(easy, several.study.cell)) == ["good"]


def test_noise_free_samples_have_a_place_on_the_logarithmic_axis():
    places = place([0.0, 1e-3, 1e-2])
    assert 0 < places[0.0] < places[1e-3] == 1e-3
    assert thin([0.0, 1e-3, 1e-2]) == [0.0, 1e-3, 1e-2]
    assert thin([0.01, 0.011, 1.0]) == [0.01, 1.0]
    assert thin([0.3]) == [0.3]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.05, "0.05"), (1e-6, "10⁻⁶"), (2e-5, "2×10⁻⁵"), (1.0, "1"), (0.0, "0"), (3.4e7, "3.4×10⁷")],
)
def test_numbers_are_short(value, text):
    assert number_text(value) == text


@given(st.text("abc_", min_size=1, max_size=60))
def test_wrapped_names_lose_nothing(name):
    assert wrap(name).replace("\n", "") == name


def test_same_tables_give_the_same_file(several, tmp_path):
    contents = []
    for folder in ("one", "other"):
        with matplotlib.rc_context(STYLE):
            ((name, figure),) = draw(FIGURES["reach"], several)
            (path,) = save(figure, tmp_path / folder, name, ["svg"])
        contents.append(path.read_bytes())
    assert contents[0] == contents[1]
    assert b"gaussian_process_best" in contents[0]  # text, not outlines


def test_error_by_order_ends_where_a_trial_gave_no_result(tmp_path):
    """The median is of the trials that did; drawn, it would look like a success."""
    tables = plant(tmp_path, levels=(1e-3,))
    hit = (tables.summary["method"] == BEST) & (tables.summary["order"] == 2)
    tables.summary.loc[hit, "n_ok"] = 1
    _, figure, _ = drawn("error_by_order", tables)
    (line,) = [
        line for line in figure.axes[0].lines if line.get_label() == method_label(BEST, "python")
    ]
    assert np.isnan(line.get_ydata()).tolist() == [False, False, True]
