"""SGD's gene JSON: records, layouts, folders and archives. Every expected outcome is written by hand."""

from __future__ import annotations

import gzip
import json
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from dcell_graph.errors import FileRefused
from dcell_graph.sources.annotations import AnnotationFile, read_annotations
from dcell_graph.sources.gaf import read_gaf
from tests.gaf_files import HEADER, fates, flags
from tests.gaf_files import row as gaf_row
from tests.json_files import on_lines, read, record


def write(folder: Path, text: str, name: str = "gene.json") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def texts(file: AnnotationFile) -> list[tuple[int | None, str, str, str]]:
    return [(finding.line, finding.outcome, finding.reason, finding.text) for finding in file.findings]


# ---- one record


def test_every_part_lands_in_its_field(tmp_path: Path) -> None:
    properties = [
        {"bioentity": {"display_name": "BBB2", "link": "/locus/S000990002"}, "role": "With"},
        {"bioentity": {"display_name": "UniProtKB:P90001", "link": "http://elsewhere/P90001"}, "role": "From"},
        {"bioentity": {"display_name": "GO:0005829", "link": "/go/5829"}, "role": "occurs in"},
    ]
    file = read(tmp_path, record(properties=properties))
    found = file.annotations[0].row

    assert (file.format, file.version, file.file_date, file.ontology_release) == ("SGD JSON", None, None, None)
    assert (file.rows, file.kept, file.merged, file.refused, file.findings) == (1, 1, 0, 0, ())
    assert (found.line, found.database, found.object_id, found.symbol) == (2, "SGD", "S000990001", "AAA1")
    assert found.synonyms == ("YPR901W",)
    assert (found.negated, found.relation, found.relation_stated) == (False, "involved_in", True)
    assert (found.qualifier, found.term, found.aspect) == ("involved in", "GO:9000002", "P")
    assert (found.references, found.paper) == (("PMID:99000001", "SGD_REF:S000990501"), "PMID:99000001")
    assert (found.evidence, found.date, found.assigned_by) == ("IDA", date(2018, 1, 1), "SGD")
    assert found.with_from == "SGD:S000990002|UniProtKB:P90001"
    assert found.extension == "occurs_in(GO:0005829)"
    assert (found.name, found.object_type, found.taxon, found.product_form) == (None, None, None, None)


def test_the_same_statement_in_gaf(tmp_path: Path) -> None:
    path = tmp_path / "a.gaf"
    path.write_text(HEADER + gaf_row(qualifier="NOT|involved_in"))

    assert read(tmp_path, record(qualifier="NOT|involved in")).annotations[0].row.identity == (
        read_gaf(path).annotations[0].row.identity
    )


@pytest.mark.parametrize(
    ("text", "negated", "relation", "flagged"),
    [
        ("involved in", False, "involved_in", False),
        ("involved_in", False, "involved_in", False),
        ("acts upstream of or within, positive effect", False, "acts_upstream_of_or_within_positive_effect", False),
        ("acts upstream of or within negative effect", False, "acts_upstream_of_or_within_negative_effect", False),
        ("NOT", True, "acts_upstream_of_or_within", False),
        ("NOT|involved in", True, "involved_in", False),
        ("NOT involved in", True, "involved_in", True),
        ("not|Involved in", True, "involved_in", True),
        ("involved in|NOT", True, "involved_in", True),
        ("NOT_involved_in", True, "involved_in", True),
        ("", False, "acts_upstream_of_or_within", False),
        (None, False, "acts_upstream_of_or_within", False),
    ],
)
def test_qualifiers(tmp_path: Path, text: str | None, negated: bool, relation: str, flagged: bool) -> None:
    file = read(tmp_path, record(qualifier=text))
    found = file.annotations[0].row

    assert (found.negated, found.relation) == (negated, relation)
    assert found.relation_stated == (text not in ("NOT", "", None))
    assert flags(file, 2) == (["qualifier"] if flagged else [])


@pytest.mark.parametrize(
    ("aspect", "letter", "relation", "flagged"),
    [
        ("biological process", "P", "acts_upstream_of_or_within", False),
        ("molecular_function", "F", "enables", False),
        ("Cellular Component", "C", "located_in", False),
        ("P", "P", "acts_upstream_of_or_within", False),
        ("planet", "planet", "related_to", True),
        (None, None, "related_to", True),
    ],
)
def test_aspects(tmp_path: Path, aspect: str | None, letter: str | None, relation: str, flagged: bool) -> None:
    file = read(tmp_path, record(qualifier="", go__go_aspect=aspect))
    found = file.annotations[0].row

    assert (found.aspect, found.relation) == (letter, relation)
    assert flags(file, 2) == (["aspect"] if flagged else [])


