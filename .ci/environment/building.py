"""Build an environment in the folder aside: from the present one or from nothing, as locked."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path

import sources
import wanted
from place import KEEP, Place, Refused, relocate

BESIDE = Path(__file__).resolve().parent
FULL = re.compile("No space left on device|Disk quota exceeded")
#: Megabytes to download for a study, and for everything, on x86-64.
DOWNLOAD = (400, 550)
WRONG_FILE = re.compile("hash mismatch|do not match the hashes", re.I)
# A third of the code is the packages' own tests, and what is never imported.
NOT_COMPILED = (
    r"site-packages/(.*/tests?|plotly/(graph_objs|validators)|mypyc?|fontTools|docutils|backrefs"
    r"|pygments/lexers)/"
)


def say(text: str) -> None:
    """Tell what is being done."""
    print(f"==> {text}", flush=True)


class Building:
    """The building of one environment.

    Parameters
    ----------
    root
        The checkout.
    place
        Where the environment lies.
    pythons
        The Python to make one from, and the oldest that will do.
    needed
        Extras that it must have. It gets those too that the present one has: who goes to and fro
        between two studies waits for neither twice.
    shared
        A descriptor that processes inherit: while one of them lives, no other set-up begins.
    """

    def __init__(
        self, root: Path, place: Place, pythons: tuple[str, str], needed: list[str], shared: int
    ) -> None:
        self.root, self.place, self.shared = root, place, shared
        self.python, self.oldest = pythons
        self.recorded = wanted.recorded(place.venv)
        present = {line.split()[1] for line in self.recorded if line.startswith("lock ")}
        self.extras = sorted({*needed, *(present & {*wanted.all_extras(root)})})
        self.aside, self.there = place.aside, place.aside / "bin" / "python"
        self.environment = sources.plain_environment()

    # Programs

    def run(self, command: list[str | Path], more: dict[str, str] | None = None) -> str | None:
        """Run a program to its end, and return None if all went well, else what it said."""
        try:
            child = subprocess.Popen(
                command,
                env=self.environment | (more or {}),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(self.shared,),
                process_group=0,  # it ends when, and as, this one decides
            )
        except OSError as error:  # a program of another kind of machine, say
            return str(error)
        with child:
            try:
                said, _ = child.communicate()
            except BaseException:
                os.killpg(child.pid, signal.SIGKILL)
                raise
        text = said.decode(errors="replace").strip()
        return None if child.returncode == 0 else text or f"it ended with {child.returncode}"

    def ask(self, command: list[str | Path]) -> str | None:
        """What a short program prints; None if it fails."""
        try:
            return subprocess.run(
                command, env=self.environment, capture_output=True, text=True, check=True
            ).stdout
        except (OSError, subprocess.CalledProcessError):
            return None

    def must(self, problem: str | None, what: str) -> None:
        """Give up where there is a `problem`; `what` says what it is, and what to do."""
        if problem is None:
            return
        print(problem, file=sys.stderr)
        raise Refused(full_disk(self.place) if FULL.search(problem) else what)

    # Steps

    def version(self, python: Path) -> str | None:
        """Python's version as in ``3.11``, of an environment that can be used; else None."""
        show = 'import sys; print("%d.%d" % sys.version_info[:2])'
        version = (self.ask([python, "-I", "-S", "-c", show]) or "").strip()
        packages = python.parents[1] / "lib" / f"python{version}" / "site-packages"
        old = not version or numbers(version) < numbers(self.oldest)
        return None if old or not packages.is_dir() else version

    def begin(self) -> None:
        """Fill the folder aside: with what is there where that can be used, or from nothing."""
        venv = self.place.venv
        if self.version(venv / "bin" / "python"):
            (venv / KEEP).unlink(missing_ok=True)
            self.place.copy()
            return
        self.recorded = []
        if venv.is_dir() and self.place.contents(venv):
            if not (venv / "pyvenv.cfg").exists():
                raise Refused(
                    f"{venv} is no virtual environment (it has no pyvenv.cfg), and not empty. Move "
                    "it away, and run the same command again."
                )
            (venv / KEEP).touch()
            say(f"The Python of .venv is gone, or older than {self.oldest}: making another .venv")
        name = self.ask([self.python, "--version"]) or self.python
        say(f"Making .venv with {name.strip()}")
        # Without pip, because Debian moves what venv needs for it to the package python3-venv.
        command = [self.python, "-m", "venv", "--without-pip", "--prompt=.venv", self.aside]
        self.must(
            self.run(command),
            f"{self.python} could not make a virtual environment (its message is above). On "
            "Debian, apt-get install python3-venv gives it what it needs.",
        )

    @cached_property
    def pip(self) -> list[str]:
        """The command of a pip that installs into the folder aside."""
        own = [str(self.there), "-I", "-m", "pip"]
        if self.ask([*own, "--version"]):
            return own
        if self.ask([self.python, "-P", "-m", "pip", "--version"]):
            return [self.python, "-P", "-m", "pip", "--python", str(self.there)]
        if self.ask([self.there, "-I", "-m", "ensurepip"]):
            return own
        raise Refused(
            f"{self.python} has no pip. Install it (Debian: apt-get install python3-pip), or name "
            "a Python that has it with make PYTHON=/path/to/python."
        )

    @property
    def locks(self) -> list[str]:
        """Lock files of what the environment gets."""
        return [wanted.lock(extra) for extra in self.extras]

    def names(self, extras: Iterable[str]) -> set[str]:
        """Names of the packages that `extras` lock."""
        texts = [(self.root / wanted.lock(extra)).read_text("utf-8") for extra in extras]
        return {name for text in texts for name in re.findall(r"^[\w.-]+(?===)", text, re.M)}

    def install(self, new: list[str]) -> None:
        """Install what is locked; `new` are the extras that are not there as they are locked.

        The lock files are complete, so no other package is asked for, and they have the same
        version of a package. uv installs in a third of pip's time; pip brings uv, and takes its
        place where there is none for this machine.
        """
        there = self.names({*self.extras} - {*new})
        count = len(self.names(new) - there)
        settings = sources.of_pip(self.pip)
        for_pip, for_uv = sources.for_pip(settings), sources.for_uv(settings)
        if there:
            what = f"that {listed(new)} {'adds' if len(new) == 1 else 'add'}"
        else:
            size = DOWNLOAD["dev" in self.extras]
            what = f"of {listed(new)} (about {size} MB to download the first time)"
        if count:
            say(f"Installing the {count} packages {what}")
        files = [word for lock in self.locks for word in ("-r", lock)]

        def with_uv(again: list[str]) -> str | None:
            uv = self.aside / "bin" / "uv"
            if not self.ask([uv, "--version"]):
                entry = self.aside / "uv.lock"
                text = Path(wanted.lock("setup")).read_text("utf-8")
                entry.write_text("".join(re.findall(r"^uv==(?:.*\\\n)*.*\n", text, re.M)), "utf-8")
                if said := self.run([*self.pip, "install", *quiet, *exactly, "-r", entry], for_pip):
                    return said
                entry.unlink()
            only = [f"--reinstall-package={name}" for name in again]
            command = [uv, "pip", "install", "--quiet", "--python", self.there, *exactly, *only]
            return self.run([*command, *files], for_uv)

        def with_pip(again: list[str]) -> str | None:
            anew = ["--force-reinstall"] if again else []
            command = [*self.pip, "install", *quiet, *exactly, *anew, "--no-compile"]
            return self.run([*command, *files], for_pip)

        exactly, quiet = ["--require-hashes", "--no-deps"], ["-qq", "--progress-bar=off"]
        self.until_right(with_uv, with_pip)
        say("Compiling bytecode")
        # Python would do it at the first import, but where PYTHONDONTWRITEBYTECODE is set at every
        # one. Some packages ship templates that do not compile, so that a failure is none.
        compiling = [self.there, "-I", "-m", "compileall", "-q", "-q", "-j", "0"]
        place = ["-s", self.aside, "-p", self.place.venv, "-x", NOT_COMPILED]
        self.run([*compiling, *place, self.aside / "lib"])

    def until_right(self, *ways: Callable[[list[str]], str | None]) -> None:
        """Install in the first way that does, and look at what is there then."""
        problem = with_this = None
        for with_this in ways:
            problem = with_this([])
            if not problem or FULL.search(problem) or WRONG_FILE.search(problem):
                break
            if with_this is not ways[-1]:
                say("uv cannot install them; pip does")
        self.must(
            problem,
            "what requirements/ locks could not be installed (the message is above). Without a "
            "network, give pip a mirror or a folder of wheels in its own configuration, or run the "
            "same command again when there is one; if a hash differs, that file is not the one "
            "that was locked; if a package in .venv is damaged, begin anew: mv .venv .venv.before.",
        )
        wrong = self.look()["wrong"]
        if wrong:
            named = "; ".join(f"{name}: {what}" for name, what in sorted(wrong.items()))
            say(f"Installing again what is not as it was locked: {named}")
            self.must(with_this(list(wrong)), "it could not be installed again, see above.")
            wrong = self.look()["wrong"]
        if wrong:
            named = "; ".join(f"{name} {what}" for name, what in sorted(wrong.items()))
            raise Refused(f"after the installation, {named}.")

    def look(self) -> dict[str, dict[str, str]]:
        """What is wrong in the folder aside, and what it has beside the lock."""
        said = self.ask([self.there, "-I", BESIDE / "looking.py", *self.locks])
        if said is None:
            raise Refused("the installed packages cannot be looked at: packaging is not there.")
        return json.loads(said)

    def add_project(self) -> None:
        """Install Tiltyard itself, in place: an edited file needs no new installation."""
        say("Installing tiltyard from this folder")
        options = ["--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--editable", "."]
        self.must(
            self.run([*self.pip, "install", *options]),
            "pip could not install this folder (its message is above): most likely pyproject.toml "
            "has a mistake.",
        )
        if not (self.aside / "bin" / "tiltyard").exists():
            raise Refused("pip says that it installed this folder, and there is no tiltyard.")
        self.run([self.there, "-I", "-m", "compileall", "-q", "python"])

    def compile(self, extras: list[str]) -> None:
        """Compile what `extras` would compile at their first use; it is done then if this fails."""
        for extra, function in wanted.compiling(self.root, extras).items():
            say(f"Compiling the kernels of {extra}")
            module, _, name = function.partition(":")
            self.run([self.there, "-I", "-c", f"from {module} import {name}; {name}()"])

    def lost(self) -> list[str]:
        """What the environment to be replaced has beside the lock, as pip would install it."""
        found: dict[str, str] = {}
        for packages in self.place.venv.glob("lib/python3*/site-packages"):
            command = [self.there, "-I", BESIDE / "looking.py", *self.locks, packages]
            found |= json.loads(self.ask(command) or '{"beside": {}}')["beside"]
        return sorted(found.values())

    def work(self) -> None:
        """All steps, up to the swap."""
        self.begin()
        locks = dict(zip(self.extras, wanted.lines_of_locks(self.root, self.extras), strict=True))
        if new := [extra for extra, line in locks.items() if line not in self.recorded]:
            self.install(new)
        project = wanted.line_of_project(self.root)
        if project not in self.recorded:
            self.add_project()
        self.compile(new)
        version = self.version(self.there)
        formers, was = self.formers()
        relocate(self.aside, self.place.venv, formers, self.root, was)
        lines = [f"python {version}", f"place {self.place.venv}", *locks.values(), project]
        record = "".join(f"{line}\n" for line in lines)
        (self.aside / f"{wanted.RECORD}.new").write_text(record, "utf-8", "surrogateescape")
        (self.aside / f"{wanted.RECORD}.new").rename(self.aside / wanted.RECORD)

    def formers(self) -> tuple[set[Path], Path]:
        """Places for which the commands aside may have been written, and the checkout's former."""
        text = "\n".join(self.recorded)
        place = re.search(r"^place (.*)$", text, re.M)
        project = re.search(wanted.OF_PROJECT, text, re.M)
        before = Path(place[1]) if place else self.place.venv
        # Earlier versions recorded no checkout; its environment lay in it.
        was = Path(project[1]) if project else before.parent if place else self.root
        return {self.aside, before}, was


def listed(words: list[str]) -> str:
    """Words as in ``one, two and three``."""
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def numbers(version: str) -> tuple[int, ...]:
    """A version, to be compared."""
    return tuple(map(int, version.split(".")))


def full_disk(place: Place) -> str:
    """What to say where a disk is full."""
    free = shutil.disk_usage(place.aside.parent).free // 2**20
    return (
        f"a disk is full; that of {place.aside.parent} has {free} MB left. An environment takes "
        "1.7 GB, and the downloads 1 GB in pip's and uv's caches (PIP_CACHE_DIR, UV_CACHE_DIR, "
        "TMPDIR). Make room; or make a folder on a larger disk, and .venv a link to it (ln -s)."
    )
