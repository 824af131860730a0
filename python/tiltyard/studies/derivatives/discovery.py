"""Python's estimators, of this package and of installed ones: found and imported by themselves."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from importlib import metadata
from pathlib import Path

from tiltyard.engine.methods.versions import imported_modules, python_version
from tiltyard.studies.derivatives.contract import ESTIMATORS, Estimator

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
