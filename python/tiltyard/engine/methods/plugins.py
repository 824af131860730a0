"""Packages that bring methods: found without an import, and listed in processes of their own.

What a package does when it is imported (raise, hang, crash, print, change the process) costs its
own methods only.
"""

from __future__ import annotations

import email
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from importlib import import_module, metadata
from pathlib import Path
from typing import Any, NamedTuple

from tiltyard.engine.files.digests import digest
from tiltyard.engine.machine.interpreter import end_with_parent, python_command
from tiltyard.engine.methods.method import Method, Registry
from tiltyard.engine.methods.versions import imported_modules, package_files, third_party_versions

#: Environment variable with another time limit for importing a package [s].
LIMIT_VARIABLE = "TILTYARD_PLUGIN_SECONDS"
#: Time between two looks whether a package has been imported [s].
LOOK_SECONDS = 0.01
#: Time after which people are told what they wait for [s].
NOTICE_SECONDS = 5.0
#: Most letters of a reason.
LONGEST_REASON = 400


class PluginError(Exception):
    """The methods of a package cannot be listed; the message is the reason."""


class Bringer(NamedTuple):
    """An installed package with entry points in some group."""

    package: str
    version: str
    points: tuple[metadata.EntryPoint, ...]


@dataclass(frozen=True)
class PluginFault:
    """A package whose methods do not take part, and why.

    Attributes
    ----------
    package, version : str
        Of the installed distribution.
    reason : str
    methods : tuple of str
        Those that are left out; empty for all of the package's.
    """

    package: str
    version: str
    reason: str
    methods: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.methods:
            return f"{self.package} {self.version}, of which {', '.join(self.methods)}: " + (
                self.reason
            )
        return f"{self.package} {self.version}: {self.reason}"

    def to_dict(self) -> dict[str, Any]:
        """The fault as plain values."""
        return {**vars(self), "methods": list(self.methods)}

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> PluginFault:
        """The fault with these `facts`."""
        return cls(**{**facts, "methods": tuple(facts["methods"])})


@dataclass(frozen=True)
class Plugin:
    """An installed package that brings methods.

    Attributes
    ----------
    package, version : str
        Of the distribution.
    references : tuple of str
        Values of its entry points, as ``module`` or ``module:name``.
    lister : str
        Function ``module:name`` that takes `references` and returns their methods, with versions.
        It is called in another process.
    files_of : callable
        Function from one of `references` to its files.
    seconds : float
        Time limit of listing its methods [s].
    """

    package: str
    version: str
    references: tuple[str, ...]
    lister: str
    files_of: Callable[[str], Iterable[Path]]
    seconds: float

    @classmethod
    def of(
        cls,
        bringer: Bringer,
        lister: str,
        files_of: Callable[[str], Iterable[Path]] | None = None,
        seconds: float = 60.0,
    ) -> Plugin:
        """The package `bringer`; `LIMIT_VARIABLE` overrides `seconds`."""
        values = tuple(dict.fromkeys(point.value for point in bringer.points))
        files_of = files_of or python_files_of
        return cls(bringer.package, bringer.version, values, lister, files_of, _limit(seconds))

    @property
    def modules(self) -> list[str]:
        """Modules whose import registers the methods."""
        return [module_of(reference) for reference in self.references]

    @cached_property
    def files(self) -> list[Path]:
        """Files that decide its methods and their versions; none where they cannot be found."""
        found: set[Path] = set()
        for reference in self.references:
            # What cannot be found cannot be listed either, and the reason is said then.
            with suppress(ImportError, ValueError, OSError):
                found.update(self.files_of(reference))
        return sorted(file for file in found if file.is_file() and os.access(file, os.R_OK))

    @cached_property
    def digest(self) -> str:
        """Digest of all that decides its methods, other packages that it imports included."""
        names = [name for file in self.files for name in _imports(file)]
        others = sorted(third_party_versions(names).items())
        own = [self.package, self.version, self.lister, *self.references]
        contents = [file.read_bytes() for file in self.files]
        return digest([*own, *map(str, self.files), *contents, *map(str, others)])

    def mentions(self, value: str) -> bool:
        """Whether one of its files has `value` in quotes."""
        texts = (file.read_bytes() for file in self.files)
        quoted = f'"{value}"'.encode(), f"'{value}'".encode()
        return any(one in text for text in texts for one in quoted)


def _imports(file: Path) -> Sequence[str]:
    try:
        return imported_modules(file)
    except (SyntaxError, ValueError, OSError, RecursionError, MemoryError):
        return ()  # no source that Python can read


def python_files_of(reference: str) -> list[Path]:
    """Python files of the package that the entry point `reference` leads into."""
    return package_files(module_of(reference))


def module_of(reference: str) -> str:
    """Module in the value of an entry point, ``module:name [extra]``."""
    return reference.partition("[")[0].partition(":")[0].strip()


def find_plugins(
    group: str,
    lister: str,
    *,
    files_of: Callable[[str], Iterable[Path]] | None = None,
    seconds: float = 60.0,
) -> list[Plugin]:
    """Installed packages with entry points in `group`, by name; none is imported.

    See `Plugin` for the parameters. By default `files_of` finds Python files. The environment
    variable `LIMIT_VARIABLE` overrides `seconds`.

    Raises
    ------
    ValueError
        If that variable is no number above zero.
    """
    return [Plugin.of(bringer, lister, files_of, seconds) for bringer in find_bringers(group)]


