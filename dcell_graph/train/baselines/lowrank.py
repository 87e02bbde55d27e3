"""Low-rank factorisation of the table of gene pairs, averaged over the posterior by Gibbs sampling.

Bayesian probabilistic matrix factorisation (Salakhutdinov & Mnih 2008, doi:10.1145/1390156.1390267) of a symmetric
table: y_ij = mean + b_i + b_j + Σ_r s_r·u_ir·u_jr + noise, with signs s_r of +1 and -1 in turn, because genes may also
be unlike themselves: the table need not be positive definite.

Shapes: N training strains, M strains to predict, K deleted genes a strain at most, G genes, R rank.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dcell_graph.train.baselines.additive import additive_ridge
from dcell_graph.train.baselines.profiles import pairs_of

Indices = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """Training pairs, by gene: its partners and the standardised phenotypes with them."""

    partners: list[Indices]
    values: list[Reals]
    first: Indices
    second: Indices
    phenotype: Reals


def low_rank(
    train: Indices,
    phenotype: Reals,
    wanted: Indices,
    *,
    n_genes: int,
    penalty: float,
    rank: int,
    sweeps: int,
    seed: int,
) -> Reals:
    """Mean prediction over samples of the factors, taken after the first third of the sweeps.

    Precisions of noise, of the effects b and of the factors u are sampled too (gamma priors of shape and rate 1). A
    strain that lacks another number of genes than two plays no part in the factors and gets the additive prediction.

    Args:
        train: deleted genes of the training strains [N, K].
        phenotype: of each [N].
        wanted: deleted genes of the strains to predict [M, K].
        n_genes: G.
        penalty: of the additive ridge.
        rank: R, 1 or more.
        sweeps: over all genes, 3 or more.
        seed: of the samples.

    Returns:
        Predictions [M].

    Raises:
        NotFound: scikit-learn is not installed.
    """
    predicted = additive_ridge(train, phenotype, wanted, n_genes=n_genes, penalty=penalty)
    where, first, second = pairs_of(train)
    asked, one, other = pairs_of(wanted)
    if len(where) == 0 or len(asked) == 0:
        return predicted
    mean, sd = float(phenotype[where].mean()), float(phenotype[where].std()) or 1.0
    table = _by_gene(first, second, (phenotype[where] - mean) / sd, n_genes)
    random = np.random.default_rng(seed)
    signs = np.where(np.arange(rank) % 2 == 0, 1.0, -1.0)
    factors = np.concatenate([np.zeros((n_genes, 1)), random.normal(0, 0.3, (n_genes, rank))], axis=1)
    noise, prior = 1.0, np.ones(rank + 1)
    total, taken = np.zeros(len(asked)), 0
    for sweep in range(sweeps):
        _sample_factors(table, factors, signs, noise, prior, random)
        missed = table.phenotype - _interaction(factors, signs, table.first, table.second)
        noise = random.gamma(1 + len(missed) / 2) / (1 + np.square(missed).sum() / 2)
        prior = random.gamma(1 + n_genes / 2, size=rank + 1) / (1 + np.square(factors).sum(axis=0) / 2)
        if sweep >= sweeps // 3:
            total += _interaction(factors, signs, one, other)
            taken += 1
    predicted[asked] = mean + sd * total / taken
    return predicted


def _sample_factors(
    table: _Table, factors: Reals, signs: Reals, noise: float, prior: Reals, random: np.random.Generator
) -> None:
    """Draw the effect and the factors of each gene, given those of all others; changes ``factors`` [G, 1 + R]."""
    drawn = random.normal(size=factors.shape)
    for gene, (partners, values) in enumerate(zip(table.partners, table.values, strict=True)):
        theirs = factors[partners]
        inputs = theirs * np.concatenate([[0.0], signs])
        inputs[:, 0] = 1.0
        precision = noise * (inputs.T @ inputs)
        precision[np.diag_indices_from(precision)] += prior
        root = np.linalg.cholesky(precision)
        half = np.linalg.solve(root, noise * (inputs.T @ (values - theirs[:, 0])))
        factors[gene] = np.linalg.solve(root.T, half + drawn[gene])


def _interaction(factors: Reals, signs: Reals, first: Indices, second: Indices) -> Reals:
    one, other = factors[first], factors[second]
    products: Reals = one[:, 0] + other[:, 0] + (one[:, 1:] * other[:, 1:]) @ signs
    return products


def _by_gene(first: Indices, second: Indices, phenotype: Reals, n_genes: int) -> _Table:
    gene, partner = np.concatenate([first, second]), np.concatenate([second, first])
    order = np.argsort(gene, kind="stable")
    ends = np.cumsum(np.bincount(gene, minlength=n_genes))[:-1]
    return _Table(
        partners=np.split(partner[order], ends),
        values=np.split(np.concatenate([phenotype, phenotype])[order], ends),
        first=first,
        second=second,
        phenotype=phenotype,
    )
