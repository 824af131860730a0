"""The catalogue of a study: the facts and versions of the methods that take part."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from tiltyard.engine.files.atomic import UnreadableFile, write_text
from tiltyard.engine.files.digests import digest
from tiltyard.engine.grid.places import ConfigError, Fault, refusal
from tiltyard.engine.kind import Kind
from tiltyard.engine.machine.interpreter import unmoved
from tiltyard.engine.machine.room import available_room
from tiltyard.engine.methods.method import Method, select
from tiltyard.engine.methods.plugins import Plugin, PluginError, PluginFault, list_methods
from tiltyard.engine.methods.versions import package_files
from tiltyard.engine.project import project_root
from tiltyard.engine.study import Study
from tiltyard.engine.wording import plural

#: Number of catalogues that are remembered: those of other branches and plug-ins are used again.
REMEMBERED = 20
#: Number of packages whose methods are remembered, in any state.
REMEMBERED_PACKAGES = 200


class Found(NamedTuple):
    """Methods, and the packages whose methods are not among them.

    Attributes
    ----------
    methods : list of Method
    faults : list of PluginFault
    """

    methods: list[Any]
    faults: list[PluginFault]


def all_methods(kind: Kind, config: Mapping[str, Any]) -> list[Any]:
    """Every method of `kind`, and of the packages that bring more; see `find_methods`."""
    return find_methods(kind, config).methods


def find_methods(kind: Kind, config: Mapping[str, Any]) -> Found:
    """Every method of `kind`, and of the packages that bring more; and which of these fail.

    Methods are remembered until a source changes or moves: finding them may import them all and
    start another language, which takes seconds. If the memory cannot be read or written, they are
    found anew. What fails is not remembered, and tried again the next time.
    """
    own = [path.read_bytes() for path in package_files(type(kind).__module__)]
    code = digest([kind.name, kind.sources(config), *own])
    memory = project_root() / ".cache" / "catalogue"
    methods = _remembered(
        kind, config, memory / f"{code}.json", partial(_own_methods, kind, config)
    )
    plugins = kind.packages(config)
    if not plugins:
        return Found(methods, [])

    def read(plugin: Plugin) -> list[Any] | PluginFault:
        path = memory / "plugins" / f"{digest([code, plugin.digest])}.json"
        try:
            brought = partial(list_methods, plugin, kind.method)
            return _remembered(kind, config, path, brought, REMEMBERED_PACKAGES)
        except PluginError as error:
            return PluginFault(plugin.package, plugin.version, str(error))

    with ThreadPoolExecutor(available_room().cores) as pool:
        return joined(methods, list(zip(plugins, pool.map(read, plugins), strict=True)))


def joined(
    methods: Sequence[Any], brought: Iterable[tuple[Plugin, Sequence[Any] | PluginFault]]
) -> Found:
    """A kind's own `methods` with those `brought` by packages.

    A name that is taken, by the kind or by a package before, is a fault of the one that takes it
    again.
    """
    owners = {method.key: (method, "") for method in methods}
    faults = []
    for plugin, found in brought:
        if isinstance(found, PluginFault):
            faults.append(found)
            continue
        taken = []
        for method in found:
            known, owner = owners.setdefault(method.key, (method, plugin.package))
            own = not owner and known.to_dict() == {**method.to_dict(), "package": ""}
            if known is method or own:  # a method of the kind itself, which the package imports
                continue
            taken.append((str(method), owner or "the study's own"))
        if taken:
            names = {owner for _, owner in taken}
            reason = f"their names exist already, of {' and '.join(sorted(names))}"
            lost = tuple(name for name, _ in taken)
            faults.append(PluginFault(plugin.package, plugin.version, reason, lost))
    return Found([method for method, _ in owners.values()], faults)


def _remembered(
    kind: Kind,
    config: Mapping[str, Any],
    path: Path,
    read: Callable[[], list[Any]],
    most: int = REMEMBERED,
) -> list[Any]:
    """The methods in the file `path`, which are `read` and written first if it cannot be read.

    Beside it, `most` files stay.
    """
    with suppress(OSError, UnreadableFile, KeyError, TypeError, AttributeError):
        return read_catalogue(kind, path)
    methods = read()
    with suppress(OSError):
        write_catalogue(kind, config, methods, path)
        for old in sorted(path.parent.glob("*.json"), key=_age)[most:]:
            old.unlink()
    return methods


def _own_methods(kind: Kind, config: Mapping[str, Any]) -> list[Any]:
    with unmoved():
        return list(kind.methods(config))


def _age(path: Path) -> float:
    return -path.stat().st_mtime


def selected_methods(study: Study) -> list[Any]:
    """The methods that take part in `study`; see `selection_of`."""
    return selection_of(study).methods


def selection_of(study: Study) -> Found:
    """The methods that take part in `study`, sorted by name and language, and what is missing.

    Raises
    ------
    ConfigError
        If the study selects a method that does not exist, or none; the message names the package
        that should bring it and fails.
    """
    kind, config = study.kind, study.config
    chosen = config[kind.selection]
    found, faults = find_methods(kind, config)
    failing = {(fault.package, fault.version): fault for fault in faults}

    def lost(value: str) -> str:
        packages = [one for one in kind.packages(config) if (one.package, one.version) in failing]
        reasons = [
            f"{failing[one.package, one.version]}; mend that package, or leave the "
            f"{kind.words.method} out"
            for one in packages
            if one.mentions(value)
        ]
        return reasons[0] if reasons else ""

    try:
        methods = select(
            found, chosen["include"], chosen["exclude"], kind.tags, kind.selection, lost
        )
    except ConfigError as error:
        missing = [Fault((), f"not listed: {fault}") for fault in faults if not fault.methods]
        raise refusal([*error.faults, *missing], study.places) from error
    if not methods:
        reason = f"{chosen} leaves none; include more, or exclude less"
        raise refusal([Fault((kind.selection,), reason)], study.places)
    return Found(methods, faults)


def warnings_of(kind: Kind, faults: Iterable[PluginFault]) -> list[str]:
    """Sentences that say which packages' methods are missing, and why."""
    word = plural(kind.words.method)
    return [
        f"without {word} of {fault}" if fault.methods else f"without the {word} of {fault}"
        for fault in faults
    ]


