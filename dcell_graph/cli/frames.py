"""How tables leave the commands: shown, as JSON, as Markdown, or as a folder of CSV files."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import typer

from dcell_graph.cli.display import say, show_rows
from dcell_graph.errors import Conflict, writing

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


def show_frame(frame: pd.DataFrame, *, empty: str, verbatim: bool = False) -> None:
    """Print a table; lists are shown with commas, NOT as a word.

    Args:
        frame: the table.
        empty: the sentence to print instead of a table without rows.
        verbatim: the headings are names of files, to be shown as they are.
    """
    show_rows(_headings(frame, verbatim), _rows(frame, ", "), as_json=False, empty=empty)


def show_markdown(frame: pd.DataFrame, *, verbatim: bool = False) -> None:
    """Print a table as Markdown, numbers set right and with thousands separators."""
    rows = _rows(frame, ", ")
    numbers = [all(type(row[place]) is int for row in rows) for place in range(frame.shape[1])]
    say("| " + " | ".join(_headings(frame, verbatim)) + " |")
    say("|" + "|".join("---:" if right else "---" for right in numbers) + "|")
    for row in rows:
        say(
            "| "
            + " | ".join(f"{value:,}" if type(value) is int else str("" if value is None else value) for value in row)
            + " |"
        )


def show_json(content: Mapping[str, Any]) -> None:
    """Print JSON; tables become lists of objects, dates ISO text."""
    plain = {name: _records(value) if isinstance(value, pd.DataFrame) else value for name, value in content.items()}
    typer.echo(json.dumps(plain, indent=2, default=str))


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
    if folder.exists():
        raise Conflict(f"the folder {folder} exists already", hint="name one that does not")
    with writing(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        with writing(folder):
            for name, frame in frames.items():
                table = pd.DataFrame(_rows(frame, "|"), columns=list(frame.columns), dtype=object)
                _write(scratch / f"{name}.csv", table.to_csv(index=False, lineterminator="\n"))
            _write(scratch / "notes.txt", "".join(f"{note}\n" for note in notes))
            scratch.chmod(0o755)
            scratch.rename(folder)
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise


def _write(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _headings(frame: pd.DataFrame, verbatim: bool) -> list[str]:
    if verbatim:
        return list(frame.columns)
    return [_HEADINGS.get(name, name.replace("_", " ")) for name in frame.columns]


def _rows(frame: pd.DataFrame, separator: str) -> list[list[Any]]:
    columns = [_cells(name, frame[name].tolist(), separator) for name in frame.columns]
    return [list(row) for row in zip(*columns, strict=True)]


def _cells(name: str, values: list[Any], separator: str) -> list[Any]:
    if name == "not" or (name.startswith("not_") and name != "not_in"):
        return ["NOT" if value else "" for value in values]
    if separator == ", " and (name == "year" or name.startswith("line")):
        # These are numbers that are not counted with, so they have no thousands separators.
        return ["" if value is None else str(value) for value in values]
    if name == "side" and separator == ", ":
        return [_HEADINGS.get(value, value) for value in values]
    return [separator.join(map(str, value)) if isinstance(value, list | tuple) else value for value in values]


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    columns = [frame[name].tolist() for name in frame.columns]
    return [dict(zip(frame.columns, row, strict=True)) for row in zip(*columns, strict=True)]
