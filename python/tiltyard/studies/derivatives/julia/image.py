"""A system image of Julia with the estimators compiled, so that no job compiles them again.

Without the image every process that starts Julia compiles each estimator anew: some 20 s of CPU a
job, many times the CPU time of the estimators themselves. An image belongs to one version of the
Julia code, one Julia and one processor; a process without an image of its own compiles instead.
"""

from __future__ import annotations

import fcntl
import os
import platform
import shutil
import tempfile
from pathlib import Path

from tiltyard.engine.files.digests import digest
from tiltyard.engine.project import project_root
from tiltyard.studies.derivatives.julia.installing import InstallError, run, say
from tiltyard.studies.derivatives.julia.runtime import JuliaRuntime, julia_environment
from tiltyard.studies.derivatives.julia.sources import julia_files, load_code

COMPILERS = ("cc", "gcc", "clang")
#: Usual CPU time of the build [s], for its announcement, and wall time that ends it [s].
USUAL_SECONDS, MOST_SECONDS = 300, 1800.0

# Julia skips these steps of its initialisation while it builds an image.
_PREPARE = "Base.reinit_stdio(); Base.init_depot_path(); Base.init_load_path()"


def find_image(runtime: JuliaRuntime) -> Path | None:
    """The image of the present Julia code for `runtime` and this processor; None if not built."""
    path = _place(runtime)
    return path if path.exists() else None


def build_image(runtime: JuliaRuntime) -> Path:
    """Build the image unless it exists, and return its path.

    Calls at the same time wait for each other. The file appears complete or not at all; images of
    other versions are removed.

    Raises
    ------
    InstallError
        If there is no C compiler to link it with, or Julia or the compiler fails.
    """
    place = _place(runtime)
    place.parent.mkdir(parents=True, exist_ok=True)
    with (place.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            compiler = next((path for name in COMPILERS if (path := shutil.which(name))), None)
            if compiler is None:
                raise InstallError(
                    "the estimators cannot be compiled once for all jobs, because there is no C "
                    "compiler (Debian: apt-get install gcc); each job compiles them itself"
                )
            say(f"compiling the estimators once for all jobs (some {USUAL_SECONDS} s of CPU)")
            _build(runtime, compiler, place)
            for other in place.parent.glob("*.so"):
                if other != place:
                    other.unlink()
    return place


def _place(runtime: JuliaRuntime) -> Path:
    parts: list[bytes | str] = [str(project_root()), str(runtime.executable), runtime.version]
    parts += [_processor(), Path(__file__).read_bytes()]
    for file in julia_files():
        parts += [str(file), file.read_bytes()]
    return project_root() / ".julia" / "image" / f"{digest(parts)[:20]}.so"


def _processor() -> str:
    """Processor's model and instruction set: an image may use all instructions of its processor."""
    wanted = ("model name", "flags", "Features")
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    first = {line.split(":")[0].strip(): line for line in reversed(lines)}
    return platform.machine() + "".join(first.get(name, "") for name in wanted)


def _build(runtime: JuliaRuntime, compiler: str, place: Path) -> None:
    environment = {**julia_environment(project_root()), "JULIA_NUM_THREADS": "1"}
    julia = [str(runtime.executable), "--startup-file=no"]
    paths = (
        "println(unsafe_string(Base.JLOptions().image_file)); "
        "println(abspath(Sys.BINDIR, Base.LIBDIR))"
    )
    base, libraries = run([*julia, "-e", paths], environment=environment).split("\n")[:2]
    with tempfile.TemporaryDirectory(prefix="building-", dir=place.parent) as name:
        folder = Path(name)
        script = folder / "build.jl"
        script.write_text(
            f"{_PREPARE}\n{load_code()}\nDerivativeEstimators.exercise()\n", encoding="utf-8"
        )
        run(
            [
                *julia,
                f"--sysimage={base}",
                "--cpu-target=native",
                "-g0",
                f"--output-o={folder / 'image.o'}",
                script,
            ],
            environment=environment,
            seconds=MOST_SECONDS,
        )
        run(
            [
                compiler,
                "-shared",
                "-o",
                folder / "image.so",
                "-Wl,--whole-archive",
                folder / "image.o",
                "-Wl,--no-whole-archive",
                f"-L{libraries}",
                "-ljulia",
                f"-Wl,-rpath,{libraries}",
            ]
        )
        os.replace(folder / "image.so", place)
