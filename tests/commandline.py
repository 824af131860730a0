"""The command line inside the tests' own process."""

import contextlib
import io
import os
import subprocess
import sys
from unittest.mock import patch

from workplace import ROOT

from tiltyard.cli import main


def tiltyard(*arguments, cwd=ROOT, check=True):
    """The command in this process, where the estimators are imported once for all tests."""
    stdout, stderr = io.StringIO(), io.StringIO()
    with (
        patch.object(sys, "argv", ["tiltyard", *arguments]),
        patch.dict(os.environ, COLUMNS="200"),
        contextlib.chdir(cwd),
        contextlib.redirect_stdout(stdout),
        contextlib.redirect_stderr(stderr),
    ):
        try:
            status = main()
        except SystemExit as end:
            status = end.code
    if isinstance(status, str):  # as the interpreter does it
        stderr.write(status)
        status = 1
    done = subprocess.CompletedProcess(arguments, status or 0, stdout.getvalue(), stderr.getvalue())
    if check:
        assert done.returncode == 0, done.stderr
    return done
