"""Calibration, power and pictures of docs/spatial.md, with fewer traits on a smaller tissue."""

import numpy as np
import pytest
from generators import generators
from scipy.stats import kstest, norm

TRAITS = 250


@pytest.fixture(scope="module")
def modules():
    with generators() as imported:
        yield imported("spatial_pictures"), imported("spatial_trials")


@pytest.fixture(scope="module")
def trials(modules, tmp_path_factory):
    folder = tmp_path_factory.mktemp("trials")
    return modules[1].Trials(folder, spots=400, genes=300, snps=4000, blocks=50)


@pytest.fixture(scope="module")
def calibrated(modules, trials):
    return modules[0].calibrated(trials, TRAITS)


def test_p_of_null_traits_is_uniform_at_one_spot_of_each_domain(calibrated):
    assert [one.domain for one in calibrated] == list(range(6))
    for one in calibrated:
        assert len(one.p) == TRAITS and one.uniform > 1e-3
        assert 0.85 < one.deviation < 1.15 and 0.01 < one.below5 < 0.11
    # The same test sees standard errors that are too small, and P values of one side's wrong end.
    p = calibrated[0].p
    assert kstest(norm.sf(norm.isf(p) * 1.4), "uniform").pvalue < 1e-3
    assert kstest(p**2, "uniform").pvalue < 1e-3


def test_spots_of_one_trait_share_its_chi2_and_no_histogram_over_them_is_uniform(modules, trials):
    spots = trials.sample(60)
    p = [kstest(modules[1].one_sided(trials.z(spots, seed)), "uniform").pvalue for seed in range(8)]
    assert (np.array(p) < 0.05).mean() >= 0.5  # of independent P values 5 % are


def test_planted_effects_are_found_there_and_the_more_the_larger(modules, trials, monkeypatch):
    monkeypatch.setattr(modules[0], "EFFECTS", (0.0, 60.0, 400.0))
    found = modules[0].power(trials, 15, 10)
    assert [one.effect for one in found] == [0.0, 60.0, 400.0]
    there = [one.there for one in found]
    assert there == sorted(there) and there[0] <= 0.2 and there[-1] >= 0.9
    assert all(one.elsewhere <= 0.1 for one in found)


def test_middles_and_samples_are_spots_of_each_domain(trials):
    domains = trials.tissue.domains
    assert domains[trials.middles()].tolist() == list(range(6))
    spots = trials.sample(7)
    assert (np.bincount(domains[spots]) == np.minimum(np.bincount(domains), 7)).all()
    assert len(set(spots.tolist())) == len(spots)


def test_pictures_and_words_are_written(modules, trials, calibrated, tmp_path):
    pictures = modules[0]
    shares = [pictures.Power(0.0, 0.02, 0.0), pictures.Power(8.0, 1.0, 0.004)]
    for name, figure in (
        ("calibration", pictures.calibration_figure(calibrated)),
        ("power", pictures.power_figure(shares, 50)),
        ("tissue", pictures.tissue_figure(trials)),
    ):
        (path,) = pictures.save(figure, tmp_path, name, ("png",))
        assert path.read_bytes().startswith(b"\x89PNG") and path.stat().st_size > 10_000
    text = pictures.lines(calibrated, shares)
    assert f"{TRAITS} traits without enrichment" in text and "| 8 | 100% | 0.4% |" in text
    assert text.count("\n| ") == 6 + 2 + 4


def test_the_page_has_the_lines_between_which_the_figures_stand(modules):
    text = modules[0].PAGE.read_text(encoding="utf-8")
    assert text.count(modules[0].BEGIN + "\n") == text.count(modules[0].END + "\n") == 1
    for name in ("tissue", "calibration", "power"):
        assert f"(pictures/spatial-{name}.png)" in text
        assert (modules[0].PICTURES / f"spatial-{name}.png").is_file()
