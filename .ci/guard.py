#!/usr/bin/env python3
"""Refuse files that must not enter the repository; say which line and what to do instead.

Refused are files above 1 MB, addresses of package registries (a checkout must install from
whatever registry its machine is set up for), paths that exist on one machine only, unfinished
merges, trailing blanks and files that do not end with a newline. The registries are read from
the configuration of pip and apt, so that none is named here either. Standard library only.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

LARGEST = 1_000_000

#: Folders that belong to one machine or user.
MACHINE = re.compile(r"(?<![\w.$}~*-])/(?:root|work|home/\w+|Users/\w+)\b")
CONFLICT = re.compile("^(?:" + "<" * 7 + " |" + ">" * 7 + " )")


def listed_files(root: Path) -> list[Path]:
    """Files that git tracks or would add, relative to `root`."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others"]
    done = subprocess.run([*command, "--exclude-standard"], capture_output=True, check=False)
    if done.returncode:
        sys.exit(f"guard: git cannot list the files: {done.stderr.decode().strip()}")
    names = filter(None, done.stdout.decode().split("\0"))
    return sorted({Path(name) for name in names if (root / name).is_file()})


def registries() -> set[str]:
    """Hosts and local folders that pip and apt are set up to install from on this machine."""
    settings = {
        *_output([sys.executable, "-m", "pip", "config", "list"]).split("\n"),
        *(f"{name}='{value}'" for name, value in os.environ.items() if name.startswith("PIP_")),
    }
    places = _output(["apt-get", "indextargets", "--no-release-info", "--format", "$(SITE)"])
    found = set(places.split())
    for setting in settings:
        name, _, value = setting.partition("=")
        if re.search(r"index.url|find.links", name, re.IGNORECASE):
            found.update(value.strip("'\"").replace("\\n", " ").split())
    try:
        from pip._internal.models.index import PyPI
    except ImportError:  # an environment without pip
        pass
    else:
        found.update(["//" + PyPI.netloc, "//" + PyPI.file_storage_domain])
    return set(filter(None, map(_host_or_folder, found)))


def _host_or_folder(place: str) -> str:
    """The part of an index's address that identifies it; empty for this machine's own names."""
    address = urlsplit(place if "//" in place or place.startswith("/") else "//" + place)
    host = address.hostname or ""
    if host in ("localhost", "127.0.0.1"):
        return ""
    return host or address.path.rstrip("/")


def _output(command: list[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout
    except OSError:
        return ""


def faults(root: Path, files: Iterable[Path], forbidden: Iterable[str]) -> Iterator[str]:
    """Yield ``file:line: what is wrong; what to do`` for each fault in `files`."""
    names = sorted(forbidden)
    for file in files:
        content = (root / file).read_bytes()
        if len(content) > LARGEST:
            yield f"{file}: {len(content):,} bytes; publish data with a release instead"
        elif b"\0" not in content:
            yield from _faults_of_text(file, content.decode(errors="replace"), names)


def _faults_of_text(file: Path, text: str, forbidden: list[str]) -> Iterator[str]:
    for number, line in enumerate(text.splitlines(), start=1):
        where = f"{file}:{number}"
        for name in forbidden:
            if name in line:
                yield f"{where}: names {name}; read it from pip's or apt's configuration instead"
        if found := MACHINE.search(line):
            yield f"{where}: has a path of one machine ({found[0]}…); use one relative to a file"
        if CONFLICT.match(line):
            yield f"{where}: has the mark of an unfinished merge; decide for one side"
        if line != line.rstrip() and file.suffix != ".svg":
            yield f"{where}: ends with blanks; remove them"
    if text and not text.endswith("\n"):
        yield f"{file}: does not end with a newline; add one"


def main(arguments: list[str]) -> int:
    """Check the files named in `arguments`, or all."""
    root = Path(__file__).resolve().parents[1]
    files = [Path(argument) for argument in arguments] or listed_files(root)
    found = list(faults(root, files, registries()))
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
