"""What recipes are applied to, held in memory: the terms and links of one release and the records of some files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """Records as columns of equal length: a gene, a live term, and what the file says of the two.

    Args:
        term: positions in ``Material.terms``.
        gene: positions in ``Material.genes``.
        evidence: positions in ``Material.evidence``.
        source: positions in ``Material.sources``.
        day: of assertion, YYYYMMDD.
        negated: whether the row says NOT.
        listed: place of the annotation's last row in its file, for recipes where the last record counts.
        last: whether the day is the one of that row.
    """

    term: Ints
    gene: Ints
    evidence: Ints
    source: Ints
    day: Ints
    negated: Flags
    listed: Ints
    last: Flags

    def __len__(self) -> int:
        return len(self.term)

    def where(self, chosen: npt.NDArray[np.generic]) -> Records:
        """Some of the records, by a mask or by positions."""
        return Records(**{name: getattr(self, name)[chosen] for name in self.__slots__})


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """One release, some annotation files and one genome, as the database has them.

    Args:
        release: name of the ontology release.
        sources: names of the files, in the order that decides which record is listed last.
        genome: name of the genome.
        terms: ids of the live terms, sorted.
        names: of the terms.
        namespace: of the terms.
        roots: positions of the terms that declare no is_a and no part_of parent.
        child, parent, relation: one entry a link between live terms; positions, and positions in ``relations``.
        relations: names of the links.
        genes: ids, sorted.
        symbols: of the genes.
        populations: by source, positions of the genes that it makes part of the genome: all, or with ``as-annotated``
            those that it has gene products of.
        gene_lists: positions of the genes of each list of the genome.
        evidence: codes, sorted.
        records: of the files.
    """

    release: str
    sources: tuple[str, ...]
    genome: str
    terms: tuple[str, ...]
    names: tuple[str, ...]
    namespace: tuple[str, ...]
    roots: frozenset[int]
    child: Ints
    parent: Ints
    relation: Ints
    relations: tuple[str, ...]
    genes: tuple[str, ...]
    symbols: tuple[str, ...]
    populations: Mapping[str, frozenset[int]]
    gene_lists: Mapping[str, frozenset[int]]
    evidence: tuple[str, ...]
    records: Records

    @property
    def population(self) -> frozenset[int]:
        """Positions of the genes of the genome."""
        return frozenset[int]().union(*self.populations.values())

    def of_sources(self, names: tuple[str, ...]) -> Material:
        """The same with only some of the files, in the order given."""
        places = np.full(len(self.sources), -1)
        places[[self.sources.index(name) for name in names]] = range(len(names))
        kept = self.records.where(places[self.records.source] >= 0)
        populations = {name: self.populations[name] for name in names}
        return replace(self, sources=names, populations=populations, records=replace(kept, source=places[kept.source]))


def reached(start: int, onward: Mapping[int, list[int]]) -> set[int]:
    """A node and everything that can be reached from it."""
    seen = {start}
    waiting = [start]
    while waiting:
        for other in onward.get(waiting.pop(), ()):
            if other not in seen:
                seen.add(other)
                waiting.append(other)
    return seen


def nearest(start: int, onward: Mapping[int, list[int]], ends: set[int]) -> set[int]:
    """The first nodes of ``ends`` on every way onward from a node."""
    if ends.issuperset(onward[start]):
        return set(onward[start])
    found: set[int] = set()
    seen: set[int] = set()
    waiting = list(onward[start])
    while waiting:
        other = waiting.pop()
        if other in ends:
            found.add(other)
        elif other not in seen:
            seen.add(other)
            waiting += onward[other]
    return found


def day_number(day: date) -> int:
    """A day as the number YYYYMMDD."""
    return day.year * 10000 + day.month * 100 + day.day


def day_of_number(number: int) -> date:
    """The day of a number YYYYMMDD."""
    return date(number // 10000, number // 100 % 100, number % 100)
