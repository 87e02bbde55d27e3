"""The cells of an annotation file column by column, each distinct one understood once, by the rules of ``gaf_row``.

A row is a plain one if there is nothing to say about any of its cells. What is to be said about the others is not known
here: they go to ``parse_row``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import compress, count
from operator import and_, eq
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import csv

from dcell_graph.sources import gaf_row
from dcell_graph.sources.annotation_file import AnnotationRow, listed
from dcell_graph.sources.columns import Column, Ints, column_of, together
from dcell_graph.sources.gaf_row import COLUMNS, REQUIRED_COLUMNS, RowRefused

Flags = npt.NDArray[np.bool_]
_PLACE = {name: place for place, name in enumerate(COLUMNS)}
_DISTINCT_TEXTS = pa.dictionary(pa.int32(), pa.string())
# Arrow counts the bytes that it takes apart at a time in 32 bits.
_MOST_BYTES = 2**31 - 2
BYTE_ORDER_MARK = "\ufeff"
_NONE = object()
"""Stands for the meaning of cells that there is something to say about."""


def cells_of(lines: Sequence[str]) -> list[Column] | None:
    """The cells of lines, by column; those that the lines lack are empty.

    Returns:
        None unless all lines have one number of columns, which the format allows, and Arrow reads them as ``gaf_row``
        does.
    """
    width = lines[0].count("\t") + 1
    data = "\n".join(lines)
    if not REQUIRED_COLUMNS <= width <= len(COLUMNS) or "\r" in data or data.startswith(BYTE_ORDER_MARK):
        return None
    raw = data.encode()
    if len(raw) > _MOST_BYTES:
        return None
    names = [str(place) for place in range(width)]
    try:
        table = csv.read_csv(
            pa.py_buffer(raw),
            read_options=csv.ReadOptions(use_threads=False, block_size=len(raw) + 1, column_names=names),
            parse_options=csv.ParseOptions(
                delimiter="\t", quote_char=False, double_quote=False, escape_char=False, ignore_empty_lines=False
            ),
            convert_options=csv.ConvertOptions(
                check_utf8=False,
                column_types=dict.fromkeys(names, _DISTINCT_TEXTS),
                null_values=[],
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid:  # another number of columns
        return None
    chunks = [column.combine_chunks() for column in table.itercolumns()]
    cells = [Column(chunk.indices.to_numpy().astype(np.int64), chunk.dictionary.to_pylist()) for chunk in chunks]
    return cells + [Column(np.zeros(len(lines), np.int64), [""])] * (len(COLUMNS) - width)


class _Remarkable(Exception):
    """There is something to say about a cell."""


class Rule:
    """Understands cells, each distinct one once, and remembers what they mean.

    Args:
        columns: names of the columns that are read together.
        fields: names of the fields that come of them.
        read: takes a cell of each column, gives the value (with several fields, a tuple of values); raises what makes
            a row no plain one.
    """

    def __init__(self, columns: str, fields: str, read: Callable[..., Any]) -> None:
        self._columns = [_PLACE[name] for name in columns.split()]
        self._fields = fields.split()
        self._read = read
        self._places: dict[Any, int] = {}
        self._meanings: list[Any] = []
        self._plain: list[bool] = []
        self._found: list[Ints] = []

    def places(self, cells: Sequence[Column]) -> Ints:
        """For each row the place of what its cells mean."""
        codes, keys = together([cells[place] for place in self._columns])
        known = len(self._places)
        new = [key for key in keys if key not in self._places] if known else keys
        self._places.update(zip(new, count(known), strict=False))
        if new:
            self._understand(new)
        if len(new) == len(keys):
            return codes + known
        return np.fromiter(map(self._places.__getitem__, keys), np.int64, len(keys))[codes]

    def plain(self, places: Ints) -> Flags:
        """For each place whether there is nothing to say about the cells."""
        return np.array(self._plain, np.bool_)[places]

    def keep(self, places: Ints) -> None:
        """Remember what further plain rows mean."""
        self._found.append(places)

    def columns(self, others: Sequence[AnnotationRow]) -> Iterator[tuple[str, Column]]:
        """By field what all plain rows mean, followed by what other rows hold."""
        places = np.concatenate([np.empty(0, np.int64), *self._found])
        meanings = self._meanings
        if not all(self._plain):
            places = (np.cumsum(self._plain) - 1)[places]
            meanings = list(compress(meanings, self._plain))
        for part, field in enumerate(self._fields):
            of_field = meanings if len(self._fields) == 1 else [meaning[part] for meaning in meanings]
            yield field, column_of(of_field).at(places).extended([getattr(row, field) for row in others])

    def _understand(self, new: Sequence[Any]) -> None:
        """Read cells that are new."""
        columns = [list(new)] if len(self._columns) == 1 else list(map(list, zip(*new, strict=True)))
        trimmed = [list(map(str.strip, column)) for column in columns]
        meanings = list(map(self._meaning, *columns))
        plain = [meaning is not _NONE for meaning in meanings]
        if columns != trimmed:
            untouched = map(eq, zip(*columns, strict=True), zip(*trimmed, strict=True))
            plain = list(map(and_, plain, untouched))
        self._meanings += meanings
        self._plain += plain

    def _meaning(self, *cells: str) -> Any:
        try:
            return self._read(*cells)
        except (RowRefused, _Remarkable):
            return _NONE


class _Copy(Rule):
    """The rule of a column that is taken as it is.

    Args:
        column: its name, and that of the field.
        stated: True if an empty cell makes a row no plain one.
    """

    def __init__(self, column: str, *, stated: bool) -> None:
        super().__init__(column, column, str)
        self._stated = stated

    def _understand(self, new: Sequence[Any]) -> None:
        plain = list(map(str.__eq__, new, map(str.strip, new)))
        self._plain += map(and_, plain, map(bool, new)) if self._stated else plain
        self._meanings += [cell or None for cell in new]


def _no_remark(reason: str, text: str) -> NoReturn:
    raise _Remarkable


def _product(database: str, object_id: str) -> tuple[str, str]:
    gaf_row.read_required("database", database)
    gaf_row.read_required("object_id", object_id)
    gaf_row.read_product(database, object_id, None, _no_remark)
    return database, object_id


def _references(text: str) -> tuple[tuple[str, ...], str]:
    references = listed(text)
    if not references:
        raise _Remarkable
    return references, gaf_row.paper_of(references)


def rules_of(*, with_relations: bool) -> list[Rule]:
    """The rules of all columns.

    Args:
        with_relations: True for GAF 2.2, where the qualifier must name a relation.
    """

    def relation(qualifier: str, aspect: str) -> tuple[object, ...]:
        found = gaf_row.read_relation(qualifier, aspect, with_relations, _no_remark)
        return (*found, qualifier or None, aspect or None)

    return [
        Rule("database object_id", "database object_id", _product),
        Rule("qualifier aspect", "negated relation relation_stated qualifier aspect", relation),
        Rule("reference", "references paper", _references),
        Rule("term", "term", gaf_row.read_term),
        Rule("evidence", "evidence", lambda text: gaf_row.read_evidence(text, _no_remark)),
        Rule("date", "date", gaf_row.read_date),
        Rule("synonyms", "synonyms", listed),
        *(_Copy(name, stated=True) for name in ("symbol", "assigned_by")),
        *(
            _Copy(name, stated=False)
            for name in ("with_from", "name", "object_type", "taxon", "extension", "product_form")
        ),
    ]
