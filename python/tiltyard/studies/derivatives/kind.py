"""The derivative study as a kind: what the engine asks it for."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml

from tiltyard.engine.grid.axes import Configuration, Grid, count_axis, level_axis, word_axis
from tiltyard.engine.grid.places import ConfigError, Fault, shown
from tiltyard.engine.kind import Cost, PlainKind
from tiltyard.engine.methods.method import Method
from tiltyard.engine.project import project_root
from tiltyard.studies.derivatives.contract import (
    FAMILIES,
    TAGS,
    Estimator,
    reason_unsupported,
    supported_orders,
)
from tiltyard.studies.derivatives.meanings import ANCHORS, MEASURES, WORDS

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from tiltyard.engine.kind import Figure, Panel, Session, Table
    from tiltyard.engine.methods.plugins import Plugin
    from tiltyard.engine.outcome import Outcome
    from tiltyard.engine.statistics.alarms import Alarm
    from tiltyard.engine.study import Study
    from tiltyard.studies.derivatives.dataset import Dataset, Truth

#: Measured on 2 cores with all estimators but slow ones and peers: CPU seconds of one evaluation
#: of 101 samples, on the average, and the exponent of its growth with their number.
EVALUATION_SECONDS, GROWTH = 0.1, 1.1
#: CPU seconds of a job before its first evaluation: imports, Julia.
START_SECONDS = 5.0
#: Peak memory of a job with one thread, and of each further Python worker [MB]. A control group
#: with nothing else in it counted 510 with 101 samples and 680 with 1001; 730 and 920 with the
#: files that it read.
JOB_MEMORY_MB, WORKER_MEMORY_MB = 900, 300


class Derivatives(PlainKind):
    """The study that asks which estimator recovers derivatives from noisy samples."""

    name = "derivatives"
    grid = Grid(
        [
            word_axis("signal"),
            count_axis("samples", "n"),
            word_axis("noise_model"),
            level_axis("noise_level"),
            count_axis("trial", "t"),
        ]
    )
    words, measures, anchors = WORDS, MEASURES, ANCHORS
    method: type[Method] = Estimator
    subject, replicate, within, levels = "signal", "trial", ("order",), "noise_level"
    decides = ("orders",)
    selection = "estimators"
    tags = TAGS
    unranked = frozenset({"control", "oracle", "model"})
    line_figures = ("error_by_noise", "error_by_order")
    families = FAMILIES
    reference = ("gaussian_process_se", "python")
    # Neither easy nor lost.
    opening: Mapping[str, Any] = MappingProxyType({"noise_level": 0.01, "order": 1})
    captions = Path(__file__).with_name("captions")
    commands = tuple(
        f"tiltyard.studies.derivatives.commands:{name}" for name in ("signals", "julia")
    )

    @property
    def columns(self) -> pa.Schema:
        from tiltyard.studies.derivatives.scoring import COLUMNS

        return COLUMNS

    @property
    def schema(self) -> Mapping[str, Any]:
        return _schema()

    def check(self, config: Mapping[str, Any]) -> None:
        """Refuse signals and noise models that there are not."""
        from tiltyard.studies.derivatives.noise import NOISE_MODELS
        from tiltyard.studies.derivatives.signals import SIGNALS

        unknown = [
            *_unknown("signals", config["signals"], SIGNALS),
            *_unknown("noise_models", config["noise_models"], NOISE_MODELS),
        ]
        if unknown:
            raise ConfigError(unknown)

    def points(self, config: Mapping[str, Any]) -> Mapping[str, Sequence[Any]]:
        return {
            "signal": config["signals"],
            "samples": config["samples"],
            "noise_model": config["noise_models"],
            "noise_level": config["noise_levels"],
            "trial": range(1, config["trials"] + 1),
        }

    def methods(self, config: Mapping[str, Any]) -> Sequence[Estimator]:
        """Every estimator of this package; without Julia's if that takes no part."""
        from tiltyard.studies.derivatives.discovery import load
        from tiltyard.studies.derivatives.importing import warn_of_missing_peers

        warn_of_missing_peers()
        return load(takes_julia(config))

    def code(self, config: Mapping[str, Any]) -> str:
        from tiltyard.studies.derivatives.discovery import code_digest

        return code_digest(takes_julia(config))

    def sources(self, config: Mapping[str, Any]) -> str:
        from tiltyard.studies.derivatives.discovery import source_digest

        return source_digest(_julia(config))

    def packages(self, config: Mapping[str, Any]) -> Sequence[Plugin]:
        """Packages that bring estimators; those in Julia only if that takes part."""
        from tiltyard.studies.derivatives.discovery import packages

        return packages(takes_julia(config))

    def runtimes(self, config: Mapping[str, Any]) -> Mapping[str, str]:
        """Julia's version, or ``off``."""
        runtime = _julia(config)
        return {"julia": runtime.version if runtime else "off"}

    def kernels(self, config: Mapping[str, Any]) -> Sequence[str]:
        """That of Julia's BLAS, if Julia takes part."""
        from tiltyard.studies.derivatives.julia.runtime import julia_kernels

        return julia_kernels(_julia(config))

    def cost(self, config: Mapping[str, Any], methods: int) -> Cost:
        growth = [(n / 101) ** GROWTH for n in config["samples"]]
        seconds = methods * EVALUATION_SECONDS * sum(growth) / len(growth)
        return Cost(seconds, START_SECONDS, JOB_MEMORY_MB, WORKER_MEMORY_MB)

    def make(self, study: Study, point: Configuration, rng: np.random.Generator) -> Dataset:
        from tiltyard.studies.derivatives.dataset import make_dataset

        truth = _truth(point.values["signal"], point.values["samples"])
        return make_dataset(point.id, **point.values, rng=rng, seed=study.seed, truth=truth)

    def restore(self, table: pa.Table, facts: Mapping[str, Any], configuration: str) -> Dataset:
        from tiltyard.studies.derivatives.dataset import restore

        return restore(table, facts, configuration)

    def dataset_code(self) -> Mapping[str, str]:
        from tiltyard.studies.derivatives.dataset import current_versions

        return dict(current_versions())

    def session(self, study: Study, threads: int) -> AbstractContextManager[Session]:
        from tiltyard.studies.derivatives.running import estimator_session

        return estimator_session(orders_of(study.config), threads)

    def unsupported(self, method: Estimator, dataset: Dataset, config: Mapping[str, Any]) -> str:
        from tiltyard.studies.derivatives.scoring import reason_too_high

        if reason := reason_unsupported(method, dataset.t):
            return reason
        return "" if supported_orders(method, orders_of(config)) else reason_too_high(method)

    def rows(
        self, method: Estimator, dataset: Dataset, outcome: Outcome, config: Mapping[str, Any]
    ) -> Iterable[Mapping[str, Any]]:
        from tiltyard.studies.derivatives.scoring import score_rows

        return score_rows(method, dataset, outcome, orders_of(config))

    def scoring_code(self) -> str:
        from tiltyard.studies.derivatives.scoring import scoring_version

        return scoring_version()

    def alarms(self, study: Study, summary: pd.DataFrame, *rows: pd.DataFrame) -> Iterable[Alarm]:
        from tiltyard.studies.derivatives.alarms import find_alarms

        return find_alarms(study, summary)

    def notes(self, config: Mapping[str, Any]) -> Sequence[str]:
        return [] if takes_julia(config) else ["Julia's estimators are switched off"]

    def target(self, config: Mapping[str, Any]) -> float:
        """The nRMSE below which an order counts as recovered."""
        return float(config["statistics"]["reach_threshold"])

    def page_facts(self, study: Study) -> Mapping[str, Any]:
        from tiltyard.studies.derivatives.page.facts import page_facts

        return page_facts(study)

    def facts(self, methods: Sequence[Estimator]) -> Sequence[Mapping[str, Any]]:
        from tiltyard.studies.derivatives.listing import methods_facts

        return methods_facts(methods)

    def methods_page(self, methods: Sequence[Estimator]) -> str:
        from tiltyard.studies.derivatives.listing import methods_page

        return methods_page(methods)

    def divisions(self, cells: pd.DataFrame) -> Mapping[str, Sequence[str]]:
        """Division of the suite that each signal belongs to."""
        from tiltyard.studies.derivatives.signals import find_signal
        from tiltyard.studies.derivatives.suite import division_of

        return {"division": [division_of(find_signal(name)) for name in cells["signal"]]}

    def made_up(
        self,
        method: Estimator,
        dataset: Dataset,
        config: Mapping[str, Any],
        rng: np.random.Generator,
    ) -> Outcome:
        from tiltyard.studies.derivatives.made_up import made_up

        return made_up(method, dataset, orders_of(config), rng)

    @property
    def tables(self) -> Sequence[Table]:  # type: ignore[override]
        from tiltyard.studies.derivatives.reporting import TABLES

        return TABLES

    @property
    def figures(self) -> Sequence[Figure]:  # type: ignore[override]
        from tiltyard.studies.derivatives.reporting import FIGURES

        return FIGURES

    @property
    def panels(self) -> Sequence[Panel]:  # type: ignore[override]
        from tiltyard.studies.derivatives.reporting import PANELS

        return PANELS


