"""Figures of kinds of studies that have none of what a kind may leave out."""

import matplotlib
import pytest
from planted import make_tiny_study
from test_figures import drawn_texts, problems_of
from tiny import COINS, GUESSES, Coins, Tosses

from tiltyard.report.figures.drawing import draw, draw_figures, figures_of
from tiltyard.report.figures.study_tables import Tables
from tiltyard.report.figures.style import STYLE, multiples
from tiltyard.report.steps import steps_of

KINDS = {kind.name: kind for kind in (Coins(), Tosses())}
SETTINGS = sorted(COINS)
#: Files of each kind: one map of all without levels, one a coin with them.
FILES = {
    "coins": ["heatmap-all", "differences"],
    "tosses": [
        *(f"heatmap-{coin}" for coin in SETTINGS),
        *(f"score_by_level-{coin}" for coin in SETTINGS),
        "differences",
        "pareto",
    ],
}


@pytest.fixture(scope="module", params=KINDS)
def tables(request, tmp_path_factory):
    study = make_tiny_study(KINDS[request.param], tmp_path_factory.mktemp(request.param)).study
    return Tables(study, study.folder)


def test_all_figures_are_drawn_into_the_files_that_the_workflow_expects(tables):
    files = draw_figures(tables.study, kinds=["svg"])
    assert [file.stem for file in files] == FILES[tables.kind.name]
    named = [name for figure in figures_of(tables.kind) for name in figure.files({})]
    assert sorted(named) == sorted(FILES[tables.kind.name])
    assert all(figure.caption.is_file() for figure in figures_of(tables.kind))


def test_every_text_can_be_read_and_speaks_of_the_kinds_own_things(tables):
    for figure in figures_of(tables.kind):
        with matplotlib.rc_context(STYLE):
            drawings = list(draw(figure, tables))
        for name, drawn in drawings:
            seen = drawn_texts(drawn)
            assert problems_of(drawn, seen) == [], name
            words = set(" ".join(seen.texts).split())
            assert not {"nRMSE", "noise", "order", "estimator", "estimators"} & words, name


def test_map_has_a_column_a_coin_or_a_length(tables):
    figure = figures_of(tables.kind)[0]
    _, drawn = next(draw(figure, tables))
    texts = drawn_texts(drawn).texts
    columns = {"coins": ["bent coin", "fair coin", "lead coin"], "tosses": ["10", "100", "1000"]}
    assert set(columns[tables.kind.name]) <= set(texts)
    assert set(GUESSES) <= set(texts) and "best of all 4" in texts


def test_steps_of_colour_follow_the_scores(tables):
    scores = tables.summary["median"].dropna()
    steps = steps_of(tables.kind.measures, scores)
    assert list(steps) == sorted(set(steps)) and len(steps) > 3
    assert steps[0] <= scores.quantile(0.1) and scores.quantile(0.9) <= steps[-1]


def test_steps_without_any_score_are_increasing(tables):
    nothing = tables.summary["median"].iloc[:0]
    assert steps_of(tables.kind.measures, nothing)[0] < steps_of(tables.kind.measures, nothing)[-1]


@pytest.mark.parametrize(("low", "high"), [(0.05, 0.09), (0.2, 1.5), (3.0, 30.0)])
def test_an_axis_of_few_decades_has_three_labels_or_more(low, high):
    found = multiples(low, high)
    assert len(found) >= 3 and all(low <= value <= high for value in found)
