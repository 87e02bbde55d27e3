"""What happened to a term, link or pair at the exchange that gained or lost it, in words that can be counted.

A thing that was lost is looked for in the state after the exchange, one that was gained in the state before it: the
question is always why it is not there.
"""

from __future__ import annotations

from typing import NamedTuple

from dcell_graph.snapshot.diff.equals import FEW, Equals
from dcell_graph.snapshot.diff.state import State, positions
from dcell_graph.snapshot.recipe import ROOT_ID, ContainedStage

NOT_IN_RELEASE = "not in the release"
NEW_IN_RELEASE = "new in the release"
WITH_TERM = "with its term"
"""A link or pair that came or went with a term that it needs."""

# Why a term is not there: the words if it was lost, and if it was gained.
_TERM_WORDS = {
    "release": (NOT_IN_RELEASE, NEW_IN_RELEASE),
    "branch": ("its branch is not chosen", "its branch was not chosen"),
    "record": ("no record on it or below it", "had no record on it or below it"),
    "root": ("no root above the roots is needed", "a root above the roots is needed"),
}


class Happening(NamedTuple):
    """What happened: words that many things share, and what is special about this one."""

    happened: str
    detail: str = ""


class Exchange:
    """Two states, one exchange apart.

    Args:
        before, after: the states.
    """

    def __init__(self, before: State, after: State) -> None:
        self._before = before
        self._after = after
        self._equals = Equals(before, after)
        self._came = after.terms - before.terms
        self._went = before.terms - after.terms

    def term(self, term: str, *, gained: bool) -> Happening:
        """What happened to a term.

        Args:
            term: its id.
            gained: whether it came or went.
        """
        absent = self._before if gained else self._after
        removal = absent.outcome.removed.get(term)
        if removal is None:
            return Happening(_TERM_WORDS[_never_there(term, absent)][gained])
        words = f"{'had been ' if gained else ''}removed by {removal.stage}"
        if removal.stage == "redundant":
            why = self._equals.why(term, removal.equal_to, gained=gained)
            return Happening(f"{words}: {why.words}" if why.words else words, why.detail)
        return self._with_genes(term, words, _numbers(term, absent, gained=gained), gained=gained)

    def _with_genes(self, term: str, words: str, numbers: str, *, gained: bool) -> Happening:
        """The words for a removal, with the genes of the term's own that make the difference, if some do."""
        there, absent = (self._after, self._before) if gained else (self._before, self._after)
        names = there.material.genes
        own = [names[place] for place in positions(there.own.get(term, 0))]
        whys = [(gene, absent.why_no_record(term, gene)) for gene in own]
        missing = [(gene, why) for gene, why in whys if why]
        if not missing:
            return Happening(words, numbers)
        symbols = there.material.symbols
        listed = ", ".join(symbols[there.gene_place[gene]] or gene for gene, _ in missing[:FEW])
        more = f" and {len(missing) - FEW:,} more" if len(missing) > FEW else ""
        why = missing[0][1]
        detail = f"now with {listed}{more} (before: {why})" if gained else f"no longer with {listed}{more} ({why})"
        return Happening(
            f"{words}: it {'gained' if gained else 'lost'} genes of its own",
            f"{numbers}; {detail}" if numbers else detail,
        )

    def link(self, child: str, parent: str, *, gained: bool) -> Happening:
        """What happened to a link; arguments as for ``term``."""
        changed = [term for term in (child, parent) if term in (self._came if gained else self._went)]
        if changed:
            return Happening(WITH_TERM, " and ".join(changed))
        if _is_link(child, parent, self._after) != _is_link(child, parent, self._before):
            return Happening("is a link of the ontology now" if gained else "is no link of the ontology any more")
        return Happening("only removed terms are in between now" if gained else "a term is in between now")

    def pair(self, term: str, gene: int, *, gained: bool) -> Happening:
        """What happened to a pair.

        Args:
            term: its id.
            gene: position of the gene in the state that has the pair.
            gained: whether it came or went.
        """
        if term in (self._came if gained else self._went):
            return Happening(WITH_TERM)
        there, absent = (self._after, self._before) if gained else (self._before, self._after)
        own = there.own.get(term, 0) >> gene & 1
        why = absent.why_no_record(term, there.material.genes[gene]) if own else ""
        if why:
            return Happening(f"has a record now: before, {why}" if gained else why)
        if own:
            return Happening("no term below has the gene any more" if gained else "a term below has the gene now")
        if there.side.recipe.genes_without_term == "root" and term in there.tops:
            return Happening("no term has the gene any more" if gained else "the gene is not put on the root any more")
        return Happening("comes from a removed term now" if gained else "comes from no removed term any more")


def _never_there(term: str, state: State) -> str:
    """Why a term is not among the candidates: a key of ``_TERM_WORDS``."""
    if term == ROOT_ID:
        return "root"
    if term not in state.place:
        return "release"
    chosen = state.material.namespace[state.place[term]] in state.side.recipe.namespaces
    return "record" if chosen else "branch"


def _numbers(term: str, state: State, *, gained: bool) -> str:
    """The numbers behind a removal."""
    removal = state.outcome.removed[term]
    if removal.stage != "contained":
        return ""
    limits = {stage.minimum for stage in state.side.recipe.stages if isinstance(stage, ContainedStage)}
    least = limits.pop() if len(limits) == 1 else None
    genes = "gene" if (removal.contained if least is None else least) == 1 else "genes"
    needed = "" if least is None else f" of at least {least}"
    return f"{'contained' if gained else 'contains'} {removal.contained}{needed} {genes}"


def _is_link(child: str, parent: str, state: State) -> bool:
    """Whether the recipe follows a link of the ontology between two terms."""
    place = state.place
    if child not in place or parent not in place:
        return False
    return place[child] * len(place) + place[parent] in state.applier.links(state.side.recipe)
