"""Draw the pictures of docs/spatial.md, and write what they say: calibration, power, a tissue.

    python docs/generate/spatial_pictures.py [--traits N] [--print]

Everything is made and seeded: the same figures come out each time.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib
import numpy as np
from marked import write_lines
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from scipy.stats import beta, kstest
from spatial_trials import Floats, Trials, one_sided

from tiltyard.pipelines.spatial.rule.combining import cauchy
from tiltyard.report.figures.style import (
    COLOURS,
    INK,
    MARKERS,
    PALE,
    STYLE,
    WIDTH,
    new_figure,
    save,
)

ROOT = Path(__file__).resolve().parents[2]
PAGE, PICTURES = ROOT / "docs" / "spatial.md", ROOT / "docs" / "pictures"
BEGIN = "<!-- Calibration and power: `make pictures` writes them anew. -->"
END = "<!-- End of calibration and power. -->"
SIZE: Mapping[str, int] = {"spots": 1500, "genes": 1000, "snps": 20_000}
#: Null traits of the page, traits of each effect, and spots of each domain that are combined.
TRAITS, PLANTED_TRAITS, COMBINED = 1000, 100, 20
#: Heritability that is planted in a unit of the markers' LD score, in that of all SNPs', 2e-8.
EFFECTS = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
BASE = 2e-8
#: P of an annotation that is called found, for all six domains together.
FOUND = 0.05 / 6
#: Effect of the trait that is shown on the tissue.
SHOWN = 16.0
#: Behind words on a picture.
LABEL = {"facecolor": "white", "edgecolor": "none", "pad": 1.2, "alpha": 0.85}


class Calibration(NamedTuple):
    """What null traits say of one spot.

    Attributes
    ----------
    domain : int
    p : (traits,) array
    uniform, deviation, below5, below1 : float
        P of Kolmogorov and Smirnov's test, standard deviation of z, shares of p below 5 and 1 %.
    """

    domain: int
    p: Floats
    uniform: float
    deviation: float
    below5: float
    below1: float


class Power(NamedTuple):
    """Shares of traits with which a domain is found.

    Attributes
    ----------
    effect : float
    there, elsewhere : float
        In the domain of the planted markers, and of all traits and other domains.
    """

    effect: float
    there: float
    elsewhere: float


def calibrated(trials: Trials, traits: int) -> list[Calibration]:
    """Null traits at one spot of each domain."""
    z = trials.null_z(trials.middles(), range(traits))
    p = one_sided(z)
    return [
        Calibration(
            domain,
            own,
            float(kstest(own, "uniform").pvalue),
            float(z[:, domain].std(ddof=1)),
            float((own < 0.05).mean()),
            float((own < 0.01).mean()),
        )
        for domain, own in enumerate(p.T)
    ]


def power(trials: Trials, traits: int, most: int) -> list[Power]:
    """Planted traits, whose P values of some spots of each domain are combined."""
    spots = trials.sample(most)
    domains = trials.tissue.domains[spots]
    found = []
    for number, effect in enumerate(EFFECTS):
        hits = np.array(
            [
                [
                    cauchy(p[domains == domain])[0] < FOUND
                    for domain in range(len(trials.tissue.markers))
                ]
                for p in (
                    one_sided(trials.z(spots, 10**6 * (number + 1) + seed, effect * BASE))
                    for seed in range(traits)
                )
            ]
        )
        other = np.delete(hits, trials.largest, axis=1)
        found.append(Power(effect, float(hits[:, trials.largest].mean()), float(other.mean())))
    return found


def calibration_figure(found: list[Calibration]) -> Figure:
    """Observed P values against those expected, with what 95 % of them stay in."""
    count = len(found[0].p)
    places = np.arange(1, count + 1)
    expected = -np.log10(places / (count + 1))
    low, high = (-np.log10(beta.ppf(q, places, count + 1 - places)) for q in (0.975, 0.025))
    with matplotlib.rc_context(STYLE):
        figure = new_figure(3.6)
        axes = figure.subplots()
        axes.fill_between(expected, low, high, color="#dddddd", lw=0, label="95 % of each value")
        axes.plot([0, expected[0]], [0, expected[0]], color=INK, lw=0.8)
        for one in found:
            look: dict[str, Any] = {
                "color": COLOURS[one.domain],
                "marker": MARKERS[one.domain],
                "ls": "",
                "ms": 2.6,
                "mew": 0,
            }
            observed = -np.log10(np.sort(one.p))
            axes.plot(expected, observed, label=f"spot of domain {one.domain}", **look)
        axes.set_xlabel("−log₁₀ P, expected of uniform P values")
        axes.set_ylabel("−log₁₀ P, observed")
        axes.set_title(f"{count:,} traits without enrichment, at one spot of each domain")
        axes.legend(frameon=False, loc="upper left")
        axes.grid(True)
    return figure


def power_figure(found: list[Power], traits: int) -> Figure:
    """Share of traits with which a domain is found, by effect."""
    effects = np.array([one.effect for one in found])
    x = np.arange(len(effects))
    with matplotlib.rc_context(STYLE):
        figure = new_figure(3.0)
        axes = figure.subplots()
        for values, colour, marker, words in (
            ([one.there for one in found], COLOURS[0], MARKERS[0], "the planted domain"),
            ([one.elsewhere for one in found], COLOURS[1], MARKERS[1], "each other domain"),
        ):
            share = np.array(values)
            number = traits * (1 if marker == MARKERS[0] else 5)
            hits = share * number
            low = np.where(hits > 0, beta.ppf(0.025, np.maximum(hits, 1e-9), number - hits + 1), 0)
            high = np.where(
                hits < number, beta.ppf(0.975, hits + 1, np.maximum(number - hits, 1e-9)), 1
            )
            axes.errorbar(
                *(x, share),
                yerr=[share - low, high - share],
                color=colour,
                marker=marker,
                capsize=2,
                label=words,
            )
        axes.axhline(FOUND, color=PALE, lw=0.8, ls=":")
        axes.text(x[-1], FOUND + 0.015, "what is allowed: 5 % ÷ 6", ha="right", color=PALE)
        axes.set_xticks(x, [f"{effect:g}" for effect in effects])
        axes.set_xlabel("heritability that a unit of LD score of markers brings ÷ that of all SNPs")
        axes.set_ylabel("share of traits with which it is found")
        axes.set_ylim(-0.02, 1.02)
        axes.legend(frameon=False, loc="center left")
        axes.grid(True)
    return figure


def tissue_figure(trials: Trials) -> Figure:
    """The tissue's domains, and -log10 P of each spot for a planted and for a null trait."""
    every = np.arange(len(trials.scores))
    shown = [
        -np.log10(one_sided(trials.z(every, seed, effect)))
        for seed, effect in ((5, SHOWN * BASE), (6, 0.0))
    ]
    most = float(np.ceil(shown[0].max()))
    x, y = trials.tissue.places.T
    look: dict[str, Any] = {"marker": "s", "lw": 0}
    look["s"] = (WIDTH / 3 * 72 / np.sqrt(len(x))) ** 2 * 0.7
    count = len(trials.tissue.markers)
    with matplotlib.rc_context(STYLE):
        figure = new_figure(3.1)
        first, *others = figure.subplots(1, 3)
        colours = ListedColormap(COLOURS[:count])
        first.scatter(x, y, c=trials.tissue.domains, cmap=colours, **look)
        for domain in range(count):
            own = trials.tissue.domains == domain
            words = f"{domain}, planted" if domain == trials.largest else str(domain)
            first.text(x[own].mean(), y[own].mean(), words, ha="center", va="center", bbox=LABEL)
        first.set_title("domains")
        drawn = None
        for axes, values, title in zip(
            others, shown, ("planted in markers of one", "no enrichment"), strict=True
        ):
            drawn = axes.scatter(x, y, c=values, cmap="cividis", vmin=0, vmax=most, **look)
            axes.set_title(title)
        for axes in (first, *others):
            axes.set_aspect("equal")
            axes.set_xticks([])
            axes.set_yticks([])
            axes.spines[:].set_visible(False)
        bar = figure.colorbar(drawn, ax=others, shrink=0.75, pad=0.02)
        bar.set_label("−log₁₀ P, one-sided")
        bar.outline.set_visible(False)
    return figure


