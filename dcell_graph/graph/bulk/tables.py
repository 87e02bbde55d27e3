"""Nodes and relationships as CSV files for Neo4j's importer, written as a stream.

A file holds the nodes of one label or the relationships of one type. Its columns grow while it is written: when a new
property or another type turns up, the next file of the label begins. What CSV cannot say (an empty list, an empty text,
a list that holds one) is set aside and put right by a query after the import; ``Repair`` says for which node.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Self, TextIO

import neo4j.time

from dcell_graph.errors import DatabaseError

# Between the values of a list; U+001F, "unit separator". A list with a value that contains it is set aside.
SEPARATOR = "\x1f"
# Marks a relationship that is to be put right: the importer gives relationships ids of its own.
MARK = "bulk_repair"
_BUFFER = 1 << 18

Properties = Mapping[str, Any]
Column = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Repair:
    """Properties to set after the import.

    Args:
        node: id of the node, or of the node that the relationship starts at.
        mark: value of ``bulk_repair`` of the relationship; None for a node.
        properties: to set.
    """

    node: int
    mark: int | None
    properties: dict[str, Any]


@dataclass(frozen=True, slots=True)
class TableFiles:
    """The files of one label or type, each with its own header line."""

    name: str
    paths: tuple[Path, ...]


class Tables:
    """The CSV files of one graph. Node ids are given by the caller and stay the ids of the nodes.

    Args:
        folder: an empty folder for the files.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._nodes: dict[str, _Table] = {}
        self._links: dict[str, _Table] = {}
        self._repairs = (folder / "repairs").open("w", encoding="utf-8", newline="\n", buffering=_BUFFER)
        self._marks = 0
        self.counts: Counter[str] = Counter()
        self.repairs = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def node(self, key: int, label: str, properties: Properties) -> None:
        """Write a node.

        Raises:
            DatabaseError: a property has a type that is not known here.
        """
        table = self._nodes.get(label)
        if table is None:
            table = self._nodes[label] = _Table(self._folder, f"node-{len(self._nodes)}", [":ID"])
        hard = table.write([str(key)], properties)
        if hard:
            self._set_aside(Repair(key, None, hard))
        self.counts[label] += 1

    def link(self, start: int, kind: str, end: int, properties: Properties) -> None:
        """Write a relationship.

        Raises:
            DatabaseError: a property has a type that is not known here.
        """
        table = self._links.get(kind)
        if table is None:
            table = self._links[kind] = _Table(self._folder, f"link-{len(self._links)}", [":START_ID", ":END_ID"])
        ends = [str(start), str(end)]
        if not properties:
            table.write(ends, properties)
        elif hard := _hard(properties):
            self._marks += 1
            table.write(ends, {**properties, MARK: self._marks})
            self._set_aside(Repair(start, self._marks, hard))
        else:
            table.write(ends, properties)
        self.counts[kind] += 1

    def close(self) -> None:
        """Finish all files; what was written can be read from here on."""
        for table in (*self._nodes.values(), *self._links.values()):
            table.close()
        self._repairs.close()

    def node_files(self) -> list[TableFiles]:
        """Files by label."""
        return [TableFiles(label, tuple(table.paths)) for label, table in self._nodes.items()]

    def link_files(self) -> list[TableFiles]:
        """Files by relationship type."""
        return [TableFiles(kind, tuple(table.paths)) for kind, table in self._links.items()]

    def read_repairs(self) -> Iterator[Repair]:
        """What was set aside, in the order in which it was written."""
        with (self._folder / "repairs").open(encoding="utf-8", newline="\n") as file:
            for line in file:
                yield Repair(*json.loads(line))

    def _set_aside(self, repair: Repair) -> None:
        # Only texts and lists of texts are ever set aside, see ``_encoded``.
        self._repairs.write(json.dumps([repair.node, repair.mark, repair.properties]) + "\n")
        self.repairs += 1


class _Table:
    """The files of one label or type."""

    def __init__(self, folder: Path, stem: str, first: list[str]) -> None:
        self._folder, self._stem, self._first = folder, stem, first
        self._places: dict[Column, int] = {}
        self._width = 0
        self._file: TextIO | None = None
        self._write: Callable[[list[str]], Any] = _nowhere
        self.paths: list[Path] = []

    def write(self, first: list[str], properties: Properties) -> dict[str, Any]:
        """Write a line; returns the properties that are to be set afterwards."""
        hard: dict[str, Any] = {}
        cells = [""] * self._width
        places = self._places
        wider: list[Column] = []
        for name, value in properties.items():
            if value is None:
                continue
            encoded = _encoded(name, value)
            if encoded is None:
                hard[name] = value
                continue
            kind, text = encoded
            place = places.get((name, kind))
            if place is None:
                wider.append((name, kind))
            else:
                cells[place] = text
        if wider or self._file is None:
            self._begin(wider)
            return self.write(first, properties)
        self._write(first + cells)
        return hard

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _begin(self, new: list[Column]) -> None:
        """Begin a file that has the new columns too. A property has one column; the latest type of it counts."""
        self.close()
        renewed = {name for name, _ in new}
        columns = [column for column in self._places if column[0] not in renewed] + new
        self._places = {column: place for place, column in enumerate(columns)}
        self._width = len(columns)
        path = self._folder / f"{self._stem}-{len(self.paths)}.csv"
        self._file = path.open("w", encoding="utf-8", newline="", buffering=_BUFFER)
        self.paths.append(path)
        # With this line end both of its characters are quoted inside a cell.
        self._write = csv.writer(self._file, lineterminator="\r\n").writerow
        self._write(self._first + [f"{name}:{kind}" for name, kind in columns])


def _nowhere(row: list[str]) -> None:
    raise AssertionError("a row was written before the first file was begun")


def _hard(properties: Properties) -> dict[str, Any]:
    """The properties that CSV cannot say."""
    return {name: value for name, value in properties.items() if value is not None and _encoded(name, value) is None}


def _encoded(name: str, value: Any) -> tuple[str, str] | None:
    """Type of the column and text of the cell; None if CSV cannot say it."""
    kind = type(value)
    if kind is str:
        return ("string", value) if value else None
    if kind is list or kind is tuple:
        return _list(name, value)
    scalar = _SCALARS.get(kind)
    if scalar is None:
        raise DatabaseError(f"the property {name} has a type that the bulk load does not know", found=kind.__name__)
    return scalar[0], scalar[1](value)


def _list(name: str, values: Any) -> tuple[str, str] | None:
    if not values:
        return None
    kind = type(values[0])
    if kind is str:
        if any(not value or SEPARATOR in value for value in values):
            return None
        return "string[]", SEPARATOR.join(values)
    scalar = _SCALARS.get(kind)
    if scalar is None:
        raise DatabaseError(
            f"the property {name} is a list of a type that the bulk load does not know", found=kind.__name__
        )
    return f"{scalar[0]}[]", SEPARATOR.join(map(scalar[1], values))


def _boolean(value: bool) -> str:
    return "true" if value else "false"


def _day(value: date) -> str:
    return value.isoformat()


_SCALARS: dict[type, tuple[str, Callable[[Any], str]]] = {
    bool: ("boolean", _boolean),
    int: ("long", str),
    float: ("double", repr),
    date: ("date", _day),
    neo4j.time.Date: ("date", lambda value: value.iso_format()),
    datetime: ("datetime", lambda value: value.isoformat()),
    neo4j.time.DateTime: ("datetime", lambda value: value.iso_format()),
}
