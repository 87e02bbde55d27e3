"""Terms of a snapshot as a page shows them: as a tree, with what is below each, and with its genes. Knows no torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from dcell_graph.errors import NotFound
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.snapshot.visible import visible_genes


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Genes that were named.

    Args:
        genes: ids of those that a model on the snapshot can see, each once.
        unknown: the other names.
    """

    genes: tuple[str, ...]
    unknown: tuple[str, ...]


def as_tree(snapshot: Snapshot) -> pd.DataFrame:
    """The hierarchy with one parent a term, for drawings that cannot show several: a parent nearest to the root.

    Returns:
        One row a term in index order: ``term``, ``name``, ``parent`` (empty for the root), ``depth``, ``genes``
        (contained), ``direct`` (attached to it), ``area`` (that, at least 1, with the areas of those drawn below it),
        ``parents`` (number of all of them).
    """
    terms = snapshot.terms
    links = snapshot.parents.assign(depth=terms["depth"].to_numpy()[snapshot.parents["parent_index"].to_numpy()])
    nearest = links.sort_values(["depth", "parent_index"], kind="stable").drop_duplicates("child")
    parent = dict(zip(nearest["child"], nearest["parent"], strict=True))
    count = links["child"].value_counts().to_dict()
    area = dict(zip(terms["term"], terms["direct_genes"].clip(lower=1).tolist(), strict=True))
    for term in _upwards(parent):
        area[parent[term]] += area[term]
    return pd.DataFrame(
        {
            "term": terms["term"],
            "name": [name or term for name, term in zip(terms["name"], terms["term"], strict=True)],
            "parent": [parent.get(term, "") for term in terms["term"]],
            "depth": terms["depth"],
            "genes": terms["contained_genes"],
            "direct": terms["direct_genes"],
            "area": [area[term] for term in terms["term"]],
            "parents": [count.get(term, 0) for term in terms["term"]],
        }
    )


def most_of(tree: pd.DataFrame, values: pd.Series | None, most: int) -> pd.DataFrame:
    """The part of a tree that is worth drawing: the terms with the largest area, or those that lead to the best values.

    Args:
        tree: of ``as_tree``.
        values: in the order of its rows; None for the areas.
        most: rows at most; a term comes only with the term above it.
    """
    parent = {term: above for term, above in zip(tree["term"], tree["parent"], strict=True) if above}
    worth = dict(zip(tree["term"], tree["area"] if values is None else values, strict=True))
    if values is not None:
        for term in _upwards(parent):
            worth[parent[term]] = max(worth[parent[term]], worth[term])
    steps = {term: len(_way(term, parent)) for term in tree["term"]}
    order = sorted(tree["term"], key=lambda term: (-worth[term], steps[term]))
    chosen = set(order[:most])
    return tree[[term in chosen for term in tree["term"]]]


def terms_below(snapshot: Snapshot, term: str) -> list[str]:
    """A term and all terms below it, in index order.

    Raises:
        NotFound: the snapshot has no such term.
    """
    _check(snapshot, term)
    children: dict[str, list[str]] = {}
    for child, parent in zip(snapshot.parents["child"], snapshot.parents["parent"], strict=True):
        children.setdefault(parent, []).append(child)
    found, waiting = {term}, [term]
    while waiting:
        new = [child for child in children.get(waiting.pop(), ()) if child not in found]
        found.update(new)
        waiting += new
    return [one for one in snapshot.terms["term"] if one in found]


def genes_of_term(snapshot: Snapshot, term: str) -> pd.DataFrame:
    """The genes that a term contains, those that are attached to it first.

    Returns:
        ``gene``, ``symbol``, ``attached`` (to the term itself), ``terms`` (at or below it that have the gene).

    Raises:
        NotFound: the snapshot has no such term.
    """
    below = set(terms_below(snapshot, term))
    pairs = snapshot.annotations[[one in below for one in snapshot.annotations["term"]]]
    symbols = dict(zip(snapshot.genes["gene"], snapshot.genes["symbol"], strict=True))
    own = set(pairs["gene"][(pairs["term"] == term).to_numpy()])
    counted = pairs["gene"].value_counts()
    rows = [(gene, symbols[gene] or gene, gene in own, int(number)) for gene, number in counted.items()]
    rows.sort(key=lambda row: (not row[2], str(row[1])))
    return pd.DataFrame(rows, columns=["gene", "symbol", "attached", "terms"])


def _way(term: str, parent: dict[str, str]) -> list[str]:
    """A term and those above it in a tree."""
    way = [term]
    while way[-1] in parent:
        way.append(parent[way[-1]])
    return way


def _upwards(parent: dict[str, str]) -> list[str]:
    """The terms of a tree that have a parent, each before the one above it."""
    return sorted(parent, key=lambda term: -len(_way(term, parent)))


def gene_names(snapshot: Snapshot) -> list[str]:
    """One name for each gene that a model can see, sorted: its symbol if no other gene has it, else its id."""
    genes, by_symbol = visible_genes(snapshot)
    with_symbol = set(by_symbol.values())
    return sorted([symbol for symbol in by_symbol if symbol] + [gene for gene in genes if gene not in with_symbol])


def find_genes(snapshot: Snapshot, names: Sequence[str]) -> Named:
    """Genes by id or symbol; capital and small letters are told apart only where both are names.

    Args:
        snapshot: of the model.
        names: to look for.
    """
    genes, by_symbol = visible_genes(snapshot)
    exact = by_symbol | {gene: gene for gene in genes}
    folded = {name.casefold(): gene for name, gene in exact.items()}
    found = {name: exact.get(name, folded.get(name.casefold())) for name in names}
    return Named(
        genes=tuple(dict.fromkeys(gene for gene in found.values() if gene is not None)),
        unknown=tuple(name for name, gene in found.items() if gene is None),
    )


def _check(snapshot: Snapshot, term: str) -> None:
    if not (snapshot.terms["term"] == term).any():
        raise NotFound(f"the snapshot {snapshot.manifest.name} has no term {term}")
