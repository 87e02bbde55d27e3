"""GO releases in OBO 1.2 and 1.4. obonet splits the clauses of a line; this module keeps line numbers and judges them.

A malformed line that carries no structure costs nothing but a finding; what cannot be an ontology is refused whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from obonet.read import parse_tag_line

from dcell_graph.errors import FileRefused
from dcell_graph.sources.text import read_lines, refuse_if_markup, stamp
from dcell_graph.sources.vocabulary import GENERATED_MARK
from dcell_graph.types import FileStamp, Finding

# Clauses of a [Term] that are stored; the value says whether one line is allowed or many.
_SINGLE = frozenset({"id", "name", "namespace", "def", "comment", "is_obsolete"})
_MANY = frozenset({"alt_id", "is_a", "relationship", "replaced_by", "consider", "synonym"})

_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ESCAPE = re.compile(r"\\(.)")
_ESCAPED = {"n": "\n", "t": "\t", "W": " "}
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_OBO_DATE = re.compile(r"(\d{2}):(\d{2}):(\d{4})")


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


@dataclass(slots=True)
class _Stanza:
    line: int
    single: dict[str, str] = field(default_factory=dict)
    many: dict[str, list[tuple[int, str]]] = field(default_factory=dict)


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
    stanzas: list[_Stanza] = []
    for stanza in _stanzas(path, header, findings):
        stanzas.append(stanza)
    default_namespace = header.get("default-namespace", [None])[0]
    terms: dict[str, Term] = {}
    links: list[tuple[int, str, str, str]] = []
    declared: set[str] = set()
    for stanza in stanzas:
        term = _term(stanza, default_namespace, findings)
        if term is None:
            continue
        if term.id in terms:
            findings.append(_finding(stanza.line, "refused", "repeated", f"a second stanza for {term.id}"))
            continue
        terms[term.id] = term
        for number, parent in stanza.many.get("is_a", []):
            declared.add(term.id)
            links.append((number, term.id, "is_a", parent))
        for number, value in stanza.many.get("relationship", []):
            relation, _, parent = value.partition(" ")
            if relation == "part_of":
                declared.add(term.id)
            links.append((number, term.id, relation, parent))
    if not terms:
        raise FileRefused("no [Term] stanza was found", path=path, expected="an ontology in OBO format")
    edges = tuple(_edges(links, terms, findings))
    findings += _content_findings(terms, edges)
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


def _stanzas(path: Path, header: dict[str, list[str]], findings: list[Finding]) -> Iterator[_Stanza]:
    """Yield the [Term] stanzas; fill in the header on the way."""
    current: _Stanza | None = None
    kind = "header"
    for line in read_lines(path):
        if line.number == 1:
            refuse_if_markup(path, line.text, "an ontology in OBO format")
        text = line.text.strip()
        if line.damaged:
            findings.append(_finding(line.number, "flagged", "encoding", "bytes that are not UTF-8"))
        if text.startswith("["):
            if current is not None:
                yield current
            kind = text
            current = _Stanza(line.number) if text.startswith("[Term]") else None
        elif not text or text.startswith("!"):
            continue
        elif current is not None:
            _read_clause(current, line.number, text, findings)
        elif kind == "header":
            tag, separator, value = text.partition(":")
            if not separator and not header:
                raise FileRefused(
                    "this is not an OBO file",
                    path=path,
                    line=line.number,
                    expected="a header line such as format-version: 1.2",
                    found=repr(text[:40]),
                )
            header.setdefault(tag.strip(), []).append(value.strip())
    if current is not None:
        yield current


def _read_clause(stanza: _Stanza, number: int, text: str, findings: list[Finding]) -> None:
    tag = text.partition(":")[0]
    if tag not in _SINGLE and tag not in _MANY:
        if ":" not in text:
            findings.append(_finding(number, "flagged", "syntax", f"not a clause: {text[:60]!r}"))
        return
    value = _value(text)
    if not value:
        findings.append(_finding(number, "refused", "structure", f"an empty {tag}"))
    elif tag in _MANY:
        stanza.many.setdefault(tag, []).append((number, _bare(tag, value)))
    elif tag in stanza.single:
        findings.append(_finding(number, "refused", "repeated", f"a second {tag} in one stanza"))
    else:
        stanza.single[tag] = value


def _value(text: str) -> str:
    """What stands after the tag, without trailing modifier and hidden comment.

    obonet is asked only where there may be one, since most lines of a release are plain.
    """
    if " !" not in text and "{" not in text:
        return text.partition(":")[2].strip()
    try:
        value = parse_tag_line(text).value or ""
    except ValueError:
        return ""
    return "" if value.startswith("!") else value


def _bare(tag: str, value: str) -> str:
    """The ids of a clause without the trailing modifier, which obonet leaves on when it holds a brace in quotes."""
    if tag == "synonym":
        return value
    words = value.split()
    return " ".join(words[: 2 if tag == "relationship" else 1])


def _term(stanza: _Stanza, default_namespace: str | None, findings: list[Finding]) -> Term | None:
    single = stanza.single
    if "id" not in single:
        findings.append(_finding(stanza.line, "refused", "structure", "a [Term] stanza without id"))
        return None

    def ids(tag: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(value for _, value in stanza.many.get(tag, [])))

    return Term(
        id=single["id"].split()[0],
        line=stanza.line,
        name=_unescape(single["name"]) if "name" in single else None,
        namespace=single.get("namespace", default_namespace),
        definition=_quoted(single["def"]) if "def" in single else None,
        comment=_unescape(single["comment"]) if "comment" in single else None,
        obsolete=single.get("is_obsolete") == "true",
        alt_ids=ids("alt_id"),
        replaced_by=ids("replaced_by"),
        consider=ids("consider"),
        synonyms=tuple(dict.fromkeys(_quoted(value) or value for _, value in stanza.many.get("synonym", []))),
    )


def _edges(links: list[tuple[int, str, str, str]], terms: dict[str, Term], findings: list[Finding]) -> Iterator[Edge]:
    seen: set[tuple[str, str, str]] = set()
    for number, child, relation, parent in links:
        if parent not in terms:
            text = f"{child} {relation} {parent or '(nothing)'}, which is not a term of this file"
            findings.append(_finding(number, "refused", "dangling", text))
        elif (child, relation, parent) in seen:
            findings.append(_finding(number, "merged", "duplicate", f"{child} {relation} {parent} again"))
        else:
            seen.add((child, relation, parent))
            crosses = terms[child].namespace != terms[parent].namespace
            yield Edge(child=child, relation=relation, parent=parent, crosses=crosses)


def _content_findings(terms: dict[str, Term], edges: tuple[Edge, ...]) -> Iterator[Finding]:
    for term in terms.values():
        if term.name is None and not term.obsolete:
            yield _finding(term.line, "flagged", "no name", f"{term.id} has no name")
        if term.namespace is None:
            yield _finding(term.line, "flagged", "no namespace", f"{term.id} has no namespace, nor has the header")
        for other in term.alt_ids:
            if other in terms:
                state = "obsolete" if terms[other].obsolete else "live"
                yield _finding(term.line, "flagged", "alt_id", f"{other} is an alt_id of {term.id} and a {state} term")
    for edge in edges:
        if edge.relation not in ("is_a", "part_of"):
            continue
        child, parent = terms[edge.child], terms[edge.parent]
        if child.obsolete:
            yield _finding(child.line, "flagged", "obsolete", f"the obsolete {child.id} has the parent {parent.id}")
        elif parent.obsolete:
            yield _finding(child.line, "flagged", "obsolete", f"{child.id} stands under the obsolete {parent.id}")


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
    if given is not None and given not in (found, str(day)):
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


def _quoted(value: str) -> str | None:
    match = _QUOTED.search(value)
    return _unescape(match[1]) if match else None


def _unescape(text: str) -> str:
    return _ESCAPE.sub(lambda match: _ESCAPED.get(match[1], match[1]), text)


def _finding(line: int, outcome: str, reason: str, text: str) -> Finding:
    return Finding(line=line, outcome=outcome, reason=reason, text=text)
