"""The run folder: everything about one training run, readable while it goes on and after it was cut short.

config.json      what was run: options, snapshot, dataset, versions, device, threads, seed
run.json         status (running, finished, stopped), times, chosen epoch and final measures (see folder.py)
metrics.csv      one line an epoch, of those in resume.safetensors; undefined numbers are empty
log.txt          what was said
resume.safetensors   what the run needs to go on after its last whole epoch (see resume.py)
model.safetensors, checkpoint.json   the trained model (see checkpoint.py)
predictions.csv  strain, split, mode, target, prediction
*.png, *.svg     the pictures (see plots.py)
states.csv       how large the states of the terms are, by depth (see magnitudes.py)
"""

from __future__ import annotations

import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import safetensors
import torch

import dcell_graph
from dcell_graph.measurements.dataset import DatasetManifest
from dcell_graph.measurements.strain_names import StrainNames
from dcell_graph.snapshot.schema import Manifest
from dcell_graph.train.config import TrainConfig
from dcell_graph.train.epochs import EpochRecord
from dcell_graph.train.files import write_text, write_whole
from dcell_graph.train.place import FORMAT, VERSION
from dcell_graph.train.strains import StrainSet
from dcell_graph.train.tally import Measures

METRICS = "metrics.csv"
LOG = "log.txt"
PREDICTIONS = "predictions.csv"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Predictions:
    """Predictions of the trained model for one set of strains.

    Args:
        split: train, validation or test.
        mode: eval, or train where batch statistics were used (overfit runs).
        strains: the strains [N].
        prediction: in the unit of the phenotype [N].
    """

    split: str
    mode: Literal["eval", "train"]
    strains: StrainSet
    prediction: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetMeasures:
    """How well the kept weights do on one set of strains.

    Args:
        split: train, validation or test.
        mode: eval or train, see ``Predictions``.
        n: number of strains.
        pearson: None if undefined.
        spearman: None if undefined.
        rmse: in the unit of the phenotype.
    """

    split: str
    mode: Literal["eval", "train"]
    n: int
    pearson: float | None
    spearman: float | None
    rmse: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """How the user named snapshot and dataset, so that both are found again: names, or absolute folders."""

    snapshot: str
    dataset: str


def write_predictions(path: Path, predictions: Iterable[Predictions]) -> None:
    """Write predictions.csv.

    Raises:
        TrainingError: the file cannot be written.
    """
    tables = [
        pd.DataFrame(
            {
                "strain": StrainNames.of(part.strains.names).column(),
                "split": part.split,
                "mode": part.mode,
                "target": part.strains.target,
                "prediction": part.prediction,
            }
        )
        for part in predictions
        if len(part.strains)
    ]
    table = pd.concat(tables, ignore_index=True)
    write_whole(path, lambda target: table.to_csv(target, index=False, lineterminator="\n"))


def write_metrics(path: Path, records: Iterable[EpochRecord]) -> None:
    """Write metrics.csv.

    Raises:
        TrainingError: the file cannot be written.
    """
    lines = [metric_columns(), *map(metric_row, records)]
    write_text(path, "".join(",".join(line) + "\n" for line in lines))


def metric_columns() -> list[str]:
    """The header of metrics.csv."""
    names = [field.name for field in fields(Measures)]
    return ["epoch", *(f"{part}_{name}" for part in ("train", "validation") for name in names), "lr", "seconds"]


def metric_row(record: EpochRecord) -> list[str]:
    """The line of an epoch in metrics.csv."""
    names = [field.name for field in fields(Measures)]
    cells: list[float | None] = []
    for part in (record.train, record.validation):
        cells += [None if part is None else getattr(part, name) for name in names]
    cells.append(record.lr)
    return [str(record.epoch), *("" if cell is None else repr(cell) for cell in cells), f"{record.seconds:.4f}"]


def describe_run(
    config: TrainConfig,
    *,
    snapshot: Manifest,
    dataset: DatasetManifest,
    strains: dict[str, int],
    left_out: dict[str, int],
    gene_names_unknown: Sequence[str],
    parameters: int,
    places: Places,
    processes: int = 1,
    engine: str | None = None,
) -> dict[str, Any]:
    """The content of config.json.

    Args:
        config: the options.
        snapshot: what the model was made from.
        dataset: what it was trained on.
        strains: number of strains of each part.
        left_out: number of strains left out, by reason.
        gene_names_unknown: genes of the dataset that the snapshot cannot see.
        parameters: learnable numbers.
        places: how the user named both.
        processes: number of processes that train together.
        engine: what computes the model, see ``opening.engine_of``.
    """
    return {
        "format": FORMAT,
        "version": VERSION,
        "generated": snapshot.generated or dataset.generated,
        "snapshot": {
            "name": snapshot.name,
            "snapshot_id": snapshot.snapshot_id,
            "generated": snapshot.generated,
            "place": places.snapshot,
        },
        "dataset": {
            "name": dataset.name,
            "dataset_id": dataset.dataset_id,
            "phenotype": dataset.phenotype,
            "generated": dataset.generated,
            "place": places.dataset,
        },
        "rows": {
            "read": dataset.counts.rows_read,
            "refused": dataset.refusals,
            "outside_sample": dataset.counts.left_out,
            "repeats": dataset.counts.merged,
            "repeated_strains": dataset.counts.repeated,
            "conflicting_strains": dataset.counts.conflicting,
        },
        "strains": strains,
        "left_out": left_out,
        "genes_not_visible": list(gene_names_unknown),
        "parameters": parameters,
        "options": config.model_dump(mode="json"),
        "threads": torch.get_num_threads(),
        "processes": processes,
        "hardware": {**_hardware(config.device), "engine": engine},
        "versions": {
            "dcell_graph": dcell_graph.__version__,
            "python": platform.python_version(),
            "torch": torch.__version__,
            "numpy": np.__version__,
            "pandas": pd.__version__,
            "safetensors": safetensors.__version__,
        },
        "platform": platform.platform(),
    }


def _hardware(device: str) -> dict[str, str | None]:
    """What computes, in words: the processor's instructions that torch uses, and the accelerator if there is one."""
    accelerated = torch.device(device).type == "cuda"
    return {
        "processor": platform.machine(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "accelerator": torch.cuda.get_device_name(device) if accelerated else None,
    }
