"""One row of an annotation file: 17 columns in, a record or a refusal out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date

from dcell_graph.sources.annotation_file import AnnotationRow, Refusal, listed
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
REQUIRED = ("database", "object_id", "reference")
_IDENTIFYING = ("database", "object_id", "term", "reference", "evidence", "date")

TERM_ID = re.compile(r"GO:[0-9]{7}\Z")
_EIGHT_DIGITS = re.compile(r"[0-9]{8}\Z")
_ISOFORM = re.compile(r"([A-Z0-9]+)(-[0-9]+|:PRO_[0-9]+)\Z")
# Databases whose ids repeat the database name (MGI:MGI:101757); some producers leave the inner one out.
_PREFIXED_IDS = frozenset({"MGI"})


Flag = Callable[[str, str], None]


class RowRefused(Exception):
    """Raised by the rules of single cells, caught where a whole row is read."""

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
        for name in REQUIRED:
            read_required(name, values[name])
        term = read_term(values["term"])
        negated, relation, stated = read_relation(values["qualifier"], values["aspect"], with_relations, flag)
        object_id, product_form = read_product(
            values["database"], values["object_id"], values["product_form"] or None, flag
        )
        references, paper = read_references(values["reference"])
        return AnnotationRow(
            line=line.number,
            columns=columns,
            database=values["database"],
            object_id=object_id,
            symbol=values["symbol"] or object_id,
            negated=negated,
            relation=relation,
            relation_stated=stated,
            qualifier=values["qualifier"] or None,
            term=term,
            references=references,
            paper=paper,
            evidence=read_evidence(values["evidence"], flag),
            with_from=values["with_from"] or None,
            aspect=values["aspect"] or None,
            name=values["name"] or None,
            synonyms=listed(values["synonyms"]),
            object_type=values["object_type"] or None,
            taxon=values["taxon"] or None,
            date=read_date(values["date"]),
            assigned_by=values["assigned_by"] or values["database"],
            extension=values["extension"] or None,
            product_form=product_form,
            flags=tuple(flags),
        )
    except RowRefused as refused:
        return refused.refusal


def read_required(name: str, text: str) -> None:
    """A column that must hold something besides separators.

    Raises:
        RowRefused: it does not.
    """
    if not listed(text):
        raise RowRefused("missing", f"the column {name} is empty")


def read_term(text: str) -> str:
    """A GO id.

    Raises:
        RowRefused: it is none.
    """
    if not TERM_ID.match(text):
        raise RowRefused("term", f"{text!r} is not a GO id")
    return text


def read_relation(qualifier: str, aspect: str, with_relations: bool, flag: Flag) -> tuple[bool, str, bool]:
    """Whether a row is negated, its relation, and whether the qualifier states that relation.

    Raises:
        RowRefused: the qualifier is not understood.
    """
    namespace = ASPECTS.get(aspect)
    if namespace is None:
        flag("aspect", f"the aspect {aspect!r} is not P, F or C; the ontology decides")
    negated, relation = _qualifier(qualifier, with_relations, flag)
    if relation is None:
        return negated, DEFAULT_RELATION.get(namespace or "", "related_to"), False
    if namespace is not None and namespace not in RELATIONS[relation]:
        flag("relation", f"the relation {relation} does not fit a {namespace.replace('_', ' ')}")
    return negated, relation, True


def read_product(database: str, object_id: str, product_form: str | None, flag: Flag) -> tuple[str, str | None]:
    """Id of the gene product, and the form of it (an isoform, say) that is meant."""
    canonical = isoform_of(database, object_id)
    if canonical is not None:
        flag("isoform", f"{object_id} is a form of {canonical}; an isoform belongs into column 17")
        return canonical, product_form or f"{database}:{object_id}"
    if database == "PR":
        flag("isoform", f"{database}:{object_id} is a protein form, not linked to a gene")
    if database in _PREFIXED_IDS and not object_id.startswith(f"{database}:"):
        flag("prefix", f"{object_id} was read as {database}:{object_id}")
        return f"{database}:{object_id}", product_form
    return object_id, product_form


def isoform_of(database: str, object_id: str) -> str | None:
    """The UniProt accession that this id is a form of; None if it is no isoform or cleaved product."""
    match = _ISOFORM.match(object_id) if database == "UniProtKB" else None
    return match[1] if match else None


def read_references(text: str) -> tuple[tuple[str, ...], str]:
    """All references, and the one that identifies the publication."""
    references = listed(text)
    return references, paper_of(references)


def paper_of(references: tuple[str, ...]) -> str:
    """Of one or more references the one that identifies the publication: the PubMed id if there is one."""
    for reference in references:
        if reference.startswith("PMID:"):
            return reference
    return references[0]


def read_evidence(text: str, flag: Flag) -> str:
    """An evidence code of the GO Consortium.

    Raises:
        RowRefused: it is none.
    """
    if text in EVIDENCE_CODES:
        return text
    if text.upper() in EVIDENCE_CODES:
        flag("evidence", f"the evidence code {text} was read as {text.upper()}")
        return text.upper()
    raise RowRefused("evidence", f"unknown evidence code {text!r}" if text else "the evidence code is empty")


def read_date(text: str) -> date:
    """Exactly eight ASCII digits that are a day; strptime would also accept 2018228 and full-width digits.

    Raises:
        RowRefused: it is none.
    """
    if not _EIGHT_DIGITS.match(text):
        raise RowRefused("date", f"{text!r} is not a date of the form YYYYMMDD")
    return day_of(text, text[:4], text[4:6], text[6:])


def day_of(text: str, year: str, month: str, day: str) -> date:
    """The day that these digits are.

    Raises:
        RowRefused: there is no such day.
    """
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise RowRefused("date", f"there is no day {text}") from None


def _split(line: Line, flag: Flag) -> tuple[dict[str, str], int]:
    cells = line.text.split("\t")
    columns = len(cells)
    if columns == len(COLUMNS) + 1 and not cells[-1].strip():
        flag("columns", "an extra tab at the end")
        cells = cells[:-1]
    elif not REQUIRED_COLUMNS <= columns <= len(COLUMNS):
        raise RowRefused("columns", f"{columns} columns, expected {REQUIRED_COLUMNS} to {len(COLUMNS)}")
    cells += [""] * (len(COLUMNS) - len(cells))
    return cleaned(dict(zip(COLUMNS, cells, strict=True)), line.damaged, _IDENTIFYING, flag), columns


def cleaned(values: dict[str, str], damaged: bool, identifying: Iterable[str], flag: Flag) -> dict[str, str]:
    """The cells of a row without spaces around them.

    Args:
        values: the cells by the names of their columns.
        damaged: True when the line has bytes that are not UTF-8.
        identifying: columns that are never mended.
        flag: told what is odd.

    Raises:
        RowRefused: such bytes stand in an identifying column.
    """
    trimmed = {name: cell.strip() for name, cell in values.items()}
    if trimmed != values:
        flag("spaces", "spaces around a value removed")
    if damaged:
        hit = [name for name, value in trimmed.items() if REPLACEMENT in value]
        if bad := [name for name in hit if name in identifying]:
            raise RowRefused("encoding", f"bytes that are not UTF-8 in {bad[0]}")
        flag("encoding", f"bytes that are not UTF-8 in {', '.join(hit)}")
    return trimmed


def _qualifier(text: str, with_relations: bool, flag: Flag) -> tuple[bool, str | None]:
    """NOT anywhere in the column, in any case and order, negates; nothing else is guessed."""
    words = listed(text)
    negated = any(word.upper() == NEGATION for word in words)
    relations = [word for word in words if word.upper() != NEGATION]
    unknown = [word for word in relations if word.lower() not in RELATIONS]
    if unknown or len(relations) > 1:
        raise RowRefused("qualifier", f"unknown qualifier {text!r}")
    tidy = ([NEGATION] if negated else []) + [word.lower() for word in relations]
    if "|".join(tidy) != text:
        flag("qualifier", f"the qualifier {text!r} was read as {'|'.join(tidy)!r}")
    elif with_relations and not relations:
        flag("qualifier", "the qualifier names no relation, which GAF 2.2 requires")
    return negated, relations[0].lower() if relations else None
