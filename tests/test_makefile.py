"""What make says and sets, with programs in the place of Snakemake and Tiltyard."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def checkout(tmp_path):
    """A checkout whose programs write down how they are called; no environment is set up."""
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / "Makefile", tmp_path)
    program(tmp_path / ".ci" / "setup", "echo set up >> said")
    for name in ("snakemake", "tiltyard"):
        program(tmp_path / ".venv" / "bin" / name, f'echo {name}; printf "%s|" "$@" >> said')
    return tmp_path


def program(path, text):
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)


def make(checkout, *words, before=(), **variables):
    environment = {"PATH": os.environ["PATH"], "HOME": str(checkout), "LOGNAME": "me", **variables}
    command = [*before, "make", *words]
    return subprocess.run(
        command, cwd=checkout, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("target", ["study", "bench", "pictures"])
def test_a_configuration_that_is_not_there_is_named_before_anything_is_done(checkout, target):
    (checkout / "config").mkdir()
    (checkout / "config" / "mine.yaml").touch()
    done = make(checkout, "-j2", target, "CONFIG=config/mien.yaml")
    assert done.returncode == 2
    assert f"make {target}: there is no file config/mien.yaml" in done.stderr
    assert "There are: config/mine.yaml." in done.stderr
    assert not (checkout / "said").exists()


@pytest.mark.parametrize("cores", ["0", "3x", "-1", "it's"])
def test_cores_that_are_no_number_are_named_before_anything_is_done(checkout, cores):
    done = make(checkout, "pilot", f"CORES={cores}")
    assert done.returncode == 2
    assert f"CORES={cores}: it is a number from 1, or all." in done.stderr
    assert not (checkout / "said").exists()


def test_a_configuration_may_have_any_name(checkout):
    name = 'my study\'s "own", file.yaml'
    (checkout / name).touch()
    done = make(checkout, "study", f"CONFIG={name}")
    assert done.returncode == 0, done.stderr
    said = (checkout / "said").read_text()
    assert f"julia|--install|--compile|--config|{name}|" in said
    assert f"--configfile|{name}|" in said


def test_the_closing_words_name_unlock_where_a_lock_is_left(checkout):
    program(checkout / ".venv" / "bin" / "snakemake", "exit 1")
    (checkout / ".snakemake" / "locks").mkdir(parents=True)
    assert "run the same command again" in make(checkout, "pilot").stderr
    assert "--unlock" not in make(checkout, "pilot").stderr
    (checkout / ".snakemake" / "locks" / "0.input.lock").touch()
    assert "unlock it: .venv/bin/snakemake --unlock." in make(checkout, "pilot").stderr
    shutil.move(checkout / ".snakemake", checkout / "elsewhere" / ".snakemake")
    for option in ("--directory elsewhere", "--directory=elsewhere", "-d elsewhere"):
        said = make(checkout, "pilot", f"ARGS={option}").stderr
        assert "snakemake --unlock --directory elsewhere." in said


def test_a_user_without_name_and_home_gets_both(checkout):
    """As in containers. `setpriv` needs root, and so the test."""
    shows = 'echo "$LOGNAME $XDG_CACHE_HOME $MPLCONFIGDIR $HOME"'
    program(checkout / ".venv" / "bin" / "snakemake", shows)
    assert f"me   {checkout}\n" in make(checkout, "pilot").stdout  # nothing else is set
    nameless = ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups"]
    if not shutil.which("setpriv") or os.geteuid():
        pytest.skip("only root may take another user's id")
    for folder in (checkout, *checkout.parents):
        if folder.stat().st_uid == 0 and "pytest" in str(folder):
            folder.chmod(0o755)
    (checkout / "said").unlink()
    checkout.chmod(0o777)
    cache = checkout / ".cache" / "home"
    for home, shown in (("/nothing", "/nothing"), ("", str(cache))):
        done = make(checkout, "pilot", before=nameless, HOME=home, LOGNAME="")
        assert f"uid54321 {cache} {cache}/matplotlib {shown}\n" in done.stdout, done.stderr
