"""End of a job that receives SIGTERM or SIGINT."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType
from typing import NoReturn


def end_cleanly_on_signals() -> None:
    """End this process at once on SIGTERM and SIGINT, with its workers; the store stays whole."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)


def _end(number: int, frame: FrameType | None) -> NoReturn:
    # Threads may be waiting for workers, and `os._exit` does not wait for them. The fork server
    # sees its pipe close and ends, and every worker with it.
    print(f"ended by {signal.Signals(number).name}", file=sys.stderr, flush=True)
    os._exit(128 + number)
