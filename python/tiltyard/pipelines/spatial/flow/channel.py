"""A bounded queue between two stages, which can be closed at its end or stopped by an error."""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Closed(Exception):
    """Nothing more will come."""


class Stopped(Exception):
    """Another stage has failed."""


class Channel(Generic[Item]):
    """At most `size` items that wait for the next stage.

    Parameters
    ----------
    size : int
    writers : int
        Workers that put items in; the last one that is done closes it.
    """

    def __init__(self, size: int, writers: int) -> None:
        self._size, self._writers = size, writers
        self._items: deque[Item] = deque()
        self._change = threading.Condition()
        self._stopped = False

    def put(self, item: Item) -> None:
        """Add an item as soon as there is room."""
        with self._change:
            while len(self._items) >= self._size and not self._stopped:
                self._change.wait()
            if self._stopped:
                raise Stopped
            self._items.append(item)
            self._change.notify_all()

    def get(self) -> Item:
        """Take the oldest item as soon as there is one."""
        with self._change:
            while not self._items and self._writers and not self._stopped:
                self._change.wait()
            if self._stopped:
                raise Stopped
            if not self._items:
                raise Closed
            item = self._items.popleft()
            self._change.notify_all()
            return item

    def done(self) -> None:
        """Say that a writer has no more items."""
        with self._change:
            self._writers -= 1
            self._change.notify_all()

    def stop(self) -> None:
        """Let nobody wait, and drop what is there."""
        with self._change:
            self._stopped = True
            self._items.clear()
            self._change.notify_all()
