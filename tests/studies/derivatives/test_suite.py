"""The suite's division into parts: code, configuration and documentation say the same."""

import re
from pathlib import Path

from tiltyard.studies.derivatives.study import Study

from tiltyard.engine.grid.checking import read_config
from tiltyard.studies.derivatives.signals import SIGNALS
from tiltyard.studies.derivatives.suite import PARTS, part_of

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "suite.md").read_text(encoding="utf-8")


def parts():
    return {
        part: sorted(name for name, signal in SIGNALS.items() if part_of(signal) == part)
        for part in PARTS
    }


def test_three_systems_ten_for_development_and_more_for_proof():
    sizes = {part: len(names) for part, names in parts().items()}
    assert (sizes["system"], sizes["development"]) == (3, 10)
    assert sizes["proof"] > sizes["development"] and sizes["non-smooth"] >= 2


def test_the_suite_has_every_signal_and_seven_levels_from_1e_8():
    study = Study.from_config(read_config(ROOT / "config" / "suite.yaml"))
    assert sorted(study.config["signals"]) == sorted(SIGNALS)
    assert len(study.configurations) == len(SIGNALS) * 3 * 7 * 3
    assert f"{len(study.configurations):,} configurations" in PAGE


def test_the_quick_part_of_the_suite_is_a_part_of_it():
    whole, part = (
        Study.from_config(read_config(ROOT / "config" / f"{name}.yaml"))
        for name in ("suite", "suite_101")
    )
    assert part.config["signals"] == whole.config["signals"] and part.seed == whole.seed
    ids = {point.id for point in part.configurations}
    assert ids < {point.id for point in whole.configurations}


def test_the_page_tells_the_part_of_every_signal():
    rows = dict(re.findall(r"^\| (system|development|proof|non-smooth) \| (.*) \|$", PAGE, re.M))
    assert {part: re.findall(r"`(\w+)`", row) for part, row in rows.items()} == parts()
