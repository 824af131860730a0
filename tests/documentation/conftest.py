"""A folder like a checkout, where small finished studies stand for the large ones; a prompt."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from brought import write_brought
from commands import Commands
from documented import ROOT, blocks, titled

from tiltyard.engine.kind import DEFAULT

#: What is not in a checkout, or is made anew here.
OWN = {".git", "config", "results", "workflow"}
ESTIMATORS = [
    *("constant", "truth", "zero", "oracle_smoothing_spline", "smoothing_spline_reml"),
    *("gaussian_process_se", "savitzky_golay_adaptive", "smoothing_spline_gcv"),
]
#: In every study of `config/`, so that it takes a second.
SMALLER = {
    "julia": False,
    "noise_levels": [1.0e-3, 1.0e-2],
    "trials": 1,
    "orders": [0, 1, 2],
    "estimators": {"include": {"name": ESTIMATORS}},
}
#: The lists of every study end after so many.
MOST = {"signals": 5, "samples": 2, "noise_models": 2}
#: Studies of which made-up numbers suffice. None is evaluated: the winner costs nothing there.
MADE_UP = ("cost", "suite", "suite_101")
MADE_UP_CHANGES = {
    "signals": ["chirp", "gaussian_peak", "logistic_step", "pendulum", "runge"],
    "estimators": {"include": {"name": [*ESTIMATORS, "gaussian_process_warped"]}},
}


class Prompt:
    """Runs commands in `folder`; those of `tiltyard` and `snakemake` without starting anew."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.site = folder / "site-packages"
        programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self.environment = {
            **os.environ,
            "PATH": programs,  # commands start commands
            "PYTHONPATH": f"{ROOT / 'python'}{os.pathsep}{os.environ.get('PYTHONPATH', '')}",
            "COLUMNS": "200",
            "MPLBACKEND": "agg",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",  # it would ask the network
        }
        self.commands = Commands(self.environment)

    def stop(self) -> None:
        self.commands.stop()

    def run(self, words: list[str], anew: bool = False) -> tuple[int, str]:
        """Exit status of a command, and what it said.

        `anew` starts a process, which finds what was installed into `site` meanwhile.
        """
        if anew or words[0] not in ("tiltyard", "snakemake", "python"):
            paths = f"{self.site}{os.pathsep}{self.environment['PYTHONPATH']}"
            done = subprocess.run(
                words,
                cwd=self.folder,
                env={**self.environment, "PYTHONPATH": paths} if anew else self.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            return done.returncode, done.stdout
        said = self.folder / ".said"
        status = self.commands.run(words, self.folder, self.environment, said)
        return status, said.read_text(encoding="utf-8", errors="replace")

    def must(self, *words: str) -> str:
        """Run a command that must succeed."""
        status, said = self.run(list(words))
        assert status == 0, f"{' '.join(words)}: exit status {status}\n{said}"
        return said


@pytest.fixture(scope="module")
def prompt(tmp_path_factory):
    """A prompt in a checkout whose studies are small; the default one is finished."""
    folder = tmp_path_factory.mktemp("checkout")
    for path in ROOT.iterdir():
        if path.name not in OWN:
            (folder / path.name).symlink_to(path)
    shutil.copytree(ROOT / "workflow", folder / "workflow")
    write_studies(folder / "config")
    write_package(folder / "mine")
    write_brought(folder)
    (vessel,) = [block for block in blocks("text") if block.title == "vessel.csv"]
    (folder / "vessel.csv").write_text(vessel.text, encoding="utf-8")
    found = Prompt(folder)
    for group in ([], ["alleles"], ["reads"], ["spatial"]):  # pages use the files in any sequence
        found.must("tiltyard", *group, "example")
    finish_default_study(found)
    for name in MADE_UP:
        arguments = ("--config", f"config/{name}.yaml", "--results", f"results/{name}")
        found.must("tiltyard", "rehearse", *arguments)
        found.must("tiltyard", "merge", *arguments)
        if name == "cost":
            found.must("tiltyard", "prepare", *arguments)
            found.must("tiltyard", "statistics", *arguments)
    yield found
    found.stop()


def write_studies(folder: Path) -> None:
    """The configurations of this repository, shortened, and the tutorial's own."""
    folder.mkdir()
    shutil.copytree(ROOT / "config" / "pipelines", folder / "pipelines")
    for path in (ROOT / "config").glob("*.yaml"):
        config = yaml.safe_load(path.read_text(encoding="utf-8"))
        if config.get("kind", DEFAULT) == DEFAULT:
            config |= SMALLER
        for key, most in MOST.items():
            if key in config:
                config[key] = config[key][:most]
        if path.stem in MADE_UP:
            config |= MADE_UP_CHANGES
        (folder / path.name).write_text(yaml.safe_dump(config))
    (mine,) = [block for block in blocks("yaml") if block.page == "tutorial.md"]
    config = yaml.safe_load(mine.text)
    (folder / "mine.yaml").write_text(yaml.safe_dump({**config, "julia": False}))
    (folder / "mine_alleles.yaml").write_text(titled("config/mine_alleles.yaml"))


def write_package(folder: Path) -> None:
    """The package of the page on adding an estimator."""
    folder.mkdir()
    (folder / "pyproject.toml").write_text(titled("mine/pyproject.toml"))
    (folder / "my_estimators.py").write_text(titled("polynomial_least_squares.py"))


def finish_default_study(prompt: Prompt) -> None:
    """Datasets, evaluations and tables of the default study, by the commands of its rules."""
    config = yaml.safe_load((prompt.folder / "config" / "config.yaml").read_text())
    ids = [
        f"{signal}-n{samples}-gaussian-{level:.0e}-t1"
        for signal in config["signals"]
        for samples in config["samples"]
        for level in config["noise_levels"]
    ]
    prompt.must("tiltyard", "prepare")
    receipts = "results/default/receipts"
    prompt.must("tiltyard", "dataset", *ids, "--receipt", f"{receipts}/datasets_all.json")
    prompt.must("tiltyard", "evaluate", *ids, "--receipt", f"{receipts}/evaluations_all.json")
    prompt.must("tiltyard", "merge", "--complete")
    prompt.must("tiltyard", "statistics")
    prompt.must("tiltyard", "manifest")
