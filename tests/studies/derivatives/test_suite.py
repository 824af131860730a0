"""The divisions of the suite: code, configuration and documentation say the same."""

import re
from pathlib import Path

from tiltyard.engine.study import Study
from tiltyard.studies.derivatives.signals import SIGNALS
from tiltyard.studies.derivatives.suite import DEVELOPMENT, DIVISIONS, division_of

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "suite.md").read_text(encoding="utf-8")


def divisions():
    return {
        division: sorted(n for n, signal in SIGNALS.items() if division_of(signal) == division)
        for division in DIVISIONS
    }


#: What was for proof when the division was written down.
FIRST_PROOF = {
    *("brusselator", "bump", "enzyme_kinetics", "epidemic", "fitzhugh_nagumo", "hindmarsh_rose"),
    *("kepler_orbit", "lorentzian_pair", "pendulum", "periodic_pulse", "pharmacokinetics"),
    *("rossler", "smooth_corner"),
}


def test_no_signal_leaves_the_proof():
    assert set(divisions()["proof"]) >= FIRST_PROOF


def test_development_has_differential_equations_and_closed_forms():
    kinds = [SIGNALS[name].kind for name in divisions()["development"]]
    assert kinds.count("ode") >= 8 and kinds.count("analytic") >= 10
    assert len(divisions()["system"]) == 3 and len(divisions()["non-smooth"]) >= 2


def test_development_names_each_signal_once():
    assert len(set(DEVELOPMENT)) == len(DEVELOPMENT)
    assert set(DEVELOPMENT) <= set(SIGNALS)


def test_the_suite_has_every_signal_but_those_beside_it_and_seven_levels_from_1e_8():
    study = Study.read(ROOT / "config" / "suite.yaml")
    beside = Study.read(ROOT / "config" / "unseen.yaml").config["signals"]
    assert sorted([*study.config["signals"], *beside]) == sorted(SIGNALS)
    assert {division_of(SIGNALS[name]) for name in beside} == {"proof"}
    assert len(study.configurations) == (len(SIGNALS) - len(beside)) * 3 * 7 * 3
    assert f"{len(study.configurations):,} configurations" in PAGE


def test_the_quick_division_of_the_suite_is_a_division_of_it():
    whole, part = (Study.read(ROOT / "config" / f"{name}.yaml") for name in ("suite", "suite_101"))
    assert part.config["signals"] == whole.config["signals"] and part.seed == whole.seed
    ids = {point.id for point in part.configurations}
    assert ids < {point.id for point in whole.configurations}


def test_the_page_tells_the_division_of_every_signal():
    rows = dict(re.findall(r"^\| (system|development|proof|non-smooth) \| (.*) \|$", PAGE, re.M))
    found = {name: sorted(re.findall(r"`(\w+)`", row)) for name, row in rows.items()}
    assert found == divisions()
