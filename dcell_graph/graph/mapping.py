"""Finds the genes of a loaded genome that the products of an annotation file stand for."""

from __future__ import annotations

from collections.abc import Iterable

from dcell_graph.graph.runner import Row, Runner
from dcell_graph.sources.genome import Gene
from dcell_graph.sources.identity import ProductNames, Resolver


def resolver_of(runner: Runner, genome: str) -> Resolver:
    """A resolver of names for a loaded genome."""
    genes = (
        Gene(
            id=row["id"],
            sgdid=row["sgdid"],
            symbol=row["symbol"],
            aliases=tuple(row["aliases"]),
            qualifier=None,
            chromosome=None,
        )
        for row in runner.read("read/genes", genome=genome)
    )
    taxa = [taxon for row in runner.read("read/genome_taxa", genome=genome) for taxon in row["taxa"]]
    return Resolver(genes, taxa)


def mapped(resolver: Resolver, products: Iterable[Row]) -> tuple[list[Row], list[Row]]:
    """Rows for the queries load/mappings and load/unresolved.

    Args:
        resolver: of the genome.
        products: with id, database, object_id, symbol, synonyms, object_type, taxon.
    """
    found: list[Row] = []
    unresolved: list[Row] = []
    for row in products:
        answer = resolver.resolve(
            ProductNames(
                database=row["database"],
                object_id=row["object_id"],
                symbol=row["symbol"],
                synonyms=tuple(row["synonyms"]),
                object_type=row["object_type"],
                taxon=row["taxon"],
            )
        )
        if answer.genes:
            found.append({"id": row["id"], "genes": list(answer.genes), "by": answer.by})
        else:
            unresolved.append(
                {
                    "id": row["id"],
                    "problem": answer.problem,
                    "candidates": list(answer.candidates),
                    "why": answer.why,
                }
            )
    return found, unresolved
