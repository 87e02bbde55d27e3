"""Which annotations take part in a comparison or count, and why the others do not.

The tests are made in one fixed order, and an annotation is left out for the first that it fails; so the numbers of
those left out add up, and a waterfall of the same annotations always looks the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from dcell_graph.errors import InputError, NotFound
from dcell_graph.graph.comparison.statements import Flags, Ints, Several, Statements
from dcell_graph.graph.runner import Runner
from dcell_graph.sources.vocabulary import EVIDENCE_CODES, NAMESPACES, NO_DATA

KEPT = "kept"
NEGATED = "NOT"
WITHOUT_DATA = "no data (ND)"
DATED_OUT = "date"
_GENE_PROBLEMS = ("outside the genome", "ambiguous", "unknown", "not a gene")
_NEVER = 99_999_999


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What is left out.

    Args:
        negated: ``drop`` (NOT annotations are no support; counted) or ``keep`` (as pairs of their own, marked NOT).
        no_data: ``drop`` or ``keep`` annotations with the evidence code ND.
        exclude_evidence: evidence codes to leave out.
        asserted_from: first day, by the date column, inclusive.
        asserted_until: last day, by the date column, inclusive.
        namespaces: branches of the ontology to look at.
        gene_list: name of a loaded gene list; only its genes count.
        genes: only these genes count (ids of the genome), if any are given.

    Raises:
        InputError: an evidence code or namespace that does not exist, or an empty span of days.
    """

    negated: Literal["drop", "keep"] = "drop"
    no_data: Literal["drop", "keep"] = "drop"
    exclude_evidence: tuple[str, ...] = ()
    asserted_from: date | None = None
    asserted_until: date | None = None
    namespaces: tuple[str, ...] = NAMESPACES
    gene_list: str | None = None
    genes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for code in self.exclude_evidence:
            if code not in EVIDENCE_CODES:
                raise InputError(f"there is no evidence code {code}", expected=", ".join(sorted(EVIDENCE_CODES)))
        for namespace in self.namespaces:
            if namespace not in NAMESPACES:
                raise InputError(f"there is no namespace {namespace}", expected=" or ".join(NAMESPACES))
        if self.asserted_from and self.asserted_until and self.asserted_from > self.asserted_until:
            raise InputError("no day lies between the limits", found=f"{self.asserted_from} to {self.asserted_until}")

    @property
    def dated(self) -> bool:
        """Whether the date column plays a part."""
        return self.asserted_from is not None or self.asserted_until is not None

    def words(self) -> str:
        """The filters as a phrase."""
        parts = ["NOT kept apart" if self.negated == "keep" else "without NOT"]
        parts.append("with ND" if self.no_data == "keep" else "without ND")
        if self.exclude_evidence:
            parts.append("without " + ", ".join(self.exclude_evidence))
        if self.asserted_from is not None:
            parts.append(f"asserted from {self.asserted_from}")
        if self.asserted_until is not None:
            parts.append(f"asserted until {self.asserted_until}")
        if set(self.namespaces) != set(NAMESPACES):
            parts.append("only " + ", ".join(self.namespaces))
        if self.gene_list is not None:
            parts.append(f"genes of the list {self.gene_list}")
        if self.genes:
            parts.append(f"{len(self.genes)} named genes" if len(self.genes) > 1 else f"gene {self.genes[0]}")
        return ", ".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sieve:
    """The fate of each annotation.

    Args:
        reasons: the possible fates in the order of the tests, ``kept`` last.
        fate: for each annotation the position of its fate in ``reasons``.
        alive: for each record of the statements whether its annotation is kept and its day lies within the limits.
        good_genes, good_terms: for each gene and term whether it is one of those asked for.
    """

    reasons: tuple[str, ...]
    fate: Ints
    alive: Flags
    good_genes: Flags
    good_terms: Flags


