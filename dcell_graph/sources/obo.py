"""GO releases in OBO 1.2 and 1.4: terms, links between them, and what is odd about either.

A malformed line that carries no structure costs nothing but a finding; what cannot be an ontology is refused whole.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

import networkx

from dcell_graph.errors import FileRefused
from dcell_graph.sources.memo import collector_paused
from dcell_graph.sources.obo_stanza import Stanza, finding, quoted, read_stanzas, unescape
from dcell_graph.sources.text import Text, read_text
from dcell_graph.sources.vocabulary import GENERATED_MARK
from dcell_graph.types import FileStamp, Finding

# The relations that put a term below another one.
_UPWARD = frozenset({"is_a", "part_of"})
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_OBO_DATE = re.compile(r"([0-9]{2}):([0-9]{2}):([0-9]{4})")
# A cycle is named by its links; more than these would be no sentence any more.
_LINKS_SHOWN = 20


class Term(NamedTuple):
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


class Edge(NamedTuple):
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
    with collector_paused():
        return _ontology_of(path, read_text(path), release)


def _ontology_of(path: Path, text: Text, release: str | None) -> Ontology:
    findings: list[Finding] = []
    header: dict[str, list[str]] = {}
    stanzas = list(read_stanzas(path, text, header, findings))
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
        stamp=text.stamp,
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

    many = stanza.many

    def ids(tag: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(value for _, value in many[tag])) if tag in many else ()

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
        synonyms=tuple(dict.fromkeys(quoted(value) or value for _, value in many.get("synonym", ()))),
    )


def _edges(links: list[tuple[int, str, str, str]], terms: dict[str, Term], findings: list[Finding]) -> Iterator[Edge]:
    seen: set[tuple[str, str, str]] = set()
    namespace = {name: term.namespace for name, term in terms.items()}
    for number, child, relation, parent in links:
        key = (child, relation, parent)
        if parent not in namespace:
            text = f"{child} {relation} {parent or '(nothing)'}, which is not a term of this file"
            findings.append(finding(number, "refused", "dangling", text))
        elif key in seen:
            findings.append(finding(number, "merged", "duplicate", f"{child} {relation} {parent} again"))
        else:
            seen.add(key)
            yield Edge(child, relation, parent, namespace[child] != namespace[parent])


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
    obsolete = {name for name, term in terms.items() if term.obsolete}
    for child, relation, parent, _ in edges:
        if relation not in _UPWARD:
            continue
        if child in obsolete:
            yield finding(terms[child].line, "flagged", "obsolete", f"the obsolete {child} has the parent {parent}")
        elif parent in obsolete:
            yield finding(terms[child].line, "flagged", "obsolete", f"{child} stands under the obsolete {parent}")


def _cycles(terms: dict[str, Term], edges: tuple[Edge, ...]) -> Iterator[Finding]:
    """A finding for each set of live terms that stand below each other; a term can be its own parent."""
    obsolete = {name for name, term in terms.items() if term.obsolete}
    live = [
        edge
        for edge in edges
        if edge.relation in _UPWARD and edge.child not in obsolete and edge.parent not in obsolete
    ]
    live = _without_ends(live)
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


def _without_ends(edges: list[Edge]) -> list[Edge]:
    """The links that may be part of a cycle: terms without children are peeled off until all that is left has some."""
    parents: dict[str, list[str]] = defaultdict(list)
    children: Counter[str] = Counter()
    for edge in edges:
        parents[edge.child].append(edge.parent)
    children.update(edge.parent for edge in edges)
    ends = [term for term in parents if term not in children]
    while ends:
        for parent in parents.pop(ends.pop(), ()):
            children[parent] -= 1
            if not children[parent]:
                ends.append(parent)
    return [edge for edge in edges if edge.child in parents and edge.parent in parents]


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
