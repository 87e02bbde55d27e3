"""The loss of Ma et al. 2018: the root's error, plus the errors of all other heads with a smaller weight."""

from __future__ import annotations

from typing import Literal, NamedTuple

import torch

from dcell_graph.errors import TrainingError
from dcell_graph.model.batch import Output


class LossParts(NamedTuple):
    """The loss and what it is made of; each a scalar, and total = primary + weighted_auxiliary."""

    total: torch.Tensor
    primary: torch.Tensor
    auxiliary: torch.Tensor
    weighted_auxiliary: torch.Tensor


def dcell_loss(
    output: Output,
    target: torch.Tensor,
    *,
    root: int,
    alpha: float = 0.3,
    reduction: Literal["sum", "mean"] = "sum",
    sample_weight: torch.Tensor | None = None,
) -> LossParts:
    """Compare a model's output with the phenotypes.

    Args:
        output: prediction [B] and heads [B, T].
        target: phenotype of each strain [B], finite.
        root: column of ``heads`` that belongs to the root.
        alpha: weight of the other heads, 0 or more.
        reduction: over the other terms: their sum (the paper) or their mean. Over strains it is always the mean.
        sample_weight: weight of each strain in that mean [B], not negative and not all 0; None weights them equally.

    Returns:
        primary = MSE of the root; auxiliary = sum or mean over the other terms of their MSE, 0 when there are none;
        weighted_auxiliary = alpha · auxiliary; total.

    Raises:
        TrainingError: a shape that does not fit, a target that is not finite, or an unusable option or weight.
    """
    _check(output, target, root, alpha, reduction)
    weight = _strain_weights(target, sample_weight)
    error = output.heads - target.to(output.heads.dtype).unsqueeze(1)  # [B, T]
    mse = weight.to(error.dtype) @ error.square()  # [T]
    primary = mse[root]
    others = torch.cat([mse[:root], mse[root + 1 :]])
    auxiliary = others.sum()
    if reduction == "mean" and len(others):
        auxiliary = auxiliary / len(others)
    weighted = alpha * auxiliary
    return LossParts(primary + weighted, primary, auxiliary, weighted)


def _check(output: Output, target: torch.Tensor, root: int, alpha: float, reduction: str) -> None:
    heads = output.heads
    if heads.dim() != 2 or target.shape != heads.shape[:1] or output.prediction.shape != target.shape:
        raise TrainingError(
            "the targets do not fit the predictions",
            expected=f"one target a strain, shape [{heads.shape[0]}]",
            found=f"shape {list(target.shape)}",
        )
    if not target.is_floating_point():
        raise TrainingError("the targets are not real numbers", found=str(target.dtype))
    if not bool(torch.isfinite(target).all()):
        first = int(torch.nonzero(~torch.isfinite(target))[0])
        raise TrainingError(
            "a target is not a finite number",
            found=f"{target[first].item()} at position {first} of the batch",
            hint="leave strains without a measured phenotype out",
        )
    if not 0 <= root < heads.shape[1]:
        raise TrainingError("there is no head for the root", expected=f"0 to {heads.shape[1] - 1}", found=str(root))
    if not 0 <= alpha < float("inf"):
        raise TrainingError("the weight of the other heads cannot be used", expected="0 or more", found=str(alpha))
    if reduction not in ("sum", "mean"):
        raise TrainingError("the heads cannot be combined like this", expected="sum or mean", found=reduction)


def _strain_weights(target: torch.Tensor, sample_weight: torch.Tensor | None) -> torch.Tensor:
    """Weights that add up to 1 [B]."""
    if sample_weight is None:
        return torch.full_like(target, 1 / max(1, len(target)))
    usable = sample_weight.shape == target.shape and bool((torch.isfinite(sample_weight) & (sample_weight >= 0)).all())
    if not usable or not bool(sample_weight.sum() > 0):
        raise TrainingError(
            "the weights of the strains cannot be used",
            expected=f"{len(target)} finite numbers, none negative and not all 0",
            found=f"shape {list(sample_weight.shape)}",
        )
    return sample_weight / sample_weight.sum()
