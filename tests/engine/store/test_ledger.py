"""The store gives back what was put, and treats what it cannot read as missing."""

import errno
import multiprocessing
import resource
import signal

import numpy as np
import pytest

from tiltyard.engine.methods.method import Method
from tiltyard.engine.outcome import Limits, Outcome, Status
from tiltyard.engine.store.ledger import MARK, Store, address_of

LIMITS = Limits(1.0, 100.0)


def address_for(name, dataset="digest", version="1", language="python", orders=(0, 1)):
    method = Method(name=name, family="family", version=version, language=language)
    return address_of(dataset, method, {"orders": list(orders)})


def results_of(folder, names):
    """What a new process would find of each of `names`; None for what is missing."""
    ledger = Store(folder).ledger("digest")
    found = [ledger.get(address_for(name), LIMITS) for name in names]
    return [outcome and outcome.result for outcome in found]


@pytest.fixture
def three(tmp_path):
    """A ledger of three outcomes, and where each of its records begins."""
    ledger = Store(tmp_path).ledger("digest")
    for name in "abc":
        ledger.put(address_for(name), Outcome(Status.OK, result=name))
    (path,) = tmp_path.rglob("*.ledger")
    data = path.read_bytes()
    begins = [data.find(MARK)]
    for _ in range(2):
        begins.append(data.find(MARK, begins[-1] + 1))
    return path, data, begins


def test_what_was_put_comes_back_here_and_elsewhere(tmp_path):
    ledger = Store(tmp_path).ledger("digest")
    ledger.put(address_for("method"), Outcome(Status.OK, result=np.arange(3.0)))
    for found in (ledger, Store(tmp_path).ledger("digest")):
        outcome = found.get(address_for("method"), LIMITS)
        assert outcome is not None and np.array_equal(outcome.result, [0.0, 1.0, 2.0])


@pytest.mark.parametrize(
    "change",
    [{"dataset": "other"}, {"version": "2"}, {"language": "julia"}, {"name": "b"}, {"orders": [0]}],
)
def test_every_part_of_the_address_counts(tmp_path, change):
    ledger = Store(tmp_path).ledger("digest")
    ledger.put(address_for("a"), Outcome(Status.OK))
    assert ledger.get(address_for(**{"name": "a", **change}), LIMITS) is None


def test_evaluations_of_a_dataset_share_one_file_and_datasets_do_not(tmp_path, three):
    Store(tmp_path).ledger("another").put(address_for("a", "another"), Outcome(Status.OK))
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 2


def test_a_later_outcome_replaces_an_earlier_one(tmp_path, three):
    Store(tmp_path).ledger("digest").put(address_for("a"), Outcome(Status.OK, result="new"))
    assert results_of(tmp_path, "abc") == ["new", "b", "c"]


def test_wherever_a_write_was_cut_short_what_came_before_stays_and_more_can_come(
    tmp_path, three, capsys
):
    path, data, begins = three
    for length in range(begins[2] + 1, len(data), 7):
        path.write_bytes(data[:length])
        assert results_of(tmp_path, "abc") == ["a", "b", None]
        assert f"{path}: bytes {begins[2]} to {length}" in capsys.readouterr().err
        Store(tmp_path).ledger("digest").put(address_for("d"), Outcome(Status.OK, result="d"))
        assert results_of(tmp_path, "abcd") == ["a", "b", None, "d"]


def test_whatever_byte_is_damaged_only_its_record_is_missing(tmp_path, three, capsys):
    path, data, begins = three
    for place in range(begins[1], begins[2]):
        path.write_bytes(data[:place] + bytes([data[place] ^ 0x55]) + data[place + 1 :])
        assert results_of(tmp_path, "abc") == ["a", None, "c"]
        assert f"{path}: bytes {begins[1]} to" in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"", b"x", MARK, 100 * MARK])
def test_a_foreign_file_holds_nothing_and_takes_new_outcomes(tmp_path, three, content):
    three[0].write_bytes(content)
    assert results_of(tmp_path, "abc") == [None, None, None]
    Store(tmp_path).ledger("digest").put(address_for("b"), Outcome(Status.OK, result="b"))
    assert results_of(tmp_path, "abc") == [None, "b", None]


def test_processes_that_append_at_once_lose_nothing(tmp_path):
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=put_fifty, args=(tmp_path, name)) for name in "pq"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    names = [f"{name}{number}" for name in "pq" for number in range(50)]
    assert results_of(tmp_path, names) == names


def put_fifty(folder, name):
    ledger = Store(folder).ledger("digest")
    for number in range(50):
        one = f"{name}{number}"
        ledger.put(address_for(one), Outcome(Status.OK, result=one))


def test_a_record_that_does_not_fit_is_an_error_and_nothing_before_it_is_lost(tmp_path, three):
    context = multiprocessing.get_context("fork")
    writer = context.Process(target=put_beyond_the_limit, args=(tmp_path, three[0]))
    writer.start()
    writer.join()
    assert writer.exitcode == errno.ENOSPC
    assert results_of(tmp_path, "abcd") == ["a", "b", "c", None]


def put_beyond_the_limit(folder, path):
    """A limit of file size cuts a write short, as a full disk does."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, 2 * [path.stat().st_size + 100])
    ledger = Store(folder).ledger("digest")
    try:
        ledger.put(address_for("d"), Outcome(Status.OK, result=np.zeros(1000)))
    except OSError as error:
        raise SystemExit(error.errno) from None


def test_raised_limit_makes_a_timeout_missing(tmp_path):
    ledger = Store(tmp_path).ledger("digest")
    ledger.put(address_for("a"), Outcome(Status.TIMEOUT, limits=LIMITS))
    assert ledger.get(address_for("a"), LIMITS) is not None
    assert ledger.get(address_for("a"), Limits(2.0, 100.0)) is None


def test_machine_is_part_of_an_address_only_where_it_is_given():
    method = Method(name="m", family="f", version="1")
    plain = address_of("d", method, {})
    assert "machine" not in plain
    assert address_of("d", method, {}, "one") != address_of("d", method, {}, "other") != plain
