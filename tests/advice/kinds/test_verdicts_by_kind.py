"""Each kind of record, one of each: nothing is wrong with confidence, and what is there is said."""

import pytest

from tiltyard.advice.kinds import kinds
from tiltyard.advice.verdict_counts import rows_of

KINDS = kinds()
SEED = 1


@pytest.mark.parametrize("name", KINDS)
def test_verdicts_on_a_record_of_this_kind_hold(name):
    kind = KINDS[name]
    rows = rows_of(kind, kind.record(SEED), SEED)
    for row in rows:
        assert not row["wrong_trusted"], row
        assert not row["known_withheld"], row
    (first, *_) = rows
    assert (first["lacking"], first["falsely_said"]) == ("", "")
    assert bool(first["refused"]) == bool(kind.rule.refused)
