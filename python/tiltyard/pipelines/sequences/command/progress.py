"""Progress in sequences on a terminal; where nobody looks, nothing is imported for it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: Told how many sequences there are, and how many more are done.
Bar = tuple[Callable[[int], None], Callable[[int], None]]


@contextmanager
def bar(quiet: bool = False) -> Iterator[Bar]:
    """A bar on standard error with sequences a second; nothing where that is no terminal."""
    if quiet or not sys.stderr.isatty():
        yield (lambda total: None), (lambda count: None)
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{task.speed:,.0f} sequences/s" if task.speed else "")

    columns = (
        *(TextColumn("embedding"), BarColumn(), MofNCompleteColumn(), Rate()),
        TimeRemainingColumn(),
    )
    lock = threading.Lock()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        shown = progress.add_task("embedding", total=None)

        def advance(count: int) -> None:
            with lock:
                progress.update(shown, advance=count)

        yield (lambda total: progress.update(shown, total=total)), advance
