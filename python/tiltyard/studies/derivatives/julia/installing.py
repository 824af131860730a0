"""Helpers of both ways to install Julia: announce a step, find a program, run a command."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tiltyard.studies.derivatives.julia.selftest import JuliaError


class InstallError(JuliaError):
    """A way of installing Julia does not work here; the message says why."""


def say(sentence: str) -> None:
    """Print `sentence` on stderr, for the person who installs."""
    print(f"julia: {sentence}", file=sys.stderr, flush=True)


def need(program: str, remedy: str) -> str:
    """Return the path of `program`, looked up in the folder of this Python, then on the PATH.

    Raises
    ------
    InstallError
        If it is in neither; the message ends with `remedy`.
    """
    folders = [str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
    path = shutil.which(program, path=os.pathsep.join(folders))
    if path is None:
        raise InstallError(f"{program} is missing: {remedy}")
    return path


def run(
    command: Sequence[str | Path],
    *,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    seconds: float = 600.0,
) -> str:
    """Return what `command` prints on stdout.

    Parameters
    ----------
    command : sequence of str or Path
        Program and arguments.
    folder : Path, optional
        Working folder of the command; this process's by default.
    environment : mapping, optional
        Variables added to this process's and to ``LC_ALL``, which makes messages English.
    seconds : float
        Wall time after which the command is ended [s], > 0.

    Raises
    ------
    InstallError
        If it fails or takes too long, with its last line on stderr.
    """
    words = [str(word) for word in command]
    try:
        process = subprocess.run(
            words,
            cwd=folder,
            env={**os.environ, "LC_ALL": "C.UTF-8", **(environment or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise InstallError(f"`{_short(words)}` did not finish within {seconds:.0f} s") from error
    if process.returncode != 0:
        lines = process.stderr.strip().splitlines() or [f"status {process.returncode}"]
        raise InstallError(f"`{_short(words)}` failed: {lines[-1]}")
    return process.stdout


def _short(words: Sequence[str]) -> str:
    """Return the program and its first arguments, enough to recognise the command."""
    shown = " ".join([Path(words[0]).name, *words[1:3]])
    return shown + (" …" if len(words) > 3 else "")
