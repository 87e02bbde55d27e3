"""Profile kNN: what happens with similar genes in the place of one of the two.

Shapes: N training strains, M strains to predict, K deleted genes a strain at most, G genes, S similar genes.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dcell_graph.model.similar import SimilarGenes, similar_by_profile
from dcell_graph.train.baselines.additive import additive_ridge

Indices = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]

CANDIDATES = 100
"""Similar genes that are looked at for each gene; the nearest of them with a measured partner count."""


def pairs_of(deleted: Indices) -> tuple[Indices, Indices, Indices]:
    """Which strains lack exactly two genes, and which: positions, lower and higher gene, each [P].

    Args:
        deleted: indices of the deleted genes, padded with -1; a gene may be repeated [N, K].
    """
    highest = deleted.max(axis=1, initial=-1)
    lowest = np.where(deleted >= 0, deleted, np.iinfo(np.int64).max).min(axis=1, initial=np.iinfo(np.int64).max)
    only = ((deleted == highest[:, None]) | (deleted == lowest[:, None]) | (deleted < 0)).all(axis=1)
    where = np.flatnonzero(only & (lowest < highest))
    return where, lowest[where], highest[where]


def profile_knn(
    train: Indices, phenotype: Reals, wanted: Indices, *, n_genes: int, penalty: float, nearest: int, shrinkage: float
) -> Reals:
    """Additive ridge, plus the mean of what it misses in strains with a similar gene in place of one of the two.

    For the pair (a, b) these are the training strains (a', b), with a' the ``nearest`` genes most similar to a that
    were measured with b, and (a, b') likewise. Similarity is that of ``model.similar``: correlation of profiles over
    the training strains, squared, positive ones only, with a sum of 1 over a gene's candidates. A strain that lacks
    another number of genes than two gets the additive prediction.

    Args:
        train: deleted genes of the training strains [N, K].
        phenotype: of each [N].
        wanted: deleted genes of the strains to predict [M, K].
        n_genes: G.
        penalty: of the ridge.
        nearest: genes that count for each of the two, 1 or more.
        shrinkage: weight of a strain in which nothing is missed, 0 or more; so few or dissimilar neighbours say little.

    Returns:
        Predictions [M].

    Raises:
        NotFound: scikit-learn is not installed.
    """
    both = np.concatenate([_padded(train, wanted), _padded(wanted, train)])
    additive = additive_ridge(train, phenotype, both, n_genes=n_genes, penalty=penalty)
    missed, predicted = phenotype - additive[: len(train)], additive[len(train) :]
    similar = similar_by_profile(train, missed, n_genes=n_genes, count=min(CANDIDATES, max(1, n_genes - 1)))
    total, times = _table(train, missed, n_genes)
    mean = np.divide(total, times, out=total, where=times > 0)
    where, first, second = pairs_of(wanted)
    sums, weights = np.zeros(len(where)), np.full(len(where), shrinkage)
    for one, other in ((first, second), (second, first)):
        found, weight = _neighbours(similar, mean, times > 0, one, other, nearest)
        sums += found
        weights += weight
    predicted[where] += np.divide(sums, weights, out=np.zeros_like(sums), where=weights > 0)
    return predicted


def _neighbours(
    similar: SimilarGenes, mean: Reals, known: npt.NDArray[np.bool_], one: Indices, other: Indices, nearest: int
) -> tuple[Reals, Reals]:
    """Weighted sum over the genes similar to ``one``, and the sum of weights, each [P]."""
    gene, share = similar.gene[one], similar.share[one].astype(np.float64)
    has = known[gene, other[:, None]] & (gene >= 0) & (gene != other[:, None])
    weight = np.where(has & (np.cumsum(has, axis=1) <= nearest), share, 0.0)
    return (weight * mean[gene, other[:, None]]).sum(axis=1), weight.sum(axis=1)


def _table(train: Indices, values: Reals, n_genes: int) -> tuple[Reals, Reals]:
    """Sum and number of the values of each pair of genes, both ways round [G, G]."""
    total, times = np.zeros((n_genes, n_genes)), np.zeros((n_genes, n_genes))
    where, first, second = pairs_of(train)
    for one, other in ((first, second), (second, first)):
        np.add.at(total, (one, other), values[where])
        np.add.at(times, (one, other), 1.0)
    return total, times


def _padded(deleted: Indices, other: Indices) -> Indices:
    """The same with as many columns as the wider of the two has."""
    more = max(0, other.shape[1] - deleted.shape[1])
    return np.pad(deleted, ((0, 0), (0, more)), constant_values=-1)
