"""How a command ends: one message for what is wrong with its input, and in order when stopped."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

#: Exit status of a command whose input is refused, and of one that could not go on.
REFUSED, FAILED = 2, 1


class Stopped(BaseException):
    """The command was asked to stop, by the signal of this number."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextmanager
def in_order(kept: Path | None = None) -> Iterator[None]:
    """End with one message: status 2 for a fault of the input, 1 for a work that could not go on.

    A signal ends it with 128 + its number.

    Parameters
    ----------
    kept : path or None
        Folder of finished files, from which the same command goes on after it was stopped.

    Notes
    -----
    SIGTERM unwinds the stack like Ctrl-C does, so that nothing half-written stays.
    """
    from tiltyard.engine.extras import MissingPackage
    from tiltyard.engine.files.atomic import UnreadableFile

    before = signal.signal(signal.SIGTERM, _stop)
    try:
        yield
    except (KeyboardInterrupt, Stopped) as stop:
        # A second one, while the first is dealt with, would leave behind what is removed now.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        number = stop.number if isinstance(stop, Stopped) else signal.SIGINT
        hint = ""
        if kept is not None and kept.is_dir():
            hint = f"; finished files are in {kept}; the same command goes on"
        _end(f"stopped{hint}", 128 + number)
    except (UnreadableFile, MissingPackage, OSError, ValueError) as error:
        _end(str(error), REFUSED)
    except RuntimeError as error:  # such as a worker that was killed
        _end(str(error), FAILED)
    finally:
        signal.signal(signal.SIGTERM, before)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    raise Stopped(number)


def _end(message: str, status: int) -> NoReturn:
    print(f"tiltyard: {message}", file=sys.stderr, flush=True)
    raise SystemExit(status)
