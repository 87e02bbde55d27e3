"""How tables of comparisons leave the commands: shown, as JSON, as Markdown, or as a folder of CSV files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum, auto
from pathlib import Path
from typing import Any

import pandas as pd

from dcell_graph.cli import csv_files, display
from dcell_graph.cli.display import say, show_rows
from dcell_graph.cli.visible import visible

_HEADINGS = {
    "only_a": "only A",
    "only_b": "only B",
    "both_a": "both (A)",
    "both_b": "both (B)",
    "annotations_a": "annotations A",
    "annotations_b": "annotations B",
    "not": "NOT",
    "without_iea": "without IEA",
    "with_regulates": "with regulates",
}


class Kind(Enum):
    """What the cells of a column are."""

    PLAIN = auto()
    """Shown as they are: texts, lists with commas, numbers with thousands separators."""
    MARK = auto()
    """NOT or nothing."""
    ORDINAL = auto()
    """A number that is not counted with, such as a year or a line; it has no thousands separators."""
    SIDE = auto()
    """``only_a`` and the like, in words."""


OWN = {
    **dict.fromkeys(("not", "not_a", "not_b"), Kind.MARK),
    **dict.fromkeys(("year", "line", "line_a", "line_b"), Kind.ORDINAL),
    "side": Kind.SIDE,
}
"""The kinds of the columns that this package names; all others are plain."""

FILES: Mapping[str, Kind] = {}
"""The kinds of columns that have the names of files, whatever these are: all plain, the headings as they are."""


def show_frame(frame: pd.DataFrame, *, empty: str, kinds: Mapping[str, Kind] = OWN) -> None:
    """Print a table; lists are shown with commas, NOT as a word.

    Args:
        frame: the table.
        empty: the sentence to print instead of a table without rows.
        kinds: of the columns; ``FILES`` if users chose their names.
    """
    show_rows(_headings(frame, kinds), _shown(frame, kinds), as_json=False, empty=empty)


def show_markdown(frame: pd.DataFrame, *, kinds: Mapping[str, Kind] = OWN) -> None:
    """Print a table as Markdown, numbers set right and with thousands separators; arguments as ``show_frame``."""
    rows = _shown(frame, kinds)
    numbers = [all(type(row[place]) is int for row in rows) for place in range(frame.shape[1])]
    _say_row(_headings(frame, kinds))
    say("|" + "|".join("---:" if right else "---" for right in numbers) + "|")
    for row in rows:
        _say_row([f"{value:,}" if type(value) is int else str("" if value is None else value) for value in row])


def show_json(content: Mapping[str, Any]) -> None:
    """Print JSON; tables become lists of objects, dates ISO text, what is absent null."""
    display.show_json(
        {name: _records(value) if isinstance(value, pd.DataFrame) else value for name, value in content.items()}
    )


def write_folder(folder: Path, frames: Mapping[str, pd.DataFrame], notes: Sequence[str]) -> None:
    """Write one CSV file a table and notes.txt into a new folder, whole or not at all.

    Args:
        folder: must not exist.
        frames: by the name of the file, without its ending.
        notes: sentences for notes.txt.

    Raises:
        Conflict: the folder exists.
        InputError: it cannot be written.
    """
    tables = {name: (list(frame.columns), _written(frame)) for name, frame in frames.items()}
    csv_files.write_folder(folder, tables, notes)


def _say_row(cells: Sequence[str]) -> None:
    say("| " + " | ".join(visible(cell).replace("|", "\\|") for cell in cells) + " |")


def _headings(frame: pd.DataFrame, kinds: Mapping[str, Kind]) -> list[str]:
    if kinds is FILES:
        return list(frame.columns)
    return [_HEADINGS.get(name, name.replace("_", " ")) for name in frame.columns]


def _columns(frame: pd.DataFrame) -> list[tuple[str, list[Any]]]:
    """Name and values; by position, for names that users chose can be there twice."""
    return [
        (name, [_absent(value) for value in frame.iloc[:, place].tolist()]) for place, name in enumerate(frame.columns)
    ]


def _absent(value: Any) -> Any:
    """The value, or None for what pandas puts where nothing is."""
    return None if pd.api.types.is_scalar(value) and pd.isna(value) else value


def _shown(frame: pd.DataFrame, kinds: Mapping[str, Kind]) -> list[list[Any]]:
    columns = [_cells(values, kinds.get(name, Kind.PLAIN)) for name, values in _columns(frame)]
    return [list(row) for row in zip(*columns, strict=True)]


def _cells(values: list[Any], kind: Kind) -> list[Any]:
    if kind is Kind.MARK:
        return ["NOT" if value else "" for value in values]
    if kind is Kind.ORDINAL:
        return ["" if value is None else str(value) for value in values]
    if kind is Kind.SIDE:
        return [_HEADINGS.get(value, value) for value in values]
    return [_joined(value, ", ") for value in values]


def _written(frame: pd.DataFrame) -> list[list[Any]]:
    """Rows for CSV: lists with bars, NOT as a word, numbers without separators."""
    columns = [
        ["NOT" if value else "" for value in values]
        if OWN.get(name) is Kind.MARK
        else [_joined(value, "|") for value in values]
        for name, values in _columns(frame)
    ]
    return [list(row) for row in zip(*columns, strict=True)]


def _joined(value: Any, separator: str) -> Any:
    return separator.join(map(str, value)) if isinstance(value, list | tuple) else value


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    names = list(frame.columns)
    return [dict(zip(names, row, strict=True)) for row in zip(*(values for _, values in _columns(frame)), strict=True)]
