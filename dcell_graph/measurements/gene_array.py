"""A column of the genes that strains lack, for frames of millions of strains.

It reads as tuples of names. What is kept is a number a gene and the place where each strain begins: 8 bytes a strain
and 4 a gene, where tuples of texts take more than ten times that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from pandas.api.extensions import ExtensionArray, ExtensionDtype

Codes = npt.NDArray[np.int32]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_AT_ONCE = 1 << 16


class GenesDtype(ExtensionDtype):
    """The type of such a column."""

    name = "genes"
    type = tuple
    kind = "O"
    na_value = ()

    @classmethod
    def construct_array_type(cls) -> Any:
        """The array behind it."""
        return GeneArray


class GeneArray(ExtensionArray):
    """Genes of N strains, which cannot be changed.

    Args:
        codes: places of the genes in ``names``, strain after strain.
        offsets: where each strain begins in ``codes``, and in the end their number [N + 1].
        names: of genes, each once; there may be some that no strain lacks.
    """

    def __init__(self, codes: Codes, offsets: Ints, names: tuple[str, ...]) -> None:
        self.codes = codes
        self.offsets = offsets
        self.names = names

    @classmethod
    def of(cls, genes: Sequence[Sequence[str]]) -> GeneArray:
        """From the names of each strain's genes."""
        names = tuple(sorted({gene for some in genes for gene in some}))
        number = {gene: code for code, gene in enumerate(names)}
        sizes = np.fromiter(map(len, genes), np.int64, len(genes))
        codes = np.fromiter((number[gene] for some in genes for gene in some), np.int32, int(sizes.sum()))
        return cls(codes, _offsets(sizes), names)

    @classmethod
    def from_arrow(cls, column: pa.ChunkedArray) -> GeneArray:
        """From lists of texts."""
        parts = []
        for chunk in column.chunks:
            encoded = chunk.flatten().dictionary_encode()
            sizes = chunk.value_lengths().fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
            codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int32, copy=False)
            parts.append(cls(codes, _offsets(sizes), tuple(encoded.dictionary.to_pylist())))
        return cls._concat_same_type(parts)

    @property
    def sizes(self) -> Ints:
        """Number of genes of each strain [N]."""
        return np.diff(self.offsets)

    def strains_with(self, flagged: Bools) -> Bools:
        """Which strains have one of some genes or more.

        Args:
            flagged: of each gene in ``names``, whether it is one of them.
        """
        before = np.zeros(len(self.codes) + 1, np.int32)
        np.cumsum(flagged[self.codes], dtype=np.int32, out=before[1:])
        return before[self.offsets[1:]] > before[self.offsets[:-1]]

    def only(self, flagged: Bools) -> GeneArray:
        """The strains with some of their genes.

        Args:
            flagged: of each gene in ``names``, whether it stays.
        """
        kept = flagged[self.codes]
        before = np.concatenate([np.zeros(1, np.int64), np.cumsum(kept, dtype=np.int64)])
        return GeneArray(self.codes[kept], before[self.offsets], self.names)

    def used(self) -> tuple[str, ...]:
        """The genes that some strain has, in alphabetical order."""
        there = np.zeros(len(self.names), np.bool_)
        there[self.codes] = True
        return tuple(sorted(name for name, is_there in zip(self.names, there.tolist(), strict=True) if is_there))

    def table(self, number: npt.NDArray[np.int64]) -> Ints:
        """Genes as rows of a table that is filled up with -1 [N, most genes of a strain].

        Args:
            number: what stands for each gene of ``names``.
        """
        sizes = self.sizes
        table = np.full((len(sizes), int(sizes.max(initial=0))), -1, np.int64)
        for place in range(table.shape[1]):
            long_enough = sizes > place
            table[long_enough, place] = number[self.codes[self.offsets[:-1][long_enough] + place]]
        return table

    # What follows is asked for by pandas.

    @classmethod
    def _from_sequence(cls, scalars: Sequence[Sequence[str]], *, dtype: object = None, copy: bool = False) -> GeneArray:
        return cls.of(list(scalars))

    @classmethod
    def _from_factorized(cls, values: Sequence[Sequence[str]], original: object) -> GeneArray:
        return cls.of(list(values))

    @classmethod
    def _concat_same_type(cls, to_concat: Sequence[GeneArray]) -> GeneArray:
        names = tuple(sorted({name for part in to_concat for name in part.names}))
        number = {name: code for code, name in enumerate(names)}
        codes, sizes = [np.zeros(0, np.int32)], [np.zeros(0, np.int64)]
        for part in to_concat:
            codes.append(np.array([number[name] for name in part.names], np.int32)[part.codes])
            sizes.append(part.sizes)
        return cls(np.concatenate(codes), _offsets(np.concatenate(sizes)), names)

    @property
    def dtype(self) -> GenesDtype:
        """The type of the column."""
        return GenesDtype()

    @property
    def nbytes(self) -> int:
        """Bytes of the numbers."""
        return self.codes.nbytes + self.offsets.nbytes

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, item: Any) -> Any:
        if isinstance(item, (int, np.integer)):
            place = range(len(self))[int(item)]
            start, end = self.offsets[place : place + 2].tolist()
            return tuple(self.names[code] for code in self.codes[start:end].tolist())
        item = pd.api.indexers.check_array_indexer(self, item)
        if isinstance(item, slice):
            return self._at(np.arange(len(self))[item])
        return self._at(np.flatnonzero(item) if item.dtype == np.bool_ else item)

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        names = np.array(self.names, object)
        for first in range(0, len(self), _AT_ONCE):
            ends = self.offsets[first : first + _AT_ONCE + 1]
            found = names[self.codes[ends[0] : ends[-1]]].tolist() if len(self.names) else []
            for start, end in pairwise((ends - ends[0]).tolist()):
                yield tuple(found[start:end])

    def __array__(self, dtype: object = None, copy: bool | None = None) -> npt.NDArray[np.object_]:
        return np.fromiter(self, object, len(self))

    def to_numpy(self, dtype: object = None, copy: bool = False, na_value: object = None) -> npt.NDArray[np.object_]:
        """An array of tuples."""
        return self.__array__()

    def __eq__(self, other: object) -> Any:
        if not isinstance(other, GeneArray):
            return NotImplemented
        if len(self) != len(other):
            raise ValueError("columns of different lengths cannot be compared")
        return np.fromiter((a == b for a, b in zip(self, other, strict=True)), np.bool_, len(self))

    __hash__ = None  # type: ignore[assignment]

    def isna(self) -> Bools:
        """None is ever missing."""
        return np.zeros(len(self), np.bool_)

    def take(self, indices: Any, *, allow_fill: bool = False, fill_value: object = None) -> GeneArray:
        """The strains at some places; with ``allow_fill`` a strain without genes where a place is -1."""
        places = np.asarray(indices, np.int64)
        if not allow_fill:
            return self._at(places)
        empty = GeneArray(self.codes, np.append(self.offsets, self.offsets[-1]), self.names)
        return empty._at(np.where(places < 0, len(self), places))

    def copy(self) -> Self:
        """The same: it cannot be changed."""
        return self

    def _values_for_factorize(self) -> tuple[npt.NDArray[np.object_], object]:
        return self.__array__(), None

    def _at(self, places: Ints) -> GeneArray:
        places = np.asarray(places, np.int64)
        places = np.where(places < 0, places + len(self), places)
        if len(places) and (places.min() < 0 or places.max() >= len(self)):
            raise IndexError("there is no strain at that place")
        offsets = _offsets(self.sizes[places])
        begin = np.repeat(self.offsets[places] - offsets[:-1], np.diff(offsets))
        begin += np.arange(offsets[-1])
        return GeneArray(self.codes[begin], offsets, self.names)


def _offsets(sizes: Ints) -> Ints:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)])
