"""Which genes the products of an annotation file turned out to be, by which kind of name, and which are none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from dcell_graph.errors import NotFound
from dcell_graph.graph.runner import Row, Runner
from dcell_graph.sources.identity import KINDS_OF_NAME, PROBLEMS


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """One gene product of the file.

    Args:
        product: its id, DATABASE:id.
        symbol: as the file calls it.
        outcome: the kind of name that decided (``sgdid``, ``systematic name`` ...), or the problem (``ambiguous``,
            ``unknown``, ``outside the genome``, ``not a gene``).
        genes: the genes it stands for; none with a problem.
        candidates: the genes that an ambiguous name could mean.
        annotations: number of its annotations.
        why: more about the problem, such as the species of a product that is outside the genome.
    """

    product: str
    symbol: str
    outcome: str
    genes: tuple[str, ...]
    candidates: tuple[str, ...]
    annotations: int
    why: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """The answer for a whole file.

    Args:
        source: the annotation file.
        genome: its names were resolved against.
        genome_genes: number of genes of the genome.
        covered_genes: those of them with at least one annotation in the file.
        identities: all products, sorted by id.
    """

    source: str
    genome: str
    genome_genes: int
    covered_genes: int
    identities: tuple[Identity, ...]

    def counts(self) -> list[tuple[str, int, int]]:
        """(outcome, products, annotations), exact names first and problems last; outcomes that occur."""
        products = Counter(identity.outcome for identity in self.identities)
        annotations: Counter[str] = Counter()
        for identity in self.identities:
            annotations[identity.outcome] += identity.annotations
        order = [*KINDS_OF_NAME, *PROBLEMS]
        order += sorted(set(products) - set(order))
        return [(outcome, products[outcome], annotations[outcome]) for outcome in order if products[outcome]]

    def unresolved(self) -> tuple[Identity, ...]:
        """The products that stand for no gene."""
        return tuple(identity for identity in self.identities if not identity.genes)


def resolved(runner: Runner, source: str, genome: str) -> Resolved:
    """How the names of a loaded annotation file were resolved against a loaded genome.

    Args:
        runner: of the database.
        source: name of the annotation file.
        genome: name of the genome.

    Raises:
        NotFound: one of them is not loaded.
    """
    for kind, name in (("AnnotationFile", source), ("Genome", genome)):
        if not runner.read("read/ready", kind=kind, name=name):
            raise NotFound(f"there is no {kind} {name}", hint="see `dcell-graph releases`")
    identities = tuple(_identities(runner.read("read/identity", source=source, genome=genome)))
    return Resolved(
        source=source,
        genome=genome,
        genome_genes=runner.read("read/gene_count", genome=genome)[0]["genes"],
        covered_genes=len({gene for identity in identities for gene in identity.genes}),
        identities=identities,
    )


def _identities(rows: Iterable[Row]) -> Iterable[Identity]:
    for row in rows:
        yield Identity(
            product=row["id"],
            symbol=row["symbol"],
            outcome=row["by"] or row["problem"],
            genes=tuple(row["genes"]),
            candidates=tuple(row["candidates"]),
            annotations=row["annotations"],
            why=row["why"],
        )
