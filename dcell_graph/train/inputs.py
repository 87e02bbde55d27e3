"""What a model is called with, batch after batch, prepared while the batch before is computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import torch

from dcell_graph.train.checkpoint import Model
from dcell_graph.train.strains import Indices


def inputs(model: Model, deleted: torch.Tensor, batches: Sequence[Indices], device: torch.device) -> Iterator[Any]:
    """What to call the model with for each batch.

    A model with a method ``index`` has that prepare each batch in a thread of its own, one batch ahead; any other gets
    the deleted genes on its device.

    Args:
        model: to be called with what comes.
        deleted: deleted genes of all strains, padded with -1 [N, K].
        batches: positions in ``deleted``.
        device: of the model.
    """
    index = getattr(model, "index", None)
    if index is None:
        for positions in batches:
            yield deleted[torch.from_numpy(positions)].to(device)
        return
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="next-batch") as thread:
        waiting: Future[Any] | None = None
        for positions in batches:
            ready = waiting
            waiting = thread.submit(index, deleted[torch.from_numpy(positions)].to(device))
            if ready is not None:
                yield ready.result()
        if waiting is not None:
            yield waiting.result()
