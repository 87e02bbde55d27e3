"""Looks a text up among everything that has a name: genes, gene products and terms."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dcell_graph.errors import InputError
from dcell_graph.graph.runner import Row, Runner


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One thing whose name is, or starts with, the text.

    Args:
        kind: ``gene``, ``product`` or ``term``.
        id: of the gene, the product (DATABASE:id) or the term.
        name: symbol of a gene or product, name of a term.
        matched: the name that fits the text best.
        where: the genome, the annotation files, or the ontology releases (newest first) that have it.
        annotations: number of annotations of a gene or product in all files; None for a term.
        negated: how many of them are NOT.
        note: ``obsolete`` for a term that the newest of the releases has given up.
    """

    kind: str
    id: str
    name: str
    matched: str
    where: tuple[str, ...]
    annotations: int | None
    negated: int | None
    note: str | None = None


def find(runner: Runner, text: str) -> list[Found]:
    """Find genes, products and terms whose id, symbol, name or alias equals or starts with a text.

    Every character stands for itself, and case does not count. What is called exactly so comes first, then what is
    called so in another case, then the longer names.

    Args:
        runner: of the database.
        text: at least one character besides spaces.

    Raises:
        InputError: the text is empty.
    """
    text = text.strip()
    if not text:
        raise InputError("there is nothing to look for", expected="an id, a symbol or the start of a name")
    found = [
        *(_gene(row, text) for row in runner.read("read/find_genes", text=text)),
        *(_product(row, text) for row in runner.read("read/find_products", text=text)),
        *(_term(row, text) for row in runner.read("read/find_terms", text=text)),
    ]
    return sorted(found, key=lambda one: (_closeness(one.matched, text), one.kind, one.matched.lower(), one.id))


def _gene(row: Row, text: str) -> Found:
    return Found(
        kind="gene",
        id=row["id"],
        name=row["symbol"],
        matched=_best(row["matched"], text),
        where=(row["genome"],),
        annotations=row["annotations"],
        negated=row["negated"],
    )


def _product(row: Row, text: str) -> Found:
    return Found(
        kind="product",
        id=row["id"],
        name=row["symbol"],
        matched=_best(row["matched"], text),
        where=tuple(row["sources"]),
        annotations=row["annotations"],
        negated=row["negated"],
    )


def _term(row: Row, text: str) -> Found:
    return Found(
        kind="term",
        id=row["id"],
        name=row["name"],
        matched=_best(row["matched"], text),
        where=tuple(row["releases"]),
        annotations=None,
        negated=None,
        note="obsolete" if row["obsolete"] else None,
    )


def _best(names: Iterable[str], text: str) -> str:
    return min(names, key=lambda name: (_closeness(name, text), len(name), name))


def _closeness(name: str, text: str) -> int:
    """0 the text itself, 1 in another case, 2 a longer name."""
    return 0 if name == text else 1 if name.lower() == text.lower() else 2
