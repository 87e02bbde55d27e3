"""Many rows by columns: what is distinct is worked on once, and rows are numbers until they are put together.

Files repeat a few thousand values a million times, so this takes a fraction of the time of going through the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import count
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ints = npt.NDArray[np.int64]
_LARGEST = 2**62


class Column(NamedTuple):
    """One field of many rows.

    Args:
        codes: for each row the position of its value in ``values``.
        values: the distinct ones; some may be in no row.
    """

    codes: Ints
    values: list[Any]

    def spread(self) -> list[Any]:
        """The value of each row."""
        if len(self.values) == 1:
            return self.values * len(self.codes)
        # From an iterator, because numpy would take a list of tuples for a table.
        things = np.fromiter(iter(self.values), dtype=object, count=len(self.values))
        spread: list[Any] = things[self.codes].tolist()
        return spread

    def mapped(self, change: Callable[[Any], Hashable]) -> Column:
        """The column of the values that these are turned into, each distinct one once."""
        return column_of(map(change, self.values)).at(self.codes)

    def at(self, places: Ints) -> Column:
        """The same of some rows, in the order given; a row may come several times."""
        return Column(self.codes[places], self.values)

    def extended(self, values: Sequence[Hashable]) -> Column:
        """The column with further rows at the end."""
        if not values:
            return self
        codes, known = column_of([*self.values, *values])
        return Column(np.concatenate([self.codes, codes[len(self.values) :]]), known)


def column_of(values: Iterable[Hashable]) -> Column:
    """A column of these values, in order of first mention."""
    listed = list(values)
    numbers = dict(zip(dict.fromkeys(listed), count(), strict=False))
    if len(numbers) == len(listed):
        return Column(np.arange(len(listed)), listed)
    return Column(np.fromiter(map(numbers.__getitem__, listed), np.int64, len(listed)), list(numbers))


def together(columns: Sequence[Column]) -> Column:
    """One column whose values are tuples with one value of each; of one column, the column itself."""
    if len(columns) == 1:
        return columns[0]
    first = first_equal(columns)
    is_first = first == np.arange(len(first))
    rows = np.flatnonzero(is_first)
    codes = (np.cumsum(is_first) - 1)[first]
    return Column(codes, list(zip(*(column.at(rows).spread() for column in columns), strict=True)))


def first_equal(columns: Sequence[Column]) -> Ints:
    """For each row the place of the first row that has the same value in every column."""
    keys = np.zeros(len(columns[0].codes), np.int64)
    width = 1
    for codes, values in columns:
        if width * len(values) > _LARGEST:
            keys, width = _numbered(keys)
        if len(values) > 1:
            keys = keys * len(values) + codes
            width *= len(values)
    if width > 2 * len(keys):
        keys, width = _numbered(keys)
    first = np.zeros(width, np.int64)
    # Backwards: what is written last stays.
    first[keys[::-1]] = np.arange(len(keys))[::-1]
    return first[keys]


def _numbered(keys: Ints) -> tuple[Ints, int]:
    """Small numbers in place of large ones, and how many there are."""
    encoded = pa.array(keys).dictionary_encode()
    return encoded.indices.to_numpy().astype(np.int64), len(encoded.dictionary)
