"""Strains to predict, read from any table that datasets are imported from, with or without measured phenotypes.

Unlike a dataset, a list keeps every row, in order, also repeated ones and rows that cannot be used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from dcell_graph.errors import FileRefused, InputError
from dcell_graph.measurements.formats import ARRAY, PAIRWISE, QUERY, TRIGENIC, RowRefused, fields_as_genes
from dcell_graph.measurements.identifiers import deleted_in_query, sga_genes
from dcell_graph.measurements.numbers import NotANumber, finite_decimal
from dcell_graph.sources.archive import is_zip, read_member
from dcell_graph.sources.text import Line, read_lines

_BLANKS = re.compile(r"[ \t]+")

NOTHING_DELETED = "wt"
"""How the strain without a deletion is written."""

_Row = tuple[tuple[str, ...], str | None]
_Reader = Callable[[str], _Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedStrain:
    """One row.

    Args:
        line: counted from 1.
        genes: the deleted genes as they stand there; none if the row cannot be used.
        phenotype: the measured value; None if there is none, or none that is a finite number.
        problem: why the row cannot be used, or None.
        bad_label: whether there is a text in place of a phenotype that is not a finite number.
    """

    line: int
    genes: tuple[str, ...] = ()
    phenotype: float | None = None
    problem: str | None = None
    bad_label: bool = False


def read_strain_list(path: Path, *, phenotype: str) -> Iterator[ListedStrain]:
    """Read a list of strains.

    Args:
        path: plain or gzip text, or a zip archive with one table. By its first line it is a table with columns named
            gene..., and perhaps score; a table of SGA strains, and perhaps of their scores; or lines with a number of
            genes, so many genes, and perhaps a score.
        phenotype: ``score`` or ``fitness``: which column of an SGA table is the measured value.

    Raises:
        FileRefused: it cannot be read, or is no such table.
    """
    lines = (line for line in _lines(path) if line.text.strip(" ") and not line.text.startswith("#"))
    first = next(lines, None)
    if first is None:
        raise FileRefused("the list of strains is empty", path=path)
    columns = [column.strip() for column in first.text.split("\t")]
    reader = _reader(columns, phenotype)
    if reader is None:
        raise FileRefused(
            "this is no list of strains",
            path=path,
            line=first.number,
            expected="a header with gene_a and gene_b (tabs between), a header of an SGA table, or lines like "
            "'2 YAL001C YBR123W'; a score may follow",
            found=repr(first.text[:80]),
        )
    rows = chain([first], lines) if reader is _numbered else lines
    return (_listed(line, reader) for line in rows)


def named_strains(texts: Iterable[str]) -> Iterator[ListedStrain]:
    """Strains given one by one, such as ``YAL001C+YBR123W``; ``wt`` is the strain that lacks nothing.

    Args:
        texts: gene names with plus signs between them.

    Returns:
        As ``read_strain_list``; the first has line 1.

    Raises:
        InputError: a text names no genes.
    """
    for number, text in enumerate(texts, start=1):
        genes = tuple(name.strip() for name in text.split("+"))
        if genes == (NOTHING_DELETED,):
            genes = ()
        elif not all(genes):
            raise InputError("a strain cannot be read", expected="genes with plus signs between, or wt", found=text)
        yield ListedStrain(line=number, genes=genes)


def _lines(path: Path) -> Iterator[Line]:
    return read_member(path, None) if is_zip(path) else read_lines(path)


def _reader(columns: list[str], phenotype: str) -> _Reader | None:
    if QUERY in columns and ARRAY in columns:
        return _sga(columns, phenotype)
    if any(column.startswith("gene") for column in columns):
        return _by_name(columns)
    start = _BLANKS.split("\t".join(columns).strip())[0]
    return _numbered if start.isascii() and start.isdigit() else None


def _by_name(columns: list[str]) -> _Reader:
    genes = [index for index, column in enumerate(columns) if column.startswith("gene")]
    score = columns.index("score") if "score" in columns else None

    def read(text: str) -> _Row:
        fields = _fields(text, len(columns))
        return fields_as_genes([fields[index] for index in genes]), None if score is None else fields[score]

    return read


def _sga(columns: list[str], phenotype: str) -> _Reader:
    query, array = columns.index(QUERY), columns.index(ARRAY)
    names = {layout[phenotype][0] for layout in (TRIGENIC, PAIRWISE) if phenotype in layout}
    value = next((index for index, column in enumerate(columns) if column in names), None)

    def read(text: str) -> _Row:
        fields = _fields(text, len(columns))
        crossed, arrayed = sga_genes(fields[query]), sga_genes(fields[array])
        if crossed is None or arrayed is None:
            raise RowRefused("strain id", "no strain id")
        return deleted_in_query(crossed) + arrayed, None if value is None else fields[value]

    return read


def _numbered(text: str) -> _Row:
    fields = _BLANKS.split(text.strip(" \t"))
    if not (fields[0].isascii() and fields[0].isdigit()):
        raise RowRefused("columns", "no number of genes")
    more = len(fields) - 1 - int(fields[0])
    if more not in (0, 1):
        raise RowRefused("columns", "another number of fields")
    return fields_as_genes(fields[1 : len(fields) - more]), fields[-1] if more else None


def _fields(text: str, expected: int) -> list[str]:
    fields = [field.strip(" ") for field in text.split("\t")]
    if len(fields) != expected:
        raise RowRefused("columns", f"{len(fields)} columns, expected {expected} as in the header")
    return fields


def _listed(line: Line, reader: _Reader) -> ListedStrain:
    if line.damaged:
        return ListedStrain(line=line.number, problem="not UTF-8")
    try:
        genes, value = reader(line.text)
    except RowRefused as refusal:
        return ListedStrain(line=line.number, problem=refusal.reason)
    if not genes:
        return ListedStrain(line=line.number, problem="no deletion")
    try:
        phenotype = None if value is None else finite_decimal(value)
    except NotANumber:
        return ListedStrain(line=line.number, genes=genes, bad_label=True)
    return ListedStrain(line=line.number, genes=genes, phenotype=phenotype)
