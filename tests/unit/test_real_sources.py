"""The readers on real files, against figures that were published beside them and counted without this package."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from dcell_graph.sources.gaf import AnnotationFile, read_gaf
from dcell_graph.sources.gaf_row import AnnotationRow
from dcell_graph.sources.genome import Genome, read_features
from dcell_graph.sources.identity import ProductNames, Resolver
from dcell_graph.sources.obo import Ontology, read_obo
from tests.real_files import GENOME, ONTOLOGY

pytestmark = pytest.mark.real_data


@pytest.fixture(scope="module")
def ontology(mirror: Path) -> Ontology:
    return read_obo(mirror / ONTOLOGY)


@pytest.fixture(scope="module")
def annotation_file(mirror: Path) -> AnnotationFile:
    return read_gaf(mirror / "gaf" / "goa_yeast-2016-10-03.gaf.gz")


@pytest.fixture(scope="module")
def genome(mirror: Path) -> Genome:
    return read_features(mirror / GENOME)


def test_the_ontology(ontology: Ontology) -> None:
    relations = Counter(edge.relation for edge in ontology.edges)
    namespace = {term.id: term.namespace for term in ontology.terms}
    part_of = [edge for edge in ontology.edges if edge.crosses and edge.relation == "part_of"]
    up = Counter((namespace[edge.child], namespace[edge.parent]) for edge in part_of)

    assert (ontology.release, ontology.release_from, ontology.release_date) == (
        "2016-12-06",
        "data-version",
        date(2016, 12, 6),
    )
    assert (len(ontology.terms), sum(not term.obsolete for term in ontology.terms)) == (45_926, 43_906)
    assert (relations["is_a"], relations["part_of"]) == (75_064, 8_869)
    assert {"has_part", "occurs_in"} < relations.keys()
    assert ontology.roots == {"GO:0008150", "GO:0003674", "GO:0005575"}
    assert up["molecular_function", "biological_process"] == 1_194
    assert sum(len(term.alt_ids) for term in ontology.terms if term.obsolete) == 58
    assert ontology.findings == ()


def test_the_annotation_file(annotation_file: AnnotationFile) -> None:
    assert annotation_file.rows == 67_138 == annotation_file.kept + annotation_file.merged
    assert (annotation_file.version, annotation_file.file_date) == ("2.1", date(2016, 10, 3))
    assert annotation_file.ontology_release == "2016-10-01"
    assert annotation_file.refused == 0
    assert sum(len(annotation.lines) for annotation in annotation_file.annotations) == 67_138
    assert len({annotation.row.object_id for annotation in annotation_file.annotations}) == 6_719
    assert len({annotation.row.term for annotation in annotation_file.annotations}) == 5_669


def test_the_genome(genome: Genome) -> None:
    assert len(genome.genes) == 6_607
    assert genome.rows == len(genome.genes) + genome.other_features
    assert genome.findings == ()


def test_where_the_rows_go(ontology: Ontology, annotation_file: AnnotationFile, genome: Genome) -> None:
    live = {term.id for term in ontology.terms if not term.obsolete}
    obsolete = {term.id for term in ontology.terms} - live
    current = {other: term.id for term in ontology.terms if term.id in live for other in term.alt_ids}
    current.update({term: term for term in live})
    resolver = Resolver(genome.genes)

    def genes(row: AnnotationRow) -> tuple[str, ...]:
        names = ProductNames(
            database=row.database,
            object_id=row.object_id,
            symbol=row.symbol,
            synonyms=row.synonyms,
            object_type=row.object_type,
        )
        return resolver.resolve(names).genes

    def reason(row: AnnotationRow) -> str:
        """The first reason to leave a row out, in the order of the published table."""
        if row.negated:
            return "NOT"
        if row.evidence == "IGI":
            return "evidence"
        if not genes(row):
            return "no gene"
        if row.term not in current:
            return "obsolete" if row.term in obsolete else "unknown term"
        return "kept"

    rows: Counter[str] = Counter()
    pairs: set[tuple[str, str]] = set()
    for annotation in annotation_file.annotations:
        why = reason(annotation.row)
        rows[why] += len(annotation.lines)
        if why == "kept":
            pairs |= {(gene, current[annotation.row.term]) for gene in genes(annotation.row)}

    assert rows == {"NOT": 293, "evidence": 3_834, "no gene": 1_209, "obsolete": 1, "kept": 61_801}
    assert len(pairs) == 48_126
