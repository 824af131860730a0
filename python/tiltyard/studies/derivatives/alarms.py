"""Quality alarms that only the derivative study has: flat estimates, errors that do not fall."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence

import numpy as np
import pandas as pd

from tiltyard.engine import datasets
from tiltyard.engine.catalogue import catalogue_of
from tiltyard.engine.grid.seeds import generator
from tiltyard.engine.statistics.alarms import Alarm
from tiltyard.engine.statistics.replicates import METHOD_KEY, Array
from tiltyard.engine.statistics.summary import is_ranked, is_solved
from tiltyard.engine.study import Study
from tiltyard.studies.derivatives.contract import FLAT, NOT_FALLING, TWINS, Estimator
from tiltyard.studies.derivatives.dataset import Dataset
from tiltyard.studies.derivatives.signals import find_signal

#: Relative difference up to which errors of one algorithm in two languages are the same for a
#: reader of three digits.
TWIN_DIFFERENCE = 1e-3
#: Noise that has the effect of rounding, relative to the signal's spread: samples are rounded to
#: 1e-16 of their size, and algorithms amplify it. Relative to the noise it is what rounding may
#: add to a difference of errors.
ROUNDING = 1e-12
#: Ratio of two errors that no explanation covers: of two choices that are equally good neither has
#: twice the error of the other.
UNEXPLAINABLE = 2.0
#: Of the replicates' errors, what twins are compared by.
TWIN_STATISTICS = ("mean", "median", "minimum", "maximum")
#: Share of steps without a change from which on an estimate is a step function.
STEPS = 0.5
#: Ratio of the most to the least noise from which on errors have to fall: with less, a bias may
#: hide the noise at both.
LEAST_RANGE = 100.0
#: Largest error of a truth, relative to the spread of its order, that no figure of the study can
#: tell from none: the smallest noise level is 1e-8, and the best estimates err by 1e-10.
TRUTH_TOLERANCE = 1e-12
#: Orders at which errors have to fall with the noise, as in the conformance suite.
FALLING_ORDERS = 1
#: Alarm -> the property of the conformance suite whose exemption explains it as well.
EXPLAINED_BY = {FLAT: "not_constant", NOT_FALLING: "falls_with_noise"}
LEVEL, ORDER = "noise_level", "order"


def find_alarms(study: Study, summary: pd.DataFrame) -> Iterator[Alarm]:
    """Every alarm of the study that is not the engine's, by kind."""
    entries = catalogue_of(study)
    flat, falls = (explained(entries, *reasons) for reasons in EXPLAINED_BY.items())
    twins = {entry.name for entry in entries if TWINS in entry.explained}
    yield from differing_twins(summary, study.cell, LEVEL, twins)
    yield from flat_estimates(summary, study.cell, LEVEL, ORDER, flat)
    yield from not_falling(summary, study.cell, LEVEL, ORDER, FALLING_ORDERS, falls)
    yield from audit_truths(study)


def explained(entries: Sequence[Estimator], alarm: str, exemption: str) -> set[str]:
    """Names of estimators, in any language, that declare why they raise `alarm`."""
    return {
        entry.name for entry in entries if alarm in entry.explained or exemption in entry.exempt
    }


def audit_truths(study: Study) -> Iterator[Alarm]:
    """Compute the truth of one dataset for each signal again, independently, and compare.

    Which dataset it is follows from the study's seed. A dataset that is not there is left out.
    """
    for signal in study.config["signals"]:
        own = [point.id for point in study.configurations if point.values["signal"] == signal]
        there = [name for name in own if study.dataset(name).exists()]
        if not there:
            continue
        name = there[int(generator(study.seed, signal, "audit").integers(len(there)))]
        found = datasets.read(study, name)[0]
        assert isinstance(found, Dataset)
        error = find_signal(signal).audit(found.t, found.exact.astype(np.longdouble))
        yield from inexact_truth(name, error, TRUTH_TOLERANCE)


def differing_twins(
    summary: pd.DataFrame, cell: Sequence[str], level: str, explained: Container[str] = ()
) -> Iterator[Alarm]:
    """Methods of one name whose errors differ between languages by more than rounding explains.

    They are one algorithm. Mean, median, minimum and maximum over the replicates are compared in
    every cell that both solved; a relative difference of `TWIN_DIFFERENCE` plus the share of
    `ROUNDING` in the noise is allowed. So where there is less noise than that, nothing is said.
    The alarm is raised for the language with the larger error, where the difference is largest.

    Parameters
    ----------
    summary : DataFrame
        From `summarise`.
    cell : sequence of str
    level : str
        Column of `cell`: the strength of the noise.
    explained : container of str
        Names of methods that declare why; a difference of `UNEXPLAINABLE` or more is beyond that.
    """
    rows = summary[is_ranked(summary) & is_solved(summary)]
    twins = rows.groupby("method")["language"].transform("nunique") > 1
    if not twins.any():
        return
    place = ["method", *cell]
    table = rows[twins].melt([*place, "language"], TWIN_STATISTICS, "statistic", "error")
    table = table.pivot_table("error", [*place, "statistic"], "language", "first")
    errors = table[table.notna().sum(axis=1) > 1].reset_index()
    languages = [str(language) for language in table]
    low, high = errors[languages].min(axis=1), errors[languages].max(axis=1)
    with np.errstate(divide="ignore"):  # no noise: all may be rounding
        allowed = TWIN_DIFFERENCE + ROUNDING / errors[level].astype(float)
    known = pd.Series([name in explained for name in errors["method"]], dtype=bool)
    allowed = allowed.mask(known, allowed.clip(lower=1.0 - 1.0 / UNEXPLAINABLE))
    errors = errors.assign(difference=1.0 - low / high, allowed=allowed)
    beyond = errors[high - low > allowed * high]
    for name, bad in beyond.groupby("method"):
        worst = bad.sort_values("difference").iloc[-1]
        own = worst[languages].dropna().sort_values()
        solved = errors.loc[errors["method"] == name, list(cell)].drop_duplicates()
        yield Alarm(
            TWINS,
            str(name),
            str(own.index[-1]),
            f"{len(bad[list(cell)].drop_duplicates())} of {len(solved)} cells, as "
            + ", ".join(f"{_words(column)} {worst[column]}" for column in cell),
            f"{worst['statistic']} error "
            + ", ".join(f"{error:.4g} in {language}" for language, error in own.items())
            + f"; a difference of {worst['allowed']:.2g} of the larger one is allowed",
        )


