"""Names of terms and genes in memory, so that a search among tens of thousands answers while one types."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dcell_graph.graph.runner import Runner


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A thing with its names.

    Args:
        id: of the term or gene.
        name: of the term, or symbol of the gene.
        others: synonyms or aliases.
        note: ``obsolete`` for such a term.
    """

    id: str
    name: str
    others: tuple[str, ...] = ()
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """Something that was found.

    Args:
        named: it.
        matched: the name that fits the text best.
    """

    named: Named
    matched: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """What fits a text.

    Args:
        total: how many things fit.
        first: the best of them.
    """

    total: int
    first: tuple[Hit, ...]


class NameIndex:
    """Finds things by any part of any of their names; case does not count, every character stands for itself.

    Args:
        things: with names; ids are distinct.
    """

    def __init__(self, things: Iterable[Named]) -> None:
        self._things = {thing.id: thing for thing in things}
        self._names = [
            (name.casefold(), name, thing)
            for thing in self._things.values()
            for name in dict.fromkeys((thing.id, thing.name, *thing.others))
        ]

    def __len__(self) -> int:
        return len(self._things)

    def get(self, identifier: str) -> Named | None:
        """The thing with an id, or None."""
        return self._things.get(identifier)

    def find(self, text: str, most: int) -> Hits:
        """Find things by a part of a name.

        What is called exactly so comes first, then what is called so at the beginning, then the rest; among these
        things in use come before obsolete ones, names before synonyms, and shorter ones before longer ones.

        Args:
            text: what to look for; nothing fits an empty text.
            most: how many things are returned, at least 1.
        """
        wanted = text.strip().casefold()
        if not wanted:
            return Hits(total=0, first=())
        best: dict[str, tuple[tuple[int, bool, bool, int, str, str], Hit]] = {}
        for folded, name, thing in self._names:
            if wanted not in folded:
                continue
            closeness = 0 if folded == wanted else 1 if folded.startswith(wanted) else 2
            other = name not in (thing.id, thing.name)
            rank = (closeness, thing.note is not None, other, len(name), folded, thing.id)
            if thing.id not in best or rank < best[thing.id][0]:
                best[thing.id] = rank, Hit(named=thing, matched=name)
        ranked = sorted(best.values(), key=lambda one: one[0])
        return Hits(total=len(ranked), first=tuple(hit for _, hit in ranked[:most]))


def read_term_names(runner: Runner, release: str) -> NameIndex:
    """The names of all terms of a loaded ontology release; about two seconds for the whole of GO."""
    (row,) = runner.read("read/term_names", release=release)
    columns = (row[column] for column in ("ids", "names", "synonyms", "obsolete"))
    return NameIndex(
        Named(id=term, name=name or term, others=tuple(synonyms), note="obsolete" if obsolete else None)
        for term, name, synonyms, obsolete in zip(*columns, strict=True)
    )


def read_gene_names(runner: Runner, genome: str) -> NameIndex:
    """The names of all genes of a genome."""
    (row,) = runner.read("read/gene_names", genome=genome)
    columns = (row[column] for column in ("ids", "symbols", "others"))
    return NameIndex(
        Named(id=gene, name=symbol, others=tuple(others)) for gene, symbol, others in zip(*columns, strict=True)
    )
