"""The readers on real files, against figures that were published beside them and counted without this package."""

from __future__ import annotations

import gzip
import io
from collections import Counter
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from dcell_graph.sources.annotation_file import AnnotationRow
from dcell_graph.sources.annotations import AnnotationFile, read_annotations
from dcell_graph.sources.gaf import read_gaf
from dcell_graph.sources.genome import Genome, read_features
from dcell_graph.sources.identity import ProductNames, Resolver
from dcell_graph.sources.obo import Ontology, read_obo
from tests.gaf_files import GOOD_ROW
from tests.mangling import CODES
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


def independent_rows(path: Path) -> pd.DataFrame:
    """The rows of an annotation file as pandas and a plain filter of comments see them, with their line numbers."""
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
        lines = [(number, line.rstrip("\r\n")) for number, line in enumerate(file, start=1)]
    chosen = [(number, line) for number, line in lines if line.strip() and not line.startswith("!")]
    frame = pd.read_csv(
        io.StringIO("\n".join(line for _, line in chosen)),
        sep="\t",
        header=None,
        names=[*GOOD_ROW],
        dtype=str,
        quoting=3,
        keep_default_na=False,
        na_filter=False,
    ).fillna("")
    return frame.assign(line=[number for number, _ in chosen])


def reason_to_refuse(rows: pd.DataFrame) -> pd.Series:
    """The first rule that a row breaks; empty for a good one."""
    reasons = pd.Series("", index=rows.index)

    def mark(bad: pd.Series, reason: str) -> None:
        reasons[bad & (reasons == "")] = reason

    for column in ("database", "object_id", "reference"):
        mark(rows[column].str.strip(" |") == "", "missing")
    mark(~rows["term"].str.fullmatch("GO:[0-9]{7}"), "term")
    mark(~rows["qualifier"].str.fullmatch(r"(NOT)?\|?(contributes_to|colocalizes_with)?"), "qualifier")
    mark(~rows["evidence"].isin(CODES), "evidence")
    days = pd.to_datetime(rows["date"], format="%Y%m%d", errors="coerce")
    mark(days.isna() | ~rows["date"].str.fullmatch("[0-9]{8}"), "date")
    return reasons


def paper_of(cell: str) -> str:
    references = [part.strip() for part in cell.split("|")]
    return next((part for part in references if part.startswith("PMID:")), references[0])


@pytest.mark.parametrize(
    ("name", "rows", "merged"),
    [
        # Rows as published beside the files; repeats as counted by hand-written pandas on them.
        ("sgd-2011-12-24", 87_711, 10),
        ("goa_yeast-2016-10-03", 67_138, 68),
        ("goa_yeast-2019-10-15", 90_456, 95),
    ],
)
def test_every_row_of_a_real_annotation_file(mirror: Path, name: str, rows: int, merged: int) -> None:
    path = mirror / "gaf" / f"{name}.gaf.gz"
    file = read_annotations(path)
    frame = independent_rows(path)
    reasons = reason_to_refuse(frame)
    refused = Counter(finding.reason for finding in file.findings if finding.outcome == "refused")
    good = frame[reasons == ""]
    identity = pd.DataFrame(
        {
            **{
                column: good[column]
                for column in ("database", "object_id", "term", "qualifier", "evidence", "product_form")
            },
            # Without a relation in the qualifier the aspect implies one.
            "aspect": good["aspect"],
            "paper": good["reference"].map(paper_of),
            "with_from": good["with_from"].map(lambda cell: "|".join(sorted(part.strip() for part in cell.split("|")))),
            "extension": good["extension"].map(lambda cell: "|".join(sorted(cell.split("|")))),
        }
    )
    repeats = identity.duplicated()
    findings = {(finding.line, finding.outcome) for finding in file.findings if finding.outcome != "flagged"}

    assert file.rows == rows == len(frame) == file.kept + file.merged + file.refused
    assert refused == Counter(reasons[reasons != ""])
    assert (
        (file.kept, file.merged)
        == (int((~repeats).sum()), int(repeats.sum()))
        == (rows - merged - file.refused, merged)
    )
    assert findings == {(line, "merged") for line in good["line"][repeats]}
    negated = set(good["line"][good["qualifier"].str.contains("NOT")])
    assert {line for a in file.annotations if a.row.negated for line in a.lines} == negated
    assert Counter(a.row.evidence for a in file.annotations for _ in a.lines) == Counter(good["evidence"])
    assert len(file.products) >= good[["database", "object_id"]].drop_duplicates().shape[0]


@pytest.mark.parametrize(
    ("name", "terms", "live", "is_a", "part_of"),
    [
        ("go-2012-01-04", 35_520, 33_911, None, None),
        ("go-2016-12-06", 45_926, 43_906, 75_064, 8_869),
        ("go-basic-2019-10-07", 47_375, 44_733, 75_161, 7_544),
        ("go-basic-2026-05-19", 48_321, 38_263, 57_803, 6_272),
    ],
)
def test_every_stanza_of_a_real_ontology(
    mirror: Path, name: str, terms: int, live: int, is_a: int | None, part_of: int | None
) -> None:
    path = mirror / "go" / f"{name}.obo.gz"
    ontology = read_obo(path)
    text = gzip.decompress(path.read_bytes()).decode()
    stanzas = [stanza.split("\n") for stanza in text.split("\n\n") if stanza.startswith("[Term]\n")]
    clauses = [
        (
            stanza[1].removeprefix("id: "),
            line.partition(" ! ")[0].partition(" {")[0].replace("is_a:", "relationship: is_a"),
        )
        for stanza in stanzas
        for line in stanza
        if line.startswith(("is_a:", "relationship:"))
    ]
    links = [(child, *clause.split()[1:3]) for child, clause in clauses]
    relations = Counter(edge.relation for edge in ontology.edges)

    assert len(ontology.terms) == len(stanzas) == terms
    assert sum(not term.obsolete for term in ontology.terms) == live
    assert {(edge.child, edge.relation, edge.parent) for edge in ontology.edges} == set(links)
    assert len(ontology.edges) == len(links)
    assert ontology.findings == ()
    if is_a is not None:
        assert (relations["is_a"], relations["part_of"]) == (is_a, part_of)
    names = [line[6:] for stanza in stanzas for line in stanza if line.startswith("name: ")]
    assert [term.name for term in ontology.terms if "{" not in (term.name or "")] == [
        text.replace("\\", "") for text in names if "{" not in text
    ]


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
