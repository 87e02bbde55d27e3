"""The loss, against numbers worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from dcell_graph.errors import TrainingError
from dcell_graph.model.batch import Output
from dcell_graph.model.loss import dcell_loss

# Two strains, three heads, the root in the middle. Errors: 1, 0, 2 for the first strain and 0, -3, 1 for the second.
TARGET = torch.tensor([1.0, 5.0], dtype=torch.float64)
HEADS = torch.tensor([[2.0, 1.0, 3.0], [5.0, 2.0, 6.0]], dtype=torch.float64)
OUTPUT = Output(HEADS[:, 1], HEADS)


def parts(**options: Any) -> list[float]:
    return [part.item() for part in dcell_loss(OUTPUT, TARGET, root=1, **options)]


def test_sum_over_heads_is_the_default() -> None:
    # Mean squared errors: 1/2, 9/2, 5/2.
    assert parts() == pytest.approx([4.5 + 0.3 * 3.0, 4.5, 3.0, 0.9])


def test_mean_over_heads() -> None:
    assert parts(reduction="mean", alpha=2.0) == pytest.approx([4.5 + 2.0 * 1.5, 4.5, 1.5, 3.0])


def test_without_the_other_heads() -> None:
    assert parts(alpha=0.0) == pytest.approx([4.5, 4.5, 3.0, 0.0])


def test_weighted_strains() -> None:
    # Weights 1/4 and 3/4: 1/4, 27/4, 4/4 + 3/4.
    assert parts(sample_weight=torch.tensor([1.0, 3.0])) == pytest.approx([6.75 + 0.3 * 2.0, 6.75, 2.0, 0.6])
    assert parts(sample_weight=torch.tensor([2.0, 2.0])) == pytest.approx(parts())


@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_one_term_has_no_other_heads(reduction: Any) -> None:
    only = Output(HEADS[:, 1], HEADS[:, 1:2])
    assert [part.item() for part in dcell_loss(only, TARGET, root=0, reduction=reduction)] == [4.5, 4.5, 0.0, 0.0]


def test_gradient() -> None:
    heads = HEADS.clone().requires_grad_()
    dcell_loss(Output(heads[:, 1], heads), TARGET, root=1).total.backward()  # type: ignore[no-untyped-call]
    # 2 · error / strains, times 0.3 for the other heads.
    assert heads.grad is not None
    torch.testing.assert_close(heads.grad, torch.tensor([[0.3, 0.0, 0.6], [0.0, -3.0, 0.3]], dtype=torch.float64))


def test_target_takes_the_precision_of_the_heads() -> None:
    low = Output(HEADS[:, 1].float(), HEADS.float())
    assert dcell_loss(low, TARGET, root=1).total.dtype == torch.float32
    assert dcell_loss(low, TARGET, root=1).total.item() == pytest.approx(5.4)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (torch.tensor([1.0, float("nan")]), ["not a finite number", "position 1"]),
        (torch.tensor([float("-inf"), 1.0]), ["-inf", "position 0"]),
        (torch.tensor([[1.0], [5.0]]), ["shape [2]", "shape [2, 1]"]),
        (torch.tensor([1.0, 5.0, 6.0]), ["shape [2]", "shape [3]"]),
        (torch.tensor([1, 5]), ["not real numbers", "int64"]),
    ],
)
def test_unusable_targets_are_refused(target: torch.Tensor, words: list[str]) -> None:
    with pytest.raises(TrainingError) as caught:
        dcell_loss(OUTPUT, target, root=1)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"root": 3}, "0 to 2"),
        ({"root": -1}, "0 to 2"),
        ({"alpha": -0.1}, "0 or more"),
        ({"alpha": float("nan")}, "0 or more"),
        ({"reduction": "max"}, "sum or mean"),
        ({"sample_weight": torch.tensor([1.0])}, "2 finite numbers"),
        ({"sample_weight": torch.tensor([1.0, -1.0])}, "none negative"),
        ({"sample_weight": torch.tensor([0.0, 0.0])}, "not all 0"),
        ({"sample_weight": torch.tensor([1.0, float("nan")])}, "finite"),
    ],
)
def test_unusable_options_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(TrainingError, match=words):
        dcell_loss(OUTPUT, TARGET, **{"root": 1, **options})
