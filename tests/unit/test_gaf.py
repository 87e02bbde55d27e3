"""Annotation files as a whole: headers, merged rows, counts. Every row read is kept, merged or refused."""

from __future__ import annotations

import gzip
import hashlib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcell_graph.errors import FileRefused
from dcell_graph.sources.annotations import AnnotationFile
from dcell_graph.sources.gaf import read_gaf
from tests.gaf_files import GOOD_ROW, HEADER, by_line, fates, flags, gene, read, row

# ---- the header


def test_the_header_says_version_day_and_ontology_release(tmp_path: Path) -> None:
    go = "!go-version: http://purl.obolibrary.org/obo/go/releases/2018-06-01/go.owl\n"
    file = read(tmp_path, row(), header=HEADER + go)

    assert (file.version, file.file_date, file.ontology_release) == ("2.2", date(2018, 6, 2), "2018-06-01")
    assert (file.rows, file.kept, file.merged, file.refused) == (1, 1, 0, 0)
    assert file.findings == ()
    assert file.generated is False
    content = (tmp_path / "annotations.gaf").read_bytes()
    assert (file.stamp.sha256, file.stamp.size) == (hashlib.sha256(content).hexdigest(), len(content))
    assert file.stamp.path == str(tmp_path / "annotations.gaf")


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("!date-generated: 2018-06-02", date(2018, 6, 2)),
        ("!date-generated: 2018-06-02T09:46", date(2018, 6, 2)),
        ("!Generated: 2016-10-03 09:46", date(2016, 10, 3)),
        ("!Date: 2018/06/02", date(2018, 6, 2)),
        ("!Date: 12/24/2011 $", date(2011, 12, 24)),
        ("!Submission Date: 12/24/2011", date(2011, 12, 24)),
        ("! date : 20180602", date(2018, 6, 2)),
        ("!Date: 2018-02-30", None),
        ("!Date: 24/12/2011", None),
        ("!Date: 2018-06/02", None),
        ("!Date: 201806021", None),
        ("!Date: yesterday", None),
        ("!Funding: 2018-06-02", None),
        ("!GOC Validation Date: 12/24/2011 $", None),
    ],
)
def test_the_day_of_the_file(tmp_path: Path, line: str, day: date | None) -> None:
    assert read(tmp_path, row(), header=f"!gaf-version: 2.1\n{line}\n").file_date == day


def test_the_first_day_that_is_one_counts(tmp_path: Path) -> None:
    header = "!gaf-version: 2.1\n!Date: unknown\n!Date: 2018-06-02\n!Date: 2019-06-02\n"

    assert read(tmp_path, row(), header=header).file_date == date(2018, 6, 2)


def test_a_file_without_a_version_line_and_with_comments_between_the_rows(tmp_path: Path) -> None:
    file = read(
        tmp_path,
        gene(1, qualifier="", name="wow! a name"),
        "!a comment in the middle\twith\ttabs",
        gene(2, qualifier=""),
        "! SGD\tS000990003\tCCC3\t\tGO:9000002\ta row commented out",
        gene(3, qualifier="", term="GO:9000005"),
        "!",
        header="",
    )

    assert fates(file) == {1: "KEEP", 3: "KEEP", 5: "KEEP"}
    assert (file.version, file.rows, file.kept, file.refused) == (None, 3, 3, 0)
    assert [(a.row.symbol, a.row.term) for a in file.annotations] == [
        ("AAA1", "GO:9000002"),
        ("BBB2", "GO:9000002"),
        ("CCC3", "GO:9000005"),
    ]
    assert file.annotations[0].row.name == "wow! a name"
    assert [(f.line, f.outcome, f.reason, f.text) for f in file.findings] == [
        (None, "flagged", "version", "no version line; read as GAF 2.1")
    ]


def test_a_misspelt_version_line_is_understood_and_flagged(tmp_path: Path) -> None:
    header = "!gaf_version: 2.1\n!Version: 1.473\n!Date: 2018/06/02\n"
    file = read(tmp_path, row(qualifier=""), header=header)

    assert (file.version, file.file_date, file.kept) == ("2.1", date(2018, 6, 2), 1)
    assert [(f.line, f.outcome, f.reason, f.text) for f in file.findings] == [
        (1, "flagged", "version", "misspelt version line")
    ]


