"""How a command ends: one message for what is wrong, and in order when stopped or left."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

#: Exit status of a command that is refused, and of one whose input is damaged.
REFUSED, DAMAGED = 2, 1


class Stopped(BaseException):
    """The command was asked to stop, by the signal of this number."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextmanager
def in_order() -> Iterator[None]:
    """End with one message: status 1 for a damaged file, 2 for what cannot be done as asked.

    A signal ends it with 128 + its number, and unwinds the stack, so that nothing half-written
    stays. That who reads standard output has left is no fault.
    """
    from tiltyard.engine.extras import MissingPackage
    from tiltyard.pipelines.reads.faults import LetterError, ReadError

    before = signal.signal(signal.SIGTERM, _stop)
    try:
        yield
        sys.stdout.flush()
    except (KeyboardInterrupt, Stopped) as stop:
        # A second one, while the first is dealt with, would leave behind what is removed now.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        _end("stopped", 128 + (stop.number if isinstance(stop, Stopped) else signal.SIGINT))
    except BrokenPipeError:
        # What is left in its buffer cannot be written when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
    except (ReadError, LetterError) as error:
        _end(str(error), DAMAGED)
    except (MissingPackage, OSError, ValueError) as error:
        _end(str(error), REFUSED)
    finally:
        signal.signal(signal.SIGTERM, before)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    raise Stopped(number)


def _end(message: str, status: int) -> NoReturn:
    print(f"tiltyard: {message}", file=sys.stderr, flush=True)
    raise SystemExit(status)
