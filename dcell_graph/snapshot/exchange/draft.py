"""What an importer has read, before it becomes a snapshot: terms, links, genes and pairs, and where they stand."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dcell_graph.errors import FileRefused
from dcell_graph.snapshot.recipe import ROOT_ID
from dcell_graph.snapshot.schema import Manifest
from dcell_graph.types import FileStamp

LINK_KINDS = ("asserted", "bridge", "wired", "artificial")
ROOT_NAME = "artificial root"


def usual_kind(parent: str) -> str:
    """The kind of a link of which nothing is known but the parent."""
    return "artificial" if parent == ROOT_ID else "asserted"


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftTerm:
    """A declared term and where it is declared."""

    name: str = ""
    namespace: str = ""
    artificial: bool = False
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftLink:
    """A link from child to parent: its kind, and where it stands."""

    kind: str
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftPair:
    """A gene of a term: evidence codes joined by a bar, first date, and where it stands."""

    evidence: str = ""
    first_date: str = ""
    line: int | None = None


@dataclass(slots=True, kw_only=True)
class Draft:
    """Content of a file in the making. The order of terms and genes counts only where the file has one.

    Args:
        path: the file that the lines of terms belong to, and that errors name.
        link_path: the file that the lines of links belong to, if it is another.
        whole: the folder that the files lie in, if they make one whole.
        ontology: the file that the hierarchy comes from.
        annotations: the file that the pairs come from.
        genome: the file that lists the genes, if there is one.
        declared_by: what declares a term in this format, for the error about one that nothing declares.
        term_order: True if the order of ``terms`` is their index; else they are ordered by id.
        gene_order: the same of ``genes``.
        stated_genes: per term the number of contained genes that the file states, and the line.
        manifest: of the snapshot that was exported to the file, if the file carries it.
        removed: rows of the table ``removed``.
        notes: sentences about what was read.
    """

    path: Path
    ontology: FileStamp
    annotations: FileStamp
    genome: FileStamp | None = None
    link_path: Path | None = None
    whole: Path | None = None
    declared_by: str
    term_order: bool = False
    gene_order: bool = False
    terms: dict[str, DraftTerm] = field(default_factory=dict)
    links: dict[tuple[str, str], DraftLink] = field(default_factory=dict)
    genes: dict[str, str] = field(default_factory=dict)
    pairs: dict[tuple[str, str], DraftPair] = field(default_factory=dict)
    stated_genes: dict[str, tuple[int, int]] = field(default_factory=dict)
    manifest: Manifest | None = None
    removed: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    repeats: Counter[str] = field(default_factory=Counter)

    def refuse(
        self,
        what: str,
        line: int | None = None,
        *,
        expected: str | None = None,
        found: str | None = None,
        hint: str | None = None,
    ) -> FileRefused:
        """The error about a line of the file, for the caller to raise."""
        return FileRefused(what, path=self.path, line=line, expected=expected, found=found, hint=hint)

    def add_term(
        self,
        term: str,
        line: int | None = None,
        *,
        name: str = "",
        namespace: str = "",
        artificial: bool | None = None,
    ) -> None:
        """Declare a term.

        Args:
            term: its id.
            line: where it stands.
            name: what people call it.
            namespace: its branch.
            artificial: None if the format does not say; then only ``GO:ROOT`` is.

        Raises:
            FileRefused: it is declared already.
        """
        if term in self.terms:
            before = self.terms[term].line
            raise self.refuse(
                f"the term {term} is declared twice",
                line,
                expected="each term once",
                found="the same id again" if before is None else f"the same id in line {before}",
                hint="merge the two by hand",
            )
        marked = term == ROOT_ID if artificial is None else artificial
        self.terms[term] = DraftTerm(name=name, namespace=namespace, artificial=marked, line=line)

    def add_link(self, child: str, parent: str, line: int | None = None, *, kind: str | None = None) -> None:
        """Put a term below another; the same link again is counted and left out.

        Args:
            child: the more special term.
            parent: the more general one.
            line: where it stands.
            kind: None if the format does not say; then as ``usual_kind``.
        """
        if (child, parent) in self.links:
            self.repeats["link"] += 1
        else:
            self.links[child, parent] = DraftLink(kind=usual_kind(parent) if kind is None else kind, line=line)

    def add_gene(self, gene: str, line: int | None = None, *, symbol: str = "") -> None:
        """List a gene.

        Raises:
            FileRefused: it is listed already.
        """
        if gene in self.genes:
            raise self.refuse(f"the gene {gene} is listed twice", line, expected="each gene once")
        self.genes[gene] = symbol

    def add_pair(
        self, term: str, gene: str, line: int | None = None, *, evidence: str = "", first_date: str = ""
    ) -> None:
        """Attach a gene to a term; the same pair again is counted and left out. A gene that is not listed yet is."""
        if (term, gene) in self.pairs:
            self.repeats["gene of a term"] += 1
            return
        self.genes.setdefault(gene, "")
        self.pairs[term, gene] = DraftPair(evidence=evidence, first_date=first_date, line=line)