@pytest.mark.parametrize(
    ("changes", "flagged"),
    [
        ({"experiment__display_name": "ida"}, ["evidence"]),
        ({"date_created": "20180101"}, ["date"]),
        ({"locus__display_name": " AAA1 "}, ["spaces"]),
        ({"qualifier": "enables"}, ["relation"]),
        ({"locus__display_name": "AA\ud800"}, ["encoding"]),
        ({"source": None}, []),
        ({"reference__pubmed_id": "99000001"}, []),
        ({"annotation_type": None}, []),
    ],
)
def test_what_can_be_understood_is_kept(tmp_path: Path, changes: dict[str, Any], flagged: list[str]) -> None:
    file = read(tmp_path, record(**changes))

    assert (file.kept, flags(file, 2)) == (1, flagged)
    assert file.annotations[0].row.assigned_by == "SGD"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"date_created": "2018-02-30"}, "date"),
        ({"date_created": "2018-2-3"}, "date"),
        ({"date_created": ""}, "date"),
        ({"date_created": None}, "date"),
        ({"date_created": 20180101}, "structure"),
        ({"qualifier": "frobnicates"}, "qualifier"),
        ({"qualifier": "involved in|enables"}, "qualifier"),
        ({"qualifier": "involved in NOT"}, "qualifier"),
        ({"qualifier": ["NOT"]}, "structure"),
        ({"go__go_id": "GO:1"}, "term"),
        ({"go": None}, "term"),
        ({"go": "GO:9000002"}, "structure"),
        ({"experiment__display_name": "QQQ"}, "evidence"),
        ({"experiment": None}, "evidence"),
        ({"reference": None}, "missing"),
        ({"reference__pubmed_id": "x"}, "reference"),
        ({"locus": None}, "missing"),
        ({"locus__link": "/locus/YPR901W"}, "missing"),
        ({"locus__link": "/locus/S00099000\ud800"}, "encoding"),
        ({"properties": "x"}, "structure"),
        ({"properties": ["x"]}, "properties"),
        ({"properties": [{"role": "With"}]}, "properties"),
        ({"properties": [{"bioentity": {"display_name": "x"}}]}, "properties"),
    ],
)
def test_records_that_are_refused(tmp_path: Path, changes: dict[str, Any], reason: str) -> None:
    file = read(tmp_path, record(), record(**changes))

    assert fates(file) == {2: "KEEP", 3: reason}


def test_a_record_that_is_no_object_is_refused(tmp_path: Path) -> None:
    assert fates(read(tmp_path, record(), "x", None, [], 5)) == {
        2: "KEEP",
        3: "structure",
        4: "structure",
        5: "structure",
        6: "structure",
    }


def test_a_paper_without_pubmed_id_is_known_by_its_sgd_id(tmp_path: Path) -> None:
    file = read(
        tmp_path,
        record(reference__pubmed_id=None),
        record(reference={"display_name": "GO_REF:0000002"}),
    )

    assert [annotation.row.references for annotation in file.annotations] == [
        ("SGD_REF:S000990501",),
        ("GO_REF:0000002",),
    ]


def test_the_sgd_id_may_have_a_key_of_its_own(tmp_path: Path) -> None:
    locus = {"display_name": "AAA1", "format_name": "YPR901W", "sgdid": "SGD:S000990007"}

    assert read(tmp_path, record(locus=locus)).annotations[0].row.object_id == "S000990007"


def test_repeated_records_are_merged(tmp_path: Path) -> None:
    file = read(
        tmp_path,
        record(),
        record(date_created="2019-01-01", source__display_name="GO_Central"),
        record(go__go_id="GO:9000003"),
    )

    assert fates(file) == {2: "KEEP", 3: "MERGE", 4: "KEEP"}
    assert file.annotations[0].dates == (date(2018, 1, 1), date(2019, 1, 1))
    assert file.annotations[0].assigned_by == ("GO_Central", "SGD")
    assert (3, "merged", "duplicate", "states the same as line 2") in texts(file)


# ---- layouts


def test_every_layout_gives_the_same_annotations(tmp_path: Path) -> None:
    records = [record(), record(go__go_id="GO:9000003")]
    without = [{key: value for key, value in one.items() if key != "locus"} for one in records]
    locus = records[0]["locus"]
    layouts = [
        {"go_details": records},
        {"a": [1, {"x": "]"}], "go_details": records, "b": "}"},
        records,
        [{"go_details": records}],
        [{"go_details": records[:1]}, {"go_details": records[1:]}],
        [{"go_details": records[:1]}, records[1]],
        {**locus, "go_details": without},
        {"locus": locus, "go_details": without},
    ]
    for layout in layouts:
        for indent in (None, 1):
            file = read_annotations(write(tmp_path, json.dumps(layout, indent=indent)))
            assert [a.row.term for a in file.annotations] == ["GO:9000002", "GO:9000003"]
            assert {(a.row.object_id, a.row.symbol) for a in file.annotations} == {("S000990001", "AAA1")}
            assert file.rows == 2


def test_a_record_has_the_line_that_it_starts_on(tmp_path: Path) -> None:
    text = json.dumps({"x": 1, "go_details": [record(), record(go__go_id="x")]}, indent=1)
    lines = [number for number, line in enumerate(text.splitlines(), 1) if line == "  {"]
    file = read_annotations(write(tmp_path, text))

    assert fates(file) == {lines[0]: "KEEP", lines[1]: "term"}


