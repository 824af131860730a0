"""Every estimator of both languages with its facts and version, found where its code lies."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import pkgutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from importlib import metadata
from pathlib import Path

from tiltyard.engine.methods.versions import (
    digest,
    imported_modules,
    package_files,
    python_version,
    third_party_versions,
)
from tiltyard.engine.project import project_root
from tiltyard.studies.derivatives.contract import ESTIMATORS, Estimator
from tiltyard.studies.derivatives.julia.runtime import JuliaRuntime, find_julia, julia_environment
from tiltyard.studies.derivatives.julia.sources import (
    julia_command,
    julia_files,
    julia_source_version,
)

#: Installed packages add estimators under this entry point group.
ENTRY_POINTS = "tiltyard.estimators"
PACKAGE = "tiltyard.studies.derivatives"
#: Adapters of published packages, which the extra ``peers`` installs.
PEERS = f"{PACKAGE}.estimators.peer"


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
        Estimator.from_dict(
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
    try:
        return [file for point in points for file in package_files(point.module)]
    except ModuleNotFoundError as error:
        raise RuntimeError(f"entry point group {ENTRY_POINTS}: {error}") from error
