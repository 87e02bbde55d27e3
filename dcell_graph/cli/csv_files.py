"""Writes tables as CSV: one file, or a folder of them, whole or not at all."""

from __future__ import annotations

import csv
import os
import secrets
import shutil
import stat
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from dcell_graph.errors import Conflict, InputError, writing

Rows = Iterable[Sequence[Any]]


def write_csv(path: Path, columns: Sequence[str], rows: Rows) -> None:
    """Write a table into a file.

    A link is followed, and a file is replaced by a whole one. A pipe or device is written into, as far as it takes it.

    Args:
        path: of the file.
        columns: the heading.
        rows: None is an empty cell.

    Raises:
        InputError: it cannot be written, or is a folder.
    """
    with writing(path):
        if path.is_dir():
            raise InputError("--csv names a folder, not a file", path=path, hint="name a file")
        there = _state(path)
        if there is not None and _is_output(there):
            _write(sys.stdout, columns, rows)
            return
        if there is not None and not stat.S_ISREG(there.st_mode):
            with path.open("w", encoding="utf-8", newline="") as file:
                _write(file, columns, rows)
            return
        target = Path(os.path.realpath(path))
        scratch = _beside(target)
        try:
            _write_file(scratch, columns, rows)
            if there is not None:
                scratch.chmod(stat.S_IMODE(there.st_mode))
            scratch.replace(target)
        except BaseException:
            scratch.unlink(missing_ok=True)
            raise


def write_folder(folder: Path, tables: Mapping[str, tuple[Sequence[str], Rows]], notes: Sequence[str]) -> None:
    """Write one CSV file a table and notes.txt into a new folder.

    Args:
        folder: must not exist; folders above it are made.
        tables: heading and rows, by the name of the file without its ending.
        notes: sentences for notes.txt.

    Raises:
        Conflict: the folder exists.
        InputError: it cannot be written.
    """
    made: list[Path] = []
    scratch = _beside(folder)
    with writing(folder):
        if _state(folder) is not None:
            raise Conflict(f"the folder {folder} exists already", hint="name one that does not")
        try:
            _make_parents(folder, made)
            scratch.mkdir()
            for name, (columns, rows) in tables.items():
                _write_file(scratch / f"{name}.csv", columns, rows)
            with (scratch / "notes.txt").open("w", encoding="utf-8") as file:
                file.writelines(f"{note}\n" for note in notes)
                _to_disk(file)
            scratch.rename(folder)
        except BaseException:
            shutil.rmtree(scratch, ignore_errors=True)
            for parent in reversed(made):
                _remove_if_empty(parent)
            raise


def _make_parents(folder: Path, made: list[Path]) -> None:
    """Make what is missing above a folder; what is made is added to the list, outermost first."""
    missing = []
    above = folder.parent
    while not above.exists() and above != above.parent:
        missing.append(above)
        above = above.parent
    for parent in reversed(missing):
        parent.mkdir(exist_ok=True)
        made.append(parent)


def _remove_if_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        return  # somebody else put something into it


def _state(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _is_output(there: os.stat_result) -> bool:
    """Whether this is where the output goes: replacing that file would lose what is printed there."""
    try:
        return os.path.samestat(there, os.fstat(sys.stdout.fileno()))
    except (OSError, ValueError):
        return False  # the output is no file


def _beside(target: Path) -> Path:
    """A new name in the same folder; a long name of the target must not make it too long."""
    return target.parent / f".dcell-graph-{secrets.token_hex(8)}.part"


def _write_file(path: Path, columns: Sequence[str], rows: Rows) -> None:
    with path.open("x", encoding="utf-8", newline="") as file:
        _write(file, columns, rows)
        _to_disk(file)


def _write(file: TextIO, columns: Sequence[str], rows: Rows) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)


def _to_disk(file: TextIO) -> None:
    file.flush()
    os.fsync(file.fileno())
