"""How a job ends when it is told to."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType
from typing import NoReturn


def end_cleanly_on_signals() -> None:
    """On SIGTERM and SIGINT end at once: workers die with this process, the store is whole."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)


def _end(number: int, frame: FrameType | None) -> NoReturn:
    # Threads may be waiting for workers; `os._exit` waits for none of them, and the fork
    # server, which sees its pipe close, takes every worker with it.
    print(f"ended by {signal.Signals(number).name}", file=sys.stderr, flush=True)
    os._exit(128 + number)
