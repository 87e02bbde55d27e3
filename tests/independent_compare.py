"""A second opinion on pairs, comparisons and waterfalls: row by row from the files, with plain sets and counters.

It knows rows, not annotations, so it counts a repeated row twice; tests say where that makes a difference.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from tests.independent_sources import Genome, Ontology, genes_of, lines_of, read_ontology, read_rows


@dataclass
class Support:
    """What one file says about a pair."""

    evidence: set[str] = field(default_factory=set)
    days: set[date] = field(default_factory=set)


@dataclass
class Rows:
    """The rows of a file by their first reason to be left out, and the pairs of the others."""

    reasons: Counter[str] = field(default_factory=Counter)
    pairs: dict[tuple[str, str], Support] = field(default_factory=dict)


def follow(
    path: Path,
    ontology: Ontology,
    obsolete: set[str],
    genome: Genome | None,
    *,
    exclude: tuple[str, ...] = (),
    with_no_data: bool = False,
    until: date | None = None,
) -> Rows:
    """Judge every usable row, in the order NOT, ND, evidence, date, gene, unknown term, obsolete term."""
    found = Rows()
    for row in read_rows(path):
        genes, term = genes_of(row, genome), ontology.find(row.term)
        if row.negated:
            found.reasons["NOT"] += 1
        elif row.evidence == "ND" and not with_no_data:
            found.reasons["ND"] += 1
        elif row.evidence in exclude:
            found.reasons["evidence"] += 1
        elif until is not None and row.day > until:
            found.reasons["date"] += 1
        elif not genes:
            found.reasons["gene"] += 1
        elif term is None:
            found.reasons["obsolete" if row.term in obsolete else "unknown"] += 1
        else:
            found.reasons["kept"] += 1
            for gene in genes:
                support = found.pairs.setdefault((gene, term), Support())
                support.evidence.add(row.evidence)
                support.days.add(row.day)
    return found


def ontology_with_obsolete(path: Path) -> tuple[Ontology, set[str]]:
    """The live terms, and the ids of the obsolete ones."""
    obsolete, term = set(), ""
    for line in lines_of(path):
        if line.startswith("id: GO:"):
            term = line.split()[1]
        elif line.startswith("is_obsolete: true"):
            obsolete.add(term)
    return read_ontology(path), obsolete


def totals(a: Rows, b: Rows) -> dict[str, int]:
    """The numbers of a comparison of two files."""
    both = a.pairs.keys() & b.pairs.keys()
    evidence = {pair for pair in both if a.pairs[pair].evidence != b.pairs[pair].evidence}
    dated = {pair for pair in both if max(a.pairs[pair].days) != max(b.pairs[pair].days)}
    return {
        "only_a": len(a.pairs.keys() - both),
        "only_b": len(b.pairs.keys() - both),
        "both": len(both),
        "evidence": len(evidence),
        "date": len(dated),
        "evidence_or_date": len(evidence | dated),
    }
