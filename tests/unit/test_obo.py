"""GO releases in OBO: what is read, what is remarked, what is refused. Expected terms and links are written out by hand."""

from __future__ import annotations

import gzip
import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dcell_graph.errors import FileRefused
from dcell_graph.sources.obo import Ontology, Term, read_obo

HEADER = "format-version: 1.2\ndata-version: releases/2018-06-01\nontology: go\n"
ROOT = """
[Term]
id: GO:0008150
name: biological_process
namespace: biological_process
alt_id: GO:0000004
"""
TYPEDEFS = """
[Typedef]
id: part_of
name: part of
namespace: external
is_transitive: true

[Typedef]
id: positively_regulates
name: positively regulates
is_a: regulates ! regulates
"""
P, F, C = "GO:0008150", "GO:0003674", "GO:0005575"


def read(folder: Path, text: str, *, header: str = HEADER, release: str | None = None) -> Ontology:
    path = folder / "go.obo"
    path.write_text(header + text, encoding="utf-8")
    return read_obo(path, release=release)


def term(number: int, *clauses: str, namespace: str = "biological_process") -> str:
    """The stanza of GO:90000NN."""
    lines = [f"id: GO:90000{number:02d}", f"name: term {number}", f"namespace: {namespace}", *clauses]
    return "\n[Term]\n" + "\n".join(lines) + "\n"


def terms(ontology: Ontology) -> dict[str, Term]:
    assert len({term.id for term in ontology.terms}) == len(ontology.terms)
    return {term.id: term for term in ontology.terms}


def links(ontology: Ontology) -> list[str]:
    return [f"{edge.child} {edge.relation} {edge.parent}" for edge in ontology.edges]


def remarks(ontology: Ontology) -> list[tuple[int | None, str, str]]:
    return [(remark.line, remark.outcome, remark.reason) for remark in ontology.findings]


# ---- syntax


def test_a_term_with_everything(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        ROOT
        + """
[Term]
id: GO:9000001
name: alpha process
namespace: biological_process
alt_id: GO:9000007
alt_id: GO:9000006
alt_id: GO:9000007
def: "What it is." [GOC:test]
comment: Some remark.
synonym: "first form" EXACT []
synonym: "second form" RELATED [GOC:test]
is_a: GO:0008150 ! biological_process

[Term]
id: GO:9000002
name: obsolete beta process
namespace: biological_process
is_obsolete: true
replaced_by: GO:9000001
consider: GO:0008150
consider: GO:9000001
""",
    )

    assert found.terms[1] == Term(
        id="GO:9000001",
        line=11,
        name="alpha process",
        namespace="biological_process",
        definition="What it is.",
        comment="Some remark.",
        obsolete=False,
        alt_ids=("GO:9000007", "GO:9000006"),
        replaced_by=(),
        consider=(),
        synonyms=("first form", "second form"),
    )
    assert found.terms[2] == Term(
        id="GO:9000002",
        line=24,
        name="obsolete beta process",
        namespace="biological_process",
        definition=None,
        comment=None,
        obsolete=True,
        alt_ids=(),
        replaced_by=("GO:9000001",),
        consider=("GO:0008150", "GO:9000001"),
        synonyms=(),
    )
    assert links(found) == ["GO:9000001 is_a GO:0008150"]
    assert found.roots == {P}
    assert found.findings == ()


def test_escapes_modifiers_and_braces(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        ROOT
        + term(1, f"is_a: {P}")
        + r"""
[Term]
id: GO:9000011
name: N(4)-\{alpha\}-linked process
namespace: biological_process
def: "A process with a \"quoted\" word, a colon\: and a second\nline." [GOC:test, PMID:99000001 "note, with a comma"]
comment: Uses 50% of \{x\}\! Really.
synonym: "brace \{form\}" EXACT [GOC:test]
is_a: GO:0008150 {is_inferred="true"} ! biological_process
relationship: part_of GO:9000001 {source="GOC:test", note="a } inside"} ! alpha process

[Term]
id: GO:9000012
name: N(4)-{beta}-Asn residue formation
namespace: biological_process
is_a: GO:0008150 ! biological_process {not a modifier, part of the hidden comment}
"""
        + TYPEDEFS,
    )

    assert links(found) == [
        "GO:9000001 is_a GO:0008150",
        "GO:9000011 is_a GO:0008150",
        "GO:9000011 part_of GO:9000001",
        "GO:9000012 is_a GO:0008150",
    ]
    assert len(found.terms) == 4
    eleven = terms(found)["GO:9000011"]
    assert eleven.name == "N(4)-{alpha}-linked process"
    assert eleven.definition == 'A process with a "quoted" word, a colon: and a second\nline.'
    assert eleven.comment == "Uses 50% of {x}! Really."
    assert eleven.synonyms == ("brace {form}",)
    assert terms(found)["GO:9000012"].name == "N(4)-{beta}-Asn residue formation"
    assert found.findings == ()


