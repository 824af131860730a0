"""Parts of a gzip file, inflated ahead of who needs them."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tiltyard.pipelines.reads.inputs.blocks import Group, inflate_group
from tiltyard.pipelines.reads.inputs.texts import Rooms, Text

if TYPE_CHECKING:
    from concurrent.futures import Future

Parts = Iterator[Group | Text]


def inline(parts: Parts) -> Iterator[Text]:
    """Inflate where text is needed."""
    for part in parts:
        yield inflate_group(part) if isinstance(part, Group) else part


def in_threads(parts: Parts, threads: int) -> Iterator[Text]:
    """Inflate groups of blocks in threads, a few ahead; all else where text is needed."""
    from concurrent.futures import Future, ThreadPoolExecutor  # which imports logging

    rooms = Rooms()

    def work(group: Group) -> Text:
        return rooms.together(inflate_group(group))

    waiting: deque[Future[Text] | Text] = deque()
    with ThreadPoolExecutor(threads, "tiltyard-inflate") as pool:
        try:
            for part in parts:
                waiting.append(pool.submit(work, part) if isinstance(part, Group) else part)
                while waiting and (len(waiting) > threads + 1 or isinstance(waiting[0], Text)):
                    yield _result(waiting.popleft())
            while waiting:
                yield _result(waiting.popleft())
        finally:
            for each in waiting:
                if isinstance(each, Future):
                    each.cancel()


def _result(part: Future[Text] | Text) -> Text:
    return part if isinstance(part, Text) else part.result()


class Helper:
    """Iterates over text that one thread inflates, a few parts ahead.

    Parameters
    ----------
    parts : iterator
        What the thread takes.
    waits : bool
        Whether taking may wait for ever, as at a pipe: then `close` does not wait for the thread.
    """

    _AHEAD = 1

    def __init__(self, parts: Parts, waits: bool = False) -> None:
        self._queue: queue.Queue[Text | BaseException | None] = queue.Queue(self._AHEAD)
        self._stopped = threading.Event()
        self._waits = waits
        self._thread = threading.Thread(target=self._work, args=(parts,), daemon=True)
        self._thread.start()

    def _work(self, parts: Parts) -> None:
        end: BaseException | None = None
        try:
            for text in inline(parts):
                self._queue.put(text)
                if self._stopped.is_set():
                    break
        except BaseException as error:  # it is raised where the text is needed
            end = error
        self._queue.put(end)

    def __iter__(self) -> Iterator[Text]:
        while True:
            part = self._queue.get()
            if part is None:
                return
            if isinstance(part, BaseException):
                raise part
            yield part

    def close(self) -> None:
        """End the thread: a file must not be closed while it is read.

        Another one that is opened then may have the same number, and would be read.
        """
        self._stopped.set()
        while self._thread.is_alive():
            try:
                self._queue.get(timeout=0.01)
            except queue.Empty:
                if self._waits:
                    return
