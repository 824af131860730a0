"""What the tests run instead of what the documentation says, where that takes too much; and why."""

from __future__ import annotations

import re
from typing import NamedTuple


class Instead(NamedTuple):
    """What is typed in the documentation, what a test types instead, and why."""

    typed: str
    run: str
    why: str


#: Applied to each command, in this order. All other commands are run as they stand.
INSTEAD = (
    Instead(r"^/usr/bin/time -v ", "", "GNU time is not installed everywhere"),
    Instead(r"^srun --pty ", "", "there is no cluster here; tests/slurm starts one"),
    Instead(r"^squeue .*", "true", "there is no cluster here; tests/slurm starts one"),
    Instead(r"^git clone … (\w+)$", r"mkdir -p \1", "the address is the reader's"),
    Instead(r"^\. \.venv/bin/activate$", "true", "tests run in an activated environment"),
    Instead(r"^export .*", "true", "there is no shell between the commands"),
    Instead(r"^make ", "make --dry-run ", "minutes to hours: what it would run is printed"),
    Instead(
        r"^snakemake (?!(?:.* )?(?:-n|--dry-run)\b)",
        "snakemake --dry-run ",
        "options, configuration and graph are checked; tests/workflow really runs it",
    ),
    Instead(r" …$", "", "stands for more options"),
    Instead(r"\bCONFIGURATION\b", "lotka_volterra-n101-gaussian-1e-02-t1", "stands for an id"),
    Instead(
        r"^(tiltyard profile) .*",
        r"\1 --help",
        "it starts workers for seconds; tests/studies/derivatives/test_profile.py does it",
    ),
    Instead(r"(?<= )/tmp/", "", "the tests' own folder"),
    Instead(
        r"^(tiltyard tune) .*", r"\1 --help", "it measures for a minute, with the machine alone"
    ),
    Instead(
        r"^tiltyard verdicts .*?( --output \S+)?$",
        r"tiltyard verdicts --kind '8 samples' --seeds 1\1",
        "it differentiates a record of each kind and seed; tests/advice does that",
    ),
    Instead(r"^(tiltyard julia) --compile$", r"\1 --help", "it compiles for minutes"),
    Instead(r"^(tiltyard differentiate .*)", r"\1 --draws 1", "simulations are alike"),
    Instead(
        r"^tiltyard methods$", "tiltyard methods --language python", "Julia takes 10 s to tell"
    ),
    Instead(
        r"^pip install (.*) --editable mine$",
        r"pip install \1 --quiet --target site-packages ./mine",
        "a folder of the tests, not the environment that they run in",
    ),
)

#: Put before the Python of a page, whose blocks are run one after the other: page -> code.
BEFORE = {
    "differentiate.md": """
import sys, types

class SINDy:  # PySINDy is not installed; this calls what it calls
    def __init__(self, differentiation_method):
        self.method = differentiation_method

    def fit(self, x, t):
        assert self.method._differentiate(x, t).shape == x.shape == (len(t), 1)

pysindy = types.SimpleNamespace(SINDy=SINDy)
""",
}
#: In the Python of all pages: what stands for something -> what it stands for.
STANDS_FOR = {"/ID.parquet": "/lotka_volterra-n101-gaussian-1e-02-t1.parquet"}


def cheap_form(command: str) -> str:
    """What is run instead of `command`."""
    for rule in INSTEAD:
        command = re.sub(rule.typed, rule.run, command)
    return command


def python_of(page: str, texts: list[str]) -> str:
    """Program of the Python blocks of a page."""
    program = "\n".join([BEFORE.get(page, ""), *texts])
    for name, meaning in STANDS_FOR.items():
        program = program.replace(name, meaning)
    return program
