"""The table formats that strains are read from: what a header and a row must look like.

============== ===================================================================== ===========================
format         a row                                                                 phenotypes
============== ===================================================================== ===========================
dcell          ``2 YAL001C YBR123W -0.12`` (number of genes, genes, score) or        score
               ``YAL001C YBR123W -0.12``
pairs          columns ``gene_a``, ``gene_b`` (..) and ``score``, by name            score
sga-trigenic   columns of Kuzmin et al. 2018 (Data S1) and 2020 (Tables S1, S3),     score (epsilon or tau), raw-
               by name: query and array strain, scores, p-value, fitness             score, fitness, query-fitness,
                                                                                     array-fitness
sga-pairwise   columns of Costanzo et al. 2016 (Data File S1: NxN, ExE, ExN_NxE),    score (epsilon), fitness,
               by name                                                               query-fitness, array-fitness
sga-raw        12 columns of the SGA pipeline, or 13 or 7 of Costanzo et al. 2010,   score (epsilon), fitness,
               by position, with or without a header                                 query-fitness, array-fitness
single-mutant  columns of strain_ids_and_single_mutant_fitness of Costanzo et al.    fitness (30°), fitness-26
               2016, by name, or ``strain fitness sd`` without a header
emap           a matrix of S-scores with names in the first row and column, or       score (S)
               three columns: name, name, score
============== ===================================================================== ===========================
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dcell_graph.measurements.columns import Layout, RowRefused, fields_as_genes
from dcell_graph.measurements.emap import emap_layout
from dcell_graph.measurements.plain_tables import dcell_layout, pairs_layout
from dcell_graph.measurements.sga import (
    ARRAY,
    PAIRWISE,
    PAIRWISE_COLUMNS,
    QUERY,
    RAW_PHENOTYPES,
    SINGLE_COLUMNS,
    TRIGENIC,
    TRIGENIC_COLUMNS,
    raw_layout,
    sga_layout,
    single_layout,
)

__all__ = ["ALIASES", "ARRAY", "FORMATS", "PAIRWISE", "QUERY", "TRIGENIC", "Format", "RowRefused", "fields_as_genes"]

MakeLayout = Callable[[str, str, str], Layout | None]
"""Given the first and the second line that are no comments ("" if there is none) and the phenotype, gives how rows are
read, or None if this is no table of the format."""

ALIASES = {
    "epsilon": "score",
    "tau": "score",
    "interaction": "score",
    "s-score": "score",
    "dmf": "fitness",
    "smf": "fitness",
    "query-smf": "query-fitness",
    "array-smf": "array-fitness",
    "fitness-30": "fitness",
}
"""Other words that people use for the phenotypes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One table format.

    Args:
        name: as users write it.
        phenotypes: what can be read from it; the first is the default.
        needs: what the first line must be, in words; None if any line may be the first.
        make_layout: see ``MakeLayout``.
    """

    name: str
    phenotypes: tuple[str, ...]
    needs: str | None
    make_layout: MakeLayout


FORMATS = {
    entry.name: entry
    for entry in (
        Format(name="dcell", phenotypes=("score",), needs=None, make_layout=dcell_layout),
        Format(
            name="pairs",
            phenotypes=("score",),
            needs="columns named gene_a, gene_b, score (tabs between)",
            make_layout=pairs_layout,
        ),
        Format(
            name="sga-trigenic",
            phenotypes=tuple(TRIGENIC_COLUMNS.phenotypes),
            needs=TRIGENIC_COLUMNS.in_words,
            make_layout=sga_layout(TRIGENIC_COLUMNS),
        ),
        Format(
            name="sga-pairwise",
            phenotypes=tuple(PAIRWISE_COLUMNS.phenotypes),
            needs=PAIRWISE_COLUMNS.in_words,
            make_layout=sga_layout(PAIRWISE_COLUMNS),
        ),
        Format(
            name="sga-raw",
            phenotypes=RAW_PHENOTYPES,
            needs="12 columns (query strain, array strain, score, sd, p-value ...), or 13 or 7 (query ORF, query name, "
            "array ORF, array name, score, sd, p-value ...), tabs between",
            make_layout=raw_layout,
        ),
        Format(
            name="single-mutant",
            phenotypes=tuple(SINGLE_COLUMNS.phenotypes),
            needs=SINGLE_COLUMNS.in_words + ", or three columns without a header: strain id, fitness, sd",
            make_layout=single_layout,
        ),
        Format(
            name="emap",
            phenotypes=("score",),
            needs="names of genes over the columns of a matrix, or two columns of names and one called S_score "
            "(tabs between)",
            make_layout=emap_layout,
        ),
    )
}
