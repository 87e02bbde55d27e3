"""The control: the same hierarchy, with the genes in the wrong places.

A model that predicts as well with permuted genes owes nothing to what the ontology says about them: it has the size and
the shape of the hierarchy, and the strains.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from dcell_graph.train.preparation import Preparation
from dcell_graph.train.strains import StrainSet


def with_permuted_genes(prepared: Preparation, *, n_genes: int, seed: int) -> Preparation:
    """Exchange the places of all genes that some strain lacks, the same way in every strain.

    Args:
        prepared: the strains of a run.
        n_genes: number of genes of the model, G.
        seed: of the permutation.
    """
    parts = (prepared.train, prepared.validation, prepared.test)
    measured = np.unique(np.concatenate([part.deleted.numpy().ravel() for part in parts]))
    measured = measured[measured >= 0]
    places = np.arange(n_genes, dtype=np.int64)
    places[measured] = np.random.default_rng(seed).permutation(measured)
    train, validation, test = (_moved(part, places) for part in parts)
    return replace(prepared, train=train, validation=validation, test=test)


def _moved(strains: StrainSet, places: np.ndarray[tuple[int], np.dtype[np.int64]]) -> StrainSet:
    deleted = strains.deleted.numpy()
    moved = np.where(deleted >= 0, places[deleted], deleted)
    return replace(strains, deleted=torch.from_numpy(moved))
