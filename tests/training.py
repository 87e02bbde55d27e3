"""A hierarchy of six terms and eight genes to train on, with strains, and ways to look at a run folder."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from dcell_graph.measurements.dataset import Dataset, make_dataset
from dcell_graph.measurements.readers import read_measurements
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.train.config import TrainConfig, train_config
from tests.snapshots import make_snapshot

Measured = Callable[[Iterable[str]], Dataset]

TERMS = ["root", "alpha", "beta", "gamma", "delta", "epsilon"]
LINKS = [
    ("alpha", "root"),
    ("beta", "alpha"),
    ("gamma", "beta"),
    ("gamma", "root"),
    ("delta", "root"),
    ("epsilon", "root"),
]
PAIRS = [
    ("gamma", "AAA1"),
    ("gamma", "BBB2"),
    ("beta", "CCC3"),
    ("beta", "DDD4"),
    ("alpha", "EEE5"),
    ("epsilon", "FFF6"),
    ("epsilon", "HHH7"),
    ("delta", "JJJ8"),
]
NINE = [
    "EEE5 HHH7 -0.9",
    "FFF6 JJJ8 0.3",
    "BBB2 HHH7 -1.1",
    "BBB2 FFF6 0.7",
    "EEE5 FFF6 0.4",
    "AAA1 CCC3 0.95",
    "AAA1 HHH7 0.45",
    "HHH7 JJJ8 0.05",
    "DDD4 FFF6 0.55",
]
GENES = ["AAA1", "BBB2", "CCC3", "DDD4", "EEE5", "FFF6", "HHH7", "JJJ8"]
ALL_PAIRS = [
    f"{first} {second} {math.sin(5 * position + 3 * other):.3f}"
    for position, first in enumerate(GENES)
    for other, second in enumerate(GENES)
    if position < other
]


def six_terms() -> Snapshot:
    return make_snapshot(LINKS, PAIRS, terms=TERMS, name="six")


def pairs_dataset(folder: Path, rows: Iterable[str]) -> Dataset:
    """A dataset called pairs of rows "gene gene score"."""
    path = folder / "pairs.tsv"
    lines = ["gene_a gene_b score", *rows]
    path.write_text("".join("\t".join(line.split(" ")) + "\n" for line in lines), encoding="utf-8")
    return make_dataset(read_measurements(path, source_format="pairs"), name="pairs")


def with_sd(dataset: Dataset, sd: Iterable[float]) -> Dataset:
    """The same strains with these standard deviations, in the order of their names."""
    return replace(dataset, strains=dataset.strains.assign(sd=list(sd)))


def config(**changes: Any) -> TrainConfig:
    """A small and quick run; keys as in a configuration file."""
    quick = {"min_width": 3, "epochs": 2, "fractions": (1, 0, 0), "batch_size": 4, "init_range": 0.1}
    return train_config({**quick, **changes})


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def content(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def weights_of(folder: Path) -> bytes:
    return (folder / "model.safetensors").read_bytes()


def assert_numbers_are_finite(folder: Path) -> None:
    """No NaN and no infinity in any result of a run: JSON has none of them, a cell of a table is finite or empty."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} in JSON")

    for name in ("run.json", "config.json", "checkpoint.json"):
        json.loads((folder / name).read_text(encoding="utf-8"), parse_constant=refuse)
    for name in ("metrics.csv", "predictions.csv"):
        for row in rows_of(folder / name):
            numbers = [cell for key, cell in row.items() if cell and key not in ("strain", "split", "mode")]
            assert all(math.isfinite(float(cell)) for cell in numbers), (name, row)
