"""Adam and AdamW in one pass over memory, together with the clipping of the gradient.

With millions of weights and few rows a batch, moving the weights is a good part of a step. The compiled kernel reads
and writes everything once; where there is none, torch's own fused optimisers do the work. Both compute the same, and
what they remember has the same names, so one can take over from the other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from dcell_graph.model.dcell import DCell
from dcell_graph.model.engine.adam import AdamStep


class FusedAdam(torch.optim.Optimizer):
    """Adam or AdamW for the weights of a ``DCell``.

    Args:
        model: whose weights are moved.
        lr: learning rate.
        betas: how much of the old moments is kept.
        eps: added to the root of the second moment.
        weight_decay: 0 for none.
        decoupled: True is AdamW: weights shrink by lr · weight_decay. False is Adam, which adds weight_decay · weight
            to the gradient.
        clip: longest gradient; longer ones are shortened to it before they count. None: as long as they are.
    """

    def __init__(
        self,
        model: DCell,
        *,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        decoupled: bool = True,
        clip: float | None = None,
    ) -> None:
        kind = torch.optim.AdamW if decoupled else torch.optim.Adam
        on_device = model.weights.device.type in ("cpu", "cuda")
        # What computes where there is no kernel; both keep their memory in one place.
        self._torch = kind([model.weights], lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, fused=on_device)
        super().__init__([model.weights], dict(self._torch.defaults))
        self._model, self._decoupled, self._clip = model, decoupled, clip
        self.norm: float | None = None
        """Length of the last gradient before it was clipped, if it is."""

    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """Move the weights by their gradient.

        Args:
            closure: computes the loss again and returns it, as for any optimiser of torch.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        weights = self._model.weights
        if weights.grad is None:
            return loss
        engine = self._model.kernel()
        if engine is None:
            self._with_torch(weights)
            return loss
        group, state = self.param_groups[0], self.state[weights]
        if not state:
            state["step"] = torch.zeros(())
            state["exp_avg"] = torch.zeros_like(weights)
            state["exp_avg_sq"] = torch.zeros_like(weights)
        state["step"] += 1
        step = AdamStep(
            step=int(state["step"]),
            lr=float(group["lr"]),
            betas=group["betas"],
            eps=group["eps"],
            weight_decay=group["weight_decay"],
            decoupled=self._decoupled,
        )
        with engine as kernel, torch.no_grad():
            moments = state["exp_avg"], state["exp_avg_sq"]
            self.norm = kernel.adam(weights.detach(), weights.grad, *moments, step, self._clip)
        # The kernel writes past torch; autograd must know that the weights are others now.
        torch.autograd.graph.increment_version(weights)
        return loss

    def _with_torch(self, weights: torch.nn.Parameter) -> None:
        if self._clip is not None:
            self.norm = float(torch.nn.utils.clip_grad_norm_([weights], self._clip))
        self._torch.param_groups, self._torch.state = self.param_groups, self.state
        self._torch.step()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on where an optimiser left off: this one, or torch's Adam or AdamW of the same kind."""
        fused = self.param_groups[0]["fused"]
        super().load_state_dict(state_dict)
        self.param_groups[0]["fused"] = fused
