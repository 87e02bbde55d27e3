"""Two measures of a subsystem's part in the prediction: shuffle its state, or follow the gradient through it.

Shapes: B strains, W values of a state.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

from dcell_graph.interpret.unrolled import Unrolled, padded
from dcell_graph.model.reference import ReferenceDCell
from dcell_graph.train.strains import Scale, StrainSet
from dcell_graph.types import Progress, silent

Values = npt.NDArray[np.float64]

REPEATS = 3
"""Shuffles of a subsystem."""


def permutation(
    model: ReferenceDCell, strains: StrainSet, scale: Scale, *, seed: int = 0, progress: Progress = silent
) -> Values:
    """How much worse the prediction gets if strains get each other's states of a term (Breiman 2001, for inputs).

    Args:
        model: in evaluation mode.
        strains: that the model has not been trained on.
        scale: between phenotypes and predictions.
        seed: of the shuffles.
        progress: told each term.

    Returns:
        The mean squared error with the shuffled states minus that with the true ones, in units of the variance of the
        phenotype; the mean of ``REPEATS`` shuffles [T].
    """
    random = np.random.default_rng(seed)
    whole = Unrolled(model, strains.deleted)
    target = scale.standardised(strains.target)
    spread = float(np.var(target)) or 1.0
    orders = [torch.from_numpy(random.permutation(len(strains))) for _ in range(REPEATS)]
    before = _error(whole.prediction, target)
    found = np.zeros(model.hierarchy.n_terms)
    for term in range(len(found)):
        after = [_error(whole.with_states({term: whole.states[term][order]}), target) for order in orders]
        found[term] = (np.mean(after) - before) / spread
        progress("terms shuffled", term + 1, len(found))
    return found


def gradient_times_state(model: ReferenceDCell, strains: StrainSet, scale: Scale) -> Values:
    """How much of the prediction's change against wild type passes through a term, to first order.

    Args:
        model: in evaluation mode.
        strains: any.
        scale: between phenotypes and predictions.

    Returns:
        The mean over strains of |gradient of the prediction by the state · (state - state of the wild type)|, in the
        unit of the phenotype [T].
    """
    wild = Unrolled(model, padded([()]))
    whole = Unrolled(model, strains.deleted, gradients=True)
    gradients = torch.autograd.grad(whole.prediction.sum(), whole.states, allow_unused=True)
    found = np.zeros(model.hierarchy.n_terms)
    for term, gradient in enumerate(gradients):
        if gradient is not None:
            change = whole.states[term].detach() - wild.states[term]
            found[term] = float((gradient * change).sum(dim=1).abs().mean()) * scale.sd
    return found


def _error(prediction: torch.Tensor, target: Values) -> float:
    return float(np.mean((prediction.detach().double().numpy() - target) ** 2))
