"""Similar genes share in each other's inputs: "soft bits".

With x the inputs of a strain, one a gene, and W the shares, the model reads x' = x + x·W, that is
x'_j = x_j + Σ_i x_i · W_ij: a deletion is felt, in part, by the genes whose measured profiles look like that of the
deleted one. Which genes are similar must come from the training strains only, or the model has seen what it is tested
on.

Shapes: G genes, S similar genes a gene at most, N strains.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from dcell_graph.errors import TrainingError
from dcell_graph.model.config import ModelConfig

Indices = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]

FEWEST_SHARED = 10
"""Partners that two genes must share before their profiles are compared."""
BLOCK = 512
"""Genes that are compared with all others at once, which bounds the memory."""


class SimilarGenes(NamedTuple):
    """Which genes share in the input of each gene, and how much.

    Args:
        gene: indices of the similar genes, -1 for none [G, S].
        share: W_ij for each, 0 where there is none [G, S], float32.
    """

    gene: Indices
    share: npt.NDArray[np.float32]

    def checked(self, n_genes: int, most: int) -> SimilarGenes:
        """The same, if a model can use it.

        Raises:
            TrainingError: another shape or type, an index outside -1 to G - 1, a gene similar to itself or listed
                twice, or a share that is negative, not finite, or given without a gene.
        """
        if self.gene.shape != (n_genes, most) or self.share.shape != self.gene.shape or self.gene.dtype != np.int64:
            raise TrainingError(
                "the similar genes do not fit the model",
                expected=f"64-bit indices and shares of shape [{n_genes}, {most}]",
                found=f"{self.gene.dtype} of shape {list(self.gene.shape)}, shares of shape {list(self.share.shape)}",
            )
        nobody = self.gene < 0
        ordered = np.sort(self.gene, axis=1)
        wrong = (self.gene < -1) | (self.gene >= n_genes) | (self.gene == np.arange(n_genes)[:, None])
        wrong |= ~np.isfinite(self.share) | (self.share < 0) | (nobody & (self.share != 0))
        wrong[:, 1:] |= (ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] >= 0)
        if wrong.any():
            gene = int(np.argwhere(wrong)[0, 0])
            raise TrainingError(
                f"the genes similar to gene {gene} cannot be used",
                expected=f"other genes from 0 to {n_genes - 1}, each once, with shares of 0 or more; -1 with share 0",
                found=f"{self.gene[gene].tolist()} with {self.share[gene].tolist()}",
                hint="compute them with similar_by_profile from the training strains",
            )
        return self


def similar_by_profile(
    strains: Indices, phenotype: Reals, *, n_genes: int, count: int, fewest: int = FEWEST_SHARED
) -> SimilarGenes:
    """Find each gene's most similar profiles of double mutants.

    A gene's profile is the mean phenotype of its double mutants by partner. Two profiles are compared by the Pearson
    correlation over the partners that both have. The ``count`` highest correlations count if they are positive, each
    with weight corr²; the weights of a gene add up to 1.

    Args:
        strains: deleted genes, -1 for padding [N, K]; those with two different genes are used, others ignored. Give
            training strains only.
        phenotype: of each strain, finite [N].
        n_genes: G.
        count: S, 1 or more.
        fewest: partners that two genes must share, 3 or more.

    Raises:
        TrainingError: the shapes do not fit, a gene is unknown, or a phenotype is not finite.
    """
    values, known = _profiles(strains, phenotype, n_genes)
    gene = np.full((n_genes, count), -1, np.int64)
    share = np.zeros((n_genes, count), np.float32)
    measured = np.flatnonzero(known.any(axis=1))
    values, measures = values[measured], known[measured].astype(np.float64)
    for start in range(0, len(measured), BLOCK):
        rows = slice(start, start + BLOCK)
        correlation = _correlations(values, measures, rows, max(3, fewest))
        # Stable and from the highest, so that equal correlations go to the gene with the lower index.
        best = np.argsort(-correlation, axis=1, kind="stable")[:, :count]
        weight = np.maximum(np.take_along_axis(correlation, best, axis=1), 0.0) ** 2
        total = weight.sum(axis=1, keepdims=True)
        weight = np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)
        found = slice(0, best.shape[1])
        gene[measured[rows], found] = np.where(weight > 0, measured[best], -1)
        share[measured[rows], found] = weight
    return SimilarGenes(gene, np.where(gene >= 0, share, np.float32(0)))


def _profiles(strains: Indices, phenotype: Reals, n_genes: int) -> tuple[Reals, npt.NDArray[np.bool_]]:
    """Mean phenotype by gene and partner, less the mean of all (0 where not measured), and what was measured [G, G]."""
    if strains.ndim != 2 or phenotype.shape != strains.shape[:1] or not np.isfinite(phenotype).all():
        raise TrainingError(
            "the profiles of the genes cannot be computed",
            expected="a table of strains and one finite phenotype each",
            found=f"strains of shape {list(strains.shape)}, phenotypes of shape {list(phenotype.shape)}",
        )
    if ((strains < -1) | (strains >= n_genes)).any():
        raise TrainingError("a strain lacks a gene that the model does not know", expected=f"-1 to {n_genes - 1}")
    highest = strains.max(axis=1, initial=-1)
    lowest = np.where(strains >= 0, strains, n_genes).min(axis=1, initial=n_genes)
    both = (strains == highest[:, None]) | (strains == lowest[:, None]) | (strains < 0)
    double = both.all(axis=1) & (lowest < highest)
    first, second, measured = lowest[double], highest[double], phenotype[double]
    total, times = np.zeros((n_genes, n_genes)), np.zeros((n_genes, n_genes))
    centre = measured.mean() if len(measured) else 0.0
    for gene, partner in ((first, second), (second, first)):
        np.add.at(total, (gene, partner), measured - centre)
        np.add.at(times, (gene, partner), 1.0)
    return np.divide(total, times, out=total, where=times > 0), times > 0


def _correlations(values: Reals, known: Reals, rows: slice, fewest: int) -> Reals:
    """Correlation of some genes' profiles with those of all, -1 where it is undefined and with itself."""
    mine, has = values[rows], known[rows]
    shared = has @ known.T
    mean_mine = np.divide(mine @ known.T, shared, out=np.zeros_like(shared), where=shared > 0)
    mean_other = np.divide(has @ values.T, shared, out=np.zeros_like(shared), where=shared > 0)
    together = mine @ values.T - shared * mean_mine * mean_other
    spread = (mine**2 @ known.T - shared * mean_mine**2) * (has @ (values**2).T - shared * mean_other**2)
    usable = (shared >= fewest) & (spread > 1e-24)
    usable[np.arange(len(mine)), np.arange(rows.start, rows.start + len(mine))] = False
    return np.where(usable, together / np.sqrt(np.where(usable, spread, 1.0)), -1.0)


def fill_similar_genes(model: nn.Module, config: ModelConfig, n_genes: int, similar: SimilarGenes) -> None:
    """Fill the buffers ``similar`` and ``similarity`` of a model.

    Raises:
        TrainingError: the options have no similar genes, or these do not fit.
    """
    if config.similar_genes is None:
        raise TrainingError("the model has no similar genes", hint="choose the option similar_genes")
    similar = similar.checked(n_genes, config.similar_genes)
    model.get_buffer("similar").copy_(torch.from_numpy(similar.gene))
    # Rounded to 32 bits, so that all implementations and precisions compute with the same shares.
    model.get_buffer("similarity").copy_(torch.from_numpy(similar.share.astype(np.float32)))


def refuse_unknown_similarity(similarity: torch.Tensor) -> None:
    """Check that a model that needs similar genes has been told which.

    Raises:
        TrainingError: it has not.
    """
    if bool(torch.isnan(similarity).any()):
        raise TrainingError(
            "the model does not know which genes are similar",
            hint="give it similar_by_profile of the training strains (set_similar_genes), or trained weights",
        )
