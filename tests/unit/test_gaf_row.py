"""One row of an annotation file: columns, qualifiers, dates, ids. Every expected outcome is written out by hand."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcell_graph.sources.annotation_file import AnnotationRow, Refusal
from dcell_graph.sources.gaf_row import parse_row
from dcell_graph.sources.text import Line
from dcell_graph.sources.vocabulary import EVIDENCE_CODES, EVIDENCE_GROUPS, RELATIONS
from tests.gaf_files import by_line, fates, flags, gene, read, row

P = "acts_upstream_of_or_within"


def parsed(text: str, *, with_relations: bool = True) -> AnnotationRow | Refusal:
    return parse_row(Line(7, text, False), with_relations=with_relations)


def kept(text: str, *, with_relations: bool = True) -> AnnotationRow:
    found = parsed(text, with_relations=with_relations)
    assert isinstance(found, AnnotationRow), found
    return found


def refusal(text: str) -> tuple[str, str]:
    found = parsed(text)
    assert isinstance(found, Refusal), found
    return found.reason, found.text


def reasons(found: AnnotationRow) -> list[str]:
    assert all((flag.line, flag.outcome) == (7, "flagged") for flag in found.flags)
    return [flag.reason for flag in found.flags]


# ---- the columns


@pytest.mark.parametrize(("text", "columns"), [("\tx", 18), ("\t\t", 19)])
def test_more_than_an_extra_tab_is_refused(text: str, columns: int) -> None:
    assert refusal(row() + text) == ("columns", f"{columns} columns, expected 15 to 17")


def test_every_column_lands_in_its_field() -> None:
    texts = {
        "with_from": "SGD:S000990002|SGD:S000990003",
        "synonyms": "YPR901W| ALF1 ||",
        "reference": "SGD_REF:S000990501|PMID:99000001",
        "assigned_by": "UniProt",
        "extension": "part_of(CL:0000001)",
        "product_form": "UniProtKB:P90001-2",
    }
    found = kept(row(**texts))

    assert (found.line, found.columns) == (7, 17)
    assert (found.database, found.object_id, found.symbol) == ("SGD", "S000990001", "AAA1")
    assert (found.negated, found.relation, found.relation_stated) == (False, "involved_in", True)
    assert found.qualifier == "involved_in"
    assert (found.term, found.evidence, found.aspect) == ("GO:9000002", "IDA", "P")
    assert (found.references, found.paper) == (("SGD_REF:S000990501", "PMID:99000001"), "PMID:99000001")
    assert (found.with_from, found.extension) == ("SGD:S000990002|SGD:S000990003", "part_of(CL:0000001)")
    assert (found.name, found.synonyms, found.object_type) == ("made-up protein", ("YPR901W", "ALF1"), "protein")
    assert (found.taxon, found.date, found.assigned_by) == ("taxon:559292", date(2018, 1, 1), "UniProt")
    assert (found.product_form, found.flags) == ("UniProtKB:P90001-2", ())


def test_absent_values_are_none_or_empty_and_some_have_a_stand_in() -> None:
    empty = ("symbol", "with_from", "name", "synonyms", "object_type", "taxon", "assigned_by", "extension")
    found = kept(row(**dict.fromkeys(empty, "")))

    assert (found.symbol, found.assigned_by) == ("S000990001", "SGD")
    assert (found.with_from, found.name, found.object_type, found.taxon) == (None, None, None, None)
    assert (found.extension, found.product_form, found.synonyms) == (None, None, ())


def test_column_counts_blank_lines_and_stray_spaces(tmp_path: Path) -> None:
    columns = gene(5).split("\t")
    file = read(
        tmp_path,
        gene(1),
        gene(2).removesuffix("\t"),
        gene(3).removesuffix("\t\t"),
        gene(4) + "\t",
        "\t".join([*columns[:4], "NOT|involved_in", *columns[4:]]),
        "\t".join(gene(6).split("\t")[:14]),
        "",
        gene(7, object_id="S000990007 ", term=" GO:9000002"),
        "\t\t\t",
        gene(1).replace("\t", "   "),
        "   ",
        header="!gaf-version: 2.2\n",
    )

    assert fates(file) == {
        2: "KEEP",
        3: "KEEP",
        4: "KEEP",
        5: "FLAG",
        6: "term",
        7: "columns",
        9: "FLAG",
        10: "columns",
        11: "columns",
    }
    assert file.rows == 9
    assert [(flags(file, line)) for line in (5, 9)] == [["columns"], ["spaces"]]
    assert flags(file, None) == ["columns"]  # one remark for the file on its short rows, not one a row
    kept_rows = [annotation.row for annotation in file.annotations]
    assert [found.symbol for found in kept_rows] == ["AAA1", "BBB2", "CCC3", "DDD4", "HHH7"]
    assert {(found.term, found.negated) for found in kept_rows} == {("GO:9000002", False)}
    assert kept_rows[-1].object_id == "S000990007"
    assert [found.columns for found in kept_rows] == [17, 16, 15, 18, 17]
    texts = {remark.line: remark.text for remark in file.findings if remark.outcome == "refused"}
    assert texts[6] == "'NOT|involved_in' is not a GO id"
    assert texts[7] == "14 columns, expected 15 to 17"
    assert [remark.text for remark in file.findings if remark.line is None] == ["rows with 15 and 16 columns"]


@pytest.mark.parametrize("space", [" ", "\u00a0", "\u2003", "\r", "\x0b"])
def test_no_white_space_stays_around_a_value(space: str) -> None:
    found = kept(row(object_id=f"{space}S000990001{space}", evidence=f"IDA{space}", date=f"{space}20180228"))

    assert (found.object_id, found.evidence, found.date) == ("S000990001", "IDA", date(2018, 2, 28))
    assert reasons(found) == ["spaces"]


@pytest.mark.parametrize("column", ["database", "object_id", "reference"])
@pytest.mark.parametrize("text", ["", " ", "|", "| |"])
def test_an_empty_required_column_is_refused(column: str, text: str) -> None:
    assert refusal(row(**{column: text})) == ("missing", f"the column {column} is empty")


@pytest.mark.parametrize(
    "term",
    ["", "GO:900000", "GO:90000021", "GO_9000002", "go:9000002", "9000002", "GO:٩000002", "GO:9000002|GO:9000001"],
)
def test_only_a_go_id_is_a_go_id(term: str) -> None:
    assert refusal(row(term=term)) == ("term", f"{term!r} is not a GO id")


# ---- the qualifier


def test_qualifiers_of_gaf_2_2(tmp_path: Path) -> None:
    file = read(
        tmp_path,
        gene(1, qualifier="involved_in"),
        gene(1, qualifier="NOT|involved_in", term="GO:9000005"),
        gene(2, qualifier="NOT|"),
        gene(2, qualifier="NOT", term="GO:9000001"),
        gene(3, qualifier="contributes_to", term="GO:9000102", aspect="F"),
        gene(3, qualifier="CONTRIBUTES_TO", term="GO:9000101", aspect="F"),
        gene(3, qualifier="colocalizes_with", term="GO:9000201", aspect="C"),
        gene(4, qualifier="", term="GO:9000001"),
        gene(4, qualifier="frobnicates"),
        gene(4, qualifier="involved_in|NOT", term="GO:9000005"),
    )

    assert fates(file) == {
        4: "KEEP",
        5: "KEEP",
        6: "FLAG",
        7: "FLAG",
        8: "KEEP",
        9: "FLAG",
        10: "KEEP",
        11: "FLAG",
        12: "qualifier",
        13: "FLAG",
    }
    assert {line: (a.row.negated, a.row.relation, a.row.relation_stated) for line, a in by_line(file).items()} == {
        4: (False, "involved_in", True),
        5: (True, "involved_in", True),
        6: (True, P, False),
        7: (True, P, False),
        8: (False, "contributes_to", True),
        9: (False, "contributes_to", True),
        10: (False, "colocalizes_with", True),
        11: (False, P, False),
        13: (True, "involved_in", True),
    }
    assert [flags(file, line) for line in (6, 7, 9, 11, 13)] == [["qualifier"]] * 5
    assert by_line(file)[9].row.qualifier == "CONTRIBUTES_TO"  # the text of the column is kept for the report
    positive = {(a.row.symbol, a.row.term) for a in file.annotations if not a.row.negated}
    assert positive == {
        ("AAA1", "GO:9000002"),
        ("CCC3", "GO:9000102"),
        ("CCC3", "GO:9000101"),
        ("CCC3", "GO:9000201"),
        ("DDD4", "GO:9000001"),
    }


def test_qualifiers_of_gaf_2_1_are_normal_when_empty(tmp_path: Path) -> None:
    file = read(
        tmp_path,
        gene(1, qualifier="", term="GO:9000102", aspect="F"),
        gene(1, qualifier="", term="GO:9000002"),
        gene(1, qualifier="", term="GO:9000201", aspect="C"),
        gene(2, qualifier="NOT"),
        gene(2, qualifier="NOT|contributes_to", term="GO:9000102", aspect="F"),
        header="!gaf-version: 2.1\n",
    )

    assert fates(file) == dict.fromkeys(range(2, 7), "KEEP")
    assert {line: (a.row.negated, a.row.relation, a.row.relation_stated) for line, a in by_line(file).items()} == {
        2: (False, "enables", False),
        3: (False, P, False),
        4: (False, "located_in", False),
        5: (True, P, False),
        6: (True, "contributes_to", True),
    }
    assert {(a.row.symbol, a.row.term) for a in file.annotations if not a.row.negated} == {
        ("AAA1", "GO:9000002"),
        ("AAA1", "GO:9000102"),
        ("AAA1", "GO:9000201"),
    }


@pytest.mark.parametrize("text", ["involved_in|enables", "NOT involved_in", "NOT,involved_in", "!NOT", "ＮＯＴ", "NOТ"])
def test_what_can_be_read_in_two_ways_is_refused(text: str) -> None:
    assert refusal(row(qualifier=text)) == ("qualifier", f"unknown qualifier {text!r}")


NEGATIONS = st.sampled_from(["NOT", "not", "Not", "nOt", " NOT", "NOT ", "NOT\u00a0", "\u200bNOT", "ＮＯＴ not"])
OTHERS = st.sampled_from([*RELATIONS, "INVOLVED_IN", "", " ", "frobnicates"])
GLUE = st.sampled_from(["|", "||", " | ", ",", ";", " ", "_", "-", ":", ""])
NO_LINE_ENDS = st.characters(exclude_categories=["Cs"], exclude_characters="\t\n")


@st.composite
def negated_qualifiers(draw: st.DrawFn) -> str:
    if draw(st.booleans()):
        word = draw(NEGATIONS)
        return draw(st.text(NO_LINE_ENDS, max_size=8)) + word + draw(st.text(NO_LINE_ENDS, max_size=8))
    words = draw(st.lists(OTHERS, max_size=3))
    words.insert(draw(st.integers(0, len(words))), draw(NEGATIONS))
    text = words[0]
    for word in words[1:]:
        text += draw(GLUE) + word
    return text


@given(negated_qualifiers(), st.booleans(), st.sampled_from("PFCX"))
def test_no_form_of_not_becomes_positive(qualifier: str, with_relations: bool, aspect: str) -> None:
    found = parsed(row(qualifier=qualifier, aspect=aspect), with_relations=with_relations)

    assert isinstance(found, Refusal) or found.negated


@given(st.sampled_from(sorted(RELATIONS)), st.booleans(), st.booleans(), st.booleans())
def test_a_known_relation_is_read_in_both_forms(relation: str, negated: bool, reverse: bool, upper: bool) -> None:
    words = ["NOT", relation] if negated else [relation]
    text = "|".join(reversed(words) if reverse else words)
    found = kept(row(qualifier=text.upper() if upper else text))

    assert (found.negated, found.relation, found.relation_stated) == (negated, relation, True)
    assert ("qualifier" in reasons(found)) == (upper or (negated and reverse))


# ---- the aspect


def test_the_aspect_is_kept_and_doubted(tmp_path: Path) -> None:
    file = read(
        tmp_path,
        gene(2),
        gene(3, aspect="X"),
        gene(4, aspect=""),
        gene(5, aspect="F", qualifier="contributes_to"),
        gene(6, aspect="T"),
        gene(1, aspect="P", qualifier="enables", term="GO:9000102"),
    )

    # Whether the term is of that branch is not known here: the file alone has nothing against line 7.
    assert fates(file) == {4: "KEEP", 5: "FLAG", 6: "FLAG", 7: "KEEP", 8: "FLAG", 9: "FLAG"}
    assert [flags(file, line) for line in (5, 6, 8, 9)] == [["aspect"], ["aspect"], ["aspect"], ["relation"]]
    assert [a.row.aspect for a in file.annotations] == ["P", "X", None, "F", "T", "P"]


@pytest.mark.parametrize("relation", sorted(RELATIONS))
def test_each_relation_fits_one_branch(relation: str) -> None:
    letter = {"enables": "F", "contributes_to": "F"}.get(relation, "P" if re.match("involved|acts", relation) else "C")

    assert reasons(kept(row(qualifier=relation, aspect=letter))) == []
    for other in {"P", "F", "C"} - {letter}:
        assert reasons(kept(row(qualifier=relation, aspect=other))) == ["relation"]


# ---- the date


def test_dates(tmp_path: Path) -> None:
    texts = ["20180228", "20180230", "2018-02-28", "", "00000000", "20191231", "20180228 ", "180228", "2018228"]
    texts += ["2018111", "２０１８0228", "20160229"]
    file = read(
        tmp_path,
        *(row(object_id=f"S{number}", symbol=f"DAT{number}", date=text) for number, text in enumerate(texts, 1)),
    )

    assert fates(file) == {
        4: "KEEP",
        5: "date",
        6: "date",
        7: "date",
        8: "date",
        9: "FLAG",
        10: "FLAG",
        11: "date",
        12: "date",
        13: "date",
        14: "date",
        15: "KEEP",
    }
    assert {a.row.symbol: a.dates for a in file.annotations} == {
        "DAT1": (date(2018, 2, 28),),
        "DAT6": (date(2019, 12, 31),),
        "DAT7": (date(2018, 2, 28),),
        "DAT12": (date(2016, 2, 29),),
    }
    assert (flags(file, 9), flags(file, 10)) == (["date"], ["spaces"])
    texts_by_line = {remark.line: remark.text for remark in file.findings}
    assert texts_by_line[5] == "there is no day 20180230"
    assert texts_by_line[6] == "'2018-02-28' is not a date of the form YYYYMMDD"
    assert texts_by_line[9] == "dated 2019-12-31, later than the file itself (2018-06-02)"


def is_a_day(text: str) -> bool:
    """Eight ASCII digits and a day of the Gregorian calendar, from its own rule of leap years."""
    if len(text) != 8 or any(letter not in "0123456789" for letter in text):
        return False
    year, month, day = int(text[:4]), int(text[4:6]), int(text[6:])
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    lengths = [31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    return year >= 1 and 1 <= month <= 12 and 1 <= day <= lengths[month - 1]


DATE_TEXTS = st.one_of(
    st.builds("{:04d}{:02d}{:02d}".format, st.integers(0, 9999), st.integers(0, 13), st.integers(0, 32)),
    st.builds("{:04d}02{:02d}".format, st.sampled_from([1900, 2000, 2016, 2018, 2100]), st.integers(28, 30)),
    st.builds("{:04d}{:02d}{:03d}".format, st.integers(1990, 2020), st.integers(1, 12), st.integers(1, 28)),
    st.text("0123456789", min_size=5, max_size=10),
    st.text("0123456789-/ ٠１²", min_size=6, max_size=10),
    st.text(NO_LINE_ENDS, max_size=10),
)


@given(DATE_TEXTS)
def test_a_date_is_accepted_if_and_only_if_it_is_eight_digits_and_a_day(text: str) -> None:
    found = parsed(row(date=text))

    if is_a_day(text.strip()):
        assert isinstance(found, AnnotationRow)
        assert found.date.strftime("%m%d") == text.strip()[4:]
        assert found.date.year == int(text.strip()[:4])
    else:
        assert isinstance(found, Refusal)
        assert found.reason == "date"


# ---- evidence


def test_evidence_codes(tmp_path: Path) -> None:
    codes = ["IDA", "EXP", "HDA", "HMP", "IBA", "IEA", "TAS", "ida", "NO_MAPPING", "QQQ", "", "ECO:0000314"]
    file = read(
        tmp_path,
        *(row(object_id=f"S{number}", symbol=f"EVI{number}", evidence=code) for number, code in enumerate(codes, 1)),
    )

    assert fates(file) == {
        **dict.fromkeys(range(4, 11), "KEEP"),
        11: "FLAG",
        **dict.fromkeys(range(12, 16), "evidence"),
    }
    assert flags(file, 11) == ["evidence"]
    texts = {remark.line: remark.text for remark in file.findings}
    assert texts[12] == "unknown evidence code 'NO_MAPPING'"
    assert texts[14] == "the evidence code is empty"

    def symbols(*groups: str) -> str:
        wanted = {code for group in groups for code in EVIDENCE_GROUPS[group]}
        return " ".join(a.row.symbol for a in file.annotations if a.row.evidence in wanted)

    assert symbols("experimental") == "EVI1 EVI2 EVI8"
    assert symbols("experimental", "high-throughput") == "EVI1 EVI2 EVI3 EVI4 EVI8"
    assert " ".join(a.row.symbol for a in file.annotations if a.row.evidence != "IEA") == (
        "EVI1 EVI2 EVI3 EVI4 EVI5 EVI7 EVI8"
    )


def test_the_evidence_codes_are_those_of_the_go_consortium_each_in_one_group() -> None:
    assert EVIDENCE_GROUPS["experimental"] == ("EXP", "IDA", "IPI", "IMP", "IGI", "IEP")
    assert EVIDENCE_GROUPS["high-throughput"] == ("HTP", "HDA", "HMP", "HGI", "HEP")
    assert EVIDENCE_GROUPS["electronic"] == ("IEA",)
    assert len(EVIDENCE_CODES) == 26 == sum(len(codes) for codes in EVIDENCE_GROUPS.values())


def test_no_data_rows_are_read_as_what_they_are(tmp_path: Path) -> None:
    nothing = {"reference": "GO_REF:0000015", "evidence": "ND"}
    file = read(
        tmp_path,
        gene(1, term="GO:0008150", **nothing),
        gene(2, term="GO:0000004", **nothing),
        gene(3, term="GO:9000001", **nothing),
        gene(4, term="GO:0005575", evidence="IEA", aspect="C", qualifier="is_active_in"),
        gene(1),
        gene(5, term="GO:0003674", aspect="F", qualifier="enables", **nothing),
    )

    # Which term a no-data row may stand on is for the ontology to say; as rows they are as good as the others.
    assert fates(file) == dict.fromkeys(range(4, 10), "KEEP")
    assert [a.row.evidence for a in file.annotations] == ["ND", "ND", "ND", "IEA", "IDA", "ND"]


# ---- ids and names


def test_isoforms_and_ids_with_a_colon(tmp_path: Path) -> None:
    protein = {"database": "UniProtKB", "symbol": "ISO1", "synonyms": "", "assigned_by": "UniProt"}
    mouse = {"database": "MGI", "symbol": "Colo1", "synonyms": "", "taxon": "taxon:10090"}
    file = read(
        tmp_path,
        row(object_id="P90001", **protein),
        row(object_id="P90001", product_form="UniProtKB:P90001-2", **protein),
        row(object_id="P90001", product_form="UniProtKB:P90001:PRO_0000000001", term="GO:9000005", **protein),
        row(object_id="P90001-2", term="GO:9000001", **protein),
        row(object_id="P90001:PRO_0000000001", term="GO:9000001", **protein),
        row(**protein | {"database": "PR", "object_id": "P90001-3", "symbol": "mISO1/iso:3"}),
        row(object_id="MGI:9900001", **mouse),
        row(object_id="9900001", term="GO:9000005", **mouse),
        row(object_id="T90001", term="GO:9000005", **protein),
    )

    assert fates(file) == {
        4: "KEEP",
        5: "KEEP",
        6: "KEEP",
        7: "FLAG",
        8: "FLAG",
        9: "FLAG",
        10: "KEEP",
        11: "FLAG",
        12: "KEEP",
    }
    assert {line: (f"{a.row.database}:{a.row.object_id}", a.row.product_form) for line, a in by_line(file).items()} == {
        4: ("UniProtKB:P90001", None),
        5: ("UniProtKB:P90001", "UniProtKB:P90001-2"),
        6: ("UniProtKB:P90001", "UniProtKB:P90001:PRO_0000000001"),
        7: ("UniProtKB:P90001", "UniProtKB:P90001-2"),
        8: ("UniProtKB:P90001", "UniProtKB:P90001:PRO_0000000001"),
        9: ("PR:P90001-3", None),
        10: ("MGI:MGI:9900001", None),
        11: ("MGI:MGI:9900001", None),
        12: ("UniProtKB:T90001", None),
    }
    assert [flags(file, line) for line in (7, 8, 9, 11)] == [["isoform"], ["isoform"], ["isoform"], ["prefix"]]
    # The gene is columns 1 and 2: two UniProt genes, one of MGI, and the form that is linked to none.
    assert len({(a.row.database, a.row.object_id) for a in file.annotations}) == 4
    pairs = {(a.row.object_id, a.row.term) for line, a in by_line(file).items() if line in (4, 5)}
    assert pairs == {("P90001", "GO:9000002")}
    shared = [remark.text for remark in file.findings if remark.line is None]
    assert shared == ["the symbol ISO1 is used by 2 ids: UniProtKB:P90001, UniProtKB:T90001"]


def test_a_stated_form_stays_when_the_id_is_an_isoform_too() -> None:
    found = kept(row(database="UniProtKB", object_id="P90001-2", product_form="UniProtKB:P90001-7"))

    assert (found.object_id, found.product_form) == ("P90001", "UniProtKB:P90001-7")


def test_symbols_that_look_like_values_stay_as_they_are(tmp_path: Path) -> None:
    symbols = ["NA", "NaN", "null", "MARCH1", "TRUE", "1E5", "007", "None", "inf"]
    file = read(
        tmp_path,
        *(
            row(database="FB", object_id=f"FBtest000{number}", symbol=symbol, synonyms="nan|NaN")
            for number, symbol in enumerate(symbols, 1)
        ),
    )

    assert fates(file) == dict.fromkeys(range(4, 13), "KEEP")
    assert [a.row.symbol for a in file.annotations] == symbols
    assert [a.row.object_id for a in file.annotations if a.row.symbol == "NA"] == ["FBtest0001"]
    assert file.annotations[1].row.synonyms == ("nan", "NaN")


def test_quotes_mean_nothing(tmp_path: Path) -> None:
    names = ['the "open quote protein', "5' nuclease", 'closing" quote']
    file = read(tmp_path, *(gene(number, name=name) for number, name in enumerate(names, 1)))

    assert file.rows == 3
    assert [(a.row.symbol, a.row.name) for a in file.annotations] == list(
        zip(["AAA1", "BBB2", "CCC3"], names, strict=True)
    )


def test_bytes_that_are_not_utf8_cost_one_field(tmp_path: Path) -> None:
    def with_bytes(text: str, bad: bytes) -> bytes:
        return text.encode().replace(b"@", bad)

    file = read(
        tmp_path,
        gene(1, name="β-form of a protein"),
        with_bytes(gene(2, symbol="pfm@"), b"\xa0"),
        with_bytes(gene(3, name="prot@ine"), b"\xe9"),
        gene(4),
        with_bytes(gene(5, term="GO:900@0002"), b"\xff"),
        gene(6, name="zero\u200bwidth\u00a0name"),
    )

    assert fates(file) == {4: "KEEP", 5: "FLAG", 6: "FLAG", 7: "KEEP", 8: "encoding", 9: "KEEP"}
    assert (file.kept, file.refused) == (5, 1)
    assert (flags(file, 5), flags(file, 6)) == (["encoding"], ["encoding"])
    rows = {line: a.row for line, a in by_line(file).items()}
    assert rows[4].name == "β-form of a protein"
    assert (rows[5].symbol, rows[5].object_id) == ("pfm\ufffd", "S000990002")
    assert rows[6].name == "prot\ufffdine"
    assert rows[9].name == "zero\u200bwidth\u00a0name"
    assert [remark.text for remark in file.findings if remark.line == 6] == ["bytes that are not UTF-8 in name"]


@pytest.mark.parametrize("column", ["database", "object_id", "term", "reference", "evidence", "date"])
def test_an_identifying_column_is_never_mended(column: str, tmp_path: Path) -> None:
    text = row(**{column: "@"}).encode().replace(b"@", b"\x80")

    assert fates(read(tmp_path, gene(2), text))[5] == "encoding"


def test_a_replacement_mark_that_stands_in_the_file_is_no_damage() -> None:
    assert reasons(kept(row(name="a \ufffd b"))) == []
