"""The store gives back what was put, and treats what it cannot read as missing."""

import numpy as np
import pytest

from tiltyard.study.methods import Method
from tiltyard.study.outcome import Limits, Outcome, Status
from tiltyard.study.store import Store, address_of

LIMITS = Limits(1.0, 100.0)
METHOD = Method(name="method", family="family", version="1")


@pytest.fixture
def address():
    return address_of("digest", METHOD, {"orders": [0, 1]})


def test_what_was_put_comes_back(tmp_path, address):
    Store(tmp_path).put(address, Outcome(Status.OK, result=np.arange(3.0)))
    outcome = Store(tmp_path).get(address, LIMITS)
    assert outcome is not None and np.array_equal(outcome.result, [0.0, 1.0, 2.0])


@pytest.mark.parametrize(
    "change",
    [
        {"dataset": "other"},
        {"version": "2"},
        {"language": "julia"},
        {"method": "other"},
        {"options": {"orders": [0]}},
    ],
)
def test_every_part_of_the_address_counts(tmp_path, address, change):
    store = Store(tmp_path)
    store.put(address, Outcome(Status.OK))
    assert store.get({**address, **change}, LIMITS) is None


@pytest.mark.parametrize("content", [b"", b"x", None])
def test_damaged_entry_is_named_counts_as_missing_and_is_replaced(
    tmp_path, address, content, capsys
):
    store = Store(tmp_path)
    store.put(address, Outcome(Status.OK, result=1))
    (entry,) = tmp_path.rglob("*.pkl")
    entry.write_bytes(entry.read_bytes()[:-20] if content is None else content)
    assert store.get(address, LIMITS) is None
    assert entry.name in capsys.readouterr().err
    store.put(address, Outcome(Status.OK, result=2))
    found = store.get(address, LIMITS)
    assert found is not None and found.result == 2


def test_raised_limit_makes_a_timeout_missing(tmp_path, address):
    store = Store(tmp_path)
    store.put(address, Outcome(Status.TIMEOUT, limits=LIMITS))
    assert store.get(address, LIMITS) is not None
    assert store.get(address, Limits(2.0, 100.0)) is None