@pytest.mark.parametrize(
    ("clause", "field", "value"),
    [
        ("name: a {alpha}", "name", "a {alpha}"),
        ('name: a {source="GOC:test"}', "name", "a"),
        ('name: a {beta} {source="GOC:test"} ! hidden', "name", "a {beta}"),
        ("name: alpha ! hidden", "name", "alpha"),
        ("name: wow! a name", "name", "wow! a name"),
        (r"name: tab\tand space\Wend\\", "name", "tab\tand space end\\"),
        ("name : a", "name", "a"),
        ('def: "Not {this}! Or ! that" [GOC:test]', "definition", "Not {this}! Or ! that"),
        ('def: "" []', "definition", ""),
        ("def: no quotes", "definition", None),
        ('synonym: "half ! open {form}" EXACT []', "synonyms", ("half ! open {form}",)),
        ("synonym: no quotes", "synonyms", ("no quotes",)),
        ("is_obsolete: true ! since 2018", "obsolete", True),
        ("is_obsolete: True", "obsolete", True),
        ("is_obsolete: false", "obsolete", False),
        ("alt_id: GO:9000007 ! old", "alt_ids", ("GO:9000007",)),
        ('alt_id: GO:9000007 {x="y"}', "alt_ids", ("GO:9000007",)),
        ("namespace: external {a=b}", "namespace", "external"),
    ],
)
def test_values_end_where_they_end(tmp_path: Path, clause: str, field: str, value: object) -> None:
    assert getattr(read(tmp_path, f"\n[Term]\nid: GO:9000001\n{clause}\n").terms[0], field) == value


@pytest.mark.parametrize(
    "clause",
    [
        f"is_a: {P} ! biological_process",
        f"is_a: {P}! biological_process",
        f"is_a:{P}",
        f"is_a : {P}",
        f"  is_a: {P}  ",
        f'is_a: {P} {{note="a ! b"}}',
        f"is_a: {P} trailing words",
    ],
)
def test_a_parent_is_one_word(tmp_path: Path, clause: str) -> None:
    found = read(tmp_path, ROOT + term(1, clause))

    assert links(found) == [f"GO:9000001 is_a {P}"]
    assert found.findings == ()


def test_a_bad_line_costs_itself_only(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        ROOT
        + """
[Term]
id: GO:9000021
name: first process
namespace: biological_process
def: "Fine text." [GOC:test, Rhea: 36507]
is_a: GO:0008150 ! biological_process

[Term]
id: GO:9000022
name: second process
namespace: biological_process
xref: KEGG COMPOUND:7-7 "a registry number"
synonym: "other name" EXACT_MODE []
creation_date: 202z-09-29T15:45:36Z
is_a: GO:9000021 ! first process

[Term]
id: GO:9000023
name: third process
namespace: biological_process
xref: Source: "artifact
is_a:
a line without a meaning
is_a: GO:9000022 ! second process
"""
        + TYPEDEFS,
    )

    assert [term.name for term in found.terms] == [
        "biological_process",
        "first process",
        "second process",
        "third process",
    ]
    assert links(found) == [
        "GO:9000021 is_a GO:0008150",
        "GO:9000022 is_a GO:9000021",
        "GO:9000023 is_a GO:9000022",
    ]
    assert terms(found)["GO:9000021"].definition == "Fine text."
    assert terms(found)["GO:9000022"].synonyms == ("other name",)
    assert remarks(found) == [(32, "refused", "structure"), (33, "flagged", "syntax")]
    assert [remark.text for remark in found.findings] == [
        "an empty is_a",
        "not a clause: 'a line without a meaning'",
    ]


