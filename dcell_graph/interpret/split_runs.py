"""Trains what stands between two runs, and splits the change of their accuracy (see split.py)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from dcell_graph.errors import InputError
from dcell_graph.interpret.split import Split, hybrid, split_change
from dcell_graph.interpret.trained import FEWEST, Trained, open_trained
from dcell_graph.measurements.dataset import Dataset
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.train.ensemble import run_ensemble
from dcell_graph.train.log import Listener, nobody
from dcell_graph.train.metrics import pearson
from dcell_graph.train.place import STATUS, read_object
from dcell_graph.train.preparation import prepare
from dcell_graph.train.strains import StrainSet
from dcell_graph.types import Progress, silent

_AT_ONCE = 256


def split_runs(
    a: Trained, b: Trained, dataset: Dataset, folder: Path, *, log: Listener = nobody, progress: Progress = silent
) -> Split:
    """Train the two hybrids with the options of the runs and split the change of accuracy.

    Accuracy is Pearson's correlation on the strains that are test strains of all four, for each seed.

    Args:
        a: an ensemble of two models or more.
        b: the same on another snapshot: same dataset and options, and so the same seeds.
        dataset: theirs.
        folder: where the hybrids' runs go; finished ones that are there are used again.
        log: told the lines of the trainings.
        progress: told their epochs.

    Raises:
        InputError: the runs differ in more than the snapshot, or have too few test strains in common.
        TrainingError: a training fails.
    """
    if a.options != b.options:
        raise InputError("the runs differ in their options as well", expected="the same options on two snapshots",
                         hint="see dcell-graph runs compare")  # fmt: skip
    if any(one.description.dataset_id != dataset.manifest.dataset_id for run in (a, b) for one in run.checkpoints):
        raise InputError("the runs were not trained on the same dataset", expected=dataset.manifest.name)
    mixed = [
        _trained(hybrid(topology, annotations), a, dataset, folder / name, log, progress)
        for name, topology, annotations in (
            ("topology-a-annotations-b", a.snapshot, b.snapshot),
            ("topology-b-annotations-a", b.snapshot, a.snapshot),
        )
    ]
    runs = [a, b, *mixed]
    tests = [prepare(run.snapshot, dataset, run.options, gene_order=run.hierarchy.gene_ids).test for run in runs]
    shared = set(tests[0].names).intersection(*(test.names for test in tests))
    if len(shared) < FEWEST:
        raise InputError(
            "the runs have too few test strains in common", expected=f"{FEWEST} or more", found=str(len(shared))
        )
    accuracy = [_accuracy(run, test, shared) for run, test in zip(runs, tests, strict=True)]
    return split_change(
        a=accuracy[0], b=accuracy[1], annotations_of_b=accuracy[2], topology_of_b=accuracy[3], strains=len(shared)
    )


def _trained(
    snapshot: Snapshot, like: Trained, dataset: Dataset, folder: Path, log: Listener, progress: Progress
) -> Trained:
    status = read_object(folder / STATUS)
    if status is None or status.get("status") != "finished":
        run_ensemble(snapshot, dataset, like.options, folder, log=log, progress=progress)
    return open_trained(folder, snapshot)


@torch.no_grad()
def _accuracy(run: Trained, test: StrainSet, shared: set[str]) -> Sequence[float]:
    chosen = test.take(np.array([place for place, name in enumerate(test.names) if name in shared], np.int64))
    found = []
    for checkpoint in run.checkpoints:
        parts = torch.split(chosen.deleted, _AT_ONCE)
        said = torch.cat([checkpoint.model(part).prediction for part in parts]).double().numpy()
        found.append(pearson(said, chosen.target) or 0.0)
    return found
