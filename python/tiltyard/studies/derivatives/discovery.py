"""Every estimator of both languages with its facts and version, found where its code lies."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from tiltyard.engine.files.digests import digest
from tiltyard.engine.methods.plugins import Plugin
from tiltyard.engine.methods.versions import imported_modules, third_party_versions
from tiltyard.engine.project import project_root
from tiltyard.studies.derivatives import importing
from tiltyard.studies.derivatives.contract import Estimator
from tiltyard.studies.derivatives.importing import load_python
from tiltyard.studies.derivatives.julia import sources
from tiltyard.studies.derivatives.julia.runtime import JuliaRuntime, find_julia, julia_environment
from tiltyard.studies.derivatives.julia.sources import (
    julia_command,
    julia_files,
    julia_source_version,
)


def load_julia(runtime: JuliaRuntime, files: Iterable[Path] = ()) -> tuple[Estimator, ...]:
    """Julia estimators as Julia itself declares them, with their versions.

    Parameters
    ----------
    runtime : JuliaRuntime
    files : iterable of Path
        Files of an installed package, whose estimators are returned too.

    Raises
    ------
    RuntimeError
        If the Julia code cannot be loaded: the message has Julia's own.
    """
    done = subprocess.run(
        julia_command("DerivativeEstimators.print_facts()", runtime, files),
        env={**os.environ, **julia_environment(project_root())},
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout.strip().rpartition("\n")[2]  # a package may print as well
    if done.returncode or not said.startswith("["):
        reason = done.stderr.strip() or f"Julia ended before that, with exit code {done.returncode}"
        raise RuntimeError(f"the Julia estimators cannot be loaded:\n{reason}")
    facts = json.loads(said)
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


def load_julia_plugin(references: Sequence[str]) -> tuple[Estimator, ...]:
    """Julia estimators that an installed package registers; for a process of its own.

    Raises
    ------
    RuntimeError, ModuleNotFoundError
        If its files cannot be found or loaded.
    """
    files = [file for reference in references for file in sources.files_of(reference)]
    try:
        found = load_julia(find_julia(project_root()), files)
    except RuntimeError as error:
        # Where in Julia's own code it was raised is of no use here.
        text, _, rest = str(error).partition("\nStacktrace:")
        place = "".join(re.findall(r"in expression starting at (.+)", rest)[:1])
        raise RuntimeError(f"{text} {place}".strip()) from error
    own = {str(file) for file in files}
    return tuple(entry for entry in found if entry.source in own)


def packages(julia: bool) -> list[Plugin]:
    """Installed packages that bring estimators; those in Julia only if `julia`."""
    found = importing.packages()
    if julia:
        found += sources.packages(f"{__name__}:load_julia_plugin")
    return found


def load(julia: bool = True) -> list[Estimator]:
    """The own catalogue, sorted by name and language; without Julia's if `julia` is false."""
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
    parts += [plugin.digest for plugin in packages(julia is not None)]
    return digest([*parts, julia.version if julia else ""])


def code_digest(julia: bool) -> str:
    """Digest of the files that decide any estimator's version, of Julia's ones too if `julia`."""
    files = [*python_files(), *plugin_files()]
    if julia:
        files += [*julia_files(), *julia_plugin_files()]
    return digest(file.read_bytes() for file in files)


def python_files() -> list[Path]:
    """Files of this package that an estimator's version may follow."""
    package = Path(__file__).resolve().parent
    folders = ("estimators", "numerics", "signals")
    files = [file for name in folders for file in sorted((package / name).rglob("*.py"))]
    return [package / "contract.py", *files]


def plugin_files() -> list[Path]:
    """Files of the installed packages that bring Python estimators."""
    return [file for plugin in importing.packages() for file in plugin.files]


def julia_plugin_files() -> list[Path]:
    """Files of the installed packages that bring Julia estimators."""
    return [file for plugin in sources.packages("") for file in plugin.files]
