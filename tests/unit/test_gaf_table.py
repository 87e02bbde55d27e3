"""Rows that are read many at once are those that are read one by one, whatever a file holds."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from dcell_graph.sources import columns, gaf_table
from dcell_graph.sources.annotation_file import AnnotationRow, Product, Refusal, merged, products_of, unordered
from dcell_graph.sources.columns import Column, column_of, first_equal, together
from dcell_graph.sources.gaf_row import parse_row
from dcell_graph.sources.header import data_lines
from dcell_graph.sources.text import text_of
from tests.gaf_files import GOOD_ROW
from tests.mangling import mangled

GOOD = [
    GOOD_ROW,
    GOOD_ROW | {"date": "20170101", "assigned_by": "GOC"},
    GOOD_ROW | {"with_from": "A,B|C", "evidence": "IPI", "reference": "GO_REF:1|PMID:3", "synonyms": "X|Y"},
    GOOD_ROW | {"with_from": "C|B,A", "evidence": "IPI", "reference": "PMID:3|GO_REF:2"},
    {name: cell for name, cell in GOOD_ROW.items() if name not in ("extension", "product_form")},
]
ODD = {
    "database": ["MGI", "PR", "UniProtKB", "\ufeffSGD"],
    "object_id": ["P90001-2", "MGI:7", "a\x00b"],
    "qualifier": ["involved_in|NOT", "enables|involved_in", "enables"],
    "aspect": ["F", "X"],
    "with_from": ["C|B,A", " C | A,B |", ",", "A\u2028B", "N/A", "NULL", "'", "\\"],
    "symbol": ["", "nan", " x"],
    "reference": ["PMID:3|GO_REF:1", "|"],
}
PLAIN = "\t".join(GOOD_ROW.values()).encode()
LINES = st.lists(st.just(PLAIN) | mangled(GOOD, ODD), min_size=1, max_size=12)


@given(LINES, st.sampled_from([1, 2, 3, 100]), st.booleans())
@example([b"\xef\xbb\xbf" + PLAIN, PLAIN], 100, True)
@example([PLAIN, PLAIN.replace(b"PMID", b"PM\rID")], 100, True)
@example([PLAIN, PLAIN + b"\r" + PLAIN], 100, True)
@example([PLAIN, PLAIN.rpartition(b"\t")[0], PLAIN], 100, True)
@example([PLAIN, PLAIN.replace(b"\t", b"\t ", 1), PLAIN.replace(b"SGD", b"S\xffD", 1)], 2, False)
def test_many_rows_at_once_are_the_same_as_one_by_one(lines: list[bytes], at_a_time: int, with_relations: bool) -> None:
    # The first line takes the mark that a file may begin with.
    text = text_of(Path("x.gaf"), b"!x\n" + b"\n".join(lines))
    numbers = data_lines(text)
    with patch.object(gaf_table, "_LINES_AT_A_TIME", at_a_time):
        found = gaf_table.parse_rows(text, numbers, with_relations=with_relations)
    one_by_one = [(number, parse_row(text.line(number), with_relations=with_relations)) for number in numbers]
    rows = [row for _, row in one_by_one if not isinstance(row, Refusal)]
    assert found.rows == rows
    assert all(type(row) is AnnotationRow for row in found.rows)
    assert found.refused == [(number, row) for number, row in one_by_one if isinstance(row, Refusal)]
    for place, field in enumerate(AnnotationRow._fields[1:], start=1):
        assert found.columns[field].spread() == [row[place] for row in rows]
    assert merged(found.rows, found.columns) == merged(rows)
    assert products_of(found.rows, found.columns) == tuple(
        dict.fromkeys(Product(*(getattr(row, name) for name in Product._fields)) for row in rows)
    )


@given(LINES)
def test_the_same_annotation_is_the_same_identity(lines: list[bytes]) -> None:
    text = text_of(Path("x.gaf"), b"\n".join(lines))
    rows = gaf_table.parse_rows(text, data_lines(text), with_relations=False).rows
    groups: dict[object, list[int]] = {}
    for row in rows:
        groups.setdefault(row.identity, []).append(row.line)
    annotations, findings = merged(rows)
    assert [list(annotation.lines) for annotation in annotations] == list(groups.values())
    assert [finding.line for finding in findings] == sorted(line for group in groups.values() for line in group[1:])


@given(st.text("AB|, ", max_size=8))
def test_ids_in_any_order(text: str) -> None:
    parts = (group.split(",") for group in text.split("|") if group.strip())
    assert unordered(text) == tuple(sorted(tuple(sorted(p.strip() for p in group if p.strip())) for group in parts))


TABLE = st.lists(st.tuples(*[st.sampled_from("abc") | st.none() | st.text(max_size=2)] * 3), max_size=20)


@given(TABLE, st.sampled_from([1, 5, columns._LARGEST]))
def test_equal_rows_are_found_however_many_values_there_are(table: list[tuple[str | None, ...]], largest: int) -> None:
    by_column = [column_of(row[place] for row in table) for place in range(3)]
    with patch.object(columns, "_LARGEST", largest):
        assert first_equal(by_column).tolist() == [table.index(row) for row in table]
        assert together(by_column).spread() == table


@given(st.lists(st.integers(0, 3)), st.lists(st.integers(0, 5)))
def test_a_column_can_be_changed_and_go_on(values: list[int], further: list[int]) -> None:
    column = column_of(values)
    assert column.values == list(dict.fromkeys(values))
    assert column.mapped(lambda value: value % 2).spread() == [value % 2 for value in values]
    assert column.extended(further).spread() == values + further
    assert column.at(np.arange(len(values))[::-1]).spread() == values[::-1]


def test_tuples_stay_tuples() -> None:
    assert Column(np.array([1, 0, 1]), [("a", "b"), ("c", "d")]).spread() == [("c", "d"), ("a", "b"), ("c", "d")]
