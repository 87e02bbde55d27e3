"""GO releases in OBO 1.2 and 1.4: terms, links between them, and what is odd about either.

A malformed line that carries no structure costs nothing but a finding; what cannot be an ontology is refused whole.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import networkx

from dcell_graph.errors import FileRefused
from dcell_graph.sources.obo_stanza import Stanza, finding, quoted, read_stanzas, unescape
from dcell_graph.sources.text import stamp
from dcell_graph.sources.vocabulary import GENERATED_MARK
from dcell_graph.types import FileStamp, Finding

# The relations that put a term below another one.
_UPWARD = frozenset({"is_a", "part_of"})
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_OBO_DATE = re.compile(r"([0-9]{2}):([0-9]{2}):([0-9]{4})")
# A cycle is named by its links; more than these would be no sentence any more.
_LINKS_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One [Term] stanza.

    Args:
        line: where the stanza starts.
        name: None if the file gives none; show the id then.
        namespace: its own, or the default of the header; None if there is neither.
    """

    id: str
    line: int
    name: str | None
    namespace: str | None
    definition: str | None
    comment: str | None
    obsolete: bool
    alt_ids: tuple[str, ...]
    replaced_by: tuple[str, ...]
    consider: tuple[str, ...]
    synonyms: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A link between two terms of the file.

    Args:
        crosses: True when the two terms are in different namespaces.
    """

    child: str
    relation: str
    parent: str
    crosses: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ontology:
    """What was read from one ontology file.

    Args:
        release: its name: the date in the data-version, or the data-version itself, or a name that the user gave.
        release_from: ``data-version``, ``date`` or ``user``.
        release_date: the day of the release, if the header says one.
        generated: True for the ontology of a generated world.
        roots: live terms that declare no parent by is_a or part_of.
    """

    stamp: FileStamp
    release: str
    release_from: str
    release_date: date | None
    generated: bool
    terms: tuple[Term, ...]
    edges: tuple[Edge, ...]
    roots: frozenset[str]
    findings: tuple[Finding, ...]


def read_obo(path: Path, *, release: str | None = None) -> Ontology:
    """Read an ontology file, plain or gzip.

    Args:
        path: the file.
        release: what the user says the release is; needed when the header does not say it, and checked when it does.

    Raises:
        FileRefused: not OBO, no [Term] stanza, no release to be found, or another release than the user says.
    """
    findings: list[Finding] = []
    header: dict[str, list[str]] = {}
    stanzas = list(read_stanzas(path, header, findings))
    default_namespace = header.get("default-namespace", [None])[0]
    terms: dict[str, Term] = {}
    links: list[tuple[int, str, str, str]] = []
    declared: set[str] = set()
    for stanza in stanzas:
        term = _term(stanza, default_namespace, findings)
        if term is None:
            continue
        if term.id in terms:
            findings.append(finding(stanza.line, "refused", "repeated", f"a second stanza for {term.id}"))
            continue
        terms[term.id] = term
        if "is_a" in stanza.many:
            declared.add(term.id)
        for number, parent in stanza.many.get("is_a", []):
            links.append((number, term.id, "is_a", parent))
        for number, value in stanza.many.get("relationship", []):
            relation, _, parent = value.partition(" ")
            if relation in _UPWARD:
                declared.add(term.id)
            links.append((number, term.id, relation, parent))
    if not terms:
        raise FileRefused("no [Term] stanza was found", path=path, expected="an ontology in OBO format")
    edges = tuple(_edges(links, terms, findings))
    findings += _content_findings(terms, edges)
    findings += _cycles(terms, edges)
    name, source, day = _release(path, header, release)
    return Ontology(
        stamp=stamp(path),
        release=name,
        release_from=source,
        release_date=day,
        generated=any(GENERATED_MARK in remark for remark in header.get("remark", [])),
        terms=tuple(terms.values()),
        edges=edges,
        roots=frozenset(term.id for term in terms.values() if not term.obsolete and term.id not in declared),
        findings=tuple(findings),
    )


def _term(stanza: Stanza, default_namespace: str | None, findings: list[Finding]) -> Term | None:
    single = stanza.single
    if "id" not in single:
        findings.append(finding(stanza.line, "refused", "structure", "a [Term] stanza without id"))
        return None

    def ids(tag: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(value for _, value in stanza.many.get(tag, [])))

    return Term(
        id=single["id"],
        line=stanza.line,
        name=unescape(single["name"]) if "name" in single else None,
        namespace=single.get("namespace", default_namespace),
        definition=quoted(single["def"]) if "def" in single else None,
        comment=unescape(single["comment"]) if "comment" in single else None,
        obsolete=single.get("is_obsolete", "").lower() == "true",
        alt_ids=ids("alt_id"),
        replaced_by=ids("replaced_by"),
        consider=ids("consider"),
        synonyms=tuple(dict.fromkeys(quoted(value) or value for _, value in stanza.many.get("synonym", []))),
    )


def _edges(links: list[tuple[int, str, str, str]], terms: dict[str, Term], findings: list[Finding]) -> Iterator[Edge]:
    seen: set[tuple[str, str, str]] = set()
    for number, child, relation, parent in links:
        if parent not in terms:
            text = f"{child} {relation} {parent or '(nothing)'}, which is not a term of this file"
            findings.append(finding(number, "refused", "dangling", text))
        elif (child, relation, parent) in seen:
            findings.append(finding(number, "merged", "duplicate", f"{child} {relation} {parent} again"))
        else:
            seen.add((child, relation, parent))
            crosses = terms[child].namespace != terms[parent].namespace
            yield Edge(child=child, relation=relation, parent=parent, crosses=crosses)


def _content_findings(terms: dict[str, Term], edges: tuple[Edge, ...]) -> Iterator[Finding]:
    for term in terms.values():
        if term.name is None and not term.obsolete:
            yield finding(term.line, "flagged", "no name", f"{term.id} has no name")
        if term.namespace is None:
            yield finding(term.line, "flagged", "no namespace", f"{term.id} has no namespace, nor has the header")
        for other in term.alt_ids:
            if other in terms:
                state = "an obsolete" if terms[other].obsolete else "a live"
                yield finding(term.line, "flagged", "alt_id", f"{other} is an alt_id of {term.id} and {state} term")
    for edge in edges:
        if edge.relation not in _UPWARD:
            continue
        child, parent = terms[edge.child], terms[edge.parent]
        if child.obsolete:
            yield finding(child.line, "flagged", "obsolete", f"the obsolete {child.id} has the parent {parent.id}")
        elif parent.obsolete:
            yield finding(child.line, "flagged", "obsolete", f"{child.id} stands under the obsolete {parent.id}")


def _cycles(terms: dict[str, Term], edges: tuple[Edge, ...]) -> Iterator[Finding]:
    """A finding for each set of live terms that stand below each other; a term can be its own parent."""
    live = [
        edge
        for edge in edges
        if edge.relation in _UPWARD and not (terms[edge.child].obsolete or terms[edge.parent].obsolete)
    ]
    graph = networkx.DiGraph((edge.child, edge.parent) for edge in live)
    cycles = [sorted(members) for members in networkx.strongly_connected_components(graph)]
    first_of = {term: cycle[0] for cycle in cycles for term in cycle}
    links: dict[str, list[str]] = defaultdict(list)
    for edge in live:
        if first_of[edge.child] == first_of[edge.parent]:
            links[first_of[edge.child]].append(f"{edge.child} {edge.relation} {edge.parent}")
    for cycle in sorted(cycles):
        if shown := links[cycle[0]]:
            text = ", ".join(shown[:_LINKS_SHOWN]) + (", …" if len(shown) > _LINKS_SHOWN else "")
            names = " and ".join(cycle[:_LINKS_SHOWN])
            yield finding(terms[cycle[0]].line, "flagged", "cycle", f"a cycle through {names}: {text}")


def _release(path: Path, header: dict[str, list[str]], given: str | None) -> tuple[str, str, date | None]:
    day = _header_day(header)
    version = header.get("data-version", [""])[0]
    if version:
        iso = _ISO_DATE.search(version)
        found, source = (iso[0] if iso else version), "data-version"
        day = _as_date(iso[0]) or day if iso else day
    elif day is not None:
        found, source = day.isoformat(), "date"
    elif given is None:
        raise FileRefused(
            "the header does not say which release this is",
            path=path,
            expected="data-version or date",
            hint="name the release with --release",
        )
    else:
        return given, "user", None
    if given not in (None, found, version, day and day.isoformat()):
        raise FileRefused("the file holds another release than was asked for", path=path, expected=given, found=found)
    return found, source, day


def _header_day(header: dict[str, list[str]]) -> date | None:
    """The ``date:`` line of OBO is day:month:year."""
    match = _OBO_DATE.match(header.get("date", [""])[0])
    return _as_date(f"{match[3]}-{match[2]}-{match[1]}") if match else None


def _as_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
