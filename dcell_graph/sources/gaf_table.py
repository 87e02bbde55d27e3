"""Many rows of an annotation file at once: column by column, each distinct cell understood once.

The rules are those of ``gaf_row``. Rows with anything about them to refuse or to flag go to ``parse_row`` one by one;
what stays is what nearly all rows of real files are, and takes a fifth of the time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import repeat
from operator import itemgetter
from typing import Any, NoReturn

from dcell_graph.sources import gaf_row
from dcell_graph.sources.annotation_file import AnnotationRow, Refusal, listed
from dcell_graph.sources.gaf_row import COLUMNS, REQUIRED_COLUMNS, RowRefused, parse_row
from dcell_graph.sources.text import Text

# So many lines are taken apart at a time; more would only need more memory.
_LINES_AT_A_TIME = 20_000
_PLACE = {name: place for place, name in enumerate(COLUMNS)}


class _Remarkable(Exception):
    """There is something to say about a cell."""


class _Rule(dict[Any, Any]):
    """Turns cells into values, each distinct cell once: a table that works out what it lacks.

    Args:
        columns: names of the columns that are read together.
        fields: names of the fields that come of them.
        read: takes a cell of each column, gives the value (with several fields, a tuple of values); raises what makes
            a row no plain one.
    """

    def __init__(self, columns: str, fields: str, read: Callable[..., Any]) -> None:
        super().__init__()
        self._places = [_PLACE[name] for name in columns.split()]
        self._fields = fields.split()
        self._read = read
        self._odd: set[Any] = set()

    def apply(self, columns: Sequence[Sequence[str]], fields: dict[str, Sequence[Any]], odd_rows: set[int]) -> None:
        """Fill in the fields of many rows; those that are no plain ones are added to ``odd_rows``."""
        keys: Sequence[Any] = columns[self._places[0]]
        if len(self._places) > 1:
            keys = list(zip(*(columns[place] for place in self._places), strict=True))
        if keys[0] == keys[-1] and keys.count(keys[0]) == len(keys):
            answers = [self[keys[0]]] * len(keys)
        else:
            self._prepare(keys)
            answers = list(map(self.__getitem__, keys))
        if self._odd:
            odd_rows.update(row for row, key in enumerate(keys) if key in self._odd)
        if len(self._fields) == 1:
            fields[self._fields[0]] = answers
        else:
            for part, field in enumerate(self._fields):
                fields[field] = list(map(itemgetter(part), answers))

    def _prepare(self, keys: Sequence[Any]) -> None:
        """Work out many cells before they are looked up."""

    def __missing__(self, key: Any) -> Any:
        cells = (key,) if isinstance(key, str) else key
        try:
            for cell in cells:
                if cell != cell.strip():
                    raise _Remarkable
            value = self._read(*cells)
        except (RowRefused, _Remarkable):
            self._odd.add(key)
            value = (None,) * len(self._fields)
        self[key] = value
        return value


class _Copy(_Rule):
    """The rule of a column that is taken as it is; an empty cell is what ``read`` makes of it."""

    def _prepare(self, keys: Sequence[Any]) -> None:
        new = list(set(keys).difference(self, ("",)))
        if new == list(map(str.strip, new)):
            self.update(zip(new, new, strict=True))


def _no_remark(reason: str, text: str) -> NoReturn:
    raise _Remarkable


def _stated(text: str) -> str:
    if not text:
        raise _Remarkable
    return text


def _or_none(text: str) -> str | None:
    return text or None


def _product(database: str, object_id: str) -> tuple[str, str]:
    gaf_row.read_required("database", database)
    gaf_row.read_required("object_id", object_id)
    gaf_row.read_product(database, object_id, None, _no_remark)
    return database, object_id


def _references(text: str) -> tuple[tuple[str, ...], str]:
    gaf_row.read_required("reference", text)
    return gaf_row.read_references(text)


def _rules(with_relations: bool) -> list[_Rule]:
    def relation(qualifier: str, aspect: str) -> tuple[object, ...]:
        found = gaf_row.read_relation(qualifier, aspect, with_relations, _no_remark)
        return (*found, qualifier or None, aspect or None)

    return [
        _Rule("database object_id", "database object_id", _product),
        _Rule("qualifier aspect", "negated relation relation_stated qualifier aspect", relation),
        _Rule("reference", "references paper", _references),
        _Rule("term", "term", gaf_row.read_term),
        _Rule("evidence", "evidence", lambda text: gaf_row.read_evidence(text, _no_remark)),
        _Rule("date", "date", gaf_row.read_date),
        _Rule("synonyms", "synonyms", listed),
        *(_Copy(name, name, _stated) for name in ("symbol", "assigned_by")),
        *(
            _Copy(name, name, _or_none)
            for name in ("with_from", "name", "object_type", "taxon", "extension", "product_form")
        ),
    ]


def parse_rows(
    text: Text, numbers: Sequence[int], *, with_relations: bool
) -> tuple[list[AnnotationRow], list[tuple[int, Refusal]]]:
    """Read data rows.

    Args:
        text: the file.
        numbers: of the lines that are neither blank nor comments, in file order.
        with_relations: True for GAF 2.2, where the qualifier must name a relation.

    Returns:
        The rows that can be used, and the line numbers of the others with what is wrong; both in file order.
    """
    rules = _rules(with_relations)
    rows: list[AnnotationRow] = []
    refused: list[tuple[int, Refusal]] = []
    for start in range(0, len(numbers), _LINES_AT_A_TIME):
        found, odd = _plain_rows(text, numbers[start : start + _LINES_AT_A_TIME], rules)
        for number in odd:
            row = parse_row(text.line(number), with_relations=with_relations)
            if isinstance(row, Refusal):
                refused.append((number, row))
            else:
                found.append(row)
        found.sort(key=itemgetter(0))
        rows += found
    return rows, refused


def _plain_rows(text: Text, numbers: Sequence[int], rules: list[_Rule]) -> tuple[list[AnnotationRow], list[int]]:
    """The rows about which there is nothing to say, and the numbers of all other lines in file order."""
    lines = [text.lines[number - 1] for number in numbers]
    tabs = list(map(str.count, lines, repeat("\t")))
    rows: list[AnnotationRow] = []
    odd: list[int] = []
    for found in set(tabs):
        places = [place for place, count in enumerate(tabs) if count == found]
        chosen = [numbers[place] for place in places]
        if REQUIRED_COLUMNS <= found + 1 <= len(COLUMNS):
            odd_rows = {row for row, number in enumerate(chosen) if number in text.damaged} if text.damaged else set()
            plain = _take(chosen, [lines[place] for place in places], found + 1, rules, odd_rows)
            odd += [chosen[row] for row in odd_rows]
            rows += [row for place, row in enumerate(plain) if place not in odd_rows] if odd_rows else plain
        else:
            odd += chosen
    return rows, sorted(odd)


def _take(
    numbers: list[int], lines: list[str], width: int, rules: list[_Rule], odd_rows: set[int]
) -> list[AnnotationRow]:
    """Read rows of one number of columns. Where they are no plain ones, which is added to ``odd_rows``, ignore them."""
    cells = "\t".join(lines).split("\t")
    columns: list[Sequence[str]] = [cells[place::width] for place in range(width)]
    columns += [("",) * len(lines)] * (len(COLUMNS) - width)
    fields: dict[str, Sequence[Any]] = {
        "line": numbers,
        "columns": [width] * len(lines),
        "flags": [()] * len(lines),
    }
    for rule in rules:
        rule.apply(columns, fields, odd_rows)
    values = zip(*(fields[name] for name in AnnotationRow._fields), strict=True)
    return list(map(tuple.__new__, repeat(AnnotationRow), values))
