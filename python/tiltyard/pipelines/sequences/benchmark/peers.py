"""Programs and libraries of others that read frames or compute vectors: where they are.

Sources: Biopython 1.88, and for tests transformers 5, multimolecule 0.2.2 and torch 2.13 (packages
of PyPI); transeq of EMBOSS 6.6.0 (Debian).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tiltyard.engine.project import project_root
from tiltyard.pipelines.pipeline import Work
from tiltyard.pipelines.programs import installed

#: Where `make peers-sequences` installs libraries, and unpacks programs that are not installed.
LIBRARIES = Path(".venv-peers/sequences/bin/python")
PROGRAMS = Path(".venv-peers/programs")
#: Versions of the libraries.
LOCKED = Path(".ci/peers/sequences.txt")
#: Program of this folder that calls Biopython, the strategy of that name.
CALLER = Path(__file__).with_name("biopython_frames.py")
BIOPYTHON = "biopython"
_INSTALL = "make peers-sequences"


def python() -> str:
    """Python of the libraries.

    Raises
    ------
    ValueError
        If they are not installed, with what installs them.
    """
    return installed(
        project_root() / LIBRARIES, f"the libraries of others are not installed: {_INSTALL}"
    )


def sources() -> list[Path]:
    """Files that decide what the strategy of Biopython does."""
    return [Path(__file__), CALLER, project_root() / LOCKED]


def command(work: Work, output: Path) -> list[str]:
    """Command line that reads the chunks of `work` with Biopython."""
    (file,) = map(str, work.files["sequences"])
    return [python(), "-P", str(CALLER), file, str(output)]


@contextmanager
def biopython() -> Iterator[Callable[[Mapping[str, Any]], Any]]:
    """A function that asks a process with Biopython, as its program says, and gives its answer."""
    with subprocess.Popen(
        [python(), "-P", str(CALLER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:

        def ask(question: Mapping[str, Any]) -> Any:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(question) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
            if not line:
                raise RuntimeError("Biopython's process ended; its error is above")
            return json.loads(line)

        yield ask
        assert process.stdin is not None
        process.stdin.close()


def transeq() -> tuple[str, dict[str, str]]:
    """Path of EMBOSS's transeq, from PATH or unpacked, and the environment that it needs.

    Raises
    ------
    ValueError
        If it is not installed, with what installs it.
    """
    if found := shutil.which("transeq"):
        return found, dict(os.environ)
    place = project_root() / PROGRAMS / "usr"
    if not (place / "bin" / "transeq").exists():
        raise ValueError(f"transeq is not installed: {_INSTALL}, or apt-get install emboss")
    data = place / "share" / "EMBOSS"
    libraries = [place / "lib" / "emboss" / "lib", *place.glob("lib/*-linux-gnu*")]
    own = {
        "EMBOSS_ACDROOT": str(data / "acd"),
        "EMBOSS_DATA": str(data / "data"),
        "LD_LIBRARY_PATH": os.pathsep.join(map(str, libraries)),
    }
    return str(place / "bin" / "transeq"), {**os.environ, **own}
