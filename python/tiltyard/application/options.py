"""What people can ask for, in the words of where they are: a Python argument, or a flag.

Messages, notes and reports name an option as ``f"... ({SORT})"``. It is the argument, unless a
command is being run: whoever runs one says so with `in_a_shell`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

_IN_A_SHELL: ContextVar[bool] = ContextVar("in_a_shell", default=False)


@dataclass(frozen=True)
class Option:
    """One thing that both `tiltyard.differentiate` and the command can be asked for.

    Attributes
    ----------
    argument, flag : str
        As one writes it in Python, and in a shell, without a value.
    """

    argument: str
    flag: str

    def __str__(self) -> str:
        return self.flag if _IN_A_SHELL.get() else self.argument

    def set_to(self, value: object) -> str:
        """The option with a value, as one writes it."""
        return f"{self.flag} {value}" if _IN_A_SHELL.get() else f"{self.argument}{value!r}"


SORT = Option("sort=True", "--sort")
AVERAGE = Option("average=True", "--average")
ESTIMATOR = Option("estimator=", "--estimator")
KEEP_OUTLIERS = Option("leave_out_outliers=False", "--keep-outliers")
NOISE = Option("noise=", "--noise")
NOISE_COLUMN = Option("noise=", "--noise-column")
NOISE_MODEL = Option("noise_model=", "--noise-model")
WEIGHTS = Option("weights=", "--weight-column")
REPLICATES = Option("replicates=True", "--replicates")
POINTS = Option("points=", "--points")
UNIT = Option("unit=", "--unit")
ORDERS = Option("orders=", "--order")
RESOLUTION = Option("resolution=", "--resolution")
FIND = Option("find=", "--find")
RELATIVE = Option("relative=True", "--relative")
LOG_TIME = Option("log_time=", "--log-time")
ZONED = Option(
    "dates with their zone, as of index.tz_localize('Europe/Berlin', ambiguous='infer')",
    "dates with their distance from UTC, as in 2024-10-27T02:00+01:00",
)


def is_in_a_shell() -> bool:
    """Whether flags are named now."""
    return _IN_A_SHELL.get()


@contextmanager
def in_a_shell() -> Iterator[None]:
    """Name flags, not arguments, in what is said meanwhile in this thread.

    A process that a command starts to compute for it enters this by itself.
    """
    before = _IN_A_SHELL.set(True)
    try:
        yield
    finally:
        _IN_A_SHELL.reset(before)
