"""Progress by bytes on a terminal; where nobody looks, nothing is imported for it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager


@contextmanager
def bar(files: Sequence[str], quiet: bool = False) -> Iterator[Callable[[int], None] | None]:
    """A progress bar on standard error, and the function that is told how many bytes were read.

    Yields None, and shows nothing, where standard error is no terminal.
    """
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    sizes = [os.stat(file).st_size for file in files if os.path.isfile(file)]
    total = sum(sizes) if len(sizes) == len(files) else None
    columns = (TextColumn("reading"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("reading", total=total)
        yield lambda size: progress.update(task, advance=size)