def test_a_clause_that_may_stand_once_keeps_its_first_value(tmp_path: Path) -> None:
    found = read(tmp_path, term(1, "name: another name", "namespace: external"))

    assert (found.terms[0].name, found.terms[0].namespace) == ("term 1", "biological_process")
    assert remarks(found) == [(9, "refused", "repeated"), (10, "refused", "repeated")]
    assert found.findings[0].text == "a second name in one stanza"


def test_a_stanza_whose_head_is_missing_does_not_change_the_term_above(tmp_path: Path) -> None:
    lost = term(2, "is_a: GO:9000001").replace("[Term]", "[Term")
    found = read(tmp_path, ROOT + term(1) + lost + term(3, "is_a: GO:9000001"))

    assert [term.id for term in found.terms] == [P, "GO:9000001", "GO:9000003"]
    assert links(found) == ["GO:9000003 is_a GO:9000001"]
    assert terms(found)["GO:9000001"].name == "term 1"
    assert remarks(found) == [(16, "flagged", "syntax"), (17, "refused", "repeated")]


def test_the_same_id_twice_in_a_stanza_is_only_a_repeat(tmp_path: Path) -> None:
    found = read(tmp_path, ROOT + "\n[Term]\nid: GO:9000001\nid: GO:9000001\nname: x\n" + f"is_a: {P}\n")

    assert links(found) == [f"GO:9000001 is_a {P}"]


@pytest.mark.parametrize("head", ["[Term] ! comment", "  [Term]  ", '[Term] {a="b"}'])
def test_heads_of_stanzas(tmp_path: Path, head: str) -> None:
    assert len(read(tmp_path, term(1).replace("[Term]", head)).terms) == 1


def test_an_unknown_kind_of_stanza_is_flagged(tmp_path: Path) -> None:
    found = read(tmp_path, ROOT + term(1, f"is_a: {P}").replace("[Term]", "[term]"))

    assert [term.id for term in found.terms] == [P]
    assert [(remark.line, remark.text) for remark in found.findings] == [(11, "an unknown kind of stanza, [term]")]


def test_a_stanza_without_or_with_a_known_id_is_refused(tmp_path: Path) -> None:
    again = term(1, "alt_id: GO:9000009", f"is_a: {P}")
    found = read(tmp_path, ROOT + term(1) + again + "\n[Term]\nname: nobody\nis_a: GO:9000001\n")

    assert [term.id for term in found.terms] == [P, "GO:9000001"]
    assert links(found) == []
    assert terms(found)["GO:9000001"].alt_ids == ()
    assert remarks(found) == [(16, "refused", "repeated"), (23, "refused", "structure")]


def test_typedefs_are_no_terms(tmp_path: Path) -> None:
    found = read(tmp_path, ROOT + TYPEDEFS + term(1, f"is_a: {P}") + "\n[Instance]\nid: x\nis_a: y\n")

    assert [term.id for term in found.terms] == [P, "GO:9000001"]
    assert links(found) == [f"GO:9000001 is_a {P}"]
    assert found.findings == ()


LF = (HEADER + ROOT + term(1, f"is_a: {P} ! biological_process") + term(2, "is_a: GO:9000001 ! term 1")).encode()
MARK = b"\xef\xbb\xbf"


