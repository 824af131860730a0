"""Promises against measurements: refuted, kept, or left open."""

import math

import numpy as np
import pandas as pd
import pytest
from planted_launches import BASE, TWICE, Planted, launched, threads

from tiltyard.pipelines.pipeline import Claim
from tiltyard.studies.throughput.statistics.claims import claims, matches
from tiltyard.studies.throughput.statistics.launches import launches_of
from tiltyard.studies.throughput.statistics.paired import Estimate
from tiltyard.studies.throughput.statistics.verdicts import allowed_fraction, outlook

AXES = {"n1": {"files": 4, "depth": 30}}


def claim(measure="speed_up", **changes):
    facts = {"number": "1", "source": "guide", "sentence": "…", "measure": measure}
    return Claim(**{**facts, **changes})


def verdict(rows, one, axes=AXES):
    table = claims(launches_of(rows), axes, [one])
    assert len(table) == 1
    return table.iloc[0]


def study(serial=0.1, cores=2, **changes):
    strategies = [BASE, TWICE, *(threads(count, serial) for count in (2, 4))]
    bare = [Planted(**{**vars(one), "start": 0.0}) for one in strategies]
    return launched(bare, cores=cores, noise=0.003, **changes)


def test_a_wrong_promise_within_the_cores_is_refuted_and_a_right_one_kept():
    wrong = verdict(study(), claim(workers=(2,), least=1.95, most=2.0))
    assert wrong["verdict"] == "does not hold"
    assert wrong["measured"] == pytest.approx(1 / 0.55, rel=0.01) and wrong["base"] == BASE.name
    right = verdict(study(), claim(workers=(2, 4), least=1.5, most=3.0))
    assert right["verdict"] == "holds" and right["strategy"] == "threads-w2-b2000"


def test_rates_are_units_by_seconds_of_work_also_in_another_unit():
    axes = {"n1": {"files": 4, "length": 150}}
    rows = study()
    work = launches_of(rows)
    (units,) = set(work["units"])
    seconds = work.loc[work["method"].eq(BASE.name) & work["ok"], "warm_cpu"].median()
    measured = units / seconds
    facts = {"workers": (1,), "by": "warm_cpu", "unit": "reads"}
    kept = verdict(rows, claim("rate", least=0.8 * measured, **facts), axes)
    assert kept["verdict"] == "holds" and kept["unit"] == "reads/s"
    assert kept["measured"] == pytest.approx(measured, rel=0.01)
    wrong = verdict(rows, claim("rate", least=1.3 * measured, **facts), axes)
    assert wrong["verdict"] == "does not hold" and wrong["promised"].endswith(" reads/s")
    facts |= {"unit": "bases", "axis": "length", "least": 120 * measured}
    bases = verdict(rows, claim("rate", **facts), axes)
    assert bases["verdict"] == "holds" and bases["unit"] == "bases/s"
    assert bases["measured"] == pytest.approx(150 * measured, rel=0.01)
    none = verdict(rows, claim("rate", least=1.0, workers=(7,), unit="reads"), axes)
    assert none["verdict"] == "not testable here" and "no strategy" in none["reason"]


def test_a_promise_about_sixteen_cores_is_left_open_whatever_was_measured():
    for serial in (0.0, 0.5):
        far = verdict(study(serial), claim(workers=(16, 32), least=12.0, most=24.0))
        assert far["verdict"] == "not testable here"
        assert "16 workers would need more than the 2 cores" in far["reason"]
    # Four workers did run, but on two cores: that decides nothing.
    four = verdict(study(0.5), claim(workers=(4, 8), least=3.0, most=6.0))
    assert four["verdict"] == "not testable here" and four["strategy"] == "threads-w2-b2000"


@pytest.mark.parametrize(
    ("serial", "expected"),
    [
        (0.3, "contradicted"),
        (0.01, "compatible, untested"),
        (0.08, "3 × with 4: compatible, untested; 6 × with 8: contradicted"),
    ],
)
def test_serial_fraction_says_something_of_more_cores(serial, expected):
    found = verdict(study(serial), claim(workers=(4, 8), least=3.0, most=6.0))
    assert found["outlook"] == expected and found["allows"] == "0.111 / 0.048"
    assert found["serial_fraction"] == pytest.approx(serial, abs=0.01)


@pytest.mark.parametrize(
    ("speed_up", "workers", "allowed"),
    [(3, 4, 0.111), (6, 8, 0.048), (12, 16, 0.022), (24, 32, 0.011), (8, 16, 0.067)],
)
def test_allowed_fractions_are_those_of_the_laws(speed_up, workers, allowed):
    fraction = allowed_fraction(speed_up, workers)
    assert fraction == pytest.approx(allowed, abs=5e-4)
    assert 1.0 / (fraction + (1.0 - fraction) / workers) == pytest.approx(speed_up)
    assert allowed_fraction(speed_up, 10**9) == pytest.approx(allowed_fraction(speed_up, math.inf))


