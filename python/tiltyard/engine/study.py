"""A study: its kind, its checked configuration, its grid, and the paths of its files."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence, Sized
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml

from tiltyard.engine.files.atomic import UnreadableFile
from tiltyard.engine.files.receipts import EVALUATIONS, Receipts
from tiltyard.engine.files.receipts import FOLDER as RECEIPTS
from tiltyard.engine.grid.axes import Configuration
from tiltyard.engine.grid.checking import check_config, refuse_strange
from tiltyard.engine.grid.places import ConfigError, Fault, Key, Place, Written, place_of, refusal
from tiltyard.engine.grid.reading import read_config
from tiltyard.engine.kind import DEFAULT, Kind, cell_of, find_kind, group_of
from tiltyard.engine.machine.interpreter import unmoved
from tiltyard.engine.outcome import Limits
from tiltyard.engine.project import project_root

SCHEMA = "study.schema.yaml"
#: Key of the engine's schema that a kind may give another name.
SELECTION = "methods"
#: Most configurations of a study; a hundred times the largest that was measured (docs/scale.md).
MOST = 1_000_000


def _refuse_vast(axes: Mapping[str, Sized], places: Mapping[Key, Place]) -> None:
    """Refuse a grid of more points than any machine evaluates; expanding it would take hours."""
    count = math.prod(map(len, axes.values()))
    if count > MOST:
        numbers = " x ".join(f"{len(values):,} {name}" for name, values in axes.items())
        reason = (
            f"got {count:,} configurations ({numbers}), needs at most {MOST:,}: take fewer values, "
            "or divide them among several studies"
        )
        raise refusal([Fault((), reason)], places)


def read_schema(kind: Kind) -> dict[str, Any]:
    """The schema of the configuration of a study of `kind`: every key with meaning and default."""
    schema = _engine_schema(project_root() / "workflow" / "schemas" / SCHEMA)
    keys = dict(schema["properties"])
    keys[kind.selection] = keys.pop(SELECTION)
    # The kind's keys stand before those on evaluating and merging, to which it may add a default.
    own = dict(kind.schema.get("properties", {}))
    keys.update({name: {**keys[name], **own.pop(name)} for name in keys.keys() & own.keys()})
    first = {name: keys.pop(name) for name in ("kind", "study", "seed")}
    return {
        **schema,
        "properties": {**first, **own, **keys},
        "required": [*schema["required"], *kind.schema.get("required", ())],
        "$defs": {**schema["$defs"], **kind.schema.get("$defs", {})},
    }


@cache
def _engine_schema(path: Path) -> Mapping[str, Any]:
    schema: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
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
    # With a receipt, what lies there is damaged, and not older.
    is_ours = (folder / RECEIPTS).is_dir()
    if isinstance(config, dict) and "kind" not in config and not is_ours:
        raise OlderVersion(
            f"{folder}: made by an older version of Tiltyard, whose results are neither resumed "
            "nor verified by this one: use that version for them, or move the folder away "
            f"(mv {folder} {folder}_old) and run the study again"
        )


def refuse_other(study: Study) -> None:
    """Refuse a study's folder that has the results of another study: of another kind, name or seed.

    These decide every dataset together with a configuration's id, so that one study would replace
    the other's files bit by bit. What else a configuration says may change: results are kept.

    Raises
    ------
    ConfigError
        With what to do.
    """
    wanted = {"kind": study.kind.name, "study": study.name, "seed": study.seed}
    identities = _identities_in(study.folder, list(wanted))
    # Where one file tells of this study, it is this one's folder, and the other file is damaged.
    if not identities or wanted in identities.values():
        return
    path, found = next(iter(identities.items()))
    differing = [key for key in wanted if found[key] != wanted[key]]
    there = " and ".join(f"{key} {found[key]!r}" for key in differing)
    here = " and ".join(f"{key} {wanted[key]!r}" for key in differing)
    reason = (
        f"got {here}, but {study.folder} has the results of {there}, which are not overwritten "
        f"({path.name} tells): write another name (study: {study.name}_2, say), write {there} "
        f"again to go on with them, or move the folder away (mv {study.folder} {study.folder}_old)"
    )
    raise refusal([Fault((differing[-1],), reason)], study.places)


def _identities_in(folder: Path, keys: Sequence[str]) -> dict[Path, dict[str, Any]]:
    """What each whole file in `folder` that has all the `keys` says of them."""
    found, receipts = {}, Receipts(folder)
    for path in (folder / "study.json", folder / "manifest.json"):
        try:
            receipts.check(path)
            facts = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError, UnreadableFile):
            continue
        if isinstance(facts, dict) and set(keys) <= set(facts):
            found[path] = {key: facts[key] for key in keys}
    return found


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
    places : mapping
        Where the keys of the configuration were written, for messages.
    """

    kind: Kind
    config: Mapping[str, Any]
    configurations: tuple[Configuration, ...]
    folder: Path
    places: Mapping[Key, Place] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def from_config(cls, config: Mapping[str, Any], folder: Path | None = None) -> Study:
        """Check `config` against the schema and its kind, and expand the grid.

        Parameters
        ----------
        config : mapping
            As `read_config` returns it, so that messages have file and line; or any mapping.
        folder : path or None
            Folder of the study's files; ``results/<study>`` if None.

        Raises
        ------
        ConfigError
            Naming every faulty key with its value and what is allowed.
        """
        places = config.places if isinstance(config, Written) else {}
        refuse_strange(config)
        try:
            kind = find_kind(str(config.get("kind", DEFAULT)))
        except ValueError as error:
            raise refusal([Fault((), str(error), place_of(("kind",), places))]) from error
        checked = check_config(config, read_schema(kind))
        with unmoved():
            try:
                kind.check(checked)
            except ConfigError as error:
                raise refusal(error.faults, places) from error
            axes = kind.points(checked)
            _refuse_vast(axes, places)
            points = kind.grid.expand(axes)
        folder = folder or Path("results") / checked["study"]
        return cls(kind, checked, tuple(points), folder, places)

    @classmethod
    def read(cls, path: Path, folder: Path | None = None) -> Study:
        """The study that the configuration file `path` describes; see `from_config`.

        Raises
        ------
        DamagedFile
            If it is the file of a study, and not what its receipt says.
        """
        Receipts(path.parent).check(path)
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

    def extent(self) -> dict[str, Any]:
        """Keys of the configuration that decide which evaluations take place, with values."""
        return {key: self.config[key] for key in self.kind.extent}

    def to_json(self) -> str:
        """The checked configuration as JSON, which `read` reads back."""
        return json.dumps(self.config, sort_keys=True)

    def dataset(self, configuration: str) -> Path:
        return self.folder / "datasets" / f"{configuration}.parquet"

    def evaluation(self, configuration: str) -> Path:
        return self.evaluations / f"{configuration}.parquet"

    @property
    def evaluation_names(self) -> list[str]:
        """Names of the evaluations' files below the study's folder."""
        return [f"{EVALUATIONS}/{name}.parquet" for name in self.ids]

    @property
    def evaluations(self) -> Path:
        """Folder of the evaluations."""
        return self.folder / EVALUATIONS

    def receipt(self, name: str) -> Path:
        """Receipt of the job `name`, as ``merge`` or ``evaluations_1-5``."""
        return self.folder / RECEIPTS / f"{name}.json"

    @cached_property
    def receipts(self) -> Receipts:
        """Receipts of the jobs, as they are when one is first asked for."""
        return Receipts(self.folder)

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
