"""Turns what was read from files into rows for the load queries, and takes the fingerprint of their content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dcell_graph.sources.annotation_file import Annotation, AnnotationFile, Product, unordered
from dcell_graph.sources.genome import Genome
from dcell_graph.sources.memo import Memo, collector_paused
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
        tables = (
            ([row | {"synonyms": tuple(row["synonyms"])} for row in self.terms], _TERM_FIELDS),
            (self.edges, ("child", "parent", "relation", "crosses")),
            (self.alt_ids, ("term", "other")),
            (self.successors, ("term", "other", "type")),
        )
        with collector_paused():
            return _fingerprint(*(_lines(_column(rows, field) for field in fields) for rows, fields in tables))


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotationRows:
    """Rows for the queries load/products, load/genes_as_annotated and load/annotations."""

    products: list[Row]
    genes: list[Row]
    annotations: list[Row]

    def content(self) -> str:
        """Fingerprint that depends on what the rows say, not on their order or on how they write the same."""
        content = AnnotationContent()
        content.add(self)
        return content.fingerprint()


class AnnotationContent:
    """The fingerprint of an annotation file, taken from all of its rows at once or part by part.

    It is the sum of the checksums of all lines, so neither the order of lines nor the parts matter.
    """

    def __init__(self) -> None:
        self._annotations = _Sum()
        self._products = _Sum()

    def add(self, rows: AnnotationRows) -> None:
        """Take in rows; all rows of a product must be in one part."""
        stated = [row["properties"] for row in rows.annotations]
        canonical: Memo[str | None, str] = Memo(lambda text: repr(unordered(text)))
        with collector_paused():
            self._annotations.add(
                _lines(
                    [
                        *(_column(rows.annotations, field) for field in ("product", "term")),
                        *(
                            _column(stated, field)
                            for field in ("evidence", "negated", "relation", "paper", "product_form")
                        ),
                        *(map(canonical.__getitem__, _column(stated, field)) for field in ("with_from", "extension")),
                        *(map(tuple, _column(stated, field)) for field in ("dates", "assigned_by")),
                        (tuple(sorted(references)) for references in _column(stated, "references")),
                    ]
                )
            )
            names = [_column(rows.products, field) for field in ("id", "symbol", "name", "object_type", "taxon")]
            self._products.add(_lines([*names, map(tuple, _column(rows.products, "synonyms"))]))

    def fingerprint(self) -> str:
        """Of everything taken in so far."""
        return hashlib.sha256(f"{self._annotations.text()} {self._products.text()}".encode()).hexdigest()


class _Sum:
    """A checksum of lines that does not depend on their order: the sum of theirs modulo 2^256, and their number."""

    def __init__(self) -> None:
        self._total = 0
        self._number = 0

    def add(self, lines: Iterable[str]) -> None:
        for line in lines:
            self._total += int.from_bytes(hashlib.sha256(line.encode("utf-8", "surrogatepass")).digest(), "big")
            self._number += 1
        self._total %= 1 << 256

    def text(self) -> str:
        return f"{self._number} {self._total:064x}"


_TERM_FIELDS = ("id", "name", "namespace", "definition", "comment", "obsolete", "root", "synonyms")


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
    with collector_paused():
        products = _product_rows(file.products)
        ids: Memo[tuple[str, str], str] = Memo(lambda product: product_id(*product))
        return AnnotationRows(
            products=products,
            genes=[
                {"id": row["id"], "symbol": row["symbol"]} for row in products if row["object_type"] not in NOT_A_GENE
            ],
            annotations=[_annotation_row(annotation, ids) for annotation in file.annotations],
        )


def _product_rows(products: Iterable[Product]) -> list[Row]:
    """One row a product. Where names differ the first in the alphabet counts: the order of lines plays no part."""
    writings: dict[str, list[Product]] = {}
    for product in products:
        writings.setdefault(product_id(product.database, product.object_id), []).append(product)
    return [
        {
            "id": key,
            "database": first.database,
            "object_id": first.object_id,
            # A symbol that is only the id stands in for a missing one.
            "symbol": min((one.symbol for one in several if one.symbol != one.object_id), default=first.object_id),
            "name": min((one.name for one in several if one.name), default=None),
            "synonyms": sorted({synonym for one in several for synonym in one.synonyms}),
            "object_type": min((one.object_type for one in several if one.object_type), default=None),
            "taxon": min((one.taxon for one in several if one.taxon), default=None),
        }
        for key, several in writings.items()
        for first in several[:1]
    ]


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


def _annotation_row(annotation: Annotation, ids: Mapping[tuple[str, str], str]) -> Row:
    row, lines, dates, last_date, assigned_by, references = annotation
    return {
        "product": ids[row.database, row.object_id],
        "term": row.term,
        "properties": {
            "line": row.line,
            "lines": list(lines),
            "last_line": lines[-1],
            "evidence": row.evidence,
            "date": dates[0],
            "dates": list(dates),
            "last_date": last_date,
            "negated": row.negated,
            "relation": row.relation,
            "relation_stated": row.relation_stated,
            "qualifier": row.qualifier,
            "references": list(references),
            "paper": row.paper,
            "with_from": row.with_from,
            "aspect": row.aspect,
            "assigned_by": list(assigned_by),
            "extension": row.extension,
            "product_form": row.product_form,
        },
    }


# What the query load/annotations makes itself where only one row states an annotation.
_OF_ONE_ROW = ("lines", "last_line", "dates", "last_date")


def brief(properties: Row) -> Row:
    """Properties of an annotation without those that are absent, or that follow from there being one row only."""
    left_out = _OF_ONE_ROW if len(properties["lines"]) == 1 else ()
    return {name: value for name, value in properties.items() if value is not None and name not in left_out}


def product_id(database: str, object_id: str) -> str:
    """The one id of a product; ids that carry their database (MGI:MGI:101757) are not given it twice."""
    return object_id if object_id.startswith(f"{database}:") else f"{database}:{object_id}"


def _column(rows: Sequence[Row], field: str) -> list[Any]:
    return [row[field] for row in rows]


def _lines(columns: Iterable[Iterable[Any]]) -> Iterable[str]:
    """Each row as one line. Values are written so that a tab or line end in one does not look like one between."""
    written: Memo[Any, str] = Memo(_written)
    return map("\t".join, zip(*(map(written.__getitem__, column) for column in columns), strict=True))


def _written(value: object) -> str:
    """A value as ``repr`` writes it, but dates briefly."""
    if isinstance(value, tuple):
        return f"({' '.join(map(_written, value))})"
    return value.isoformat() if isinstance(value, date) else repr(value)


def _fingerprint(*tables: Iterable[str]) -> str:
    """One checksum of the lines of several tables, in whatever order they stand in each."""
    content = "\n\n".join("\n".join(sorted(lines)) for lines in tables)
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()
