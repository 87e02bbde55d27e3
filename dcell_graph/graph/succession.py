"""A new store for the embedded database: made beside the present one, then put in its place as a whole.

In the folder of the database, ``data`` holds the present store, ``next`` is the home folder of a server for the new one
(with a ``data`` of its own), and ``previous`` holds the former store until the server has answered with the new one.
Each step of the exchange is one renaming, so whatever ends the program, ``settle`` knows what is what:

- ``data`` and ``next``: the new store is not finished; ``data`` counts.
- ``previous`` and no ``data``: the exchange had begun; ``previous`` is the store.
- ``data`` and ``previous``: the exchange was made, with a new store that had been checked; ``data`` counts.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dcell_graph.errors import Busy
from dcell_graph.graph import process
from dcell_graph.graph.folder import DatabaseFolder


class Succession:
    """The present and the new store of a database folder.

    Args:
        folder: of the database.
    """

    def __init__(self, folder: DatabaseFolder) -> None:
        self.next = DatabaseFolder(folder.path / "next")
        self._data = folder.path / "data"
        self._previous = folder.path / "previous"
        self._lock = folder.path.with_name(f"{folder.path.name}.next.lock")

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """Hold the right to make a new store. The system takes it back from a program that ends.

        Raises:
            Busy: another command holds it.
        """
        import fcntl

        handle = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            raise Busy(
                "another command is making a new store for the database",
                path=self.next.path,
                hint="wait until it is done and try again",
            ) from None
        try:
            yield
        finally:
            os.close(handle)

    def settle(self) -> None:
        """Clear away what a command that ended before its time left here. One that still runs is left alone."""
        if not self.next.path.exists() and not self._previous.exists():
            return
        try:
            with self.claimed():
                self.clear()
        except Busy:
            return

    def clear(self) -> None:
        """Clear away everything but the store that counts; the claim must be held."""
        process.end_strays(self.next)
        if self._previous.exists() and not self._data.exists():
            self._previous.rename(self._data)
        for folder in (self.next.path, self._previous):
            shutil.rmtree(folder, ignore_errors=True)

    def take_place(self) -> None:
        """Put the new store in the place of the present one. No server must run on either."""
        self._data.rename(self._previous)
        (self.next.path / "data").rename(self._data)
        _sync(self._data.parent)

    def take_back(self) -> None:
        """Undo ``take_place``, finished or not. No server must run."""
        if self._previous.exists():
            if self._data.exists():
                shutil.rmtree(self._data)
            self._previous.rename(self._data)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
