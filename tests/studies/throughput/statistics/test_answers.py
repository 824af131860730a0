"""The answer that the page opens on: sentences with the figures behind them."""

import numpy as np
import pandas as pd
import pytest
from planted_launches import BASE, LIMIT, REFERENCE, TWICE, Planted, launched, threads

from tiltyard.studies.throughput.statistics.alarms import launch_alarms
from tiltyard.studies.throughput.statistics.answers import QUESTIONS, answers
from tiltyard.studies.throughput.statistics.launches import launches_of, natural, settings

SLOW_TO_START = Planted("processes-w2-b2000", workers=2, backend="processes", start=2.0)
USUAL = [BASE, TWICE, REFERENCE, LIMIT, threads(2, 0.1), threads(4, 0.1), SLOW_TO_START]


def answer(rows):
    table = answers(launches_of(rows))
    assert list(table["question"]) == list(QUESTIONS)
    return table.set_index("question")


def test_each_question_has_a_sentence_with_its_figure():
    found = answer(launched(USUAL, cores=4, noise=0.004))
    assert found.loc["fastest", "strategy"] == "threads-w4-b2000"
    assert found.loc["fastest", "value"] == pytest.approx(threads(4, 0.1).wall(1.0), rel=0.02)
    assert "× as fast as serial-b2000" in found.loc["fastest", "sentence"]
    assert "1,000,000 reads" in found.loc["cheapest", "sentence"]
    assert found.loc["memory", "sentence"].startswith("Memory: ")
    assert "10 rounds" in found.loc["certainty", "sentence"]
    assert found.loc["workers", "value"] == 4
    assert "as many as there were cores" in found.loc["workers", "sentence"]


def test_what_cannot_be_told_from_the_cheapest_is_named():
    same = Planted("serial-b500", 1.001, block="500")
    sentence = answer(launched([*USUAL, same], cores=2, noise=0.01)).loc["cheapest", "sentence"]
    assert "cannot be told from" in sentence
    clear = launched([BASE, TWICE, Planted("serial-b500", 3.0, block="500")], noise=0.004)
    assert "cannot be told" not in answer(clear).loc["cheapest", "sentence"]


def test_more_workers_that_do_not_help_are_found():
    useless = [threads(2, 0.1), threads(4, 0.1, overhead=0.3)]
    found = answer(launched([BASE, TWICE, *useless], cores=4, noise=0.004)).loc["workers"]
    assert found["value"] == 2 and found["sentence"].startswith("More than 2 workers do not help")
    nothing = answer(launched([BASE, TWICE, threads(2, 1.0)], cores=2, noise=0.004)).loc["workers"]
    assert nothing["value"] == 1 and "More than 1 worker do" in nothing["sentence"]


def test_more_workers_than_cores_are_never_recommended_but_told():
    found = answer(launched(USUAL, cores=2, noise=0.004))
    assert found.loc["fastest", "strategy"] == "threads-w2-b2000"
    assert found.loc["workers", "value"] == 2
    assert "More workers than the 2 cores, threads-w4-b2000" in found.loc["workers", "sentence"]


def test_controls_and_peers_are_never_recommended():
    peer = Planted("samtools", 0.1, tags="peer", implementation="samtools", start=0.0)
    found = answer(launched([*USUAL, peer], cores=4))
    assert {"samtools", LIMIT.name}.isdisjoint(found["strategy"])


def test_without_a_free_core_no_wall_time_is_said():
    waited = launched([BASE, TWICE, threads(2, 0.4)], foreign=0.5)
    waited["wall_seconds"] *= 2.0
    found = answer(waited)
    assert found.loc["fastest", "strategy"] == ""
    assert "no wall time counts" in found.loc["fastest", "sentence"]
    assert "30 of 30 wall times are left out" in found.loc["certainty", "sentence"]
    assert np.isnan(found.loc["workers", "value"])


def test_a_study_without_a_result_says_so():
    table = answers(launches_of(launched([Planted("serial", status="timeout")])))
    assert list(table["question"]) == ["cheapest"] and "No strategy" in table.loc[0, "sentence"]


def test_each_machine_has_answers_of_its_own():
    rows = pd.concat([launched(USUAL, machine="one"), launched(USUAL, machine="two")])
    table = answers(launches_of(rows))
    assert sorted(table["machine"].value_counts()) == [5, 5]


def test_workloads_are_sorted_as_people_do():
    sizes = {f"f{count}-v1000": float(count) for count in (20, 1, 4)}
    launches = launches_of(launched([BASE], sizes=sizes, rounds=1))
    assert [one.workload for one in settings(launches)] == ["f1-v1000", "f4-v1000", "f20-v1000"]
    assert natural("f4") < natural("f20")


def test_rounds_that_were_not_needed_are_no_launches():
    rows = launched([BASE, TWICE], rounds=6)
    spared = rows[rows["trial"].eq(6)].assign(status="not_needed", counted=False, cpu_seconds=None)
    kept = launches_of(pd.concat([rows[rows["trial"].lt(6)], spared]))
    assert set(kept["trial"]) == {1, 2, 3, 4, 5}


def test_alarms_name_what_is_wrong_and_nothing_else():
    assert list(launch_alarms(launches_of(launched(USUAL)))) == []
    planted = [
        Planted("wrong", block="7", status="wrong_output", message="record 3: 4, not 5"),
        Planted("loud", block="8", alarms="escaped: 1 process; uses more threads than it says"),
        Planted("magic", 0.2, block="9", start=0.0),
    ]
    found = list(launch_alarms(launches_of(launched([BASE, TWICE, LIMIT, *planted]))))
    assert [(one.kind, one.method) for one in found] == [
        ("wrong output", "wrong"),
        ("launch", "loud"),
        ("launch", "loud"),
        ("below a limit", "magic"),
    ]
    assert "(10 of its launches)" in found[1].message and "2.50 ×" in found[3].message