@pytest.mark.parametrize(
    "content",
    [
        LF,
        LF.removesuffix(b"\n"),
        LF.replace(b"\n", b"\r\n"),
        MARK + LF,
        MARK + LF.replace(b"\n", b"\r\n").removesuffix(b"\r\n"),
        gzip.compress(LF),
        gzip.compress(MARK + LF.replace(b"\n", b"\r\n")),
    ],
)
@pytest.mark.parametrize("name", ["go.obo", "go.obo.gz"])
def test_line_ends_marks_and_compression_make_no_difference(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    found = read_obo(path)

    assert (found.release, found.release_from) == ("2018-06-01", "data-version")
    assert [term.id for term in found.terms] == [P, "GO:9000001", "GO:9000002"]
    assert links(found) == [f"GO:9000001 is_a {P}", "GO:9000002 is_a GO:9000001"]
    assert found.terms[2].name == "term 2"
    assert found.findings == ()


def test_bytes_that_are_not_utf8_are_flagged_by_line(tmp_path: Path) -> None:
    path = tmp_path / "go.obo"
    path.write_bytes(LF.replace(b"term 2", b"t\xe9rm 2"))
    found = read_obo(path)

    assert found.terms[2].name == "t\ufffdrm 2"
    assert remarks(found) == [(19, "flagged", "encoding")]


# ---- relations


def test_relations_are_kept_apart(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        ROOT
        + term(31, f"is_a: {P}", "relationship: has_part GO:9000032")
        + term(32, f"is_a: {P}")
        + term(33, f"is_a: {P}", "relationship: regulates GO:9000032")
        + term(34, "is_a: GO:9000033", "relationship: positively_regulates GO:9000032")
        + term(35, f"is_a: {P}", "relationship: part_of GO:9000032")
        + term(36, "is_a: GO:9000032", "relationship: part_of GO:9000032")
        + TYPEDEFS,
    )

    assert len(found.terms) == 7
    assert links(found) == [
        f"GO:9000031 is_a {P}",
        "GO:9000031 has_part GO:9000032",
        f"GO:9000032 is_a {P}",
        f"GO:9000033 is_a {P}",
        "GO:9000033 regulates GO:9000032",
        "GO:9000034 is_a GO:9000033",
        "GO:9000034 positively_regulates GO:9000032",
        f"GO:9000035 is_a {P}",
        "GO:9000035 part_of GO:9000032",
        "GO:9000036 is_a GO:9000032",
        "GO:9000036 part_of GO:9000032",
    ]
    assert not any(edge.crosses for edge in found.edges)
    assert found.roots == {P}


def test_a_link_between_namespaces_is_stored_and_marked(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        ROOT
        + f"\n[Term]\nid: {F}\nname: molecular_function\nnamespace: molecular_function\n"
        + term(41, f"is_a: {P}")
        + term(42, f"is_a: {F}", "relationship: part_of GO:9000041", namespace="molecular_function"),
    )

    assert [(edge.child, edge.relation, edge.parent) for edge in found.edges if edge.crosses] == [
        ("GO:9000042", "part_of", "GO:9000041")
    ]
    assert len(found.edges) == 3
    assert found.roots == {P, F}


def test_a_repeated_link_counts_once(tmp_path: Path) -> None:
    found = read(tmp_path, ROOT + term(1, f"is_a: {P}", f'is_a: {P} {{is_inferred="true"}}'))

    assert links(found) == [f"GO:9000001 is_a {P}"]
    assert remarks(found) == [(16, "merged", "duplicate")]
    assert found.findings[0].text == f"GO:9000001 is_a {P} again"


def component(number: int, *clauses: str) -> str:
    return term(number, *clauses, namespace="cellular_component")


COMPONENTS = f"\n[Term]\nid: {C}\nname: cellular_component\nnamespace: cellular_component\n"


def test_a_cycle_is_loaded_and_its_members_are_named(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        COMPONENTS
        + component(51, f"is_a: {C}", "relationship: part_of GO:9000052")
        + component(52, "is_a: GO:9000051")
        + component(54, "is_a: GO:9000052"),
    )

    assert links(found) == [
        f"GO:9000051 is_a {C}",
        "GO:9000051 part_of GO:9000052",
        "GO:9000052 is_a GO:9000051",
        "GO:9000054 is_a GO:9000052",
    ]
    assert [(remark.line, remark.outcome, remark.reason, remark.text) for remark in found.findings] == [
        (
            10,
            "flagged",
            "cycle",
            "a cycle through GO:9000051 and GO:9000052: GO:9000051 part_of GO:9000052, GO:9000052 is_a GO:9000051",
        )
    ]
    assert found.roots == {C}


def test_a_term_that_is_its_own_parent_is_a_cycle(tmp_path: Path) -> None:
    found = read(tmp_path, COMPONENTS + component(53, f"is_a: {C}", "is_a: GO:9000053"))

    assert links(found) == [f"GO:9000053 is_a {C}", "GO:9000053 is_a GO:9000053"]
    assert [remark.text for remark in found.findings] == ["a cycle through GO:9000053: GO:9000053 is_a GO:9000053"]


def test_cycles_are_told_apart_and_only_upward_links_of_live_terms_make_one(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        COMPONENTS
        + component(1, "is_a: GO:9000002")
        + component(2, "is_a: GO:9000001", "relationship: has_part GO:9000003", "is_a: GO:9000004")
        + component(3, "is_a: GO:9000004", "relationship: regulates GO:9000003")
        + component(4, "is_a: GO:9000005")
        + component(5, "relationship: part_of GO:9000004")
        + component(6, "is_a: GO:9000007", "is_obsolete: true")
        + component(7, "is_a: GO:9000006"),
    )

    # 2 stands below the second cycle, which makes it no member of that one.
    assert [remark.text for remark in found.findings if remark.reason == "cycle"] == [
        "a cycle through GO:9000001 and GO:9000002: GO:9000001 is_a GO:9000002, GO:9000002 is_a GO:9000001",
        "a cycle through GO:9000004 and GO:9000005: GO:9000004 is_a GO:9000005, GO:9000005 part_of GO:9000004",
    ]


def test_a_long_cycle_is_cut_short_in_the_sentence(tmp_path: Path) -> None:
    ring = "".join(component(number, f"is_a: GO:90000{number % 30 + 1:02d}") for number in range(1, 31))
    text = read(tmp_path, ring).findings[0].text

    assert text.count(" is_a ") == 20
    assert text.endswith("GO:9000020 is_a GO:9000021, …")


def test_lost_parents_and_missing_names(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        ROOT
        + term(81, f"is_a: {P} ! biological_process", "is_a: GO:9000099 ! never defined")
        + f"\n[Term]\nid: GO:9000082\nnamespace: biological_process\nis_a: {P}\n"
        + term(83, "is_a: GO:9000098")
        + f"\n[Term]\nid: GO:9000084\nname: without a namespace\nis_a: {P}\n",
    )

    assert [term.id for term in found.terms] == [P, "GO:9000081", "GO:9000082", "GO:9000083", "GO:9000084"]
    assert links(found) == [f"GO:9000081 is_a {P}", f"GO:9000082 is_a {P}", f"GO:9000084 is_a {P}"]
    assert [(remark.line, remark.outcome, remark.reason, remark.text) for remark in found.findings] == [
        (16, "refused", "dangling", "GO:9000081 is_a GO:9000099, which is not a term of this file"),
        (27, "refused", "dangling", "GO:9000083 is_a GO:9000098, which is not a term of this file"),
        (18, "flagged", "no name", "GO:9000082 has no name"),
        (29, "flagged", "no namespace", "GO:9000084 has no namespace, nor has the header"),
    ]
    assert terms(found)["GO:9000082"].name is None
    assert found.roots == {P}  # 83 declares a parent, though a lost one: it is no second root


@pytest.mark.parametrize(
    "clause", ["is_a:", "is_a: ! x", "is_a: \u00a0 ! x", "relationship: part_of", "relationship: part_of ! x"]
)
def test_a_term_that_declares_an_empty_parent_is_no_root(tmp_path: Path, clause: str) -> None:
    found = read(tmp_path, ROOT + term(1, clause))

    assert found.roots == {P}
    assert links(found) == []
    assert [(remark.line, remark.outcome) for remark in found.findings] == [(15, "refused")]


def test_a_term_that_only_regulates_is_a_root(tmp_path: Path) -> None:
    assert read(tmp_path, ROOT + term(1, f"relationship: regulates {P}")).roots == {P, "GO:9000001"}


def test_obsolete_terms_in_the_hierarchy(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        ROOT
        + term(1, "alt_id: GO:9000093", f"is_a: {P}")
        + term(5, f"is_a: {P}")
        + term(91, "is_a: GO:9000001", "relationship: part_of GO:9000005", "is_obsolete: true")
        + term(92, "is_a: GO:9000091", "is_a: GO:9000005")
        + "\n[Term]\nid: GO:9000093\nnamespace: biological_process\nis_obsolete: true\n",
    )

    assert [term.id for term in found.terms if term.obsolete] == ["GO:9000091", "GO:9000093"]
    assert [(remark.line, remark.outcome, remark.reason, remark.text) for remark in found.findings] == [
        (11, "flagged", "alt_id", "GO:9000093 is an alt_id of GO:9000001 and an obsolete term"),
        (24, "flagged", "obsolete", "the obsolete GO:9000091 has the parent GO:9000001"),
        (24, "flagged", "obsolete", "the obsolete GO:9000091 has the parent GO:9000005"),
        (32, "flagged", "obsolete", "GO:9000092 stands under the obsolete GO:9000091"),
    ]
    assert found.roots == {P}  # an obsolete term without parents is no root


def test_an_alt_id_that_is_a_live_term_is_flagged(tmp_path: Path) -> None:
    found = read(tmp_path, ROOT + term(1, "alt_id: GO:9000002", f"is_a: {P}") + term(2, f"is_a: {P}"))

    assert [remark.text for remark in found.findings] == ["GO:9000002 is an alt_id of GO:9000001 and a live term"]


# ---- the release


@pytest.mark.parametrize(
    ("header", "asked", "release", "source", "day"),
    [
        ("data-version: releases/2018-06-01", None, "2018-06-01", "data-version", date(2018, 6, 1)),
        ("data-version: releases/2018-06-01", "2018-06-01", "2018-06-01", "data-version", date(2018, 6, 1)),
        ("data-version: releases/2018-06-01", "releases/2018-06-01", "2018-06-01", "data-version", date(2018, 6, 1)),
        ("date: 01:06:2018 10:56", None, "2018-06-01", "date", date(2018, 6, 1)),
        ("date: 01:06:2018 10:56", "2018-06-01", "2018-06-01", "date", date(2018, 6, 1)),
        ("data-version: 1.1.2476\ndate: 04:01:2012 11:50", None, "1.1.2476", "data-version", date(2012, 1, 4)),
        ("data-version: 1.1.2476\ndate: 04:01:2012 11:50", "1.1.2476", "1.1.2476", "data-version", date(2012, 1, 4)),
        ("data-version: 1.1.2476\ndate: 04:01:2012 11:50", "2012-01-04", "1.1.2476", "data-version", date(2012, 1, 4)),
        ("data-version: 1.1.2476", None, "1.1.2476", "data-version", None),
        ("data-version:\ndate: 31:12:2018", None, "2018-12-31", "date", date(2018, 12, 31)),
        ("data-version: 2018-06-01\ndate: 31:12:2018", None, "2018-06-01", "data-version", date(2018, 6, 1)),
        ("ontology: go", "of my own", "of my own", "user", None),
        ("date: 31:13:2018", "of my own", "of my own", "user", None),
    ],
)
def test_the_release_is_what_the_header_says(
    tmp_path: Path, header: str, asked: str | None, release: str, source: str, day: date | None
) -> None:
    found = read(tmp_path, ROOT + term(1, f"is_a: {P}"), header=f"format-version: 1.2\n{header}\n", release=asked)

    assert (found.release, found.release_from, found.release_date) == (release, source, day)
    assert len(found.terms) == 2


@pytest.mark.parametrize(
    ("header", "asked", "message"),
    [
        ("data-version: releases/2018-05-01", "2018-06-01", "expected 2018-06-01, found 2018-05-01"),
        ("date: 01:06:2018 10:56", "2018-01-06", "expected 2018-01-06, found 2018-06-01"),
        ("data-version: 1.1.2476", "None", "expected None, found 1.1.2476"),
    ],
)
def test_another_release_than_asked_for_is_refused(tmp_path: Path, header: str, asked: str, message: str) -> None:
    with pytest.raises(FileRefused, match=f"holds another release than was asked for: {message}"):
        read(tmp_path, ROOT, header=f"format-version: 1.2\n{header}\n", release=asked)


@pytest.mark.parametrize("header", ["ontology: go", "date: yesterday", "date: 30:02:2018 10:56", "data-version:"])
def test_a_file_that_does_not_say_its_release_needs_a_name(tmp_path: Path, header: str) -> None:
    with pytest.raises(FileRefused, match="does not say which release this is: expected data-version or date; name"):
        read(tmp_path, ROOT, header=f"format-version: 1.2\n{header}\n")


def test_the_default_namespace_is_for_terms_without_one(tmp_path: Path) -> None:
    text = "\n[Term]\nid: GO:9000001\nname: x\n" + term(2)
    found = read(tmp_path, text, header=HEADER + "default-namespace: gene_ontology\n")

    assert [term.namespace for term in found.terms] == ["gene_ontology", "biological_process"]
    assert found.findings == ()


def test_a_generated_ontology_says_so(tmp_path: Path) -> None:
    assert read(tmp_path, ROOT, header=HEADER + "remark: x\nremark: generated-world 1\n").generated is True
    assert read(tmp_path, ROOT, header=HEADER + "remark: x\n").generated is False


# ---- what is no ontology


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", r"go\.obo: no \[Term\] stanza was found: expected an ontology in OBO format"),
        (HEADER, r"no \[Term\] stanza was found"),
        (HEADER + TYPEDEFS, r"no \[Term\] stanza was found"),
        (HEADER + "\n[Term]\nname: nobody\n", r"no \[Term\] stanza was found"),
        ("<!DOCTYPE HTML>\n<html><head><title>301 Moved</title></head>\n", r"go\.obo:1: this is a web page"),
        ('<?xml version="1.0"?>\n<Error><Code>NoSuchKey</Code></Error>\n', r"go\.obo:1: this is a web page"),
        ("gene\tterm\nAAA1\tGO:9000001\n", r"go\.obo:1: this is not an OBO file: .* found 'gene\\tterm'"),
    ],
)
def test_what_is_no_ontology_is_refused_by_name(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(FileRefused, match=message) as caught:
        read(tmp_path, content, header="")
    assert str(tmp_path) in str(caught.value)


# ---- junk

NASTY = [
    'xref: Source: "artifact',
    "def",
    'def: "open',
    "is_a:",
    "is_a: GO:9999999 ! not in the file",
    "is_a: \u00a0 ! x",
    "relationship: part_of",
    "relationship:",
    "name: {",
    "name: ! x",
    "comment: \\",
    "comment: {a=b} ! x",
    "synonym:",
    "[GOC:test]",
    "[",
    "::::",
    "{",
    "! is_a: GO:9000001",
    "\x00",
    "\x85",
]
STRUCTURE = re.compile(r"\s*(id|is_a|relationship|is_obsolete)\s*:|\s*\[\w+\]")
JUNK = st.one_of(
    st.sampled_from([line.encode() for line in NASTY]),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), max_size=12)
    .filter(lambda text: not STRUCTURE.match(text))
    .map(str.encode),
    st.binary(max_size=8).map(lambda raw: b"x" + raw.replace(b"\n", b"")),
)


