"""Writes an annotation file into tables, part by part, as the queries of cypher/load would store it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import count

from dcell_graph.graph.bulk.tables import Tables
from dcell_graph.graph.mapping import mapped, resolver_of
from dcell_graph.graph.records import AS_ANNOTATED, AnnotationContent, AnnotationRows, annotation_rows, finding_row
from dcell_graph.graph.runner import Row, Runner
from dcell_graph.sources.annotation_file import AnnotationFile
from dcell_graph.sources.identity import Resolver
from dcell_graph.types import Finding


@dataclass(frozen=True, slots=True)
class _Genome:
    """A genome that names are resolved against, and the nodes of its genes."""

    node: int
    resolver: Resolver
    genes: dict[str, int]


class AnnotationWriter:
    """Writes one annotation file.

    What it keeps in memory grows with the ids of terms and genes, not with the rows.

    Args:
        runner: of the database whose content the tables get too; the write lock is held.
        tables: to write to.
        source: name of the file.
        first: the first node id that is free.
    """

    def __init__(self, runner: Runner, tables: Tables, source: str, first: int) -> None:
        self._tables = tables
        self._source = source
        self._free = count(first)
        self._terms = {row["id"]: row["node"] for row in runner.read("bulk/ids")}
        self._as_annotated = _genes(runner, AS_ANNOTATED)
        self._genomes = [
            _Genome(row["node"], resolver_of(runner, row["name"]), _genes(runner, row["name"]))
            for row in runner.read("bulk/genomes")
            if row["name"] != AS_ANNOTATED
        ]
        self._content = AnnotationContent()
        self.by_reason: Counter[str] = Counter()
        self.annotations = 0

    @property
    def content(self) -> str:
        """Fingerprint of the rows that were written."""
        return self._content.fingerprint()

    def write(self, part: AnnotationFile) -> None:
        """Write annotations with their products, mappings and findings; all rows of a product are in one part."""
        rows = annotation_rows(part)
        self._content.add(rows)
        products = self._write_products(rows.products)
        self._write_genes(rows, products)
        for genome in self._genomes:
            self._write_mappings(genome, rows.products, products)
        self._write_annotations(rows.annotations, products)
        for finding in part.findings:
            self.write_finding(finding)

    def write_finding(self, finding: Finding) -> None:
        """Write a remark on a row or on the file."""
        self.by_reason[f"{finding.outcome}: {finding.reason}"] += 1
        properties = {**finding_row(finding), "kind": "AnnotationFile", "of": self._source}
        self._tables.node(next(self._free), "Finding", properties)

    def write_file(self, properties: Row) -> None:
        """Write the node of the file itself, which is not visible yet."""
        self._tables.node(next(self._free), "AnnotationFile", properties | {"status": "loading"})

    def outcomes(self, outcome: str) -> int:
        """How many rows were ``merged`` or ``refused`` so far."""
        return sum(number for key, number in self.by_reason.items() if key.startswith(f"{outcome}: "))

    def _write_products(self, rows: list[Row]) -> dict[str, int]:
        nodes: dict[str, int] = {}
        for row in rows:
            node = nodes[row["id"]] = next(self._free)
            self._tables.node(node, "Product", row | {"source": self._source})
        return nodes

    def _write_genes(self, rows: AnnotationRows, products: dict[str, int]) -> None:
        for row in rows.genes:
            gene = self._as_annotated.get(row["id"])
            if gene is None:
                gene = self._as_annotated[row["id"]] = next(self._free)
                properties = {"genome": AS_ANNOTATED, "id": row["id"], "symbol": row["symbol"], "aliases": []}
                self._tables.node(gene, "Gene", properties)
            self._tables.link(products[row["id"]], "MAPS_TO", gene, {"by": "id"})

    def _write_mappings(self, genome: _Genome, rows: list[Row], products: dict[str, int]) -> None:
        found, unresolved = mapped(genome.resolver, rows)
        for row in found:
            for gene in row["genes"]:
                self._tables.link(products[row["id"]], "MAPS_TO", genome.genes[gene], {"by": row["by"]})
        for row in unresolved:
            properties = {key: row[key] for key in ("problem", "candidates", "why")}
            self._tables.link(products[row["id"]], "UNRESOLVED_IN", genome.node, properties)

    def _write_annotations(self, rows: list[Row], products: dict[str, int]) -> None:
        nothing: dict[str, object] = {}
        for row in rows:
            node = next(self._free)
            term = self._terms.get(row["term"])
            if term is None:
                term = self._terms[row["term"]] = next(self._free)
                self._tables.node(term, "GoId", {"id": row["term"]})
            self._tables.node(node, "Annotation", row["properties"] | {"source": self._source})
            self._tables.link(node, "OF", products[row["product"]], nothing)
            self._tables.link(node, "TO", term, nothing)
        self.annotations += len(rows)


def _genes(runner: Runner, genome: str) -> dict[str, int]:
    return {row["id"]: row["node"] for row in runner.read("bulk/genes", genome=genome)}
