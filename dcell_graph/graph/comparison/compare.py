"""Compares two annotation files pair by pair: what is in only one of them and why, and in what shared pairs differ."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

import numpy as np
import pandas as pd

from dcell_graph.errors import InputError
from dcell_graph.graph.comparison import axes
from dcell_graph.graph.comparison.closure import read_links
from dcell_graph.graph.comparison.explain import explanations
from dcell_graph.graph.comparison.filters import Filters, Sieve, genes_wanted, sieve, spread
from dcell_graph.graph.comparison.known_on import SourceFile, find_sources, loaded_sources
from dcell_graph.graph.comparison.pair_table import BOTH, DIFFERENCES, ONLY_A, ONLY_B, Objects, Pairs, objects, pair_up
from dcell_graph.graph.comparison.statements import Ints, Statements, read_statements
from dcell_graph.graph.comparison.tables import table as table_of
from dcell_graph.graph.comparison.waterfall import refusals, steps
from dcell_graph.graph.runner import Runner
from dcell_graph.sources.memo import collector_paused
from dcell_graph.sources.vocabulary import NO_DATA

SIDES = (ONLY_A, ONLY_B, BOTH)
_VALUE_COLUMNS = tuple(
    f"{fact}_{letter}" for fact in ("evidence", "dates", "relations", "references") for letter in "ab"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareConfig:
    """What to compare.

    Args:
        a, b: names of two loaded annotation files.
        release: ontology release that both are looked at through.
        genome: genome that gene products are resolved against.
        filters: which annotations take part; default: without NOT and ND.
        hierarchy: also look for a more specific or more general term of the other source (reads the links of the
            release, which takes about half a second longer).
        stale_months: warn when one file is older than the other by more than this.
    """

    a: str
    b: str
    release: str
    genome: str
    filters: Filters = field(default_factory=Filters)
    hierarchy: bool = False
    stale_months: int = axes.STALE_MONTHS


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two sources, pair by pair.

    Args:
        config: what was asked.
        a, b: the files.
        totals: ``only_a``, ``only_b``, ``both``, ``same``, and of the pairs in both how many differ: ``evidence``,
            ``date`` (the latest), ``relation``, ``reference``, ``evidence_or_date``.
        pairs: ``gene``, ``symbol``, ``term``, ``name``, ``namespace``, ``not``, ``side``, ``differs``,
            ``explanation`` (of pairs in one source only), and the values behind the pair on both sides as sorted
            tuples: ``evidence_a``, ``evidence_b``, ``dates_a`` ... ``relations_a`` ... ``references_a`` ...
        by_evidence: ``evidence``, kept annotations of each source, and pairs with that code: in one source only, or
            in both with the code on side A or B.
        by_namespace: pairs by side, and how many of the shared ones differ.
        by_year: pairs by side and year of their latest date; shared pairs by the date of either side.
        by_difference: of the shared pairs, how many differ in exactly these facts.
        by_explanation: ``side``, ``explanation``, ``pairs``.
        contradictions: pairs that one source (or the same) states both with and without NOT.
        terms: used ids that are not simply live in the release: ``source``, ``stated``, ``status``, ``term`` that took
            it over, ``replaced_by``, ``consider``, ``annotations``. Merged ids are compared as the term that took them
            over; obsolete and unknown ones are not compared.
        products: gene products without a gene: ``source``, ``product``, ``symbol``, ``problem``, ``candidates``,
            ``annotations``. They are not compared.
        steps: from rows to pairs (``Waterfall.steps``) of both sources.
        stale: the warning that one file is much older, if it is.
        notes: time axis used, and warnings.
    """

    config: CompareConfig
    a: SourceFile
    b: SourceFile
    totals: dict[str, int]
    pairs: pd.DataFrame
    by_evidence: pd.DataFrame
    by_namespace: pd.DataFrame
    by_year: pd.DataFrame
    by_difference: pd.DataFrame
    by_explanation: pd.DataFrame
    contradictions: pd.DataFrame
    terms: pd.DataFrame
    products: pd.DataFrame
    steps: pd.DataFrame
    stale: str | None
    notes: tuple[str, ...]


