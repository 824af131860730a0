"""How a command ends: one message for what is wrong, and in order when it is stopped."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

#: Exit status of a command that is refused, and of one of which a part failed.
REFUSED, FAILED = 2, 1


class Stopped(BaseException):
    """The command was asked to stop, by the signal of this number."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextmanager
def in_order(kept: Path | None = None) -> Iterator[None]:
    """End with one message: status 2 for what cannot be done as asked, 1 for what failed.

    A signal ends it with 128 + its number, and unwinds the stack, so that no worker stays and
    nothing half-written.

    Parameters
    ----------
    kept : path or None
        Folder of finished files, from which the same command goes on.
    """
    from tiltyard.engine.extras import MissingPackage

    before = signal.signal(signal.SIGTERM, _stop)
    try:
        yield
        sys.stdout.flush()
    except (KeyboardInterrupt, Stopped) as stop:
        # A second one, while the first is dealt with, would leave behind what is removed now.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        hint = ""
        if kept is not None and kept.is_dir():
            hint = f"; finished files are in {kept}; the same command goes on"
        number = stop.number if isinstance(stop, Stopped) else signal.SIGINT
        _end(f"stopped{hint}", 128 + number)
    except (MissingPackage, OSError, ValueError) as error:
        _end(str(error), REFUSED)
    except RuntimeError as error:  # such as workers that cannot load their model
        _end(str(error), FAILED)
    finally:
        signal.signal(signal.SIGTERM, before)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    raise Stopped(number)


def _end(message: str, status: int) -> NoReturn:
    print(f"tiltyard: {message}", file=sys.stderr, flush=True)
    raise SystemExit(status)


def warn(sentence: str) -> None:
    """Say what has to be read."""
    print(f"tiltyard: {sentence}", file=sys.stderr, flush=True)
