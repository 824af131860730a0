"""The catalogue: every estimator of both languages with its facts and version, found by itself."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import pkgutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import fields, replace
from functools import cache
from importlib import metadata
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tiltyard.engine.files.atomic import UnreadableFile, project_root, write_text
from tiltyard.engine.grid.checking import ConfigError
from tiltyard.engine.methods.method import select
from tiltyard.engine.methods.versions import (
    digest,
    imported_modules,
    modules_beside,
    python_version,
    third_party_versions,
)
from tiltyard.studies.derivatives.contract import ESTIMATORS, TAGS, Estimator
from tiltyard.studies.derivatives.julia.runtime import JuliaRuntime, find_julia, julia_environment
from tiltyard.studies.derivatives.julia.sources import (
    julia_command,
    julia_files,
    julia_source_version,
)
from tiltyard.studies.derivatives.study import Study

#: Installed packages add estimators under this entry point group.
ENTRY_POINTS = "tiltyard.estimators"
PACKAGE = "tiltyard.studies.derivatives"
#: Adapters of published packages, which the extra ``peers`` installs.
PEERS = f"{PACKAGE}.estimators.peer"
#: Catalogues that are kept: those of other branches and plugins come back.
REMEMBERED = 20


@cache
def import_python() -> None:
    """Import every module that registers Python estimators, of this package and of others."""
    import tiltyard.studies.derivatives.estimators as own

    left_out = missing_peers()
    for module in pkgutil.walk_packages(own.__path__, own.__name__ + "."):
        if module.name not in left_out:
            importlib.import_module(module.name)
    for entry_point in metadata.entry_points(group=ENTRY_POINTS):
        entry_point.load()


def modules_of(entries: Iterable[Estimator]) -> list[str]:
    """Modules whose import registers the Python estimators `entries`, found by their files' names.

    A few take a tenth of the seconds that all take. An estimator that is not registered by them is
    missed where it is called, and all are imported there: see `prepare` in `evaluation`.
    """
    own = Path(__file__).resolve().parent
    names = {Path(entry.source).name for entry in entries if entry.language == "python"}
    files = [file for file in (own / "estimators").rglob("*.py") if file.name in names]
    modules = [".".join(file.relative_to(own).with_suffix("").parts) for file in sorted(files)]
    points = metadata.entry_points(group=ENTRY_POINTS)
    return [f"{PACKAGE}.{module}" for module in modules] + [point.module for point in points]


@cache
def load_python() -> tuple[Estimator, ...]:
    """Python estimators, of this package and of installed ones, with their versions."""
    import_python()
    root = Path(__file__).resolve().parents[3]
    sources = {entry.source for entry in ESTIMATORS}
    versions = {source: python_version(Path(source), PACKAGE, root) for source in sources}
    return tuple(replace(entry, version=versions[entry.source]) for entry in ESTIMATORS)


@cache
def missing_peers() -> Mapping[str, tuple[str, ...]]:
    """Modules of peers that are left out -> the packages that they import and that are missing."""
    missing = {}
    for file in (Path(__file__).parent / "estimators" / "peer").glob("*.py"):
        imported = {name.partition(".")[0] for name in imported_modules(file)}
        packages = sorted(imported - sys.stdlib_module_names)
        if lacking := tuple(name for name in packages if not importlib.util.find_spec(name)):
            missing[f"{PEERS}.{file.stem}"] = lacking
    return missing


def warn_of_missing_peers() -> None:
    """Say on standard error which peers do not take part, and how to install them."""
    if missing := missing_peers():
        modules = ", ".join(sorted(name.rpartition(".")[2] for name in missing))
        packages = ", ".join(sorted({name for lacking in missing.values() for name in lacking}))
        print(
            f"warning: without the peers of {modules}: not installed are {packages}; "
            "pip install -e '.[peers]' adds them",
            file=sys.stderr,
        )


def load_julia(runtime: JuliaRuntime) -> tuple[Estimator, ...]:
    """Julia estimators as Julia itself declares them, with their versions.

    Raises
    ------
    RuntimeError
        If the Julia package cannot be loaded: the message has Julia's own.
    """
    done = subprocess.run(
        julia_command("DerivativeEstimators.print_facts()", runtime),
        env={**os.environ, **julia_environment(project_root())},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"the Julia estimators cannot be loaded:\n{done.stderr.strip()}")
    facts = json.loads(done.stdout)
    return tuple(
        _from_dict(
            {
                **fact,
                "language": "julia",
                "version": julia_source_version(Path(fact["source"]), runtime.version),
            }
        )
        for fact in facts
    )


def load(julia: bool = True) -> list[Estimator]:
    """The whole catalogue, sorted by name and language; without Julia's if `julia` is false."""
    entries = list(load_python())
    if julia:
        entries.extend(load_julia(find_julia(project_root())))
    return sorted(entries, key=lambda entry: entry.key)


def facts(julia: bool = True) -> list[Estimator]:
    """As `load`, but without functions: remembered for as long as no source changes or moves.

    Importing every estimator and starting Julia take four CPU seconds, twice in a run. A memory
    that cannot be read or written is done without.
    """
    runtime = find_julia(project_root()) if julia else None
    code = [path.read_bytes() for path in sorted(Path(__file__).resolve().parent.glob("*.py"))]
    name = digest([source_digest(runtime), *code, *map(str, _plugin_files())])
    path = project_root() / ".cache" / "catalogue" / f"{name}.json"
    with suppress(OSError, UnreadableFile, KeyError, TypeError, AttributeError):
        return read_catalogue(path)
    entries = load(julia)
    with suppress(OSError):
        write_text(path, _to_json(entries))
        for old in sorted(path.parent.glob("*.json"), key=_age)[REMEMBERED:]:
            old.unlink()
    return entries


