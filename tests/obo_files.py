"""Small ontologies for the tests of the reader, and short words for what was read."""

from __future__ import annotations

from pathlib import Path

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
