"""One row of an annotation file: 17 columns in, a record or a refusal out."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from dcell_graph.sources.text import REPLACEMENT, Line
from dcell_graph.sources.vocabulary import ASPECTS, DEFAULT_RELATION, EVIDENCE_CODES, NEGATION, RELATIONS
from dcell_graph.types import Finding

COLUMNS = (
    "database",
    "object_id",
    "symbol",
    "qualifier",
    "term",
    "reference",
    "evidence",
    "with_from",
    "aspect",
    "name",
    "synonyms",
    "object_type",
    "taxon",
    "date",
    "assigned_by",
    "extension",
    "product_form",
)
REQUIRED_COLUMNS = 15
_IDENTIFYING = ("database", "object_id", "term", "reference", "evidence", "date")

TERM_ID = re.compile(r"GO:[0-9]{7}\Z")
_EIGHT_DIGITS = re.compile(r"[0-9]{8}\Z")
_ISOFORM = re.compile(r"([A-Z0-9]+)(-[0-9]+|:PRO_[0-9]+)\Z")
# Databases whose ids repeat the database name (MGI:MGI:101757); some producers leave the inner one out.
_PREFIXED_IDS = frozenset({"MGI"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotationRow:
    """A row that can be used. Absent values are None or empty tuples, never empty strings.

    Args:
        line: line number in the file.
        columns: how many columns the row has.
        relation: from the qualifier, or the one that the format implies for the aspect.
        relation_stated: False when it was implied.
        paper: the reference that identifies the publication (the PubMed id if there is one).
        flags: what is odd about the row.
    """

    line: int
    columns: int
    database: str
    object_id: str
    symbol: str
    negated: bool
    relation: str
    relation_stated: bool
    qualifier: str | None
    term: str
    references: tuple[str, ...]
    paper: str
    evidence: str
    with_from: str | None
    aspect: str | None
    name: str | None
    synonyms: tuple[str, ...]
    object_type: str | None
    taxon: str | None
    date: date
    assigned_by: str
    extension: str | None
    product_form: str | None
    flags: tuple[Finding, ...]

    @property
    def identity(self) -> tuple[object, ...]:
        """What makes this annotation the same as another one of the file."""
        return (
            self.database,
            self.object_id,
            self.term,
            self.negated,
            self.relation,
            self.evidence,
            self.paper,
            _unordered(self.with_from),
            _unordered(self.extension),
            self.product_form,
        )


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a row cannot be used."""

    reason: str
    text: str


_Flag = Callable[[str, str], None]


class _Refused(Exception):
    def __init__(self, reason: str, text: str) -> None:
        self.refusal = Refusal(reason, text)


def parse_row(line: Line, *, with_relations: bool) -> AnnotationRow | Refusal:
    """Read one data row.

    Args:
        line: a line that is neither blank nor a comment.
        with_relations: True for GAF 2.2, where the qualifier must name a relation.
    """
    flags: list[Finding] = []

    def flag(reason: str, text: str) -> None:
        flags.append(Finding(line=line.number, outcome="flagged", reason=reason, text=text))

    try:
        values, columns = _split(line, flag)
        _check_ids(values)
        aspect = values["aspect"]
        namespace = ASPECTS.get(aspect)
        if namespace is None:
            flag("aspect", f"the aspect {aspect!r} is not P, F or C; the ontology decides")
        negated, relation = _qualifier(values["qualifier"], with_relations, flag)
        if relation is not None and namespace is not None and namespace not in RELATIONS[relation]:
            flag("relation", f"the relation {relation} does not fit a {namespace.replace('_', ' ')}")
        object_id, product_form = _product(values, flag)
        references = _listed(values["reference"])
        return AnnotationRow(
            line=line.number,
            columns=columns,
            database=values["database"],
            object_id=object_id,
            symbol=values["symbol"] or object_id,
            negated=negated,
            relation=relation or DEFAULT_RELATION.get(namespace or "", "related_to"),
            relation_stated=relation is not None,
            qualifier=values["qualifier"] or None,
            term=values["term"],
            references=references,
            paper=next((part for part in references if part.startswith("PMID:")), references[0]),
            evidence=_evidence(values["evidence"], flag),
            with_from=values["with_from"] or None,
            aspect=aspect or None,
            name=values["name"] or None,
            synonyms=_listed(values["synonyms"]),
            object_type=values["object_type"] or None,
            taxon=values["taxon"] or None,
            date=_date(values["date"]),
            assigned_by=values["assigned_by"] or values["database"],
            extension=values["extension"] or None,
            product_form=product_form,
            flags=tuple(flags),
        )
    except _Refused as refused:
        return refused.refusal


