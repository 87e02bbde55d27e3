"""GO releases: links, cycles, obsolete terms, which release it is, and what is none. Expected values are by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from dcell_graph.errors import FileRefused
from tests.obo_files import HEADER, ROOT, TYPEDEFS, C, F, P, links, read, remarks, term, terms

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
