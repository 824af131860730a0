"""Samples are followed to the whole, and more workers are advised only where they help."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiltyard.engine.outcome import Status
from tiltyard.pipelines.pipeline import Strategy
from tiltyard.studies.throughput.launch import Launch
from tiltyard.studies.throughput.tuning.advice import advise
from tiltyard.studies.throughput.tuning.predicting import arm_name, by_name, expect, follow
from tiltyard.studies.throughput.tuning.sampling import find_sizes, number_of_rounds

#: Noise of seven rounds, the same for all: a drift of the machine.
DRIFT = [1.0, 1.02, 0.99, 1.3, 1.01, 0.98, 1.0]


def strategy(workers):
    return Strategy(name=f"auto-w{workers}", implementation="auto", workers=workers)


def launch(wall, cpu, memory):
    return Launch(
        status=Status.OK, wall_seconds=wall, cpu_user=cpu, cpu_system=0.0, peak_memory_mb=memory
    )


def expected(workers, start, rate, noise=DRIFT, whole=1000.0):
    """Expected costs where each unit of work costs `rate` seconds beside a start."""
    amounts = [10.0, 40.0]
    launches = [
        [launch((start + rate * one) * n, workers * rate * one, 100 + one) for one in amounts]
        for n in noise
    ]
    return expect(strategy(workers), amounts, whole, launches)


positive = st.floats(0.01, 100)


@given(start=positive, rate=positive, least=positive, more=positive, whole=st.floats(200, 1e6))
def test_a_start_and_a_rate_are_followed_exactly(start, rate, least, more, whole):
    amounts = [least, least + more]
    found = follow(amounts, [start + rate * one for one in amounts], whole)
    assert found == pytest.approx(start + rate * whole, rel=1e-6)


def test_more_work_never_costs_less():
    assert follow([1.0, 2.0], [5.0, 4.0], 100.0) == 4.0
    assert follow([7.0], [5.0], 7.0) == 5.0


def test_costs_of_the_whole_have_the_median_of_the_rounds():
    found = expected(1, start=0.5, rate=0.01)
    assert found.wall_seconds.value == pytest.approx(10.5)
    assert found.wall_seconds.low <= 10.5 <= found.wall_seconds.high
    assert found.cpu_seconds.value == pytest.approx(10.0)
    assert found.memory_mb.value == pytest.approx(1100.0)


def test_workers_that_help_are_advised_and_no_more_than_these():
    tried = [expected(1, 0.5, 0.01), expected(2, 0.5, 0.005), expected(4, 0.5, 0.0049)]
    found = advise(tried, cores=8, share=0.04)
    assert found.best.strategy.workers == 2
    words = " ".join(found.sentences)
    assert "More workers than 2 do not help here" in words
    assert "auto-w1 takes 1.91 times as long" in words and "samples of 1.00% and 4.00%" in words


def test_a_gain_of_noise_is_none():
    wild = [0.9, 1.1, 0.8, 1.2, 0.95, 1.0, 1.05]
    tried = [expected(1, 0.5, 0.01), expected(2, 0.5, 0.0098, wild)]
    assert advise(tried, cores=2, share=1.0).best.strategy.workers == 1


def test_nothing_is_said_of_more_cores_than_there_are():
    found = advise([expected(1, 0.5, 0.01), expected(2, 0.5, 0.005)], cores=2, share=1.0)
    words = " ".join(found.sentences)
    assert "More than this machine's 2 cores were not tried" in words
    assert "Measured on all of the work, in 7 rounds" in words
    assert found.to_dict()["best"]["workers"] == 2


@pytest.mark.parametrize(("total", "shares"), [(0.5, (1.0,)), (600.0, (1 / 1024, 1 / 256))])
def test_samples_are_large_enough_and_no_larger(total, shares):
    asked = []

    def costs_of(share):
        asked.append(share)
        return (0.6 + total * share,) * 2

    found = find_sizes(costs_of, 60.0)
    assert found.shares == shares and found.whole == (shares == (1.0,))
    assert sum(0.6 + total * share for share in asked) < 0.5 * 60.0


def test_work_beyond_the_budget_is_refused_or_sampled_as_it_can_be():
    with pytest.raises(ValueError, match="already takes 100 s: give more time with --budget"):
        find_sizes(lambda share: (100.0, 100.0), 60.0)
    assert find_sizes(lambda share: (10.0 + 100.0 * share,) * 2, 60.0).shares[-1] < 1.0


def test_rounds_fill_the_time_within_bounds():
    assert number_of_rounds([1.0, 2.0], 30.0, 2, 10) == 10
    assert number_of_rounds([1.0, 2.0], 16.0, 2, 10) == 5
    assert number_of_rounds([1.0, 2.0], -5.0, 2, 10) == 2


def test_launches_are_found_by_strategy_and_sample():
    found = [{arm_name("a", size): size * 10 for size in range(2)}]
    assert by_name(found, "a", 2) == [[0, 10]]
