"""A network of two hidden layers that sees which genes are deleted and knows nothing about them."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from dcell_graph.train.baselines.additive import one_hot

Indices = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]


def equal_width(n_genes: int, parameters: int) -> int:
    """The largest width of two hidden layers with at most so many parameters, 1 at least.

    With G genes and width h these are (G + 1)·h + (h + 1)·h + (h + 1) = h² + (G + 3)·h + 1.
    """
    linear = n_genes + 3
    width = int((math.sqrt(linear**2 + 4 * max(0, parameters - 1)) - linear) / 2)
    return max(1, width)


def network(
    train: Indices,
    phenotype: Reals,
    wanted: Indices,
    *,
    n_genes: int,
    width: int,
    penalty: float,
    epochs: int,
    members: int,
    seed: int,
) -> Reals:
    """Mean of ``members`` networks of seeds ``seed``, ``seed`` + 1, …, with ReLU and Adam.

    Args:
        train: deleted genes of the training strains [N, K].
        phenotype: of each [N].
        wanted: deleted genes of the strains to predict [M, K].
        n_genes: G.
        width: of each of the two hidden layers.
        penalty: of the squared weights, divided by the number of strains of a batch.
        epochs: passes over the training strains.
        members: networks.
        seed: of the first one.

    Returns:
        Predictions [M].

    Raises:
        NotFound: scikit-learn is not installed.
    """
    genes, asked = one_hot(train, n_genes), one_hot(wanted, n_genes)
    from sklearn.neural_network import MLPRegressor

    mean, sd = float(phenotype.mean()), float(phenotype.std()) or 1.0
    total = np.zeros(len(wanted))
    for member in range(members):
        model = MLPRegressor(hidden_layer_sizes=(width, width), alpha=penalty, random_state=seed + member)
        for _ in range(epochs):
            # One pass at a time: there is nothing to converge to, so nothing to be warned of.
            model.partial_fit(genes, (phenotype - mean) / sd)
        total += model.predict(asked)
    return mean + sd * total / members
