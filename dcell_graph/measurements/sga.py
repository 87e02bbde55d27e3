"""Tables of synthetic genetic array (SGA) screens: query strains crossed with array strains."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from dcell_graph.measurements.columns import (
    GeneCell,
    Layout,
    Resolve,
    RowRefused,
    array_genes,
    header_columns,
    orf_or_array,
    orf_or_query,
    plain_name,
    query_genes,
)
from dcell_graph.measurements.numbers import NotANumber, finite_decimal

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


class Phenotype(NamedTuple):
    """Where a phenotype stands.

    Args:
        value: names of its column, any of which will do.
        sd: names of the column of its standard deviation, likewise; none if the table has no such column.
        strains: whose phenotype it is: ``both`` (query crossed with array), ``query`` or ``array``.
    """

    value: tuple[str, ...]
    sd: tuple[str, ...] = ()
    strains: str = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class SgaColumns:
    """The columns of a table, by name.

    Args:
        strains: columns of the strain ids, query first, with what their phenotypes are called (``Phenotype.strains``).
        phenotypes: by the name that users write.
    """

    strains: Mapping[str, tuple[str, Resolve]]
    phenotypes: Mapping[str, Phenotype]

    @property
    def in_words(self) -> str:
        """The names of the columns, for messages."""
        first, *_ = self.phenotypes.values()
        names = [name for name, _ in self.strains.values()] + [first.value[0]]
        more = [name for one in list(self.phenotypes.values())[1:] for name in (one.value[0], *one.sd[:1])]
        return "columns named " + ", ".join([*names, *more]) + " (tabs between)"


_CROSS: Mapping[str, tuple[str, Resolve]] = {"query": (QUERY, query_genes), "array": (ARRAY, array_genes)}
_COMBINED = ("Double/triple mutant fitness", "Combined mutant fitness")

TRIGENIC_COLUMNS = SgaColumns(
    strains=_CROSS,
    phenotypes={
        "score": Phenotype((TRIGENIC["score"][0],)),
        "fitness": Phenotype(_COMBINED, tuple(f"{name} standard deviation" for name in _COMBINED)),
        "raw-score": Phenotype(("Raw genetic interaction score (epsilon)",)),
        "query-fitness": Phenotype(("Query single/double mutant fitness",), strains="query"),
        "array-fitness": Phenotype(("Array single mutant fitness",), strains="array"),
    },
)
PAIRWISE_COLUMNS = SgaColumns(
    strains=_CROSS,
    phenotypes={
        "score": Phenotype((PAIRWISE["score"][0],)),
        "fitness": Phenotype(("Double mutant fitness",), ("Double mutant fitness standard deviation",)),
        "query-fitness": Phenotype(("Query single mutant fitness (SMF)",), strains="query"),
        "array-fitness": Phenotype(("Array SMF",), strains="array"),
    },
)
SINGLE_COLUMNS = SgaColumns(
    strains={"query": ("Strain ID", query_genes)},
    phenotypes={
        "fitness": Phenotype(("Single mutant fitness (30°)",), ("Single mutant fitness (30°) stddev",)),
        "fitness-26": Phenotype(("Single mutant fitness (26°)",), ("Single mutant fitness (26°) stddev",)),
    },
)
RAW_PHENOTYPES = ("score", "fitness", "query-fitness", "array-fitness")

# An ORF by its systematic name, or a strain id; such a name is long enough that no other column has it by chance.
_STRAIN = re.compile(r"(?:Y[A-P][LR][0-9]{3}[WC]|Q[0-9]{4})\b|\S+_\S+")

# Places of query, array and p-value, and of each phenotype with its standard deviation, by the number of columns.
_RAW: dict[int, tuple[int, int, int, dict[str, tuple[int, int]]]] = {
    12: (0, 1, 4, {"score": (2, 3), "query-fitness": (5, 6), "array-fitness": (7, 8), "fitness": (10, 11)}),
    13: (0, 2, 6, {"score": (4, 5), "query-fitness": (7, 8), "array-fitness": (9, 10), "fitness": (11, 12)}),
    7: (0, 2, 6, {"score": (4, 5)}),
}


def sga_layout(known: SgaColumns) -> Callable[[str, str, str], Layout | None]:
    """A function that finds the columns by their names in the first line."""

    def make(first: str, second: str, phenotype: str) -> Layout | None:
        columns = [plain_name(column) for column in header_columns(first)]
        place = {strain: _one_of((name,), columns) for strain, (name, _) in known.strains.items()}
        wanted = known.phenotypes[phenotype]
        value, sd, p = _one_of(wanted.value, columns), _one_of(wanted.sd, columns), _one_of(("P-value",), columns)
        if None in place.values() or value is None or (wanted.sd and sd is None):
            return None
        return Layout(
            width=len(columns),
            genes=tuple(
                GeneCell(column, known.strains[strain][1], is_query=strain == "query" and "array" in known.strains)
                for strain, column in place.items()
                if column is not None and wanted.strains in ("both", strain)
            ),
            value=value,
            sd=sd,
            p=p,
            header_lines=1,
        )

    return make


def raw_layout(first: str, second: str, phenotype: str) -> Layout | None:
    """Columns by position; a first line that says query and array in the columns of those is a header."""
    fields = header_columns(first)
    if len(fields) not in _RAW:
        return None
    query, array, p, phenotypes = _RAW[len(fields)]
    has_header = "query" in fields[query].lower() and "array" in fields[array].lower()
    row = header_columns(second) if has_header else fields
    is_row = len(row) == len(fields) and _is_score(row[phenotypes["score"][0]])
    if not is_row or not _STRAIN.match(row[query]) or not _STRAIN.match(row[array]) or phenotype not in phenotypes:
        return None
    cells = (
        *([GeneCell(query, orf_or_query, is_query=True)] if phenotype != "array-fitness" else []),
        *([GeneCell(array, orf_or_array)] if phenotype != "query-fitness" else []),
    )
    value, sd = phenotypes[phenotype]
    return Layout(width=len(fields), genes=cells, value=value, sd=sd, p=p, header_lines=1 if has_header else 0)


def single_layout(first: str, second: str, phenotype: str) -> Layout | None:
    """Columns by name, or strain id, fitness and standard deviation without a header."""
    found = sga_layout(SINGLE_COLUMNS)(first, second, phenotype)
    if found is not None:
        return found
    fields = header_columns(first)
    if len(fields) != 3 or phenotype != "fitness":
        return None
    if not (_resolves(query_genes, fields[0]) and _is_score(fields[1]) and _is_score(fields[2])):
        return None
    return Layout(width=3, genes=(GeneCell(0, query_genes),), value=1, sd=2)


def _one_of(names: tuple[str, ...], columns: list[str]) -> int | None:
    """The place of the column that has one of the names; None if there is none, or several."""
    wanted = {plain_name(name) for name in names}
    places = [place for place, column in enumerate(columns) if column in wanted]
    return places[0] if len(places) == 1 else None


def _is_score(text: str) -> bool:
    if text.lower() in ("", "nan"):
        return True
    try:
        finite_decimal(text)
    except NotANumber:
        return False
    return True


def _resolves(resolve: Resolve, text: str) -> bool:
    try:
        resolve(text)
    except RowRefused:
        return False
    return True
