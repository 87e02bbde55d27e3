"""Finds for each annotation of one file its counterpart in another: the same, or one that differs in one respect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dcell_graph.graph.comparison.pair_table import Objects, gather_values, iso, objects
from dcell_graph.graph.comparison.statements import Ints, Statements
from dcell_graph.sources.annotation_file import unordered

REMOVED, ADDED = "removed", "added"
NOBODY = -1
SAME = "same"
_NEVER_IMPLIED = ("contributes_to", "colocalizes_with")
# "relation" is as stated or implied; "plain" is that of files without implied relations, else only the kinds that
# no format implies, so that a file of GAF 2.1 can be matched with one of 2.2.
_IDENTITY = ("who", "term", "negated", "plain", "evidence", "paper", "with_from", "extension", "product_form")


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One round of matching: what two annotations that are still unmatched must have in common.

    Args:
        change: what a match means.
        on: the columns that must be equal.
        implied: the side (0 or 1) of which only annotations with an implied relation take part, if any.
    """

    change: str
    on: tuple[str, ...]
    implied: int | None = None


def _but(*parts: str) -> tuple[str, ...]:
    return tuple(part for part in _IDENTITY if part not in parts)


# From the smallest change to the largest, so that a removed annotation meets the added one that is most like it.
ROUNDS = (
    Round(change=SAME, on=(*_IDENTITY, "relation")),
    Round(change=SAME, on=_IDENTITY, implied=0),
    Round(change=SAME, on=_IDENTITY, implied=1),
    Round(change="With/From changed", on=_but("with_from")),
    Round(change="extension changed", on=_but("extension", "product_form")),
    Round(change="evidence changed", on=_but("evidence", "with_from")),
    Round(change="qualifier changed", on=_but("plain", "negated")),
    Round(change="reference changed", on=_but("paper")),
)


def identify(statements: Statements, by_product: bool) -> pd.DataFrame:
    """One row an annotation with its identity as numbers: ``who`` is the product, or the gene if it is matched by that.

    A product that stands for several genes is one row a gene; one that stands for none is itself.
    """
    first = statements.annotations().reset_index(drop=True)
    table = pd.DataFrame(
        {
            "source": first["source"].to_numpy(),
            "annotation": np.arange(len(first)),
            "term": _term_numbers(statements)[first["stated"].to_numpy()],
            "negated": first["negated"].to_numpy(),
            "relation": first["relation"].cat.codes.to_numpy(),
            "plain": _plain(first),
            "implied": ~first["relation_stated"].to_numpy(),
            "evidence": first["evidence"].cat.codes.to_numpy(),
            "paper": first["paper"].cat.codes.to_numpy(),
            "with_from": _group_numbers(first["with_from"]),
            "extension": _group_numbers(first["extension"]),
            "product_form": first["product_form"].cat.codes.to_numpy(),
            "line": first["line"].to_numpy(),
            "dates": pd.factorize(dates_of(statements))[0],
        }
    )
    product = first["product"].to_numpy()
    codes = pd.factorize(statements.products["product"])[0]
    if by_product:
        return table.assign(who=codes[product])
    places, genes = statements.product_genes.spread(product)
    lonely = np.flatnonzero(statements.product_genes.sizes[product] == 0)
    mapped = table.take(places).assign(who=genes)
    return pd.concat([mapped, table.take(lonely).assign(who=-1 - codes[product[lonely]])], ignore_index=True)


def dates_of(statements: Statements) -> Objects:
    """The dates of each annotation as a sorted tuple."""
    days = pd.Categorical(statements.records["day"])
    names = objects([iso(day) for day in days.categories])
    numbers = statements.records["annotation"].to_numpy()
    return gather_values(numbers, days.codes, names, int(numbers[-1]) + 1).listed


def _term_numbers(statements: Statements) -> Ints:
    """A number for each id that is used: that of its live term, or one of its own below zero."""
    stated = np.arange(len(statements.stated))
    numbers = -1 - stated
    places, terms = statements.stated_terms.spread(stated)
    numbers[places] = terms
    return numbers


def _plain(first: pd.DataFrame) -> Ints:
    codes = first["relation"].cat.codes.to_numpy().astype(np.int64)
    if first["relation_stated"].all():
        return codes
    special = first["relation"].isin(_NEVER_IMPLIED).to_numpy() & first["relation_stated"].to_numpy()
    return np.where(special, codes, -1)


def _group_numbers(column: pd.Series[Any]) -> Ints:
    """A number for each set of ids in With/From or extension, the same in whatever order they stand."""
    numbers: dict[object, int] = {}
    of_text = [numbers.setdefault(unordered(text or None), len(numbers)) for text in column.cat.categories]
    return np.array([*of_text, 0], np.int64)[column.cat.codes.to_numpy()]


def match(table: pd.DataFrame) -> list[tuple[str, Ints, Ints]]:
    """(change, rows of A, rows of B) of each round, as positions in the table."""
    source, implied = table["source"].to_numpy(), table["implied"].to_numpy()
    free = np.ones(len(table), np.bool_)
    matched = []
    for step in ROUNDS:
        taking = free if step.implied is None else free & (implied | (source != step.implied))
        places = np.flatnonzero(taking)
        rows = table.iloc[places].sort_values(["source", "evidence", "paper", "line"], kind="stable")
        groups = rows.groupby(list(step.on), sort=False).ngroup()
        rank = rows.assign(group=groups).groupby(["group", "source"], sort=False).cumcount()
        keyed = pd.DataFrame({"group": groups, "rank": rank, "place": rows.index.to_numpy()})
        mine = rows["source"].to_numpy()
        pairs = keyed[mine == 0].merge(keyed[mine == 1], on=["group", "rank"], suffixes=("_a", "_b"))
        a, b = pairs["place_a"].to_numpy(), pairs["place_b"].to_numpy()
        free[a] = free[b] = False
        matched.append((step.change, a, b))
    for side, change in enumerate((REMOVED, ADDED)):
        left = np.flatnonzero(free & (source == side))
        nobody = np.full(len(left), NOBODY)
        matched.append((change, left, nobody) if side == 0 else (change, nobody, left))
    return matched
