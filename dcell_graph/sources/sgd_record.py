"""One record of SGD's gene JSON: an entry of ``go_details`` in, a row or a refusal out."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from dcell_graph.sources.annotation_file import AnnotationRow, Refusal, listed
from dcell_graph.sources.gaf_row import Flag, RowRefused, day_of, read_evidence, read_required, read_term
from dcell_graph.sources.text import REPLACEMENT
from dcell_graph.sources.vocabulary import ASPECTS, DEFAULT_RELATION, NEGATION, RELATIONS
from dcell_graph.types import Finding

DATABASE = "SGD"
_SGDID = re.compile(r"S[0-9]{9}\Z")
_LINKED_SGDID = re.compile(r"/(S[0-9]{9})(?![0-9])")
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})\Z")
_BARE_DATE = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})\Z")
_NUMBER = re.compile(r"[0-9]+\Z")
_LETTERS = {namespace: letter for letter, namespace in ASPECTS.items()}
# Halves of a character can be escaped in JSON; no other program could store them.
_HALF = re.compile("[\ud800-\udfff]")
_WITH = frozenset({"with", "from", "with/from", "with_from"})


class Record:
    """The texts of one record, cleaned as they are asked for.

    Args:
        value: the record as it was decoded.
        gene: what the file says about the gene around it.
        damaged: True when its lines have bytes that are not UTF-8.
        flag: told what is odd.
    """

    def __init__(self, value: dict[str, Any], gene: dict[str, Any], damaged: bool, flag: Flag) -> None:
        self._value = value
        self._gene = gene
        self._damaged = damaged
        self._flag = flag

    def part(self, key: str) -> dict[str, Any]:
        """The object under a key; empty if it is absent.

        Raises:
            RowRefused: something else is there.
        """
        found = self._value.get(key)
        if found is None:
            return {}
        if not isinstance(found, dict):
            raise RowRefused("structure", f"{key} is no object")
        return found

    def items(self, key: str) -> list[Any]:
        """The list under a key; empty if it is absent.

        Raises:
            RowRefused: something else is there.
        """
        found = self._value.get(key)
        if found is None:
            return []
        if not isinstance(found, list):
            raise RowRefused("structure", f"{key} is no list")
        return found

    def locus(self) -> dict[str, Any]:
        """What is known about the gene: by the record, or else by the file around it."""
        around = self._gene.get("locus")
        return self.part("locus") or (around if isinstance(around, dict) else self._gene)

    def text(self, of: dict[str, Any], key: str, *, identifying: bool = False) -> str:
        """A text without spaces around it; empty if it is absent.

        Raises:
            RowRefused: something else is there, or it identifies the record and was damaged.
        """
        found = of.get(key)
        if found is None:
            return ""
        if not isinstance(found, str):
            raise RowRefused("structure", f"{key} is no text")
        if _HALF.search(found) or (self._damaged and REPLACEMENT in found):
            if identifying:
                raise RowRefused("encoding", f"characters that are none in {key}")
            self._flag("encoding", f"characters that are none in {key}")
            found = _HALF.sub(REPLACEMENT, found)
        text = found.strip()
        if text != found:
            self._flag("spaces", "spaces around a value removed")
        return text

    def own(self, key: str) -> str:
        """A text of the record itself."""
        return self.text(self._value, key, identifying=key in ("qualifier", "date_created"))

    def sgdid(self) -> str:
        """The SGD id of the gene, under a key of its own or in a link to its page.

        Raises:
            RowRefused: there is none.
        """
        for holder in (self.locus(), self._value, self._gene):
            own = self.text(holder, "sgdid", identifying=True).removeprefix(f"{DATABASE}:")
            link = _LINKED_SGDID.search(self.text(holder, "link", identifying=True))
            found = own or (link[1] if link and holder is not self._value else "")
            if _SGDID.match(found):
                return found
            if found:
                raise RowRefused("missing", f"{found!r} is no SGD id")
        raise RowRefused("missing", "no SGD id of the gene")


def parse_record(value: object, *, line: int, gene: dict[str, Any], damaged: bool) -> AnnotationRow | Refusal:
    """Read one record.

    Args:
        value: as it was decoded.
        line: its number.
        gene: the object around the list of records; empty if there is none.
        damaged: True when its lines have bytes that are not UTF-8.
    """
    flags: list[Finding] = []

    def flag(reason: str, text: str) -> None:
        flags.append(Finding(line=line, outcome="flagged", reason=reason, text=text))

    if not isinstance(value, dict):
        return Refusal("structure", "the record is no object")
    record = Record(value, gene, damaged, flag)
    try:
        locus, go = record.locus(), record.part("go")
        sgdid = record.sgdid()
        references = _references(record)
        term = read_term(record.text(go, "go_id", identifying=True))
        aspect = _aspect(record.text(go, "go_aspect"), flag)
        qualifier = record.own("qualifier")
        negated, relation = _qualifier(qualifier, flag)
        namespace = ASPECTS.get(aspect or "")
        if relation is not None and namespace is not None and namespace not in RELATIONS[relation]:
            flag("relation", f"the relation {relation} does not fit a {namespace.replace('_', ' ')}")
        with_from, extension = _properties(record, flag)
        systematic = record.text(locus, "format_name")
        return AnnotationRow(
            line=line,
            columns=len(value),
            database=DATABASE,
            object_id=sgdid,
            symbol=record.text(locus, "display_name") or systematic or sgdid,
            negated=negated,
            relation=relation or DEFAULT_RELATION.get(namespace or "", "related_to"),
            relation_stated=relation is not None,
            qualifier=qualifier or None,
            term=term,
            references=references,
            paper=references[0],
            evidence=read_evidence(record.text(record.part("experiment"), "display_name", identifying=True), flag),
            with_from=with_from,
            aspect=aspect,
            name=None,
            synonyms=(systematic,) if systematic else (),
            object_type=None,
            taxon=None,
            date=_date(record.own("date_created"), flag),
            assigned_by=record.text(record.part("source"), "display_name") or DATABASE,
            extension=extension,
            product_form=None,
            flags=tuple(flags),
        )
    except RowRefused as refused:
        return refused.refusal


def _references(record: Record) -> tuple[str, ...]:
    """The PubMed id first, because it identifies the publication; then SGD's own id of it."""
    reference = record.part("reference")
    number = reference.get("pubmed_id")
    text = str(number) if type(number) is int else record.text(reference, "pubmed_id", identifying=True)
    if text and not _NUMBER.match(text):
        raise RowRefused("reference", f"{text[:40]!r} is no PubMed id")
    link = _LINKED_SGDID.search(record.text(reference, "link", identifying=True))
    own = f"SGD_REF:{link[1]}" if link else record.text(reference, "display_name", identifying=True)
    found = ((f"PMID:{text}",) if text else ()) + ((own,) if link or not text else ())
    read_required("reference", found[0])
    return found


