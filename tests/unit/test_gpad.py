"""GPAD and GPI files, and how the format of an annotation file is found. Every expected outcome is written by hand."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path

import pytest

from dcell_graph.errors import FileRefused, InputError
from dcell_graph.graph.records import annotation_rows
from dcell_graph.sources.annotations import AnnotationFile, read_annotations
from dcell_graph.sources.gpi import ProductNames, read_gpi
from dcell_graph.sources.vocabulary import ECO_CODES, EVIDENCE_CODES, RELATION_IDS, RELATIONS
from tests.gaf_files import HEADER as GAF_HEADER
from tests.gaf_files import fates, flags
from tests.gaf_files import row as gaf_row
from tests.gpad_files import GPAD_1, GPAD_2, GPI_2, gpi, old, read, row

# ---- columns


def test_every_column_of_2_0_lands_in_its_field(tmp_path: Path) -> None:
    file = read(
        tmp_path,
        row(
            product="MGI:MGI:101757",
            negation="NOT",
            relation="RO:0002331",
            with_from="SGD:S000990002|SGD:S000990003,SGD:S000990004",
            interacting_taxon="NCBITaxon:5476",
            date="2019-01-30",
            extension="BFO:0000066(GO:0005829)",
            properties="contributor=https://orcid.org/0000|comment=x",
        ),
    )
    (annotation,) = file.annotations
    found = annotation.row

    assert (file.format, file.version, file.file_date) == ("GPAD", "2.0", date(2020, 6, 2))
    assert (file.rows, file.kept, file.merged, file.refused) == (1, 1, 0, 0)
    assert (found.line, found.columns) == (4, 12)
    assert (found.database, found.object_id, found.symbol) == ("MGI", "MGI:101757", "MGI:101757")
    assert (found.negated, found.relation, found.relation_stated) == (True, "involved_in", True)
    assert found.qualifier == "NOT|RO:0002331"
    assert (found.term, found.references, found.paper) == ("GO:9000002", ("PMID:99000001",), "PMID:99000001")
    assert (found.evidence, found.aspect) == ("IDA", None)
    assert found.with_from == "SGD:S000990002|SGD:S000990003,SGD:S000990004"
    assert (found.name, found.synonyms, found.object_type, found.taxon) == (None, (), None, None)
    assert (found.date, found.assigned_by) == (date(2019, 1, 30), "SGD")
    assert (found.extension, found.product_form) == ("BFO:0000066(GO:0005829)", None)
    assert [(finding.line, finding.reason) for finding in file.findings] == [(None, "names")]


def test_every_column_of_1_2_lands_in_its_field(tmp_path: Path) -> None:
    file = read(
        tmp_path,
        old(
            qualifier="NOT|involved_in",
            reference="SGD_REF:S000990501|PMID:99000001",
            properties="go_evidence=IMP",
            date="20190130",
        ),
        header=GPAD_1,
    )
    found = file.annotations[0].row

    assert (file.format, file.version) == ("GPAD", "1.2")
    assert (found.database, found.object_id) == ("SGD", "S000990001")
    assert (found.negated, found.relation, found.qualifier) == (True, "involved_in", "NOT|involved_in")
    assert (found.references, found.paper) == (("SGD_REF:S000990501", "PMID:99000001"), "PMID:99000001")
    assert (found.evidence, found.date) == ("IMP", date(2019, 1, 30))
    assert flags(file, 4) == []


def test_column_counts(tmp_path: Path) -> None:
    file = read(
        tmp_path,
        row(),
        row().removesuffix("\t"),
        row(term="GO:9000003").removesuffix("\t\t"),
        row(term="GO:9000004") + "\t",
        row() + "\t\t",
        "\t".join(row().split("\t")[:9]),
        "",
        "!a comment",
        "   ",
        gaf_row(),
    )

    assert fates(file) == {
        4: "KEEP",
        5: "MERGE",
        6: "KEEP",
        7: "FLAG",
        8: "columns",
        9: "columns",
        13: "columns",
    }
    assert file.rows == 7
    assert "rows with 10 and 11 columns" in [finding.text for finding in file.findings]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"product": ""}, "missing"),
        ({"product": "S000990001"}, "missing"),
        ({"product": ":S000990001"}, "missing"),
        ({"product": "SGD:"}, "missing"),
        ({"reference": "|"}, "missing"),
        ({"term": "GO:900000"}, "term"),
        ({"negation": "no"}, "qualifier"),
        ({"negation": "NOT|x"}, "qualifier"),
        ({"relation": "RO:9999999"}, "qualifier"),
        ({"relation": "RO:0002331|RO:0002327"}, "qualifier"),
        ({"relation": "NOT RO:0002331"}, "qualifier"),
        ({"evidence": ""}, "evidence"),
        ({"evidence": "ECO:9999999"}, "evidence"),
        ({"properties": "go_evidence=QQQ"}, "evidence"),
        ({"date": ""}, "date"),
        ({"date": "2019-02-30"}, "date"),
        ({"date": "2019-1-3"}, "date"),
        ({"date": "30-01-2019"}, "date"),
        ({"date": "２019-01-30"}, "date"),
    ],
)
def test_rows_of_2_0_that_are_refused(tmp_path: Path, changes: dict[str, str], reason: str) -> None:
    assert fates(read(tmp_path, row(term="GO:9000009"), row(**changes)))[5] == reason


# ---- relations and NOT


@pytest.mark.parametrize(("identifier", "relation"), sorted(RELATION_IDS.items()))
def test_relations_by_id(tmp_path: Path, identifier: str, relation: str) -> None:
    file = read(tmp_path, row(relation=identifier))

    assert (file.annotations[0].row.relation, flags(file, 4)) == (relation, [])
    assert set(RELATION_IDS.values()) == set(RELATIONS)


@pytest.mark.parametrize(
    ("negation", "relation", "negated", "name", "flagged"),
    [
        ("NOT", "RO:0002327", True, "enables", False),
        ("not", "RO:0002327", True, "enables", True),
        ("", "NOT|RO:0002327", True, "enables", True),
        ("", "RO:0002327|NOT", True, "enables", True),
        ("NOT", "NOT|RO:0002327", True, "enables", True),
        ("NOT", "", True, "related_to", True),
        ("", "", False, "related_to", True),
        ("", "enables", False, "enables", True),
        ("", "ro:0002327", False, "enables", True),
    ],
)
def test_relations_and_negations_of_2_0(
    tmp_path: Path, negation: str, relation: str, negated: bool, name: str, flagged: bool
) -> None:
    file = read(tmp_path, row(negation=negation, relation=relation))
    found = file.annotations[0].row

    assert (found.negated, found.relation) == (negated, name)
    assert flags(file, 4) == (["qualifier"] if flagged else [])


@pytest.mark.parametrize(
    ("text", "negated", "flagged"),
    [
        ("involved_in", False, False),
        ("NOT|involved_in", True, False),
        ("involved_in|NOT", True, True),
        ("not|INVOLVED_IN", True, True),
        ("RO:0002331", False, True),
    ],
)
def test_qualifiers_of_1_x(tmp_path: Path, text: str, negated: bool, flagged: bool) -> None:
    file = read(tmp_path, old(qualifier=text), header=GPAD_1)
    found = file.annotations[0].row

    assert (found.negated, found.relation) == (negated, "involved_in")
    assert flags(file, 4) == (["qualifier"] if flagged else [])


# ---- evidence and dates

DEFAULTS = {
    "IDA": "0000314",
    "IMP": "0000315",
    "IGI": "0000316",
    "IPI": "0000353",
    "IEP": "0000270",
    "EXP": "0000269",
    "HTP": "0006056",
    "HDA": "0007005",
    "HMP": "0007001",
    "HGI": "0007003",
    "HEP": "0007007",
    "IBA": "0000318",
    "IBD": "0000319",
    "IKR": "0000320",
    "IRD": "0000321",
    "ISS": "0000250",
    "ISO": "0000266",
    "ISA": "0000247",
    "ISM": "0000255",
    "IGC": "0000317",
    "RCA": "0000245",
    "TAS": "0000304",
    "NAS": "0000303",
    "IC": "0000305",
    "ND": "0000307",
    "IEA": "0007669",
}


@pytest.mark.parametrize(("code", "number"), DEFAULTS.items())
def test_the_default_evidence_type_of_each_code(tmp_path: Path, code: str, number: str) -> None:
    file = read(tmp_path, row(evidence=f"ECO:{number}"))

    assert (file.annotations[0].row.evidence, flags(file, 4)) == (code, [])


def test_all_codes_can_be_written() -> None:
    assert DEFAULTS.keys() == EVIDENCE_CODES == set(ECO_CODES.values())


@pytest.mark.parametrize(
    ("evidence", "properties", "code", "flagged"),
    [
        ("ECO:0000501", "", "IEA", False),
        ("ECO:0000256", "", "IEA", False),
        ("ECO:0000314", "go_evidence=IPI", "IPI", False),
        ("ECO:0009999", "id=1|go_evidence=IEA", "IEA", False),
        ("ECO:0000314", "go_evidence=", "IDA", False),
        ("eco:0000314", "", "IDA", True),
        ("IDA", "", "IDA", True),
        ("ECO:0000314", "go_evidence=ida", "IDA", True),
    ],
)
def test_evidence(tmp_path: Path, evidence: str, properties: str, code: str, flagged: bool) -> None:
    file = read(tmp_path, row(evidence=evidence, properties=properties))

    assert file.annotations[0].row.evidence == code
    assert flags(file, 4) == (["evidence"] if flagged else [])


@pytest.mark.parametrize(
    ("text", "flagged"),
    [("2019-01-30", False), ("2019-01-30T12:00", False), ("2019-01-30T12:00:01", False), ("20190130", True)],
)
def test_dates_of_2_0(tmp_path: Path, text: str, flagged: bool) -> None:
    file = read(tmp_path, row(date=text))

    assert file.annotations[0].dates == (date(2019, 1, 30),)
    assert flags(file, 4) == (["date"] if flagged else [])


def test_a_date_with_hyphens_in_1_x_is_flagged(tmp_path: Path) -> None:
    file = read(tmp_path, old(date="2019-01-30"), old(date="2019130"), header=GPAD_1)

    assert (fates(file), flags(file, 4)) == ({4: "FLAG", 5: "date"}, ["date"])


def test_an_isoform_belongs_into_the_id(tmp_path: Path) -> None:
    file = read(tmp_path, row(product="UniProtKB:P90001-2"), row(product="UniProtKB:P90001:PRO_0000000001"))

    assert [(a.row.object_id, a.row.product_form) for a in file.annotations] == [
        ("P90001", "UniProtKB:P90001-2"),
        ("P90001", "UniProtKB:P90001:PRO_0000000001"),
    ]
    assert fates(file) == {4: "KEEP", 5: "KEEP"}


def test_the_same_statement_in_gaf_and_gpad(tmp_path: Path) -> None:
    """What GAF writes in words, GPAD 1.2 and 2.0 write with ids: all three state the same annotation."""
    paths = []
    for name, text in (
        ("a.gaf", GAF_HEADER + gaf_row(qualifier="NOT|involved_in", with_from="SGD:A|SGD:B")),
        ("a.gpa", GPAD_1 + old(qualifier="NOT|involved_in", with_from="SGD:B|SGD:A")),
        ("a.gpad", GPAD_2 + row(negation="NOT", with_from="SGD:A|SGD:B")),
    ):
        path = tmp_path / name
        path.write_text(text + "\n")
        paths.append(path)
    files = [read_annotations(path) for path in paths]

    assert [file.format for file in files] == ["GAF", "GPAD", "GPAD"]
    assert len({file.annotations[0].row.identity for file in files}) == 1


# ---- GPI


def names(tmp_path: Path, *rows: str, header: str = GPI_2) -> Path:
    path = tmp_path / "names.gpi"
    path.write_text(header + "".join(line + "\n" for line in rows))
    return path


def test_a_gpi_file_gives_the_names(tmp_path: Path) -> None:
    path = names(tmp_path, gpi(), gpi(product="SGD:S000990003", symbol="CCC3"))
    file = read(tmp_path, row(), row(product="SGD:S000990002"), products=path)
    first, second = (annotation.row for annotation in file.annotations)

    assert (first.symbol, first.name, first.synonyms) == ("AAA1", "made-up protein", ("YPR901W", "ALF1"))
    assert (first.object_type, first.taxon) == ("protein", "taxon:559292")
    assert (second.symbol, second.name, second.synonyms) == ("S000990002", None, ())
    assert file.names_from is not None
    assert file.names_from.path == str(path)
    assert [finding.text for finding in file.findings] == ["1 gene products are not in the GPI file: SGD:S000990002"]


def test_without_a_gpi_file_that_is_said(tmp_path: Path) -> None:
    file = read(tmp_path, row())

    assert file.names_from is None
    assert [(finding.line, finding.outcome, finding.reason) for finding in file.findings] == [
        (None, "flagged", "names")
    ]


def test_names_are_part_of_the_content(tmp_path: Path) -> None:
    one = read(tmp_path, row(), products=names(tmp_path, gpi()))
    other = read(tmp_path, row(), products=names(tmp_path, gpi(symbol="AAA2")))

    assert annotation_rows(one).content() != annotation_rows(other).content()


def test_an_isoform_has_the_names_of_its_protein(tmp_path: Path) -> None:
    path = names(tmp_path, gpi(product="UniProtKB:P90001-2", symbol="ISO"), gpi(product="UniProtKB:P90001"))
    file = read(tmp_path, row(product="UniProtKB:P90001-2"), products=path)

    assert file.annotations[0].row.symbol == "AAA1"


def test_gpi_rows(tmp_path: Path) -> None:
    found = read_gpi(
        names(
            tmp_path,
            gpi(),
            gpi(),
            gpi(symbol="OTHER"),
            gpi(product="S000990001"),
            "a\tb",
            gpi(product="MGI:MGI:1", object_type="SO:9999999", taxon="NCBITaxon:10090", parents="MGI:MGI:2"),
            "\t".join(gpi(product="SGD:X").split("\t")[:6]),
        )
    )

    assert [(finding.line, finding.outcome, finding.reason) for finding in found.findings] == [
        (3, "merged", "duplicate"),
        (4, "refused", "repeated"),
        (5, "refused", "missing"),
        (6, "refused", "columns"),
    ]
    assert (found.rows, found.version) == (7, "2.0")
    assert found.products["MGI", "MGI:1"] == ProductNames(
        database="MGI",
        object_id="MGI:1",
        symbol="AAA1",
        name="made-up protein",
        synonyms=("YPR901W", "ALF1"),
        object_type="SO:9999999",
        taxon="taxon:10090",
        parents=("MGI:MGI:2",),
        xrefs=("UniProtKB:Z90001",),
    )
    assert set(found.products) == {("SGD", "S000990001"), ("MGI", "MGI:1"), ("SGD", "X")}


def test_gpi_1_2_has_the_database_in_a_column_of_its_own(tmp_path: Path) -> None:
    cells = ["SGD", "S000990001", "AAA1", "a name", "YPR901W|ALF1", "protein", "taxon:559292", "", "UniProtKB:Z1", ""]
    found = read_gpi(names(tmp_path, "\t".join(cells), header="!gpi-version: 1.2\n"))

    product = found.products["SGD", "S000990001"]
    assert (product.symbol, product.name, product.synonyms) == ("AAA1", "a name", ("YPR901W", "ALF1"))
    assert (product.object_type, product.taxon, product.xrefs) == ("protein", "taxon:559292", ("UniProtKB:Z1",))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("!gpi-version: 9.9\n" + gpi(), "the GPI version is not known"),
        (gpi(), "this is not a GPI file: expected !gpi-version"),
        (GPAD_2 + row(), "this is not a GPI file"),
        (GPI_2, "no row of this file can be used: found 0 rows"),
        ("<!DOCTYPE html>", "this is a web page"),
    ],
)
def test_files_that_give_no_names(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(FileRefused, match=message):
        read_gpi(names(tmp_path, text, header=""))


# ---- which format it is


def test_a_refused_gpi_file_refuses_the_load(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match=r"names\.gpi:1: this is not a GPI file"):
        read(tmp_path, row(), products=names(tmp_path, gaf_row(), header=GAF_HEADER))


def test_a_gpi_file_goes_with_gpad_only(tmp_path: Path) -> None:
    path = tmp_path / "a.gaf"
    path.write_text(GAF_HEADER + gaf_row())
    with pytest.raises(InputError, match="a GPI file names the gene products of a GPAD file, not of this one"):
        read_annotations(path, names(tmp_path, gpi()))


def test_a_gpi_file_alone_is_no_annotation_file(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match=r"a GPI file holds names of gene products, no annotations.*--gpi"):
        read_annotations(names(tmp_path, gpi()))


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("!gpad-version: 9.9\n", r"the GPAD version is not known: expected 1\.1 or 1\.2 or 2\.0, found 9\.9"),
        ("!gpad-version:\n", "there is no version line"),
        ("!gpad-version: 2.0\n!gaf-version: 2.2\n", "this is not a GPAD file: expected !gpad-version"),
        (GPAD_1, "no row of this file can be used.*the first refused because: 'ECO:0000314' is not a GO id"),
    ],
)
def test_gpad_files_that_are_refused_whole(tmp_path: Path, header: str, message: str) -> None:
    with pytest.raises(FileRefused, match=message):
        read(tmp_path, "\t".join(["a", "b", "c", "ECO:0000314"] + ["x"] * 8), header=header)


@pytest.mark.parametrize("name", ["x.gaf", "x.json", "x.gz", "x"])
def test_the_name_of_a_file_says_nothing(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    formats = []
    for text in (GAF_HEADER + gaf_row(), GPAD_2 + row(), GPAD_1 + old()):
        for content in (text.encode(), gzip.compress(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())):
            path.write_bytes(content)
            formats.append(read_annotations(path).format)

    assert formats == ["GAF", "GAF", "GPAD", "GPAD", "GPAD", "GPAD"]


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match=r"none\.gaf: the file cannot be opened"):
        read_annotations(tmp_path / "none.gaf")


def test_rows_of_a_gpad_file_account_for_themselves(tmp_path: Path) -> None:
    file: AnnotationFile = read(tmp_path, row(), row(date="2020-01-01"), row(term="x"), row(negation="NOT"))

    assert (file.rows, file.kept, file.merged, file.refused) == (4, 2, 1, 1)
    assert file.annotations[0].dates == (date(2018, 1, 1), date(2020, 1, 1))
