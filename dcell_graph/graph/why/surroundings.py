"""Reads out of the database what decides about some terms: those below them with their records, and those above."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dcell_graph.graph.runner import Row, Runner
from dcell_graph.snapshot.applied.apply import followed
from dcell_graph.snapshot.applied.material import Material, Records, day_number, reached
from dcell_graph.snapshot.recipe import Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Some terms with everything below and above them over any relation.

    Args:
        material: their part of the release; the records are those on the terms themselves and below.
        below: ids of the terms at or below.
    """

    material: Material
    below: frozenset[str]

    @property
    def roots(self) -> list[str]:
        """Ids of the roots among the terms."""
        return sorted(self.material.terms[place] for place in self.material.roots)

    def at_or_below(self, term: str, recipe: Recipe) -> frozenset[str]:
        """A term and what is below it over the links that a recipe follows."""
        material = self.material
        if term not in material.terms:
            return frozenset({term})
        children: dict[int, list[int]] = {}
        for child, parents in enumerate(followed(material, recipe)):
            for parent in parents:
                children.setdefault(parent, []).append(child)
        return frozenset(material.terms[place] for place in reached(material.terms.index(term), children))


def read_surroundings(
    runner: Runner,
    terms: Sequence[str],
    *,
    release: str,
    sources: Sequence[str],
    genome: str,
    gene_list: str | None,
    gene: str | None = None,
    downward: bool = True,
    upward: bool = True,
) -> Surroundings:
    """Read what decides about some live terms.

    Args:
        runner: of the database.
        terms: ids of live terms of the release.
        gene: read only the records of this gene, which is enough to tell what became of them.
        downward, upward: False to leave out the terms below or above them.
        release: a loaded ontology release.
        sources: loaded annotation files, in the order that decides which record is listed last.
        genome: a loaded genome, or ``as-annotated``.
        gene_list: the gene list that counts, if one does.
    """
    around = runner.read("why/terms", release=release, terms=list(terms), downward=downward, upward=upward)
    ids = [row["term"] for row in around]
    below = [row["term"] for row in around if row["below"]]
    links = runner.read("why/links", release=release, terms=ids) if downward or upward else []
    rows = runner.read("why/records", release=release, terms=below, sources=list(sources), genome=genome, gene=gene)
    place = {term: number for number, term in enumerate(ids)}
    links = [row for row in links if row["parent"] in place]
    symbols = {row["gene"]: row["symbol"] for row in rows}
    genes = tuple(sorted(symbols))
    relations = tuple(sorted({row["relation"] for row in links}))
    evidence = tuple(sorted({row["evidence"] for row in rows}))
    lists = () if gene_list is None else (gene_list,)
    members = {name: {row["gene"] for row in runner.read("compare/gene_list", name=name)} for name in lists}
    material = Material(
        release=release,
        sources=tuple(sources),
        genome=genome,
        terms=tuple(ids),
        names=tuple(row["name"] for row in around),
        namespace=tuple(row["namespace"] for row in around),
        roots=frozenset(number for number, row in enumerate(around) if row["root"]),
        child=np.array([place[row["child"]] for row in links], np.int64),
        parent=np.array([place[row["parent"]] for row in links], np.int64),
        relation=np.array([relations.index(row["relation"]) for row in links], np.int64),
        relations=relations,
        genes=genes,
        symbols=tuple(symbols[gene] for gene in genes),
        populations={source: frozenset(range(len(genes))) for source in sources},
        gene_lists={
            name: frozenset(number for number, gene in enumerate(genes) if gene in listed)
            for name, listed in members.items()
        },
        evidence=evidence,
        records=_records(rows, place, genes, evidence, list(sources)),
    )
    return Surroundings(material=material, below=frozenset(below))


def _records(
    rows: list[Row], place: dict[str, int], genes: tuple[str, ...], evidence: tuple[str, ...], sources: list[str]
) -> Records:
    gene_place = {gene: number for number, gene in enumerate(genes)}
    columns = [
        (
            place[row["term"]],
            gene_place[row["gene"]],
            evidence.index(row["evidence"]),
            sources.index(row["source"]),
            day_number(day),
            row["negated"],
            row["line"],
            day == row["last_date"],
        )
        for row in rows
        for day in row["dates"]
    ]
    term, gene, code, source, day, negated, listed, last = zip(*columns, strict=True) if columns else ((),) * 8
    return Records(
        term=np.array(term, np.int64),
        gene=np.array(gene, np.int64),
        evidence=np.array(code, np.int64),
        source=np.array(source, np.int64),
        day=np.array(day, np.int64),
        negated=np.array(negated, bool),
        listed=np.array(listed, np.int64),
        last=np.array(last, bool),
    )
