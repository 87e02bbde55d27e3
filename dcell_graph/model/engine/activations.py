"""Activations of rows that are written as a base row and differences from it.

What batch norm divides by is often the spread of a few rows that hardly differ. Subtracting two activations that are
nearly equal would leave little but rounding errors of it, so φ(z + d) - φ(z) is computed from d wherever a formula
exists. In the same way φ'(z + d) - φ'(z), which the gradient of the base row needs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

import torch

SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772  # Klambauer et al. 2017
LEAK = 0.1


class Activation(Protocol):
    """A function of every value, for base values z and differences d, with a = φ(z) and c = φ(z + d) - φ(z)."""

    def value(self, z: torch.Tensor) -> torch.Tensor:
        """φ(z)."""

    def difference(self, z: torch.Tensor, a: torch.Tensor, d: torch.Tensor) -> torch.Tensor:
        """φ(z + d) - φ(z)."""

    def slope(self, z: torch.Tensor, a: torch.Tensor) -> torch.Tensor:
        """φ'(z)."""

    def slope_difference(self, z: torch.Tensor, a: torch.Tensor, d: torch.Tensor, c: torch.Tensor) -> torch.Tensor:
        """φ'(z + d) - φ'(z)."""


class Tanh:
    """tanh, by its addition theorem."""

    def value(self, z: torch.Tensor) -> torch.Tensor:
        """φ(z)."""
        return torch.tanh(z)

    def difference(self, z: torch.Tensor, a: torch.Tensor, d: torch.Tensor) -> torch.Tensor:
        """φ(z + d) - φ(z)."""
        t = torch.tanh(d)
        product = a * t
        found = torch.addcmul(t, product, a, value=-1).div_(1 + product)
        # Where the two are saturated on opposite sides the theorem divides 0 by 0; there the values differ enough.
        return torch.where(product < -0.5, torch.tanh(z + d) - a, found)

    def slope(self, z: torch.Tensor, a: torch.Tensor) -> torch.Tensor:
        """φ'(z)."""
        return 1 - a.square()

    def slope_difference(self, z: torch.Tensor, a: torch.Tensor, d: torch.Tensor, c: torch.Tensor) -> torch.Tensor:
        """φ'(z + d) - φ'(z)."""
        return torch.addcmul(c.square(), a, c, value=2).neg_()


class Gelu:
    """z · Φ(z), with Φ the normal distribution; small differences by Gauss's rule of two points over the slope."""

    def value(self, z: torch.Tensor) -> torch.Tensor:
        """φ(z)."""
        return z * _normal(z)

    def difference(self, z: torch.Tensor, a: torch.Tensor, d: torch.Tensor) -> torch.Tensor:
        """φ(z + d) - φ(z)."""
        return torch.where(_small(d), _integral(self._slope, z, d), self.value(z + d) - a)

    def slope(self, z: torch.Tensor, a: torch.Tensor) -> torch.Tensor:
        """φ'(z)."""
        return self._slope(z)

    def slope_difference(self, z: torch.Tensor, a: torch.Tensor, d: torch.Tensor, c: torch.Tensor) -> torch.Tensor:
        """φ'(z + d) - φ'(z)."""
        return torch.where(_small(d), _integral(self._bend, z, d), self._slope(z + d) - self._slope(z))

    def _slope(self, z: torch.Tensor) -> torch.Tensor:
        return _normal(z) + z * _density(z)

    def _bend(self, z: torch.Tensor) -> torch.Tensor:
        return (2 - z.square()) * _density(z)


