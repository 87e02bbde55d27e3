"""What all commands share to show things: bars on the error stream, sentences, tables and JSON on the output."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TaskID, TextColumn
from rich.progress import Progress as Bars
from rich.table import Table
from rich.text import Text

from dcell_graph.cli.visible import visible
from dcell_graph.types import Progress

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
"""The option of every command that prints a table."""

_GAP = 2
_LONGEST_WORD = 60
"""Ids, names and dates are shorter and stay whole; what is longer, such as a list of ids, may be folded."""


@contextmanager
def bars() -> Iterator[Progress]:
    """A progress that shows each step as a bar, or as a spinner if its length is not known; only on a terminal."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    with Bars(*columns, console=console, transient=True, disable=not console.is_terminal) as display:
        tasks: dict[str, TaskID] = {}

        def report(step: str, done: int, total: int | None) -> None:
            if step not in tasks:
                tasks[step] = display.add_task(visible(step), total=total)
            display.update(tasks[step], completed=done, total=total)

        yield report


def say(sentence: str) -> None:
    """Print a sentence as it is: a path must neither be wrapped nor read as markup, nor steer the terminal."""
    Console().print(Text(visible(sentence)), soft_wrap=True)


def show_json(content: Any) -> None:
    """Print JSON: what is absent is null, dates are ISO text.

    Args:
        content: mappings, lists, tuples and plain values.
    """
    typer.echo(json.dumps(_plain(content), indent=2, default=_other, allow_nan=False))


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
        show_json([dict(zip(columns, row, strict=True)) for row in rows])
        return
    if not rows:
        say(empty)
        return
    cells = [[visible(_cell(value)) for value in row] for row in rows]
    headings = [visible(column) for column in columns]
    console = Console()
    # Into a file or a pipe a table goes as wide as it is.
    room = console.width if console.is_terminal else None
    widths = _widths([headings, *cells], room)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for place, heading in enumerate(headings):
        numbers = all(isinstance(row[place], int | None) for row in rows)
        table.add_column(
            Text(heading), justify="right" if numbers else "left", overflow="fold", width=widths[place] or 1
        )
    for row in cells:
        table.add_row(*map(Text, row))
    # A terminal that is narrower than the words gets lines that it breaks itself; nothing is cut off.
    Console(width=sum(widths) + _GAP * len(widths)).print(table, soft_wrap=False, highlight=False)


def _widths(rows: Sequence[Sequence[str]], room: int | None) -> list[int]:
    """The width of each column: as wide as its cells if there is room, else at least as wide as its words."""
    columns = list(zip(*rows, strict=True))
    whole = [max(map(cell_len, cells)) for cells in columns]
    if room is None:
        return whole
    least = [
        min(_LONGEST_WORD, max((cell_len(word) for cell in cells for word in cell.split()), default=0))
        for cells in columns
    ]
    spare = room - _GAP * (len(columns) - 1) - sum(least)
    widths = list(least)
    # The room that is left is shared out evenly among the columns that want more.
    wanting = [place for place in range(len(columns)) if widths[place] < whole[place]]
    while spare > 0 and wanting:
        share = max(1, spare // len(wanting))
        for place in wanting:
            more = min(share, whole[place] - widths[place], spare)
            widths[place] += more
            spare -= more
        wanting = [place for place in wanting if widths[place] < whole[place]]
    return widths


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _plain(value: Any) -> Any:
    """The value with None in place of numbers that are none, which JSON cannot say."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _other(value: Any) -> Any:
    """Numbers of NumPy as Python's own; everything else, such as a day, as text."""
    native = getattr(value, "item", None)
    return str(value) if native is None else _plain(native())
