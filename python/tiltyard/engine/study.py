"""A study: its kind, its checked configuration, its grid, and the paths of its files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from tiltyard.engine.grid.axes import Configuration
from tiltyard.engine.grid.checking import ConfigError, check_config, read_config
from tiltyard.engine.kind import DEFAULT, Kind, cell_of, find_kind, group_of
from tiltyard.engine.machine.interpreter import unmoved
from tiltyard.engine.outcome import Limits
from tiltyard.engine.project import project_root

SCHEMA = "study.schema.yaml"
#: Key of the engine's schema that a kind may give another name.
SELECTION = "methods"


def read_schema(kind: Kind) -> dict[str, Any]:
    """The schema of the configuration of a study of `kind`: every key with meaning and default."""
    path = project_root() / "workflow" / "schemas" / SCHEMA
    schema: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    keys = schema["properties"]
    keys[kind.selection] = keys.pop(SELECTION)
    # The kind's keys stand before those on evaluating and merging.
    own = dict(kind.schema.get("properties", {}))
    first = {name: keys.pop(name) for name in ("kind", "study", "seed")}
    schema["properties"] = {**first, **own, **keys}
    schema["required"] = [*schema["required"], *kind.schema.get("required", ())]
    schema["$defs"].update(kind.schema.get("$defs", {}))
    return schema


class OlderVersion(RuntimeError):
    """A folder holds results of an older version of Tiltyard; the message names it."""


def refuse_older(folder: Path) -> None:
    """Refuse a study's folder that an older version of Tiltyard made.

    Versions before there were kinds wrote another `study.json`. Their columns, datasets and
    versions of methods are others, so that nothing can be resumed, drawn or verified.

    Raises
    ------
    OlderVersion
        With what to do.
    """
    try:
        config = json.loads((folder / "study.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    if isinstance(config, dict) and "kind" not in config:
        raise OlderVersion(
            f"{folder}: made by an older version of Tiltyard, whose results are neither resumed "
            "nor verified by this one: use that version for them, or move the folder away "
            f"(mv {folder} {folder}_old) and run the study again"
        )


@dataclass(frozen=True)
class Study:
    """A checked configuration, and the folder of its files.

    Attributes
    ----------
    kind : Kind
    config : mapping
        The configuration with defaults filled in; plain values.
    configurations : tuple of Configuration
        Every point of the grid; the last axis changes fastest.
    folder : path
        Folder of all its files, usually ``results/<study>``.
    """

    kind: Kind
    config: Mapping[str, Any]
    configurations: tuple[Configuration, ...]
    folder: Path

    @classmethod
    def from_config(cls, config: Mapping[str, Any], folder: Path | None = None) -> Study:
        """Check `config` against the schema and its kind, and expand the grid.

        Parameters
        ----------
        config : mapping
        folder : path or None
            Folder of the study's files; ``results/<study>`` if None.

        Raises
        ------
        ConfigError
            Naming every faulty key with its value and what is allowed.
        """
        try:
            kind = find_kind(str(config.get("kind", DEFAULT)))
        except ValueError as error:
            raise ConfigError(f"the configuration is refused:\n  {error}") from error
        checked = check_config(config, read_schema(kind))
        with unmoved():
            kind.check(checked)
            points = kind.grid.expand(kind.points(checked))
        return cls(kind, checked, tuple(points), folder or Path("results") / checked["study"])

    @classmethod
    def read(cls, path: Path, folder: Path | None = None) -> Study:
        """The study that the configuration file `path` describes; see `from_config`."""
        return cls.from_config(read_config(path), folder)

    @property
    def name(self) -> str:
        return str(self.config["study"])

    @property
    def seed(self) -> int:
        return int(self.config["seed"])

    @property
    def limits(self) -> Limits:
        """Limits of one evaluation."""
        evaluation = self.config["evaluation"]
        return Limits(evaluation["time_limit"], evaluation["memory_limit"])

    @property
    def merges_series(self) -> bool:
        """Whether the merged table has the lists that methods produced."""
        return bool(self.config["merge"]["estimates"])

    @property
    def group(self) -> list[str]:
        """Axes in which the replicates of a cell agree."""
        return group_of(self.kind)

    @property
    def cell(self) -> list[str]:
        """Columns that make a cell."""
        return cell_of(self.kind)

    @cached_property
    def ids(self) -> list[str]:
        """Ids of all configurations."""
        return [point.id for point in self.configurations]

    def options(self) -> dict[str, Any]:
        """Keys of the configuration that decide the rows of an evaluation, with their values."""
        return {key: self.config[key] for key in self.kind.decides}

    def to_json(self) -> str:
        """The checked configuration as JSON, which `read` reads back."""
        return json.dumps(self.config, sort_keys=True)

    def dataset(self, configuration: str) -> Path:
        return self.folder / "datasets" / f"{configuration}.parquet"

    def evaluation(self, configuration: str) -> Path:
        return self.evaluations / f"{configuration}.parquet"

    @property
    def evaluations(self) -> Path:
        """Folder of the evaluations."""
        return self.folder / "evaluations"

    @property
    def batches(self) -> Path:
        """Folder of the receipts."""
        return self.folder / "batches"

    @property
    def journal(self) -> Path:
        """Folder of the journals that jobs write about themselves."""
        return self.folder / "journal"

    @property
    def owners(self) -> Path:
        """File of the locks on configurations that are being evaluated."""
        return self.folder / "owners"

    @property
    def catalogue(self) -> Path:
        return self.folder / "catalogue.json"

    @property
    def store(self) -> Path:
        return self.folder / "store"

    @property
    def missing(self) -> list[str]:
        """Ids of the configurations that have no evaluation."""
        return [name for name in self.ids if not self.evaluation(name).exists()]
