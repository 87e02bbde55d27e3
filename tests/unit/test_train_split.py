"""Training on a split that is stored with the dataset."""

from __future__ import annotations

from pathlib import Path

import pytest

from dcell_graph.errors import InputError, NotFound, TrainingError
from dcell_graph.measurements.dataset import Dataset
from dcell_graph.measurements.gathering import Request
from dcell_graph.measurements.split_kinds import SplitConfig
from dcell_graph.measurements.split_store import make_split
from dcell_graph.measurements.storage import import_tables, read_dataset
from dcell_graph.train.preparation import preparation_lines, prepare
from dcell_graph.train.run import run
from tests.training import NINE, config, pairs_dataset, rows_of, six_terms

# The first file is for training but for XXX9, which the snapshot cannot see.
FILES = {
    "train": ["EEE5 HHH7 -0.9", "FFF6 JJJ8 0.3", "XXX9 HHH7 -1.1"],
    "validation": ["BBB2 FFF6 0.7"],
    "test": ["EEE5 FFF6 0.4", "AAA1 CCC3 0.95"],
}
NAMES = {
    "train": ["EEE5+HHH7", "FFF6+JJJ8"],
    "validation": ["BBB2+FFF6"],
    "test": ["AAA1+CCC3", "EEE5+FFF6"],
}


def by_file(tmp_path: Path, parts: list[str]) -> Dataset:
    """A dataset of these files, with the split ``released``: each file is a part."""
    paths = []
    for part in parts:
        paths.append(tmp_path / f"{part}.tsv")
        lines = ["gene_a gene_b score", *FILES[part]]
        paths[-1].write_text("".join("\t".join(line.split(" ")) + "\n" for line in lines), encoding="utf-8")
    import_tables(paths, Request(source_format="pairs"), datasets=tmp_path / "sets", name="pairs")
    folder = tmp_path / "sets" / "pairs"
    make_split(folder, "released", SplitConfig(kind="files", files=dict(enumerate(parts))))
    return read_dataset(folder)


def test_the_parts_are_those_of_the_split(tmp_path: Path) -> None:
    dataset = by_file(tmp_path, ["train", "validation", "test"])
    options = config(split="released", seed=3, patience=5)
    prepared = prepare(six_terms(), dataset, options)
    for part, names in NAMES.items():
        assert sorted(name.replace(" ", "") for name in getattr(prepared, part).names) == names, part
    lines = list(preparation_lines(prepared, options))
    assert "Split: 2 training, 1 validation, 2 test strains (stored split released)" in lines
    run(six_terms(), dataset, options, tmp_path / "run")
    written = {(row["split"], row["strain"]) for row in rows_of(tmp_path / "run" / "predictions.csv")}
    assert written == {(part, name) for part, names in NAMES.items() for name in names}


def test_what_cannot_be_is_refused(tmp_path: Path) -> None:
    dataset = by_file(tmp_path, ["train", "test"])
    with pytest.raises(NotFound, match="no split other"):
        prepare(six_terms(), dataset, config(split="other"))
    with pytest.raises(TrainingError, match="no validation strains"):
        prepare(six_terms(), dataset, config(split="released", patience=5))
    with pytest.raises(InputError, match="either a stored split or overfit"):
        config(split="released", overfit=2)
    with pytest.raises(TrainingError, match="is in no folder"):
        prepare(six_terms(), pairs_dataset(tmp_path, NINE), config(split="released"))
