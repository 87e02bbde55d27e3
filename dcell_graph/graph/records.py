"""Turns what was read from files into rows for the load queries, and takes the fingerprint of their content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dcell_graph.sources.gaf import Annotation, AnnotationFile
from dcell_graph.sources.genome import Genome
from dcell_graph.sources.obo import Ontology, Term
from dcell_graph.sources.vocabulary import NOT_A_GENE
from dcell_graph.types import Finding

Row = dict[str, Any]

# What each kind of loaded thing is called on the command line.
WORDS = {
    "Release": "ontology",
    "AnnotationFile": "annotations",
    "Genome": "genes",
    "GeneList": "gene-list",
    "Snapshot": "snapshot",
}

# The genome without a genome: every gene product of the annotation files is a gene of its own.
AS_ANNOTATED = "as-annotated"


@dataclass(frozen=True, slots=True, kw_only=True)
class OntologyRows:
    """Rows for the queries load/terms, load/edges, load/alt_ids and load/successors."""

    terms: list[Row]
    edges: list[Row]
    alt_ids: list[Row]
    successors: list[Row]

    def content(self) -> str:
        """Fingerprint that depends on what the release says, not on the order or encoding of its lines."""
        return _fingerprint(
            repr(sorted(row.items()))
            for rows in (self.terms, self.edges, self.alt_ids, self.successors)
            for row in rows
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotationRows:
    """Rows for the queries load/products, load/genes_as_annotated and load/annotations."""

    products: list[Row]
    genes: list[Row]
    annotations: list[Row]

    def content(self) -> str:
        """Fingerprint that depends on what the rows say, not on their order."""
        return _fingerprint(
            repr(
                (
                    row["product"],
                    row["term"],
                    sorted((key, value) for key, value in row["properties"].items() if key not in _ORDER_PROPERTIES),
                )
            )
            for row in self.annotations
        )


# These say where a row stands, or which of several equal rows came last.
_ORDER_PROPERTIES = frozenset({"line", "lines", "last_line", "last_date", "references"})


def ontology_rows(ontology: Ontology) -> OntologyRows:
    """Rows of a release. An alt_id that is also a live term belongs to that term alone."""
    live = {term.id for term in ontology.terms if not term.obsolete}
    return OntologyRows(
        terms=[_term_row(term, term.id in ontology.roots) for term in ontology.terms],
        edges=[
            {
                "child": edge.child,
                "parent": edge.parent,
                "relation": edge.relation,
                "type": edge.relation.upper(),
                "crosses": edge.crosses,
            }
            for edge in ontology.edges
        ],
        alt_ids=[
            {"term": term.id, "other": other}
            for term in ontology.terms
            if not term.obsolete
            for other in term.alt_ids
            if other not in live
        ],
        successors=[
            {"term": term.id, "other": other, "type": kind}
            for term in ontology.terms
            for kind, others in (("REPLACED_BY", term.replaced_by), ("CONSIDER", term.consider))
            for other in others
        ],
    )


def annotation_rows(file: AnnotationFile) -> AnnotationRows:
    """Rows of an annotation file. A product takes its names from all of its rows."""
    products: dict[str, Row] = {}
    for annotation in file.annotations:
        row = annotation.row
        product = products.setdefault(
            product_id(row.database, row.object_id),
            {
                "database": row.database,
                "object_id": row.object_id,
                "symbol": row.symbol,
                "name": row.name,
                "synonyms": [],
                "object_type": row.object_type,
                "taxon": row.taxon,
            },
        )
        product["synonyms"] = sorted({*product["synonyms"], *row.synonyms})
    rows = [{"id": key, **product} for key, product in products.items()]
    return AnnotationRows(
        products=rows,
        genes=[{"id": row["id"], "symbol": row["symbol"]} for row in rows if row["object_type"] not in NOT_A_GENE],
        annotations=[_annotation_row(annotation) for annotation in file.annotations],
    )


def gene_rows(genome: Genome) -> list[Row]:
    """Rows for the query load/genes, sorted by id."""
    return sorted(
        (
            {
                "id": gene.id,
                "sgdid": gene.sgdid,
                "symbol": gene.symbol,
                "aliases": list(gene.aliases),
                "qualifier": gene.qualifier,
                "chromosome": gene.chromosome,
            }
            for gene in genome.genes
        ),
        key=lambda row: str(row["id"]),
    )


def finding_row(finding: Finding) -> Row:
    """A row for the query load/findings."""
    return {
        "line": finding.line,
        "outcome": finding.outcome,
        "reason": finding.reason,
        "text": finding.text,
    }


def _term_row(term: Term, root: bool) -> Row:
    return {
        "id": term.id,
        "name": term.name or term.id,
        "namespace": term.namespace,
        "definition": term.definition,
        "comment": term.comment,
        "obsolete": term.obsolete,
        "root": root,
        "synonyms": list(term.synonyms),
    }


def _annotation_row(annotation: Annotation) -> Row:
    row = annotation.row
    return {
        "product": product_id(row.database, row.object_id),
        "term": row.term,
        "properties": {
            "line": row.line,
            "lines": list(annotation.lines),
            "last_line": annotation.lines[-1],
            "evidence": row.evidence,
            "date": annotation.dates[0],
            "dates": list(annotation.dates),
            "last_date": annotation.last_date,
            "negated": row.negated,
            "relation": row.relation,
            "relation_stated": row.relation_stated,
            "qualifier": row.qualifier,
            "references": list(annotation.references),
            "paper": row.paper,
            "with_from": row.with_from,
            "aspect": row.aspect,
            "assigned_by": list(annotation.assigned_by),
            "extension": row.extension,
            "product_form": row.product_form,
        },
    }


def product_id(database: str, object_id: str) -> str:
    """The one id of a product; ids that carry their database (MGI:MGI:101757) are not given it twice."""
    return object_id if object_id.startswith(f"{database}:") else f"{database}:{object_id}"


def _fingerprint(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()
