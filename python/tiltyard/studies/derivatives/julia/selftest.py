"""The self-test: whether a julia does what the estimators rely on."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from tiltyard.engine.files.atomic import write_text
from tiltyard.engine.machine.facts import processor_words

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

# The name of the kernel comes before the first product: one that the processor cannot run ends
# the process. Julia 1.5 opens one library, whose symbols end in 64_; from 1.7 on BLAS is whatever
# was loaded behind libblastrampoline. So all loaded libraries are asked, under all the names that
# OpenBLAS has for the question. MKL and others have no answer.
#
# Sizes are what windows and bases of the estimators have; odd ones, because kernels work on vectors
# of 2, 4 or 8 numbers and treat the rest of a column otherwise. All entries are at most 1, so that
# n terms are off by less than n * n * eps; factorisations, backward stable, have ten times that.
_BLAS_PROGRAM = """
using LinearAlgebra
LinearAlgebra.BLAS.set_num_threads(1)
kernel_name(ask) = unsafe_string(ccall(ask, Cstring, ()))
function kernel()
    for path in Libdl.dllist()
        occursin("blas", lowercase(basename(path))) || continue
        loaded = Libdl.dlopen(path, Libdl.RTLD_NOLOAD | Libdl.RTLD_LAZY; throw_error=false)
        loaded === nothing && continue
        for suffix in ("64_", "", "_64", "_"), prefix in ("", "scipy_")
            name = Symbol(prefix, "openblas_get_corename", suffix)
            ask = Libdl.dlsym(loaded, name; throw_error=false)
            ask === nothing || return kernel_name(ask)
        end
    end
    return "unknown"
end
println("kernel ", kernel())

table(rows, columns) = Float64[sin(3i + 7j * j) for i in 1:rows, j in 1:columns]
product(a, b) = Float64[foldl(+, a[i, k] * b[k, j] for k in 1:size(a, 2))
    for i in 1:size(a, 1), j in 1:size(b, 2)]
