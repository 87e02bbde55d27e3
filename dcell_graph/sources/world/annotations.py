"""What the two annotation files of a generated world say, and where they disagree: drawn first, counted, then written.

Both files start from the same (gene, term) pairs. Each pair has one standing, which says how the files differ about it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from dcell_graph.sources.world.config import CUTOFF, WorldConfig
from dcell_graph.sources.world.ontology import ROOTS, GeneratedOntology
from dcell_graph.sources.world.planted import Plan

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

EVIDENCE = ("IDA", "IMP", "IEA", "IBA", "IGI", "IPI", "ISS", "HDA", "TAS")
_EVIDENCE_SHARES = (0.24, 0.2, 0.22, 0.12, 0.08, 0.05, 0.04, 0.03, 0.02)
IMP, IEA, IGI = EVIDENCE.index("IMP"), EVIDENCE.index("IEA"), EVIDENCE.index("IGI")

FIRST_DAY, LAST_DAY = date(2001, 1, 15), date(2019, 6, 30)
SGD_DAY, GOA_DAY = date(2019, 12, 28), date(2019, 12, 31)
"""When the two files say they were made; GOA dates all its electronic annotations to that day."""

_PLANTED_DAY = date(2005, 5, 5)
_LATE_SHARE = 0.25
_MOST_PAIRS = 12


class Standing(IntEnum):
    """How the two files differ about a pair."""

    SAME = 0
    EVIDENCE_DIFFERS = 1
    DATE_DIFFERS = 2
    ONLY_SGD = 3
    ONLY_GOA = 4
    SGD_SAYS_NOT = 5
    GOA_SAYS_NOT = 6
    BOTH_SAY_NOT = 7


_STANDING_SHARES = {
    Standing.EVIDENCE_DIFFERS: 0.12,
    Standing.DATE_DIFFERS: 0.1,
    Standing.ONLY_SGD: 0.09,
    Standing.ONLY_GOA: 0.12,
    Standing.SGD_SAYS_NOT: 0.005,
    Standing.GOA_SAYS_NOT: 0.005,
    Standing.BOTH_SAY_NOT: 0.01,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FileView:
    """One file's view of the pairs, one entry a pair.

    Args:
        listed: the file has the pair.
        negated: and says NOT.
        evidence: position in ``EVIDENCE``.
        day: as a proleptic ordinal.
        by_alt_id: the file names the term by its alternative id.
    """

    listed: Flags
    negated: Flags
    evidence: Ints
    day: Ints
    by_alt_id: Flags

    @property
    def positive(self) -> Flags:
        """The file has the pair and does not negate it."""
        return self.listed & ~self.negated


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotationPlan:
    """Everything about the annotations of a world.

    Args:
        gene, term, standing: of each pair; no pair twice.
        sgd, goa: what the files say about it.
        second: the pair has a second record in both files, with other evidence.
        second_evidence, second_day: of that record; of no meaning without ``second``.
        unknown_genes: genes that only have ND records, on the three roots.
        sgd_obsolete, goa_obsolete: (gene, position of an obsolete term) of records that name an obsolete id.
        sgd_repeated: pairs whose first record stands twice in the SGD file.
    """

    gene: Ints
    term: Ints
    standing: Ints
    sgd: FileView
    goa: FileView
    second: Flags
    second_evidence: Ints
    second_day: Ints
    unknown_genes: Ints
    sgd_obsolete: list[tuple[int, int]]
    goa_obsolete: list[tuple[int, int]]
    sgd_repeated: Ints


def plan_annotations(config: WorldConfig, ontology: GeneratedOntology, plan: Plan) -> AnnotationPlan:
    """Draw the annotations of a world."""
    random = config.random("annotations")
    planted_genes = np.array(sorted({gene for term in plan.terms for gene in term.genes}))
    others = np.setdiff1d(np.arange(config.n_genes), planted_genes)
    unknown = np.sort(random.choice(others, size=max(2, config.n_genes // 10), replace=False))
    gene, term, n_planted = _pairs(random, config, ontology, plan, unknown)
    n = len(gene)
    planted = np.arange(n) >= n - n_planted
    standing = _standings(random, n, n_planted)
    evidence = np.where(planted, IMP, random.choice(len(EVIDENCE), size=n, p=_EVIDENCE_SHARES))
    evidence[(standing == Standing.DATE_DIFFERS) & (evidence == IEA)] = 0
    day = np.where(planted, _PLANTED_DAY.toordinal(), _days(random, n))
    sgd_listed, goa_listed = standing != Standing.ONLY_GOA, standing != Standing.ONLY_SGD
    second = _some(random, (standing == Standing.SAME) & ~planted, 0.1)
    return AnnotationPlan(
        gene=gene,
        term=term,
        standing=standing,
        sgd=FileView(
            listed=sgd_listed,
            negated=np.isin(standing, (Standing.SGD_SAYS_NOT, Standing.BOTH_SAY_NOT)),
            evidence=evidence,
            day=day,
            by_alt_id=np.zeros(n, dtype=np.bool_),
        ),
        goa=_goa_view(random, ontology, term, standing, evidence, day, goa_listed),
        second=second,
        second_evidence=_other_evidence(random, evidence),
        second_day=_days(random, n),
        unknown_genes=unknown,
        sgd_obsolete=_on_obsolete(random, ontology, np.setdiff1d(others, unknown), max(3, n // 100)),
        goa_obsolete=_on_obsolete(random, ontology, np.setdiff1d(others, unknown), max(3, n // 150)),
        sgd_repeated=np.flatnonzero(_some(random, sgd_listed & ~planted, 0.01)),
    )


def _pairs(
    random: np.random.Generator, config: WorldConfig, ontology: GeneratedOntology, plan: Plan, unknown: Ints
) -> tuple[Ints, Ints, int]:
    """(gene, term) pairs without repeats; the planted ones stand last, and their number is the third value.

    Some terms are used often and most rarely, as in real files, and about as many terms as genes are used at all.
    """
    closed = sorted({term for planted in plan.terms for term in planted.subtree})
    open_terms = np.setdiff1d(np.arange(len(ROOTS), len(ontology.ids)), closed)
    n_used = min(len(open_terms), round(0.9 * config.n_genes))
    used = random.choice(open_terms, size=n_used, replace=False)
    popularity = 1.0 / (np.arange(n_used) + 10.0) ** 0.8
    known = np.setdiff1d(np.arange(config.n_genes), unknown)
    counts = 1 + random.poisson(min(_MOST_PAIRS - 1, n_used / 12), size=len(known))
    genes = np.repeat(known, counts)
    terms = random.choice(used, size=len(genes), p=popularity / popularity.sum())
    pairs = np.unique(np.stack([genes, terms], axis=1), axis=0)
    planted = np.array(
        [pair for item in plan.terms for pair in zip(item.genes, item.places, strict=True)], dtype=np.int64
    )
    everything = np.concatenate([pairs, planted])
    return everything[:, 0], everything[:, 1], len(planted)


def _standings(random: np.random.Generator, n: int, n_planted: int) -> Ints:
    """Give each standing its share of the pairs, at least two of each; planted pairs are the same in both files."""
    standings = np.full(n, Standing.SAME, dtype=np.int64)
    order = random.permutation(n - n_planted)
    start = 0
    for standing, share in _STANDING_SHARES.items():
        count = max(2, round(share * n))
        standings[order[start : start + count]] = standing
        start += count
    return standings


def _goa_view(
    random: np.random.Generator,
    ontology: GeneratedOntology,
    term: Ints,
    standing: Ints,
    evidence: Ints,
    day: Ints,
    listed: Flags,
) -> FileView:
    goa_evidence = np.where(standing == Standing.EVIDENCE_DIFFERS, _other_evidence(random, evidence), evidence)
    # Another day: a step of 1 to 4,000 days around the circle of possible days.
    span = LAST_DAY.toordinal() - FIRST_DAY.toordinal() + 1
    moved = FIRST_DAY.toordinal() + (day - FIRST_DAY.toordinal() + random.integers(1, 4_000, len(day))) % span
    goa_day = np.where(standing == Standing.DATE_DIFFERS, moved, day)
    has_alt = np.isin(term, list(ontology.alt_ids))
    return FileView(
        listed=listed,
        negated=np.isin(standing, (Standing.GOA_SAYS_NOT, Standing.BOTH_SAY_NOT)),
        evidence=goa_evidence,
        day=np.where(goa_evidence == IEA, GOA_DAY.toordinal(), goa_day),
        by_alt_id=_some(random, listed & has_alt, 0.25),
    )


def _some(random: np.random.Generator, among: Flags, share: float) -> Flags:
    """A share of the entries, at least one where there is one."""
    places = np.flatnonzero(among)
    count = min(len(places), max(1, round(share * len(places))))
    chosen = np.zeros(len(among), dtype=np.bool_)
    chosen[random.choice(places, size=count, replace=False)] = True
    return chosen


def _other_evidence(random: np.random.Generator, evidence: Ints) -> Ints:
    """Evidence of another code that is not electronic."""
    codes = np.array([code for code in range(len(EVIDENCE)) if code != IEA])
    other: Ints = codes[random.integers(0, len(codes), len(evidence))]
    return np.where(other == evidence, np.where(evidence == IMP, 0, IMP), other)


def _days(random: np.random.Generator, n: int) -> Ints:
    """Days of assertion: a quarter of them after the cutoff."""
    late = random.random(n) < _LATE_SHARE
    early_days = random.integers(FIRST_DAY.toordinal(), CUTOFF.toordinal() + 1, n)
    late_days = random.integers(CUTOFF.toordinal() + 1, LAST_DAY.toordinal() + 1, n)
    days: Ints = np.where(late, late_days, early_days)
    return days


def _on_obsolete(
    random: np.random.Generator, ontology: GeneratedOntology, genes: Ints, count: int
) -> list[tuple[int, int]]:
    """Different (gene, obsolete term) pairs."""
    n_obsolete = len(ontology.obsolete)
    chosen = random.choice(len(genes) * n_obsolete, size=min(count, len(genes) * n_obsolete), replace=False)
    return [(int(genes[place // n_obsolete]), int(place % n_obsolete)) for place in np.sort(chosen)]
