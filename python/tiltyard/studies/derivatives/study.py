"""The derivative study: its axes, its configuration file, and where its files lie."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tiltyard.engine.files.atomic import UnreadableFile, project_root
from tiltyard.engine.files.parquet import read_note
from tiltyard.engine.grid.axes import (
    Configuration,
    Grid,
    count_axis,
    level_axis,
    word_axis,
)
from tiltyard.engine.grid.checking import ConfigError, check_config
from tiltyard.engine.kind import Measures
from tiltyard.engine.outcome import Limits
from tiltyard.engine.plan.batches import altered_files, read_receipt
from tiltyard.studies.derivatives.noise import NOISE_MODELS
from tiltyard.studies.derivatives.signals import SIGNALS

GRID = Grid(
    [
        word_axis("signal"),
        count_axis("samples", "n"),
        word_axis("noise_model"),
        level_axis("noise_level"),
        count_axis("trial", "t"),
    ]
)
#: Trials are replicates inside a cell.
CELL = ("signal", "samples", "noise_model", "noise_level", "order")
#: What the replicates of a cell agree in; a configuration has every order.
REPLICATES_SHARE = CELL[:-1]
ERROR = "nrmse"
#: What the columns of the results mean; the two ends of an estimate do not count in its errors.
MEASURES = Measures(
    error=ERROR,
    absolute="rmse",
    ends=1,
    medians={
        "interior": "nrmse_interior",
        "edge": "nrmse_edge",
        "correlation": "correlation",
        "coverage_68": "coverage_68",
        "coverage_95": "coverage_95",
        "crps": "crps",
        "cpu_seconds": "cpu_seconds",
        "warm_up_seconds": "warm_up_seconds",
        "peak_memory": "peak_memory",
    },
)
#: The method that errors are compared with over all cells.
REFERENCE = ("gaussian_process_se", "python")


def read_schema() -> dict[str, Any]:
    """The schema of the configuration file: every key with meaning, unit and default."""
    path = project_root() / "workflow" / "schemas" / "study.schema.yaml"
    schema: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return schema


@dataclass(frozen=True)
class Study:
    """A checked configuration file.

    Attributes
    ----------
    config : mapping
        The configuration with defaults filled in; plain values.
    configurations : tuple of Configuration
        Every point of the grid, trials fastest.
    """

    config: Mapping[str, Any]
    configurations: tuple[Configuration, ...]

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Study:
        """Check `config` against schema, signals and noise models, and expand the grid.

        Raises
        ------
        ConfigError
            Naming every faulty key with its value and what is allowed.
        """
        config = check_config(config, read_schema())
        _refuse_unknown("signals", config["signals"], SIGNALS)
        _refuse_unknown("noise_models", config["noise_models"], NOISE_MODELS)
        points = GRID.expand(
            {
                "signal": config["signals"],
                "samples": config["samples"],
                "noise_model": config["noise_models"],
                "noise_level": config["noise_levels"],
                "trial": range(1, config["trials"] + 1),
            }
        )
        return cls(config, tuple(points))

    @property
    def name(self) -> str:
        return str(self.config["study"])

    @property
    def seed(self) -> int:
        return int(self.config["seed"])

    @property
    def julia(self) -> bool:
        return bool(self.config["julia"])

    @property
    def orders(self) -> list[int]:
        return sorted(self.config["orders"])

    @property
    def limits(self) -> Limits:
        evaluation = self.config["evaluation"]
        return Limits(evaluation["time_limit"], evaluation["memory_limit"])

    @property
    def merges_estimates(self) -> bool:
        """Whether the merged table has the estimates."""
        return bool(self.config["merge"]["estimates"])

    @property
    def reach_threshold(self) -> float:
        """The nRMSE below which an order counts as recovered."""
        return float(self.config["statistics"]["reach_threshold"])

    def to_json(self) -> str:
        """The checked configuration as JSON, which `read_config` reads back."""
        return json.dumps(self.config, sort_keys=True)


def _refuse_unknown(key: str, names: Sequence[str], known: Mapping[str, Any]) -> None:
    for position, name in enumerate(names):
        if name not in known:
            raise ConfigError(
                f"the configuration is refused:\n  {key}[{position}]: {name!r} is unknown; "
                f"known are {', '.join(sorted(known))}"
            )


@dataclass(frozen=True)
class Paths:
    """Where a study's files lie below `folder`, usually ``results/<study>``."""

    folder: Path

    def dataset(self, configuration: str) -> Path:
        return self.folder / "datasets" / f"{configuration}.parquet"

    def evaluation(self, configuration: str) -> Path:
        return self.folder / "evaluations" / f"{configuration}.parquet"

    @property
    def batches(self) -> Path:
        """Folder of the receipts."""
        return self.folder / "batches"

    @property
    def journal(self) -> Path:
        """Folder of what the jobs write about themselves."""
        return self.folder / "journal"

    @property
    def catalogue(self) -> Path:
        return self.folder / "catalogue.json"

    @property
    def store(self) -> Path:
        return self.folder / "store"


@dataclass(frozen=True)
class Fault:
    """A receipt that no longer holds, and the files behind it that are not what they should be."""

    receipt: Path
    reasons: tuple[str, ...]
    unreadable: tuple[Path, ...]


def find_faults(study: Study, paths: Paths) -> list[Fault]:
    """Receipts of `study` whose datasets or evaluations are gone, truncated, empty or another's.

    Only files with another size or time than in the receipt are opened, and only their own
    metadata is read; digests are checked when a dataset is used.
    """
    faults = []
    for path in sorted(paths.batches.glob("*.json")):
        reasons, unreadable = [], []
        receipt: Mapping[str, Any] = {"files": {}}
        try:
            receipt = read_receipt(path)
        except UnreadableFile as error:
            reasons.append(str(error))
        altered = altered_files(receipt)
        for file in altered:
            if not file.exists():
                reasons.append(f"{file}: is gone")
                continue
            try:
                note = _checked_note(file, study)
            except UnreadableFile as error:
                reasons.append(str(error))
                unreadable.append(file)
                continue
            # A job of another run, or one by hand, may have written it since. It stays: the
            # receipt may be the one that is old.
            if note.get("request") != receipt.get("request", note.get("request")):
                reasons.append(f"{file}: answers another request than when {path} was written")
        if reasons:
            faults.append(Fault(path, tuple(reasons), tuple(unreadable)))
    return faults


def _checked_note(path: Path, study: Study) -> dict[str, Any]:
    note = read_note(path)
    wanted = {"configuration": path.stem, "study": study.name, "seed": study.seed}
    for key, value in wanted.items():
        if note.get(key) != value:
            raise UnreadableFile(f"{path}: holds {key} {note.get(key)!r}, not {value!r}")
    return note
