"""A progress bar on standard error, if that is a terminal; nothing is loaded for it if not."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.progress import Progress


class Bar:
    """A bar that counts what is done, and makes room for what is printed meanwhile.

    Parameters
    ----------
    total : int
        How much there is to do.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._progress: Progress | None = None
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import (
                BarColumn,
                MofNCompleteColumn,
                Progress,
                TextColumn,
                TimeRemainingColumn,
            )

            self._progress = Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
                # What is printed goes where it is to go, not where the bar is.
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._line = self._progress.add_task("", total=total)

    def __enter__(self) -> Bar:
        if self._progress is not None:
            self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._progress is not None:
            self._progress.stop()

    def describe(self, text: str) -> None:
        """Say what is being done."""
        if self._progress is not None:
            self._progress.update(self._line, description=text)

    def advance(self) -> None:
        """Count one more."""
        if self._progress is not None:
            self._progress.advance(self._line)

    def of_simulations(self, done: int, total: int) -> None:
        """Count simulations instead."""
        if self._progress is not None:
            self._progress.update(
                self._line, completed=done, total=total, description="simulations"
            )

    def echo(self, text: str, err: bool = False) -> None:
        """Print a text, to standard error if `err`, with the bar out of the way."""
        if self._progress is not None:
            self._progress.stop()
        typer.echo(text, err=err)
        if self._progress is not None:
            self._progress.start()
