"""The many right numbers of one annotation file, each with what it counts.

Rows, annotations, pairs and genes are different things, with and without NOT, ND, IEA and propagation; two numbers
from two places mostly differ because they count different things.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dcell_graph.graph.comparison import axes
from dcell_graph.graph.comparison.closure import Links, gather, read_links
from dcell_graph.graph.comparison.filters import Filters, sieve, spread
from dcell_graph.graph.comparison.known_on import SourceFile, find_sources, loaded_sources
from dcell_graph.graph.comparison.statements import Flags, Statements, read_statements
from dcell_graph.graph.comparison.tables import table
from dcell_graph.graph.comparison.term_count import find_terms, joined_by_regulates
from dcell_graph.graph.runner import Runner
from dcell_graph.sources.memo import collector_paused
from dcell_graph.sources.vocabulary import EVIDENCE_GROUPS, NAMESPACES, NO_DATA

EXPERIMENTAL = EVIDENCE_GROUPS["experimental"]
PLAIN, REGULATED = ("is_a", "part_of"), ("is_a", "part_of", "regulates")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Numbers of one file.

    Args:
        source: the file.
        release, genome: that terms and genes are looked up in.
        numbers: ``what``, ``number``, ``definition``.
        propagated: ``namespace``, ``relations``, ``genes``, ``pairs``, ``terms``: positive annotations without ND,
            passed on to all terms above; links between namespaces are not followed.
        terms: for each term with a gene, how many genes it has: ``direct``, ``genes`` (propagated over is_a and
            part_of), ``without_iea``, ``experimental``, ``with_regulates``.
        asked: the live terms asked for.
        joined: for these, the genes that they have only with regulates: ``term``, ``gene``, ``symbol``,
            ``annotated_to``, ``via`` (the link that brings them there).
        notes: the time axis, and warnings.
    """

    source: SourceFile
    release: str
    genome: str
    numbers: pd.DataFrame
    propagated: pd.DataFrame
    terms: pd.DataFrame
    asked: tuple[str, ...]
    joined: pd.DataFrame
    notes: tuple[str, ...]

    def number(self, what: str) -> int:
        """The number of that label."""
        return int(self.numbers["number"][self.numbers["what"] == what].item())


@collector_paused()
def count(runner: Runner, source: str, *, release: str, genome: str, terms: tuple[str, ...] = ()) -> Counts:
    """Count what is in a file.

    Args:
        runner: of the database.
        source: name of a loaded annotation file.
        release: ontology release.
        genome: genes are those of this genome; with ``as-annotated`` each gene product is a gene of its own.
        terms: ids (or alt_ids) of terms for which ``joined`` is wanted; they are in ``terms`` also without any gene.

    Raises:
        NotFound: the file or one of the terms is not there.
    """
    files = find_sources(runner, (source,))
    asked = find_terms(runner, release, terms)
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(read_links, runner, release)
        statements = read_statements(runner, files, release=release, genome=genome, detail="waterfall")
        links = reading.result()
    judged = sieve(statements, Filters(), None)
    kept = spread(statements, judged, statements.records[judged.alive])
    genes_of = _genes_by_term(statements, kept, links)
    names = _names(runner, release, genes_of, asked)
    return Counts(
        source=files[0],
        release=release,
        genome=genome,
        numbers=_numbers(files[0], statements, kept),
        propagated=_propagated(genes_of, names),
        terms=_term_table(genes_of, names, asked),
        asked=asked,
        joined=joined_by_regulates(statements, kept, links, genes_of, asked),
        notes=axes.notes(files, Filters(), loaded_sources(runner)),
    )


