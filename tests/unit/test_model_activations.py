"""Differences of activations, against differences of the activations themselves in many more digits."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, localcontext

import pytest
import torch

from dcell_graph.model.engine.activations import ACTIVATIONS

PI = Decimal("3.14159265358979323846264338327950288419716939937511")


def normal(z: Decimal) -> Decimal:
    """The normal distribution, by its power series."""
    term, total, place = z, z, 0
    while abs(term) > Decimal(10) ** -45:
        place += 1
        term *= -z * z / (2 * place)
        total += term / (2 * place + 1)
    return Decimal("0.5") + total / (2 * PI).sqrt()


def tanh(z: Decimal) -> Decimal:
    return 1 - 2 / ((2 * z).exp() + 1)


def selu(z: Decimal) -> Decimal:
    scale, alpha = Decimal("1.0507009873554805"), Decimal("1.6732632423543772")
    return scale * (z if z > 0 else alpha * (z.exp() - 1))


EXACT: dict[str, Callable[[Decimal], Decimal]] = {
    "tanh": tanh,
    "relu": lambda z: max(z, Decimal(0)),
    "leaky_relu": lambda z: z if z > 0 else Decimal("0.1") * z,
    "gelu": lambda z: z * normal(z),
    "selu": selu,
    "elu": lambda z: z if z > 0 else z.exp() - 1,
    "linear": lambda z: z,
}
PLACES = [-3.0, -1.25, -0.5, -1e-4, 1e-4, 0.25, 0.75, 2.0, 3.5]
STEPS = [1e-9, -1e-9, 1e-6, -1e-5, 3e-4, -2e-3, 0.02, -0.3, 0.9, -2.5, 4.0]


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize(("dtype", "relative"), [(torch.float32, 1e-4), (torch.float64, 1e-11)])
def test_small_differences_keep_their_digits(name: str, dtype: torch.dtype, relative: float) -> None:
    """In 32 bits φ(z + 1e-9) - φ(z) by subtraction is 0, whatever the slope."""
    activation = ACTIVATIONS[name]
    z, d = (part.reshape(-1) for part in torch.meshgrid(torch.tensor(PLACES), torch.tensor(STEPS), indexing="ij"))
    z, d = z.to(dtype), d.to(dtype)
    found = activation.difference(z, activation.value(z), d)
    for place, step, change in zip(z.tolist(), d.tolist(), found.tolist(), strict=True):
        with localcontext() as context:
            context.prec = 50
            exact = float(EXACT[name](Decimal(place) + Decimal(step)) - EXACT[name](Decimal(place)))
        assert change == pytest.approx(exact, rel=relative, abs=1e-15), f"{name} at {place}, {step} further"


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_value_and_slopes_fit_each_other(name: str) -> None:
    activation = ACTIVATIONS[name]
    z = torch.tensor(PLACES, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(activation.value(z).sum(), z)
    value = activation.value(z).detach()
    z = z.detach()
    torch.testing.assert_close(activation.slope(z, value), slope)
    for step in (1e-8, 1e-7, -0.01, 0.4, -2.0):
        d = torch.full_like(z, step)
        after = activation.value(z + d)
        change = activation.difference(z, value, d)
        torch.testing.assert_close(change, after - value, rtol=1e-6, atol=1e-14)
        expected = activation.slope(z + d, after) - slope
        torch.testing.assert_close(activation.slope_difference(z, value, d, change), expected, rtol=1e-6, atol=1e-14)


def test_tanh_between_opposite_ends() -> None:
    z, d = torch.tensor([-30.0, 30.0, -9.0]), torch.tensor([60.0, -60.0, 18.0])
    assert ACTIVATIONS["tanh"].difference(z, torch.tanh(z), d).tolist() == pytest.approx([2.0, -2.0, 2.0], rel=1e-6)
