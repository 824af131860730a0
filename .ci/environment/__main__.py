"""Set .venv up: build the environment aside, look at it, and swap it in when it is whole.

Called by .ci/setup as ``python -I .ci/environment PYTHON OLDEST [CONFIG]`` in the checkout: the
Python to make an environment from, the oldest that will do, and the configuration of the study that
it is for; without one it is for everything. Standard library only.

Until the swap, which is one step of the file system, the environment that was there is not touched:
a full disk, a lost network, an interruption or a fault in the lock leave it as it was.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

import configuration
import sources
import wanted
from building import FULL, Building, full_disk, say
from place import KEEP, Place, Refused


class Interrupted(BaseException):
    """A signal asks to end."""


def end(number: int, _frame: object) -> None:
    """End as a signal asks, once."""
    heed_signals(signal.SIG_IGN)
    raise Interrupted(number)


def heed_signals(how: Any) -> None:
    """Let what asks to end be handled by `how`, but what is ignored already (nohup)."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(each) is not signal.SIG_IGN:
            signal.signal(each, how)


def users(venv: Path) -> list[str]:
    """Processes that were started from the environment, as in ``snakemake (1234)``."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            program = Path(os.readlink(folder / "cwd"), os.fsdecode(words[0]))
        except OSError:
            continue
        ours = os.path.realpath(program.parent) == str(venv / "bin")
        if ours and int(folder.name) != os.getpid():
            script = (word for word in words[1:] if word and not word.startswith(b"-"))
            name = Path(os.fsdecode(next(script, words[0]))).name
            found.append(f"{name} ({folder.name})")
    return sorted(found)


def check_owner(root: Path, place: Place) -> None:
    """Refuse an environment that another checkout uses, through a link."""
    for line in wanted.recorded(place.venv):
        if found := re.match(wanted.OF_PROJECT, line):
            other = Path(found[1])
            its = os.path.realpath(other / ".venv")
            if other.is_dir() and not other.samefile(root) and its == str(place.venv):
                raise Refused(
                    f"{place.venv} is the environment of {other} too. Make .venv a link to "
                    "another folder, or remove the link."
                )


def set_up(root: Path, python: str, oldest: str, config: str | None) -> None:
    """Bring the environment of the checkout `root` up to date."""
    extras = wanted.needed(root, config)
    place = Place(root / ".venv")
    check_owner(root, place)
    with place.locked("==> Another set-up is at work; waiting for it") as shared:
        place.tidy()
        job = Building(root, place, (python, oldest), extras, shared)
        present = job.version(place.venv / "bin" / "python")
        if present and wanted.is_current(root, place.venv, present, extras):
            return  # another has done it
        try:
            job.work()
            lost = job.lost() if (place.venv / KEEP).exists() else []
        except BaseException:
            shutil.rmtree(place.aside, ignore_errors=True)
            (place.venv / KEEP).unlink(missing_ok=True)
            raise
        running = users(place.venv)
        heed_signals(signal.SIG_IGN)
        place.swap()
        if running:
            say(f"From now on these use the new .venv for what they start: {', '.join(running)}")
        if kept := place.put_away():
            say(f"The former .venv is now {kept}: delete it when you need nothing of it")
        if lost:
            say("Not carried over, because the former Python is gone:")
            print(f"    .venv/bin/python -m pip install {' '.join(lost)}", flush=True)
        versions = [job.ask([place.venv / "bin" / "python", "-I", "-c", READY]) or ""]
        say(f"Ready: {versions[0].strip()}, in .venv")


READY = (
    "import platform; from importlib.metadata import version; "
    "print(f\"Python {platform.python_version()}, Snakemake {version('snakemake')}\")"
)


def main(python: str, oldest: str, config: str | None = None) -> int:
    """Set up, and say why where that fails."""
    root = Path.cwd()
    heed_signals(end)
    had = (root / ".venv" / wanted.RECORD).exists()
    try:
        set_up(root, python, oldest, config)
        return 0
    except (Refused, wanted.Mistaken, configuration.Unreadable, sources.Unreadable) as error:
        text, status = str(error), 1
    except Interrupted as error:
        text, status = "it was interrupted. Run the same command again.", 128 + error.args[0]
    except OSError as error:
        text, status = f"{error}"[:300] + ".", 1  # shutil's may name every file of a folder
        if error.errno in (errno.ENOSPC, errno.EDQUOT) or FULL.search(str(error)):
            text = full_disk(Place(root / ".venv"))
    as_it_was = " The .venv that was there is as it was." if had else ""
    print(f"Tiltyard is not set up: {text}{as_it_was}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
