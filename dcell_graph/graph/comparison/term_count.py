"""Why a term has more genes with regulates than without: the genes that join, and the link that brings each."""

from __future__ import annotations

from collections import deque

import pandas as pd

from dcell_graph.errors import NotFound
from dcell_graph.graph.comparison.closure import Links
from dcell_graph.graph.comparison.statements import Statements
from dcell_graph.graph.runner import Runner
from dcell_graph.sources.vocabulary import TERM_RELATIONS

COLUMNS = ("term", "gene", "symbol", "annotated_to", "via")


def find_terms(runner: Runner, release: str, ids: tuple[str, ...]) -> tuple[str, ...]:
    """The live terms of these ids, which may be alt_ids.

    Raises:
        NotFound: the release has no live term of an id.
    """
    live: dict[str, str] = {}
    for block in runner.read("compare/terms", ids=list(ids), release=release):
        rows = zip(block["stated"], block["term"], block["obsolete"], block["merged"], strict=True)
        for stated, term, obsolete, merged in rows:
            if not obsolete and (not merged or stated not in live):
                live[stated] = term
    for one in ids:
        if one not in live:
            raise NotFound(f"the ontology release {release} has no live term {one}")
    return tuple(dict.fromkeys(live[one] for one in ids))


def joined_by_regulates(
    statements: Statements,
    kept: pd.DataFrame,
    links: Links,
    genes_of: dict[str, dict[str, int]],
    asked: tuple[str, ...],
) -> pd.DataFrame:
    """The genes that the terms have with regulates and not without.

    Args:
        statements: of the source.
        kept: its statements about genes and live terms that count.
        links: of the release.
        genes_of: genes by term as bits, as ``genes`` and ``with_regulates``.
        asked: live terms.
    """
    if not asked:
        return pd.DataFrame([], columns=list(COLUMNS))
    names = statements.terms["term"].tolist()
    direct: dict[str, set[int]] = {}
    for gene, term in zip(kept["gene"].tolist(), kept["term"].tolist(), strict=True):
        direct.setdefault(names[term], set()).add(gene)
    below = _below(links)
    rows = []
    for target in asked:
        extra = genes_of["with_regulates"].get(target, 0) & ~genes_of["genes"].get(target, 0)
        for term, via in _nearest_first(target, below):
            for gene in sorted(direct.get(term, ())):
                if extra >> gene & 1:
                    extra ^= 1 << gene
                    one = statements.genes.iloc[gene]
                    rows.append((target, one["gene"], one["symbol"], term, via))
    return pd.DataFrame(sorted(rows), columns=list(COLUMNS))


def _below(links: Links) -> dict[str, list[tuple[str, str]]]:
    """By parent its (child, relation), sorted."""
    below: dict[str, list[tuple[str, str]]] = {}
    for child, above in links.parents.items():
        for relation, parent in above:
            below.setdefault(parent, []).append((child, relation))
    return {parent: sorted(children) for parent, children in below.items()}


def _nearest_first(target: str, below: dict[str, list[tuple[str, str]]]) -> list[tuple[str, str]]:
    """The terms below a term that are reached over a regulates link, nearest first, each with that link in words.

    A term is seen at most twice: reached with and without regulates on the way.
    """
    found: list[tuple[str, str]] = []
    seen = {(target, False)}
    queue: deque[tuple[str, str | None]] = deque([(target, None)])
    while queue:
        parent, via = queue.popleft()
        for child, relation in below.get(parent, ()):
            regulates = relation in TERM_RELATIONS["regulates"]
            link = f"{child} {relation.replace('_', ' ')} {parent}" if regulates else via
            if (child, link is not None) in seen:
                continue
            seen.add((child, link is not None))
            if link is not None:
                found.append((child, link))
            queue.append((child, link))
    return found
