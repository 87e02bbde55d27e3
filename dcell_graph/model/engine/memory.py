"""Memory for gradients, used again from step to step.

A gradient of millions of numbers that is allocated anew in every step costs more than it takes to compute: the
operating system hands out its pages one by one. Whoever holds a gradient must keep it, though, so memory is used again
only when no tensor uses it any more.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

ALIGNMENT = 64
"""Bytes; where vectors of the processor like to begin."""
MOST = 2
"""Pieces of memory that are kept."""


class GradientMemory:
    """Memory for the gradients of one parameter."""

    def __init__(self) -> None:
        self._pieces: list[npt.NDArray[Any]] = []

    def like(self, weights: torch.Tensor) -> torch.Tensor:
        """A tensor of the size, type and device of some weights, with any content."""
        if weights.device.type != "cpu":
            return torch.empty_like(weights)  # there torch keeps memory itself
        kind = np.float64 if weights.dtype == torch.float64 else np.float32
        self._pieces = [piece for piece in self._pieces if piece.shape == weights.shape and piece.dtype == kind]
        for place in range(len(self._pieces)):
            # One reference is the list's, one is made by asking; a tensor on the memory would be another.
            if sys.getrefcount(self._pieces[place]) == 2:
                return torch.from_numpy(self._pieces[place])
        piece = _aligned(len(weights), np.dtype(kind))
        if len(self._pieces) < MOST:
            self._pieces.append(piece)
        return torch.from_numpy(piece)


def _aligned(count: int, kind: np.dtype[Any]) -> npt.NDArray[Any]:
    whole = np.empty(count * kind.itemsize + ALIGNMENT, np.uint8)
    skip = -whole.ctypes.data % ALIGNMENT
    return whole[skip : skip + count * kind.itemsize].view(kind)