def test_outlook_is_open_where_the_interval_holds_the_limit_or_rounds_are_few():
    assert outlook(Estimate(0.1, 0.05, 0.15, 9), 0.1) == "open"
    assert outlook(Estimate(0.2, 0.15, 0.25, 4), 0.1) == "open"
    assert outlook(Estimate(0.2, 0.15, 0.25, 9), 0.1) == "contradicted"
    assert outlook(Estimate(0.0, -0.01, 0.01, 9), allowed_fraction(20, 16)) == "contradicted"


def test_speed_up_beyond_the_cores_without_workers_is_left_open():
    found = verdict(study(cores=2), claim(least=4.0, most=16.0))
    assert found["verdict"] == "not testable here" and "a speed-up of 4" in found["reason"]
    kept = verdict(study(0.0, cores=4), claim(least=3.5, most=16.0))
    assert kept["verdict"] == "holds" and kept["strategy"] == "threads-w4-b2000"
    # Two cores reach 2 without any serial part only: a little less refutes nothing.
    assert verdict(study(0.0), claim(least=2.0, most=8.0))["verdict"] == "not testable here"


@pytest.mark.parametrize(
    ("serial", "expected"),
    [
        (0.6, "contradicted"),
        (0.1, "compatible, untested"),
        (
            0.3,
            "2 × with any number of workers: compatible, untested; "
            "8 × with any number of workers: contradicted",
        ),
    ],
)
def test_serial_fraction_limits_the_speed_up_of_any_number_of_workers(serial, expected):
    found = verdict(study(serial), claim(least=2.0, most=8.0))
    assert found["outlook"] == expected and found["allows"] == "0.500 / 0.125"


def test_memory_ratio_and_order():
    rows = study()
    memory = claim("memory", least=2000.0, most=8000.0)
    assert verdict(rows, memory)["verdict"] == "does not hold"
    assert "less than promised" in verdict(rows, memory)["reason"]
    assert verdict(rows, claim("memory", most=120.0))["verdict"] == "holds"
    slow = [Planted("slow", 30.0, implementation="slow", tags="plain"), BASE, TWICE]
    rows = launched(slow, rounds=8)
    fifty = claim("ratio", strategies=(BASE.name, "plain"), least=50.0, most=100.0)
    assert verdict(rows, fifty)["verdict"] == "does not hold"
    twenty = claim("ratio", strategies=(BASE.name, "plain"), least=20.0)
    assert verdict(rows, twenty)["verdict"] == "holds"
    missing = claim("ratio", strategies=(BASE.name, "cython"), least=20.0)
    assert verdict(rows, missing)["reason"] == "no result of cython on this workload"
    first = claim("order", strategies=(BASE.name, "slow"))
    assert verdict(rows, first)["verdict"] == "holds"
    wrong = verdict(rows, claim("order", strategies=("slow", BASE.name)))
    assert wrong["verdict"] == "does not hold" and wrong["measured"] < 1.0


def test_order_within_the_noise_is_no_verdict():
    same = Planted("same", 1.001, backend="same")
    rows = launched([BASE, TWICE, same], rounds=9, noise=0.03)
    found = verdict(rows, claim("order", strategies=(BASE.name, "same")))
    assert found["verdict"] == "not testable here" and "noise" in found["reason"]


def test_few_rounds_judge_nothing():
    found = verdict(study(rounds=3), claim(workers=(2,), least=1.95))
    assert found["verdict"] == "not testable here" and "3 rounds" in found["reason"]


def test_two_machines_are_two_rows():
    rows = pd.concat([study(machine="one", job="a"), study(0.4, machine="two", job="b")])
    table = claims(launches_of(rows), AXES, [claim(workers=(2,), least=1.7)])
    assert list(table["machine"]) == ["one", "two"] and list(table["jobs"]) == ["a", "b"]
    assert list(table["verdict"]) == ["holds", "does not hold"]


def test_what_the_study_has_not_is_said():
    none = verdict(study(), claim(workload={"files": [20]}, workers=(2,), least=1.0))
    assert none["verdict"] == "not testable here" and "no workload" in none["reason"]
    gpu = verdict(study(), claim(untestable="needs a GPU"))
    assert gpu["reason"] == "needs a GPU" and np.isnan(gpu["measured"])


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, True),
        ({"files": [1, 4]}, True),
        ({"files": [20]}, False),
        ({"files": 4}, True),
        ({"files": {"least": 5}}, False),
        ({"files": {"least": 2, "most": 5}, "depth": 30}, True),
        ({"length": [150]}, False),
    ],
)
def test_workload_of_a_claim(wanted, expected):
    assert matches(claim(workload=wanted), AXES["n1"]) is expected


def test_an_unknown_measure_is_an_error_that_names_it():
    with pytest.raises(ValueError, match=r"claim 1: measure: got 'beauty', known are speed_up"):
        verdict(study(), claim("beauty"))
