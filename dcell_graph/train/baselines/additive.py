"""The simplest competitor: every deleted gene adds a number of its own.

Shapes: N strains, K deleted genes a strain at most, G genes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from dcell_graph.errors import NotFound

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Indices = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]


def one_hot(deleted: Indices, n_genes: int) -> csr_matrix:
    """Strains as rows of zeros, with a 1 for each deleted gene [N, G].

    Args:
        deleted: indices of the deleted genes, padded with -1 [N, K].
        n_genes: G.

    Raises:
        NotFound: scikit-learn is not installed.
    """
    require_scikit_learn()
    from scipy.sparse import csr_matrix

    strain, place = np.nonzero(deleted >= 0)
    ones = np.ones(len(strain))
    return csr_matrix((ones, (strain, deleted[strain, place])), shape=(len(deleted), n_genes))


def additive_ridge(train: Indices, phenotype: Reals, wanted: Indices, *, n_genes: int, penalty: float) -> Reals:
    """Ridge regression on the deleted genes: a mean, plus one effect a gene, kept small by ``penalty``.

    Args:
        train: deleted genes of the training strains [N, K].
        phenotype: of each [N].
        wanted: deleted genes of the strains to predict [M, K].
        n_genes: G.
        penalty: factor of the sum of the squared effects, above 0.

    Returns:
        Predictions [M].

    Raises:
        NotFound: scikit-learn is not installed.
    """
    genes = one_hot(train, n_genes)
    from sklearn.linear_model import Ridge

    model = Ridge(alpha=penalty, solver="sparse_cg", tol=1e-8).fit(genes, phenotype)
    predicted: Reals = model.predict(one_hot(wanted, n_genes))
    return predicted


def require_scikit_learn() -> None:
    """Make sure that scikit-learn is there.

    Raises:
        NotFound: it is not.
    """
    try:
        import sklearn  # noqa: F401
    except ImportError:
        raise NotFound(
            "scikit-learn is not installed, which the competitors need", hint='pip install "dcell-graph[train]"'
        ) from None
