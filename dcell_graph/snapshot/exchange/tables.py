"""CSV: a folder with the five tables of a snapshot, one file each, and its manifest in ``snapshot.json``.

Comma-separated with a line of headings, texts with commas, quotes or line ends in double quotes.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from dcell_graph.errors import FileRefused, InputError, NotFound
from dcell_graph.snapshot.exchange import carried
from dcell_graph.snapshot.exchange.draft import LINK_KINDS, Draft
from dcell_graph.snapshot.exchange.reading import LARGEST, sound_text, whole_number
from dcell_graph.snapshot.exchange.writing import check_ids, write_folder
from dcell_graph.snapshot.schema import TABLES, Snapshot
from dcell_graph.types import FileStamp
from dcell_graph.wording import counted

NAME = "csv"
MANIFEST = "snapshot.json"

# What a table must have; the other columns are optional, and sizes and indices of pairs and links are counted anew.
_NEEDED = {
    "terms": ("term",),
    "parents": ("child", "parent"),
    "genes": ("gene",),
    "annotations": ("term", "gene"),
    "removed": ("term", "stage"),
}
_OPTIONAL_TABLES = ("removed",)


class Row(NamedTuple):
    """A row by column, and the line it ends in."""

    values: dict[str, str]
    line: int


def write(snapshot: Snapshot, target: Path) -> tuple[str, ...]:
    """Write a snapshot as a folder of CSV files.

    Args:
        snapshot: no text may hold a carriage return.
        target: a new folder.

    Raises:
        InputError: a text holds a carriage return, or the folder cannot be written.
        Conflict: the target exists.
    """
    check_ids(snapshot, NAME)
    files = {f"{name}.csv": "".join(_lines(snapshot, name)) for name in TABLES}
    write_folder(target, files | {MANIFEST: carried.manifest_text(snapshot) + "\n"})
    return ()


def _lines(snapshot: Snapshot, name: str) -> Iterator[str]:
    yield ",".join(TABLES[name]) + "\n"
    for row in getattr(snapshot, name).itertuples(index=False, name=None):
        yield ",".join(_field(value) for value in row) + "\n"


def _field(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if "\r" in text or "\0" in text:
        raise InputError(
            f"a text does not fit the format {NAME}",
            expected="no carriage return and no NUL",
            found=repr(text[:60]),
            hint="choose another format",
        )
    return '"' + text.replace('"', '""') + '"' if any(sign in text for sign in ',"\n') else text


def read(path: Path) -> Draft:
    """Read a folder of CSV files, each plain or gzip; ``removed.csv`` and ``snapshot.json`` may be absent.

    Raises:
        NotFound, FileRefused: a file is missing or is not the table.
        SnapshotError: the manifest has another format version.
    """
    if not path.is_dir():
        raise NotFound(
            f"there is no folder {path}", expected="a folder with terms.csv, parents.csv and the other tables"
        )
    stamps: dict[str, FileStamp] = {}
    with _long_fields():
        rows = {name: list(_rows(path, name, stamps)) for name in TABLES}
    draft = Draft(
        path=path,
        ontology=stamps["parents"],
        annotations=stamps["annotations"],
        genome=stamps["genes"],
        declared_by="a row of terms.csv",
    )
    _fill(draft, path, rows)
    draft.path = path / MANIFEST
    if draft.path.exists():
        carried.take_manifest(draft, "\n".join(sound_text(draft.path, "a manifest").lines))
    draft.path, draft.link_path, draft.whole = (_file(path, "terms"), _file(path, "parents"), path)
    return draft


@contextmanager
def _long_fields() -> Iterator[None]:
    """Let fields be as long as they are written; Python refuses more than 131,072 characters otherwise."""
    before = csv.field_size_limit(LARGEST)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _fill(draft: Draft, folder: Path, rows: dict[str, list[Row]]) -> None:
    draft.path = _file(folder, "terms")
    for row in rows["terms"]:
        value = row.values
        artificial = value.get("artificial", "").strip().lower()
        draft.add_term(
            value["term"],
            row.line,
            name=value.get("name", ""),
            namespace=value.get("namespace", ""),
            artificial=artificial in ("true", "1") if artificial else None,
        )
    draft.path = _file(folder, "genes")
    for row in rows["genes"]:
        draft.add_gene(row.values["gene"], row.line, symbol=row.values.get("symbol", ""))
    draft.path = _file(folder, "parents")
    for row in rows["parents"]:
        _known(draft, draft.terms, row, "child", "parent")
        kind = row.values.get("kind")
        draft.add_link(row.values["child"], row.values["parent"], row.line, kind=kind if kind in LINK_KINDS else None)
    draft.path = _file(folder, "annotations")
    for row in rows["annotations"]:
        _known(draft, draft.terms, row, "term")
        _known(draft, draft.genes, row, "gene")
        value = row.values
        draft.add_pair(
            value["term"],
            value["gene"],
            row.line,
            evidence=value.get("evidence", ""),
            first_date=value.get("first_date", ""),
        )
    draft.path = _file(folder, "removed")
    carried.take_removed(draft, [row.values for row in rows["removed"]], [row.line for row in rows["removed"]])
    draft.path = _file(folder, "terms")
    carried.order_terms(draft, {row.values["term"]: _index(draft, row) for row in rows["terms"]})
    draft.path = _file(folder, "genes")
    carried.order_genes(draft, {row.values["gene"]: _index(draft, row) for row in rows["genes"]})


def _known(draft: Draft, ids: dict[str, Any], row: Row, *columns: str) -> None:
    for column in columns:
        if row.values[column] not in ids:
            kind = "gene" if column == "gene" else "term"
            raise draft.refuse(
                f"the {kind} {row.values[column]} is used but not declared",
                row.line,
                expected=f"a row of {kind}s.csv with it",
                found="none",
            )


def _index(draft: Draft, row: Row) -> int | None:
    text = row.values.get("index", "")
    if not text:
        return None
    index = whole_number(text)
    if index is None:
        raise draft.refuse(
            "the index cannot be used",
            row.line,
            expected=f"a whole number from 0 to {LARGEST:,}",
            found=repr(text[:40]),
        )
    return index


def _file(folder: Path, name: str) -> Path:
    compressed = folder / f"{name}.csv.gz"
    return compressed if compressed.is_file() else folder / f"{name}.csv"


def _rows(folder: Path, name: str, stamps: dict[str, FileStamp]) -> Iterator[Row]:
    path = _file(folder, name)
    if name in _OPTIONAL_TABLES and not path.exists():
        return
    text = sound_text(path, f"a table with the columns {', '.join(TABLES[name])}")
    stamps[name] = text.stamp
    reader = csv.reader(io.StringIO("\n".join(text.lines), newline=""), strict=True)
    try:
        headings = [heading.strip() for heading in next(reader)]
        missing = [column for column in _NEEDED[name] if headings.count(column) != 1]
        if missing:
            raise FileRefused(
                "the table has the wrong columns",
                path=path,
                line=1,
                expected=", ".join(_NEEDED[name]) + ", each once",
                found=", ".join(headings)[:120],
            )
        for fields in reader:
            if len(fields) != len(headings) and fields:
                raise FileRefused(
                    "the row has the wrong columns",
                    path=path,
                    line=reader.line_num,
                    expected=f"{counted(len(headings), 'field')} as in the headings",
                    found=str(len(fields)),
                )
            if fields:
                yield Row(
                    {key: value for key, value in zip(headings, fields, strict=True) if key in TABLES[name]},
                    reader.line_num,
                )
    except csv.Error as error:
        raise FileRefused("the row is not CSV", path=path, line=reader.line_num, found=str(error)) from None
