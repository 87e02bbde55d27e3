"""The difference between two term sets as tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pandas as pd

from dcell_graph.snapshot.applied.outcome import Outcome
from dcell_graph.snapshot.diff.called import called
from dcell_graph.snapshot.diff.happened import Exchange, Happening
from dcell_graph.snapshot.diff.sides import Side
from dcell_graph.snapshot.diff.state import State
from dcell_graph.snapshot.diff.walk import KINDS, NO_CHANGE, Walk
from dcell_graph.snapshot.recipe import ROOT_ID

GAINED, LOST = "gained", "lost"
ROOT_NAME = "artificial root"
COLUMNS = {
    "terms": ["change", "term", "name", "namespace", "step", "cause", "happened", "detail"],
    "links": ["change", "child", "parent", "child_name", "parent_name", "step", "cause", "happened", "detail"],
    "pairs": ["change", "term", "gene", "name", "symbol", "step", "cause", "happened"],
}
_KEYS = {"terms": ["term"], "links": ["child", "parent"], "pairs": ["term", "gene"]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One of the two sides.

    Args:
        label: what the user called it.
        made_of: recipe and inputs, in words.
        terms: names of its terms by id.
        namespaces: of its terms.
        links: child and parent.
        sizes: number of terms, links and pairs.
    """

    label: str
    made_of: str
    terms: dict[str, str]
    namespaces: dict[str, str]
    links: frozenset[tuple[str, str]]
    sizes: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Difference:
    """What B has and A has not, and the other way round.

    Args:
        a, b: the two sides.
        causes: one row for A, then one an exchange: ``step``, ``group`` and ``cause``, and for terms, links and pairs
            the number after it (``terms``), those of the difference that it changed last (``terms_gained``,
            ``terms_lost``), and those that came or went here and that a later exchange changed again
            (``terms_passing_gained``, ``terms_passing_lost``).
        happened: for each kind of thing (``of``), ``step`` and ``change``, to how many of them the same ``happened``.
        terms, links, pairs: one row a thing gained or lost, with its cause. Columns: ``COLUMNS``.
        unchanged: by kind the number of things that changed on the way and are in both sides or in neither.
        exact: False if only frozen tables were compared, so that causes cannot be told apart.
        notes: sentences about the comparison.
    """

    a: Compared
    b: Compared
    causes: pd.DataFrame
    happened: pd.DataFrame
    terms: pd.DataFrame
    links: pd.DataFrame
    pairs: pd.DataFrame
    unchanged: dict[str, int]
    exact: bool
    notes: tuple[str, ...] = ()

    def count(self, kind: str, change: str) -> int:
        """Number of things of a kind (``terms``, ``links``, ``pairs``) that were gained or lost."""
        return int((getattr(self, kind)["change"] == change).sum())


Row = dict[str, Any]


def differ(way: Walk, labels: tuple[str, str]) -> Difference:
    """The difference between the two ends of a walk.

    Args:
        way: from A to B.
        labels: what the user called the two.
    """
    a = _compared(way.states[0], way.a, labels[0])
    b = _compared(way.states[-1], way.b, labels[1])
    symbols: dict[str, str] = {}
    for state in (way.states[0], way.states[-1]):
        symbols |= zip(state.material.genes, state.material.symbols, strict=True)
    tables = {kind: named(kind, list(_rows(way, kind)), a, b, symbols) for kind in KINDS}
    return Difference(
        a=a,
        b=b,
        causes=pd.DataFrame(list(_causes(way))),
        happened=happenings(tables),
        terms=tables["terms"],
        links=tables["links"],
        pairs=tables["pairs"],
        unchanged=way.unchanged,
        exact=True,
    )