def takes_julia(config: Mapping[str, Any]) -> bool:
    """Whether Julia's estimators take part: they are not switched off, nor all left out."""
    chosen = config.get("estimators", {})
    languages = chosen.get("include", {}).get("language", ["julia"])
    excluded = chosen.get("exclude", {}).get("language", [])
    return bool(config.get("julia", True)) and "julia" in languages and "julia" not in excluded


def orders_of(config: Mapping[str, Any]) -> list[int]:
    """Derivative orders of a study, increasing."""
    return sorted(config["orders"])


@cache
def _schema() -> Mapping[str, Any]:
    path = Path(__file__).with_name("schema.yaml")
    schema: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return schema


@cache
def _truth(signal: str, samples: int) -> Truth:
    from tiltyard.studies.derivatives.dataset import compute_truth

    return compute_truth(signal, samples)


def _julia(config: Mapping[str, Any]) -> Any:
    """The Julia that takes part; None if it is switched off."""
    from tiltyard.studies.derivatives.julia.runtime import find_julia

    return find_julia(project_root()) if takes_julia(config) else None


def _unknown(key: str, names: Sequence[str], known: Mapping[str, Any]) -> Iterator[Fault]:
    """Faults of the `names` of `key` that are not `known`."""
    known_are = f"known are {', '.join(sorted(known))}"
    for position, name in enumerate(names):
        if name not in known:
            close = " or ".join(difflib.get_close_matches(name, known))
            hint = f"did you mean {close}? " if close else ""
            yield Fault((key, position), f"{shown(name)} is unknown; {hint}{known_are}")
            known_are = "known are those above"
