"""The two back ends behind one interface, and which of them computes a model.

Shapes: B strains, R rows, F values of all states.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Literal, Protocol

import numpy as np
import torch

from dcell_graph.errors import TrainingError
from dcell_graph.model.batch import Exchange
from dcell_graph.model.config import ModelConfig
from dcell_graph.model.engine import compiled
from dcell_graph.model.engine.compiled_index import CompiledIndexer
from dcell_graph.model.engine.index import RowIndex, build_index
from dcell_graph.model.engine.output import Batch
from dcell_graph.model.engine.plan import Plan
from dcell_graph.model.engine.portable import TorchEngine
from dcell_graph.model.engine.propagation import clear_gaps

Asked = Literal["auto", "compiled", "torch"]


class Work(Protocol):
    """A batch that a back end has computed."""

    heads: torch.Tensor
    """The head of every row [R]."""

    def backward(self, d_heads: torch.Tensor, out: torch.Tensor) -> torch.Tensor:
        """Write the gradient of all weights into ``out``, given that of the heads [R]; at most once."""

    def term_states(self, position: int) -> torch.Tensor:
        """States of all rows of a term [rows, W]."""

    def release(self) -> None:
        """Say that nothing more will be asked."""


class Backend(Protocol):
    """What computes batches of one plan."""

    plan: Plan
    name: str

    def run(
        self,
        weights: torch.Tensor,
        running: Mapping[str, torch.Tensor],
        batch: Batch,
        *,
        training: bool,
        track: bool,
        keep: bool,
        only_root: bool = False,
        kept: torch.Tensor | None = None,
    ) -> Work:
        """Compute a batch.

        Args:
            weights: all learnable numbers; they must stay as they are until ``Work.backward``.
            running: running statistics by name [F].
            batch: the strains.
            training: whether batch norm uses the statistics of the batch.
            track: whether it then moves the running statistics.
            keep: whether ``Work.backward`` will be called.
            only_root: heads of other terms are not needed and may be anything.
            kept: what dropout multiplies the values of states by [F].
        """


class TorchBackend:
    """PyTorch: every option, any device, 32 and 64 bits.

    Args:
        plan: of a model.
        device: where to compute.
        why: why not the compiled kernel, for people.
        exchange: other processes that hold the rest of every batch.
    """

    def __init__(self, plan: Plan, device: torch.device, why: str, exchange: Exchange | None = None) -> None:
        self.plan = plan
        self.name = f"torch: {why}"
        self._engine = TorchEngine(plan, device, exchange)

    def run(
        self,
        weights: torch.Tensor,
        running: Mapping[str, torch.Tensor],
        batch: Batch,
        *,
        training: bool,
        track: bool,
        keep: bool,
        only_root: bool = False,
        kept: torch.Tensor | None = None,
    ) -> Work:
        """See ``Backend``."""
        places = batch.places(self._engine)
        return self._engine.run(weights, running, places, training=training, track=track, keep=keep, kept=kept)

    def prepare(self, batch: Batch) -> None:
        """Work out what a batch needs; may run in any thread."""
        batch.places(self._engine)


class CompiledBackend:
    """The compiled kernel: float32 on the processor, batch norm or none.

    An engine has room for one batch, from its forward to its backward pass. So batches that are under way at the same
    time get engines of their own, which are kept for the batches to come.

    Args:
        plan: of a model.
        threads: of the kernel.
    """

    def __init__(self, plan: Plan, threads: int) -> None:
        self.plan, self._threads = plan, threads
        self._free = [self._new()]
        self.name = self._free[0].name

    def run(
        self,
        weights: torch.Tensor,
        running: Mapping[str, torch.Tensor],
        batch: Batch,
        *,
        training: bool,
        track: bool,
        keep: bool,
        only_root: bool = False,
        kept: torch.Tensor | None = None,
    ) -> Work:
        """See ``Backend``."""
        engine = self.take()
        statistics = {} if training and not track else running
        heads = engine.forward(weights.detach(), statistics, batch.index, training, all_heads=not only_root)
        return _CompiledWork(heads, engine, self)

    def prepare(self, batch: Batch) -> None:
        """Nothing to prepare: the kernel reads the index as it is."""

    @contextmanager
    def borrowed(self) -> Iterator[compiled.CompiledEngine]:
        """An engine for a while."""
        engine = self.take()
        try:
            yield engine
        finally:
            self.give(engine)

    def take(self) -> compiled.CompiledEngine:
        """An engine that nobody uses; ``give`` it back."""
        return self._free.pop() if self._free else self._new()

    def give(self, engine: compiled.CompiledEngine) -> None:
        """Give an engine back."""
        self._free.append(engine)

    def _new(self) -> compiled.CompiledEngine:
        return compiled.CompiledEngine(self.plan, self.plan.hierarchy.config, self._threads)


class _CompiledWork:
    """A batch in an engine, which goes back when the batch is done or forgotten."""

    def __init__(self, heads: torch.Tensor, engine: compiled.CompiledEngine, home: CompiledBackend) -> None:
        self.heads = heads
        self._engine: compiled.CompiledEngine | None = engine
        self._home = home

    def backward(self, d_heads: torch.Tensor, out: torch.Tensor) -> torch.Tensor:
        """See ``Work``."""
        assert self._engine is not None
        clear_gaps(self._engine.plan, out)
        gradient = self._engine.backward(d_heads.contiguous(), out)
        self.release()
        return gradient

    def term_states(self, position: int) -> torch.Tensor:
        """See ``Work``."""
        assert self._engine is not None
        return self._engine.states(position)

    def release(self) -> None:
        """See ``Work``."""
        engine, self._engine = self._engine, None
        if engine is not None:
            self._home.give(engine)

    def __del__(self) -> None:
        self.release()


def why_torch(config: ModelConfig, weights: torch.Tensor, asked: Asked) -> str | None:
    """Why the compiled kernel does not compute a model; None if it does.

    Args:
        config: options of the model.
        weights: of the model; their type and device count.
        asked: what was asked for.

    Raises:
        TrainingError: the kernel was asked for by name and cannot do it.
    """
    if asked == "torch":
        return "asked for"
    reason: str | None = None
    if not compiled.available():
        reason = compiled.why_not()
    elif weights.device.type != "cpu":
        reason = f"the compiled kernel does not run on {weights.device.type}"
    elif weights.dtype != torch.float32:
        reason = f"the compiled kernel has no {str(weights.dtype).removeprefix('torch.')}"
    else:
        reason = compiled.supports(config)
    if reason is not None and asked == "compiled":
        raise TrainingError("the compiled kernel cannot compute this model", found=reason)
    return reason


class Indexer:
    """Finds the rows of batches, in compiled code where there is some; may be used from any thread.

    Args:
        plan: of a model.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._compiled = CompiledIndexer(plan) if compiled.available() else None

    def build(self, deleted: np.ndarray[tuple[int, int], np.dtype[np.int64]]) -> RowIndex:
        """Rows of a batch.

        Raises:
            TrainingError: the batch cannot be used.
        """
        return build_index(self.plan, deleted) if self._compiled is None else self._compiled.build(deleted)