def _split(line: Line, flag: _Flag) -> tuple[dict[str, str], int]:
    cells = line.text.split("\t")
    columns = len(cells)
    if columns == len(COLUMNS) + 1 and not cells[-1].strip():
        flag("columns", "an extra tab at the end")
        cells = cells[:-1]
    elif not REQUIRED_COLUMNS <= columns <= len(COLUMNS):
        raise _Refused("columns", f"{columns} columns, expected {REQUIRED_COLUMNS} to {len(COLUMNS)}")
    cells += [""] * (len(COLUMNS) - len(cells))
    trimmed = [cell.strip() for cell in cells]
    if trimmed != cells:
        flag("spaces", "spaces around a value removed")
    values = dict(zip(COLUMNS, trimmed, strict=True))
    if line.damaged:
        damaged = [name for name, value in values.items() if REPLACEMENT in value]
        if bad := [name for name in damaged if name in _IDENTIFYING]:
            raise _Refused("encoding", f"bytes that are not UTF-8 in {bad[0]}")
        flag("encoding", f"bytes that are not UTF-8 in {', '.join(damaged)}")
    return values, columns


def _check_ids(values: dict[str, str]) -> None:
    for name in ("database", "object_id", "reference"):
        if not _listed(values[name]):
            raise _Refused("missing", f"the column {name} is empty")
    if not TERM_ID.match(values["term"]):
        raise _Refused("term", f"{values['term']!r} is not a GO id")


def _qualifier(text: str, with_relations: bool, flag: _Flag) -> tuple[bool, str | None]:
    """NOT anywhere in the column, in any case and order, negates; nothing else is guessed."""
    words = _listed(text)
    negated = any(word.upper() == NEGATION for word in words)
    relations = [word for word in words if word.upper() != NEGATION]
    unknown = [word for word in relations if word.lower() not in RELATIONS]
    if unknown or len(relations) > 1:
        raise _Refused("qualifier", f"unknown qualifier {text!r}")
    tidy = ([NEGATION] if negated else []) + [word.lower() for word in relations]
    if "|".join(tidy) != text:
        flag("qualifier", f"the qualifier {text!r} was read as {'|'.join(tidy)!r}")
    elif with_relations and not relations:
        flag("qualifier", "the qualifier names no relation, which GAF 2.2 requires")
    return negated, relations[0].lower() if relations else None


def _product(values: dict[str, str], flag: _Flag) -> tuple[str, str | None]:
    database, object_id, product_form = values["database"], values["object_id"], values["product_form"] or None
    if database == "UniProtKB" and (match := _ISOFORM.match(object_id)):
        flag("isoform", f"{object_id} is a form of {match[1]}; an isoform belongs into column 17")
        return match[1], product_form or f"UniProtKB:{object_id}"
    if database == "PR":
        flag("isoform", f"{database}:{object_id} is a protein form, not linked to a gene")
    if database in _PREFIXED_IDS and not object_id.startswith(f"{database}:"):
        flag("prefix", f"{object_id} was read as {database}:{object_id}")
        return f"{database}:{object_id}", product_form
    return object_id, product_form


def _evidence(text: str, flag: _Flag) -> str:
    if text in EVIDENCE_CODES:
        return text
    if text.upper() in EVIDENCE_CODES:
        flag("evidence", f"the evidence code {text} was read as {text.upper()}")
        return text.upper()
    raise _Refused("evidence", f"unknown evidence code {text!r}" if text else "the evidence code is empty")


def _date(text: str) -> date:
    """Exactly eight ASCII digits that are a day; strptime would also accept 2018228 and full-width digits."""
    if not _EIGHT_DIGITS.match(text):
        raise _Refused("date", f"{text!r} is not a date of the form YYYYMMDD")
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        raise _Refused("date", f"there is no day {text}") from None


def _unordered(groups: str | None) -> tuple[tuple[str, ...], ...] | None:
    """Pipe-separated groups of comma-separated ids, with the order of both taken out."""
    if groups is None:
        return None
    return tuple(sorted(tuple(sorted(_listed(group, ","))) for group in _listed(groups)))


def _listed(text: str, separator: str = "|") -> tuple[str, ...]:
    """The parts of a column that holds several values, without empty ones."""
    return tuple(part for part in map(str.strip, text.split(separator)) if part)
