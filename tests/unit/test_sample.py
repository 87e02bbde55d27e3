"""Samples of strains: which ones, all their rows, and that the order of the table plays no part."""

from __future__ import annotations

import hashlib
import random

import pytest

from dcell_graph.errors import InputError
from dcell_graph.measurements.sample import StrainSample

NAMES = [f"YAL{number:03d}W+YBR{number % 17:03d}C" for number in range(300)]


def expected(names: list[str], limit: int, seed: int) -> set[str]:
    """All names ranked by BLAKE2b with the seed's key; the first ones."""

    def rank(name: str) -> bytes:
        return hashlib.blake2b(name.encode(), digest_size=16, key=f"strain sample {seed}".encode()).digest()

    return set(sorted(set(names), key=rank)[:limit])


def take(names: list[str], limit: int | None, seed: int = 0) -> list[str]:
    """The rows that are in the sample once all have been seen."""
    sample = StrainSample(limit, seed)
    taken = [name for name in names if sample.takes(name)]
    return [name for name in taken if sample.holds(name)]


@pytest.mark.parametrize("limit", [1, 7, 299, 300, 301])
@pytest.mark.parametrize("seed", [0, 5, 2**32 - 1])
def test_the_first_by_keyed_hash(limit: int, seed: int) -> None:
    assert set(take(NAMES, limit, seed)) == expected(NAMES, limit, seed)


def test_the_order_of_rows_plays_no_part_and_every_repeat_is_kept() -> None:
    # The strain in place n of the list has n % 4 + 1 rows.
    rows = [name for place, name in enumerate(NAMES) for _ in range(place % 4 + 1)]
    chosen = expected(NAMES, 40, 1)
    for shuffle in range(4):
        random.Random(shuffle).shuffle(rows)
        assert sorted(take(rows, 40, 1)) == sorted(name for name in rows if name in chosen)


def test_a_larger_sample_contains_a_smaller_one_and_seeds_differ() -> None:
    small, large, other = (set(take(NAMES, limit, seed)) for limit, seed in ((20, 0), (50, 0), (20, 1)))
    assert small < large
    assert small != other


def test_no_part_of_the_table_is_preferred() -> None:
    names = [f"gene{number}" for number in range(4_000)]
    # Hypergeometric with mean 500 and standard deviation 13.7: five of those on each side.
    assert 431 <= len(set(take(names, 1_000)) & set(names[:2_000])) <= 569


def test_without_a_limit_everything_is_kept() -> None:
    assert take(NAMES + NAMES, None) == NAMES + NAMES


@pytest.mark.parametrize(
    ("limit", "seed", "message"),
    [(0, 0, "limit .* found 0"), (-3, 0, "limit .* found -3"), (1, -1, "seed .* found -1"), (1, 2**32, "seed")],
)
def test_values_out_of_range_are_named(limit: int, seed: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        StrainSample(limit, seed)