def test_of_two_version_lines_the_newest_counts_with_a_warning(tmp_path: Path) -> None:
    header = "!gaf-version: 2.0\n!Project_name: test\n!gaf_version: 2.1\n"
    file = read(tmp_path, row(qualifier=""), header=header)

    assert (file.version, file.kept) == ("2.1", 1)
    assert [(f.line, f.text) for f in file.findings if f.reason == "version"] == [
        (None, "two version lines, 2.0 and 2.1; the newest counts"),
        (3, "misspelt version line"),
    ]


def test_the_same_version_twice_is_no_news(tmp_path: Path) -> None:
    assert read(tmp_path, row(), header="!gaf-version: 2.2\n!gaf-version: 2.2\n").findings == ()


@pytest.mark.parametrize(
    ("header", "rows", "message"),
    [
        (
            "!gaf-version: 9.9\n",
            [row()],
            r"gaf: the GAF version is not known: expected 2\.0 or 2\.1 or 2\.2, found 9\.9",
        ),
        ("!gpa-version: 1.1\n", ["SGD\tS1\tinvolved_in\tGO:9000002"], "gaf:1: this is not a GAF file: expected !gaf-v"),
        ("!gpi-version: 1.2\n", [row()], "this is not a GAF file"),
        (HEADER, [], "no row of this file can be used: expected rows of 15 to 17 .*, found 0 rows$"),
        (HEADER, ["a b c"], "found 1 rows, the first refused because: 1 columns, expected 15 to 17"),
        ("", [], "no row of this file can be used"),
        ("", ["<!DOCTYPE html>", row()], "gaf:1: this is a web page, not a data file: expected !gaf-version"),
        ("", ['<?xml version="1.0"?>', "<Error><Code>NoSuchKey</Code></Error>"], "this is a web page"),
    ],
)
def test_files_that_are_refused_whole(tmp_path: Path, header: str, rows: list[str], message: str) -> None:
    with pytest.raises(FileRefused, match=message) as caught:
        read(tmp_path, *rows, header=header)
    assert str(tmp_path) in str(caught.value)


def test_a_generated_file_says_so(tmp_path: Path) -> None:
    assert read(tmp_path, row(), header=HEADER + "!generated-world 1\n").generated is True


def test_compression_and_line_ends_make_no_difference(tmp_path: Path) -> None:
    plain = read(tmp_path, gene(1), gene(2, date="2018"))
    squeezed = tmp_path / "squeezed.gaf"
    content = b"\xef\xbb\xbf" + (tmp_path / "annotations.gaf").read_bytes().replace(b"\n", b"\r\n").removesuffix(
        b"\r\n"
    )
    squeezed.write_bytes(gzip.compress(content))
    again = read_gaf(squeezed)

    assert (again.annotations, again.findings, again.rows) == (plain.annotations, plain.findings, 2)
    assert again.stamp != plain.stamp


# ---- merged rows


PARTNERS = {"reference": "PMID:99000002", "evidence": "IGI"}


def duplicates() -> list[str]:
    """Ten rows of one gene on one term."""
    return [
        row(),
        row(),
        row(date="20180202"),
        row(assigned_by="UniProt"),
        row(evidence="IMP"),
        row(**PARTNERS, with_from="SGD:S000990002|SGD:S000990003"),
        row(**PARTNERS, with_from="SGD:S000990003|SGD:S000990002"),
        row(**PARTNERS, with_from="SGD:S000990002,SGD:S000990003"),
        row(reference="SGD_REF:S000990501|PMID:99000001"),
        row(reference="PMID:99000003", qualifier="NOT|involved_in"),
    ]


