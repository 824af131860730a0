"""Speed-ups, serial fractions, fits, weak scaling, growth: planted laws are found again."""

import numpy as np
import pandas as pd
import pytest
from planted_launches import BASE, LIMIT, REFERENCE, TWICE, Planted, launched, threads

from tiltyard.studies.throughput.statistics.fits import fits, laws
from tiltyard.studies.throughput.statistics.growth import growth
from tiltyard.studies.throughput.statistics.launches import launches_of
from tiltyard.studies.throughput.statistics.scaling import oversubscription, scaling
from tiltyard.studies.throughput.statistics.weak_scaling import weak_scaling

COUNTS = (2, 4, 8)


def study(serial=0.1, cores=8, counts=COUNTS, **changes):
    strategies = [BASE, TWICE, REFERENCE, LIMIT, *(threads(one, serial) for one in counts)]
    return launched([bare(one) for one in strategies], cores=cores, **changes)


def bare(strategy):
    """Without start-up, which is a serial part of its own."""
    return Planted(**{**vars(strategy), "start": 0.0})


def by_workers(table):
    return table[table["backend"].eq("threads")].set_index("workers")


def test_planted_serial_fraction_is_found():
    found = by_workers(scaling(launches_of(study(0.1, noise=0.002))))
    assert list(found.index) == list(COUNTS)
    assert found["serial_fraction"].to_numpy() == pytest.approx(0.1, abs=0.01)
    assert (found["serial_fraction_low"] <= found["serial_fraction"]).all()
    assert (found["serial_fraction"] <= found["serial_fraction_high"]).all()
    expected = [1.0 / (0.1 + 0.9 / count) for count in COUNTS]
    assert found["speed_up"].to_numpy() == pytest.approx(expected, rel=0.01)
    assert (found["efficiency"] * found.index).to_numpy() == pytest.approx(expected, rel=0.01)
    assert found["cpu_efficiency"].to_numpy() == pytest.approx(1.0, abs=0.01)


def test_overhead_makes_the_fraction_rise_and_the_cpu_efficiency_fall():
    strategies = [bare(threads(count, overhead=0.01 * count)) for count in COUNTS]
    table = by_workers(scaling(launches_of(launched([bare(BASE), bare(TWICE), *strategies]))))
    assert table["serial_fraction"].is_monotonic_increasing
    assert table["cpu_efficiency"].is_monotonic_decreasing


def test_more_workers_than_cores_are_a_table_of_their_own():
    launches = launches_of(study(cores=4))
    within, beyond = by_workers(scaling(launches)), by_workers(oversubscription(launches))
    assert list(within.index) == [2, 4] and list(beyond.index) == [8]
    assert "serial_fraction" not in beyond and beyond["speed_up"].notna().all()
    assert oversubscription(launches_of(study(cores=8))).empty


def test_base_is_the_best_serial_strategy_not_the_reference_or_the_slow_one():
    slow = Planted("slow", 5.0, block="100")
    quick = Planted("quick", 0.5, block="500")
    launches = launches_of(launched([slow, BASE, TWICE, REFERENCE, quick, threads(2)]))
    assert set(scaling(launches)["base"]) == {"quick"}
    launches = launches_of(launched([slow, BASE, TWICE, REFERENCE, threads(2)]))
    table = scaling(launches).set_index("strategy")
    assert set(table["base"]) == {BASE.name} and table.loc[BASE.name, "speed_up"] == 1.0
    assert REFERENCE.name not in table.index and TWICE.name not in table.index


def test_laws_are_fitted_from_four_worker_counts_and_say_why_not_below():
    law = fits(launches_of(study(0.1, counts=(2, 4, 8), noise=0.002))).iloc[0]
    assert law["counts"] == "1 2 4 8" and law["words"] == ""
    assert law["amdahl_fraction"] == pytest.approx(0.1, abs=0.01)
    assert law["amdahl_fraction_low"] <= law["amdahl_fraction"] <= law["amdahl_fraction_high"]
    for cores, counts in ((2, (2,)), (2, (2, 4, 8)), (4, (2, 4, 8))):
        none = fits(launches_of(study(0.1, cores=cores, counts=counts))).iloc[0]
        assert np.isnan(none["amdahl_fraction"]) and none["words"].startswith("no fit with")


