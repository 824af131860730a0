"""The divisions of the suite: code, configuration and documentation say the same."""

import re
from pathlib import Path

from tiltyard.engine.study import Study
from tiltyard.studies.derivatives.signals import SIGNALS
from tiltyard.studies.derivatives.suite import DIVISIONS, division_of

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "suite.md").read_text(encoding="utf-8")


def divisions():
    return {
        division: sorted(n for n, signal in SIGNALS.items() if division_of(signal) == division)
        for division in DIVISIONS
    }


def test_three_systems_ten_for_development_and_more_for_proof():
    sizes = {division: len(names) for division, names in divisions().items()}
    assert (sizes["system"], sizes["development"]) == (3, 10)
    assert sizes["proof"] > sizes["development"] and sizes["non-smooth"] >= 2


def test_the_suite_has_every_signal_and_seven_levels_from_1e_8():
    study = Study.read(ROOT / "config" / "suite.yaml")
    assert sorted(study.config["signals"]) == sorted(SIGNALS)
    assert len(study.configurations) == len(SIGNALS) * 3 * 7 * 3
    assert f"{len(study.configurations):,} configurations" in PAGE


def test_the_quick_division_of_the_suite_is_a_division_of_it():
    whole, part = (Study.read(ROOT / "config" / f"{name}.yaml") for name in ("suite", "suite_101"))
    assert part.config["signals"] == whole.config["signals"] and part.seed == whole.seed
    ids = {point.id for point in part.configurations}
    assert ids < {point.id for point in whole.configurations}


def test_the_page_tells_the_division_of_every_signal():
    rows = dict(re.findall(r"^\| (system|development|proof|non-smooth) \| (.*) \|$", PAGE, re.M))
    assert {name: re.findall(r"`(\w+)`", row) for name, row in rows.items()} == divisions()
