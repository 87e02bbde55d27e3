"""Reads out of the database what recipes are applied to in memory."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from dcell_graph.graph.comparison.known_on import find_sources
from dcell_graph.graph.comparison.statements import Statements, read_statements
from dcell_graph.graph.records import AS_ANNOTATED
from dcell_graph.graph.runner import Row, Runner
from dcell_graph.snapshot.applied.apply import Applier
from dcell_graph.snapshot.applied.material import Material, Records
from dcell_graph.snapshot.diff.walk import Things


def read_material(runner: Runner, *, release: str, sources: Sequence[str], genome: str) -> Material:
    """Read a release, the records of some files and the genes of a genome.

    Args:
        runner: of the database.
        release: a loaded ontology release.
        sources: loaded annotation files, in the order that decides which record is listed last.
        genome: a loaded genome, or ``as-annotated``.

    Raises:
        NotFound: a file is not loaded.
    """
    files = find_sources(runner, tuple(dict.fromkeys(sources)))
    names = [file.name for file in files]
    # The server works on the records longest; the rest is read meanwhile.
    with ThreadPoolExecutor(1) as pool:
        rest = pool.submit(_read_rest, runner, release, names, genome)
        statements = read_statements(runner, files, release=release, genome=genome, detail="recipe")
        genes, terms, links, members = rest.result()
    symbols = dict(zip(statements.genes["gene"], statements.genes["symbol"], strict=True))
    symbols |= {row["gene"]: row["symbol"] for row in genes}
    gene_ids = tuple(sorted(symbols))
    gene_place = {gene: place for place, gene in enumerate(gene_ids)}
    term_place = {row["term"]: place for place, row in enumerate(terms)}
    relations = tuple(row["relation"] for row in links)
    evidence, records = _records(statements, term_place, gene_place)
    return Material(
        release=release,
        sources=tuple(names),
        genome=genome,
        terms=tuple(term_place),
        names=tuple(row["name"] for row in terms),
        namespace=tuple(row["namespace"] for row in terms),
        roots=frozenset(place for place, row in enumerate(terms) if row["root"]),
        child=np.array([term_place[child] for row in links for child in row["children"]], np.int64),
        parent=np.array([term_place[parent] for row in links for parent in row["parents"]], np.int64),
        relation=np.repeat(np.arange(len(links)), [len(row["children"]) for row in links]),
        relations=relations,
        genes=gene_ids,
        symbols=tuple(symbols[gene] for gene in gene_ids),
        populations={
            name: frozenset(gene_place[row["gene"]] for row in genes if name in row["sources"]) for name in names
        },
        gene_lists={name: frozenset(gene_place[row["gene"]] for row in rows) for name, rows in members.items()},
        evidence=evidence,
        records=records,
    )


def read_held(runner: Runner, snapshot: str) -> dict[str, Things]:
    """All terms, links and pairs of a snapshot in the database, by kind (``snapshot.diff.walk.KINDS``)."""
    rows = runner.read("read/material_held", snapshot=snapshot)
    return {
        "terms": {(row["term"],) for row in rows},
        "links": {(row["term"], parent) for row in rows for parent in row["parents"]},
        "pairs": {(row["term"], gene) for row in rows for gene in row["genes"]},
    }


class Materials:
    """Materials of one genome, each release read once with all sources that may be asked for.

    Args:
        runner: of the database.
        genome: a loaded genome, or ``as-annotated``.
        sources: all annotation files that may be asked for.
    """

    def __init__(self, runner: Runner, genome: str, sources: Sequence[str]) -> None:
        self._runner = runner
        self._genome = genome
        self._sources = tuple(dict.fromkeys(sources))
        self._read: dict[str, Material] = {}

    def applier(self, release: str, sources: tuple[str, ...]) -> Applier:
        """An applier for a release and some of the sources.

        Raises:
            NotFound: a source is not loaded.
        """
        if release not in self._read:
            self._read[release] = read_material(
                self._runner, release=release, sources=self._sources, genome=self._genome
            )
        return Applier(self._read[release].of_sources(sources))

    def terms(self) -> set[str]:
        """Ids of the live terms of the releases read so far."""
        return {term for material in self._read.values() for term in material.terms}


def _read_rest(
    runner: Runner, release: str, sources: list[str], genome: str
) -> tuple[list[Row], list[Row], list[Row], dict[str, list[Row]]]:
    """Genes, terms, links in columns, and the genes of each gene list."""
    genes = runner.read("read/material_genes", genome=genome, sources=sources, annotated=genome == AS_ANNOTATED)
    terms = _terms(runner.read("read/material_terms", release=release))
    links = runner.read("read/material_links", release=release)
    lists = [row["name"] for row in runner.read("read/gene_lists", genome=genome)]
    return genes, terms, links, {name: runner.read("compare/gene_list", name=name) for name in lists}


def _terms(blocks: list[Row]) -> list[Row]:
    """One row a term, by id."""
    columns = ("term", "name", "namespace", "root")
    rows = [
        dict(zip(columns, values, strict=True))
        for block in blocks
        for values in zip(*(block[column] for column in columns), strict=True)
    ]
    return sorted(rows, key=lambda row: str(row["term"]))


def _records(
    statements: Statements, term_place: dict[str, int], gene_place: dict[str, int]
) -> tuple[tuple[str, ...], Records]:
    table = statements.records
    places, genes, terms = statements.pairs_of(table)
    gene_of = np.array([gene_place[gene] for gene in statements.genes["gene"]], np.int64)
    term_of = np.array([term_place[term] for term in statements.terms["term"]], np.int64)
    day = table["day"].to_numpy()
    evidence = table["evidence"].cat
    return tuple(evidence.categories), Records(
        term=term_of[terms],
        gene=gene_of[genes],
        evidence=evidence.codes.to_numpy().astype(np.int64)[places],
        source=table["source"].to_numpy()[places],
        day=day[places],
        negated=table["negated"].to_numpy()[places],
        listed=table["line"].to_numpy()[places],
        last=(table["last_day"].to_numpy() == day)[places],
    )