def _age(path: Path) -> float:
    return -path.stat().st_mtime


def selected_estimators(study: Study) -> list[Estimator]:
    """The estimators that take part in `study`, controls included.

    Raises
    ------
    ConfigError
        If `estimators` names what does not exist, or nothing is left.
    """
    chosen = study.config["estimators"]
    try:
        entries = select(facts(study.julia), chosen["include"], chosen["exclude"], TAGS)
    except ValueError as error:
        raise ConfigError(f"the configuration is refused:\n  {error}") from error
    if not entries:
        raise ConfigError(f"the configuration is refused:\n  estimators: {chosen} leaves none")
    return entries


def source_digest(julia: JuliaRuntime | None) -> str:
    """Digest of all that decides any estimator's version, without importing an estimator.

    The workflow compares it with the last run's to see an edited, new or removed estimator.
    """
    files = python_files()
    versions = third_party_versions(name for file in files for name in imported_modules(file))
    parts = [code_digest(julia is not None), *map(str, sorted(versions.items()))]
    return digest([*parts, julia.version if julia else ""])


def code_digest(julia: bool) -> str:
    """Digest of the files that decide any estimator's version, of Julia's ones too if `julia`."""
    files = [*python_files(), *_plugin_files(), *(julia_files() if julia else ())]
    return digest(file.read_bytes() for file in files)


def python_files() -> list[Path]:
    """Files of this package that an estimator's version may follow."""
    package = Path(__file__).resolve().parent
    folders = ("estimators", "numerics", "signals")
    files = [file for name in folders for file in sorted((package / name).rglob("*.py"))]
    return [package / "contract.py", *files]


def _plugin_files() -> list[Path]:
    """Python files of the installed packages that bring estimators."""
    points = metadata.entry_points(group=ENTRY_POINTS)
    return [file for point in points for file in _package_files(point.module)]


def _package_files(module: str) -> list[Path]:
    """Python files of the installed distribution that `module` belongs to."""
    top = module.partition(".")[0]
    own = importlib.util.find_spec(top)
    if own is None or own.origin is None:
        raise RuntimeError(f"entry point group {ENTRY_POINTS}: there is no package for {module!r}")
    specs = (importlib.util.find_spec(name) for name in modules_beside(top))
    files = (Path(spec.origin) for spec in specs if spec and spec.origin)
    return sorted(
        path
        for file in files
        for path in (file.parent.rglob("*.py") if file.name == "__init__.py" else [file])
    )


_TRANSPORTED = [field.name for field in fields(Estimator) if field.name != "function"]


def to_dict(entry: Estimator) -> dict[str, Any]:
    """Facts of `entry` as plain values."""
    facts = {name: getattr(entry, name) for name in _TRANSPORTED}
    for name in ("exempt", "explained"):
        facts[name] = dict(getattr(entry, name))
    return facts


def _from_dict(facts: Mapping[str, Any]) -> Estimator:
    values = {name: facts[name] for name in _TRANSPORTED if name in facts}
    for name in ("tags", "cites", "seed_names"):
        values[name] = tuple(facts[name])
    for name in ("exempt", "explained"):  # Julia's facts have no explanations
        values[name] = MappingProxyType(dict(facts.get(name, {})))
    return Estimator(**values)


def write_catalogue(entries: Iterable[Estimator], path: Path) -> None:
    """Write the facts of `entries` as JSON, no paths of this machine, and the code's digest."""
    write_text(path, _to_json(entries))


def _to_json(entries: Iterable[Estimator]) -> str:
    facts = [{**to_dict(entry), "source": Path(entry.source).name} for entry in entries]
    written = {"code": code_digest(_has_julia(facts)), "estimators": facts}
    return json.dumps(written, indent=1, sort_keys=True) + "\n"


def _has_julia(facts: Iterable[Mapping[str, Any]]) -> bool:
    return any(fact["language"] == "julia" for fact in facts)


def read_catalogue(path: Path) -> list[Estimator]:
    """The estimators written by `write_catalogue`; they have facts, but no function.

    Raises
    ------
    UnreadableFile
        If it is no catalogue of this version.
    """
    return [_from_dict(facts) for facts in _read(path)["estimators"]]


def _read(path: Path) -> dict[str, Any]:
    try:
        written: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        written["code"], written["estimators"]
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableFile(
            f"{path}: no catalogue of this version; the next run of snakemake writes it anew"
        ) from error
    return written


def refuse_edited(path: Path) -> None:
    """Refuse to evaluate with other code than the versions in the catalogue `path` stand for.

    Raises
    ------
    ConfigError
        If an estimator was edited since: its results would be kept under the version before.
    """
    written = _read(path)
    if written["code"] != code_digest(_has_julia(written["estimators"])):
        raise ConfigError(
            f"{path}: estimators were edited, added or removed since it was written; run snakemake "
            "again, or `tiltyard catalogue` by hand: what was evaluated is kept"
        )
