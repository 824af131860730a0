"""Runs `tiltyard`, `snakemake` and code by forking from a process that has imported everything.

Started as a program. Each line of standard input is a request, {"words", "folder", "said"}; each
line of standard output its exit status. What a command says goes to the file `said`. The words
``python FILE`` run a file of code. Imports are nine tenths of a short command's time.
"""

import contextlib
import json
import os
import runpy
import sys

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


def run(words: list[str], folder: str, said: str) -> int:
    """Run a command in a child of this process, and return its exit status."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    status = 1
    try:
        status = become(words, folder, said)
    finally:
        with contextlib.suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def become(words: list[str], folder: str, said: str) -> int:
    """Do in this process what the command would do in its own."""
    os.chdir(folder)
    file = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, target in ((nothing, 0), (file, 1), (file, 2)):
        os.dup2(number, target)
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


def main() -> None:
    """Answer requests until there are no more; what every command would read is read once."""
    importing.load_python()
    discovery.source_digest(None)
    find_kind(DEFAULT)
    for line in sys.stdin:
        print(run(**json.loads(line)), flush=True)


if __name__ == "__main__":
    main()