class Linear:
    """A straight line, with another slope below 0: linear, relu, leaky relu.

    Args:
        below: slope below 0.
    """

    def __init__(self, below: float) -> None:
        self.below = below

    def value(self, z: torch.Tensor) -> torch.Tensor:
        """φ(z)."""
        return z if self.below == 1 else torch.where(z > 0, z, self.below * z)

    def difference(self, z: torch.Tensor, a: torch.Tensor, d: torch.Tensor) -> torch.Tensor:
        """φ(z + d) - φ(z)."""
        if self.below == 1:
            return d
        crosses = (z > 0) != (z + d > 0)
        return torch.where(crosses, self.value(z + d) - a, d * self._slope(z))

    def slope(self, z: torch.Tensor, a: torch.Tensor) -> torch.Tensor:
        """φ'(z)."""
        return self._slope(z)

    def slope_difference(self, z: torch.Tensor, a: torch.Tensor, d: torch.Tensor, c: torch.Tensor) -> torch.Tensor:
        """φ'(z + d) - φ'(z)."""
        return self._slope(z + d) - self._slope(z)

    def _slope(self, z: torch.Tensor) -> torch.Tensor:
        ones = torch.ones_like(z)
        return ones if self.below == 1 else torch.where(z > 0, ones, self.below * ones)


class Exponential:
    """scale · z above 0, scale · alpha · (exp(z) - 1) below: elu, selu.

    Args:
        scale: slope above 0.
        alpha: depth below 0, before scaling.
    """

    def __init__(self, scale: float, alpha: float) -> None:
        self.scale, self.alpha = scale, alpha

    def value(self, z: torch.Tensor) -> torch.Tensor:
        """φ(z)."""
        return self.scale * torch.where(z > 0, z, self.alpha * torch.expm1(z.clamp(max=0)))

    def difference(self, z: torch.Tensor, a: torch.Tensor, d: torch.Tensor) -> torch.Tensor:
        """φ(z + d) - φ(z)."""
        after = z + d
        below = self.scale * self.alpha * torch.exp(z.clamp(max=0)) * torch.expm1(torch.where(after > 0, 0, d))
        one_side = torch.where(z > 0, self.scale * d, below)
        return torch.where((z > 0) != (after > 0), self.value(after) - a, one_side)

    def slope(self, z: torch.Tensor, a: torch.Tensor) -> torch.Tensor:
        """φ'(z)."""
        return self._slope(z)

    def slope_difference(self, z: torch.Tensor, a: torch.Tensor, d: torch.Tensor, c: torch.Tensor) -> torch.Tensor:
        """φ'(z + d) - φ'(z)."""
        both_below = (z <= 0) & (z + d <= 0)  # there the slope is the value plus a constant
        return torch.where(both_below, c, self._slope(z + d) - self._slope(z))

    def _slope(self, z: torch.Tensor) -> torch.Tensor:
        return self.scale * torch.where(z > 0, 1.0, self.alpha * torch.exp(z.clamp(max=0)))


ACTIVATIONS: dict[str, Activation] = {
    "tanh": Tanh(),
    "relu": Linear(0.0),
    "leaky_relu": Linear(LEAK),
    "gelu": Gelu(),
    "selu": Exponential(SELU_SCALE, SELU_ALPHA),
    "elu": Exponential(1.0, 1.0),
    "linear": Linear(1.0),
}


def _small(d: torch.Tensor) -> torch.Tensor:
    """Where d⁵ / 4320, the error of ``_integral``, is nothing next to d."""
    return d.abs() < (0.25 if d.dtype == torch.float32 else 0.005)


def _integral(slope: Callable[[torch.Tensor], torch.Tensor], z: torch.Tensor, d: torch.Tensor) -> torch.Tensor:
    """The integral of a slope from z to z + d, by Gauss's rule of two points."""
    aside = 0.5 / math.sqrt(3)
    return 0.5 * d * (slope(z + (0.5 - aside) * d) + slope(z + (0.5 + aside) * d))


def _normal(z: torch.Tensor) -> torch.Tensor:
    return 0.5 * torch.erfc(z * -math.sqrt(0.5))


def _density(z: torch.Tensor) -> torch.Tensor:
    return torch.exp(-0.5 * z.square()) * (1 / math.sqrt(2 * math.pi))
