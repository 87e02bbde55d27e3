"""The compiled back end: forward and backward pass over the rows of a batch, and Adam, on the processor.

It works in 32 bits on one model's flat weights (see plan.py). The loss is not its business: it gives the head of every
row and takes the gradient of the loss by each of these.
"""

from __future__ import annotations

import ctypes
import os
import weakref
from collections.abc import Mapping
from typing import get_args

import torch

from dcell_graph.errors import TrainingError
from dcell_graph.model.batch import refuse_single_strain
from dcell_graph.model.config import Activation, ModelConfig
from dcell_graph.model.engine.adam import AdamStep
from dcell_graph.model.engine.binding import IndexView, Options, PlanArrays, instruction_sets, loaded
from dcell_graph.model.engine.index import RowIndex
from dcell_graph.model.engine.plan import Plan
from dcell_graph.model.subsystem import MOMENTUM

# Options that the kernel has, or that concern only the plan and the first weights.
_KNOWN = {
    *("norm", "norm_before_activation", "norm_eps", "activation", "layers", "init_range", "min_width", "width_ratio"),
    *("width_rounding", "width_genes", "gene_coding", "similar_genes"),
}
_SET_NAMES = {"AVX512": "AVX-512", "AVX2": "AVX2", "PORTABLE": "portable code"}


def available() -> bool:
    """Whether the kernel can be used here."""
    return not isinstance(loaded(), str)


def why_not() -> str:
    """In a sentence why the kernel cannot be used here; empty where it can."""
    kernel = loaded()
    return kernel if isinstance(kernel, str) else ""


def supports(config: ModelConfig) -> str | None:
    """Why the kernel cannot compute a model with these options, or None if it can."""
    if config.norm not in ("batch", "none"):
        return f"{config.norm} norm is not in the compiled kernel"
    if config.layers != 1:
        return "two layers a subsystem are not in the compiled kernel"
    for name, field in ModelConfig.model_fields.items():
        if name not in _KNOWN and getattr(config, name) != field.get_default(call_default_factory=True):
            return f"the option {name} is not in the compiled kernel"
    return None


