"""Ctrl-C and SIGTERM during a run: it stops at once, but never in the middle of something that has to be whole."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any

PATIENCE = 3.0
"""Seconds after the first signal in which more of them change nothing: several fast presses mean one thing."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Terminated(KeyboardInterrupt):
    """SIGTERM, as batch systems send before they kill."""


class Interruptions:
    """While entered, turns the first signal into a KeyboardInterrupt where that does no harm.

    Signals that the process ignores stay ignored. Outside the main thread nothing changes: Python delivers none there.
    """

    def __init__(self) -> None:
        self._first: float | None = None
        self._holding = 0
        self._waiting: int | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Interruptions:
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                before = signal.getsignal(number)
                if before not in (signal.SIG_IGN, None):
                    self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)
        self._before = {}

    @contextmanager
    def held(self) -> Iterator[None]:
        """Do something whole: a signal that comes meanwhile is raised afterwards."""
        self._holding += 1
        try:
            yield
        finally:
            self._holding -= 1
        self.check()

    def check(self) -> None:
        """Raise what has waited.

        Raises:
            KeyboardInterrupt: a signal came while it could not be answered.
        """
        if self._waiting is not None and not self._holding:
            number, self._waiting = self._waiting, None
            raise _interruption(number)

    def stopping(self) -> None:
        """The run stops already: what has waited is answered by that, and so is what follows within ``PATIENCE``."""
        self._waiting = None
        if self._first is None:
            self._first = time.monotonic()

    def end_of_program(self) -> None:
        """Ignore whatever comes from now on, for good: nothing is left to do but to say how the program ends."""
        for number in self._before:
            signal.signal(number, signal.SIG_IGN)
        self._before = {}

    def _handle(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if self._first is not None and now - self._first < PATIENCE:
            return
        self._first = now
        if self._holding:
            self._waiting = number
            return
        raise _interruption(number)


def _interruption(number: int) -> KeyboardInterrupt:
    return Terminated() if number == signal.SIGTERM else KeyboardInterrupt()
