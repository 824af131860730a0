"""What a result shows of itself: a table, a notebook's picture, one line."""

import base64
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

import tiltyard
from tiltyard.application.writing import frame_of

T = np.linspace(0, 6, 41)
DATES = pd.date_range("2024-05-31", periods=41, freq="1h", tz="Europe/Berlin")
QUICK = {"estimator": "gaussian_process_se", "draws": 1}


@pytest.fixture(scope="module")
def found():
    y = np.sin(T) + 0.02 * np.random.default_rng(5).standard_normal(41)
    named = pd.Series(y, index=DATES.rename("when"), name="a < b & c")
    return tiltyard.differentiate(named, orders=(0, 1, 7), unit="h", **QUICK)


def test_the_frame_is_what_the_command_writes_with_the_dates_that_were_given(found):
    frame = found.frame()
    pd.testing.assert_frame_equal(frame, frame_of(found, found.series.times))
    assert (frame["when"].array == DATES).all() and str(frame["when"].dt.tz) == "Europe/Berlin"
    np.testing.assert_array_equal(frame["a < b & c_d1"], found.estimate[1])
    # A seventh derivative is hidden by the noise, and handed out only where it is asked for.
    assert "a < b & c_d7" not in frame
    np.testing.assert_array_equal(found.frame(lost=True)["a < b & c_d7"], found.estimate[2])


def test_the_plot_has_the_dates_that_were_given(found):
    axes = found.plot().axes
    assert axes[-1].get_xlabel() == "when (UTC)"
    left, right = axes[0].dataLim.intervalx
    assert right - left == pytest.approx(40 / 24)  # days, as Matplotlib counts


def test_durations_are_drawn_in_their_unit():
    found = tiltyard.differentiate(DATES - DATES[0], np.sin(T), 1, unit="min", **QUICK)
    (axis,) = found.plot().axes[-1:]
    assert axis.get_xlabel() == "time [min]" and axis.dataLim.intervalx[1] == 40 * 60
    assert isinstance(found.frame()["time"].iloc[0], pd.Timedelta)


class Strict(HTMLParser):
    """Text of well-formed HTML, and the attributes of its pictures."""

    def __init__(self):
        super().__init__()
        self.open, self.text, self.pictures = [], [], []

    def handle_starttag(self, tag, attributes):
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_startendtag(self, tag, attributes):
        assert tag == "img"
        self.pictures.append(dict(attributes))

    def handle_data(self, data):
        self.text.append(data)


def test_notebooks_show_the_report_and_a_small_picture(found):
    html = found._repr_html_()
    parser = Strict()
    parser.feed(html)
    parser.close()
    assert not parser.open and "".join(parser.text) == found.report()
    (picture,) = parser.pictures
    assert picture["alt"] == "Samples and derivatives of a < b & c"
    kind, _, data = picture["src"].partition(",")
    image = base64.b64decode(data, validate=True)
    assert kind == "data:image/png;base64" and image.startswith(b"\x89PNG")
    assert len(html) < 150_000
    # XML is stricter: what it takes, every browser takes.
    assert ElementTree.fromstring(html).find("pre").text == found.report()


def test_one_line_says_what_it_is(found):
    (line,) = repr(found).splitlines()
    assert line.startswith("<Derivatives of a < b & c, 41 samples: orders 0 trusted, 1 ")
    assert "7 not recoverable" in line


def test_errors_of_rounding_are_no_percentages_and_nothing_is_a_share_of_zero():
    exact = tiltyard.differentiate(T, T**2, orders=(0, 1, 2)).report()
    assert "noise: none but the rounding" in exact
    assert exact.count("rounding   rounding  trusted") == 3
    level = 5.0 + 0.01 * np.random.default_rng(1).standard_normal(41)
    report = tiltyard.differentiate(T, level, orders=(0, 1)).report()
    (row,) = (line for line in report.splitlines() if line.startswith("    1 "))
    assert "no scale" in row and "%" not in row
    assert "cannot be told from zero" in " ".join(report.split())
