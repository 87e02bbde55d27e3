"""What the models of an ensemble say together."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from dcell_graph.errors import TrainingError
from dcell_graph.train.records import Predictions
from dcell_graph.train.strains import StrainSet


def combined(paths: Sequence[Path]) -> pd.DataFrame:
    """The predictions of several models for the same strains, as one table with their mean and sample sd.

    Args:
        paths: of predictions.csv, two or more.

    Raises:
        TrainingError: they are not about the same strains.
    """
    tables = [_read(path) for path in paths]
    first = tables[0]
    about = ["strain", "split", "mode", "target"]
    if not all(table[about].equals(first[about]) for table in tables):
        raise TrainingError("the models of the ensemble were not trained on the same division of the strains")
    each = np.stack([table["prediction"].to_numpy(np.float64) for table in tables])
    return first[about].assign(prediction=each.mean(axis=0), sd=each.std(axis=0, ddof=1))


def parts_of(table: pd.DataFrame) -> Iterator[Predictions]:
    """The sets of strains in a table of predictions."""
    for (split, mode), rows in table.groupby(["split", "mode"], sort=False):
        strains = StrainSet(
            names=tuple(rows["strain"]),
            deleted=torch.empty(len(rows), 0, dtype=torch.int64),
            target=rows["target"].to_numpy(np.float64),
        )
        prediction = rows["prediction"].to_numpy(np.float32)
        yield Predictions(split=str(split), mode="eval" if mode == "eval" else "train", strains=strains,
                          prediction=prediction)  # fmt: skip


def _read(path: Path) -> pd.DataFrame:
    """A table of predictions; numbers are read back to the last bit, which pandas does not promise."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    texts = {name: [row[name] for row in rows] for name in ("strain", "split", "mode")}
    return pd.DataFrame({**texts, **{name: [float(row[name]) for row in rows] for name in ("target", "prediction")}})
