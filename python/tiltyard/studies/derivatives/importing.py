"""Python's estimators, of this package and of installed ones: found and imported by themselves.

Those of installed packages are never imported beside this package's own: see `load_plugin`.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib import metadata
from pathlib import Path
from types import MappingProxyType

from tiltyard.engine.extras import lacking
from tiltyard.engine.machine.interpreter import unmoved
from tiltyard.engine.methods.plugins import (
    Plugin,
    PluginError,
    PluginFault,
    find_plugins,
    list_methods,
)
from tiltyard.engine.methods.versions import imported_modules, python_version
from tiltyard.studies.derivatives.contract import ESTIMATORS, Estimator

#: Installed packages add estimators under this entry point group.
ENTRY_POINTS = "tiltyard.estimators"
PACKAGE = "tiltyard.studies.derivatives"


@cache
def import_python() -> None:
    """Import every module of this package that registers Python estimators."""
    left_out = missing_peers()
    for module in _own_modules():
        if module not in left_out:
            importlib.import_module(module)


def packages() -> list[Plugin]:
    """Installed packages that bring Python estimators."""
    return find_plugins(ENTRY_POINTS, f"{__name__}:load_plugin")


def load_plugin(references: Sequence[str]) -> tuple[Estimator, ...]:
    """Estimators that an installed package registers, with versions; for a process of its own.

    Parameters
    ----------
    references : sequence of str
        Values of the package's entry points.

    Raises
    ------
    BaseException
        Whatever the package raises when it is imported.
    TypeError, ValueError
        If it registers what cannot be called as an estimator is.
    """
    for reference in references:
        metadata.EntryPoint("", reference, ENTRY_POINTS).load()
    for entry in ESTIMATORS:
        _refuse_unfit(entry)
    return _with_versions()


def import_brought(name: str) -> list[PluginFault]:
    """Import the installed package that brings the Python estimator `name` into this process.

    Each is listed in a process of its own before, so that none is imported for nothing.

    Returns
    -------
    list of PluginFault
        Packages that fail, among which the one may be.
    """
    faults = []
    for plugin in packages():
        try:
            if any(entry.name == name for entry in list_methods(plugin, Estimator)):
                with unmoved():
                    for module in plugin.modules:
                        importlib.import_module(module)
                return []
        except PluginError as error:
            faults.append(PluginFault(plugin.package, plugin.version, str(error)))
        except (Exception, SystemExit) as error:  # here, though not in a process of its own
            reason = f"{type(error).__name__}: {error}"
            faults.append(PluginFault(plugin.package, plugin.version, reason))
    return faults


def _refuse_unfit(entry: Estimator) -> None:
    """Refuse what the contract says and a type does not."""
    if entry.exact_degree < -1 or entry.min_samples < 1:
        raise ValueError(
            f"{entry.name}: exact_degree {entry.exact_degree} must be -1 or more, and min_samples "
            f"{entry.min_samples} 1 or more"
        )
    for fact, texts in (("tags", entry.tags), ("cites", entry.cites)):
        if len(texts) > 1 and all(len(text) == 1 for text in texts):
            raise TypeError(f"{entry.name}: {fact} are single letters: write ({''.join(texts)!r},)")
    if entry.function is None or isinstance(entry.function, type):
        raise TypeError(
            f"{entry.name}: decorates {entry.function!r}; write a function (t, y, t_eval, orders)"
        )
    given = {"rng": entry.random, "exact": entry.is_control, "signal": "model" in entry.tags}
    more = [keyword for keyword, is_given in given.items() if is_given]
    try:
        inspect.signature(entry.function).bind(*range(4), **dict.fromkeys(more))
    except TypeError as error:
        arguments = ", ".join(["t, y, t_eval, orders", *(f"{keyword}=…" for keyword in more)])
        raise TypeError(f"{entry.name}: cannot be called with ({arguments}): {error}") from error


def modules_of(entries: Collection[Estimator]) -> list[str]:
    """Modules whose import registers the Python estimators `entries`, found by their files' names.

    A few take a tenth of the seconds that all take. An estimator that is not registered by them is
    missed where it is called, and all are imported there: see `prepare` in `running`.

    Parameters
    ----------
    entries : collection of Estimator
        All of this package, or all of one that is installed.
    """
    brought = {entry.package for entry in entries} - {""}
    if brought:
        own_packages = (plugin for plugin in packages() if plugin.package in brought)
        return [module for plugin in own_packages for module in plugin.modules]
    own = Path(__file__).resolve().parent
    names = {Path(entry.source).name for entry in entries if entry.language == "python"}
    files = [file for file in (own / "estimators").rglob("*.py") if file.name in names]
    modules = [".".join(file.relative_to(own).with_suffix("").parts) for file in sorted(files)]
    return [f"{PACKAGE}.{module}" for module in modules]


@cache
def load_python() -> tuple[Estimator, ...]:
    """Python estimators of this package, with their versions."""
    import_python()
    return _with_versions()


def _with_versions() -> tuple[Estimator, ...]:
    """Estimators that are registered in this process, with their versions."""
    root = Path(__file__).resolve().parents[3]
    sources = {entry.source for entry in ESTIMATORS}
    versions = {source: python_version(Path(source), PACKAGE, root) for source in sources}
    return tuple(replace(entry, version=versions[entry.source]) for entry in ESTIMATORS)


@cache
def import_available() -> Mapping[str, tuple[str, ...]]:
    """Import every module of this package with estimators whose packages are installed.

    A study has all but peers (`import_python`); who differentiates data may have few packages.

    Returns
    -------
    mapping
        Module that was left out -> top-level modules that it needs and that are not installed.
    """
    left_out = _lacking_packages("*/*.py")
    modules = [module for module in _own_modules() if module not in left_out]
    for module in modules:
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
