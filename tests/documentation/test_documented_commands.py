"""Every command and every program of README and documentation runs; `instead.py` has exceptions."""

from __future__ import annotations

import csv
import json
import re
import shlex
import subprocess
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from documented import ROOT, SHELLS, Block, blocks, commands, simple_commands, titled
from instead import INSTEAD, cheap_form, python_of

from tiltyard.studies.derivatives.julia.runtime import find_julia

CHECKS = Path(__file__).with_name("checks")
#: Commands of the shell itself: run by one.
SHELL_ONLY = ("cd", "true")


@pytest.fixture(scope="module")
def succeeded():
    """Commands that have been run already, on another page."""
    return set()


@pytest.mark.parametrize("block", blocks(*SHELLS), ids=str)
def test_every_command_of_a_block_runs(prompt, succeeded, block: Block):
    installed = False
    for command in simple_commands(block):
        text = cheap_form(command)
        if text in succeeded:
            continue
        words = shlex.split(text)
        if words[0] in SHELL_ONLY:
            words = ["bash", "-c", text]
        status, said = prompt.run(words, anew=installed)
        assert status == 0, f"{command}\nrun as: {text}\nexit status {status}\n{said}"
        succeeded.add(text)
        if words[0] == "pip":
            installed = True  # only what begins after it knows the package
        elif installed:
            assert "polynomial_least_squares" in said


@pytest.mark.parametrize(
    "command",
    [
        "tiltyard plan --coress 2",
        "tiltyard compare --by colour",
        "snakemake --dry-run --coress 2",
        "snakemake --dry-run --configfile config/nowhere.yaml",
        "snakemake --dry-run nowhere",
        "make --dry-run nowhere",
        "python nowhere.py",
    ],
)
def test_a_command_that_cannot_work_is_noticed(prompt, command):
    assert prompt.run(shlex.split(command))[0] != 0


def test_everything_that_is_replaced_is_still_in_the_documentation():
    used = set()
    for command in commands():
        text = command.text
        for rule in INSTEAD:
            if re.search(rule.typed, text):
                used.add(rule)
            text = re.sub(rule.typed, rule.run, text)
    assert [rule.typed for rule in INSTEAD if rule not in used] == []


def test_every_column_of_a_table_is_explained(prompt):
    page = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## Rows of `([\w.]+)`\n(.*?)(?=^## |\Z)", page, re.M | re.S))
    folder = prompt.folder / "results" / "default"
    tables = {path.name: columns_of(path) for path in folder.glob("*.csv")}
    tables["results"] = pq.read_schema(folder / "results.parquet").names
    del tables["results.csv"]  # part of the Parquet file's
    explained = {
        name: re.findall(r"`(\w+)`", " ".join(re.findall(r"^\|([^|]+)\|", listed[1], re.M)))
        for name, section in sections.items()
        if (listed := re.search(r"^(\| columns \| .*?)(?:^$|\Z)", section, re.M | re.S))
    }
    assert {name: sorted(columns) for name, columns in tables.items()} == {
        name: sorted(columns) for name, columns in explained.items()
    }


def test_controls_are_no_rivals(prompt):
    """The default study has the truth itself, whose error is 0."""
    arguments = ("--method", "gaussian_process_se", "--by", "order", "--format", "json")
    found = json.loads(prompt.must("tiltyard", "compare", *arguments))["standing"]
    assert [row["order"] for row in found] == [0, 1, 2, "all"]
    rivals = {row["best_rival"].partition(" ")[0] for row in found}
    assert rivals <= {"savitzky_golay_adaptive", "smoothing_spline_gcv", "smoothing_spline_reml"}


def columns_of(path: Path) -> list[str]:
    """Names of the columns of a CSV file."""
    with path.open(encoding="utf-8", newline="") as lines:
        return next(csv.reader(lines))


# Programs. A block with a title is a file; the others of a page follow each other.

LOOSE = [block for block in blocks("python") if not block.title]


@pytest.mark.parametrize("page", sorted({block.page for block in LOOSE}))
def test_the_python_of_a_page_runs(prompt, page):
    program = python_of(page, [block.text for block in LOOSE if block.page == page])
    (prompt.folder / "program.py").write_text(program, encoding="utf-8")
    prompt.must("python", "program.py")


def test_the_number_behind_a_number_is_the_same(prompt):
    """The tutorial computes a row's error from the row's estimate, and prints both."""
    (block,) = [block for block in LOOSE if "first.nrmse" in block.text]
    (prompt.folder / "program.py").write_text(block.text, encoding="utf-8")
    computed, found = map(float, prompt.must("python", "program.py").split(" is "))
    assert computed == pytest.approx(found, rel=1e-12)  # sums in another order


def test_the_estimator_of_the_example_follows_a_decay(prompt):
    (prompt.folder / "example.py").write_text(titled("polynomial_least_squares.py"))
    said = prompt.must("python", str(CHECKS / "score.py"), "example.py", "polynomial_least_squares")
    errors = json.loads(said)
    assert len(errors) == 6
    # That of the mean is 1.
    for error, limit in zip(errors[:2], (0.05, 0.2), strict=True):
        assert error["nrmse"] < limit


@pytest.mark.parametrize("name", ["stirred_tank", "gentle_wave"])
def test_the_signals_of_the_examples_are_exact(prompt, name):
    (prompt.folder / "example.py").write_text(titled(f"{name}.py"))
    audit = json.loads(prompt.must("python", str(CHECKS / "audit.py"), "example.py", name))
    assert len(audit) == 8 and max(audit) <= 1e-14  # as of the study's own signals


@pytest.mark.julia
def test_the_estimator_of_the_julia_example_is_exact_to_its_degree(tmp_path):
    (tmp_path / "example.jl").write_text(titled("polynomial_least_squares.jl"), encoding="utf-8")
    contract = (
        "module DerivativeEstimators\n"
        f'include(raw"{ROOT / "julia" / "src" / "contract.jl"}")\n'
        f'include(raw"{tmp_path / "example.jl"}")\nend\n'
    )
    (tmp_path / "module.jl").write_text(contract, encoding="utf-8")
    check = """
include(ARGS[1])
t = collect(range(3.0, 5.0; length=20))
values = DerivativeEstimators.estimate(DerivativeEstimators.method("polynomial_least_squares"),
    t, t .^ 5, t, [0, 1, 4])
@assert values ≈ [t'.^5; 5t'.^4; 120t'] values
"""
    julia = str(find_julia(ROOT).executable)
    command = [julia, "--startup-file=no", "-e", check, tmp_path / "module.jl"]
    subprocess.run(command, check=True)