def find_bringers(group: str) -> list[Bringer]:
    """Installed packages with entry points in `group`, by name; the first on the path of each name.

    A package whose list of entry points is damaged has one with its text as value.
    """
    found: dict[str, Bringer] = {}
    for bringer in _bringers(group):
        found.setdefault(bringer.package, bringer)
    return [found[package] for package in sorted(found)]


def _bringers(group: str) -> Iterator[Bringer]:
    for distribution in metadata.distributions():
        text = distribution.read_text("entry_points.txt")
        if text is None or group not in text:
            continue
        try:
            points = tuple(point for point in distribution.entry_points if point.group == group)
        except Exception:
            damaged = f"entry_points.txt cannot be read: {' '.join(text.split())}"
            points = (metadata.EntryPoint("", damaged, group),)
        if points:
            yield Bringer(*_name_and_version(distribution), points)


def _name_and_version(distribution: metadata.Distribution) -> tuple[str, str]:
    """Name and version of an installed package, in words where it does not say them."""
    text = distribution.read_text("METADATA") or distribution.read_text("PKG-INFO") or ""
    facts = email.message_from_string(text)
    return facts["Name"] or "a package without a name", facts["Version"] or "(no version)"


def _limit(seconds: float) -> float:
    text = os.environ.get(LIMIT_VARIABLE, "")
    try:
        limit = float(text or seconds)
    except ValueError:
        limit = 0.0
    if not 0 < limit < float("inf"):
        raise ValueError(f"{LIMIT_VARIABLE}={text}: use a number of seconds above 0")
    return limit


def list_methods(plugin: Plugin, method: type[Method]) -> list[Any]:
    """Methods of `plugin`, of the class `method`, as a process of its own lists them.

    Raises
    ------
    PluginError
        If it cannot be imported within its time limit, ends the process or registers what is
        no method.
    """
    notice = threading.Timer(NOTICE_SECONDS, print, [_notice(plugin)], {"file": sys.stderr})
    notice.daemon = True
    notice.start()
    try:
        answer = answer_of(plugin.lister, list(plugin.references), plugin.seconds)
    finally:
        notice.cancel()
    try:
        found: Registry[Method] = Registry()
        for facts in answer:
            found.add(replace(method.from_dict(facts), package=plugin.package))
    except (TypeError, ValueError, AttributeError) as error:
        raise PluginError(f"registers what is no method: {error}") from error
    if not found:
        raise PluginError("registers nothing")
    return list(found)


def _notice(plugin: Plugin) -> str:
    limit = f"{plugin.seconds:g} s"
    return f"importing {plugin.package} {plugin.version} takes long; it is given up after {limit}"


def answer_of(function: str, argument: Any, seconds: float) -> Any:
    """What `function` (``module:name``) returns for `argument`, called in another process.

    Argument and result are plain values; methods come as their facts.

    Raises
    ------
    PluginError
        If it raises anything, is not done within `seconds`, or ends the process.
    """
    with tempfile.TemporaryDirectory(prefix="tiltyard-", ignore_cleanup_errors=True) as folder:
        into, log = Path(folder, "answer.json"), Path(folder, "log")
        charge = json.dumps({"function": function, "argument": argument, "into": str(into)})
        with log.open("wb") as said:
            process = subprocess.Popen(
                python_command(__name__, "serve", charge),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                cwd=folder,
                env={**os.environ, "PYTHONHASHSEED": "0", "PYTHONSAFEPATH": "1"},
                start_new_session=True,
            )
        try:
            in_time = _has_ended(process.pid, seconds)
        finally:
            # Not reaped yet: the id is still that of its group, in which all that it started is.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            code = process.wait()
        if not in_time:
            raise PluginError(
                f"not imported within {seconds:g} s; {LIMIT_VARIABLE} sets another limit"
            )
        try:
            answer = json.loads(into.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise PluginError(f"ended the process that imported it: {_end(code)}") from None
    if "reason" in answer:
        raise PluginError(answer["reason"])
    return answer["result"]


def _has_ended(process: int, seconds: float) -> bool:
    """Whether a child ends within `seconds`; it is not reaped."""
    deadline = time.monotonic() + seconds
    while os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        if time.monotonic() > deadline:
            return False
        time.sleep(LOOK_SECONDS)
    return True


def _end(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def serve(charge: str) -> None:
    """Call a function and write what it returns, or why it does not; see `answer_of`."""
    end_with_parent()
    facts = json.loads(charge)
    try:
        module, _, name = facts["function"].partition(":")
        found = getattr(import_module(module), name)(facts["argument"])
        answer = json.dumps({"result": found}, default=lambda method: method.to_dict())
    except BaseException as error:
        answer = json.dumps({"reason": _reason(error)})
    # Unfinished threads and what was registered for the end do not keep it from ending.
    with open(facts["into"], "w", encoding="utf-8") as file:
        file.write(answer)
    os._exit(0)


def _reason(error: BaseException) -> str:
    """An exception in one line, with the place in the package where it was raised."""
    sys.setrecursionlimit(max(1000, sys.getrecursionlimit()))
    text = "".join(filter(str.isprintable, " ".join(str(error).split())))
    name = type(error).__name__
    frames = traceback.extract_tb(error.__traceback__)
    ours = str(Path(__file__).parents[2])
    own = [one for one in frames if not one.filename.startswith((ours, "<frozen"))][-1:]
    place = "".join(f" ({Path(frame.filename).name}, line {frame.lineno})" for frame in own)
    if isinstance(error, SyntaxError | ImportError):
        place = ""  # it names its own
    return f"{name}: {text}"[:LONGEST_REASON].rstrip(": ") + place
