"""Python's estimators, of this package and of installed ones: found and imported by themselves."""

from __future__ import annotations

import importlib
import pkgutil
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from importlib import metadata
from pathlib import Path
from types import MappingProxyType

from tiltyard.engine.extras import lacking
from tiltyard.engine.methods.versions import imported_modules, python_version
from tiltyard.studies.derivatives.contract import ESTIMATORS, Estimator

#: Installed packages add estimators under this entry point group.
ENTRY_POINTS = "tiltyard.estimators"
PACKAGE = "tiltyard.studies.derivatives"


@cache
def import_python() -> None:
    """Import every module that registers Python estimators, of this package and of others."""
    left_out = missing_peers()
    for module in _own_modules():
        if module not in left_out:
            importlib.import_module(module)
    for entry_point in _entry_points():
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
    points = _entry_points()
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
def import_available() -> Mapping[str, tuple[str, ...]]:
    """Import every module with estimators whose packages are installed; return the others.

    A study has all but peers (`import_python`); who differentiates data may have few packages.

    Returns
    -------
    mapping
        Module that was left out -> top-level modules that it needs and that are not installed.
    """
    left_out = _lacking_packages("*/*.py")
    modules = [module for module in _own_modules() if module not in left_out]
    for module in [*modules, *(point.module for point in _entry_points())]:
        try:
            importlib.import_module(module)
        except ModuleNotFoundError as error:
            if lacking([str(error.name)]) != (error.name,):
                raise
            left_out[module] = (str(error.name),)
    return MappingProxyType(left_out)


def declared_names(module: str) -> list[str]:
    """Names of the estimators that the file of `module`, one of ours, registers, by its text.

    Where they are put together by code, it is the file's name.
    """
    stem = module.rpartition(".")[2]
    file = Path(__file__).parent.joinpath(*module.removeprefix(f"{PACKAGE}.").split("."))
    path = file.with_suffix(".py")
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    return re.findall(r'\bestimator\(\s*"(\w+)"', text) or [stem]


def _entry_points() -> metadata.EntryPoints:
    return metadata.entry_points(group=ENTRY_POINTS)


def _own_modules() -> Iterator[str]:
    import tiltyard.studies.derivatives.estimators as own

    for module in pkgutil.walk_packages(own.__path__, own.__name__ + "."):
        yield module.name


def _lacking_packages(pattern: str) -> dict[str, tuple[str, ...]]:
    """Modules of files below `estimators` that match -> what they import and is not installed."""
    missing = {}
    folder = Path(__file__).parent / "estimators"
    for file in sorted(folder.glob(pattern)):
        imported = {name.partition(".")[0] for name in imported_modules(file)}
        if names := lacking(sorted(imported - sys.stdlib_module_names)):
            missing[f"{PACKAGE}.estimators.{file.parent.name}.{file.stem}"] = names
    return missing


@cache
def missing_peers() -> Mapping[str, tuple[str, ...]]:
    """Modules of peers that are left out -> the packages that they import and that are missing."""
    return _lacking_packages("peer/*.py")


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
