"""Ctrl-C while something is written: the first one stops the work, the following ones do not stop the cleaning up."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

from dcell_graph.types import Progress, silent

# Two within this time are one impatient user. A later one counts again: the first may have been lost on its way.
_SAME_WISH_SECONDS = 5.0
PLEASE_WAIT = "cleaning up, please wait"

Answer = TypeVar("Answer")


def apart(work: Callable[[], Answer], *, whole: bool) -> Answer:
    """Do something in a thread of its own, which Ctrl-C does not reach.

    In the middle of a message, Ctrl-C leaves a connection of the database driver in a state that nothing recovers from.

    Args:
        work: to do.
        whole: on Ctrl-C, wait for its end before the interruption goes on; otherwise leave it to itself.
    """
    if threading.current_thread() is not threading.main_thread():
        return work()
    answer: Future[Answer] = Future()

    def run() -> None:
        try:
            answer.set_result(work())
        except BaseException as error:
            answer.set_exception(error)

    thread = threading.Thread(target=run, daemon=True)
    try:
        thread.start()
        return answer.result()
    except KeyboardInterrupt:
        if whole:
            with no_interrupt():
                thread.join()
        raise


class _Once:
    """Interrupts at the first Ctrl-C, and does nothing at those that follow at once."""

    def __init__(self) -> None:
        self._last: float | None = None

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if self._last is None or time.monotonic() - self._last > _SAME_WISH_SECONDS:
            self._last = time.monotonic()
            raise KeyboardInterrupt


def interrupt_once() -> None:
    """For a whole program, until its very end: of several Ctrl-C in a row only the first one counts."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _Once())


@contextmanager
def one_interrupt() -> Iterator[None]:
    """Let one Ctrl-C through and ignore those that follow at once, so that they cannot end what the first one began."""
    if isinstance(signal.getsignal(signal.SIGINT), _Once):
        yield  # within another one, which goes on counting
        return
    with _handler(_Once()):
        yield


@contextmanager
def no_interrupt(progress: Progress = silent) -> Iterator[None]:
    """Ignore Ctrl-C while what was begun is taken back.

    Args:
        progress: told once that it takes a moment.
    """

    def handle(number: int, frame: FrameType | None) -> None:
        """Do nothing: the user has been told."""

    with _handler(handle):
        progress(PLEASE_WAIT, 0, None)
        yield
        progress(PLEASE_WAIT, 1, 1)


@contextmanager
def _handler(handle: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Handle Ctrl-C in another way for a while. Only the main thread is ever interrupted, so others need nothing.

    A program that ignores Ctrl-C, or handles it in a way that Python cannot restore, keeps its way.
    """
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or before in (None, signal.SIG_IGN):
        yield
        return
    signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
