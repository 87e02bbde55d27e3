"""Strains as the model reads them: gene indices and phenotypes, divided, and cut into batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch

from dcell_graph.measurements.gene_array import GeneArray
from dcell_graph.measurements.strain_names import StrainNames
from dcell_graph.train.metrics import is_constant

Indices = npt.NDArray[np.int64]

SMALLEST_SD = 0.1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StrainSet:
    """Some strains, N of them.

    Args:
        names: of the genotypes.
        deleted: indices of the deleted genes, padded with -1 [N, K].
        target: measured phenotypes, in their own unit [N].
        sd: their standard deviations, NaN where unknown [N]; None: all unknown.
        weight: of each strain in the loss [N]; None: all equal.
    """

    names: Sequence[str]
    deleted: torch.Tensor
    target: npt.NDArray[np.float64]
    sd: npt.NDArray[np.float64] | None = None
    weight: npt.NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return len(self.names)

    def take(self, positions: Indices) -> StrainSet:
        """The strains at some positions."""
        return StrainSet(
            names=StrainNames.of(self.names).take(positions),
            deleted=self.deleted[torch.from_numpy(positions)],
            target=self.target[positions],
            sd=None if self.sd is None else self.sd[positions],
            weight=None if self.weight is None else self.weight[positions],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Between phenotypes and what the model predicts: phenotype = mean + sd * prediction."""

    mean: float = 0.0
    sd: float = 1.0

    @classmethod
    def of(cls, target: npt.NDArray[np.float64]) -> Scale:
        """Mean and population sd of training phenotypes; phenotypes that are all equal keep their unit."""
        return cls(mean=float(target.mean()), sd=1.0 if is_constant(target) else float(target.std()))

    def standardised(self, target: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Phenotypes in the model's unit."""
        return (target - self.mean) / self.sd

    def restored(self, prediction: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Predictions in the unit of the phenotype; still float32, because that is how exact they are."""
        return (self.mean + self.sd * prediction.astype(np.float64)).astype(np.float32)


def encode(strains: pd.DataFrame, gene_ids: Sequence[str]) -> StrainSet:
    """Turn selected strains into indices by the names of their genes, never by position in a file.

    Args:
        strains: columns strain, genes and phenotype; every gene is one of ``gene_ids``.
        gene_ids: genes in index order.
    """
    index = {gene: position for position, gene in enumerate(gene_ids)}
    genes = strains["genes"].array
    if not isinstance(genes, GeneArray):
        genes = GeneArray.of(genes)
    used = set(genes.used())
    number = np.array([index[gene] if gene in used else -1 for gene in genes.names], np.int64)
    return StrainSet(
        names=StrainNames.of(strains["strain"]),
        deleted=torch.from_numpy(genes.table(number)),
        target=strains["phenotype"].to_numpy(np.float64),
        sd=strains["sd"].to_numpy(np.float64) if "sd" in strains else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighing:
    """How much strains weigh in the loss: 1/sd², so that the training strains with a known sd have the mean weight 1.

    A strain whose sd is not known weighs 1. Two repeats may agree by chance, and an sd near 0 would let one strain
    outweigh all others: no sd counts as less than ``SMALLEST_SD`` times the median one.

    Args:
        least: the smallest sd that counts as it is.
        unit: what 1/sd² is divided by.
        known: number of training strains with a known sd.
    """

    least: float
    unit: float
    known: int

    @classmethod
    def of(cls, sd: npt.NDArray[np.float64] | None) -> Weighing | None:
        """By the sds of the training strains; None if no positive one is known."""
        known = np.zeros(0) if sd is None else sd[np.isfinite(sd)]
        if not np.any(known > 0):
            return None
        least = SMALLEST_SD * float(np.median(known[known > 0]))
        return cls(least=least, unit=float(np.mean(np.maximum(known, least) ** -2.0)), known=len(known))

    def weight(self, sd: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Weights of strains [N]."""
        weight = np.maximum(sd, self.least) ** -2.0 / self.unit
        return np.where(np.isfinite(sd), weight, 1.0)


def shuffled(count: int, *, seed: int, epoch: int) -> Indices:
    """An order of ``count`` strains that depends on seed and epoch only."""
    raw = np.random.PCG64([seed, epoch]).random_raw(count)
    return np.argsort(raw, kind="stable").astype(np.int64)


def batches(order: Indices, size: int, *, merge_single: bool) -> list[Indices]:
    """Cut an order of strains into batches; every strain is in exactly one.

    Args:
        order: positions of the strains.
        size: strains a batch.
        merge_single: put a last batch of one strain into the one before it, for models that cannot train on one strain.
    """
    parts = [order[start : start + size] for start in range(0, len(order), size)]
    if merge_single and len(parts) > 1 and len(parts[-1]) == 1:
        parts[-2:] = [np.concatenate(parts[-2:])]
    return parts
