"""Python processes: how this one finds modules, and how another one is started."""

from __future__ import annotations

import ctypes
import gc
import locale
import os
import signal
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout

_START = (
    "import sys; sys.path[:] = sys.argv[4:]; from importlib import import_module; "
    "getattr(import_module(sys.argv[1]), sys.argv[2])(sys.argv[3])"
)

#: New objects after which `end_soon` lets garbage be collected.
_COLLECT_AFTER = 1_000_000


def python_command(module: str, function: str, argument: str) -> list[str]:
    """Command that calls a function in a fresh Python with the paths of this one."""
    paths = [os.path.abspath(path) for path in sys.path]
    return [sys.executable, "-P", "-c", _START, module, function, argument, *paths]


def end_soon() -> None:
    """Make this process cheap, which ends with one command; call it before NumPy is imported.

    Rows by the ten thousand are no garbage, but Python's collector would look through them again
    and again. NumPy's BLAS starts threads that wait for work by turning in circles.
    """
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER, *gc.get_threshold()[1:])
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


@contextmanager
def unmoved() -> Iterator[None]:
    """Undo what code of others, run meanwhile, does to this process; what it prints are messages.

    That is the working folder, the mask of new files, the handlers of POSIX signals, the locale,
    the filters of warnings and NumPy's handling of errors.
    """
    folder, mask, limit = os.getcwd(), os.umask(0), sys.getrecursionlimit()
    os.umask(mask)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    places, numpy = locale.setlocale(locale.LC_ALL), sys.modules.get("numpy")
    errors = numpy.geterr() if numpy else {}
    try:
        with warnings.catch_warnings(), redirect_stdout(sys.stderr):
            yield
    finally:
        os.chdir(folder)
        os.umask(mask)
        sys.setrecursionlimit(limit)
        locale.setlocale(locale.LC_ALL, places)
        if numpy:
            numpy.seterr(**errors)
        if threading.current_thread() is threading.main_thread():
            for number, handler in handlers.items():
                if handler is not None:  # one that Python did not install cannot be given back
                    signal.signal(number, handler)


def end_with_parent(wanted: bool = True) -> None:
    """Let the kernel end this process with the thread that started it, where it can; or no more."""
    if sys.platform == "linux":
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL if wanted else 0)


def spare_working_folder(*folders: str) -> None:
    """Let no module in the working folder, or in `folders`, stand in for one that is installed.

    A file called ``json.py`` or ``random.py`` there would be taken for the standard library's. In
    this process such folders are searched last. Processes that it starts search their working
    folder only if ``PYTHONPATH`` names it.
    """
    os.environ["PYTHONSAFEPATH"] = "1"
    named = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if "" in named:  # Python takes an empty entry for the working folder
        kept = os.pathsep.join(filter(None, named))
        os.environ.update(PYTHONPATH=kept) if kept else os.environ.pop("PYTHONPATH", None)
    behind = {"", os.path.curdir, os.getcwd(), *folders} - set(filter(None, named))
    last = [path for path in sys.path if path in behind]
    sys.path[:] = [path for path in sys.path if path not in behind] + last


def refuse_optimisation() -> None:
    """Refuse to run without assertions, by which packages check what they are given.

    Raises
    ------
    RuntimeError
        If Python was started with ``-O``, ``-OO`` or ``PYTHONOPTIMIZE``.
    """
    if level := sys.flags.optimize:
        value = os.environ.get("PYTHONOPTIMIZE")
        how = f"PYTHONOPTIMIZE={value}" if value else f"-{'O' * level}"
        raise RuntimeError(
            f"Python was started with {how}, which removes assertions: methods would do with "
            "unsuitable data what they otherwise refuse, and results would be others. "
            + ("Run `unset PYTHONOPTIMIZE` first" if value else "Leave it out")
        )
