"""Notices a release that is much smaller than the one before: rows that a rule or a mistake has dropped.

A file is compared with the newest earlier one of its family, earlier by the date that it states (else that of its
loading). Loading an older file later therefore never warns about the older one, but may about the next newer one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from dcell_graph.graph.runner import Row, Runner

# A fall by this share of the older one's number is remarked on.
THRESHOLD = 0.2
REASON = "smaller"
_GENES_SHOWN = 20
# Strains that sources give a taxon of their own, and their species.
_SPECIES = {
    "559292": "4932",
    "285006": "4932",
    "307796": "4932",
    "580240": "4932",
    "643680": "4932",
    "889517": "4932",
    "284812": "4896",
    "83333": "562",
    "237561": "5476",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A number before and after.

    Args:
        what: is counted.
        before: in the older one.
        after: in the newer one.
    """

    what: str
    before: int
    after: int

    @property
    def fell(self) -> bool:
        """Whether it fell by the threshold or more."""
        return self.before > 0 and self.before - self.after >= THRESHOLD * self.before

    def __str__(self) -> str:
        change = f" ({(self.after - self.before) / self.before:+.0%})".replace("%", " %") if self.before else ""
        return f"{self.before:,} to {self.after:,} {self.what}{change}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shrinkage:
    """What is gone between two releases of one family.

    Args:
        kind: AnnotationFile or Release.
        older: name of the older one.
        newer: name of the newer one.
        totals: annotations and genes, or live terms.
        parts: the first total by evidence code or branch.
        lost: symbols of the gene products that have no annotation any more, by id; none for ontologies.
    """

    kind: str
    older: str
    newer: str
    totals: tuple[Change, ...]
    parts: tuple[Change, ...]
    lost: tuple[str, ...]

    def sentence(self) -> str:
        """All of it in one sentence, with the first of the lost genes."""
        by = "evidence" if self.kind == "AnnotationFile" else "branch"
        text = f"{self.newer} is much smaller than {self.older}: " + ", ".join(map(str, self.totals))
        text += f"; by {by}: " + ", ".join(f"{part.what} {part.before:,} to {part.after:,}" for part in self.parts)
        if self.lost:
            shown = ", ".join(self.lost[:_GENES_SHOWN]) + (", …" if len(self.lost) > _GENES_SHOWN else "")
            text += f"; genes that lost all annotations: {len(self.lost):,} ({shown})"
        return text


def shrinkages(runner: Runner, kind: str, name: str) -> tuple[Shrinkage, ...]:
    """Where a release is much smaller than the one before, among those next to a given one: at most two.

    Args:
        runner: of the database.
        kind: AnnotationFile or Release; other kinds have no predecessors.
        name: the given one; it may still be loading.
    """
    if kind not in ("AnnotationFile", "Release"):
        return ()
    pairs = [(older, newer) for older, newer in pairwise(_family(runner, kind, name)) if name in (older, newer)]
    found = (_compare(runner, kind, older, newer) for older, newer in pairs)
    return tuple(shrinkage for shrinkage in found if any(total.fell for total in shrinkage.totals))


def _family(runner: Runner, kind: str, name: str) -> list[str]:
    """Names of everything that the given one is compared with, and itself, by date."""
    if kind == "Release":
        everything = runner.read("compare/shrink_releases", loading=name)
    else:
        everything = runner.read("compare/shrink_files", loading=name)
    own = next((row for row in everything if row["name"] == name), None)
    return [] if own is None else [row["name"] for row in everything if _related(own, row)]


def _related(one: Row, other: Row) -> bool:
    """Of the same kind of source: both generated or none, the same main database, a species in common."""
    if one["generated"] != other["generated"]:
        return False
    if one.get("databases", [])[:1] != other.get("databases", [])[:1]:
        return False
    taxa, others = set(_species(one.get("taxa", []))), set(_species(other.get("taxa", [])))
    return bool(taxa & others) or taxa == others


def _species(taxa: Iterable[str]) -> Iterator[str]:
    for taxon in taxa:
        for number in re.findall(r"[0-9]+", taxon):
            yield _SPECIES.get(number, number)


def _compare(runner: Runner, kind: str, older: str, newer: str) -> Shrinkage:
    query = "compare/shrink_evidence" if kind == "AnnotationFile" else "compare/shrink_terms"
    parts = tuple(
        Change(what=row["part"], before=row["before"], after=row["after"])
        for row in runner.read(query, older=older, newer=newer)
    )
    what = "annotations" if kind == "AnnotationFile" else "live terms"
    total = Change(what=what, before=sum(part.before for part in parts), after=sum(part.after for part in parts))
    if kind == "Release":
        return Shrinkage(kind=kind, older=older, newer=newer, totals=(total,), parts=parts, lost=())
    genes = runner.read("compare/shrink_genes", older=older, newer=newer)[0]
    totals = (total, Change(what="genes", before=genes["before"], after=genes["after"]))
    return Shrinkage(kind=kind, older=older, newer=newer, totals=totals, parts=parts, lost=tuple(genes["lost"]))
