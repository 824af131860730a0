"""The kinds that installed packages bring."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from importlib import metadata
from typing import Any

from tiltyard.engine.files.atomic import write_text
from tiltyard.engine.grid.axes import Grid
from tiltyard.engine.kind.protocol import Kind
from tiltyard.engine.machine.interpreter import unmoved
from tiltyard.engine.methods.plugins import (
    Bringer,
    Plugin,
    PluginError,
    PluginFault,
    answer_of,
    find_bringers,
)
from tiltyard.engine.project import project_root

#: Entry point group under which packages name their kinds of studies.
GROUP = "tiltyard.studies"
#: Kind of a study whose configuration does not name one.
DEFAULT = "derivatives"
#: Package whose own kinds need no trial.
OWN = "tiltyard"


class UnusableKind(ValueError):
    """A package fails when its kind is imported, or brings none; the message is the reason."""


@cache
def find_kind(name: str) -> Kind:
    """The kind of study that installed packages call `name`; this package's own before others.

    That of another package is tried in a process of its own first: one that hangs, crashes or
    raises is refused, and what it prints or changes when it is imported has no effect.

    Raises
    ------
    ValueError
        If there is none, with the names of all kinds; if there are two; or if the package cannot
        be used, with the reason.
    """
    bringers = find_bringers(GROUP)
    found = [one for one in bringers if any(point.name == name for point in one.points)]
    found = [one for one in found if one.package == OWN] or found
    if len(found) == 1:
        bringer = found[0]
        point = next(point for point in bringer.points if point.name == name)
        try:
            return _loaded(bringer, point)
        except UnusableKind as error:
            raise ValueError(
                f"kind: {name!r} of {bringer.package} {bringer.version} cannot be used: {error}; "
                "mend or uninstall that package"
            ) from error
    if found:
        packages = " and ".join(f"{one.package} {one.version}" for one in found)
        raise ValueError(f"kind: {name!r} is brought by {packages}; uninstall one of them")
    known = sorted({point.name for one in bringers for point in one.points if point.name})
    raise ValueError(
        f"kind: {name!r} is unknown; installed packages bring {', '.join(known) or 'none'}"
    )


def installed_kinds() -> tuple[list[Kind], list[PluginFault]]:
    """Every kind of study that can be used, and the packages that bring one that cannot.

    A name that is taken, by this package or by one before, is a fault of the one that takes it
    again.
    """
    kinds: dict[str, Kind] = {}
    faults = []
    for bringer in sorted(find_bringers(GROUP), key=lambda one: one.package != OWN):
        for point in bringer.points:
            try:
                if point.name in kinds:
                    raise UnusableKind("another kind of study has this name")
                kinds[point.name] = _loaded(bringer, point)
            except UnusableKind as error:
                names = (point.name,) if point.name else ()
                faults.append(PluginFault(bringer.package, bringer.version, str(error), names))
    return [kinds[name] for name in sorted(kinds)], faults


@cache
def _loaded(bringer: Any, point: metadata.EntryPoint) -> Kind:
    """The kind of a package; that of another one once a process of its own could import it.

    Raises
    ------
    UnusableKind
        If it cannot be used, with the reason.
    """
    if bringer.package == OWN:
        return _object(point)
    try:
        _try_once(bringer, point)
        with unmoved():
            return _object(point)
    except PluginError as error:
        raise UnusableKind(str(error)) from error
    except (Exception, SystemExit) as error:
        raise UnusableKind(f"{type(error).__name__}: {error}") from error


def _object(point: metadata.EntryPoint) -> Any:
    kind = point.load()
    return kind() if isinstance(kind, type) else kind


def _try_once(bringer: Bringer, point: metadata.EntryPoint) -> None:
    """Import the kind in another process, unless these very files could be imported before."""
    call = f"{__name__}:try_kind"
    plugin = Plugin.of(Bringer(bringer.package, bringer.version, (point,)), call)
    memory = None
    with suppress(RuntimeError):  # without the project's folder nothing is remembered
        memory = project_root() / ".cache" / "catalogue" / "kinds" / plugin.digest
    if memory is None or not memory.exists():
        answer_of(call, [point.name, point.value], plugin.seconds)
        if memory is not None:
            with suppress(OSError):
                write_text(memory, "")


def try_kind(arguments: Sequence[str]) -> None:
    """Import the kind with the name and the entry point `arguments`, and look at its members.

    Raises
    ------
    BaseException
        Whatever the package raises.
    TypeError
        If it is no kind of study.
    """
    name, reference = arguments
    kind = _object(metadata.EntryPoint(name, reference, GROUP))
    members = [*Kind.__annotations__, *(one for one in vars(Kind) if not one.startswith("_"))]
    missing = sorted(one for one in members if inspect.getattr_static(kind, one, ...) is ...)
    if missing:
        raise TypeError(f"{kind!r} is no kind of study: it lacks {', '.join(missing)}")
    if kind.name != name or not isinstance(kind.grid, Grid):
        raise TypeError(
            f"{kind!r} is no kind of study: its name is {kind.name!r}, not {name!r}, or its grid "
            "is none"
        )
    dict(kind.schema), list(kind.columns)


def resolve(reference: str) -> Any:
    """The object that ``module:name`` names."""
    module, _, name = reference.partition(":")
    __import__(module)
    return getattr(sys.modules[module], name)
