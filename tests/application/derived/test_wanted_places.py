"""What may be asked for, and what is refused."""

import numpy as np
import pytest

import tiltyard
from tiltyard.application.derived.wanted import wanted
from tiltyard.application.options import in_a_shell

T = np.linspace(0, 6, 30)


def test_kinds_of_one_order_or_of_all():
    assert wanted("maxima", (0, 1)).kinds == (("maximum", 0), ("maximum", 1))
    assert wanted("zeros:2, max:1,lag", (1, 2)).kinds == (("zero", 2), ("maximum", 1), ("lag", 1))
    assert wanted(["Minima:1", "min:1"], (1,)).kinds == (("minimum", 1),)
    assert wanted(None, (0,)).kinds == () == wanted([], (0,)).kinds


def test_orders_that_are_needed():
    assert wanted("zeros:2", (2,)).orders == {2}
    assert wanted("maxima:1", (1,)).orders == {1, 2}
    assert wanted("lag", (0,)).orders == {0, 1, 2}
    assert wanted("maxima,zeros", (0, 7)).orders == {0, 1, 7}


@pytest.mark.parametrize(
    ("find", "said"),
    [
        ("peaks", "find='peaks': write maxima, minima, zeros"),
        ("maxima:x", "find='maxima:x': write maxima"),
        ("lag:1", "find='lag:1': write"),
        ("", "find='': write"),
        ([1], "find=1: write"),
        ("maxima:2", r"order 2 is not among the orders that are estimated, 0, 1: add it to them "),
    ],
)
def test_what_is_no_place_is_refused_before_any_work(find, said):
    with pytest.raises(ValueError, match=said):
        tiltyard.differentiate(T, np.sin(T), (0, 1), find=find)


def test_the_highest_order_has_zeros_but_no_extremes():
    with pytest.raises(ValueError, match="need order 8, which no estimator gives"):
        wanted("maxima:7", (7,))
    assert wanted("zeros:7", (7,)).kinds == (("zero", 7),)


def test_messages_name_the_flag_in_a_shell():
    with in_a_shell(), pytest.raises(ValueError, match=r"^--find maxima:2: .*\(--order\)$"):
        wanted("maxima:2", (0, 1))
