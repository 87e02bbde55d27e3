"""How the rows of a table are laid out, and how one row is read; batches of rows are read in ``batch``."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from dcell_graph.measurements.blocks import Block
from dcell_graph.measurements.identifiers import deleted_in_query, emap_gene, is_gene_name, sga_genes

_BLANKS = re.compile(r"\s+")


class RowRefused(Exception):
    """A row that cannot be used.

    Args:
        reason: the short fixed word that refusals are counted by.
        text: a sentence for people.
    """

    def __init__(self, reason: str, text: str) -> None:
        self.reason = reason
        self.text = text
        super().__init__(text)


class Cells(NamedTuple):
    """The texts of a row that matter.

    Args:
        genes: the deleted genes, those of the query strain first.
        value: the phenotype.
        sd: its standard deviation, "" if the table has none.
        p: its p-value, None if the table has none.
        crossed: how many of the genes come from the query strain; 0 where a format knows no query.
    """

    genes: tuple[str, ...]
    value: str
    sd: str = ""
    p: str | None = None
    crossed: int = 0


RowReader = Callable[[str], Cells]
Resolve = Callable[[str], tuple[str, ...]]
Expand = Callable[[Block], Block]


class GeneCell(NamedTuple):
    """A column that names genes.

    Args:
        column: its place, from 0.
        resolve: gives the genes that are deleted, or raises RowRefused.
        is_query: whether they come from the query strain.
    """

    column: int
    resolve: Resolve
    is_query: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where things stand in a row of a table.

    Args:
        width: number of fields.
        genes: columns with genes, that of the query first.
        value, sd, p: columns of the phenotype, its standard deviation and p-value; None if the table has none.
        separator: between fields: a tab, or a blank (then any blanks will do).
        constants: texts that must stand in a column.
        header_lines: lines before the first row, without comments.
        expand: turns lines into rows where a line has several; None where a line is a row.
        read: reads a row that is not plain; None: the fields are those described here.
    """

    width: int
    genes: tuple[GeneCell, ...]
    value: int
    sd: int | None = None
    p: int | None = None
    separator: str = "\t"
    constants: tuple[tuple[int, str], ...] = ()
    header_lines: int = 0
    expand: Expand | None = None
    read: RowReader | None = None


def read_cells(layout: Layout, text: str) -> Cells:
    """Read one row.

    Raises:
        RowRefused: it cannot be used.
    """
    if layout.read is not None:
        return layout.read(text)
    fields = tab_fields(text, layout.width)
    genes: list[str] = []
    crossed = 0
    for cell in layout.genes:
        found = cell.resolve(fields[cell.column])
        genes.extend(found)
        crossed += len(found) if cell.is_query else 0
    return Cells(
        genes=tuple(genes),
        value=fields[layout.value],
        sd="" if layout.sd is None else fields[layout.sd],
        p=None if layout.p is None else fields[layout.p],
        crossed=crossed,
    )


def header_columns(line: str) -> list[str]:
    """The names in a header, without blanks around them."""
    return [column.strip() for column in line.split("\t")]


def plain_name(column: str) -> str:
    """A column's name in the form that names are compared in: lower case, one blank between words, no quotes."""
    return _BLANKS.sub(" ", column.strip().strip('"').lower()).replace("(ε)", "(epsilon)").replace("º", "°")


def tab_fields(text: str, expected: int) -> list[str]:
    """The fields between tabs, without blanks around them.

    Raises:
        RowRefused: another number of fields.
    """
    fields = text.split("\t")
    if " " in text:
        fields = [field.strip(" ") for field in fields]
    if len(fields) != expected:
        raise RowRefused("columns", f"{len(fields)} columns, expected {expected} as in the header")
    return fields


def fields_as_genes(fields: list[str]) -> tuple[str, ...]:
    """Take fields as gene names.

    Raises:
        RowRefused: one of them cannot be a gene name.
    """
    for field in fields:
        if not is_gene_name(field):
            raise RowRefused("gene name", f"{field!r} is no gene name")
    return tuple(fields)


def one_gene(text: str) -> tuple[str, ...]:
    """The gene of a field that names one.

    Raises:
        RowRefused: it cannot be a gene name.
    """
    return fields_as_genes([text])


def emap_genes(text: str) -> tuple[str, ...]:
    """The gene of a name in an E-MAP.

    Raises:
        RowRefused: it cannot be a name.
    """
    gene = emap_gene(text)
    if gene is None:
        raise RowRefused("gene name", f"{text!r} is no gene name")
    return (gene,)


def query_genes(text: str) -> tuple[str, ...]:
    """Genes that a query strain lacks, by its id.

    Raises:
        RowRefused: it is no strain id.
    """
    return deleted_in_query(array_genes(text))


def array_genes(text: str) -> tuple[str, ...]:
    """Genes that a strain id names.

    Raises:
        RowRefused: it is no strain id.
    """
    genes = sga_genes(text)
    if genes is None:
        raise RowRefused("strain id", f"{text!r} is no strain id, expected one like YAL015C+YDL227C_tm461")
    return genes


def orf_or_query(text: str) -> tuple[str, ...]:
    """Genes that a query lacks, by an ORF or a strain id.

    Raises:
        RowRefused: it is neither.
    """
    return deleted_in_query(orf_or_array(text))


def orf_or_array(text: str) -> tuple[str, ...]:
    """Genes that an ORF or a strain id names.

    Raises:
        RowRefused: it is neither.
    """
    return array_genes(text) if "_" in text else fields_as_genes(text.split("+"))