def lines(found: list[Calibration], shares: list[Power]) -> str:
    """What the pictures say, for the page."""
    count = len(found[0].p)
    rows = [
        f"| {one.domain} | {one.uniform:.2f} | {one.deviation:.2f} | {one.below5:.1%} | "
        f"{one.below1:.1%} |"
        for one in found
    ]
    powers = [f"| {one.effect:g} | {one.there:.0%} | {one.elsewhere:.1%} |" for one in shares]
    return "\n".join(
        [
            f"{count:,} traits without enrichment, at one spot of each domain:",
            "",
            "| spot of domain | P that they are uniform | sd of z | p < 5 % | p < 1 % |",
            "| --- | --- | --- | --- | --- |",
            *rows,
            "",
            f"{PLANTED_TRAITS} traits of each effect; a domain is found if its combined P is below "
            "5 % ÷ 6:",
            "",
            "| effect ÷ that of all SNPs | the planted domain is found | each other domain |",
            "| --- | --- | --- |",
            *powers,
        ]
    )


def main(arguments: list[str] | None = None) -> None:
    """Compute, draw, and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--traits", type=int, default=TRAITS)
    parser.add_argument("--print", action="store_true", help="do not write the page")
    parser.add_argument("--into", type=Path, default=PICTURES)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        trials = Trials(Path(name), **SIZE)
        found = calibrated(trials, asked.traits)
        save(calibration_figure(found), asked.into, "spatial-calibration", ("png",))
        save(tissue_figure(trials), asked.into, "spatial-tissue", ("png",))
        shares = power(trials, PLANTED_TRAITS, COMBINED)
        save(power_figure(shares, PLANTED_TRAITS), asked.into, "spatial-power", ("png",))
    text = lines(found, shares)
    print(text)
    if not asked.print and asked.traits == TRAITS:
        write_lines(PAGE, BEGIN, END, text)


if __name__ == "__main__":
    main()
