"""How durations and counts are said."""

import pytest

from tiltyard.engine.wording import count, duration, plural


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.4, "0 s"), (89, "89 s"), (120, "2 min"), (7200, "2.0 h")]
)
def test_durations_are_said_in_one_unit(seconds, words):
    assert duration(seconds) == words


def test_one_thing_is_said_in_the_singular():
    assert [count(n, "job") for n in (0, 1, 2)] == ["0 jobs", "1 job", "2 jobs"]


def test_plurals_are_regular():
    nouns = ("job", "branch", "box", "strategy", "day", "y")
    assert [*map(plural, nouns)] == ["jobs", "branches", "boxes", "strategies", "days", "ys"]
