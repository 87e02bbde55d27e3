"""The lines of a run: into its log file, and to whoever listens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dcell_graph.errors import writing

Listener = Callable[[str], None]


def nobody(line: str) -> None:
    """The default listener."""


class RunLog:
    """Collects lines. Until a file is known they wait; then each line is on disk as soon as it is said.

    Args:
        listener: told every line at once.
    """

    def __init__(self, listener: Listener = nobody) -> None:
        self._listener = listener
        self._waiting: list[str] = []
        self._file: Callable[[], Path] | None = None

    def __call__(self, line: str) -> None:
        """Say one line."""
        self._listener(line)
        if self._file is None:
            self._waiting.append(line)
        else:
            self._append([line])

    def write_to(self, file: Callable[[], Path]) -> None:
        """Write what was said so far and everything that follows; ``file`` says where, since the folder may move."""
        self._file = file
        waiting, self._waiting = self._waiting, []
        self._append(waiting)

    def _append(self, lines: list[str]) -> None:
        assert self._file is not None
        path = self._file()
        with writing(path), path.open("a", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in lines)