turned(a) = Float64[a[j, i] for i in 1:size(a, 2), j in 1:size(a, 1)]
worst(a, b) = all(isfinite, a) ? maximum(abs(a[i] - b[i]) for i in eachindex(b)) : Inf
function blas_faults(n)
    few = div(2n, 3)
    a, b, x = table(n, few), table(few, n), vec(table(n, 1))
    spare = vcat(table(3, few), a)  # its columns do not begin where memory is aligned
    symmetric = product(turned(a), a)
    for i in 1:few
        symmetric[i, i] += n
    end
    bound = n * n * eps()
    seen = Tuple{String,Float64,Float64}[]
    note(name, found, right, allowed=bound) = push!(seen, (name, worst(found, right), allowed))
    note("a product of matrices (gemm)", BLAS.gemm('N', 'N', a, b), product(a, b))
    note("a product with a transposed matrix (gemm)", BLAS.gemm('T', 'N', a, table(n, 5)),
        product(turned(a), table(n, 5)))
    note("a product with itself (syrk)", a' * a, product(turned(a), a))
    note("a matrix times a vector (gemv)", BLAS.gemv('N', a, x[1:few]),
        product(a, reshape(x[1:few], :, 1)))
    note("a transposed matrix times a vector (gemv)",
        BLAS.gemv('T', view(spare, 4:(n + 3), :), x), product(turned(a), reshape(x, :, 1)))
    note("the sum of a vector's squares (dot)", [BLAS.dot(x, x)], [foldl(+, x .* x)])
    factors = qr(a)
    q, r = Matrix(factors.Q), factors.R
    note("a QR factorisation", product(q, r), a, 10 * bound)
    note("the orthogonal factor of QR", product(turned(q), q), Matrix{Float64}(I, few, few),
        10 * bound)
    lower = Matrix(cholesky(Symmetric(symmetric)).L)
    note("a Cholesky factorisation", product(lower, turned(lower)), symmetric, 20 * n * bound)
    solved = reshape(Symmetric(symmetric) \\ x[1:few], :, 1)
    note("a linear system", product(symmetric, solved), x[1:few], 20 * n * bound)
    # At least one comparison is false for a NaN.
    return ["$name of size $n off by $off, where $allowed is rounding"
        for (name, off, allowed) in seen if !(off <= allowed)]
end
faults = filter(!isempty, map(blas_faults, (7, 41, 81)))
println("products ", isempty(faults) ? "right" : join(first(faults), "; "))
"""

# Changing the test forgets what the old one found.
_TEST = hashlib.sha256((_PROGRAM + _BLAS_PROGRAM + ROOT_OF_TWO).encode()).hexdigest()[:16]

#: The variable by which OpenBLAS, Julia's and Python's, is told to take another kernel.
CORE_TYPE = "OPENBLAS_CORETYPE"


class JuliaError(RuntimeError):
    """Julia cannot be used; the message says why and what to do."""


class JuliaBroken(JuliaError):
    """A julia exists and does not work."""


class Passed(NamedTuple):
    """What the self-test found out about a julia that works.

    Attributes
    ----------
    version : str
        For example ``"1.5.3"``.
    kernel : str
        The processor family for which its OpenBLAS computes, for example ``"Haswell"``;
        ``"unknown"`` for another BLAS.
    """

    version: str
    kernel: str


def self_test(executable: Path) -> Passed:
    """Run `executable` once with two threads and check what the estimators rely on.

    An exception must be caught, ``sqrt(big(2.0))`` must be right, two threads must run, libjulia
    must be there with the entry points that PyJulia uses, and matrix products and factorisations
    must agree with plain loops.

    Parameters
    ----------
    executable : Path
        A julia.

    Raises
    ------
    JuliaBroken
        If it does not pass, with the reason.
    """
    try:
        process = subprocess.run(
            [str(executable), "--startup-file=no", "-e", _PROGRAM + _BLAS_PROGRAM],
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
    return Passed(facts["version"], facts["kernel"])


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
    return _complaint_of_blas(facts, ending)


def _complaint_of_blas(facts: dict[str, str], ending: str) -> str | None:
    """Return what is wrong with products and factorisations, or None if nothing is."""
    if facts.get("products") == "right":
        return None
    kernel = facts.get("kernel", "unknown")
    if "products" in facts:
        fault = f"computes {facts['products']}"
    elif "kernel" in facts:
        fault = f"does not finish ({ending})"
    else:
        return f"it dies when it is asked for the kernel of its BLAS ({ending})"
    now = os.environ.get(CORE_TYPE)
    remedy = f"unset {CORE_TYPE}, which is {now}" if now else f"set {CORE_TYPE}"
    return (
        f"its BLAS with the kernel {kernel} {fault}: {remedy}, or set it to another kernel that "
        "this processor has (Haswell, SkylakeX, Sandybridge, Prescott)"
    )


def _numbers(version: str) -> tuple[int, ...]:
    """Return ``(1, 10)`` for ``"1.10.4"``, and ``()`` for a text without digits."""
    return tuple(int(digits) for digits in re.findall(r"\d+", version)[:2])


class SelfTestRecord:
    """Results of self-tests, kept in a file, so that a job need not run the self-test again.

    A result counts as long as the executable's path, size and modification time and the
    self-test itself are what they were. It is that of one processor and one kernel of BLAS: the
    nodes of a cluster, which may share the file, each have their own.

    Parameters
    ----------
    file : Path
        Path of the results, as JSON; a file that cannot be read counts as empty, and one that
        cannot be written (another user's project) is left as it is.
    """

    def __init__(self, file: Path) -> None:
        self.file = file

    def self_test(self, executable: Path, *, trust_failure: bool = False) -> Passed:
        """Return what is known of `executable`, tested now or earlier.

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
            return Passed(str(known["version"]), str(known["kernel"]))
        if known is not None and trust_failure:
            raise JuliaBroken(str(known["reason"]))
        try:
            passed = self_test(executable)
        except JuliaBroken as failure:
            self._write(executable, reason=str(failure))
            raise
        self._write(executable, **passed._asdict())
        return passed

    def forget_failures(self) -> None:
        """Drop the failures, before an installation looks again."""
        self._replace({path: entry for path, entry in self._read().items() if "version" in entry})

    def _known(self, executable: Path) -> dict[str, Any] | None:
        entry = self._read().get(_name(executable))
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
        self._replace(self._read() | {_name(executable): _fingerprint(executable) | result})

    def _replace(self, entries: dict[str, dict[str, Any]]) -> None:
        with suppress(OSError):  # without the file the self-test only runs again
            write_text(self.file, json.dumps(entries, indent=2) + "\n")


def _name(executable: Path) -> str:
    """Return under what a result is kept: the executable, and what decides its BLAS's kernel."""
    deciding = f"{processor_words()} {os.environ.get(CORE_TYPE, '')}"
    return f"{executable} {hashlib.sha256(deciding.encode()).hexdigest()[:8]}"


def _fingerprint(executable: Path) -> dict[str, Any]:
    """Return facts of `executable` and of the self-test that change when either is replaced."""
    try:
        status = executable.stat()
    except OSError:
        return {"test": _TEST, "size": None, "mtime_ns": None}
    return {"test": _TEST, "size": status.st_size, "mtime_ns": status.st_mtime_ns}
