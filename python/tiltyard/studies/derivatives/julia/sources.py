"""The Julia sources: which files there are, their versions, and how Julia loads them."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from tiltyard.engine.files.digests import digest
from tiltyard.engine.methods.plugins import Plugin, find_plugins
from tiltyard.engine.methods.versions import closure
from tiltyard.engine.project import project_root
from tiltyard.studies.derivatives.julia.runtime import JuliaRuntime

#: Installed packages add Julia estimators under this entry point group: its value is a package
#: whose folder holds ``*.jl`` files, written like those in ``julia/src/estimators``.
ENTRY_POINTS = "tiltyard.julia_estimators"
#: Time limit of listing a package's estimators: Julia may have to compile what loads them [s].
LISTING_SECONDS = 300.0

_USING = re.compile(r"^\s*(?:using|import)\s+\.\.+(\w+)", re.MULTILINE)
_MODULE = re.compile(r"^module\s+(\w+)", re.MULTILINE)


def packages(lister: str) -> list[Plugin]:
    """Installed packages that bring Julia estimators, which the function `lister` lists."""
    return find_plugins(ENTRY_POINTS, lister, files_of=files_of, seconds=LISTING_SECONDS)


def files_of(reference: str) -> list[Path]:
    """Julia files beside the ``__init__.py`` of the package that an entry point names.

    Raises
    ------
    ModuleNotFoundError
        If there is no such package; it is not imported.
    """
    top, *inner = reference.strip().split(".")
    spec = importlib.util.find_spec(top)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(
            f"entry point group {ENTRY_POINTS}: no package {reference!r} is installed", name=top
        )
    return sorted(Path(spec.origin).parent.joinpath(*inner).glob("*.jl"))


def julia_files_of(package: str) -> list[Path]:
    """Julia files of the installed `package`; none for ""."""
    return [file for one in packages("") if one.package == package for file in one.files]


def julia_files() -> list[Path]:
    """Every Julia file of this project that can change a result."""
    return sorted((project_root() / "julia" / "src").rglob("*.jl"))


def load_code(files: Iterable[Path] = ()) -> str:
    """Julia code that loads the estimators, and `files` of an installed package."""
    includes = (f"Base.include(DerivativeEstimators, raw{_quoted(str(file))})" for file in files)
    return "; ".join(["import DerivativeEstimators", *includes])


def julia_command(expression: str, runtime: JuliaRuntime, files: Iterable[Path] = ()) -> list[str]:
    """Command line that evaluates `expression` after loading the estimators, and `files`."""
    project = f"--project={project_root() / 'julia'}"
    code = f"{load_code(files)}; {expression}"
    return [str(runtime.executable), "--startup-file=no", project, "-e", code]


def julia_source_version(source: Path, julia: str) -> str:
    """Version of the Julia code in `source`: its text, the shared modules it uses, Julia."""
    modules = _shared_modules()

    def used(file: Path) -> list[Path]:
        names = _USING.findall(file.read_text(encoding="utf-8"))
        return [modules[name] for name in names if name in modules]

    files = closure(source, used)
    return digest([julia, *(file.read_bytes() for file in files)])


@cache
def _shared_modules() -> dict[str, Path]:
    folder = project_root() / "julia" / "src" / "numerics"
    return {
        name: file
        for file in sorted(folder.glob("*.jl"))
        for name in _MODULE.findall(file.read_text(encoding="utf-8"))
    }


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
