"""How a command ends: one message for what is wrong, and in order when stopped."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

#: Exit status of work that could not go on, of a command that is refused, of a disk with too
#: little room, and of results that are no whole.
FAILED, REFUSED, NO_SPACE, NO_WHOLE = 1, 2, 3, 4


class Stopped(BaseException):
    """The command was asked to stop, by the signal of this number."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextmanager
def in_order() -> Iterator[None]:
    """End with one message and the status of its kind.

    A signal ends the command with 128 + its number, and unwinds the stack, so that nothing
    half-written stays.
    """
    from tiltyard.engine.extras import MissingPackage
    from tiltyard.pipelines.spatial.faults import InputError, PartsError, SpaceError

    before = signal.signal(signal.SIGTERM, _stop)
    try:
        yield
    except (KeyboardInterrupt, Stopped) as stop:
        # A second one, while the first is dealt with, would leave behind what is removed now.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        _end("stopped", 128 + (stop.number if isinstance(stop, Stopped) else signal.SIGINT))
    except SpaceError as error:
        _end(str(error), NO_SPACE)
    except PartsError as error:
        _end(str(error), NO_WHOLE)
    except (InputError, MissingPackage) as error:
        _end(str(error), REFUSED)
    except (OSError, RuntimeError, MemoryError) as error:
        _end(f"{type(error).__name__}: {error}", FAILED)
    finally:
        signal.signal(signal.SIGTERM, before)


def needed() -> None:
    """Refuse to begin without the packages of the extra `spatial`."""
    from tiltyard.engine.extras import require

    for module in ("h5py", "numba", "pyarrow"):
        require(module, "tiltyard spatial", "spatial")


def say(sentence: str) -> None:
    """Say something on standard error."""
    print(sentence, file=sys.stderr, flush=True)


def warn(sentence: str) -> None:
    """Say what a person should look at."""
    say(f"warning: {sentence}")


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    raise Stopped(number)


def _end(message: str, status: int) -> NoReturn:
    say(f"tiltyard: {message}")
    raise SystemExit(status)