@collector_paused()
def compare(runner: Runner, config: CompareConfig) -> Comparison:
    """Compare two loaded annotation files.

    Args:
        runner: of the database.
        config: what to compare.

    Raises:
        NotFound: a file, or the gene list of the filters, is not loaded.
        InputError: both files are the same.
    """
    if config.a == config.b:
        raise InputError("a file was to be compared with itself", found=config.a, hint="name two files")
    files = find_sources(runner, (config.a, config.b))
    statements = read_statements(runner, files, release=config.release, genome=config.genome, detail="pairs")
    judged = sieve(statements, config.filters, genes_wanted(runner, config.filters, config.genome))
    everything = spread(statements, judged, statements.records)
    kept = everything[judged.alive[everything.index.to_numpy()]]
    pairs = pair_up(statements, kept)
    links = read_links(runner, config.release) if config.hierarchy else None
    table = _pair_frame(statements, pairs, explanations(statements, judged, everything, pairs, links))
    stale = axes.stale(files[0], files[1], config.stale_months)
    refused = {file.name: refusals(runner, file) for file in files}
    return Comparison(
        config=config,
        a=files[0],
        b=files[1],
        totals=_totals(pairs),
        pairs=table,
        by_evidence=_by_evidence(statements, judged, pairs),
        by_namespace=_by_namespace(statements, pairs),
        by_year=_by_year(pairs),
        by_difference=_by_difference(pairs),
        by_explanation=_by_explanation(table),
        contradictions=_contradictions(statements, everything),
        terms=_terms(statements),
        products=_products(statements),
        steps=steps(statements, judged, refused),
        stale=stale,
        notes=axes.notes(files, config.filters, loaded_sources(runner)) + (() if stale is None else (stale,)),
    )


def _pair_frame(statements: Statements, pairs: Pairs, words: Objects) -> pd.DataFrame:
    columns: dict[str, Any] = {
        "gene": statements.genes["gene"].to_numpy()[pairs.gene],
        "symbol": statements.genes["symbol"].to_numpy()[pairs.gene],
        "term": statements.terms["term"].to_numpy()[pairs.term],
        "name": statements.terms["name"].to_numpy()[pairs.term],
        "namespace": statements.terms["namespace"].to_numpy()[pairs.term],
        "not": pairs.negated,
        "side": pairs.side,
        "differs": pairs.words,
        "explanation": words,
        **{name: pairs.values[name].listed for name in _VALUE_COLUMNS},
    }
    return pd.DataFrame({name: pd.Series(values, dtype=values.dtype) for name, values in columns.items()})


def _totals(pairs: Pairs) -> dict[str, int]:
    both = pairs.in_a & pairs.in_b
    differs = np.any([pairs.differs[fact] for fact in DIFFERENCES], axis=0)
    counts = {
        ONLY_A: pairs.in_a & ~pairs.in_b,
        ONLY_B: pairs.in_b & ~pairs.in_a,
        BOTH: both,
        "same": both & ~differs,
        **pairs.differs,
        "evidence_or_date": pairs.differs["evidence"] | pairs.differs["date"],
    }
    return {name: int(flags.sum()) for name, flags in counts.items()}


def _by_evidence(statements: Statements, judged: Sieve, pairs: Pairs) -> pd.DataFrame:
    first = statements.annotations()
    kept = judged.fate == len(judged.reasons) - 1
    codes, source = first["evidence"].cat.codes.to_numpy(), first["source"].to_numpy()
    names = first["evidence"].cat.categories.tolist()

    def counts(numbers: Ints) -> Ints:
        return np.bincount(numbers, minlength=len(names))

    both = pairs.in_a & pairs.in_b
    a, b = pairs.values["evidence_a"], pairs.values["evidence_b"]
    table = pd.DataFrame(
        {
            "evidence": pd.Series(names, dtype=object),
            "annotations_a": counts(codes[kept & (source == 0)]),
            "annotations_b": counts(codes[kept & (source == 1)]),
            ONLY_A: counts(a.code[~both[a.pair]]),
            ONLY_B: counts(b.code[~both[b.pair]]),
            "both_a": counts(a.code[both[a.pair]]),
            "both_b": counts(b.code[both[b.pair]]),
        }
    )
    return table[(table["annotations_a"] + table["annotations_b"]).to_numpy() > 0].reset_index(drop=True)


def _by_namespace(statements: Statements, pairs: Pairs) -> pd.DataFrame:
    codes, names = pd.factorize(statements.terms["namespace"], sort=True)
    mine = codes[pairs.term]
    flags = {
        ONLY_A: pairs.in_a & ~pairs.in_b,
        ONLY_B: pairs.in_b & ~pairs.in_a,
        BOTH: pairs.in_a & pairs.in_b,
        **{f"{fact}_differs": pairs.differs[fact] for fact in DIFFERENCES},
    }
    table = pd.DataFrame({name: np.bincount(mine[chosen], minlength=len(names)) for name, chosen in flags.items()})
    table.insert(0, "namespace", pd.Series(list(names), dtype=object))
    return table[table[list(SIDES)].sum(axis=1) > 0].reset_index(drop=True)


