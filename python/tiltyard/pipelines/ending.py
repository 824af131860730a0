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
    Both signals unwind the stack, so that no worker stays and nothing half-written. Ctrl-C does it
    with `Stopped`, too: after a KeyboardInterrupt in code that was made of text, as a dataclass's
    is, Python would end by a signal whatever status it is given.
    """
    before = {number: signal.signal(number, _stop) for number in _heeded()}
    try:
        yield
        sys.stdout.flush()
    except (KeyboardInterrupt, Stopped) as stop:
        # A second one, while the first is dealt with, would leave behind what is removed now.
        before = dict.fromkeys((signal.SIGTERM, signal.SIGINT), signal.SIG_IGN)
        for one, handler in before.items():
            signal.signal(one, handler)
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
        for one, handler in before.items():
            signal.signal(one, handler)


def _heeded() -> Iterator[signal.Signals]:
    """Signals that end a command; Ctrl-C is not one where the shell has it ignored, as behind &."""
    yield signal.SIGTERM
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        yield signal.SIGINT


def _way_on(kept: Path | None) -> str:
    if kept is None or not kept.is_dir():
        return ""
    return f"; finished files are in {kept}; the same command goes on"


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    raise Stopped(number)


def _end(message: str, status: int) -> NoReturn:
    print(f"tiltyard: {message}", file=sys.stderr, flush=True)
    raise SystemExit(status)
