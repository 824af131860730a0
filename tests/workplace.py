"""Real runs of Snakemake in a temporary folder, with test-only estimators as installed packages."""

import contextlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow.parquet as pq
import yaml
from commands import COMMANDS

ROOT = Path(__file__).parents[1]
TIMES = ("cpu_seconds", "wall_seconds", "warm_up_seconds", "peak_memory")
PLUGINS = Path(__file__).parent / "workflow" / "plugins"
#: The smallest study that the schema takes.
TINY = {
    "study": "tiny",
    "seed": 1,
    "julia": False,
    "signals": ["runge"],
    "samples": [20],
    "noise_levels": [0.1],
    "trials": 2,
}


def processes_with(*settings: str) -> list[int]:
    """Ids of the processes with one of `settings`, as ``NAME=value``, in their environment.

    Processes inherit it from the one that started them, whatever they are called; psutil does not
    see that of a process which, like slurmstepd, renames itself.
    """
    wanted = {setting.encode() for setting in settings}
    found = []
    for file in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):  # it has ended, or is another user's
            if wanted & set(file.read_bytes().split(b"\0")):
                found.append(int(file.parent.name))
    return found


@dataclass
class Workplace:
    """A folder in which Snakemake runs the project's Snakefile with a configuration of its own."""

    folder: Path
    config: dict
    environment: dict = field(default_factory=dict)
    said: str = ""

    @property
    def results(self) -> Path:
        return self.folder / "results" / self.config["study"]

    def command(self, *arguments: str) -> list[str]:
        path = self.folder / "config.yaml"
        path.write_text(yaml.safe_dump(self.config))
        return [
            *(sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")),
            *("--directory", str(self.folder), "--configfile", str(path)),
            *arguments,
        ]

    def environ(self) -> dict[str, str]:
        bin_folder = Path(sys.executable).parent
        path = f"{bin_folder}{os.pathsep}{os.environ['PATH']}"
        before = [path for path in [os.environ.get("PYTHONPATH")] if path]
        plugins = os.pathsep.join([str(self.folder / "site"), *before])
        return {**os.environ, "PATH": path, "PYTHONPATH": plugins, **self.environment}

    def snakemake(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run Snakemake, forked from a process that has imported it."""
        said, errors = self.folder / ".said", self.folder / ".errors"
        command = self.command(*arguments)
        words = command[command.index("snakemake") :]
        status = COMMANDS.run(words, self.folder, self.environ(), said, errors)
        texts = [file.read_text(encoding="utf-8", errors="replace") for file in (said, errors)]
        return subprocess.CompletedProcess(command, status, *texts)

    def run(self, *arguments: str) -> str:
        """Run Snakemake, require success, and return what it printed."""
        done = self.snakemake("--cores", "2", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr + self.logs()
        return done.stdout + done.stderr

    def logs(self) -> str:
        """Every log that is there; Snakemake removes that of a job which it starts again."""
        said = []
        for file in sorted(self.folder.glob("results/*/logs/**/*.log")):
            with contextlib.suppress(FileNotFoundError):
                said.append(f"== {file.name}\n{file.read_text()}")
        return "\n".join(said)

    def rows(self) -> list[dict]:
        return pq.read_table(self.results / "results.parquet").to_pylist()

    def scores(self) -> dict[str, list[str]]:
        """Everything in the merged table but times and memory; the text of a number is exact."""
        table = pq.read_table(self.results / "results.parquet")
        kept = [name for name in table.column_names if name not in TIMES]
        return {name: list(map(repr, table[name].to_pylist())) for name in kept}

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start Snakemake in a process group of its own; its messages go to the file `said`."""
        with (self.folder / "said").open("w") as said:
            return subprocess.Popen(
                self.command(*arguments),
                env=self.environ(),
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def tiltyard(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command `tiltyard` in the workplace."""
        return subprocess.run(
            [str(Path(sys.executable).parent / "tiltyard"), *arguments],
            cwd=self.folder,
            env=self.environ(),
            capture_output=True,
            text=True,
            check=False,
        )

    def copy(self, name: str) -> None:
        """Put the test-only module `name` beside what is installed."""
        shutil.copy(PLUGINS / f"{name}.py", self.folder / "site")

    def install(self, name: str, group: str = "tiltyard.estimators", point: str = "") -> None:
        """Install a test-only package `name`, as pip would, for this workplace alone.

        Its entry point in `group` is `point`, or the package itself.
        """
        package = self.folder / "site" / name
        package.mkdir(parents=True)
        shutil.copy(PLUGINS / f"{name}.py", package / "__init__.py")
        points = f"[{group}]\n{name} = {point or name}\n"
        if (PLUGINS / f"{name}.jl").exists():
            shutil.copy(PLUGINS / f"{name}.jl", package)
            points += f"[tiltyard.julia_estimators]\n{name} = {name}\n"
        facts = self.folder / "site" / f"{name}-1.0.dist-info"
        facts.mkdir()
        (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (facts / "entry_points.txt").write_text(points)
