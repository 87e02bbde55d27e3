"""Names of many strains without an object for each of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import overload

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

_AT_ONCE = 1 << 16


class StrainNames(Sequence[str]):
    """A sequence of texts, equal to any other sequence of the same texts.

    Args:
        texts: of them.
    """

    def __init__(self, texts: pa.Array) -> None:
        self._texts = texts

    @classmethod
    def of(cls, names: Sequence[str] | pd.Series) -> StrainNames:
        """From any sequence, or from a column of a frame, whose memory it shares."""
        if isinstance(names, StrainNames):
            return names
        if isinstance(names, pd.Series):
            texts = pa.array(names.array, pa.large_string())
            return cls(texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts)
        return cls(pa.array(list(names), pa.large_string()))

    def take(self, positions: npt.NDArray[np.int64]) -> StrainNames:
        """The names at some positions."""
        return StrainNames(self._texts.take(pa.array(positions)))

    def order(self) -> npt.NDArray[np.int64]:
        """Positions in the order of the names, which is that of their code points."""
        if self._ascending():
            return np.arange(len(self), dtype=np.int64)
        places: npt.NDArray[np.int64] = pc.array_sort_indices(self._texts).to_numpy().astype(np.int64)
        return places

    def repeated(self) -> int:
        """How many are there again."""
        return 0 if self._ascending() else len(self) - int(pc.count_distinct(self._texts).as_py())

    def _ascending(self) -> bool:
        """Whether each is larger than the one before, as in a dataset: then there is nothing to sort or to hash."""
        return len(self) < 2 or bool(pc.all(pc.less(self._texts[:-1], self._texts[1:])).as_py())

    def column(self) -> pd.Series:
        """A column of a frame."""
        return pd.Series(self._texts.to_pandas(), dtype="str")

    def __len__(self) -> int:
        return len(self._texts)

    @overload
    def __getitem__(self, place: int) -> str: ...

    @overload
    def __getitem__(self, place: slice) -> StrainNames: ...

    def __getitem__(self, place: int | slice) -> str | StrainNames:
        if isinstance(place, slice):
            return self.take(np.arange(len(self), dtype=np.int64)[place])
        return str(self._texts[range(len(self))[int(place)]].as_py())

    def __iter__(self) -> Iterator[str]:
        for start in range(0, len(self), _AT_ONCE):
            yield from self._texts.slice(start, _AT_ONCE).to_pylist()

    def __eq__(self, other: object) -> bool:
        if isinstance(other, StrainNames):
            return bool(self._texts.equals(other._texts))
        return isinstance(other, Sequence) and not isinstance(other, str) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        few = ", ".join(self[place] for place in range(min(3, len(self))))
        return f"StrainNames({len(self):,}: {few}{', …' if len(self) > 3 else ''})"
