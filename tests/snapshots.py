"""Snapshots for tests: written out by hand, or drawn at random. Every one keeps the rules of the format."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from dcell_graph.snapshot import dag
from dcell_graph.snapshot.schema import (
    TABLES,
    AnnotationSource,
    GenomeSource,
    Manifest,
    OntologySource,
    Snapshot,
    StageCount,
    content_id,
    typed,
)

LONG_AGO = datetime.datetime(2017, 7, 19, tzinfo=datetime.UTC).isoformat()


def make_snapshot(
    links: Iterable[tuple[str, str]],
    pairs: Iterable[tuple[str, str]],
    *,
    terms: Sequence[str] | None = None,
    genes: Sequence[str] | None = None,
    name: str = "by-hand",
    validate: bool = True,
) -> Snapshot:
    """Build a snapshot from its links and pairs.

    Args:
        links: (child, parent) pairs of term ids.
        pairs: (term, gene) pairs, direct annotations only.
        terms: all term ids in index order; None takes them from links and pairs in the order of first mention.
        genes: all gene ids in index order; None takes them from the pairs in the order of first mention.
        name: name in the manifest; not part of the snapshot id.
        validate: False leaves the check out, to make a snapshot that breaks a rule.
    """
    links, pairs = list(links), list(pairs)
    if terms is None:
        mentioned = [term for link in links for term in link] + [term for term, _ in pairs]
        terms = list(dict.fromkeys(mentioned))
    if genes is None:
        genes = list(dict.fromkeys(gene for _, gene in pairs))
    term_index = {term: index for index, term in enumerate(terms)}
    gene_index = {gene: index for index, gene in enumerate(genes)}
    parents = pd.DataFrame(
        [(term_index[child], term_index[parent], child, parent, "asserted") for child, parent in links],
        columns=list(TABLES["parents"]),
    )
    annotations = pd.DataFrame(
        [(term_index[term], gene_index[gene], term, gene, "IDA", "2010-01-01") for term, gene in pairs],
        columns=list(TABLES["annotations"]),
    )
    tables = {
        "terms": typed("terms", _terms_table(terms, len(genes), parents, annotations)),
        "parents": typed("parents", parents),
        "genes": typed("genes", pd.DataFrame({"index": range(len(genes)), "gene": genes, "symbol": genes})),
        "annotations": typed("annotations", annotations),
        "removed": typed("removed", pd.DataFrame([], columns=list(TABLES["removed"]))),
    }
    snapshot = Snapshot(manifest=_manifest(name, tables), **tables)
    if validate:
        snapshot.validate()
    return snapshot


def random_snapshot(
    seed: int,
    *,
    n_terms: int = 12,
    n_genes: int = 10,
    n_pairs: int = 30,
    more_parents: float = 0.3,
) -> Snapshot:
    """Draw a snapshot: a connected hierarchy with one root, whose index order says nothing about who is above whom.

    Some terms have no genes of their own, some genes sit on several terms, and a leaf without genes can occur.

    Args:
        seed: the same seed gives the same snapshot.
        n_terms: at least 1.
        n_genes: at least 1; every gene has a pair as long as ``n_pairs`` is at least ``n_genes``.
        n_pairs: (term, gene) pairs drawn; those drawn twice count once.
        more_parents: chance of a second parent, and again of a third.
    """
    random = np.random.default_rng(seed)
    label = random.permutation(n_terms)
    terms = [f"GO:{index:07d}" for index in range(n_terms)]
    links = []
    for lower in range(1, n_terms):
        wanted = min(lower, 1 + int(random.random() < more_parents) + int(random.random() < more_parents))
        above = random.choice(lower, size=wanted, replace=False)
        links += [(terms[label[lower]], terms[label[upper]]) for upper in above]
    genes = [f"Y{index:03d}W" for index in range(n_genes)]
    drawn = {
        (terms[random.integers(n_terms)], genes[pair % n_genes if pair < n_genes else random.integers(n_genes)])
        for pair in range(n_pairs)
    }
    return make_snapshot(links, sorted(drawn), terms=terms, genes=genes, name=f"random-{seed}")


def _terms_table(terms: Sequence[str], n_genes: int, parents: pd.DataFrame, annotations: pd.DataFrame) -> pd.DataFrame:
    count = len(terms)
    child, parent = (parents[column].to_numpy(np.int64) for column in ("child_index", "parent_index"))
    of_pair = annotations["term_index"].to_numpy(np.int64)
    gene = annotations["gene_index"].to_numpy(np.int64)
    return pd.DataFrame(
        {
            "index": range(count),
            "term": list(terms),
            "name": [f"process {term}" for term in terms],
            "namespace": "biological_process",
            "artificial": False,
            "depth": dag.depths(count, child, parent),
            "height": dag.heights(count, child, parent),
            "direct_genes": np.bincount(of_pair, minlength=count),
            "contained_genes": dag.contained_counts(count, n_genes, child, parent, of_pair, gene),
        }
    )


def _manifest(name: str, tables: dict[str, pd.DataFrame]) -> Manifest:
    n_terms, n_pairs = len(tables["terms"]), len(tables["annotations"])
    recipe = {"name": "by-hand"}
    return Manifest(
        snapshot_id=content_id(recipe, tables),
        name=name,
        created=LONG_AGO,
        software="dcell-graph tests",
        generated=True,
        recipe=recipe,
        ontology=OntologySource(release="none", sha256="0" * 64),
        annotation_files=(AnnotationSource(name="by-hand", sha256="0" * 64, release=None),),
        genome=GenomeSource(name="as-annotated", sha256=None),
        queries={},
        stages=(StageCount(stage="candidates", terms=n_terms, removed=0, pairs=n_pairs),),
        counts={"terms": n_terms, "pairs": n_pairs, "genes": len(tables["genes"])},
    )
