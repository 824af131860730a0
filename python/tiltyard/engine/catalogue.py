"""The catalogue of a study: the facts and versions of the methods that take part."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from tiltyard.engine.files.atomic import UnreadableFile, write_text
from tiltyard.engine.grid.places import ConfigError, Fault, refusal
from tiltyard.engine.kind import Kind
from tiltyard.engine.methods.method import Method, select
from tiltyard.engine.methods.versions import digest, package_files
from tiltyard.engine.project import project_root
from tiltyard.engine.study import Study

#: Number of catalogues that are remembered: those of other branches and plug-ins are used again.
REMEMBERED = 20


def all_methods(kind: Kind, config: Mapping[str, Any]) -> list[Any]:
    """Every method of `kind`, remembered until a source changes or moves.

    Finding the methods may import them all and start another language, which takes seconds. If
    the memory cannot be read or written, they are found anew.
    """
    own = [path.read_bytes() for path in package_files(type(kind).__module__)]
    name = digest([kind.name, kind.sources(config), *own, *map(str, kind.plugins())])
    path = project_root() / ".cache" / "catalogue" / f"{name}.json"
    with suppress(OSError, UnreadableFile, KeyError, TypeError, AttributeError):
        return read_catalogue(kind, path)
    methods = list(kind.methods(config))
    with suppress(OSError):
        write_catalogue(kind, config, methods, path)
        for old in sorted(path.parent.glob("*.json"), key=_age)[REMEMBERED:]:
            old.unlink()
    return methods


def _age(path: Path) -> float:
    return -path.stat().st_mtime


def selected_methods(study: Study) -> list[Any]:
    """The methods that take part in `study`, sorted by name and language.

    Raises
    ------
    ConfigError
        If the study selects a method that does not exist, or none.
    """
    kind, config = study.kind, study.config
    chosen = config[kind.selection]
    try:
        methods = select(
            all_methods(kind, config),
            chosen["include"],
            chosen["exclude"],
            kind.tags,
            kind.selection,
        )
    except ConfigError as error:
        raise refusal(error.faults, study.places) from error
    if not methods:
        reason = f"{chosen} leaves none; include more, or exclude less"
        raise refusal([Fault((kind.selection,), reason)], study.places)
    return methods


def write_catalogue(
    kind: Kind, config: Mapping[str, Any], methods: Iterable[Method], path: Path
) -> None:
    """Write the facts of `methods` as JSON, and the digest of the code that they stand for."""
    written = {
        "kind": kind.name,
        "code": kind.code(config),
        "methods": [method.to_dict() for method in methods],
    }
    write_text(path, json.dumps(written, indent=1, sort_keys=True) + "\n")


def catalogue_of(study: Study) -> list[Any]:
    """The methods in the catalogue of `study`, which is checked first; see `read_catalogue`.

    Raises
    ------
    UnreadableFile
        If it is missing, damaged, or no catalogue of this version.
    """
    study.receipts.check(study.catalogue)
    return read_catalogue(study.kind, study.catalogue)


def read_catalogue(kind: Kind, path: Path) -> list[Any]:
    """The methods that `write_catalogue` wrote, without facts such as functions (`LOCAL`).

    Raises
    ------
    UnreadableFile
        If it is missing, or no catalogue of this version.
    """
    return [kind.method.from_dict(facts) for facts in _read(path)["methods"]]


def _read(path: Path) -> dict[str, Any]:
    try:
        written: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        written["code"], written["methods"]
    except FileNotFoundError as error:
        raise UnreadableFile(f"{path}: no such file; `tiltyard prepare` writes it") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableFile(
            f"{path}: no catalogue of this version of Tiltyard; the next run of snakemake, or "
            "`tiltyard prepare`, writes it again"
        ) from error
    return written


def refuse_edited(study: Study) -> None:
    """Refuse to evaluate if the code is not that of the versions in the catalogue.

    Raises
    ------
    ConfigError
        If a method was edited since: its results would be kept under its earlier version.
    """
    if _read(study.catalogue)["code"] != study.kind.code(study.config):
        raise ConfigError(
            f"{study.catalogue}: {study.kind.words.method}s were edited, added or removed since it "
            "was written; run snakemake again, or `tiltyard prepare` by hand: what was evaluated "
            "is kept"
        )
