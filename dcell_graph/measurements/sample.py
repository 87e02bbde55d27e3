"""A sample of bounded size from a table of any length: the genotypes whose keyed hash is smallest.

Which genotypes these are depends on their names and the seed alone, not on the order of rows, and a larger sample with
the same seed contains a smaller one. Memory grows with the sample, not with the table.
"""

from __future__ import annotations

import heapq
from hashlib import blake2b

from dcell_graph.errors import InputError

_SEEDS = 2**32
_RANK_BYTES = 16


class StrainSample:
    """Chooses at most ``limit`` genotypes.

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
        self.limit = limit
        self.seed = seed
        self._key = f"strain sample {seed}".encode()
        self._strains: set[str] = set()
        # The sampled genotypes with their ranks turned negative, so that the one to go next comes first.
        self._heap: list[tuple[int, str]] = []

    def takes(self, strain: str) -> bool:
        """Whether a row of this genotype may belong to the sample, given those seen so far.

        What is left out once can never come back, because the ranks in the sample only fall. What is taken may have to
        go when others come: see ``holds``.
        """
        if self.limit is None or strain in self._strains:
            return True
        rank = self._rank(strain)
        if len(self._strains) == self.limit:
            if rank >= -self._heap[0][0]:
                return False
            _, last = heapq.heapreplace(self._heap, (-rank, strain))
            self._strains.remove(last)
        else:
            heapq.heappush(self._heap, (-rank, strain))
        self._strains.add(strain)
        return True

    def holds(self, strain: str) -> bool:
        """Whether a genotype is in the sample, once all have been seen."""
        return self.limit is None or strain in self._strains

    def _rank(self, strain: str) -> int:
        return int.from_bytes(blake2b(strain.encode(), digest_size=_RANK_BYTES, key=self._key).digest(), "big")
