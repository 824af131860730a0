"""Versions that follow from content: a digest of the source that decides a method's numbers."""

from __future__ import annotations

import ast
import itertools
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib import metadata
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path

from tiltyard.engine.files.digests import digest


def closure(
    source: Path, dependencies: Callable[[Path], Iterable[Path]], seen: set[Path] | None = None
) -> list[Path]:
    """`source` and every file that it needs, directly or through others, sorted."""
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
        elif isinstance(node, ast.ImportFrom):
            own = _package_of(source)
            base = own[: len(own) - node.level + 1] if node.level else []
            name = ".".join([*base, *filter(None, [node.module])])
            names.update([name, *(f"{name}.{alias.name}" for alias in node.names)])
    return tuple(sorted(names))


def _package_of(source: Path) -> list[str]:
    """Names of the packages that the file `source` lies in, outermost first."""
    inside = itertools.takewhile(lambda folder: (folder / "__init__.py").is_file(), source.parents)
    return [folder.name for folder in inside][::-1]


def python_version(source: Path, package: str, root: Path) -> str:
    """Version of the Python code in `source`: a digest of it, its local imports and other packages.

    Parameters
    ----------
    source : path
        The file that defines the method.
    package : str
        Dotted name; imports inside it count as local. Where `source` is not in it, those from the
        distribution that `source` belongs to do as well.
    root : path
        Folder that holds the top of `package`, for example ``python/``.
    """
    roots = {package: root}
    if not source.is_relative_to(root.joinpath(*package.split("."))):
        own = _package_of(source)
        place = source.parents[len(own)]
        roots.update(dict.fromkeys(modules_beside(own[0] if own else source.stem), place))

    def local(file: Path) -> list[Path]:
        found = (
            _file_of(name, folder)
            for name in imported_modules(file)
            for top, folder in roots.items()
            if name == top or name.startswith(f"{top}.")
        )
        return [path for path in found if path]

    files = closure(source, local)
    third = third_party_versions(name for file in files for name in imported_modules(file))
    return digest([*(file.read_bytes() for file in files), *map(str, sorted(third.items()))])


def _file_of(module: str, root: Path) -> Path | None:
    """The file of `module` below `root`, if it is one."""
    path = root.joinpath(*module.split("."))
    files = path.with_suffix(".py"), path / "__init__.py"
    return next((file for file in files if file.is_file()), None)


def modules_beside(module: str) -> list[str]:
    """The top-level `module` and the others of its installed distribution."""
    own = set(_providers().get(module, ()))
    beside = {name for name, found in _providers().items() if own & set(found)}
    return sorted({module} | {name for name in beside if name.isidentifier()})  # scripts are none


def package_files(module: str) -> list[Path]:
    """Python files that are installed together with `module`, which may be a file or a package.

    Raises
    ------
    ModuleNotFoundError
        If there is no such module.
    """
    top = module.partition(".")[0]
    own = find_spec(top)
    if own is not None and own.origin is None and (inside := _in_namespace(own, module)):
        return inside
    if own is None or own.origin is None:
        raise ModuleNotFoundError(f"no installed package has a module {module!r}", name=module)
    if top == __package__.partition(".")[0]:  # of this package, the room that the module is in
        own = find_spec(module)
        specs = [own if own and own.submodule_search_locations else find_spec(_room(module))]
    else:
        specs = [find_spec(name) for name in modules_beside(top)]
    files = (Path(spec.origin) for spec in specs if spec and spec.origin)
    return sorted(
        path
        for file in files
        for path in (file.parent.rglob("*.py") if file.name == "__init__.py" else [file])
    )


def _in_namespace(top: ModuleSpec, module: str) -> list[Path]:
    """Python files of the package, or the file, in which `module` lies in the namespace `top`."""
    inner = module.split(".")[1:]
    for folder in map(Path, top.submodule_search_locations or ()):
        for depth in range(1, len(inner) + 1):  # a namespace may hold another one
            place = folder.joinpath(*inner[:depth])
            if (place / "__init__.py").is_file():
                return sorted(place.rglob("*.py"))
            if place.with_suffix(".py").is_file():
                return [place.with_suffix(".py")]
    return []


def _room(module: str) -> str:
    return module.rpartition(".")[0]


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
