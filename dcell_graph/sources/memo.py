"""Reading the same cell once: annotation files repeat a few thousand values a million times."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Memo(dict[Key, Value], Generic[Key, Value]):
    """A table that works out a missing entry and keeps it.

    Args:
        work_out: called once for each key.
    """

    def __init__(self, work_out: Callable[[Key], Value]) -> None:
        super().__init__()
        self._work_out = work_out

    def __missing__(self, key: Key) -> Value:
        value = self[key] = self._work_out(key)
        return value


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause the search for cyclic garbage while many small objects are made that hold no cycles.

    It would look at all of them again and again: a third to a half of the time of reading a file.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        # Both together call every object old without looking at it; a young one would be looked at right away.
        gc.freeze()
        gc.unfreeze()
        gc.enable()
