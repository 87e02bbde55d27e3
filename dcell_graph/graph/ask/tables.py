"""Answers as data frames, and as rows and files of plain cells."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from dcell_graph.errors import InputError, writing
from dcell_graph.graph.ask.asker import Answer
from dcell_graph.graph.ask.values import as_json, is_composite, plain


def to_frame(answer: Answer) -> pd.DataFrame:
    """The answer as a data frame of plain values.

    Whole numbers stay whole where some are absent (``Int64``), and truth values likewise (``boolean``).
    """
    columns = {}
    for place, name in enumerate(answer.columns):
        values = [plain(row[place]) for row in answer.rows]
        columns[name] = pd.Series(values, dtype=_dtype(values))
    return pd.DataFrame(columns, columns=list(answer.columns), index=range(len(answer.rows)))


def to_objects(answer: Answer) -> list[dict[str, Any]]:
    """One mapping a row, of plain values, for JSON."""
    return [{name: plain(value) for name, value in zip(answer.columns, row, strict=True)} for row in answer.rows]


def to_cells(answer: Answer) -> list[list[Any]]:
    """Rows for CSV: plain values, lists and maps as JSON text."""
    return [[_cell(plain(value)) for value in row] for row in answer.rows]


def write_parquet(path: Path, answer: Answer) -> None:
    """Write an answer as a Parquet file, whole or not at all.

    A column of one simple type keeps it; a column of several types, or of maps, nodes and the like, holds JSON text.

    Args:
        path: of the file; one that is there is replaced by a whole one, and a link is followed.
        answer: to write.

    Raises:
        InputError: it cannot be written, or is a folder.
    """
    arrays = [_array([plain(row[place]) for row in answer.rows]) for place in range(len(answer.columns))]
    table = pa.Table.from_arrays(arrays, names=list(answer.columns))
    with writing(path):
        if path.is_dir():
            raise InputError("--parquet names a folder, not a file", path=path, hint="name a file")
        if path.exists() and not path.is_file():
            with path.open("wb") as pipe:  # a pipe or device is written into, not replaced
                pq.write_table(table, pipe)
            return
        target = Path(os.path.realpath(path))
        scratch = target.parent / f".dcell-graph-{secrets.token_hex(8)}.part"
        try:
            with scratch.open("xb") as file:
                pq.write_table(table, file)
                file.flush()
                os.fsync(file.fileno())
            scratch.replace(target)
        except BaseException:
            scratch.unlink(missing_ok=True)
            raise


def _dtype(values: list[Any]) -> str | None:
    kinds = {type(value) for value in values if value is not None}
    if kinds == {int}:
        return "int64" if None not in values else "Int64"
    if kinds == {bool}:
        return "bool" if None not in values else "boolean"
    return None if kinds in ({float}, {str}) else "object"


def _cell(value: Any) -> Any:
    return as_json(value) if is_composite(value) else value


def _array(values: list[Any]) -> pa.Array:
    if not any(map(_has_map, values)):
        try:
            return pa.array(values)
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            pass  # several types in one column, or lists of several
    return pa.array([None if value is None else _as_text(value) for value in values], pa.string())


def _has_map(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(map(_has_map, value)))


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else as_json(value)