def _by_year(pairs: Pairs) -> pd.DataFrame:
    both = pairs.in_a & pairs.in_b
    counts: dict[str, Counter[int]] = {}
    for letter, only in (("a", ONLY_A), ("b", ONLY_B)):
        dates = pairs.values[f"dates_{letter}"]
        # Sorted by pair and date: the last entry of a pair is its latest date.
        last = np.flatnonzero(np.diff(dates.pair, append=-1))
        years = objects([int(day[:4]) for day in dates.names])[dates.code[last]]
        shared = both[dates.pair[last]]
        counts[only], counts[f"both_{letter}"] = Counter(years[~shared]), Counter(years[shared])
    columns = (ONLY_A, ONLY_B, "both_a", "both_b")
    seen = sorted(set().union(*counts.values()))
    rows = [[year, *(counts[column][year] for column in columns)] for year in seen]
    return table_of(rows, ["year", *columns])


def _by_difference(pairs: Pairs) -> pd.DataFrame:
    counts = Counter(pairs.words[pairs.in_a & pairs.in_b].tolist())
    ordered = sorted(((" + ".join(words) or "nothing", n) for words, n in counts.items()), key=_largest_first)
    return table_of(ordered, ["differs", "pairs"])


def _largest_first(item: tuple[str, int]) -> tuple[int, str]:
    return -item[1], item[0]


def _by_explanation(table: pd.DataFrame) -> pd.DataFrame:
    one_sided = zip(table["side"].tolist(), table["explanation"].tolist(), strict=True)
    counts = Counter((side, words) for side, words in one_sided if words is not None)
    ordered = sorted(counts.items(), key=lambda item: (item[0][0], -item[1], item[0][1]))
    return table_of([(*key, number) for key, number in ordered], ["side", "explanation", "pairs"])


def _contradictions(statements: Statements, everything: pd.DataFrame) -> pd.DataFrame:
    """ND says nothing, so it contradicts nothing."""
    telling = everything[(everything["evidence"] != NO_DATA).to_numpy()]
    width = max(1, len(statements.terms))
    key = telling["gene"].to_numpy() * width + telling["term"].to_numpy()
    negated = telling["negated"].to_numpy()
    both = np.intersect1d(key[negated], key[~negated])
    names = np.array([file.name for file in statements.sources], dtype=object)
    source, rows = telling["source"].to_numpy(), []
    for one in both.tolist():
        mine = key == one
        sides = [sorted(set(names[source[mine & side]].tolist())) for side in (~negated, negated)]
        gene, term = statements.genes.iloc[one // width], statements.terms.iloc[one % width]
        rows.append([gene["gene"], gene["symbol"], term["term"], term["name"], *sides])
    return table_of(rows, ["gene", "symbol", "term", "name", "positive_in", "not_in"])


def _terms(statements: Statements) -> pd.DataFrame:
    first = statements.annotations()
    odd = statements.stated["status"].to_numpy() != "same"
    mine = first[odd[first["stated"].to_numpy()]]
    counts = Counter(zip(mine["source"].tolist(), mine["stated"].tolist(), strict=True))
    rows: list[list[Any]] = []
    for (source, place), number in counts.items():
        stated = statements.stated.iloc[place]
        _, live = statements.stated_terms.spread(np.array([place]))
        rows.append(
            [
                statements.sources[source].name,
                stated["stated"],
                stated["status"],
                statements.terms["term"].take(live).tolist(),
                stated["replaced_by"],
                stated["consider"],
                number,
            ]
        )
    columns = ["source", "stated", "status", "term", "replaced_by", "consider", "annotations"]
    return table_of(sorted(rows, key=itemgetter(0, 2, 1)), columns)


def _products(statements: Statements) -> pd.DataFrame:
    used = np.bincount(statements.annotations()["product"].to_numpy(), minlength=len(statements.products))
    table = statements.products.assign(annotations=used)
    table = table[table["problem"].notna()]
    names = [statements.sources[place].name for place in table["source"].tolist()]
    table = table.assign(source=pd.Series(names, index=table.index, dtype=object))
    return table.sort_values(["source", "problem", "product"]).reset_index(drop=True)
