"""The lines of a run: into its log file, and to whoever listens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

Listener = Callable[[str], None]


def nobody(line: str) -> None:
    """The default listener."""


class RunLog:
    """Collects lines. Until a folder is known they wait; then each line is on disk as soon as it is said.

    Args:
        listener: told every line at once.
    """

    def __init__(self, listener: Listener = nobody) -> None:
        self._listener = listener
        self._waiting: list[str] = []
        self._path: Path | None = None

    def __call__(self, line: str) -> None:
        """Say one line."""
        self._listener(line)
        if self._path is None:
            self._waiting.append(line)
        else:
            self._append([line])

    def write_to(self, path: Path) -> None:
        """Write what was said so far to a file, and everything that follows."""
        self._path = path
        self._append(self._waiting)
        self._waiting = []

    def _append(self, lines: list[str]) -> None:
        assert self._path is not None
        with self._path.open("a", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in lines)