def named(kind: str, rows: Sequence[Row], a: Compared, b: Compared, symbols: Mapping[str, str]) -> pd.DataFrame:
    """Rows as a table with names; things gained come first, then by id.

    Args:
        kind: ``terms``, ``links`` or ``pairs``.
        rows: with the keys of the kind, change, step, cause, happened and detail.
        a, b: the two sides, for the names of terms.
        symbols: of the genes.
    """
    frame = pd.DataFrame(rows, columns=[*_KEYS[kind], "change", "step", "cause", "happened", "detail"])
    names = a.terms | b.terms
    if kind == "links":
        frame = frame.assign(child_name=frame["child"].map(names), parent_name=frame["parent"].map(names))
    else:
        frame = frame.assign(name=frame["term"].map(names))
    if kind == "terms":
        frame = frame.assign(namespace=frame["term"].map(a.namespaces | b.namespaces))
    if kind == "pairs":
        frame = frame.assign(symbol=frame["gene"].map(symbols))
    types = {column: "int64" if column == "step" else "str" for column in COLUMNS[kind]}
    return frame[COLUMNS[kind]].astype(types).sort_values(["change", *_KEYS[kind]], ignore_index=True)


def happenings(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """To how many things of each kind, step and change the same happened; the most frequent first."""
    counted = []
    for kind, frame in tables.items():
        # Out of an object array values come one by one in a tenth of the time.
        keys = [frame[column].to_numpy(object) for column in ("step", "cause", "change", "happened")]
        times = Counter(zip(*keys, strict=True))
        found = [(kind, *key, number) for key, number in times.items()]
        counted += sorted(found, key=lambda row: (row[1], row[3], -row[5], row[4]))
    return pd.DataFrame(counted, columns=["of", "step", "cause", "change", "happened", "count"])


def _compared(state: State, side: Side, label: str) -> Compared:
    material, terms = state.material, state.outcome.terms
    places = {term: state.place[term] for term in terms if term != ROOT_ID}
    return Compared(
        label=label,
        made_of=f"recipe {called(side.recipe, side.named or side.recipe)}, ontology {side.release}, "
        f"annotations {' + '.join(side.sources)}, genome {side.genome}",
        terms={term: material.names[places[term]] if term in places else ROOT_NAME for term in terms},
        namespaces={term: material.namespace[places[term]] if term in places else "" for term in terms},
        links=state.outcome.links,
        sizes=_sizes(state.outcome),
    )


def _rows(way: Walk, kind: str) -> Iterator[Row]:
    for number, (before, after) in enumerate(pairwise(way.states)):
        exchange = Exchange(before, after)
        cause = way.causes[kind][number]
        words = {"step": number + 1, "cause": after.step.cause if after.step else ""}
        for gained, things in ((True, cause.gained), (False, cause.lost)):
            there = after if gained else before
            for thing in things:
                happening = _asked(exchange, kind, thing, there, gained=gained)
                keys = dict(zip(_KEYS[kind], thing, strict=True))
                yield keys | words | {"change": GAINED if gained else LOST} | happening._asdict()


def _asked(exchange: Exchange, kind: str, thing: tuple[str, ...], there: State, *, gained: bool) -> Happening:
    if kind == "terms":
        return exchange.term(thing[0], gained=gained)
    if kind == "links":
        return exchange.link(thing[0], thing[1], gained=gained)
    return exchange.pair(thing[0], there.gene_place[thing[1]], gained=gained)


def _causes(way: Walk) -> Iterator[Row]:
    for number, state in enumerate(way.states):
        row: Row = {"step": number}
        row |= {"group": state.step.group, "cause": state.step.cause} if state.step else {"group": "", "cause": ""}
        for kind, size in _sizes(state.outcome).items():
            cause = way.causes[kind][number - 1] if number else NO_CHANGE
            row |= {kind: size, f"{kind}_gained": len(cause.gained), f"{kind}_lost": len(cause.lost)}
            row[f"{kind}_passing_gained"] = len(cause.passing_gained)
            row[f"{kind}_passing_lost"] = len(cause.passing_lost)
        yield row


def _sizes(outcome: Outcome) -> dict[str, int]:
    pairs = sum(genes.bit_count() for genes in outcome.genes.values())
    return {"terms": len(outcome.terms), "links": len(outcome.links), "pairs": pairs}