def flat_estimates(
    summary: pd.DataFrame,
    cell: Sequence[str],
    level: str,
    order: str,
    explained: Container[str] = (),
) -> Iterator[Alarm]:
    """Estimates that are constant, or stay the same in half of their steps or more.

    It has to be so at every `level`, because with much noise a sound method may choose a
    constant, and in more than half of all series: a series has all levels of an order.

    Parameters
    ----------
    summary : DataFrame
        From `summarise`, with ``flat``.
    cell : sequence of str
    level, order : str
        Columns of `cell`: the strength of the noise, and the order.
    explained : container of str
        Names of methods that declare why.
    """
    rows = summary[is_ranked(summary) & summary["flat"].notna() & summary["median"].notna()]
    place = [name for name in cell if name != level]
    series = rows.groupby([*place, *METHOD_KEY])["flat"].min().reset_index()
    for part, bad in _in_most(series, series["flat"] >= STEPS, order, explained):
        least = bad["flat"].min()
        what = "is constant" if least == 1.0 else "is a step function"
        yield Alarm(
            FLAT,
            *part,
            _where(bad, place, order, level),
            f"the estimate {what}: {least:.0%} of its steps change nothing at any {_words(level)}",
        )


def not_falling(
    summary: pd.DataFrame,
    cell: Sequence[str],
    level: str,
    order: str,
    highest: int,
    explained: Container[str] = (),
) -> Iterator[Alarm]:
    """Median errors that are not smaller with the least noise than with the most.

    It has to be so in more than half of all series: a series has all levels of an order. One
    whose levels differ by less than a factor of 100 does not count.

    Parameters
    ----------
    summary, cell, level, order, explained
        As for `flat_estimates`.
    highest : int
        The highest order at which errors have to fall: beyond it, the least noise may be too much.
    """
    rows = summary[is_ranked(summary) & is_solved(summary) & summary[order].le(highest)]
    place = [name for name in cell if name != level]
    ordered = rows.sort_values(level, kind="stable").groupby([*place, *METHOD_KEY])
    series = ordered.agg(
        low=("median", "first"),
        high=("median", "last"),
        least=(level, "first"),
        most=(level, "last"),
    ).reset_index()
    series = series[series["most"] >= LEAST_RANGE * series["least"].where(series["most"] > 0.0)]
    suspect = (series["low"] >= series["high"]) & (series["low"] > 0.0)
    for part, bad in _in_most(series, suspect, order, explained):
        first = bad.iloc[0]
        yield Alarm(
            NOT_FALLING,
            *part,
            _where(bad, place, order, level),
            f"median error {first['low']:.3g} at {_words(level)} {first['least']:g}, "
            f"{first['high']:.3g} at {first['most']:g}",
        )


def _in_most(
    series: pd.DataFrame, suspect: pd.Series[bool], order: str, explained: Container[str]
) -> Iterator[tuple[tuple[str, str], pd.DataFrame]]:
    """Method, and its suspect series of one order, where these are more than half."""
    for (name, language, _), own in series.assign(bad=suspect).groupby([*METHOD_KEY, order]):
        if own["bad"].mean() > 0.5 and name not in explained:
            yield (str(name), str(language)), own[own["bad"]].assign(series=len(own))


def _where(bad: pd.DataFrame, place: Sequence[str], order: str, level: str) -> str:
    """The order, and how many series of it; with the first one by name."""
    first = bad.iloc[0]
    named = ", ".join(f"{_words(name)} {first[name]}" for name in place if name != order)
    return f"{order} {first[order]}, {len(bad)} of {first['series']} series, as {named}"


def inexact_truth(where: str, error: Array, tolerance: float) -> Iterator[Alarm]:
    """An alarm if an audited truth errs by more than `tolerance`, relative to its spread.

    Parameters
    ----------
    where : str
        Whose truth it is.
    error : (orders,) array
        Largest error of each order.
    tolerance : float
    """
    wrong = np.flatnonzero(~(error <= tolerance))
    if wrong.size:
        worst = int(np.nanargmax(np.where(np.isnan(error), np.inf, error)))
        orders = ", ".join(map(str, wrong))
        yield Alarm(
            "inexact truth",
            "",
            "",
            where,
            f"orders {orders}: relative error up to {error[worst]:.2g}, {tolerance:g} is allowed",
        )


def _words(name: str) -> str:
    return name.replace("_", " ")
