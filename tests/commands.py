"""Commands that begin without importing anything: by prompt.py, which has imported all."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path


class Commands:
    """Runs `tiltyard`, `snakemake` and ``python FILE`` one after another, in forked processes.

    Parameters
    ----------
    environment : mapping or None
        Of the process that imports everything; by default of this one.
    """

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._environment = environment
        self._process: subprocess.Popen[str] | None = None

    def run(
        self,
        words: list[str],
        folder: Path,
        environment: Mapping[str, str],
        said: Path,
        errors: Path | None = None,
    ) -> int:
        """Exit status of a command in `folder`; what it says goes to the files."""
        process = self._start()
        assert process.stdin is not None and process.stdout is not None
        request = {
            "words": words,
            "folder": str(folder),
            "said": str(said),
            "errors": str(errors or said),
            "environment": dict(environment),
        }
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
        answer = process.stdout.readline()
        assert answer, f"the process that commands are forked from ended with {process.wait()}"
        return int(answer)

    def _start(self) -> subprocess.Popen[str]:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("prompt.py"))],
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        return self._process

    def stop(self) -> None:
        """End the process that has imported everything; it ends by itself with this one."""
        if self._process is not None:
            self._process.communicate()
            self._process = None


#: Of this process: whoever needs a command that begins at once shares it.
COMMANDS = Commands()
