"""Many rows of an annotation file at once: nearly all rows of real files are plain ones, and read by their columns.

Rows with anything about them to refuse or to flag go to ``parse_row`` one by one, the one place that knows what is
wrong with a row. What stays takes a tenth of the time.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat
from typing import NamedTuple

import numpy as np

from dcell_graph.sources.annotation_file import AnnotationRow, Refusal
from dcell_graph.sources.columns import Column, Ints
from dcell_graph.sources.gaf_columns import BYTE_ORDER_MARK, Flags, Rule, cells_of, rules_of
from dcell_graph.sources.gaf_row import parse_row
from dcell_graph.sources.text import Text

# So many lines are taken apart at a time; more would only need more memory.
_LINES_AT_A_TIME = 100_000


class ParsedRows(NamedTuple):
    """What was read.

    Args:
        rows: those that can be used, in file order.
        columns: the same by field, all but the line.
        refused: line numbers of the others with what is wrong, in file order.
    """

    rows: list[AnnotationRow]
    columns: dict[str, Column]
    refused: list[tuple[int, Refusal]]


class _Group(NamedTuple):
    """Lines that have the same number of columns, which one file may have."""

    width: int
    numbers: list[int]
    cells: list[Column]


def parse_rows(text: Text, numbers: Sequence[int], *, with_relations: bool) -> ParsedRows:
    """Read data rows.

    Args:
        text: the file.
        numbers: of the lines that are neither blank nor comments, in file order.
        with_relations: True for GAF 2.2, where the qualifier must name a relation.
    """
    rules = rules_of(with_relations=with_relations)
    lines: list[int] = []
    widths: list[Ints] = []
    others: list[AnnotationRow] = []
    refused: list[tuple[int, Refusal]] = []
    for start in range(0, len(numbers), _LINES_AT_A_TIME):
        groups, odd = _groups(text, numbers[start : start + _LINES_AT_A_TIME])
        for group in groups:
            plain = _read(group, rules)
            chosen = group.numbers
            if not plain.all():
                odd += np.array(chosen)[~plain].tolist()
                chosen = np.array(chosen)[plain].tolist()
            lines += chosen
            widths.append(np.full(len(chosen), group.width))
        for number in sorted(odd):
            row = parse_row(text.line(number), with_relations=with_relations)
            if isinstance(row, Refusal):
                refused.append((number, row))
            else:
                others.append(row)
    columns = {field: column for rule in rules for field, column in rule.columns(others)}
    used, codes = np.unique(np.concatenate([np.empty(0, np.int64), *widths]), return_inverse=True)
    columns["columns"] = Column(codes, used.tolist()).extended([row.columns for row in others])
    columns["flags"] = Column(np.zeros(len(lines), np.int64), [()]).extended([row.flags for row in others])
    return _in_file_order(lines + [row.line for row in others], columns, refused)


def _in_file_order(lines: list[int], columns: dict[str, Column], refused: list[tuple[int, Refusal]]) -> ParsedRows:
    """Rows put together from their columns, which are in any order."""
    numbers = np.array(lines, np.int64)
    if (np.diff(numbers) < 0).any():
        order = np.argsort(numbers)
        lines = numbers[order].tolist()
        columns = {field: column.at(order) for field, column in columns.items()}
    fields = zip(lines, *(columns[field].spread() for field in AnnotationRow._fields[1:]), strict=True)
    return ParsedRows(list(map(tuple.__new__, repeat(AnnotationRow), fields)), columns, refused)


def _groups(text: Text, numbers: Sequence[int]) -> tuple[list[_Group], list[int]]:
    """Lines that can be taken apart together, and the numbers of all others."""
    first, last = numbers[0], numbers[-1]
    unbroken = last - first + 1 == len(numbers)
    lines = text.lines[first - 1 : last] if unbroken else [text.lines[number - 1] for number in numbers]
    cells = None if text.damaged else cells_of(lines)
    if cells is not None:
        return [_Group(lines[0].count("\t") + 1, list(numbers), cells)], []
    odd: list[int] = []
    by_width: dict[int, list[int]] = {}
    for number, line in zip(numbers, lines, strict=True):
        if number in text.damaged or "\r" in line or line.startswith(BYTE_ORDER_MARK):
            odd.append(number)
        else:
            by_width.setdefault(line.count("\t") + 1, []).append(number)
    groups = []
    for width, chosen in by_width.items():
        cells = cells_of([text.lines[number - 1] for number in chosen])
        if cells is None:
            odd += chosen
        else:
            groups.append(_Group(width, chosen, cells))
    return groups, odd


def _read(group: _Group, rules: list[Rule]) -> Flags:
    """Have the rules remember those of the rows that are plain ones; says which they are."""
    found = [rule.places(group.cells) for rule in rules]
    plain = np.logical_and.reduce([rule.plain(places) for rule, places in zip(rules, found, strict=True)])
    for rule, places in zip(rules, found, strict=True):
        rule.keep(places if plain.all() else places[plain])
    return np.asarray(plain)
