"""The loss of Ma et al. 2018: the root's error, plus the errors of all other heads with a smaller weight.

Shapes: B strains, T terms, R rows.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import torch

from dcell_graph.errors import TrainingError
from dcell_graph.model.batch import Output
from dcell_graph.model.engine.output import Batch, RowOutput


class LossParts(NamedTuple):
    """The loss and what it is made of; each a scalar, and total = primary + weighted_auxiliary."""

    total: torch.Tensor
    primary: torch.Tensor
    auxiliary: torch.Tensor
    weighted_auxiliary: torch.Tensor


def dcell_loss(
    output: Output | RowOutput,
    target: torch.Tensor,
    *,
    root: int,
    alpha: float = 0.3,
    reduction: Literal["sum", "mean"] = "sum",
    sample_weight: torch.Tensor | None = None,
) -> LossParts:
    """Compare a model's output with the phenotypes.

    Args:
        output: prediction [B] and heads [B, T], or the same row by row: then the heads are never spread out.
        target: phenotype of each strain [B], finite.
        root: index of the root among the terms.
        alpha: weight of the other heads, 0 or more.
        reduction: over the other terms: their sum (the paper) or their mean. Over strains it is always the mean.
        sample_weight: weight of each strain in that mean [B], not negative and not all 0; None weights them equally.

    Returns:
        primary = MSE of the root; auxiliary = sum or mean over the other terms of their MSE, 0 when there are none;
        weighted_auxiliary = alpha · auxiliary; total.

    Raises:
        TrainingError: a shape that does not fit, a target that is not finite, or an unusable option or weight.
    """
    if isinstance(output, RowOutput):
        _check((len(output.batch), output.batch.plan.n_terms), target, root, alpha, reduction)
        weight = _strain_weights(target, sample_weight)
        primary, auxiliary = _of_rows(output, target.double(), weight.double(), root)
        others = output.batch.plan.n_terms - 1
    else:
        _check_output(output)
        _check((output.heads.shape[0], output.heads.shape[1]), target, root, alpha, reduction)
        weight = _strain_weights(target, sample_weight)
        error = output.heads - target.to(output.heads.dtype).unsqueeze(1)  # [B, T]
        mse = weight.to(error.dtype) @ error.square()  # [T]
        primary, auxiliary = mse[root], torch.cat([mse[:root], mse[root + 1 :]]).sum()
        others = len(mse) - 1
    if reduction == "mean" and others:
        auxiliary = auxiliary / others
    weighted = alpha * auxiliary
    return LossParts(primary + weighted, primary, auxiliary, weighted)


def _of_rows(
    output: RowOutput, target: torch.Tensor, weight: torch.Tensor, root: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean squared error of the root, and the sum of those of the other terms.

    The strains of a row with weights w and phenotypes y have Σ w · (head - y)² = W · (head - m)² + Σ w · y² - W · m²,
    with W = Σ w and m their weighted mean; only the first part depends on the model. The sums are those of the strains
    on each row; the strains on a base row are all but those on the other rows of its term.
    """
    batch = output.batch
    total, mean, rest = _row_targets(batch, target, weight)
    squares = total.to(output.rows.dtype) * (output.rows - mean.to(output.rows.dtype)).square()
    position = int(batch.plan.position[root])
    start, stop = (int(batch.index.row_start[place]) for place in (position, position + 1))
    of_root = rest[position]
    primary = squares[start:stop].sum() + of_root.to(squares.dtype)
    others = squares[:start].sum() + squares[stop:].sum()
    return primary, others + (rest.sum() - of_root).to(squares.dtype)


@torch.no_grad()
def _row_targets(
    batch: Batch, target: torch.Tensor, weight: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Weight and mean phenotype of each row [R], and what remains of each term's squares, by position [T]."""
    total = batch.row_sums(weight).clamp_(min=0)
    weighted = batch.row_sums(weight * target)
    mean = torch.where(total > 0, weighted / total, 0.0)
    explained = torch.bincount(batch.row_term, weighted * mean, batch.plan.n_terms)
    return total, mean, (weight @ target.square() - explained).clamp_(min=0)


def _check_output(output: Output) -> None:
    if output.heads.dim() != 2 or output.prediction.shape != output.heads.shape[:1]:
        raise TrainingError(
            "the predictions and heads do not fit each other",
            expected="predictions [strains] and heads [strains, terms]",
            found=f"shapes {list(output.prediction.shape)} and {list(output.heads.shape)}",
        )


def _check(shape: tuple[int, int], target: torch.Tensor, root: int, alpha: float, reduction: str) -> None:
    strains, terms = shape
    if target.shape != (strains,):
        raise TrainingError(
            "the targets do not fit the predictions",
            expected=f"one target a strain, shape [{strains}]",
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
    if not 0 <= root < terms:
        raise TrainingError("there is no head for the root", expected=f"0 to {terms - 1}", found=str(root))
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
