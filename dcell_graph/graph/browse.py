"""Annotations as a table that is too long to be shown at once: how many there are, one page of them, all in a file."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TextIO

from dcell_graph.errors import Conflict, InputError
from dcell_graph.graph.records import AS_ANNOTATED
from dcell_graph.graph.runner import Row, Runner

# What a page can be sorted by; cypher/read/annotations_page.cypher has a key for each.
SORTS = (
    "file",
    "gene",
    "symbol",
    "term",
    "name",
    "negated",
    "relation",
    "evidence",
    "date",
    "references",
    "assigned_by",
)
# Rows that are read at once for a file of all of them.
_CHUNK = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What annotations can be chosen from and named by. Two scopes are equal as long as nothing was loaded or removed.

    Args:
        sources: visible annotation files, by name.
        releases: visible ontology releases, the newest first.
        genomes: visible genomes, by name; ``as-annotated``, the names of the files themselves, is the last.
        loaded: kind, name and time of loading of all these.
        generated: those of the sources that are of a generated world.
    """

    sources: tuple[str, ...]
    releases: tuple[str, ...]
    genomes: tuple[str, ...]
    loaded: tuple[tuple[str, str, str], ...]
    generated: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which annotations, and what their genes and terms are called.

    Args:
        sources: names of annotation files.
        genome: that gene names are from, as in ``sgd`` or ``as-annotated``.
        release: that term names are from; None for no names.
        gene: systematic name of a gene of the genome, or id of a product; None for all.
        term: GO id; annotations to any id of its term in the release are chosen; None for all.
        evidence: evidence code; None for all.
        negated: True for NOT annotations, False for the others; None for all.
    """

    sources: tuple[str, ...]
    genome: str = AS_ANNOTATED
    release: str | None = None
    gene: str | None = None
    term: str | None = None
    evidence: str | None = None
    negated: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Browsed:
    """One annotation as a row of the table.

    Args:
        source: name of the annotation file.
        line: in it, from 1; of the first row, if rows were merged.
        gene: systematic name in the genome chosen (several, if the product stands for several), else the product's id.
        symbol: of the gene or genes, else of the product.
        term: GO id that the file states.
        name: of the term in the release chosen, with its id if the stated one was merged into it; None if not there.
        negated: whether it is a NOT annotation.
        relation: between product and term, as in ``involved_in``.
        evidence: code.
        date: earliest, ISO format; None if the file gives none.
        references: of all rows merged into it.
        assigned_by: of all rows merged into it.
    """

    source: str
    line: int
    gene: str
    symbol: str
    term: str
    name: str | None
    negated: bool
    relation: str | None
    evidence: str
    date: str | None
    references: tuple[str, ...]
    assigned_by: tuple[str, ...]

    def cells(self) -> tuple[str | int, ...]:
        """The row as text, in the order of ``HEADINGS``; absent values are empty."""
        return (
            self.source,
            self.line,
            self.gene,
            self.symbol,
            "NOT" if self.negated else "",
            self.relation or "",
            self.term,
            self.name or "",
            self.evidence,
            self.date or "",
            "|".join(self.references),
            "|".join(self.assigned_by),
        )


HEADINGS = (
    "Source",
    "Line",
    "Gene",
    "Symbol",
    "NOT",
    "Relation",
    "Term",
    "Term name",
    "Evidence",
    "Date",
    "References",
    "Assigned by",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneHit:
    """A gene whose name starts with the text.

    Args:
        id: systematic name, or id of a product that the genome does not have.
        symbol: its symbol.
        annotations: number of its annotations in the files chosen.
    """

    id: str
    symbol: str
    annotations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneHits:
    """The genes that fit a text best.

    Args:
        total: how many fit.
        hits: the first of them, the shortest names first.
    """

    total: int
    hits: tuple[GeneHit, ...]


def scope(runner: Runner) -> Scope:
    """Read what there is to choose from."""
    rows = runner.read("read/annotations_scope")
    releases = sorted(
        ((row["date"] or row["loaded"], row["name"]) for row in rows if row["kind"] == "Release"), reverse=True
    )
    genomes = (row["name"] for row in rows if row["kind"] == "Genome")
    return Scope(
        sources=tuple(row["name"] for row in rows if row["kind"] == "AnnotationFile"),
        releases=tuple(name for _, name in releases),
        genomes=tuple(sorted(genomes, key=lambda name: (name == AS_ANNOTATED, name))),
        loaded=tuple((row["kind"], row["name"], row["loaded"]) for row in rows),
        generated=frozenset(row["name"] for row in rows if row["kind"] == "AnnotationFile" and row["generated"]),
    )


def evidence_codes(runner: Runner, sources: tuple[str, ...]) -> tuple[str, ...]:
    """The evidence codes of some annotation files, sorted."""
    return tuple(row["evidence"] for row in runner.read("read/annotations_evidence", sources=list(sources)))


def genes_like(runner: Runner, choice: Choice, text: str, *, most: int) -> GeneHits:
    """Find genes by the start of an id, symbol or alias; case does not count, every character stands for itself.

    Args:
        runner: of the database.
        choice: its sources and its genome say where to look.
        text: at least one character besides spaces.
        most: how many are returned, at least 1.

    Raises:
        InputError: the text is empty.
    """
    if not text.strip():
        raise InputError("there is nothing to look for", expected="an id, a symbol or the start of one")
    rows = runner.read(
        "read/genes_like", sources=list(choice.sources), genome=choice.genome, text=text.strip(), size=most
    )
    return GeneHits(
        total=rows[0]["total"] if rows else 0,
        hits=tuple(GeneHit(id=row["id"], symbol=row["symbol"], annotations=row["annotations"]) for row in rows),
    )


def count(runner: Runner, choice: Choice) -> int:
    """How many annotations are chosen."""
    (row,) = runner.read("read/annotations_count", sources=list(choice.sources), **_filters(runner, choice))
    total: int = row["total"]
    return total


def page(
    runner: Runner, choice: Choice, *, offset: int, size: int, sort: str = "file", descending: bool = False
) -> tuple[Browsed, ...]:
    """One page of the annotations chosen, cut after all of them are sorted.

    Args:
        runner: of the database.
        choice: which annotations.
        offset: rows before the page, from 0.
        size: most rows of the page, from 1.
        sort: one of ``SORTS``; ``file`` is by source and line. Rows that are alike stay in that order.
        descending: the largest first; rows without the value are last either way.

    Raises:
        InputError: there is no such order.
    """
    if sort not in SORTS:
        raise InputError("annotations cannot be sorted so", expected=", ".join(SORTS), found=sort)
    rows = runner.read(
        "read/annotations_page",
        sources=list(choice.sources),
        genome=choice.genome,
        release=choice.release,
        sort=sort,
        descending=descending,
        offset=offset,
        size=size,
        **_filters(runner, choice),
    )
    return tuple(_browsed(row) for row in rows)


def every(runner: Runner, choice: Choice) -> Iterator[Browsed]:
    """All annotations chosen by source and line, a few thousand in memory at a time."""
    filters = _filters(runner, choice)
    for source in sorted(choice.sources):
        after = 0
        while rows := runner.read(
            "read/annotations_after",
            source=source,
            after=after,
            size=_CHUNK,
            genome=choice.genome,
            release=choice.release,
            **filters,
        ):
            yield from (_browsed(row) for row in rows)
            after = rows[-1]["line"]


def write_csv(runner: Runner, choice: Choice, target: TextIO, *, total: int) -> None:
    """Write all annotations chosen as CSV with a heading.

    Args:
        runner: of the database.
        choice: which annotations.
        target: open for writing, without translation of line ends.
        total: the number of rows that was promised.

    Raises:
        Conflict: there were more or fewer, since something was loaded or removed meanwhile.
    """
    table = csv.writer(target)
    table.writerow(HEADINGS)
    written = 0
    for written, row in enumerate(every(runner, choice), start=1):  # noqa: B007
        table.writerow(row.cells())
    if written != total:
        raise Conflict(
            "the annotations changed while they were written",
            expected=f"{total:,} rows",
            found=f"{written:,}",
            hint="try again",
        )


def _filters(runner: Runner, choice: Choice) -> Row:
    """The parameters of a choice: a gene as the ids of its products, a term as all ids that stand for it."""
    products = terms = None
    if choice.gene is not None:
        products = [row["id"] for row in runner.read("read/gene_products", genome=choice.genome, gene=choice.gene)]
    if choice.term is not None:
        terms = [row["id"] for row in runner.read("read/term_ids", release=choice.release, term=choice.term)]
    return {"products": products, "terms": terms, "evidence": choice.evidence, "negated": choice.negated}


def _browsed(row: Row) -> Browsed:
    return Browsed(
        source=row["source"],
        line=row["line"],
        gene="|".join(gene for gene, _ in row["genes"]) or row["product"],
        symbol="|".join(symbol for _, symbol in row["genes"]) or row["product_symbol"],
        term=row["stated"],
        name=_term_name(row["stated"], row["terms"]),
        negated=row["negated"],
        relation=row["relation"],
        evidence=row["evidence"],
        date=row["date"],
        references=tuple(row["references"]),
        assigned_by=tuple(row["assigned_by"]),
    )


def _term_name(stated: str, terms: list[tuple[str, str | None]]) -> str | None:
    """The name of the first term that the id stands for: a live one that took the id over, or the term itself."""
    if not terms:
        return None
    term, name = terms[0]
    return name if term == stated else f"{name or 'without a name'} ({term})"
