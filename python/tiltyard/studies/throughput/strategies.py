"""Strategies of a pipeline as methods of a study, with the versions that decide their times."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from importlib import metadata
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tiltyard.engine.files.digests import digest
from tiltyard.engine.methods.method import Method
from tiltyard.engine.methods.versions import closure, imported_modules
from tiltyard.pipelines.pipeline import Pipeline, Strategy
from tiltyard.studies.throughput.roles import AGAIN
from tiltyard.studies.throughput.settings import again_name, complete, pipeline_of

#: Files here that start a launch, one in the worker and one beside the command.
LAUNCHING = ("launching.py", "measuring/launcher.py")
#: Longest time for a program to say its version [s].
VERSION_SECONDS = 20


@dataclass(frozen=True, kw_only=True)
class LaunchedMethod(Method):
    """A strategy of a pipeline under the name with which it takes part.

    Parameters
    ----------
    strategy : str
        Name in its pipeline; another one than `name` for the A/A control.
    backend : str
    workers : int
    block : str
    options : mapping
    """

    strategy: str = ""
    backend: str = "serial"
    workers: int = 1
    block: str = ""
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), hash=False)

    def facts_of_strategy(self) -> dict[str, Any]:
        """Arguments of `Strategy`, plain values that can be sent to a worker."""
        return {
            "name": self.strategy,
            "implementation": self.family,
            "backend": self.backend,
            "workers": self.workers,
            "block": self.block,
            "tags": tuple(tag for tag in self.tags if tag != AGAIN),
            "options": dict(self.options),
        }


def methods_of(config: Mapping[str, Any]) -> list[LaunchedMethod]:
    """All strategies of the study's pipeline, and its baseline once more under a second name."""
    pipeline, values = pipeline_of(config), complete(config)
    methods = [
        _method(pipeline, strategy, complete_version(pipeline, strategy))
        for strategy in pipeline.strategies(values)
    ]
    baseline = pipeline.baseline(values)
    own = next(one for one in methods if one.name == baseline)
    again = replace(own, name=again_name(baseline), tags=(*own.tags, AGAIN), same_as=baseline)
    return [*methods, again]


def _method(pipeline: Pipeline, strategy: Strategy, version: str) -> LaunchedMethod:
    return LaunchedMethod(
        name=strategy.name,
        family=strategy.implementation,
        tags=strategy.tags,
        version=version,
        command=True,
        threads=strategy.workers,
        strategy=strategy.name,
        backend=strategy.backend,
        workers=strategy.workers,
        block=strategy.block,
        options=strategy.options,
    )


def complete_version(pipeline: Pipeline, strategy: Strategy) -> str:
    """Digest of all that decides what `strategy` does and how its launches are measured."""
    from tiltyard.engine.machine.facts import python_version

    return digest(
        [
            pipeline.name,
            json.dumps(asdict(replace(strategy, options=dict(strategy.options))), sort_keys=True),
            *_contents(pipeline.sources(strategy)),
            *(f"{name} {metadata.version(name)}" for name in sorted(pipeline.packages(strategy))),
            json.dumps(programs_of(pipeline, [strategy]), sort_keys=True),
            python_version(),
            launching_version(),
        ]
    )


def _contents(files: Sequence[Path]) -> list[bytes]:
    return [path.read_bytes() for path in sorted(files)]


@cache
def launching_version() -> str:
    """Digest of the files here that decide how a launch is made and measured."""
    here = Path(__file__).parent
    files = {file for name in LAUNCHING for file in closure(here / name, _imports_here)}
    return digest(_contents(sorted(files)))


def _imports_here(source: Path) -> list[Path]:
    """Files of this package that the file `source` imports."""
    own = f"{__name__.rpartition('.')[0]}."
    inside = (name.removeprefix(own) for name in imported_modules(source) if name.startswith(own))
    paths = (Path(__file__).parent.joinpath(*name.split(".")) for name in inside)
    return [path.with_suffix(".py") for path in paths if path.with_suffix(".py").is_file()]


def programs_of(pipeline: Pipeline, strategies: Sequence[Strategy]) -> dict[str, str]:
    """Versions of the programs of others that `strategies` start, by name."""
    programs = getattr(pipeline, "programs", None)
    if programs is None:
        return {}
    return {name: program_version(name) for one in strategies for name in programs(one)}


def program_version(name: str) -> str:
    """First line of what ``NAME --version`` says; ``missing`` where there is no such program."""
    path = shutil.which(name)
    return _said_version(path, os.stat(path).st_mtime_ns) if path else "missing"


@cache
def _said_version(path: str, changed: int) -> str:
    try:
        done = subprocess.run(
            [path, "--version"],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
            errors="replace",
            timeout=VERSION_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"unknown: {type(error).__name__}"
    return next(iter((done.stdout or done.stderr).splitlines()), "unknown").strip()
