"""An official build of Julia, fetched by jill where the network allows it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tiltyard.studies.derivatives.julia.installing import InstallError, need, say

#: The long-term release, the newest that PyJulia 0.6.2 can start: 1.11 and 1.12 dropped entry
#: points that it looks up in libjulia (see ``selftest``).
RELEASE = "1.10"

#: Where the executable is in the folder that `fetch_official_julia` returns.
EXECUTABLE = Path("bin", "julia")

#: Seconds without a new byte on the disk after which the network counts as closed.
PATIENCE = 45.0

#: Seconds that the whole download may take.
LIMIT = 1800.0


def fetch_official_julia(scratch: Path) -> Path:
    """Download, verify and unpack the official build with jill.

    Parameters
    ----------
    scratch : Path
        An empty folder, for the result and everything on the way.

    Returns
    -------
    Path
        The folder that holds `EXECUTABLE`, inside `scratch`.

    Raises
    ------
    InstallError
        If jill or gpg is missing, or the download fails or stands still for `PATIENCE`.
    """
    need("gpg", "jill verifies the official build with it; install gnupg")
    say(f"asking jill for the official build of Julia {RELEASE}")
    log = scratch / "jill.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            _command(scratch),
            cwd=scratch,
            env={**os.environ, "TMPDIR": str(scratch), "PYTHONWARNINGS": "ignore"},
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        _wait(process, scratch)
    found = sorted((scratch / "install").glob(f"*/{EXECUTABLE}"))
    if not found:
        raise InstallError(f"jill brought no official build: {_last_line(log)}")
    return found[-1].parents[len(EXECUTABLE.parts) - 1]


def _command(scratch: Path) -> list[str]:
    """Return jill's command, with options that keep all its files inside `scratch`."""
    options = ["--confirm", "--reinstall", "--skip_symlinks"]
    folders = ["--install_dir", str(scratch / "install"), "--symlink_dir", str(scratch / "links")]
    return [sys.executable, "-P", "-m", "jill", "install", RELEASE, *options, *folders]


def _wait(process: subprocess.Popen[bytes], scratch: Path) -> None:
    """Wait for `process` while `scratch` grows; kill its group if it stalls or on an interrupt."""
    start = moved = time.monotonic()
    size = -1
    try:
        while process.poll() is None:
            time.sleep(0.2)
            now, before, size = time.monotonic(), size, _size(scratch)
            if size != before:
                moved = now
            if now - moved > PATIENCE:
                raise InstallError(f"jill got nothing from the network for {PATIENCE:.0f} s")
            if now - start > LIMIT:
                raise InstallError(f"jill's download took more than {LIMIT / 60:.0f} minutes")
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _size(folder: Path) -> int:
    """Return the bytes in `folder`; files may come and go meanwhile."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(parent, name)).st_size
            except FileNotFoundError:
                continue
    return total


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1].strip() if lines else "it printed nothing"
