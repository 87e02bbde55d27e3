"""E-MAPs: a matrix of S-scores, with the same gene in several rows or columns, or the same in three columns."""

from __future__ import annotations

import numpy as np

from dcell_graph.measurements.blocks import Block
from dcell_graph.measurements.columns import (
    Cells,
    GeneCell,
    Layout,
    RowRefused,
    emap_genes,
    header_columns,
    plain_name,
)
from dcell_graph.measurements.numbers import NotANumber, finite_decimal

_DELETIONS = {"0", "1"}
_EMPTY = ("", "nan", "na")
_SCORES = ("s_score", "s-score", "s score", "score")


def emap_layout(first: str, second: str, phenotype: str) -> Layout | None:
    """Three columns, the last of them called S_score, or a matrix with names in the first line and column.

    The second line of a matrix must hold scores; one with only 0 and 1 is a matrix of deletions and no E-MAP.
    """
    columns = header_columns(first)
    genes = (GeneCell(0, emap_genes), GeneCell(1, emap_genes))
    if len(columns) == 3 and plain_name(columns[2]) in _SCORES and not columns[0].startswith("gene"):
        return Layout(width=3, genes=genes, value=2, header_lines=1)
    names = columns[1:]
    if len(names) < 2 or any(not name or _is_number(name) for name in names):
        return None
    cells = header_columns(second)[1:]
    if set(cells) <= _DELETIONS or not all(cell.lower() in _EMPTY or _is_number(cell) for cell in cells):
        return None

    def read(text: str) -> Cells:
        fields = text.split("\t")
        if len(fields) != 3:
            raise RowRefused("columns", f"the line has another number of cells than the {len(names) + 1} of the header")
        return Cells(genes=emap_genes(fields[0]) + emap_genes(fields[1]), value=fields[2].strip(" "))

    return Layout(
        width=3, genes=genes, value=2, header_lines=1, expand=lambda block: _cells_of(block, names), read=read
    )


def _cells_of(block: Block, names: list[str]) -> Block:
    """Each cell of a matrix as a row of three fields; of a line that has another number of cells one empty row."""
    texts: list[str] = []
    numbers: list[int] = []
    damaged = set()
    for place, (text, number) in enumerate(zip(block.texts, block.numbers.tolist(), strict=True)):
        start, *cells = text.split("\t")
        if place in block.damaged:
            damaged.add(len(texts))
        if place in block.damaged or len(cells) != len(names):
            texts.append("")
            numbers.append(number)
            continue
        texts.extend(f"{start}\t{name}\t{cell}" for name, cell in zip(names, cells, strict=True))
        numbers.extend([number] * len(cells))
    return Block(texts=texts, numbers=np.array(numbers, np.int64), damaged=frozenset(damaged))


def _is_number(text: str) -> bool:
    try:
        finite_decimal(text)
    except NotANumber:
        return False
    return True