def test_records_on_one_line_are_numbered(tmp_path: Path) -> None:
    records = [record(), record(go__go_id="x"), record(go__go_id="GO:9000003")]
    file = read_annotations(write(tmp_path, "\n" + json.dumps({"go_details": records})))

    assert fates(file) == {1: "KEEP", 2: "term", 3: "KEEP"}
    assert texts(file) == [
        (2, "refused", "term", "line 2: 'x' is not a GO id"),
        (None, "flagged", "lines", "several records stand on one line: their numbers count records"),
    ]


def test_compression_line_ends_and_marks_make_no_difference(tmp_path: Path) -> None:
    text = on_lines([record(), record(go__go_id="x")])
    plain = read_annotations(write(tmp_path, text))
    path = tmp_path / "packed"
    path.write_bytes(gzip.compress(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()))
    again = read_annotations(path)

    assert (again.annotations, again.findings, again.rows) == (plain.annotations, plain.findings, plain.rows)


@pytest.mark.parametrize("place", ["AAA1", "GO:9000002"])
def test_bytes_that_are_not_utf8_cost_one_record_at_most(tmp_path: Path, place: str) -> None:
    path = tmp_path / "gene.json"
    first, second = (json.dumps(record(go__display_name=name)) for name in ("x", "y"))
    bad = second.encode().replace(place.encode(), place[:-1].encode() + b"\xff")
    path.write_bytes(b'{"go_details": [\n' + first.encode() + b",\n" + bad + b"\n]}")
    file = read_annotations(path)

    assert fates(file)[2] == "KEEP"
    assert fates(file)[3] == ("MERGE" if place == "AAA1" else "encoding")
    assert flags(file, 3) == (["encoding"] if place == "AAA1" else [])


# ---- what is none


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "gene.json:1: this is not sound JSON: found Expecting property name"),
        (
            '{"go_details": [\n{"a": 1}\n{"b": 2}]}',
            "gene.json:3: this is not sound JSON: found Expecting ',' delimiter",
        ),
        (on_lines([record()]) + "\nx", "gene.json:4: this is not sound JSON: found something follows the end"),
        ("[" * 100_000, "too many brackets inside each other"),
        ('{"go_details": [' + "1" * 5_000 + "]}", "a number that is too long"),
        ('{"details": []}', "this is not SGD's gene JSON: expected the key go_details"),
        ('{"go_details": {}}', "go_details is no list"),
        ('{"go_details": []}', "no record of go_details can be used: .* found 0 records$"),
        ('{"go_details": [5]}', "found 1 records, the first refused because: the record is no object"),
        ("[]", "found 0 records"),
    ],
)
def test_files_that_are_refused_whole(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(FileRefused, match=message):
        read_annotations(write(tmp_path, text))


# ---- folders and archives


def genes(folder: Path) -> None:
    """Two genes, of which the second has a record that is refused on its line 3; and two things beside them."""
    folder.mkdir()
    write(folder, on_lines([record()]), "YPR901W.json")
    other = {"display_name": "BBB2", "format_name": "YPR902C", "link": "/locus/S000990002"}
    write(folder, on_lines([record(locus=other), record(locus=other, go__go_id="x")]), "YPR902C.json")
    write(folder, "about these files", "README")
    (folder / "sub").mkdir()


def check_genes(file: AnnotationFile) -> None:
    # Lines go on from file to file: the first one has 3.
    assert fates(file) == {2: "KEEP", 5: "KEEP", 6: "term"}
    assert (file.rows, file.kept, file.refused) == (3, 2, 1)
    assert [a.row.object_id for a in file.annotations] == ["S000990001", "S000990002"]
    assert texts(file) == [
        (6, "refused", "term", "YPR902C.json:3: 'x' is not a GO id"),
        (None, "flagged", "other file", "'README' is no JSON and was left out"),
        (None, "flagged", "lines", "line numbers go on from file to file, in order of their names"),
    ]


def test_a_folder_of_genes(tmp_path: Path) -> None:
    folder = tmp_path / "genes"
    genes(folder)
    file = read_annotations(folder)

    check_genes(file)
    assert file.stamp.path == str(folder)
    assert file.stamp.size == sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
    before = file.stamp.sha256
    write(folder, on_lines([record(), record()]), "YPR901W.json")
    assert read_annotations(folder).stamp.sha256 != before


def test_an_archive_of_genes(tmp_path: Path) -> None:
    folder = tmp_path / "genes"
    genes(folder)
    path = tmp_path / "genes.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("YPR902C.json", "README", "YPR901W.json"):
            archive.write(folder / name, name)
    file = read_annotations(path)

    check_genes(file)
    assert file.stamp.size == path.stat().st_size


def test_a_folder_with_one_bad_file_is_refused_whole_by_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "genes"
    genes(folder)
    write(folder, "[", "YPR903C.json")
    with pytest.raises(FileRefused, match=r"genes/YPR903C\.json:1: this is not sound JSON"):
        read_annotations(folder)


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "genes.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.json", on_lines([record()]))
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(FileRefused, match="the zip archive is damaged or cut off"):
        read_annotations(path)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="no record of go_details can be used"):
        read_annotations(tmp_path)
