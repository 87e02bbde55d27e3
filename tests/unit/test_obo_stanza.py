"""The lines of an OBO file: values, modifiers, broken lines and junk. All that is expected is written by hand."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dcell_graph.errors import FileRefused
from dcell_graph.sources.obo import Term, read_obo
from tests.obo_files import HEADER, ROOT, TYPEDEFS, P, links, read, remarks, term, terms

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


def test_a_line_that_only_begins_like_a_head_ends_no_stanza(tmp_path: Path) -> None:
    found = read(tmp_path, ROOT + term(1, "[1] see the book", f"is_a: {P}"))

    assert links(found) == [f"GO:9000001 is_a {P}"]
    assert remarks(found) == [(15, "flagged", "syntax")]


def test_comment_lines_mean_nothing(tmp_path: Path) -> None:
    found = read(tmp_path, "! remark\n" + ROOT + term(1, "!remark", f"! is_a: {P}"), header="! first line\n" + HEADER)

    assert links(found) == []
    assert found.findings == ()


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
    "[abc] and more",
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