def test_what_is_a_duplicate(tmp_path: Path) -> None:
    file = read(tmp_path, *duplicates())

    assert fates(file) == {
        4: "KEEP",
        5: "MERGE",
        6: "MERGE",
        7: "MERGE",
        8: "KEEP",
        9: "KEEP",
        10: "MERGE",
        11: "KEEP",
        12: "MERGE",
        13: "KEEP",
    }
    assert (file.rows, file.kept, file.merged, file.refused) == (10, 5, 5, 0)
    first = by_line(file)[4]
    assert first.lines == (4, 5, 6, 7, 12)
    assert first.dates == (date(2018, 1, 1), date(2018, 2, 2))
    assert first.last_date == date(2018, 1, 1)  # of the row that is listed last, not the latest day
    assert first.assigned_by == ("SGD", "UniProt")
    assert first.references == ("PMID:99000001", "SGD_REF:S000990501")
    assert by_line(file)[9].lines == (9, 10)
    assert {remark.text for remark in file.findings if remark.outcome == "merged"} == {
        "states the same as line 4",
        "states the same as line 9",
    }
    assert len({(a.row.object_id, a.row.term) for a in file.annotations if not a.row.negated}) == 1
    assert len({(a.row.object_id, a.row.term) for a in file.annotations if a.row.negated}) == 1
    assert len({a.row.object_id for a in file.annotations}) == 1


def statements(file: AnnotationFile) -> set[tuple[object, ...]]:
    return {(a.row.identity, a.dates, a.assigned_by, frozenset(a.references)) for a in file.annotations}


@given(st.permutations(duplicates()))
def test_the_order_of_rows_changes_no_annotation(tmp_path_factory: pytest.TempPathFactory, rows: list[str]) -> None:
    folder = tmp_path_factory.getbasetemp()
    file = read(folder, *rows)

    assert (file.rows, file.kept, file.merged) == (10, 5, 5)
    assert statements(file) == statements(read(folder, *duplicates()))


def test_every_part_of_the_identity_tells_annotations_apart(tmp_path: Path) -> None:
    rows = [
        row(),
        row(database="UniProtKB"),
        row(object_id="S000990002"),
        row(term="GO:9000001"),
        row(qualifier="NOT|involved_in"),
        row(qualifier="acts_upstream_of"),
        row(evidence="IMP"),
        row(reference="PMID:99000002"),
        row(with_from="SGD:S000990003"),
        row(extension="part_of(CL:0000001)"),
        row(product_form="UniProtKB:P90001-2"),
    ]
    file = read(tmp_path, *rows)

    assert (file.kept, file.merged) == (11, 0)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"with_from": "A|B,C"}, {"with_from": "C,B|A"}),
        ({"with_from": "A|B"}, {"with_from": " A | B |"}),
        (
            {"extension": "part_of(X:1),has_input(Y:2)|part_of(Z:3)"},
            {"extension": "part_of(Z:3)|has_input(Y:2),part_of(X:1)"},
        ),
        ({"qualifier": ""}, {"qualifier": "acts_upstream_of_or_within"}),
        ({"symbol": "AAA1", "name": "x"}, {"symbol": "AAA-1", "name": "y"}),
    ],
)
def test_writings_of_the_same_statement(tmp_path: Path, one: dict[str, str], other: dict[str, str]) -> None:
    assert fates(read(tmp_path, row(**one), row(**other)))[5] == "MERGE"


def test_empty_columns_are_equal_to_each_other_and_to_nothing_else(tmp_path: Path) -> None:
    rows = [
        gene(1),
        gene(1, extension="part_of(CL:0000001)"),
        gene(2, evidence="IMP"),
        gene(2, evidence="IMP", with_from="SGD:S000990003"),
        gene(3, reference=""),
    ]
    file = read(tmp_path, *rows)
    shuffled = read(tmp_path, rows[3], rows[1], rows[4], rows[2], rows[0])

    assert fates(file) == {4: "KEEP", 5: "KEEP", 6: "KEEP", 7: "KEEP", 8: "missing"}
    assert fates(shuffled)[6] == "missing"
    assert statements(file) == statements(shuffled)
    assert {a.row.object_id for a in file.annotations} == {"S000990001", "S000990002"}
    assert read(tmp_path, *rows, *rows).kept == 4


# ---- counts


