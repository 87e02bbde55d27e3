"""Plain tables of strains: the text of DCell, and columns gene_a, gene_b, score."""

from __future__ import annotations

import re

from dcell_graph.measurements.columns import (
    Cells,
    GeneCell,
    Layout,
    RowRefused,
    fields_as_genes,
    header_columns,
    one_gene,
)
from dcell_graph.measurements.numbers import NotANumber, finite_decimal

_BLANKS = re.compile(r"[ \t]+")


def dcell_layout(first: str, second: str, phenotype: str) -> Layout:
    """Rows as the first one: ``2 ORF ORF score``, with the number of genes, or ``ORF ORF score`` without it."""
    start = _fields(first)[0] if first.strip(" \t") else ""
    if start and not _is_count(start) and len(_fields(first)) == 3:
        return Layout(
            width=3,
            genes=(GeneCell(0, _name), GeneCell(1, _name)),
            value=2,
            separator=" ",
            read=_read_pair,
        )
    return Layout(
        width=4,
        genes=(GeneCell(1, one_gene), GeneCell(2, one_gene)),
        value=3,
        separator=" ",
        constants=((0, "2"),),
        read=_read_numbered,
    )


def pairs_layout(first: str, second: str, phenotype: str) -> Layout | None:
    """Columns by name: each that starts with ``gene``, ``score``, and perhaps ``sd`` and ``p``."""
    columns = header_columns(first)
    genes = [place for place, column in enumerate(columns) if column.startswith("gene")]
    if not genes or columns.count("score") != 1:
        return None
    return Layout(
        width=len(columns),
        genes=tuple(GeneCell(place, one_gene) for place in genes),
        value=columns.index("score"),
        sd=columns.index("sd") if "sd" in columns else None,
        p=columns.index("p") if "p" in columns else None,
        header_lines=1,
    )


def _fields(text: str) -> list[str]:
    return _BLANKS.split(text.strip(" \t"))


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _name(text: str) -> tuple[str, ...]:
    """A gene; not a number, so that a table of numbers is not taken for one of genes."""
    try:
        finite_decimal(text)
    except NotANumber:
        return one_gene(text)
    raise RowRefused("gene name", f"{text!r} is a number, expected a gene")


def _read_pair(text: str) -> Cells:
    fields = _fields(text)
    if len(fields) != 3:
        raise RowRefused("columns", f"{len(fields)} fields, expected two genes and a score")
    return Cells(genes=(*_name(fields[0]), *_name(fields[1])), value=fields[2])


def _read_numbered(text: str) -> Cells:
    fields = _fields(text)
    if not _is_count(fields[0]):
        raise RowRefused("columns", f"the row starts with {fields[0]!r}, expected the number of deleted genes")
    # Compared as texts: a number of thousands of digits is not worth reading.
    if fields[0].lstrip("0") != str(len(fields) - 2) or len(fields) < 3:
        raise RowRefused("columns", f"{len(fields)} fields, expected a number of genes, as many genes and a score")
    return Cells(genes=fields_as_genes(fields[1:-1]), value=fields[-1])
