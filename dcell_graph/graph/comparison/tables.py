"""Makes the small tables of results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd


def table(rows: Sequence[Sequence[Any]] | Sequence[Mapping[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    """A table in which what is absent is None; pandas alone would make it NaN.

    Args:
        rows: of values in the order of the columns, or by their names.
        columns: names of the columns; those that hold only whole numbers are columns of numbers.
    """
    frame = pd.DataFrame(list(rows), columns=list(columns), dtype=object)
    for column in columns:
        values = frame[column].tolist()
        if values and all(type(value) is int for value in values):
            frame[column] = frame[column].astype("int64")
    return frame
