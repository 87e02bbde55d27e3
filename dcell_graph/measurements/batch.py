"""Reads rows of a table by the ten thousand.

Rows that are plain (the right number of fields, genes and numbers that need no second look) are read together, column
by column. Every other row is read by itself, and only that reader refuses rows and says why. What comes out is what
reading every row by itself gives.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dcell_graph.measurements.blocks import Block
from dcell_graph.measurements.columns import Cells, GeneCell, Layout, RowRefused, read_cells
from dcell_graph.measurements.numbers import LARGEST, NotANumber, deviation_or_none, finite_decimal

NO_GENE = -1
MOST_QUERY_PLACES = 62
"""Of more genes it is not kept which come from the query."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


class BadValue(RowRefused):
    """A row that cannot be used because of its value, for which a whole file can be refused."""


class Refusal(NamedTuple):
    """A row that cannot be used.

    Not the exception that said so: that would hold on to everything that was in use where it was raised.

    Args:
        place: in its batch.
        reason, text: see ``RowRefused``.
        is_bad_value: whether it was a ``BadValue``.
    """

    place: int
    reason: str
    text: str
    is_bad_value: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Rows that were read, N usable ones with at most K genes.

    Args:
        codes: twice the number of a gene in the table of genes, plus one if it comes from the query; ``NO_GENE`` where
            a row has fewer than K genes [N, K].
        values: phenotypes [N].
        sds: their standard deviations, NaN if not known [N].
        rows: places of the usable rows in the batch, in increasing order [N].
        refused: the other rows, in order of places.
    """

    codes: Ints
    values: Floats
    sds: Floats
    rows: Ints
    refused: list[Refusal]


class GeneTable(dict[str, int]):
    """Numbers of genes, in the order in which they were met first."""

    def __missing__(self, gene: str) -> int:
        number = self[gene] = len(self)
        return number


class BatchReader:
    """Reads the rows of one table.

    Args:
        layout: of the table.
        genes: receives the genes.
        most_p: rows with a larger p-value, or none, are refused; None takes them all.
    """

    def __init__(self, layout: Layout, genes: GeneTable, most_p: float | None) -> None:
        self._layout = layout
        self._genes = genes
        self._most_p = most_p
        self._columns = [_GeneColumn(cell, genes) for cell in layout.genes]

    def read(self, block: Block) -> Batch:
        """Read some rows."""
        plain, codes, values, sds = self._read_plain(block)
        slow_rows: list[int] = []
        slow: list[tuple[tuple[int, ...], float, float]] = []
        refused: list[Refusal] = []
        for row in np.flatnonzero(~plain).tolist():
            try:
                cells, value = usable(self._layout, block.texts[row], row in block.damaged, self._most_p)
            except RowRefused as why:
                refused.append(Refusal(row, why.reason, why.text, isinstance(why, BadValue)))
            else:
                sd = deviation_or_none(cells.sd)
                slow_rows.append(row)
                slow.append((self._codes_of(cells), value, math.nan if sd is None else sd))
        width = max([codes.shape[1], *(len(one[0]) for one in slow)])
        order = np.argsort(np.concatenate([np.flatnonzero(plain), np.array(slow_rows, np.int64)]), kind="stable")
        rows = np.concatenate([np.flatnonzero(plain), np.array(slow_rows, np.int64)])
        return Batch(
            codes=np.concatenate([padded(codes, width), rectangle([one[0] for one in slow], width)])[order],
            values=np.concatenate([values, np.array([one[1] for one in slow], np.float64)])[order],
            sds=np.concatenate([sds, np.array([one[2] for one in slow], np.float64)])[order],
            rows=rows[order],
            refused=refused,
        )

    def _codes_of(self, cells: Cells) -> tuple[int, ...]:
        return tuple(2 * self._genes[gene] + (place < cells.crossed) for place, gene in enumerate(cells.genes))

    def _read_plain(self, block: Block) -> tuple[Bools, Ints, Floats, Floats]:
        """Which rows are plain, and of those the codes of their genes, their values and standard deviations."""
        layout = self._layout
        parts = pc.split_pattern(pa.array(block.texts, pa.string()), layout.separator)
        fits = parts.value_lengths().to_numpy(zero_copy_only=False) == layout.width
        fits[list(block.damaged)] = False
        starts = parts.offsets.to_numpy()[:-1][fits]
        fields = parts.values

        def column(place: int) -> Any:
            return fields.take(pa.array(starts + place))

        good = np.ones(len(starts), np.bool_)
        for place, text in layout.constants:
            good &= pc.equal(column(place), text).to_numpy(zero_copy_only=False)
        parts_of_genes = []
        for known in self._columns:
            found, resolved = known.codes(column(known.cell.column))
            parts_of_genes.append(found)
            good &= resolved
        codes = np.concatenate(parts_of_genes, axis=1)
        good &= _distinct(codes)
        values, finite = floats(column(layout.value))
        good &= finite
        if self._most_p is not None and layout.p is not None:
            ps, finite = floats(column(layout.p))
            good &= finite & (ps <= self._most_p) & (ps >= 0)
        sds = np.full(len(starts), math.nan) if layout.sd is None else deviations(column(layout.sd))
        plain = np.zeros(len(block.texts), np.bool_)
        plain[np.flatnonzero(fits)[good]] = True
        return plain, codes[good], values[good], sds[good]


class _GeneColumn:
    """The genes of the texts that were met in a column; tables repeat some thousand texts all the time."""

    def __init__(self, cell: GeneCell, genes: GeneTable) -> None:
        self.cell = cell
        self._genes = genes
        self._places: dict[str, int] = {}
        self._found: list[tuple[int, ...]] = []
        self._resolved: list[bool] = []
        self._table = np.zeros((0, 1), np.int64)

    def codes(self, column: Any) -> tuple[Ints, Bools]:
        """The codes of a column of texts, and which of the texts are genes beyond doubt."""
        encoded = pc.dictionary_encode(column)
        texts = encoded.dictionary.to_pylist()
        for text in texts:
            if text not in self._places:
                self._places[text] = len(self._found)
                self._meet(text)
        if len(self._found) > len(self._table):
            self._table = rectangle(self._found, max(1, *map(len, self._found)))
        places = np.array([self._places[text] for text in texts], np.int64)
        rows = places[encoded.indices.to_numpy(zero_copy_only=False)]
        return self._table[rows], np.array(self._resolved, np.bool_)[rows]

    def _meet(self, text: str) -> None:
        genes: tuple[str, ...] | None = None
        if " " not in text:
            with suppress(RowRefused):
                genes = self.cell.resolve(text)
        self._found.append(tuple(2 * self._genes[gene] + self.cell.is_query for gene in genes or ()))
        self._resolved.append(genes is not None)


def usable(layout: Layout, text: str, damaged: bool, most_p: float | None) -> tuple[Cells, float]:
    """The cells of one row and its value.

    Raises:
        RowRefused: it cannot be used.
    """
    if damaged:
        raise RowRefused("not UTF-8", "the line holds bytes that are not UTF-8")
    cells = read_cells(layout, text)
    if not cells.genes:
        raise RowRefused("no deletion", "the strain lacks no gene, it only carries markers")
    if len(set(cells.genes)) < len(cells.genes):
        raise RowRefused("self pair", f"a gene is listed twice in {' '.join(cells.genes)}")
    try:
        value = finite_decimal(cells.value)
    except NotANumber as problem:
        found = "nothing" if not cells.value else repr(cells.value)
        raise BadValue(problem.reason, f"the value is {found}, expected a finite decimal number") from None
    if most_p is not None:
        _check_p(cells.p, most_p)
    return cells, value


def _check_p(text: str | None, most: float) -> None:
    try:
        p = finite_decimal(text or "")
    except NotANumber:
        p = -1.0
    if p < 0:
        raise RowRefused("no p-value", f"the p-value is {text!r}, expected a number of at most {most:g}")
    if p > most:
        raise RowRefused("p-value", f"the p-value is {text}, expected at most {most:g}")


def floats(column: Any) -> tuple[Floats, Bools]:
    """Numbers of a column of texts, and which of them are finite decimal numbers in range; the others stand as 0."""
    try:
        values = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        # What is no number in Arrow's eyes; the pattern is stricter than the cast.
        decimal = pc.match_substring_regex(column, r"^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$")
        values = pc.if_else(decimal, column, "nan").cast(pa.float64()).to_numpy(zero_copy_only=False)
    good = np.abs(values) <= LARGEST
    return np.where(good, values, 0.0), good


def deviations(column: Any) -> Floats:
    """Standard deviations of a column of texts, NaN where one is not known."""
    values, good = floats(column)
    if not good.all():
        odd = np.flatnonzero(~good)
        texts = column.take(pa.array(odd)).to_pylist()
        known = {text: deviation_or_none(text.strip(" ")) for text in set(texts)}
        values[odd] = [math.nan if known[text] is None else known[text] for text in texts]
    values[values < 0] = math.nan
    return values


def rectangle(rows: Sequence[tuple[int, ...]], width: int) -> Ints:
    """Tuples as rows of a table that is filled up with ``NO_GENE``."""
    table = np.full((len(rows), width), NO_GENE, np.int64)
    for place, row in enumerate(rows):
        table[place, : len(row)] = row
    return table


def padded(table: Ints, width: int) -> Ints:
    """A table with more columns, filled with ``NO_GENE``."""
    more = width - table.shape[1]
    return table if more == 0 else np.pad(table, ((0, 0), (0, more)), constant_values=NO_GENE)


def _distinct(codes: Ints) -> Bools:
    """Rows that have a gene, and none twice."""
    genes = np.sort(codes >> 1, axis=1)  # NO_GENE stays as it is
    twice = ((genes[:, 1:] == genes[:, :-1]) & (genes[:, 1:] != NO_GENE)).any(axis=1)
    distinct: Bools = (genes[:, -1] != NO_GENE) & ~twice
    return distinct
