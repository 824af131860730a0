"""The self-test: whether a julia does what the estimators rely on."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

from tiltyard.engine.files.atomic import write_text

#: Oldest version for which the estimators are written.
OLDEST = (1, 5)

#: Seconds that the self-test may take; a cold disk needs a few.
PATIENCE = 120.0

#: The first 50 digits of the square root of two, from OEIS A002193.
ROOT_OF_TWO = "1.4142135623730950488016887242096980785696718753769"

#: Functions that PyJulia 0.6.2 looks up in libjulia; Julia 1.11 and 1.12 lack some of them.
_ENTRY_POINTS = (
    "jl_atexit_hook",
    "jl_call2",
    "jl_eval_string",
    "jl_exception_clear",
    "jl_exception_occurred",
    "jl_get_field",
    "jl_is_initialized",
    "jl_parse_opts",
    "jl_printf",
    "jl_set_ARGS",
    "jl_stderr_obj",
    "jl_stderr_stream",
    "jl_typename_str",
    "jl_typeof_str",
    "jl_unbox_bool",
    "jl_unbox_float64",
    "jl_unbox_uint64",
    "jl_unbox_voidpointer",
)

# One line per fact, each printed before the next can crash. bullseye's julia package on Debian 12
# dies at an exception thrown by compiled code (libunwind 1.6), though not at one thrown at top
# level, and computes the root wrongly (libmpfr 4.2).
_PROGRAM = """
println("version ", VERSION)
@noinline thrower(x) = x > 0 ? error("thrown on purpose") : x
try
    thrower(1)
catch
    println("exception caught")
end
println("root ", sqrt(big(2.0)))
println("threads ", Threads.nthreads())
using Libdl
name = string("lib", splitext(Base.julia_exename())[1])
println("library ", Libdl.dlpath(name))
library = Libdl.dlopen(name)
lacks(symbol) = Libdl.dlsym(library, symbol; throw_error=false) === nothing
lacking = filter(lacks, [ENTRY_POINTS])
all(lacks, [:jl_init_with_image, :jl_init_with_image__threading]) &&
    push!(lacking, :jl_init_with_image)
println("lacking ", join(lacking, ","))
""".replace("ENTRY_POINTS", ", ".join(f":{name}" for name in _ENTRY_POINTS))

# Kept with every result, so that results of another version of the test do not count.
_TEST = hashlib.sha256((_PROGRAM + ROOT_OF_TWO).encode()).hexdigest()[:16]


class JuliaError(RuntimeError):
    """Julia cannot be used; the message says why and what to do."""


class JuliaBroken(JuliaError):
    """A julia exists and does not work."""


def self_test(executable: Path) -> str:
    """Run `executable` once with two threads and check what the estimators rely on.

    An exception must be caught, ``sqrt(big(2.0))`` must be right, two threads must run, and
    libjulia must be there with the entry points that PyJulia uses.

    Parameters
    ----------
    executable : Path
        A julia.

    Returns
    -------
    str
        Its version, for example ``"1.5.3"``.

    Raises
    ------
    JuliaBroken
        If it does not pass, with the reason.
    """
    try:
        process = subprocess.run(
            [str(executable), "--startup-file=no", "-e", _PROGRAM],
            env=_clean_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        reason: str | None = f"it did not finish the self-test within {PATIENCE:.0f} s"
        facts: dict[str, str] = {}
    except OSError as error:
        reason, facts = f"it does not start ({error.strerror})", {}
    else:
        facts = dict(line.partition(" ")[::2] for line in process.stdout.splitlines())
        reason = _complaint(facts, _last_words(process))
    if reason is not None:
        raise JuliaBroken(f"{executable} cannot be used: {reason}")
    return facts["version"]


def _clean_environment() -> dict[str, str]:
    """Return the environment with two Julia threads, without paths of other packages or caches."""
    unwanted = {"JULIA_PROJECT", "JULIA_LOAD_PATH", "JULIA_DEPOT_PATH"}
    kept = {name: value for name, value in os.environ.items() if name not in unwanted}
    return kept | {"JULIA_NUM_THREADS": "2"}


def _last_words(process: subprocess.CompletedProcess[str]) -> str:
    """Return how the process ended, with its first line on stderr."""
    lines = [line.strip() for line in process.stderr.splitlines() if line.strip()]
    return f"status {process.returncode}" + (f", {lines[0]}" if lines else "")


def _complaint(facts: dict[str, str], ending: str) -> str | None:
    """Return what is wrong with the self-test's `facts`, or None if nothing is."""
    if "version" not in facts:
        return f"it does not run a program ({ending})"
    version = facts["version"]
    if _numbers(version) < OLDEST:
        return f"it is version {version}, and Tiltyard needs {OLDEST[0]}.{OLDEST[1]} or later"
    if facts.get("exception") != "caught":
        return f"it dies when an exception is thrown ({ending})"
    if not facts.get("root", "").startswith(ROOT_OF_TWO):
        return f"it computes sqrt(big(2.0)) as {facts.get('root', 'nothing')} ({ending})"
    if facts.get("threads") != "2":
        return f"it runs {facts.get('threads', 'no')} threads when told to run 2"
    if "library" not in facts:
        return f"its library libjulia.so is missing; Debian has it in libjulia-dev ({ending})"
    if "lacking" not in facts:
        return f"it does not finish the self-test ({ending})"
    if facts["lacking"]:
        return f"PyJulia needs {facts['lacking']} of libjulia, which {version} lacks; 1.10 has it"
    return None


