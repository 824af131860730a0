"""The figures of docs/sequences-speed.md: what is timed is done, ratios are within rounds."""

import re
import sys

import numpy as np
import pytest
from generators import generators


@pytest.fixture(scope="module")
def speed():
    with generators() as imported:
        yield imported("sequences_speed")


def cells(lines):
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_ratios_are_within_rounds(speed):
    drift = np.array([1.0, 5.0, 2.0, 9.0, 3.0])
    assert speed.ratio(3 * drift, drift) == "3.00 (3.00 to 3.00)"


def test_a_first_round_is_left_out_orders_differ_and_seconds_from_elsewhere_are_taken(speed):
    order = []

    def way(name):
        return lambda: order.append(name)

    ways = {name: way(name) for name in "abcdef"} | {"g": lambda: order.append("g") or 4.0}
    found = speed.interleaved(ways, 3)
    parts = ["".join(order[place : place + 7]) for place in range(0, 28, 7)]
    assert all(sorted(part) == list("abcdefg") for part in parts) and len(set(parts)) > 1
    assert all(len(seconds) == 3 for seconds in found.values())
    assert found["g"].tolist() == [4.0] * 3 and found["a"].max() < 0.1


def test_every_way_of_every_spread_has_a_line_and_padding_is_counted(speed, monkeypatch):
    monkeypatch.setattr(speed, "FRAMES", dict.fromkeys(speed.LENGTHS, 5))
    monkeypatch.setattr(speed, "model_of", lambda name: model("random-mosaic-1x64"))
    from tiltyard.pipelines.sequences.models.model import model_of as model

    found = cells(speed.batching(1))
    assert [(row[0], row[1]) for row in found] == [
        (lengths, way) for lengths in speed.LENGTHS for way in speed.WAYS
    ]
    shares = {(row[0], row[1]): float(row[2]) for row in found}
    assert shares["mixed", "one by one"] == 1 == shares["uniform", "batches of 256"]
    assert shares["mixed", "batches of 256"] > shares["mixed", "sorted, budget of 512"] >= 1
    assert all(float(row[3].split()[0]) > 0 for row in found)


def test_products_are_those_of_the_model_and_equality_shows_faults(speed, monkeypatch):
    shape = speed.Shape
    small = {"hidden": 64, "layers": 1, "heads": 2, "inner": 128}
    monkeypatch.setattr(speed, "Shape", lambda **sizes: shape(**(sizes | small)))
    found = cells(speed.products(1))
    assert [row[0] for row in found] == list(speed.KINDS)
    assert all(re.fullmatch(r"[\d.]+ \([\d.]+ to [\d.]+\)", row[1]) for row in found)
    monkeypatch.setattr(speed, "KINDS", ("bert",))
    for name, *values in cells(speed.equality(1)):
        assert all(value.endswith("seen") == name.startswith("fault") for value in values), name


def test_workers_are_compared_within_rounds_beside_what_others_took(speed, monkeypatch):
    times = {"1": (10.0, 9.0, 80.0), "2": (5.0, 9.9, 90.0)}
    seen = []

    def spent(command):
        number = command[command.index("--workers") + 1]
        seen.append(command)
        wall, cpu, memory = times[number]
        drift = 1 + (len(seen) - 1) // 3
        return speed.runs.Spent(wall * drift, cpu, memory)

    monkeypatch.setattr(speed.runs, "spent", spent)
    monkeypatch.setattr(speed.runs, "frames_worth", lambda seconds: 3)
    monkeypatch.setattr(speed.runs, "WORKERS_MODEL", "random-mosaic-1x64")
    one, two, _ = cells(speed.workers(3))
    assert one[2:4] == ["1.00", "1.00"] and two[3] == "1.10" and float(two[2]) == pytest.approx(2)
    assert len(seen) == 9 and all(command[3].endswith("0.fa") for command in seen)


def test_a_command_that_is_timed_runs_and_one_that_fails_is_named(speed):
    work = "x = bytearray(60_000_000)\nfor _ in range(10**6): pass"
    found = speed.runs.spent([sys.executable, "-c", work])
    assert found.wall > 0 and found.cpu > 0 and 60 < found.memory < 100
    with pytest.raises(SystemExit, match="no such thing"):
        speed.runs.spent([sys.executable, "-c", "raise SystemExit('no such thing')"])


def test_the_page_has_the_lines_between_which_the_tables_stand(speed):
    text = speed.PAGE.read_text(encoding="utf-8")
    for part in speed.PARTS:
        assert (
            text.count(f"<!-- {part}: measured -->\n") == text.count(f"<!-- {part}: end -->") == 1
        )
