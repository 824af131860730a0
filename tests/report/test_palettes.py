"""Whoever looks, and on either ground: any two colours of a figure or a page can be told apart."""

import json
import re
from importlib.resources import files
from itertools import combinations

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from tiltyard.application import plotting
from tiltyard.report.figures.style import family_look
from tiltyard.studies.derivatives.contract import FAMILIES

#: Distance in CIELAB by which any two colours of a figure differ. One of 2 is just seen where the
#: colours touch; small symbols far apart need several times that. Okabe and Ito's come as near as
#: 16 (their green and light blue, seen without blue cones), tab10's as near as 5.
APART = 15.0
#: What is seen of a colour's linear sRGB without one kind of cones: Machado, Oliveira & Fernandes
#: (2009), A physiologically-based model for simulation of color vision deficiency, IEEE
#: Transactions on Visualization and Computer Graphics 15(6), 1291-1298; severity 1.
SIGHTS = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
#: Tristimulus values of sRGB's primaries (IEC 61966-2-1).
TO_XYZ = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]],
)


def test_families_differ_in_colour_and_in_shape():
    looks = [family_look(family, FAMILIES) for family in FAMILIES if family != "control"]
    assert len({shape for _, shape in looks}) == len(looks)
    assert_all_can_tell_apart([colour for colour, _ in looks])


@pytest.mark.parametrize(("ground", "card"), [("LIGHT", "#ffffff"), ("DARK", "#1a1e22")])
def test_series_of_the_page_differ_in_colour_and_stand_out_from_its_ground(ground, card):
    script = files("tiltyard.report.page").joinpath("scripts/plotting.js").read_text()
    (listed,) = re.findall(rf"^const {ground} = (\[.*\]);$", script, re.MULTILINE)
    colours = json.loads(listed)
    assert len(colours) == 7
    assert_all_can_tell_apart(colours)
    behind = luminance(card)
    for colour in colours:
        darker, lighter = sorted((luminance(colour), behind))
        assert (lighter + 0.05) / (darker + 0.05) >= 3.0, colour  # WCAG 2.2, 1.4.11


def test_series_of_a_differentiated_table_differ_in_colour():
    assert_all_can_tell_apart(plotting.COLOURS)


def assert_all_can_tell_apart(colours):
    """Any two differ by `APART`, whoever looks."""
    for sight, matrix in SIGHTS.items():
        for one, other in combinations(colours, 2):
            distance = np.linalg.norm(seen_colour(one, matrix) - seen_colour(other, matrix))
            assert distance >= APART, f"{sight}: {one} and {other} differ by {distance:.1f}"


def seen_colour(colour, matrix):
    """Lightness and the two colour axes (CIELAB, of sRGB's white) that `matrix` leaves."""
    xyz = TO_XYZ @ np.clip(matrix @ linear(colour), 0.0, 1.0) / TO_XYZ.sum(axis=1)
    x, y, z = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def luminance(colour):
    return TO_XYZ[1] @ linear(colour)


def linear(colour):
    """Light of the three primaries."""
    rgb = np.array(to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def test_colours_that_some_cannot_tell_apart_are_noticed():
    red = seen_colour("#ff0000", SIGHTS["normal"])
    assert red == pytest.approx([53.24, 80.09, 67.20], abs=0.05)  # as tables have it
    for matrix in SIGHTS.values():
        assert seen_colour("#ffffff", matrix) == pytest.approx([100, 0, 0], abs=0.01)
    # The page's second and fifth series until this test was written.
    with pytest.raises(AssertionError, match=r"protanopia: #d55e00 and #b07d00 differ by 7\.3"):
        assert_all_can_tell_apart(["#d55e00", "#b07d00"])
