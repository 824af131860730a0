"""Versions that follow from content: a digest of the source that decides a method's numbers."""

from __future__ import annotations

import ast
import hashlib
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib import metadata
from pathlib import Path


def digest(parts: Iterable[bytes | str]) -> str:
    """SHA-256 of `parts`, each with its length, as hexadecimal text."""
    total = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        total.update(len(data).to_bytes(8, "little"))
        total.update(data)
    return total.hexdigest()


def closure(
    source: Path, dependencies: Callable[[Path], Iterable[Path]], seen: set[Path] | None = None
) -> list[Path]:
    """`source` and every file that it needs, directly or not, sorted."""
    seen = set() if seen is None else seen
    if source not in seen:
        seen.add(source)
        for needed in dependencies(source):
            closure(needed, dependencies, seen)
    return sorted(seen)


@cache
def imported_modules(source: Path) -> tuple[str, ...]:
    """Dotted names that a Python file imports, ``from a import b`` as ``a`` and ``a.b``."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source.read_bytes(), str(source))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return tuple(sorted(names))


def python_version(source: Path, package: str, root: Path) -> str:
    """Version of the Python code in `source`: what it and its local imports say, and third parties.

    Parameters
    ----------
    source : path
        The file that defines the method.
    package : str
        Dotted name; imports inside it count as local.
    root : path
        Folder that holds the top of `package`, for example ``python/``.
    """

    def local(file: Path) -> list[Path]:
        return [
            path
            for name in imported_modules(file)
            if name.startswith(package + ".")
            if (path := root.joinpath(*name.split(".")).with_suffix(".py")).is_file()
        ]

    files = closure(source, local)
    third = third_party_versions(name for file in files for name in imported_modules(file))
    return digest([*(file.read_bytes() for file in files), *map(str, sorted(third.items()))])


def third_party_versions(modules: Iterable[str]) -> Mapping[str, str]:
    """Installed distributions that provide `modules`, with their versions."""
    tops = {name.partition(".")[0] for name in modules} - sys.stdlib_module_names
    providers = _providers()
    return {
        name: _version(name)
        for top in tops
        for name in providers.get(top, ())
        if name != "tiltyard"
    }


_version = cache(metadata.version)


@cache
def _providers() -> Mapping[str, list[str]]:
    return metadata.packages_distributions()
