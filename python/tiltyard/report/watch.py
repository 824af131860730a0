"""The state of a study in the terminal: as text, and live while it runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from tiltyard.engine.journal.progress import Progress, RunningJob
from tiltyard.engine.wording import count, duration

#: How often the files are looked at [s]; less often where looking takes long.
INTERVAL_SECONDS = 1.0
#: Share of one core that watching may take at most.
LARGEST_SHARE = 0.2
#: Jobs in a table of the live display: it has to fit the screen.
ROWS = 12


def headline(state: Progress) -> str:
    """How far the study is, in one line."""
    share = state.done / state.configurations
    text = f"study {state.study}: {state.done} of {state.configurations} configurations done"
    text += f" ({share:.0%}), {count(len(state.running), 'job')} running"
    if state.failed:
        text += f", {len(state.failed)} failed"
    return text


def describe(state: Progress) -> str:
    """The whole state, as lines of text."""
    return "\n".join(_lines(state))


def _lines(state: Progress) -> Iterator[str]:
    yield headline(state)
    if state.outdated:
        yield (
            f"evaluated before the catalogue changed: {state.outdated}; the next run looks at "
            "them again"
        )
    yield f"evaluations: {state.computed} computed, {state.recalled} known already"
    counts = ", ".join(f"{rows} {status}" for status, rows in sorted(state.rows.items()))
    yield f"rows by status: {counts or 'none yet'}"
    for job in state.running:
        yield f"running: {job.job} on {job.host} for {duration(job.seconds)}: " + _work(job)
    for lost in state.failed:
        place = f" at {lost.configuration}" if lost.configuration else ""
        yield f"failed: {lost.job} on {lost.host}{place}: {lost.reason}"
    for slow in state.slowest:
        yield (
            f"slow: {slow.method} ({slow.language}) took {slow.seconds:.3g} s on "
            f"{slow.configuration}"
        )
    for package in state.failed_packages:
        yield f"takes no part: {package}"
    for fault in state.unreadable:
        yield f"will be rebuilt: {fault}"
    yield from _time_left(state)


def _work(job: RunningJob) -> str:
    if not job.configurations:
        return job.phase
    place = job.configuration or "between configurations"
    return f"{job.done} of {job.configurations} done, {place}, {job.phase}"


def _time_left(state: Progress) -> Iterator[str]:
    if state.done == state.configurations or state.job_seconds_left is None:
        return
    if state.seconds_left is None:
        yield (
            "no job is running; at the pace so far, the rest takes one job at a time "
            + duration(state.job_seconds_left)
        )
    else:
        yield f"time left at the pace so far: {duration(state.seconds_left)}"


def render(state: Progress, method_word: str = "method") -> RenderableType:
    """The state as the live display shows it; `method_word` is what the study calls a method."""
    bar = ProgressBar(total=max(1, state.configurations), completed=state.done)
    # A bar does not end its line; padding does.
    parts: list[RenderableType] = [Text(headline(state), style="bold"), Padding(bar, 0)]
    if state.outdated:
        parts.append(Text(f"{state.outdated} more were evaluated before the catalogue changed"))
    counts = ", ".join(f"{rows} {status}" for status, rows in sorted(state.rows.items()))
    parts.append(
        Text(
            f"{state.computed} evaluations computed, {state.recalled} known already; "
            f"rows: {counts or 'none yet'}"
        )
    )
    parts += [Text(line) for line in _time_left(state)]
    if state.running:
        parts.append(_running_table(state))
    if state.failed:
        parts.append(_failed_table(state))
    if state.slowest:
        parts.append(_slowest_table(state, method_word))
    parts += [Text(f"takes no part: {one}", style="yellow") for one in state.failed_packages]
    parts += [Text(f"will be rebuilt: {fault}", style="yellow") for fault in state.unreadable]
    return Group(*parts)


def _running_table(state: Progress) -> Table:
    table = _table("running", "job", "host", "time", "threads", "done", "configuration", "phase")
    for job in state.running[:ROWS]:
        table.add_row(
            job.job,
            job.host,
            duration(job.seconds),
            str(job.threads),
            f"{job.done}/{job.configurations}" if job.configurations else "",
            job.configuration,
            job.phase,
        )
    return _with_rest(table, len(state.running))


def _failed_table(state: Progress) -> Table:
    table = _table("failed", "job", "host", "configuration", "reason")
    for lost in state.failed[:ROWS]:
        table.add_row(lost.job, lost.host, lost.configuration, lost.reason)
    return _with_rest(table, len(state.failed))


def _slowest_table(state: Progress, method_word: str) -> Table:
    table = _table(f"slowest {method_word}s so far", method_word, "language", "wall (s)", "on")
    for slow in state.slowest:
        table.add_row(slow.method, slow.language, f"{slow.seconds:.3g}", slow.configuration)
    return table


def _with_rest(table: Table, rows: int) -> Table:
    if rows > ROWS:
        table.add_row(f"and {rows - ROWS} more")
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold", style="dim" if column == "host" else "")
    return table


def watch(
    observe: Callable[[], Progress],
    console: Console,
    interval: float = INTERVAL_SECONDS,
    method_word: str = "method",
) -> None:
    """Show the state until the study is complete or the user ends it with Ctrl-C.

    Parameters
    ----------
    observe : callable
        Looks at the study.
    console : Console
        A terminal shows one display that changes; anything else gets a line a change.
    interval : float
        Seconds between two looks.
    method_word : str
        What the study calls a method.
    """
    with suppress(KeyboardInterrupt):
        if console.is_terminal:
            with Live(console=console, auto_refresh=False) as live:

                def show(state: Progress) -> None:
                    live.update(render(state, method_word), refresh=True)

                _follow(observe, interval, show)
        else:
            _follow(observe, interval, _line_printer(console))


def _follow(
    observe: Callable[[], Progress], interval: float, show: Callable[[Progress], None]
) -> None:
    while True:
        began = time.perf_counter()
        state = observe()
        show(state)
        if state.is_complete:
            return
        taken = time.perf_counter() - began
        time.sleep(max(interval, taken / LARGEST_SHARE))


def _line_printer(console: Console) -> Callable[[Progress], None]:
    said = ""

    def show(state: Progress) -> None:
        nonlocal said
        line = headline(state)
        if line != said:
            said = line
            left = "".join(f"; {words}" for words in _time_left(state))
            moment = time.strftime("%H:%M:%S")
            console.print(f"{moment} {line}{left}", soft_wrap=True, highlight=False, markup=False)

    return show