@given(st.lists(st.integers(0, 5), max_size=6), st.lists(st.tuples(st.integers(1, 60), JUNK), max_size=8))
@example([0, 1], [(1, b"[GOC:test]"), (9, b"[GOC:test]")])
def test_junk_lines_cost_no_well_formed_stanza(
    tmp_path_factory: pytest.TempPathFactory, parents: list[int], junk: list[tuple[int, bytes]]
) -> None:
    names = [f"GO:90000{number:02d}" for number in range(len(parents) + 1)]
    expected = [f"{names[place]} is_a {names[parent % place]}" for place, parent in enumerate(parents, start=1)]
    clauses = {link.split()[0]: f"is_a: {link.split()[2]}" for link in expected}
    text = HEADER + "".join(f"\n[Term]\nid: {name}\n{clauses.get(name, '')}\n" for name in names)
    lines = [line.encode() for line in text.splitlines()]
    for place, line in junk:
        lines.insert(min(place, len(lines)), line)
    path = tmp_path_factory.getbasetemp() / "junk.obo"
    path.write_bytes(b"\n".join(lines))

    found = read_obo(path, release="2018-06-01")

    assert [term.id for term in found.terms] == names
    assert links(found) == expected


@given(
    st.lists(st.one_of(JUNK, st.binary(max_size=20), st.sampled_from([b"[Term]", b"id: A", b"is_a: A"])), max_size=9)
)
def test_whatever_a_file_holds_it_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]
) -> None:
    path = tmp_path_factory.getbasetemp() / "anything.obo"
    path.write_bytes(b"\n".join([b"format-version: 1.2", *lines]))
    try:
        found = read_obo(path, release="mine")
    except FileRefused as refused:
        assert str(path) in str(refused)
    else:
        assert len(found.terms) > 0
