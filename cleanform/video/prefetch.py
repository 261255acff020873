"""Run an iterator in a thread, a few items ahead of whoever uses it."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from queue import Empty, Full, Queue
from typing import Generic, TypeVar

Item = TypeVar("Item")

#: Pictures waiting for their user; more would only cost memory.
QUEUE_FRAMES = 3

_POLL_S = 0.05


@dataclass(frozen=True)
class _End:
    error: BaseException | None


class Prefetch(Iterator[Item], Generic[Item]):
    """The items of a generator, made in a background thread at most `depth` ahead.

    What the generator raises is raised here. `close` stops the thread and closes the generator;
    the thread never outlives this object for long, even where nobody calls it.
    """

    def __init__(self, items: Generator[Item, None, None], depth: int) -> None:
        self._queue: Queue[Item | _End] = Queue(depth)
        self._stop = threading.Event()
        self._done = False
        self._thread = threading.Thread(
            target=_pump,
            args=(items, self._queue, self._stop),
            name="cleanform-decode",
            daemon=True,
        )
        weakref.finalize(self, self._stop.set)
        self._thread.start()

    def __iter__(self) -> Prefetch[Item]:
        return self

    def __next__(self) -> Item:
        if self._done:
            raise StopIteration
        item = self._queue.get()
        if not isinstance(item, _End):
            return item
        self._done = True
        self._thread.join()
        if item.error is not None:
            raise item.error
        raise StopIteration

    def close(self) -> None:
        """Stops the thread; safe to call more than once."""
        self._done = True
        self._stop.set()
        try:
            while True:
                self._queue.get_nowait()
        except Empty:
            pass
        self._thread.join()


def _pump(
    items: Generator[Item, None, None], queue: Queue[Item | _End], stop: threading.Event
) -> None:
    """The thread's body; a function, so that the thread does not keep its owner alive."""
    error: BaseException | None = None
    try:
        for item in items:
            if not _put(queue, item, stop):
                break
    except BaseException as raised:  # handed to the owner
        error = raised
    finally:
        items.close()
    _put(queue, _End(error), stop)


def _put(queue: Queue[Item | _End], item: Item | _End, stop: threading.Event) -> bool:
    while not stop.is_set():
        try:
            queue.put(item, timeout=_POLL_S)
        except Full:
            continue
        return True
    return False
