"""Notices a release that is much smaller than the one before: rows that a rule or a mistake has dropped.

A file is compared with the newest earlier one of its family, earlier by the date that it states (else that of its
loading). Loading an older file later therefore never warns about the older one, but may about the next newer one.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from dcell_graph.graph.family import family_of
from dcell_graph.graph.runner import Row, Runner

# A fall by this share of the older one's number is remarked on.
THRESHOLD = 0.2
REASON = "smaller"
_GENES_SHOWN = 20


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
        """What fell, in one sentence, with the first of the lost genes. What has grown is not said to have shrunk."""
        by = "evidence" if self.kind == "AnnotationFile" else "branch"
        text = f"{self.newer} is much smaller than {self.older}: " + ", ".join(
            str(total) for total in self.totals if total.after < total.before
        )
        parts = [part for part in self.parts if part.after <= part.before]
        if any(part.after < part.before for part in parts):
            text += f"; by {by}: " + ", ".join(f"{part.what} {part.before:,} to {part.after:,}" for part in parts)
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
    return [] if own is None else [row["name"] for row in everything if _related(kind, own, row)]


def _related(kind: str, one: Row, other: Row) -> bool:
    """Whether two files are of one family, or two releases both of generated worlds or none."""
    if kind == "Release":
        return bool(one["generated"]) == bool(other["generated"])
    return family_of(one) == family_of(other)


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
