"""The files as the second opinion (tests/independent.py) reads them, without the package's readers."""

from __future__ import annotations

import gzip
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

TERM_TAGS = {"id", "namespace", "alt_id", "is_a", "relationship", "is_obsolete"}
EVIDENCE = re.compile(
    "EXP|IDA|IPI|IMP|IGI|IEP|HTP|HDA|HMP|HGI|HEP|IBA|IBD|IKR|IRD|ISS|ISO|ISA|ISM|IGC|RCA|TAS|NAS|IC|ND|IEA",
    re.IGNORECASE,
)
QUALIFIER = re.compile(
    "NOT|enables|contributes_to|involved_in|located_in|part_of|is_active_in|colocalizes_with|acts_upstream_of"
    "(_or_within)?(_positive_effect|_negative_effect)?",
    re.IGNORECASE,
)
# Chromosome A to P, arm, number, strand; mitochondrial genes; genes of the 2-micron plasmid.
SYSTEMATIC_NAME = re.compile(r"Y[A-P][LR]\d{3}[WC](-[A-Z])?|Q\d{4}|R\d{4}[WC]")


@dataclass
class Ontology:
    """Live terms only, but with their links as the file declares them."""

    namespace: dict[str, str] = field(default_factory=dict)
    links: set[tuple[str, str, str]] = field(default_factory=set)  # child, relation, parent
    alternatives: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    roots: set[str] = field(default_factory=set)

    def find(self, identifier: str) -> str | None:
        """The live term that an id stands for (section 1)."""
        if identifier in self.namespace:
            return identifier
        owners = self.alternatives.get(identifier, set())
        return next(iter(owners)) if len(owners) == 1 else None


@dataclass(frozen=True)
class Row:
    """One usable row of an annotation file; ``again`` says that a later row of the file states the same annotation."""

    database: str
    identifier: str
    symbol: str
    synonyms: tuple[str, ...]
    is_complex: bool
    term: str
    negated: bool
    evidence: str
    day: date
    again: bool = False


@dataclass
class Genome:
    """The ORF rows of SGD_features.tab; a gene is called by its systematic name."""

    by_sgdid: dict[str, str] = field(default_factory=dict)
    systematic: set[str] = field(default_factory=set)
    by_standard_name: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    by_alias: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


def lines_of(path: Path) -> Iterator[str]:
    """The lines of a plain or gzip text file without their ends."""
    opener = gzip.open if path.name.endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8-sig", errors="replace") as file:
        for line in file:
            yield line.rstrip("\n")


def read_ontology(path: Path) -> Ontology:
    ontology = Ontology()
    default_namespace = ""
    stanzas: list[dict[str, list[list[str]]]] = []
    section = "header"
    for line in lines_of(path):
        if line.startswith("["):
            section = line.strip()
            stanzas += [defaultdict(list)] if section == "[Term]" else []
            continue
        tag, _, value = line.partition(":")
        if section == "header" and tag == "default-namespace":
            default_namespace = value.strip()
        if section == "[Term]" and tag in TERM_TAGS:
            # What follows these marks is a remark, not part of the value.
            stanzas[-1][tag].append(re.split("[!{]", value, maxsplit=1)[0].split())
    for stanza in stanzas:
        if stanza["is_obsolete"] == [["true"]]:
            continue
        term = stanza["id"][0][0]
        ontology.namespace[term] = stanza["namespace"][0][0] if stanza["namespace"] else default_namespace
        links = {("is_a", words[0]) for words in stanza["is_a"]}
        links |= {(words[0], words[1]) for words in stanza["relationship"]}
        ontology.links |= {(term, relation, parent) for relation, parent in links}
        if not any(relation in ("is_a", "part_of") for relation, _ in links):
            ontology.roots.add(term)
        for words in stanza["alt_id"]:
            ontology.alternatives[words[0]].add(term)
    return ontology


def read_rows(path: Path) -> list[Row]:
    """The usable rows in the order of the file."""
    parsed = [(parse_row(line), stated(line)) for line in lines_of(path) if not line.startswith("!")]
    rows = [(row, annotation) for row, annotation in parsed if row is not None]
    last = {annotation: number for number, (_, annotation) in enumerate(rows)}
    return [replace(row, again=last[annotation] > number) for number, (row, annotation) in enumerate(rows)]


def stated(line: str) -> tuple[object, ...]:
    """What makes rows state the same annotation: all but names, dates, who asserts it, and further references."""
    columns = [*(column.strip() for column in line.split("\t")), "", ""]
    words = frozenset(word.strip().lower() for word in columns[3].split("|"))
    papers = [word for word in columns[5].split("|") if word.startswith("PMID:")] or columns[5:6]
    with_from, extension = (frozenset(re.split(r"([|,])", column)) for column in (columns[7], columns[15]))
    return *columns[:2], words, columns[4], papers[0], columns[6].upper(), with_from, extension, columns[16]


def parse_row(line: str) -> Row | None:
    """None for a row without 15 to 17 columns, a required value, a known word or a real day of 8 digits."""
    columns = [column.strip() for column in line.split("\t")]
    while len(columns) > 17 and not columns[-1]:
        columns.pop()
    if not 15 <= len(columns) <= 17:
        return None
    database, identifier, symbol, qualifier, term, reference, evidence = columns[:7]
    words = [word.strip() for word in qualifier.split("|") if word.strip()]
    day = real_day(columns[13])
    if not (database and identifier and symbol and reference and re.fullmatch(r"GO:[0-9]{7}", term)):
        return None
    if not EVIDENCE.fullmatch(evidence) or not all(QUALIFIER.fullmatch(word) for word in words) or day is None:
        return None
    return Row(
        database=database,
        identifier=identifier,
        symbol=symbol,
        synonyms=tuple(name for name in columns[10].split("|") if name),
        is_complex=columns[11] == "protein_complex",
        term=term,
        negated=any(word.upper() == "NOT" for word in words),
        evidence=evidence.upper(),
        day=day,
    )


def real_day(text: str) -> date | None:
    if not re.fullmatch(r"[0-9]{8}", text):
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def read_genome(path: Path) -> Genome:
    genome = Genome()
    for line in lines_of(path):
        sgdid, kind, _, systematic, standard, aliases = line.split("\t")[:6]
        if kind != "ORF":
            continue
        genome.by_sgdid[sgdid] = systematic
        genome.systematic.add(systematic)
        genome.by_standard_name[standard].add(systematic)
        for alias in aliases.split("|"):
            genome.by_alias[alias].add(systematic)
    return genome


def genes_of(row: Row, genome: Genome | None) -> set[str]:
    """The genes that a gene product stands for: mostly one, sometimes none or several (section 1)."""
    if row.is_complex:
        return set()
    if genome is None:
        return {f"{row.database}:{row.identifier}"}
    if row.database == "SGD":
        return {genome.by_sgdid[row.identifier]} if row.identifier in genome.by_sgdid else set()
    names = {row.identifier, row.symbol, *row.synonyms}
    if names & genome.systematic:
        return names & genome.systematic
    if any(SYSTEMATIC_NAME.fullmatch(name) for name in names):
        return set()  # a gene that this genome does not have; an alias of another gene would be the wrong one
    standard = genome.by_standard_name.get(row.symbol, set())
    if len(standard) == 1:
        return set(standard)
    tables = (genome.by_standard_name, genome.by_alias)
    aliased = {gene for name in names for table in tables for gene in table.get(name, set())}
    return aliased if len(aliased) == 1 else set()
