"""The table formats that strains are read from: what a header and a row must look like.

========== ============================================================= ====================
format     a row                                                         phenotypes
========== ============================================================= ====================
dcell      ``2 YAL001C YBR123W -0.12``: number of genes, genes, score    score
pairs      columns ``gene_a``, ``gene_b`` (..) and ``score``, by name    score
sga-       columns of the SGA pipeline, by name: query and array strain, score (epsilon/tau),
trigenic   score, fitness and its standard deviation                     fitness
sga-       the same by the column names of the pairwise tables of        score (epsilon),
pairwise   Costanzo et al. 2016 (Data File S1)                           fitness
========== ============================================================= ====================
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from dcell_graph.measurements.identifiers import deleted_in_query, is_gene_name, sga_genes

QUERY = "Query Strain ID"
ARRAY = "Array Strain ID"

# The column of each phenotype and that of its standard deviation, if there is one.
TRIGENIC: dict[str, tuple[str, str | None]] = {
    "score": ("Adjusted genetic interaction score (epsilon or tau)", None),
    "fitness": ("Double/triple mutant fitness", "Double/triple mutant fitness standard deviation"),
}
PAIRWISE: dict[str, tuple[str, str | None]] = {
    "score": ("Genetic interaction score (ε)", None),
    "fitness": ("Double mutant fitness", "Double mutant fitness standard deviation"),
}

_BLANKS = re.compile(r"[ \t]+")


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
    """The texts of a row that matter: deleted genes, value and standard deviation ("" if the table has none)."""

    genes: tuple[str, ...]
    value: str
    sd: str = ""


RowReader = Callable[[str], Cells]
ReaderMaker = Callable[[list[str], str], RowReader | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One table format.

    Args:
        name: as users write it.
        phenotypes: what can be read from it; the first is the default.
        header: columns that the header must have, in words; None if the format has no header.
        make_reader: given the header's columns (none without a header) and the phenotype, gives the row reader, or None
            if the header is not that of this format.
    """

    name: str
    phenotypes: tuple[str, ...]
    header: str | None
    make_reader: ReaderMaker


def _dcell_reader(columns: list[str], phenotype: str) -> RowReader:
    def read(text: str) -> Cells:
        fields = _BLANKS.split(text.strip(" \t"))
        if not fields[0].isascii() or not fields[0].isdigit():
            raise RowRefused("columns", f"the row starts with {fields[0]!r}, expected the number of deleted genes")
        if len(fields) != int(fields[0]) + 2 or len(fields) < 3:
            raise RowRefused("columns", f"{len(fields)} fields, expected a number of genes, as many genes and a score")
        return Cells(genes=fields_as_genes(fields[1:-1]), value=fields[-1])

    return read


def _pairs_reader(columns: list[str], phenotype: str) -> RowReader | None:
    gene_columns = [index for index, column in enumerate(columns) if column.startswith("gene")]
    if not gene_columns or columns.count("score") != 1:
        return None
    value = columns.index("score")
    sd = columns.index("sd") if "sd" in columns else None

    def read(text: str) -> Cells:
        fields = _tab_fields(text, len(columns))
        return Cells(
            genes=fields_as_genes([fields[index] for index in gene_columns]),
            value=fields[value],
            sd="" if sd is None else fields[sd],
        )

    return read


def _sga_reader(phenotypes: dict[str, tuple[str, str | None]]) -> ReaderMaker:
    def make(columns: list[str], phenotype: str) -> RowReader | None:
        value_name, sd_name = phenotypes[phenotype]
        needed = [QUERY, ARRAY, value_name] + ([] if sd_name is None else [sd_name])
        if any(columns.count(name) != 1 for name in needed):
            return None
        query, array, value = (columns.index(name) for name in needed[:3])
        sd = None if sd_name is None else columns.index(sd_name)

        def read(text: str) -> Cells:
            fields = _tab_fields(text, len(columns))
            return Cells(
                genes=_deleted_genes(fields[query], fields[array]),
                value=fields[value],
                sd="" if sd is None else fields[sd],
            )

        return read

    return make


def _sga_header(phenotypes: dict[str, tuple[str, str | None]]) -> str:
    names = [name for pair in phenotypes.values() for name in pair if name is not None]
    return ", ".join([QUERY, ARRAY, *names]) + " (tabs between)"


def _deleted_genes(query: str, array: str) -> tuple[str, ...]:
    query_genes, array_genes = sga_genes(query), sga_genes(array)
    if query_genes is None or array_genes is None:
        wrong = query if query_genes is None else array
        raise RowRefused("strain id", f"{wrong!r} is no strain id, expected one like YAL015C+YDL227C_tm461")
    return deleted_in_query(query_genes) + array_genes


def fields_as_genes(fields: list[str]) -> tuple[str, ...]:
    """Take fields as gene names.

    Raises:
        RowRefused: one of them cannot be a gene name.
    """
    for field in fields:
        if not is_gene_name(field):
            raise RowRefused("gene name", f"{field!r} is no gene name")
    return tuple(fields)


def _tab_fields(text: str, expected: int) -> list[str]:
    fields = text.split("\t")
    if " " in text:
        fields = [field.strip(" ") for field in fields]
    if len(fields) != expected:
        raise RowRefused("columns", f"{len(fields)} columns, expected {expected} as in the header")
    return fields


FORMATS = {
    entry.name: entry
    for entry in (
        Format(name="dcell", phenotypes=("score",), header=None, make_reader=_dcell_reader),
        Format(
            name="pairs",
            phenotypes=("score",),
            header="gene_a, gene_b, score (tabs between)",
            make_reader=_pairs_reader,
        ),
        Format(
            name="sga-trigenic",
            phenotypes=tuple(TRIGENIC),
            header=_sga_header(TRIGENIC),
            make_reader=_sga_reader(TRIGENIC),
        ),
        Format(
            name="sga-pairwise",
            phenotypes=tuple(PAIRWISE),
            header=_sga_header(PAIRWISE),
            make_reader=_sga_reader(PAIRWISE),
        ),
    )
}