def _numbers(version: str) -> tuple[int, ...]:
    """Return ``(1, 10)`` for ``"1.10.4"``, and ``()`` for a text without digits."""
    return tuple(int(digits) for digits in re.findall(r"\d+", version)[:2])


class SelfTestRecord:
    """Results of self-tests, kept in a file, so that a job need not run the self-test again.

    A result counts as long as the executable's path, size and modification time and the
    self-test itself are unchanged.

    Parameters
    ----------
    file : Path
        Path of the results, as JSON; a file that cannot be read counts as empty, and one that
        cannot be written (another user's project) is left as it is.
    """

    def __init__(self, file: Path) -> None:
        self.file = file

    def self_test(self, executable: Path, *, trust_failure: bool = False) -> str:
        """Return the version of `executable`, tested now or earlier.

        Parameters
        ----------
        executable : Path
            A julia.
        trust_failure : bool
            Whether a kept failure is raised again; if not, the julia is tested anew, since the
            cause of the failure may be gone.

        Raises
        ------
        JuliaBroken
            If it does not pass.
        """
        known = self._known(executable)
        if known is not None and "version" in known:
            return str(known["version"])
        if known is not None and trust_failure:
            raise JuliaBroken(str(known["reason"]))
        try:
            version = self_test(executable)
        except JuliaBroken as failure:
            self._write(executable, reason=str(failure))
            raise
        self._write(executable, version=version)
        return version

    def forget_failures(self) -> None:
        """Drop the failures, before an installation looks again."""
        self._replace({path: entry for path, entry in self._read().items() if "version" in entry})

    def _known(self, executable: Path) -> dict[str, Any] | None:
        entry = self._read().get(str(executable))
        if entry is None or _fingerprint(executable).items() <= entry.items():
            return entry
        return None

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            entries = json.loads(self.file.read_text())
            return {str(path): dict(entry) for path, entry in entries.items()}
        except (OSError, ValueError, AttributeError, TypeError):
            return {}

    def _write(self, executable: Path, **result: str) -> None:
        self._replace(self._read() | {str(executable): _fingerprint(executable) | result})

    def _replace(self, entries: dict[str, dict[str, Any]]) -> None:
        with suppress(OSError):  # without the file the self-test only runs again
            write_text(self.file, json.dumps(entries, indent=2) + "\n")


def _fingerprint(executable: Path) -> dict[str, Any]:
    """Return facts of `executable` and of the self-test that change when either is replaced."""
    try:
        status = executable.stat()
    except OSError:
        return {"test": _TEST, "size": None, "mtime_ns": None}
    return {"test": _TEST, "size": status.st_size, "mtime_ns": status.st_mtime_ns}