def _aspect(text: str, flag: Flag) -> str | None:
    letter = _LETTERS.get(text.lower().replace(" ", "_"), text if text in ASPECTS else None)
    if letter is None:
        flag("aspect", f"the aspect {text!r} is no branch of the ontology; the ontology decides")
    return letter or text or None


def _qualifier(text: str, flag: Flag) -> tuple[bool, str | None]:
    """SGD writes relations with spaces: ``involved in``, ``acts upstream of or within, positive effect``."""
    words = ["_".join(word.lower().replace(",", " ").replace("_", " ").split()) for word in listed(text)]
    negated = False
    relations: list[str] = []
    for word in words:
        first, _, rest = word.partition("_")
        if first == NEGATION.lower():
            negated = True
            word = rest
        if word:
            relations.append(word)
    if len(relations) > 1 or any(relation not in RELATIONS for relation in relations):
        raise RowRefused("qualifier", f"unknown qualifier {text!r}")
    relation = relations[0] if relations else None
    tidy = "|".join([NEGATION] * negated + relations)
    if text.replace(", ", "_").replace(" ", "_") != tidy:
        flag("qualifier", f"the qualifier {text!r} was read as {tidy!r}")
    return negated, relation


def _properties(record: Record, flag: Flag) -> tuple[str | None, str | None]:
    """With/From and the annotation extension, as GAF writes them."""
    partners: list[str] = []
    extension: list[str] = []
    for item in record.items("properties"):
        role = record.text(item, "role", identifying=True) if isinstance(item, dict) else ""
        others = [value for key, value in item.items() if key != "role"] if isinstance(item, dict) else []
        names = [name for value in others if (name := _entity(record, value))]
        if not role or len(names) != 1:
            raise RowRefused("properties", f"a property that is no role and one thing: {str(item)[:60]!r}")
        if role.lower() in _WITH:
            partners.append(names[0])
        else:
            extension.append(f"{'_'.join(role.split())}({names[0]})")
    return "|".join(partners) or None, ",".join(extension) or None


def _entity(record: Record, value: object) -> str:
    """The id of a thing that a property names; empty if it names none."""
    if isinstance(value, str):
        return record.text({"property": value}, "property", identifying=True)
    if not isinstance(value, dict):
        return ""
    link = _LINKED_SGDID.search(record.text(value, "link", identifying=True))
    if link:
        return f"{DATABASE}:{link[1]}"
    names = (record.text(value, key, identifying=True) for key in ("sgdid", "format_name", "display_name"))
    return next(filter(None, names), "")


def _date(text: str, flag: Flag) -> date:
    if match := _DATE.match(text):
        return day_of(text, *match.groups())
    if match := _BARE_DATE.match(text):
        flag("date", f"the date {text} has no hyphens")
        return day_of(text, *match.groups())
    raise RowRefused("date", f"{text!r} is not a date of the form YYYY-MM-DD")
