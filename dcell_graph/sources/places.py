"""Where a row stands, where row numbers are not lines of one file: one of several files, or records on one line."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Runs of rows, in order.

    Args:
        first: the first row number of each run.
        names: the file that a run stands in; empty where there is only one file.
        lines: the line of its first row in that file.
        lines_counted: True if row numbers go on with the lines; False if all rows of a run stand on one line.
    """

    first: tuple[int, ...]
    names: tuple[str, ...]
    lines: tuple[int, ...]
    lines_counted: bool

    def of(self, number: int) -> str | None:
        """Where a row stands, as ``gene.json:12`` or ``line 12``; None for a number before the first run."""
        run = bisect_right(self.first, number) - 1
        if run < 0:
            return None
        line = self.lines[run] + (number - self.first[run] if self.lines_counted else 0)
        return f"{self.names[run]}:{line}" if self.names[run] else f"line {line}"


def places_of(rows: Iterable[tuple[int, str, int]], *, lines_counted: bool) -> Places:
    """Runs of rows.

    Args:
        rows: number, file (or empty) and line of each row, in order of the numbers.
        lines_counted: see ``Places``.
    """
    runs: list[tuple[int, str, int]] = []
    for number, name, line in rows:
        same = bool(runs) and runs[-1][1] == name and (lines_counted or runs[-1][2] == line)
        if not same:
            runs.append((number, name, line))
    return Places(
        first=tuple(run[0] for run in runs),
        names=tuple(run[1] for run in runs),
        lines=tuple(run[2] for run in runs),
        lines_counted=lines_counted,
    )