def write_catalogue(
    kind: Kind,
    config: Mapping[str, Any],
    methods: Iterable[Method],
    path: Path,
    faults: Iterable[PluginFault] = (),
) -> None:
    """Write the facts of `methods` as JSON, with `faults` and the digest of their code."""
    written = {
        "kind": kind.name,
        "code": kind.code(config),
        "methods": [method.to_dict() for method in methods],
        "faults": [fault.to_dict() for fault in faults],
    }
    write_text(path, json.dumps(written, indent=1, sort_keys=True) + "\n")


def catalogue_of(study: Study) -> list[Any]:
    """The methods in the catalogue of `study`, which is checked first; see `read_catalogue`.

    Raises
    ------
    UnreadableFile
        If it is missing, damaged, or no catalogue of this version.
    """
    study.receipts.check(study.catalogue)
    return read_catalogue(study.kind, study.catalogue)


def read_faults(path: Path) -> list[PluginFault]:
    """Packages whose methods were missing when the catalogue `path` was written; none without."""
    try:
        return [PluginFault.from_dict(fault) for fault in _read(path)["faults"]]
    except (OSError, UnreadableFile, LookupError, TypeError, AttributeError):
        return []


def read_catalogue(kind: Kind, path: Path) -> list[Any]:
    """The methods that `write_catalogue` wrote, without facts such as functions (`LOCAL`).

    Raises
    ------
    UnreadableFile
        If it is missing, or no catalogue of this version.
    """
    return [kind.method.from_dict(facts) for facts in _read(path)["methods"]]


def _read(path: Path) -> dict[str, Any]:
    try:
        written: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        written["code"], written["methods"]
    except FileNotFoundError as error:
        raise UnreadableFile(f"{path}: no such file; `tiltyard prepare` writes it") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableFile(
            f"{path}: no catalogue of this version of Tiltyard; the next run of snakemake, or "
            "`tiltyard prepare`, writes it again"
        ) from error
    return written


def refuse_edited(study: Study) -> None:
    """Refuse to evaluate if the code is not that of the versions in the catalogue.

    Raises
    ------
    ConfigError
        If a method was edited since: its results would be kept under its earlier version.
    """
    if _read(study.catalogue)["code"] != study.kind.code(study.config):
        raise ConfigError(
            f"{study.catalogue}: {plural(study.kind.words.method)} were edited, added or removed "
            "since it was written; run snakemake again, or `tiltyard prepare` by hand: what was "
            "evaluated is kept"
        )