def test_each_number_of_one_file_says_what_it_counts(tmp_path: Path) -> None:
    phylogenetic = gene(2, term="GO:9000001", evidence="IBA", reference="PMID:99000009", with_from="PANTHER:PTN900001")
    file = read(
        tmp_path,
        gene(1),
        gene(1, evidence="IEA", reference="GO_REF:0000002", with_from="InterPro:IPR990001"),
        phylogenetic,
        gene(3, term="GO:9000003", evidence="IMP"),
        gene(6, term="GO:9000004"),
        gene(4, qualifier="NOT|involved_in"),
        gene(4, term="GO:9000102", evidence="HDA", qualifier="enables", aspect="F"),
        gene(5, term="GO:0008150", evidence="ND", reference="GO_REF:0000015"),
        phylogenetic,
    )
    positive = [a.row for a in file.annotations if not a.row.negated and a.row.evidence != "ND"]

    assert (file.rows, file.kept, file.merged) == (9, 8, 1)
    assert len(positive) == 6
    assert len({a.row.object_id for a in file.annotations}) == 6
    assert sorted({found.symbol for found in positive}) == ["AAA1", "BBB2", "CCC3", "DDD4", "FFF6"]
    assert len({(found.object_id, found.term) for found in positive}) == 5


def test_remarks_of_a_row_are_kept_when_it_is_merged(tmp_path: Path) -> None:
    file = read(tmp_path, row(), row(date="20180602"), row(date="20180603"))

    assert (file.merged, flags(file, 5), flags(file, 6)) == (2, [], ["date"])


CELLS = st.one_of(
    st.sampled_from(["", " ", "NOT", "GO:9000002", "20180230", "IDA", "|", "\u00a0", '"', "P", "0"]),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\t\n"), max_size=6),
)


@st.composite
def mangled_rows(draw: st.DrawFn) -> bytes:
    """A good row with cells replaced, added or left out, or with bytes thrown in, or no row at all."""
    if draw(st.integers(0, 5)) == 0:
        return draw(st.binary(max_size=30)).replace(b"\n", b"")
    cells = list((GOOD_ROW | {"object_id": draw(st.sampled_from("ABC"))}).values())
    for place, cell in draw(st.dictionaries(st.integers(0, 16), CELLS, max_size=3)).items():
        cells[place] = cell
    length = draw(st.sampled_from([17, 17, 17, 17, 0, 1, 14, 15, 16, 18, 19]))
    text = "\t".join([*cells, "", ""][:length]).encode()
    if draw(st.integers(0, 4)) == 0:
        place = draw(st.integers(0, len(text)))
        text = text[:place] + draw(st.binary(max_size=3)).replace(b"\n", b"\t") + text[place:]
    return text + draw(st.sampled_from([b"", b"\r", b"\t", b" "]))


@given(st.lists(mangled_rows(), max_size=12), st.booleans())
def test_every_row_has_one_fate(tmp_path_factory: pytest.TempPathFactory, rows: list[bytes], squeezed: bool) -> None:
    path = tmp_path_factory.getbasetemp() / "mangled.gaf"
    content = HEADER.encode() + row().encode() + b"\n" + b"\n".join(rows)
    path.write_bytes(gzip.compress(content) if squeezed else content)
    # Counted without the reader: neither comments nor lines with nothing but blanks.
    lines = {
        number
        for number, line in enumerate(content.split(b"\n"), start=1)
        if not line.startswith(b"!") and line.replace(b"\r", b"").strip(b" ")
    }

    file = read_gaf(path)

    assert file.rows == len(lines) == file.kept + file.merged + file.refused
    assert set(fates(file)) == lines
    stated = [line for annotation in file.annotations for line in annotation.lines]
    assert len(stated) == len(set(stated)) == file.kept + file.merged


@given(st.lists(st.one_of(mangled_rows(), st.binary(max_size=40)), max_size=4))
def test_whatever_a_file_holds_it_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, rows: list[bytes]
) -> None:
    path = tmp_path_factory.getbasetemp() / "anything.gaf"
    path.write_bytes(b"\n".join(rows))
    try:
        file = read_gaf(path)
    except FileRefused as refused:
        assert str(path) in str(refused)
    else:
        assert file.rows == file.kept + file.merged + file.refused
        assert file.kept > 0