class CompiledEngine:
    """Passes of one model in compiled code. Not for several threads at once; it uses threads of its own.

    Args:
        plan: the model's plan.
        config: its options; see ``supports``.
        threads: threads to use; as many as torch uses by default.
        instruction_set: one of ``instruction_sets()``; None takes the best.
        momentum: how far running statistics move towards those of a batch.

    Raises:
        TrainingError: the kernel cannot be used here, or lacks an option or the instruction set.
    """

    def __init__(
        self,
        plan: Plan,
        config: ModelConfig,
        threads: int | None = None,
        *,
        instruction_set: str | None = None,
        momentum: float = MOMENTUM,
    ) -> None:
        kernel = loaded()
        if isinstance(kernel, str):
            raise TrainingError(kernel)
        reason = supports(config)
        if reason is not None:
            raise TrainingError(reason)
        sets = instruction_sets()
        if instruction_set is not None and instruction_set not in sets:
            raise TrainingError(
                "the kernel cannot use that instruction set here", expected=", ".join(sets), found=instruction_set
            )
        self.plan = plan
        self.threads = torch.get_num_threads() if threads is None else threads
        most = max(64, os.cpu_count() or 1)
        if not 1 <= self.threads <= most:
            raise TrainingError("the kernel cannot use so many threads", expected=f"1 to {most}", found=str(threads))
        self.instruction_set = instruction_set or sets[0]
        self._batch_norm = config.norm == "batch"
        self._kernel = kernel
        self._arrays = PlanArrays(plan)
        options = Options(
            activation=get_args(Activation).index(config.activation),
            batch_norm=self._batch_norm,
            norm_first=config.norm_before_activation,
            eps=config.norm_eps,
            momentum=momentum,
        )
        self._engine = kernel.dcell_engine_new(
            ctypes.addressof(self._arrays.view),
            ctypes.addressof(options),
            self.threads,
            sets.index(self.instruction_set),
        )
        if not self._engine:
            raise MemoryError
        weakref.finalize(self, kernel.dcell_engine_free, self._engine)
        # What the kernel points to since the last forward pass.
        self._index: RowIndex | None = None
        self._weights = torch.empty(0)
        self._live = False

    @property
    def name(self) -> str:
        """What a log says about this engine."""
        count = f"{self.threads} thread{'' if self.threads == 1 else 's'}"
        return f"compiled kernel, {_SET_NAMES[self.instruction_set]}, {count}"

    def forward(
        self,
        weights: torch.Tensor,
        running: Mapping[str, torch.Tensor],
        index: RowIndex,
        training: bool,
        *,
        all_heads: bool = True,
    ) -> torch.Tensor:
        """Heads of all rows [R].

        Args:
            weights: the flat weights [plan.size], float32; they must stay as they are until ``backward``.
            running: running_mean and running_var [F], where there is batch norm. In training they are moved; an empty
                mapping leaves nothing to move.
            index: the rows of the batch.
            training: batch norm takes its statistics from the batch.
            all_heads: False computes the heads of the root's rows only, and leaves 0 elsewhere.

        Raises:
            TrainingError: weights or statistics of another kind, or batch norm training on one strain.
        """
        _check("weights", weights, self.plan.size)
        if self._batch_norm and training:
            refuse_single_strain(index.strains)
        statistics = [0, 0]
        if self._batch_norm and (running or not training):
            for place, name in enumerate(("running_mean", "running_var")):
                _check(name, running[name], self.plan.n_values)
                statistics[place] = running[name].data_ptr()
        heads = torch.empty(index.n_rows) if all_heads else torch.zeros(index.n_rows)
        view = _view(index)
        self._live = False
        code = self._kernel.dcell_forward(
            self._engine,
            ctypes.addressof(view),
            weights.data_ptr(),
            *(pointer or None for pointer in statistics),
            training,
            all_heads,
            heads.data_ptr(),
        )
        if code:
            raise MemoryError
        self._index, self._weights, self._live = index, weights, True
        return heads

    def backward(self, head_gradients: torch.Tensor, out: torch.Tensor | None = None) -> torch.Tensor:
        """Gradient of the flat weights [plan.size]; once after each forward pass.

        Args:
            head_gradients: gradient of the loss by the head of each row [R], float32: of all its strains together.
            out: where to write it, else a new tensor; regions that the kernel does not know are left as they are.

        Raises:
            TrainingError: no forward pass came before, or a tensor of another kind.
        """
        pointer = self._head_gradients(head_gradients)
        if out is None:
            out = torch.zeros(self.plan.size)
        _check("gradient", out, self.plan.size)
        self._live = False
        self._kernel.dcell_backward(self._engine, pointer, self._weights.data_ptr(), out.data_ptr())
        return out

    def adam(
        self,
        weights: torch.Tensor,
        gradient: torch.Tensor,
        first: torch.Tensor,
        second: torch.Tensor,
        step: AdamStep,
        clip: float | None = None,
    ) -> float | None:
        """Move weights by a gradient, in one pass.

        Args:
            weights, gradient, first, second: weights, their gradient, and the moments, of equal length, float32.
            step: the step.
            clip: longest gradient; longer ones are shortened to it, as torch's ``clip_grad_norm_`` does.

        Returns:
            Length of the gradient, if ``clip`` is given.

        Raises:
            TrainingError: a tensor of another kind.
        """
        count = len(weights)
        for name, tensor in (
            ("weights", weights),
            ("gradient", gradient),
            ("first moments", first),
            ("second moments", second),
        ):
            _check(name, tensor, count)
        factor, norm = 1.0, None
        if clip is not None:
            found = ctypes.c_double()
            if self._kernel.dcell_norm(self._engine, gradient.data_ptr(), count, ctypes.byref(found)):
                raise MemoryError
            norm = found.value
            factor = min(1.0, clip / (norm + 1e-6))
        view = step.view(first, second)
        self._kernel.dcell_adam(
            self._engine, weights.data_ptr(), gradient.data_ptr(), factor, count, ctypes.addressof(view)
        )
        return norm

    def states(self, position: int) -> torch.Tensor:
        """States of the rows of the term at a position [M, W], after a forward and before its backward pass.

        Raises:
            TrainingError: no forward pass came before.
        """
        index = self._forward_index()
        rows = int(index.row_start[position + 1] - index.row_start[position])
        states = torch.empty(rows, int(self.plan.width[position]))
        self._kernel.dcell_states(self._engine, position, states.data_ptr())
        return states

    def _head_gradients(self, head_gradients: torch.Tensor) -> int:
        _check("gradients of the heads", head_gradients, self._forward_index().n_rows)
        return head_gradients.data_ptr()

    def _forward_index(self) -> RowIndex:
        if self._index is None or not self._live:
            raise TrainingError("there is no forward pass to go back through", hint="call forward first")
        return self._index


def _view(index: RowIndex) -> IndexView:
    arrays = {
        field[0]: getattr(index, field[0]).ctypes.data for field in IndexView._fields_ if field[1] is ctypes.c_void_p
    }
    return IndexView(strains=index.strains, base_changes=len(index.base_pair), **arrays)


def _check(name: str, tensor: torch.Tensor, length: int) -> None:
    usable = tensor.dtype == torch.float32 and tensor.device.type == "cpu" and tensor.is_contiguous()
    if not usable or tensor.shape != (length,):
        raise TrainingError(
            f"the compiled kernel cannot use the {name}",
            expected=f"float32 numbers on the processor, side by side, of shape [{length}]",
            found=f"{str(tensor.dtype).removeprefix('torch.')} on {tensor.device} of shape {list(tensor.shape)}",
        )
