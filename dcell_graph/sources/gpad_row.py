"""One row of a GPAD file: 12 columns in, a record or a refusal out. The rules are those of GAF wherever both apply."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from dcell_graph.sources.annotation_file import AnnotationRow, Refusal, listed
from dcell_graph.sources.gaf_row import (
    Flag,
    RowRefused,
    cleaned,
    day_of,
    isoform_of,
    read_evidence,
    read_product,
    read_references,
    read_required,
    read_term,
)
from dcell_graph.sources.gpi import ProductNames, split_id
from dcell_graph.sources.text import Line
from dcell_graph.sources.vocabulary import ECO_CODES, EVIDENCE_CODES, NEGATION, RELATION_IDS, RELATIONS
from dcell_graph.types import Finding

_TAIL = ("term", "reference", "evidence", "with_from", "interacting_taxon", "date", "assigned_by")
_OPTIONAL = ("extension", "properties")
# Columns of 1.x, and of 2.0 where the id carries its database and the qualifier became two columns.
COLUMNS = {
    False: ("database", "object_id", "qualifier", *_TAIL, *_OPTIONAL),
    True: ("product", "negation", "relation", *_TAIL, *_OPTIONAL),
}
_IDENTIFYING = ("database", "object_id", "product", "negation", "relation", "term", "reference", "evidence", "date")
_DATES = {
    False: re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})\Z"),
    True: re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?Z?)?\Z"),
}
_GO_EVIDENCE = "go_evidence"


def parse_row(line: Line, *, joined: bool, names: Mapping[tuple[str, str], ProductNames]) -> AnnotationRow | Refusal:
    """Read one data row.

    Args:
        line: a line that is neither blank nor a comment.
        joined: True for GPAD 2.0, where database and id are one column, and dates have hyphens.
        names: of gene products, by database and id.
    """
    flags: list[Finding] = []

    def flag(reason: str, text: str) -> None:
        flags.append(Finding(line=line.number, outcome="flagged", reason=reason, text=text))

    try:
        values, columns = _split(line, joined, flag)
        for name in ("database", "object_id", "reference"):
            read_required(name, values[name])
        term = read_term(values["term"])
        negated, relation = _relation(values, flag)
        written = values["database"], values["object_id"]
        object_id, product_form = _product(*written, flag)
        product = names.get((written[0], object_id)) or names.get(written)
        references, paper = read_references(values["reference"])
        return AnnotationRow(
            line=line.number,
            columns=columns,
            database=values["database"],
            object_id=object_id,
            symbol=product.symbol if product is not None else object_id,
            negated=negated,
            relation=relation or "related_to",
            relation_stated=relation is not None,
            qualifier=values["qualifier"] or None,
            term=term,
            references=references,
            paper=paper,
            evidence=_evidence(values, flag),
            with_from=values["with_from"] or None,
            aspect=None,
            name=product.name if product is not None else None,
            synonyms=product.synonyms if product is not None else (),
            object_type=product.object_type if product is not None else None,
            taxon=product.taxon if product is not None else None,
            date=_date(values["date"], joined, flag),
            assigned_by=values["assigned_by"] or values["database"],
            extension=values["extension"] or None,
            product_form=product_form,
            flags=tuple(flags),
        )
    except RowRefused as refused:
        return refused.refusal


def _split(line: Line, joined: bool, flag: Flag) -> tuple[dict[str, str], int]:
    names = COLUMNS[joined]
    least = len(names) - len(_OPTIONAL)
    cells = line.text.split("\t")
    columns = len(cells)
    if columns == len(names) + 1 and not cells[-1].strip():
        flag("columns", "an extra tab at the end")
        cells = cells[:-1]
    elif not least <= columns <= len(names):
        raise RowRefused("columns", f"{columns} columns, expected {least} to {len(names)}")
    cells += [""] * (len(names) - len(cells))
    values = cleaned(dict(zip(names, cells, strict=True)), line.damaged, _IDENTIFYING, flag)
    if joined:
        values["database"], values["object_id"] = split_id(values["product"])
        values["qualifier"] = "|".join(filter(None, (values["negation"], values["relation"])))
    return values, columns


def _product(database: str, object_id: str, flag: Flag) -> tuple[str, str | None]:
    """Id of the gene product, and the form of it that is meant: in GPAD an isoform stands in the id column."""
    canonical = isoform_of(database, object_id)
    if canonical is not None:
        return canonical, f"{database}:{object_id}"
    return read_product(database, object_id, None, flag)


def _relation(values: dict[str, str], flag: Flag) -> tuple[bool, str | None]:
    """NOT in either column, in any case and order, negates; a relation is known by its word or by its id."""
    text = values["qualifier"]
    if any(word.upper() != NEGATION for word in listed(values.get("negation", ""))):
        raise RowRefused("qualifier", f"unknown negation {values['negation']!r}")
    words = listed(text)
    negated = any(word.upper() == NEGATION for word in words)
    stated = [word for word in words if word.upper() != NEGATION]
    relations = [RELATION_IDS.get(word.upper(), word.lower()) for word in stated]
    if len(relations) > 1 or any(relation not in RELATIONS for relation in relations):
        raise RowRefused("qualifier", f"unknown qualifier {text!r}")
    if not relations:
        flag("qualifier", "no relation is named, which GPAD requires")
        return negated, None
    # 1.x writes words, 2.0 ids; either is understood in both.
    if "negation" in values:
        as_it_should = values["negation"] == NEGATION * negated and values["relation"] in RELATION_IDS
    else:
        as_it_should = text == "|".join([NEGATION] * negated + relations)
    if not as_it_should:
        flag("qualifier", f"the qualifier {text!r} was read as {'|'.join([NEGATION] * negated + relations)!r}")
    return negated, relations[0]


def _evidence(values: dict[str, str], flag: Flag) -> str:
    """The GO code: as the properties state it, or the one that the ECO id stands for."""
    text = values["evidence"]
    for pair in listed(values["properties"]):
        key, _, value = pair.partition("=")
        if key.strip().lower() == _GO_EVIDENCE and value.strip():
            return read_evidence(value.strip(), flag)
    if text in ECO_CODES:
        return ECO_CODES[text]
    if text.upper() in ECO_CODES:
        flag("evidence", f"the evidence type {text} was read as {text.upper()}")
        return ECO_CODES[text.upper()]
    if text.upper() in EVIDENCE_CODES:
        flag("evidence", f"the GO evidence code {text} stands where an ECO id should")
        return text.upper()
    why = f"the evidence type {text!r} stands for no GO code" if text else "the evidence type is empty"
    raise RowRefused("evidence", why)


def _date(text: str, hyphens: bool, flag: Flag) -> date:
    if match := _DATES[hyphens].match(text):
        return day_of(text, *match.groups())
    if match := _DATES[not hyphens].match(text):
        flag("date", f"the date {text} has the form of another version of the format")
        return day_of(text, *match.groups())
    form = "YYYY-MM-DD" if hyphens else "YYYYMMDD"
    raise RowRefused("date", f"{text!r} is not a date of the form {form}")
