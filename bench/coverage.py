"""Time coverage on random pairs of deletions: ``PYTHONPATH=. python bench/coverage.py [STRAINS] [GENES]``.

A tenth of the genes is unknown to the snapshot. Seen on 2 cores shared with other programs: 5 to 8 s for 1,000,000
strains of 6,000 genes, 0.13 to 0.26 s for 10,432 strains of 1,200 genes.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from dcell_graph.snapshot.coverage import cover
from dcell_graph.snapshot.coverage_sentences import explain
from tests.snapshots import make_snapshot


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Print how long something took."""
    start = time.perf_counter()
    yield
    print(f"{what}: {time.perf_counter() - start:.2f} s")


def main(n_strains: int, n_genes: int) -> None:
    """Draw strains, and see them through a snapshot of 500 terms."""
    random = np.random.default_rng(0)
    genes = [f"Y{number:05d}W" for number in range(n_genes)]
    terms = [f"GO:{number:07d}" for number in range(500)]
    pairs = sorted({(terms[random.integers(500)], gene) for gene in genes[: n_genes * 9 // 10] for _ in range(3)})
    snapshot = make_snapshot([(term, terms[0]) for term in terms[1:]], pairs)
    drawn = random.integers(n_genes, size=(n_strains, 2)).tolist()
    labels = random.normal(size=n_strains)
    names = [f"s{number:07d}" for number in range(n_strains)]
    with timed(f"coverage of {n_strains:,} strains of {n_genes:,} genes"):
        found = cover(snapshot, names=names, genes=[(genes[a], genes[b]) for a, b in drawn], labels=labels)
    print(found.fits.to_string(index=False))
    print(f"{len(found.groups):,} groups of more than one strain, {found.only_by_weights:,} strains by weights only")
    with timed("explaining two strains"):
        explain(found, names[:2])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("strains", type=int, nargs="?", default=1_000_000)
    parser.add_argument("genes", type=int, nargs="?", default=6_000)
    asked = parser.parse_args()
    main(asked.strains, asked.genes)
