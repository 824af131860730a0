"""Table ``answers.csv``: what a person with such work should run, and the figures behind it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pandas as pd

from tiltyard.studies.throughput.statistics.base import base_of, cheapest_of
from tiltyard.studies.throughput.statistics.enough import enough_workers
from tiltyard.studies.throughput.statistics.launches import (
    ROUND,
    Setting,
    by_round,
    settings,
    strategies,
)
from tiltyard.studies.throughput.statistics.noise import MORE, differs, noise_floor
from tiltyard.studies.throughput.statistics.paired import NOTHING, Estimate, estimate, ratio
from tiltyard.studies.throughput.statistics.rounds import main_ratio
from tiltyard.studies.throughput.statistics.words import alike_words, known_to, number

QUESTIONS = ("cheapest", "fastest", "memory", "certainty", "workers")
COLUMNS = [
    *("workload", "machine", "question", "strategy", "value", "value_low", "value_high", "unit"),
    "sentence",
]


class Answer(NamedTuple):
    """A sentence, and the figure behind it."""

    question: str
    strategy: str
    figure: Estimate
    unit: str
    sentence: str


def answers(launches: pd.DataFrame) -> pd.DataFrame:
    """A row for each of `QUESTIONS` and setting.

    Parameters
    ----------
    launches : DataFrame
        From `launches_of`.
    """
    rows = [
        {**setting.key, **_columns(answer)}
        for setting in settings(launches)
        for answer in answers_of(setting)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _columns(answer: Answer) -> dict[str, Any]:
    return {
        "question": answer.question,
        "strategy": answer.strategy,
        **answer.figure.columns("value"),
        "unit": answer.unit,
        "sentence": answer.sentence,
    }


def answers_of(setting: Setting) -> Iterator[Answer]:
    """The answers of one setting; of strategies that have as many cores as workers."""
    launches = setting.launches
    own = launches[launches["compared"] & launches["ok"]]
    names = strategies(own[own["workers"].le(setting.cores)])
    if not names:
        said = "No strategy has a result: see what failed, and why, in the tables below."
        yield Answer("cheapest", "", NOTHING, "", said)
        return
    cheapest = cheapest_of(launches, names, "cpu_seconds")
    fastest = cheapest_of(launches, names, "wall_seconds")
    yield _cheapest(setting, cheapest, names)
    yield _fastest(setting, fastest, names)
    yield _memory(setting, cheapest, fastest)
    yield _certainty(setting)
    found = enough_workers(setting, fastest)
    yield Answer("workers", fastest, Estimate(found.workers), "workers", found.sentence)


def _cheapest(setting: Setting, name: str, names: list[str]) -> Answer:
    seconds = estimate(by_round(setting.launches, name, "cpu_seconds"))
    said = (
        f"Cheapest is {name}: {number(seconds.value)} CPU seconds for {_work(setting)}"
        f"{known_to(seconds)}"
    )
    said += _against_base(setting, name, "cpu_seconds")
    return Answer("cheapest", name, seconds, "s", f"{said}.{_alike(setting, name, names)}")


def _fastest(setting: Setting, name: str, names: list[str]) -> Answer:
    if not name:
        said = (
            "Which is fastest cannot be said: no wall time counts, for others used the cores all "
            "the time. CPU seconds say what each costs; repeat the study on free cores."
        )
        return Answer("fastest", "", NOTHING, "s", said)
    seconds = estimate(by_round(setting.launches, name, "wall_seconds"))
    said = (
        f"Fastest is {name}: {number(seconds.value)} s of waiting for {_work(setting)}"
        f"{known_to(seconds)}"
    )
    said += _against_base(setting, name, "wall_seconds")
    return Answer(
        "fastest", name, seconds, "s", f"{said}.{_alike(setting, name, names, 'wall_seconds')}"
    )


def _against_base(setting: Setting, name: str, column: str) -> str:
    """How much less than the base it takes, in words."""
    base = base_of(setting.launches)
    if not base or base == name:
        return ", which is the best serial strategy" if base else ""
    found = ratio(setting.launches, base, name, column)
    if not found.rounds:
        return ""
    return (
        f", {number(found.value)} × as fast as {base}"
        if column == "wall_seconds"
        else (f", {number(1.0 / found.value)} × those of {base}")
    )


def _alike(setting: Setting, name: str, names: list[str], column: str = "cpu_seconds") -> str:
    """Strategies that cannot be told from `name`, in a sentence."""
    floor = noise_floor(setting.launches).share
    found = {
        other: ratio(setting.launches, other, name, column) for other in names if other != name
    }
    alike = [other for other, one in found.items() if one.rounds and differs(one, floor) != MORE]
    return alike_words(alike)


def _memory(setting: Setting, cheapest: str, fastest: str) -> Answer:
    def peak(name: str) -> Estimate:
        return estimate(by_round(setting.launches, name, "peak_memory"))

    first = peak(cheapest)
    if not first.rounds:
        return Answer("memory", cheapest, first, "MB", "How much memory they take is not known.")
    said = f"Memory: {cheapest} takes {number(first.value)} MB at its peak"
    if fastest and fastest != cheapest and peak(fastest).rounds:
        said += f", {fastest} {number(peak(fastest).value)} MB"
    own = setting.launches
    few = own.loc[own["method"].isin([cheapest, fastest]) & own["ok"], "memory_samples"].median()
    said += "; at least, for so short a launch was seen a few times only" if few < 10 else ""
    return Answer("memory", cheapest, first, "MB", f"{said}.")


def _certainty(setting: Setting) -> Answer:
    """Rounds, noise floor, precision, and what was left out."""
    launches = setting.launches
    rounds = len(launches[ROUND].drop_duplicates())
    floor, main = noise_floor(launches), main_ratio(launches)
    said = [f"{rounds} {'round' if rounds == 1 else 'rounds'}"]
    if floor.share >= 0.0:
        said.append(
            f"the same strategy under two names differs by up to {floor.share:.1%}, and smaller "
            "differences are not called real"
        )
    else:
        said.append("no control says how large the noise is: no difference is called real")
    if main.rounds > 1:
        said.append(f"the main ratio is known to ± {main.half_width:.1%}")
    ok = launches[launches["ok"]]
    if dropped := int((~ok["wall_counts"]).sum()):
        said.append(
            f"{dropped} of {len(ok)} wall times are left out, because others used the cores"
        )
    sentence = "; ".join(said)
    return Answer("certainty", floor.baseline, floor.ratio, "×", f"How sure: {sentence}.")


def _work(setting: Setting) -> str:
    """The work in its units, and the workload's name."""
    own = setting.launches
    known = own.loc[own["ok"] & own["unit"].ne(""), ["units", "unit"]]
    if known.empty or not known["units"].iloc[0] > 0:
        return setting.workload
    units, unit = known.iloc[0]
    return f"{units:,.0f} {unit} ({setting.workload})"
