"""What a format may be unable to hold: each fact with its words, and how much of it a snapshot has."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from dcell_graph.snapshot import dag
from dcell_graph.snapshot.exchange.assembly import imported_recipe
from dcell_graph.snapshot.exchange.draft import usual_kind
from dcell_graph.snapshot.recipe import ROOT_ID
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.wording import counted

NO_NAME = "na"
_COUNTED = re.compile(r"\{([a-z ]+)\}")
_UNITS = {
    "term": ("term",),
    "pair": ("pair",),
    "gene": ("gene",),
    "link": ("link",),
    "link differs": ("link differs", "links differ"),
    "pair differs": ("pair differs", "pairs differ"),
}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """One thing that an exported file does not hold.

    Args:
        fact: a short fixed word.
        text: the same for people, with a number where one can be counted.
        in_id: True if the snapshot id depends on it, so that an import of the file has another id.
    """

    fact: str
    text: str
    in_id: bool


@dataclass(frozen=True, slots=True)
class _Fact:
    words: str
    in_id: bool
    count: Callable[[Snapshot, str], int]


def plain_name(name: str) -> str:
    """A name without control characters and blanks at its ends; "" for the word that stands for no name in GMT."""
    plain = _CONTROL.sub(" ", name).strip()
    return "" if plain == NO_NAME else plain


def contained_genes(snapshot: Snapshot) -> list[set[int]]:
    """Indices of the genes attached to each term or to a term below it, by term index."""
    n_terms = len(snapshot.terms)
    child, parent = (snapshot.parents[column].to_numpy() for column in ("child_index", "parent_index"))
    genes = direct_genes(snapshot)
    above: list[list[int]] = [[] for _ in range(n_terms)]
    for lower, upper in zip(child.tolist(), parent.tolist(), strict=True):
        above[lower].append(upper)
    for term in dag.children_first(n_terms, child, parent):
        for upper in above[term]:
            genes[upper] |= genes[term]
    return genes


def direct_genes(snapshot: Snapshot) -> list[set[int]]:
    """Indices of the genes attached to each term itself, by term index."""
    genes: list[set[int]] = [set() for _ in range(len(snapshot.terms))]
    pairs = snapshot.annotations
    for term, gene in zip(pairs["term_index"].tolist(), pairs["gene_index"].tolist(), strict=True):
        genes[term].add(gene)
    return genes


def flat_direct_genes(snapshot: Snapshot) -> list[set[int]]:
    """The direct genes in a flat hierarchy of the contained ones: ``GO:ROOT`` keeps those that no other term has."""
    contained = contained_genes(snapshot)
    of_others = set().union(
        *(genes for term, genes in zip(snapshot.terms["term"], contained, strict=True) if term != ROOT_ID)
    )
    return [
        genes - of_others if term == ROOT_ID else genes
        for term, genes in zip(snapshot.terms["term"], contained, strict=True)
    ]


def losses(snapshot: Snapshot, facts: tuple[str, ...], source_format: str) -> tuple[Loss, ...]:
    """Those of the facts that the snapshot has.

    Args:
        snapshot: to be exported.
        facts: keys of ``FACTS`` that the format cannot hold.
        source_format: name of the format.
    """
    found = []
    for fact in facts:
        count = FACTS[fact].count(snapshot, source_format)
        if count:
            found.append(Loss(fact=fact, text=_text(FACTS[fact].words, count), in_id=FACTS[fact].in_id))
    return tuple(found)


def _text(words: str, count: int) -> str:
    """The words with the number in place of the braces, and what is in them after it."""
    return _COUNTED.sub(lambda found: counted(count, *_UNITS[found[1]]), words)


def _without_term(snapshot: Snapshot, _: str) -> int:
    return len(snapshot.genes) - snapshot.annotations["gene_index"].nunique()


def _links_not_flat(snapshot: Snapshot, _: str) -> int:
    terms = snapshot.terms["term"]
    there = set(zip(snapshot.parents["child"], snapshot.parents["parent"], strict=True))
    flat = {(term, ROOT_ID) for term in terms if term != ROOT_ID}
    return len(there ^ flat)


def _not_as_flat(snapshot: Snapshot, _: str) -> int:
    return sum(len(a ^ b) for a, b in zip(direct_genes(snapshot), flat_direct_genes(snapshot), strict=True))


FACTS: dict[str, _Fact] = {
    "recipe": _Fact(
        "the recipe and the sources it was built from", True, lambda s, f: int(s.manifest.recipe != imported_recipe(f))
    ),
    "evidence": _Fact("evidence codes ({pair})", True, lambda s, _: int((s.annotations["evidence"] != "").sum())),
    "dates": _Fact("first dates ({pair})", True, lambda s, _: int((s.annotations["first_date"] != "").sum())),
    "removed": _Fact("removed terms and their reasons ({term})", True, lambda s, _: len(s.removed)),
    "namespaces": _Fact("namespaces ({term})", True, lambda s, _: int((s.terms["namespace"] != "").sum())),
    "artificial": _Fact(
        "which terms are artificial, but for " + ROOT_ID + " ({term})",
        True,
        lambda s, _: int((s.terms["artificial"] != (s.terms["term"] == ROOT_ID)).sum()),
    ),
    "links": _Fact("the hierarchy: an import is flat ({link differs})", True, _links_not_flat),
    "direct": _Fact("which genes are attached to a term itself ({pair differs})", True, _not_as_flat),
    "empty terms": _Fact(
        "terms that contain no gene ({term})", True, lambda s, _: int((s.terms["contained_genes"] == 0).sum())
    ),
    "lonely genes": _Fact("genes that no term has ({gene})", True, _without_term),
    "genes": _Fact("genes and which terms have them ({pair})", True, lambda s, _: len(s.annotations)),
    "names": _Fact("names of terms ({term})", False, lambda s, _: int((s.terms["name"] != "").sum())),
    "plain names": _Fact(
        "names of terms as they are ({term}: control characters, blanks at the ends, and the name na)",
        False,
        lambda s, _: sum(name != "" and plain_name(name) != name for name in s.terms["name"]),
    ),
    "symbols": _Fact("symbols of genes ({gene})", False, lambda s, _: int((s.genes["symbol"] != "").sum())),
    "kinds": _Fact(
        "whether a link is asserted, a bridge, wired or artificial ({link})",
        False,
        lambda s, _: sum(
            kind != usual_kind(parent) for kind, parent in zip(s.parents["kind"], s.parents["parent"], strict=True)
        ),
    ),
    "term order": _Fact(
        "the order of the terms: an import orders them by id",
        False,
        lambda s, _: int(not s.terms["term"].is_monotonic_increasing),
    ),
    "gene order": _Fact(
        "the order of the genes: an import orders them by id",
        False,
        lambda s, _: int(not s.genes["gene"].is_monotonic_increasing),
    ),
    "generated": _Fact("that the data are a generated world", False, lambda s, _: int(s.manifest.generated)),
}
