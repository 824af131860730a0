"""Pipelines that installed packages bring, found by name."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from tiltyard.engine.extras import command_for
from tiltyard.engine.files.atomic import write_text
from tiltyard.engine.files.digests import digest
from tiltyard.engine.machine.interpreter import unmoved
from tiltyard.engine.methods.plugins import (
    Bringer,
    Plugin,
    PluginError,
    answer_of,
    find_bringers,
    python_files_of,
)
from tiltyard.engine.project import project_root
from tiltyard.pipelines.pipeline import GROUP, Pipeline

#: Package whose own pipelines need no trial.
OWN = "tiltyard"


def pipeline_names(*, others: bool = False) -> list[str]:
    """Names of all pipelines of installed packages, or of `others` alone; none is imported."""
    bringers = find_bringers(GROUP)
    names = {point.name for one in bringers for point in one.points if point.name}
    own = {point.name for one in bringers if one.package == OWN for point in one.points}
    return sorted(names - own if others else names)


@cache
def find_pipeline(name: str) -> Pipeline:
    """The pipeline that installed packages call `name`; this package's own before others.

    That of another package is imported in a process of its own first: one that hangs, crashes or
    raises is refused.

    Raises
    ------
    ValueError
        If there is none, with the names of all; if there are two; or if it cannot be used, with
        the reason, and with the command that installs what it lacks.
    """
    bringer, point = _brought(name)
    try:
        if bringer.package != OWN:
            _try_once(bringer, point)
        with unmoved():
            return _object(point)
    except ModuleNotFoundError as error:
        module = error.name or str(error)
        remedy = command_for([module]) if bringer.package == OWN else f"install {module}"
        raise ValueError(f"{name!r} needs {module}, which is not installed: {remedy}") from error
    except (Exception, SystemExit) as error:
        known = isinstance(error, PluginError)
        reason = str(error) if known else f"{type(error).__name__}: {error}"
        raise ValueError(
            f"{name!r} of {bringer.package} {bringer.version} cannot be used: {reason}; mend or "
            "uninstall that package"
        ) from error


def _brought(name: str) -> tuple[Bringer, metadata.EntryPoint]:
    found = [
        (bringer, point)
        for bringer in find_bringers(GROUP)
        for point in bringer.points
        if point.name == name
    ]
    found = [one for one in found if one[0].package == OWN] or found
    if len(found) == 1:
        return found[0]
    if found:
        packages = " and ".join(f"{one.package} {one.version}" for one, _ in found)
        raise ValueError(f"{name!r} is brought by {packages}; uninstall one of them")
    known = ", ".join(pipeline_names()) or "none"
    raise ValueError(f"{name!r} is unknown; installed packages bring {known}")


def load_pipeline(name: str) -> Pipeline:
    """The pipeline `name`, which another process has tried before."""
    return _object(_brought(name)[1])


def pipeline_code() -> dict[str, str]:
    """Digests of the files of all installed pipelines, by name; none is imported."""
    return {
        point.name: digest(path.read_bytes() for path in python_files_of(point.value))
        for bringer in find_bringers(GROUP)
        for point in bringer.points
        if point.name
    }


def _object(point: metadata.EntryPoint) -> Any:
    found = point.load()
    return found() if isinstance(found, type) else found


def _try_once(bringer: Bringer, point: metadata.EntryPoint) -> None:
    """Import the pipeline in another process, unless these very files could be imported before."""
    call = f"{__name__}:try_pipeline"
    plugin = Plugin.of(Bringer(bringer.package, bringer.version, (point,)), call)
    memory: Path | None = None
    with suppress(RuntimeError):  # without the project's folder nothing is remembered
        memory = project_root() / ".cache" / "catalogue" / "pipelines" / plugin.digest
    if memory is None or not memory.exists():
        answer_of(call, [point.name, point.value], plugin.seconds)
        if memory is not None:
            with suppress(OSError):
                write_text(memory, "")


def try_pipeline(arguments: Sequence[str]) -> None:
    """Import the pipeline with the name and the entry point `arguments`, and look at its members.

    Raises
    ------
    BaseException
        Whatever the package raises.
    TypeError
        If it is no pipeline.
    """
    name, reference = arguments
    found = _object(metadata.EntryPoint(name, reference, GROUP))
    members = [*Pipeline.__annotations__, *(one for one in vars(Pipeline) if one[0] != "_")]
    missing = sorted(one for one in members if inspect.getattr_static(found, one, ...) is ...)
    if missing:
        raise TypeError(f"{found!r} is no pipeline: it lacks {', '.join(missing)}")
    if found.name != name:
        raise TypeError(f"{found!r} is called {found.name!r}, not {name!r}")
