"""What a report says, read by topics from notes that the package makes, and judged by a rule."""

import numpy as np
import pytest

from tiltyard.advice.kinds import Record, Rule, Topic, Where, said_in
from tiltyard.advice.kinds.topics import BREAKS, Said
from tiltyard.application.breaks.effects import Effect
from tiltyard.application.examination import examine
from tiltyard.application.outliers import outlier_notes
from tiltyard.application.pieces import Place
from tiltyard.application.residuals import Leftover
from tiltyard.application.series import Series

T = np.arange(60.0)
RNG = np.random.default_rng(5)
NOISE = 0.01 * RNG.standard_normal(60)
SWING = np.sin(T / 8)
#: Records of which `examine` says one thing.
EXAMINED = {
    Topic.LIMIT: np.minimum(SWING + NOISE, 0.8),
    Topic.HELD: (5 + SWING + NOISE)[np.arange(60) // 4 * 4],
    Topic.RESOLUTION: np.round((SWING + NOISE) / 0.2) * 0.2,
    Topic.WRAPPED: np.mod(20 * T + 10 + NOISE, 360),
    Topic.DROPOUT: np.where((T > 20) & (T < 25), 0.0, 9 + SWING + NOISE),
}


def notes_of(y, t=T):
    return [finding.note for finding in examine(t, y).findings]


@pytest.mark.parametrize("topic", EXAMINED)
def test_findings_are_read_as_what_they_are(topic):
    said = said_in(notes_of(EXAMINED[topic]))
    assert topic in {one.topic for one in said}
    assert not {one.topic for one in said} & (BREAKS | {Topic.OUTLIER})


def test_places_of_findings_are_read_and_no_other_numbers():
    (limit,) = (one for one in said_in(notes_of(EXAMINED[Topic.LIMIT])) if one.topic == "limit")
    assert limit.places and all(EXAMINED[Topic.LIMIT][int(a)] == 0.8 for a, _ in limit.places)
    (dropout,) = said_in(notes_of(EXAMINED[Topic.DROPOUT]))
    assert dropout == Said(Topic.DROPOUT, ((21.0, 24.0),))
    wrapped = said_in(notes_of(EXAMINED[Topic.WRAPPED]))[0]
    wraps = np.flatnonzero(np.diff(EXAMINED[Topic.WRAPPED]) < 0) + 1
    assert [a for a, _ in wrapped.places] == list(wraps)
    left = np.r_[0:20, 40:60]
    (gap,) = said_in(notes_of((SWING + NOISE)[left], T[left]))
    assert gap == Said(Topic.GAP, ((19.0, 40.0),))


@pytest.mark.parametrize("effect", [Effect.JUMP, Effect.KINK, Effect.ONSET])
def test_breaks_are_read_with_their_time(effect):
    note = Place(effect, 1.25, 1.75).note(str)
    for text in (note, f"piece 2: {note}"):
        assert said_in([text]) == [Said(Topic[effect.name], ((1.5, 1.5),))]


@pytest.mark.parametrize("left_out", [True, False])
def test_outliers_are_read_with_their_times(left_out):
    outlying = np.isin(np.arange(60), [7, 30, 31, 32])
    notes = outlier_notes(Series(T, SWING), T, outlying, left_out=left_out)
    assert said_in(notes) == [Said(Topic.OUTLIER, ((7.0, 7.0), (30.0, 32.0)))]
    many = outlier_notes(Series(T, SWING), T, np.arange(60) % 3 == 0, left_out=left_out)
    assert [one.places[-1] for one in said_in(many)] == [(21.0, 21.0)]


def test_what_residuals_hold_is_noise_or_what_was_missed():
    coloured = Leftover(0.1, 2.0, 0.6, coloured=True).note
    missed = Leftover(0.1, 2.0, 0.6, coloured=False).note
    assert said_in([coloured]) == [Said(Topic.CORRELATED)]
    assert said_in([missed]) == [Said(Topic.MISSED)]
    assert said_in(["3 samples were averaged with others of the same time"]) == []


RECORD = Record(T, SWING, np.zeros((4, 60)), breaks={20.5: 0, 40.5: 1})
STRANGE = Record(T, SWING, np.zeros((4, 60)), strange=np.isin(T, [9, 10, 11, 30]))


def test_every_break_has_to_be_named_within_two_steps():
    rule = Rule(says=BREAKS, places=Where.BREAKS)
    near = [Said(Topic.JUMP, ((22.0, 22.0),)), Said(Topic.KINK, ((40.5, 40.5),))]
    assert rule.lacks(RECORD, near) == "" and rule.false(RECORD, near) == []
    assert rule.lacks(RECORD, near[:1]) == "not at 40.5"
    assert rule.lacks(RECORD, [Said(Topic.OUTLIER, ((20.5, 20.5),))]).startswith("no ")
    far = [Said(Topic.JUMP, ((24.0, 24.0),))]
    assert rule.lacks(RECORD, far) == "not at 20.5"
    assert rule.false(RECORD, [*near, *far]) == ["jump at 24"]


def test_every_run_of_strange_samples_has_to_be_named_and_no_other():
    rule = Rule(says=frozenset({Topic.OUTLIER}), places=Where.STRANGE)
    right = [Said(Topic.OUTLIER, ((9.0, 11.0), (30.0, 30.0)))]
    assert rule.lacks(STRANGE, right) == "" and rule.false(STRANGE, right) == []
    part = [Said(Topic.OUTLIER, ((9.0, 10.0), (50.0, 50.0)))]
    assert rule.lacks(STRANGE, part) == "not at 30"
    assert rule.false(STRANGE, part) == ["outlier at 50"]
    some = Rule(says=frozenset({Topic.LIMIT}), places=Where.SOME)
    assert some.lacks(STRANGE, [Said(Topic.LIMIT, ((30.0, 30.0),))]) == ""
    assert some.lacks(STRANGE, [Said(Topic.LIMIT, ((50.0, 50.0),))]) == "not at 9"


def test_what_a_kind_gives_no_cause_for_is_false():
    jump, missed, grid = Said(Topic.JUMP, ((3.0, 3.0),)), Said(Topic.MISSED), Said(Topic.RESOLUTION)
    plain = Rule()
    assert plain.lacks(RECORD, []) == "" and plain.false(RECORD, [missed]) == []
    assert plain.false(RECORD, [jump, grid]) == ["jump at 3", "resolution"]
    assert Rule(may=frozenset({Topic.RESOLUTION})).false(RECORD, [grid]) == []
    assert Rule(never=frozenset({Topic.MISSED})).false(RECORD, [missed]) == ["missed"]