def _numbers(file: SourceFile, statements: Statements, kept: pd.DataFrame) -> pd.DataFrame:
    first = statements.annotations()
    evidence, negated = first["evidence"].astype(object).to_numpy(), first["negated"].to_numpy()
    no_data, electronic = evidence == NO_DATA, evidence == "IEA"
    positive = ~negated & ~no_data
    products = first["product"].to_numpy()
    direct = first[positive].drop_duplicates(["product", "stated"])
    pairs = kept.drop_duplicates(["gene", "term"])
    curated = kept[(kept["evidence"] != "IEA").to_numpy()].drop_duplicates(["gene", "term"])
    experimental = np.isin(evidence, EXPERIMENTAL)
    lines = [
        ("data rows", file.rows, "lines of the file that are neither comments nor blank"),
        ("refused rows", file.refused, "data rows that cannot be used; `load report` lists them with the reason"),
        ("merged rows", file.merged, "data rows that state the same annotation as an earlier row"),
        ("annotations", file.annotations, "different statements: data rows - refused rows - merged rows"),
        ("annotations, positive, without ND", int(positive.sum()), "no NOT, and evidence other than ND"),
        ("annotations with NOT", int(negated.sum()), "the product does not have, do or belong to that"),
        ("annotations with ND", int(no_data.sum()), "somebody looked and found nothing; says nothing about the gene"),
        ("annotations with IEA", int(electronic.sum()), "electronic, seen by no curator; NOT included"),
        ("annotations without IEA", int((~electronic).sum()), "all other evidence, NOT and ND included"),
        (
            "annotations, experimental",
            int(experimental.sum()),
            f"evidence {', '.join(EXPERIMENTAL)} (no high-throughput codes), NOT included",
        ),
        ("gene products", len(statements.products), "different ids that the file annotates"),
        (
            "gene products without a gene",
            int((statements.product_genes.sizes == 0).sum()),
            "no gene of the genome is known by their names, or they are no genes",
        ),
        ("genes named in the file", _genes(statements, np.ones(len(first), np.bool_), products), "by any annotation"),
        (
            "genes with a positive annotation that is not ND",
            _genes(statements, positive, products),
            "to any term, also an obsolete one",
        ),
        ("product-id pairs", len(direct), "different (gene product, GO id as written), positive, without ND"),
        ("gene-term pairs", len(pairs), "different (gene, live term), positive, without ND, not propagated"),
        ("gene-term pairs without IEA", len(curated), "those with other evidence than IEA"),
        ("genes with a pair", kept["gene"].nunique(), "genes in these pairs"),
        ("GO ids used", len(statements.stated), "different ids in the file, by any annotation"),
        ("live terms used", len(statements.terms), "terms of the release that these ids are, merged ids included"),
        ("live terms with a pair", kept["term"].nunique(), "terms in gene-term pairs"),
    ]
    return table(lines, ["what", "number", "definition"])


def _genes(statements: Statements, chosen: Flags, products: np.ndarray[tuple[int], np.dtype[np.int64]]) -> int:
    return len(np.unique(statements.product_genes.spread(products[chosen])[1]))


def _genes_by_term(statements: Statements, kept: pd.DataFrame, links: Links) -> dict[str, dict[str, int]]:
    """By column of ``Counts.terms`` and term the genes, as bits."""
    iea = (kept["evidence"] == "IEA").to_numpy()
    experimental = kept["evidence"].isin(EXPERIMENTAL).to_numpy()
    plain, regulated = links.followed(PLAIN), links.followed(REGULATED)
    direct = _bits(statements, kept)
    return {
        "direct": direct,
        "genes": gather(direct, plain),
        "without_iea": gather(_bits(statements, kept[~iea]), plain),
        "experimental": gather(_bits(statements, kept[experimental]), plain),
        "with_regulates": gather(direct, regulated),
    }


def _bits(statements: Statements, kept: pd.DataFrame) -> dict[str, int]:
    names = statements.terms["term"].tolist()
    found: dict[str, int] = {}
    pairs = kept.drop_duplicates(["gene", "term"])
    for gene, term in zip(pairs["gene"].tolist(), pairs["term"].tolist(), strict=True):
        found[names[term]] = found.get(names[term], 0) | 1 << gene
    return found


def _names(
    runner: Runner, release: str, genes_of: dict[str, dict[str, int]], asked: tuple[str, ...]
) -> dict[str, tuple[str, str]]:
    ids = sorted({*genes_of["with_regulates"], *asked})
    (columns,) = runner.read("compare/names", release=release, ids=ids)
    return dict(zip(columns["term"], zip(columns["name"], columns["namespace"], strict=True), strict=True))


def _propagated(genes_of: dict[str, dict[str, int]], names: dict[str, tuple[str, str]]) -> pd.DataFrame:
    rows = []
    for column, relations in (("direct", ()), ("genes", PLAIN), ("with_regulates", REGULATED)):
        for namespace in NAMESPACES:
            sets = [genes for term, genes in genes_of[column].items() if names[term][1] == namespace]
            union = 0
            for genes in sets:
                union |= genes
            pairs = sum(genes.bit_count() for genes in sets)
            rows.append([namespace, " + ".join(relations) or "not propagated", union.bit_count(), pairs, len(sets)])
    return table(rows, ["namespace", "relations", "genes", "pairs", "terms"])


def _term_table(
    genes_of: dict[str, dict[str, int]], names: dict[str, tuple[str, str]], asked: tuple[str, ...]
) -> pd.DataFrame:
    rows = [
        [term, *names[term], *(sets.get(term, 0).bit_count() for sets in genes_of.values())]
        for term in sorted({*genes_of["with_regulates"], *asked})
    ]
    return table(rows, ["term", "name", "namespace", *genes_of])
