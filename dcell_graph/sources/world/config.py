"""What decides the content of a generated world."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date
from math import comb, isqrt

import numpy as np

from dcell_graph.errors import InputError
from dcell_graph.sources.vocabulary import GENERATED_MARK

CUTOFF = date(2017, 7, 19)
"""The cutoff of the snapshots that people build first; the planted numbers are given with and without it."""

# Terms, genes and strains of the named sizes; "yeast" is the size of a GO release and of the yeast genome.
PRESETS: dict[str, tuple[int, int, int]] = {
    "tiny": (60, 40, 200),
    "small": (600, 800, 4_000),
    "yeast": (44_000, 6_607, 91_050),
}

_LEAST_CROSSES = 20
_TERMS = (50, 900_000)
_GENES = (30, 12_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldConfig:
    """The size of a world, and the seed that everything else is drawn from.

    Args:
        seed: 0 to 2^32 - 1.
        n_terms: terms of the ontology with its three roots and the obsolete terms, 50 to 900,000.
        n_genes: genes, 30 to 12,000.
        n_strains: rows of the phenotype table, 1 to ``max_strains``; nothing else depends on it.

    Raises:
        InputError: a value outside its range.
    """

    seed: int
    n_terms: int
    n_genes: int
    n_strains: int

    def __post_init__(self) -> None:
        for name, value, (low, high) in (
            ("seed", self.seed, (0, 2**32 - 1)),
            ("number of terms", self.n_terms, _TERMS),
            ("number of genes", self.n_genes, _GENES),
        ):
            _check(name, value, low, high)
        _check("number of strains", self.n_strains, 1, self.max_strains)

    @property
    def size(self) -> str:
        """The name of the preset with as many terms and genes, else these numbers."""
        for name, (terms, genes, _) in PRESETS.items():
            if (terms, genes) == (self.n_terms, self.n_genes):
                return name
        return f"{self.n_terms}x{self.n_genes}"

    @property
    def release(self) -> str:
        """What the ontology and the annotation files call themselves; no real release can have this name."""
        return f"generated-{self.size}-{self.seed}"

    @property
    def remark(self) -> str:
        """The sentence that stands at the head of every file."""
        return f"{GENERATED_MARK} seed={self.seed} size={self.size}: made up by a program, not measured"

    @property
    def n_array(self) -> int:
        """Genes that are deleted in array strains."""
        return round(0.45 * self.n_genes)

    @property
    def n_query(self) -> int:
        """Genes that are deleted in query strains; none of them is in an array strain."""
        return round(0.25 * self.n_genes)

    @property
    def crosses(self) -> int:
        """Array strains that each query strain is crossed with."""
        return min(self.n_array, max(_LEAST_CROSSES, isqrt(self.n_strains)))

    @property
    def max_strains(self) -> int:
        """The most strains that can differ from each other: all single queries and half of the double ones."""
        return self.n_array * (self.n_query + comb(self.n_query, 2) // 2)

    def random(self, part: str) -> np.random.Generator:
        """The random numbers of one part of the world; they do not depend on what other parts drew."""
        seed = np.random.SeedSequence([self.seed, zlib.crc32(part.encode())])
        return np.random.Generator(np.random.PCG64(seed))


def preset(size: str, *, seed: int = 1, n_strains: int | None = None) -> WorldConfig:
    """The configuration of a named size.

    Args:
        size: ``tiny`` (tests), ``small`` (a first run of minutes) or ``yeast`` (full size).
        seed: see ``WorldConfig``.
        n_strains: instead of the size's own number.

    Raises:
        InputError: no such size, or a value outside its range.
    """
    if size not in PRESETS:
        raise InputError("there is no world of that size", expected=" or ".join(PRESETS), found=repr(size))
    terms, genes, strains = PRESETS[size]
    return WorldConfig(seed=seed, n_terms=terms, n_genes=genes, n_strains=strains if n_strains is None else n_strains)


def _check(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise InputError(f"the {name} of a world is out of range", expected=f"{low:,} to {high:,}", found=f"{value:,}")
