"""Which gene does a name mean? Systematic names are exact, everything else must be unique, nothing is guessed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from dcell_graph.sources.genome import Gene
from dcell_graph.sources.taxa import species_of
from dcell_graph.sources.vocabulary import NOT_A_GENE

# Yeast systematic names: nuclear YAL001C and YAL001C-A, mitochondrial Q0010, plasmid R0010W.
SYSTEMATIC_NAME = re.compile(r"(Y[A-P][LR]\d{3}[WC](-[A-Z])?|Q\d{4}|R\d{4}[WC])\Z")
# UniProt's accessions (uniprot.org, "Accession numbers"), with what may follow: an isoform or a cleaved chain.
_ACCESSION = re.compile(
    r"(?:UniProtKB:)?([OPQ][0-9][A-Z0-9]{3}[0-9]|[A-NR-Z][0-9](?:[A-Z][A-Z0-9]{2}[0-9]){1,2})(?:-[0-9]+|:PRO_[0-9]+)?\Z"
)
_SGD_PREFIX = "SGD:"

# Kinds of name, the most exact first, and why a product may stand for no gene.
KINDS_OF_NAME = ("sgdid", "systematic name", "accession", "standard name", "alias")
PROBLEMS = ("ambiguous", "unknown", "outside the genome", "not a gene")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductNames:
    """What a source calls a gene product.

    Args:
        database: of the id (SGD, UniProtKB, ...).
        object_id: the id in that database.
        symbol: its symbol column.
        synonyms: its synonym column.
        object_type: gene, protein, protein_complex, ...
        taxon: its species or strain, as written (``taxon:559292``); None if the source does not say.
    """

    database: str
    object_id: str
    symbol: str
    synonyms: tuple[str, ...]
    object_type: str | None
    taxon: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """The answer for one product.

    Args:
        genes: ids of the genes it stands for; several when one protein is encoded by several named genes.
        by: one of ``KINDS_OF_NAME``; None when unresolved.
        problem: one of ``PROBLEMS``; None when resolved.
        candidates: the genes an ambiguous name could mean.
        why: more about the problem, where its name does not say all.
    """

    genes: tuple[str, ...] = ()
    by: str | None = None
    problem: str | None = None
    candidates: tuple[str, ...] = ()
    why: str | None = None


class Resolver:
    """Finds the genes of one genome by the names that sources use.

    Args:
        genes: of the genome.
        taxa: numbers of its species and strains; empty if they are not known, then names alone decide.
    """

    def __init__(self, genes: Iterable[Gene], taxa: Iterable[str] = ()) -> None:
        self._species = frozenset(species_of(taxon) for taxon in taxa)
        self._by_sgdid: dict[str, str] = {}
        self._systematic: set[str] = set()
        self._standard: dict[str, list[str]] = {}
        self._aliases: dict[str, list[str]] = {}
        self._accessions: dict[str, list[str]] = {}
        for gene in genes:
            self._systematic.add(gene.id)
            if gene.sgdid is not None:
                self._by_sgdid[gene.sgdid] = gene.id
            self._standard.setdefault(gene.symbol, []).append(gene.id)
            for alias in gene.aliases:
                self._aliases.setdefault(alias, []).append(gene.id)
                if match := _ACCESSION.match(alias):
                    self._accessions.setdefault(match[1], []).append(gene.id)

    def resolve(self, product: ProductNames) -> Resolution:
        """Find the genes of a product, by the most exact kind of name that it carries.

        A systematic name decides even when the genome lacks it: then the gene is outside the genome, whatever its
        aliases look like. An accession is the same with or without an isoform, and the protein that it names may be
        encoded by several genes. A product of another species is outside the genome, whatever its names are; one that
        says no species is judged by its names.
        """
        if product.object_type in NOT_A_GENE:
            return Resolution(problem="not a gene")
        species = species_of(product.taxon)
        if self._species and species is not None and species not in self._species:
            return Resolution(problem="outside the genome", why=f"of another species, {product.taxon}")
        if product.database == "SGD":
            gene = self._by_sgdid.get(product.object_id.removeprefix(_SGD_PREFIX))
            if gene is not None:
                return Resolution(genes=(gene,), by="sgdid")
            if product.object_id in self._systematic:
                return Resolution(genes=(product.object_id,), by="systematic name")
            return Resolution(problem="outside the genome")
        names = tuple(dict.fromkeys((product.object_id, product.symbol, *product.synonyms)))
        numbered = [name.removeprefix(_SGD_PREFIX) for name in names if name.startswith(_SGD_PREFIX)]
        if by_number := sorted({self._by_sgdid[name] for name in numbered if name in self._by_sgdid}):
            return Resolution(genes=tuple(by_number), by="sgdid")
        systematic = tuple(sorted(name for name in names if name in self._systematic))
        if systematic:
            return Resolution(genes=systematic, by="systematic name")
        if any(SYSTEMATIC_NAME.match(name) for name in names):
            return Resolution(problem="outside the genome")
        if (match := _ACCESSION.match(product.object_id)) and match[1] in self._accessions:
            return Resolution(genes=tuple(sorted(set(self._accessions[match[1]]))), by="accession")
        for kind, candidates in (
            ("standard name", _genes((product.symbol,), self._standard)),
            # The alias of one gene is often the standard name of another: then it is not unique.
            ("alias", _genes(names, self._standard, self._aliases)),
        ):
            if len(candidates) == 1:
                return Resolution(genes=candidates, by=kind)
            if candidates:
                return Resolution(problem="ambiguous", candidates=candidates)
        return Resolution(problem="unknown")


def _genes(names: tuple[str, ...], *indices: dict[str, list[str]]) -> tuple[str, ...]:
    return tuple(sorted({gene for name in names for index in indices for gene in index.get(name, ())}))
