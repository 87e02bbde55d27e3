"""What all commands share to show things: bars on the error stream, sentences and tables on the output."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TaskID, TextColumn
from rich.progress import Progress as Bars
from rich.table import Table

from dcell_graph.types import Progress

_WIDE = 500


@contextmanager
def bars() -> Iterator[Progress]:
    """A progress that shows each step as a bar, or as a spinner if its length is not known; only on a terminal."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Bars(*columns, console=console, transient=True, disable=not console.is_terminal) as display:
        tasks: dict[str, TaskID] = {}

        def report(step: str, done: int, total: int | None) -> None:
            if step not in tasks:
                tasks[step] = display.add_task(step, total=total)
            display.update(tasks[step], completed=done, total=total)

        yield report


def say(sentence: str) -> None:
    """Print a sentence as it is: a path must neither be wrapped nor read as markup."""
    Console().print(sentence, soft_wrap=True, markup=False, highlight=False)


def show_rows(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, as_json: bool, empty: str) -> None:
    """Print rows as a table, or as a JSON list of objects.

    Args:
        columns: headings, also the keys in JSON.
        rows: numbers are set right and with thousands separators.
        as_json: JSON instead of a table.
        empty: the sentence to print instead of a table without rows.
    """
    rows = [list(row) for row in rows]
    if as_json:
        typer.echo(json.dumps([dict(zip(columns, row, strict=True)) for row in rows], indent=2, default=str))
        return
    if not rows:
        say(empty)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for place, column in enumerate(columns):
        numbers = all(isinstance(row[place], int | None) for row in rows)
        table.add_column(column, justify="right" if numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    console = Console()
    if not console.is_terminal:
        # Into a file or a pipe a table goes as wide as it is.
        console = Console(width=_WIDE)
    console.print(table, markup=False, highlight=False)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value)