def test_universal_law_finds_contention_and_exchange():
    counts = np.array([2.0, 4.0, 8.0, 16.0])
    speed_up = counts / (1 + 0.05 * (counts - 1) + 0.002 * counts * (counts - 1))
    assert laws(counts, speed_up)[1:] == pytest.approx([0.05, 0.002])
    # A speed-up beyond linear leaves no negative parameter.
    assert (laws(counts, 1.1 * counts) >= 0.0).all()


def test_wall_time_of_a_launch_that_waited_for_cores_does_not_count():
    held_up = {"foreign_share": 0.4}
    strategies = [
        bare(BASE),
        bare(TWICE),
        Planted(**{**vars(bare(threads(2, 0.3))), "values": held_up}),
    ]
    launches = launches_of(launched(strategies))
    row = by_workers(scaling(launches)).loc[2]
    assert row["rounds"] == 0 and np.isnan(row["speed_up"]) and np.isnan(row["serial_fraction"])
    assert row["cpu_efficiency"] == pytest.approx(1.0)
    # Workers that ran all the time were not held up, whoever else was there.
    busy = Planted(**{**vars(bare(threads(2))), "values": held_up})
    assert (
        by_workers(scaling(launches_of(launched([bare(BASE), bare(TWICE), busy])))).loc[2, "rounds"]
        == 10
    )


def test_two_machines_are_two_rows_with_no_ratio_between_them():
    rows = pd.concat([study(machine="one", job="a"), study(machine="two", job="b", drift=3.0)])
    table = by_workers(scaling(launches_of(rows)))
    assert sorted(table.loc[2, "machine"]) == ["one", "two"]
    apart = pd.concat(
        [launched([BASE, TWICE], machine="one"), launched([threads(2)], machine="two")]
    )
    found = scaling(launches_of(apart))
    assert found.set_index("strategy").loc["threads-w2-b2000", "speed_up"].size == 1
    assert np.isnan(found.set_index("strategy").loc["threads-w2-b2000", "speed_up"])


def test_weak_scaling_keeps_to_the_round_of_the_larger_work():
    sizes = {"f1": 1.0, "f2": 2.0, "f4": 4.0}
    axes = {name: {"files": int(size), "depth": 30} for name, size in sizes.items()}
    table = weak_scaling(launches_of(study(0.1, sizes=sizes, rounds=6)), axes)
    from_one = table[table["work_of_one"].eq("f1")].set_index("workers")
    assert list(from_one["workload"]) == ["f2", "f4"] and set(table["axis"]) == {"files"}
    expected = [1.0 / (0.1 + 0.9 / count) for count in (2, 4)]
    assert from_one["scaled_speed_up"].to_numpy() == pytest.approx(expected, rel=0.01)
    assert from_one["efficiency"].to_numpy() == pytest.approx(np.divide(expected, (2, 4)), rel=0.01)


def test_memory_that_grows_with_the_work_is_found():
    sizes = {"n1": 1.0, "n4": 4.0, "n16": 16.0}
    axes = {name: {"variants": int(size)} for name, size in sizes.items()}
    leaking = Planted("leaking", memory_slope=40.0, start=0.0)
    steady = Planted("steady", start=0.0, backend="other")
    rows = launched([leaking, steady], sizes=sizes, noise=0.01)
    rng = np.random.default_rng(5)
    rows["peak_memory"] += rng.normal(0.0, 1.0, len(rows))
    table = growth(launches_of(rows), axes).set_index(["strategy", "measure"])
    memory = table.xs("peak_memory", level="measure")
    assert memory.loc["leaking", "words"] == "grows"
    assert memory.loc["leaking", "slope"] == pytest.approx(40.0, rel=0.05)
    assert memory.loc["steady", "words"] in ("no slope", "flat")
    cpu = table.loc[("steady", "cpu_seconds")]
    assert cpu["exponent_low"] <= 1.0 <= cpu["exponent_high"] and cpu["words"] == "grows"
    two = {name: axes[name] for name in ("n1", "n4")}
    assert growth(launches_of(rows), two).empty, "two sizes say no growth"
