"""Runs `tiltyard`, `snakemake` and code by forking from a process that has imported everything.

Started as a program, by `Commands` of commands.py. Each line of standard input is a request,
{"words", "folder", "said", "errors", "environment"}; each line of standard output its exit status.
What a command says goes to the files `said` and `errors`, which may be one. The words
``python FILE`` run a file of code. Imports are nine tenths of a short command's time.
"""

import contextlib
import json
import os
import runpy
import sys
from typing import Any

import matplotlib.pyplot
import pandas
import pyarrow.parquet
import snakemake.cli

import tiltyard.cli
from tiltyard import workflow
from tiltyard.engine import jobs
from tiltyard.engine.kind import DEFAULT, find_kind
from tiltyard.report import terminal as tables
from tiltyard.report import timeline
from tiltyard.report.figures import drawing
from tiltyard.studies.derivatives import dataset, discovery, importing, running

IMPORTED = (
    *(matplotlib.pyplot, pandas, pyarrow.parquet, jobs, workflow),
    *(dataset, drawing, running, tables, timeline),
)
PROGRAMS = {"tiltyard": tiltyard.cli.main, "snakemake": snakemake.cli.main}


def run(request: dict[str, Any]) -> int:
    """Run a command in a child of this process, and return its exit status."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    status = 1
    try:
        status = become(**request)
    finally:
        with contextlib.suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def become(
    words: list[str], folder: str, said: str, errors: str, environment: dict[str, str]
) -> int:
    """Do in this process what the command would do in its own."""
    os.chdir(folder)
    kind = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    file = os.open(said, kind)
    error_file = file if errors == said else os.open(errors, kind)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, target in ((nothing, 0), (file, 1), (error_file, 2)):
        os.dup2(number, target)
    os.environ.clear()
    os.environ.update(environment)
    find_plugins(environment.get("PYTHONPATH", ""))
    sys.argv = words[1:] if words[0] == "python" else words
    try:
        if words[0] == "python":
            runpy.run_path(words[1], run_name="__main__")
        else:
            PROGRAMS[words[0]]()
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
            return 1
        return end.code or 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
        return 1
    return 0


def find_plugins(paths: str) -> None:
    """Have packages on `paths` found that were not there when this process imported the others."""
    new = [path for path in paths.split(os.pathsep) if path and path not in sys.path]
    if new:
        sys.path[1:1] = new
        importing.import_python.cache_clear()
        importing.load_python.cache_clear()


def main() -> None:
    """Answer requests until there are no more; what every command would read is read once."""
    importing.load_python()
    discovery.source_digest(None)
    find_kind(DEFAULT)
    for line in sys.stdin:
        print(run(json.loads(line)), flush=True)


if __name__ == "__main__":
    main()
