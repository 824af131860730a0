"""What .venv must have: extras of pyproject.toml, each locked in a file, and the record of it.

``python wanted.py check [CONFIG]`` ends with 0 if .venv has what the study of that configuration
needs, or, without one, everything; ``python wanted.py extras`` lists all extras. Standard library
only, and little of it: every make calls this.
"""

from __future__ import annotations

import os
import sys
import tomllib
import zlib
from pathlib import Path

import configuration

#: What was installed: Python, place, lock files and project, a line each.
RECORD = ".tiltyard"
#: Line of the record with the checkout whose environment it is.
OF_PROJECT = r"^project \d+ \d+ pyproject.toml (/.*)$"


class Mistaken(Exception):
    """pyproject.toml cannot be read; the text says why."""


def project(root: Path) -> dict:
    """Content of pyproject.toml."""
    try:
        return tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    except ValueError as error:
        raise Mistaken(f"pyproject.toml has a mistake: {error}.") from None


def all_extras(root: Path) -> list[str]:
    """Every extra, sorted."""
    return sorted(project(root)["project"].get("optional-dependencies", {}))


def needed(root: Path, config: str | None) -> list[str]:
    """Extras that the study of a configuration needs, sorted; all if there is no configuration.

    A kind or pipeline that another package brings needs no extra of ours.
    """
    if config is None:
        return all_extras(root)
    table = project(root)["tool"]["tiltyard"]["extras"]
    extras = set(table["every"])
    for key, name in configuration.read(Path(config)).items():
        extras.update(table[key].get(name, ()))
    return sorted(extras)


def compiling(root: Path, extras: list[str]) -> dict[str, str]:
    """Extra -> ``module:function`` that compiles what it needs, of those of `extras` that do."""
    table = project(root)["tool"]["tiltyard"]["extras"].get("compile", {})
    return {extra: table[extra] for extra in extras if extra in table}


def lock(extra: str) -> str:
    """Path of an extra's lock file in the checkout."""
    return f"requirements/{extra}.lock"


def lines_of_locks(root: Path, extras: list[str]) -> list[str]:
    """Lines of the record for what `extras` lock."""
    return [f"lock {extra} {_digest(root / lock(extra))}" for extra in extras]


def line_of_project(root: Path) -> str:
    """Line of the record for the project itself, and where it lies."""
    return f"project {_digest(root / 'pyproject.toml')} pyproject.toml {root}"


def recorded(venv: Path) -> list[str]:
    """Lines of the record in `venv`; empty where nothing is known."""
    try:
        return (venv / RECORD).read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return []


def is_current(root: Path, venv: Path, version: str, extras: list[str]) -> bool:
    """Whether the environment has all of that, for Python `version`; it may have more."""
    rest = [f"python {version}", f"place {venv}", line_of_project(root)]
    return {*rest, *lines_of_locks(root, extras)} <= set(recorded(venv))


def _digest(file: Path) -> str:
    content = file.read_bytes()
    return f"{zlib.crc32(content)} {len(content)}"


def main(asked: list[str]) -> int:
    """Answer what is `asked`."""
    root = Path.cwd()
    if asked[0] == "extras":
        print(*all_extras(root))
        return 0
    venv = Path(os.path.realpath(".venv"))
    if os.path.exists(f"{venv}.being-made") or (venv / ".being-made").exists():
        return 1  # left by a set-up that was killed
    version = "{}.{}".format(*sys.version_info)
    config = asked[1] if len(asked) > 1 else None
    return 0 if is_current(root, venv, version, needed(root, config)) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
