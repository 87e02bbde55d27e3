"""A bar that shows on a terminal how far a training is; elsewhere nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from dcell_graph.types import Progress, silent


@contextmanager
def training_bar(console: Console | None = None) -> Iterator[Progress]:
    """A progress that shows a bar a step on the error stream, below the lines of the log; only on a terminal.

    Args:
        console: where to draw; None: the error stream.
    """
    console = Console(stderr=True) if console is None else console
    if not console.is_terminal:
        yield silent
        return
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    # The log goes to the output: only if that is the same terminal does it have to make room for the bars.
    together = sys.stdout.isatty()
    with Bars(*columns, console=console, transient=True, redirect_stdout=together, redirect_stderr=together) as display:
        tasks: dict[str, TaskID] = {}

        def report(step: str, done: int, total: int | None) -> None:
            if step not in tasks:
                tasks[step] = display.add_task(step, total=total)
            elif done == 1:
                display.reset(tasks[step], total=total)
            display.update(tasks[step], completed=done, total=total)

        yield report
