"""A sample of bounded size from a table of any length: the genotypes whose keyed hash is smallest.

Which genotypes these are depends on their names and the seed alone, not on the order of rows, and a larger sample with
the same seed contains a smaller one. Memory grows with the sample, not with the table.
"""

from __future__ import annotations

import heapq
from hashlib import blake2b
from itertools import chain

from dcell_graph.errors import InputError
from dcell_graph.measurements.genotypes import Measurement

_SEEDS = 2**32
_RANK_BYTES = 16


class StrainSample:
    """Collects the measurements of at most ``limit`` genotypes, and all measurements of each of them.

    Args:
        limit: 1 or more; None keeps every genotype.
        seed: 0 to 2^32 - 1; another one gives another sample.

    Raises:
        InputError: a value outside its range.
    """

    def __init__(self, limit: int | None, seed: int) -> None:
        if limit is not None and limit < 1:
            raise InputError("the limit of a sample is out of range", expected="1 or more strains", found=str(limit))
        if not 0 <= seed < _SEEDS:
            raise InputError("the seed of a sample is out of range", expected=f"0 to {_SEEDS - 1:,}", found=f"{seed:,}")
        self.rows_left_out = 0
        self._limit = limit
        self._key = f"strain sample {seed}".encode()
        self._rows: dict[str, list[Measurement]] = {}
        # The sampled genotypes with their ranks turned negative, so that the one to go next comes first.
        self._heap: list[tuple[int, str]] = []

    def takes(self, strain: str) -> bool:
        """Whether a row of this genotype may belong to the sample, given those seen so far; if not, it is counted.

        What is left out once can never come back, because the ranks in the sample only fall.
        """
        if self._limit is None or strain in self._rows or len(self._rows) < self._limit:
            return True
        if self._rank(strain) < -self._heap[0][0]:
            return True
        self.rows_left_out += 1
        return False

    def add(self, item: Measurement) -> None:
        """Add a measurement of a genotype that the sample takes."""
        rows = self._rows.setdefault(item.strain, [])
        rows.append(item)
        if self._limit is None or len(rows) > 1:
            return
        heapq.heappush(self._heap, (-self._rank(item.strain), item.strain))
        if len(self._heap) > self._limit:
            _, last = heapq.heappop(self._heap)
            self.rows_left_out += len(self._rows.pop(last))

    def measurements(self) -> list[Measurement]:
        """The measurements of the sample, those of one genotype in the order they came."""
        return list(chain.from_iterable(self._rows.values()))

    def _rank(self, strain: str) -> int:
        return int.from_bytes(blake2b(strain.encode(), digest_size=_RANK_BYTES, key=self._key).digest(), "big")
