"""How a command of a pipeline ends: one message for what is wrong, and in order when stopped."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

#: Exception classes -> exit status of the command that they end.
Statuses = Mapping[tuple[type[BaseException], ...], int]


class Stopped(BaseException):
    """The command was asked to stop, by the signal of this number."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextmanager
def ending(statuses: Statuses, kept: Path | None = None) -> Iterator[None]:
    """End a command with one message on standard error and the status of what ended it.

    A signal ends it with 128 + its number. That who reads standard output has left is no fault.

    Parameters
    ----------
    statuses : mapping
        The first of its keys that an exception belongs to says the status. Others pass through.
    kept : path or None
        Folder of finished files, from which the same command goes on after it was stopped.

    Notes
    -----
    SIGTERM unwinds the stack like Ctrl-C does, so that no worker stays and nothing half-written.
    """
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        yield
        sys.stdout.flush()
    except (KeyboardInterrupt, Stopped) as stop:
        # A second one, while the first is dealt with, would leave behind what is removed now.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        number = stop.number if isinstance(stop, Stopped) else signal.SIGINT
        _end(f"stopped{_way_on(kept)}", 128 + number)
    except BrokenPipeError:
        # What is left in its buffer cannot be written when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
    except Exception as error:
        for classes, status in statuses.items():
            if isinstance(error, classes):
                _end(str(error) or type(error).__name__, status)
        raise
    finally:
        signal.signal(signal.SIGTERM, before)


def _way_on(kept: Path | None) -> str:
    if kept is None or not kept.is_dir():
        return ""
    return f"; finished files are in {kept}; the same command goes on"


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    raise Stopped(number)


def _end(message: str, status: int) -> NoReturn:
    print(f"tiltyard: {message}", file=sys.stderr, flush=True)
    raise SystemExit(status)
