"""A made-up checkout, to set up with locks of small packages: no network is needed."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from wheels import write_wheel

ROOT = Path(__file__).resolve().parents[1]
#: The uv that is installed beside the tests' Python.
UV = Path(sys.executable).with_name("uv")
#: Builds the project of a made-up checkout: one command, and one path in site-packages.
BACKEND = """
import os
from wheels import write_wheel

def build_editable(folder, config_settings=None, metadata_directory=None):
    return write_wheel(folder, "tiltyard", "1", {"tiltyard_path.pth": os.getcwd()}, "tiltyard")
"""
#: Two extras for every study, and two that some need.
PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "tiltyard"
version = "1"
requires-python = ">=3.11"
[project.optional-dependencies]
setup = []
study = []
peers = []
alleles = []
[tool.tiltyard.extras]
every = ["setup", "study"]
kind = { derivatives = ["peers"] }
pipeline = { alleles = ["alleles"] }
compile = { alleles = "fast:warm" }
"""


class Checkout:
    """A made-up checkout, the wheels that its locks name, and a home without settings."""

    def __init__(self, top):
        self.top, self.folder, self.wheels = top, top / "a folder", top / "wheels"
        for each in (self.folder, self.wheels, top / "home", self.folder / "requirements"):
            each.mkdir()
        shutil.copytree(ROOT / ".ci", self.folder / ".ci")
        shutil.copy(ROOT / "tests" / "wheels.py", self.folder)
        (self.folder / "backend.py").write_text(BACKEND, "utf-8")
        (self.folder / "pyproject.toml").write_text(PROJECT, "utf-8")
        import packaging

        files = Path(packaging.__file__).parent.glob("*.py")
        self.locked = {extra: {} for extra in ("setup", "study", "peers", "alleles")}
        packaging = {f"packaging/{f.name}": f.read_bytes() for f in files}
        self.lock("packaging", "1", packaging, extras=("setup", "study"))
        uv = f'#!/bin/sh\nexec "{UV}" "$@"\n'
        self.lock("uv", "1", {"uv_is.py": ""}, scripts={"uv": uv}, extras=("setup",))
        self.lock("demo", "1", {"demo.py": "version = 1\n"}, command="demo")
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(top / "home"),
            "PYTHON": sys.executable,
            "PIP_FIND_LINKS": str(self.wheels),
            "PIP_NO_INDEX": "1",
        }

    @property
    def venv(self):
        return self.folder / ".venv"

    def lock(self, name, version, files, extras=("study",), **more):
        """Put a package into the locks of some extras."""
        wheel = self.wheels / write_wheel(self.wheels, name, version, files, **more)
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        for extra in extras:
            self.locked[extra][name] = f"{name}=={version} \\\n    --hash=sha256:{digest}\n"
        self.write_locks()

    def write_locks(self):
        for extra, entries in self.locked.items():
            text = "# The lock.\n" + "".join(entries.values())
            (self.folder / "requirements" / f"{extra}.lock").write_text(text, "utf-8")

    def config(self, **keys):
        """A configuration's name in the checkout."""
        name = "-".join(keys.values() or ["plain"]) + ".yaml"
        (self.folder / name).write_text("".join(f"{k}: {v}\n" for k, v in keys.items()), "utf-8")
        return name

    def installed(self):
        """Names of the packages in .venv, but for the project's own."""
        found = self.venv.glob("lib/python3*/site-packages/*.dist-info")
        return {path.name.partition("-")[0] for path in found} - {"tiltyard"}

    def start(self, folder=None, config=None, **more):
        command = ["sh", (folder or self.folder) / ".ci" / "setup", *([config] if config else [])]
        environment = self.environment | more
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env=environment, stdout=pipe, stderr=pipe, text=True)

    def set_up(self, folder=None, config=None, **more):
        process = self.start(folder, config, **more)
        out, err = process.communicate()
        return subprocess.CompletedProcess([], process.returncode, out, err)

    def succeed(self, *args, **more):
        done = self.set_up(*args, **more)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def imported(self, text="import demo; print(demo.version)", folder=None):
        python = (folder or self.folder) / ".venv" / "bin" / "python"
        return subprocess.run(
            [python, "-c", text], capture_output=True, text=True, check=False
        ).stdout.strip()

    def add(self, name="mine"):
        """Install a package beside the lock, with a command."""
        write_wheel(self.wheels, name, "1", {f"{name}.py": ""}, name)
        pip = [sys.executable, "-m", "pip", "--python", self.venv / "bin" / "python"]
        where = ["--no-index", "--find-links", self.wheels]
        subprocess.run([*pip, "install", "-q", *where, name], check=True)

    def leftovers(self):
        return sorted(p.name for p in self.folder.glob(".venv*") if p.name != ".venv.lock")
