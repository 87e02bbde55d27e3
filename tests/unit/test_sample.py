"""Samples of strains: which ones, all their rows, and that the order of the table plays no part."""

from __future__ import annotations

import hashlib
import random

import pytest

from dcell_graph.errors import InputError
from dcell_graph.measurements.genotypes import Measurement
from dcell_graph.measurements.sample import StrainSample

NAMES = [f"YAL{number:03d}W+YBR{number % 17:03d}C" for number in range(300)]


def expected(names: list[str], limit: int, seed: int) -> set[str]:
    """All names ranked by BLAKE2b with the seed's key; the first ones."""

    def rank(name: str) -> bytes:
        return hashlib.blake2b(name.encode(), digest_size=16, key=f"strain sample {seed}".encode()).digest()

    return set(sorted(set(names), key=rank)[:limit])


def take(names: list[str], limit: int | None, seed: int = 0) -> StrainSample:
    sample = StrainSample(limit, seed)
    for line, name in enumerate(names, start=1):
        if sample.takes(name):
            sample.add(Measurement(strain=name, genes=(name,), phenotype=0.0, sd=None, line=line))
        if limit is not None:
            assert len({item.strain for item in sample.measurements()}) <= limit
    return sample


def strains(sample: StrainSample) -> set[str]:
    return {item.strain for item in sample.measurements()}


@pytest.mark.parametrize("limit", [1, 7, 299, 300, 301])
@pytest.mark.parametrize("seed", [0, 5, 2**32 - 1])
def test_the_first_by_keyed_hash(limit: int, seed: int) -> None:
    sample = take(NAMES, limit, seed)
    assert strains(sample) == expected(NAMES, limit, seed)
    assert sample.rows_left_out == 300 - min(limit, 300)


def test_the_order_of_rows_plays_no_part_and_every_repeat_is_kept() -> None:
    # The strain in place n of the list has n % 4 + 1 rows.
    rows = [name for place, name in enumerate(NAMES) for _ in range(place % 4 + 1)]
    chosen = expected(NAMES, 40, 1)
    for shuffle in range(4):
        random.Random(shuffle).shuffle(rows)
        sample = take(rows, 40, 1)
        assert strains(sample) == chosen
        wanted = sorted(line for line, name in enumerate(rows, start=1) if name in chosen)
        assert sorted(item.line for item in sample.measurements()) == wanted
        assert sample.rows_left_out == len(rows) - len(wanted)


def test_rows_of_one_strain_keep_their_order() -> None:
    sample = take(["A", "B", "A", "C", "A"], 3)
    assert [item.line for item in sample.measurements() if item.strain == "A"] == [1, 3, 5]


def test_a_larger_sample_contains_a_smaller_one_and_seeds_differ() -> None:
    small, large, other = (strains(take(NAMES, limit, seed)) for limit, seed in ((20, 0), (50, 0), (20, 1)))
    assert small < large
    assert small != other


def test_no_part_of_the_table_is_preferred() -> None:
    names = [f"gene{number}" for number in range(4_000)]
    sample = StrainSample(1_000, 0)
    for name in names:
        if sample.takes(name):
            sample.add(Measurement(strain=name, genes=(name,), phenotype=0.0, sd=None))
    # Hypergeometric with mean 500 and standard deviation 13.7: five of those on each side.
    assert 431 <= len(strains(sample) & set(names[:2_000])) <= 569


def test_without_a_limit_everything_is_kept() -> None:
    sample = take(NAMES + NAMES, None)
    assert len(sample.measurements()) == 600
    assert sample.rows_left_out == 0


@pytest.mark.parametrize(
    ("limit", "seed", "message"),
    [(0, 0, "limit .* found 0"), (-3, 0, "limit .* found -3"), (1, -1, "seed .* found -1"), (1, 2**32, "seed")],
)
def test_values_out_of_range_are_named(limit: int, seed: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        StrainSample(limit, seed)
