"""The Julia sources: which files there are, their versions, and how Julia loads them."""

from __future__ import annotations

import importlib.util
import re
from functools import cache
from importlib import metadata
from pathlib import Path

from tiltyard.engine.methods.versions import closure, digest
from tiltyard.engine.project import project_root
from tiltyard.studies.derivatives.julia.runtime import JuliaRuntime

#: Installed packages add Julia estimators under this entry point group: its value is a package
#: whose folder holds ``*.jl`` files, written like those in ``julia/src/estimators``.
ENTRY_POINTS = "tiltyard.julia_estimators"

_USING = re.compile(r"^\s*(?:using|import)\s+\.\.+(\w+)", re.MULTILINE)
_MODULE = re.compile(r"^module\s+(\w+)", re.MULTILINE)


def plugin_files() -> list[Path]:
    """Julia files of installed packages."""
    files: list[Path] = []
    for point in metadata.entry_points(group=ENTRY_POINTS):
        spec = importlib.util.find_spec(point.value)
        if spec is None or spec.origin is None:
            raise RuntimeError(
                f"entry point {point.name} of group {ENTRY_POINTS}: {point.value!r} is not a "
                "package that can be imported; correct it in that package's metadata"
            )
        files += sorted(Path(spec.origin).parent.glob("*.jl"))
    return files


def julia_files() -> list[Path]:
    """Every Julia file that can change a result."""
    return sorted((project_root() / "julia" / "src").rglob("*.jl")) + plugin_files()


def load_code() -> str:
    """Julia code that loads the package and the files of installed packages."""
    includes = (
        f"Base.include(DerivativeEstimators, raw{_quoted(str(file))})" for file in plugin_files()
    )
    return "; ".join(["import DerivativeEstimators", *includes])


def julia_command(expression: str, runtime: JuliaRuntime) -> list[str]:
    """Command line that evaluates `expression` after loading the estimators."""
    project = f"--project={project_root() / 'julia'}"
    code = f"{load_code()}; {expression}"
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
