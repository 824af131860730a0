"""Every estimator of both languages with its facts and version, found where its code lies."""

from __future__ import annotations

import json
import os
import subprocess
from importlib import metadata
from pathlib import Path

from tiltyard.engine.methods.versions import (
    digest,
    imported_modules,
    package_files,
    third_party_versions,
)
from tiltyard.engine.project import project_root
from tiltyard.studies.derivatives.contract import Estimator
from tiltyard.studies.derivatives.importing import ENTRY_POINTS, load_python
from tiltyard.studies.derivatives.julia.runtime import JuliaRuntime, find_julia, julia_environment
from tiltyard.studies.derivatives.julia.sources import (
    julia_command,
    julia_files,
    julia_source_version,
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
    files = [*python_files(), *plugin_files(), *(julia_files() if julia else ())]
    return digest(file.read_bytes() for file in files)


def python_files() -> list[Path]:
    """Files of this package that an estimator's version may follow."""
    package = Path(__file__).resolve().parent
    folders = ("estimators", "numerics", "signals")
    files = [file for name in folders for file in sorted((package / name).rglob("*.py"))]
    return [package / "contract.py", *files]


def plugin_files() -> list[Path]:
    """Python files of the installed packages that bring estimators."""
    points = metadata.entry_points(group=ENTRY_POINTS)
    try:
        return [file for point in points for file in package_files(point.module)]
    except ModuleNotFoundError as error:
        raise RuntimeError(f"entry point group {ENTRY_POINTS}: {error}") from error
