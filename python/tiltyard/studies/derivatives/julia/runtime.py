"""Search for the julia that the study uses, and its installation in ``.julia/`` of the project."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tiltyard.studies.derivatives.julia import debian, official
from tiltyard.studies.derivatives.julia.installing import InstallError, say
from tiltyard.studies.derivatives.julia.selftest import (
    JuliaBroken,
    JuliaError,
    SelfTestRecord,
    self_test,
)

__all__ = [
    "InstallError",
    "JuliaBroken",
    "JuliaError",
    "JuliaMissing",
    "JuliaRuntime",
    "find_julia",
    "install_julia",
    "julia_environment",
    "julia_kernels",
    "self_test",
]

#: Environment variable that names the julia to use; if it is set, no other is searched.
VARIABLE = "TILTYARD_JULIA"

_REMEDY = (
    f"run `make julia`, or set ${VARIABLE} to a Julia 1.5-1.10, "
    "or write `julia: off` in the configuration"
)


class JuliaMissing(JuliaError):
    """No julia that works was found."""


@dataclass(frozen=True)
class JuliaRuntime:
    """A julia that passed the self-test.

    Attributes
    ----------
    executable : Path
        Its absolute path, for ``JuliaInfo.load(julia=...)``.
    version : str
        For example ``"1.5.3"``.
    origin : str
        Where it comes from: ``"$TILTYARD_JULIA"``, ``"PATH"``, ``"official"`` or ``"debian"``.
    kernel : str
        The processor family for which its BLAS computes, for example ``"Haswell"``.
    """

    executable: Path
    version: str
    origin: str
    kernel: str = "unknown"


@dataclass(frozen=True)
class _Source:
    """A way to install Julia: `fetch` makes, in an empty folder, one that holds `executable`."""

    name: str
    executable: Path
    fetch: Callable[[Path], Path]


def _sources() -> list[_Source]:
    return [
        _Source("official", official.EXECUTABLE, official.fetch_official_julia),
        _Source("debian", debian.EXECUTABLE, debian.unpack_debian_julia),
    ]


def find_julia(project_root: Path) -> JuliaRuntime:
    """Return the julia to use: ``$TILTYARD_JULIA``, else one on the PATH, else the private one.

    Each must pass the self-test. Its result is kept in ``.julia/self-test.json``; with a kept
    result the call takes less than a millisecond.

    Parameters
    ----------
    project_root : Path
        The project's folder.

    Raises
    ------
    JuliaBroken
        If ``$TILTYARD_JULIA`` is set and does not work: it is never passed over.
    JuliaMissing
        If none works.
    """
    home = _home(project_root)
    record = SelfTestRecord(home / "self-test.json")
    wish = os.environ.get(VARIABLE)
    if wish:
        return _wished(wish, record)
    reasons = []
    for executable, origin in _candidates(home):
        try:
            passed = record.self_test(executable, trust_failure=origin == "PATH")
        except JuliaBroken as failure:
            reasons.append(str(failure))
        else:
            return JuliaRuntime(executable, passed.version, origin, passed.kernel)
    looked = "; ".join(reasons) or f"none on the PATH and none in {home}"
    raise JuliaMissing(f"Julia is missing ({looked}): {_REMEDY}")


def install_julia(project_root: Path) -> JuliaRuntime:
    """Return the julia that `find_julia` finds, after installing one if it finds none.

    An official build is tried first, then the private copy of Debian's. The installed folder
    appears in ``.julia/`` complete, after its julia passed the self-test; what an interrupted
    installation leaves is never used. Calls at the same time wait for each other.

    Parameters
    ----------
    project_root : Path
        The project's folder.

    Raises
    ------
    JuliaBroken
        If ``$TILTYARD_JULIA`` is set and does not work.
    JuliaMissing
        If no way of installing works, with the reason of each.
    """
    home = _home(project_root)
    home.mkdir(parents=True, exist_ok=True)
    with _alone(home):
        SelfTestRecord(home / "self-test.json").forget_failures()
        try:
            runtime = find_julia(project_root)
        except JuliaMissing as missing:
            say(str(missing).partition(": " + _REMEDY)[0])
            _install(home)
            runtime = find_julia(project_root)
    say(f"Julia {runtime.version} ({runtime.origin}) at {runtime.executable}")
    return runtime


def julia_environment(project_root: Path) -> dict[str, str]:
    """Return the variables that a process sets before it starts Julia.

    They keep packages and caches inside the project, load the project's Julia code and Julia's
    standard library alone, and pin the numerical libraries to one thread each. The number of
    Julia's own threads, ``JULIA_NUM_THREADS``, is the caller's to set.
    """
    root = Path(project_root).resolve()
    one_thread = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")
    return {
        # The empty entry after the separator stands for the depots that come with Julia: from
        # 1.11 on they hold the precompiled standard library.
        "JULIA_DEPOT_PATH": f"{_home(root) / 'depot'}{os.pathsep}",
        "JULIA_PROJECT": str(root / "julia"),
        "JULIA_LOAD_PATH": os.pathsep.join(["@", "@stdlib"]),
        **dict.fromkeys(one_thread, "1"),
    }


def julia_kernels(runtime: JuliaRuntime | None) -> list[str]:
    """The linear-algebra kernel of `runtime` for a manifest; none if Julia takes no part."""
    return [] if runtime is None else [f"julia {runtime.version} {runtime.kernel}"]


def _home(project_root: Path) -> Path:
    return Path(project_root).resolve() / ".julia"


def _wished(wish: str, record: SelfTestRecord) -> JuliaRuntime:
    """Return the julia that the variable names, a path or a command."""
    path = shutil.which(os.path.expanduser(wish))
    remedy = f"correct or unset ${VARIABLE}"
    if path is None:
        raise JuliaBroken(f"${VARIABLE} is {wish}, which is no executable: {remedy}")
    executable = Path(path).absolute()
    try:
        passed = record.self_test(executable)
    except JuliaBroken as failure:
        raise JuliaBroken(f"${VARIABLE}: {failure}: {remedy}") from failure
    return JuliaRuntime(executable, passed.version, f"${VARIABLE}", passed.kernel)


def _candidates(home: Path) -> Iterator[tuple[Path, str]]:
    """Yield the executables that exist, in the order of preference, with their origins."""
    on_path = shutil.which("julia")
    if on_path is not None:
        yield Path(on_path).absolute(), "PATH"
    for source in _sources():
        executable = home / source.name / source.executable
        if executable.exists():
            yield executable, source.name


def _install(home: Path) -> None:
    """Install from the first source that works."""
    for leftover in home.glob("unpacking-*"):  # of an installation that was killed
        shutil.rmtree(leftover, ignore_errors=True)
    failures = []
    for source in _sources():
        try:
            _install_from(source, home)
        except (InstallError, JuliaBroken) as failure:
            say(str(failure))
            failures.append(str(failure))
        else:
            return
    raise JuliaMissing(f"Julia could not be installed ({'; '.join(failures)}): {_REMEDY}")


def _install_from(source: _Source, home: Path) -> None:
    """Fetch `source` into a temporary folder, run the self-test, and move it to its place."""
    with tempfile.TemporaryDirectory(prefix="unpacking-", dir=home) as name:
        scratch = Path(name)
        folder = source.fetch(scratch)
        self_test(folder / source.executable)
        place = home / source.name
        if place.exists():
            place.rename(scratch / "replaced")
        folder.rename(place)


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Hold the installation's lock, which the system releases even if this process is killed."""
    with (home / "install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
