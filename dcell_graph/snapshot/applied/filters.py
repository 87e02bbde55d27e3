"""Which records a recipe lets through, before its stages and in them (docs/snapshots.md, 1, 2 and 5)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dcell_graph.errors import RecipeError
from dcell_graph.snapshot.applied.material import Flags, Ints, Material, Records, day_number
from dcell_graph.snapshot.recipe import DateStage, EvidenceStage, Recipe
from dcell_graph.sources.vocabulary import NAMESPACES


def taking_part(recipe: Recipe) -> frozenset[str]:
    """Branches whose terms and records are looked at: all three if genes may cross into the chosen ones."""
    crossing = recipe.cross_namespace and recipe.annotations == "propagated"
    return frozenset(NAMESPACES if crossing else recipe.namespaces)


def chosen_records(material: Material, recipe: Recipe) -> Records:
    """The records that make pairs (docs/snapshots.md, 1 and 2).

    Raises:
        RecipeError: the gene list is not known.
    """
    records = passing_records(material, recipe)
    if recipe.record == "any":
        return records
    pair = records.term * len(material.genes) + records.gene
    order = np.lexsort((records.listed, records.source, pair))
    pair = pair[order]
    ends = np.append(pair[1:] != pair[:-1], True)[: len(order)]
    return records.where(order[ends])


def passing_records(material: Material, recipe: Recipe) -> Records:
    """The records that the filters before everything else let through (docs/snapshots.md, 1).

    Raises:
        RecipeError: the gene list is not known.
    """
    stays = np.ones(len(material.records), bool)
    for _, stopped in filters(material, recipe):
        stays &= ~stopped
    return material.records.where(stays)


def filters(material: Material, recipe: Recipe) -> Iterator[tuple[str, Flags]]:
    """Each filter of a recipe by the name of its option, with the records that it stops.

    Raises:
        RecipeError: the gene list is not known.
    """
    records = material.records
    part = taking_part(recipe)
    yield "namespaces", ~np.array([name in part for name in material.namespace], bool)[records.term]
    if recipe.gene_list is not None:
        if recipe.gene_list not in material.gene_lists:
            raise RecipeError(
                f"there is no gene list {recipe.gene_list} of the genome {material.genome}",
                expected=", ".join(sorted(material.gene_lists)) or "one loaded with `dcell-graph load gene-list`",
            )
        yield "gene_list", ~np.isin(records.gene, list(material.gene_lists[recipe.gene_list]))
    if recipe.negated == "drop":
        yield "negated", records.negated
    is_nd = np.array([code == "ND" for code in material.evidence], bool)[records.evidence]
    if recipe.no_data == "drop":
        yield "no_data", is_nd
    # No data about a gene is said of a root; on another term it is a slip of the file.
    yield "no_data_off_root", is_nd & ~np.isin(records.term, list(material.roots))
    yield (
        "exclude_evidence",
        np.array([code in recipe.exclude_evidence for code in material.evidence], bool)[records.evidence],
    )
    if recipe.record == "last":
        yield "record", ~records.last
    if recipe.asserted_from is not None:
        yield "asserted_from", records.day < day_number(recipe.asserted_from)
    if recipe.asserted_until is not None:
        yield "asserted_until", records.day > day_number(recipe.asserted_until)


def gene_bits(terms: Ints, genes: Ints, n_genes: int) -> dict[int, int]:
    """The genes of each term as bits.

    Args:
        terms, genes: one entry a pair; a pair may stand there more than once.
        n_genes: more than the largest gene.
    """
    if not len(terms):
        return {}
    owners, row = np.unique(terms, return_inverse=True)
    width = (n_genes + 7) // 8
    # Where each gene's byte is in the table of all terms; equal places come together and are joined.
    places = row * width + genes // 8
    order = np.argsort(places, kind="stable")
    places = places[order]
    starts = np.flatnonzero(np.append(True, places[1:] != places[:-1]))
    table = np.zeros(len(owners) * width, np.uint8)
    table[places[starts]] = np.bitwise_or.reduceat((1 << genes % 8).astype(np.uint8)[order], starts)
    content = table.tobytes()
    return {
        owner: int.from_bytes(content[place * width : (place + 1) * width], "little")
        for place, owner in enumerate(owners.tolist())
    }


def dropped_by(material: Material, records: Records, stage: DateStage | EvidenceStage) -> Flags:
    """Which records a date or evidence stage drops."""
    if isinstance(stage, EvidenceStage):
        return np.array([code in stage.exclude for code in material.evidence], bool)[records.evidence]
    dropped = np.zeros(len(records), bool)
    if stage.asserted_from is not None:
        dropped |= records.day < day_number(stage.asserted_from)
    if stage.asserted_until is not None:
        dropped |= records.day > day_number(stage.asserted_until)
    return dropped