def genes_wanted(runner: Runner, filters: Filters, genome: str) -> frozenset[str] | None:
    """The genes that the filters let through; None for all.

    Raises:
        NotFound: the gene list is not loaded.
        InputError: it belongs to another genome.
    """
    wanted = frozenset(filters.genes) or None
    if filters.gene_list is None:
        return wanted
    lists = {row["name"]: row["genome"] for row in runner.read("compare/known_on_genomes") if row["kind"] == "GeneList"}
    if filters.gene_list not in lists:
        raise NotFound(f"there is no gene list {filters.gene_list}", expected=" or ".join(lists) or "a loaded list")
    if lists[filters.gene_list] != genome:
        raise InputError(
            f"the gene list {filters.gene_list} belongs to another genome",
            expected=genome,
            found=lists[filters.gene_list],
        )
    listed = frozenset(row["gene"] for row in runner.read("compare/gene_list", name=filters.gene_list))
    return listed if wanted is None else listed & wanted


def sieve(statements: Statements, filters: Filters, wanted: frozenset[str] | None) -> Sieve:
    """Judge every annotation.

    Args:
        statements: to judge.
        filters: what to leave out.
        wanted: genes that count (``genes_wanted``).
    """
    first = statements.annotations()
    within = _within(statements.records["day"].to_numpy(), filters)
    numbers = statements.records["annotation"].to_numpy()
    dated = np.zeros(len(first), np.bool_)
    dated[numbers[within]] = True
    evidence = first["evidence"].astype(object).to_numpy()
    tests: list[tuple[str, npt.NDArray[np.bool_]]] = []
    if filters.negated == "drop":
        tests.append((NEGATED, first["negated"].to_numpy()))
    if filters.no_data == "drop":
        tests.append((WITHOUT_DATA, evidence == NO_DATA))
    tests += [(f"evidence {code}", evidence == code) for code in sorted(filters.exclude_evidence)]
    if filters.dated:
        tests.append((DATED_OUT, ~dated))
    tests += _gene_tests(statements, first)
    status = statements.stated["status"].to_numpy()[first["stated"].to_numpy()]
    tests += [(f"term: {word}", status == word) for word in ("unknown", "obsolete")]
    good_terms = statements.terms["namespace"].isin(filters.namespaces).to_numpy()
    if set(filters.namespaces) != set(NAMESPACES):
        tests.append(("namespace", ~_any_of(statements.stated_terms, first["stated"], good_terms)))
    else:
        good_terms = np.ones(len(statements.terms), np.bool_)
    good_genes = np.ones(len(statements.genes), np.bool_)
    if wanted is not None:
        good_genes = statements.genes["gene"].isin(wanted).to_numpy()
        tests.append(("gene list", ~_any_of(statements.product_genes, first["product"], good_genes)))
    reasons = (*(reason for reason, _ in tests), KEPT)
    fate = np.full(len(first), len(tests), np.int64)
    for place, (_, failed) in reversed(list(enumerate(tests))):
        fate[failed] = place
    return Sieve(
        reasons=reasons,
        fate=fate,
        alive=within & (fate == len(tests))[numbers],
        good_genes=good_genes,
        good_terms=good_terms,
    )


def spread(statements: Statements, judged: Sieve, records: pd.DataFrame) -> pd.DataFrame:
    """Records as statements about one gene and one live term each: their columns and ``gene``, ``term`` (positions).

    A product that stands for two genes states everything twice; one without a gene, or with a term that is not live,
    states nothing.
    """
    places, genes, terms = statements.pairs_of(records)
    good = judged.good_genes[genes] & judged.good_terms[terms]
    return records.take(places[good]).assign(gene=genes[good], term=terms[good])


def _gene_tests(statements: Statements, first: pd.DataFrame) -> list[tuple[str, Flags]]:
    problems = statements.products["problem"].to_numpy()
    known = list(_GENE_PROBLEMS)
    known += sorted({problem for problem in problems if problem is not None} - set(known))
    mine = problems[first["product"].to_numpy()]
    return [(f"gene: {problem}", mine == problem) for problem in known]


def _within(days: Ints, filters: Filters) -> Flags:
    first = _number(filters.asserted_from, 0)
    last = _number(filters.asserted_until, _NEVER)
    return np.asarray((days >= first) & (days <= last))


def _number(day: date | None, otherwise: int) -> int:
    return otherwise if day is None else day.year * 10_000 + day.month * 100 + day.day


def _any_of(several: Several, keys: pd.Series[int], good: Flags) -> Flags:
    """For each key whether one of its things is good."""
    places, values = several.spread(keys.to_numpy().astype(np.int64))
    found = np.zeros(len(keys), np.bool_)
    found[places[good[values]]] = True
    return found
