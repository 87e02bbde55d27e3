"""Names of genes and strains in phenotype tables."""

from __future__ import annotations

import re
from functools import lru_cache

NEUTRAL_CONTROL_ORF = "YDL227C"
"""HO. A double-mutant query of a trigenic screen carries two selection markers, so its single-mutant control has to
carry two as well; the second one is put into HO. Laboratory strains have no working HO and its deletion does not change
growth, so as part of a query it is a marker and not a deletion. The control strains list it first or second."""

MARKER_ONLY = "URA3control"
"""A query that carries a marker and no deletion at that place."""

_SGA_STRAIN = re.compile(r"(?P<genes>[^_\s]+)_(?P<allele>\S+)")
_EMAP_ALLELE = re.compile(r"(?<=\S)(?:_\S*| *- +\S+| +\(.*\)| +\S*)$")
_GENE = re.compile(r"[^\s+\x00-\x1f\x7f]+")


def is_gene_name(text: str) -> bool:
    """Whether a text can stand for a gene: not empty, without blanks, control characters and plus signs."""
    return _GENE.fullmatch(text) is not None


def strain_name(genes: tuple[str, ...]) -> str:
    """The name of a genotype: its deleted genes in alphabetical order, joined by plus signs."""
    return "+".join(sorted(genes))


# A table names each of its some thousand strains thousands of times.
@lru_cache(maxsize=1 << 16)
def sga_genes(strain: str) -> tuple[str, ...] | None:
    """Genes named in an SGA strain id such as ``YAL015C+YDL227C_tm461`` (genes, underscore, allele or strain number).

    Returns:
        The genes as they stand there, or None if the text is not a strain id.
    """
    match = _SGA_STRAIN.fullmatch(strain)
    if match is None:
        return None
    genes = tuple(match["genes"].split("+"))
    return genes if all(is_gene_name(gene) for gene in genes) else None


def emap_gene(name: str) -> str | None:
    """The gene of a name in an E-MAP: the name itself, or what stands before the mark of an allele.

    Alleles are marked as in ``YAL001C_DAMP``, ``YAL001C - DAMP`` or ``YAL001C (DAMP)``.

    Returns:
        None if the text cannot be a name.
    """
    gene = _EMAP_ALLELE.sub("", name.strip())
    return gene if is_gene_name(gene) else None


def deleted_in_query(genes: tuple[str, ...]) -> tuple[str, ...]:
    """Genes that a query strain really lacks: without the neutral control and without places that hold only a marker.

    A query with a single gene is taken as it is, whatever the gene.
    """
    if len(genes) == 1:
        return () if genes[0] == MARKER_ONLY else genes
    return tuple(gene for gene in genes if gene not in (NEUTRAL_CONTROL_ORF, MARKER_ONLY))
