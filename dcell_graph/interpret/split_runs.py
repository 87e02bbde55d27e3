"""Trains what stands between two runs, and splits the change of their accuracy (see split.py)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from dcell_graph.errors import InputError
from dcell_graph.interpret.split import Corners, Split, Values, hybrid, split_change
from dcell_graph.interpret.trained import FEWEST, Trained, open_trained, refuse_others
from dcell_graph.measurements.dataset import Dataset
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.train.ensemble import run_ensemble
from dcell_graph.train.log import Listener, nobody
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
        Conflict: the folder holds hybrids with other options, or of another dataset.
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
        stored = a.options.split is not None
        raise InputError(
            "the runs have too few test strains in common",
            expected=f"{FEWEST} or more",
            found=str(len(shared)),
            hint="a split with more test strains is needed"
            if stored
            else "divided by a seed, the test strains of two "
            "snapshots differ: store a split with dcell-graph dataset split, and train both runs with --split",
        )
    order = sorted(shared)
    said = [_predictions(run, test, order) for run, test in zip(runs, tests, strict=True)]
    place = {name: index for index, name in enumerate(tests[0].names)}
    target = tests[0].target[[place[name] for name in order]]
    return split_change(Corners(a=said[0], b=said[1], annotations_of_b=said[2], topology_of_b=said[3], target=target))


def _trained(
    snapshot: Snapshot, like: Trained, dataset: Dataset, folder: Path, log: Listener, progress: Progress
) -> Trained:
    status = read_object(folder / STATUS)
    if status is None or status.get("status") != "finished":
        run_ensemble(snapshot, dataset, like.options, folder, log=log, progress=progress)
    found = open_trained(folder, snapshot)
    refuse_others(found, like.options, dataset, folder)
    return found


@torch.no_grad()
def _predictions(run: Trained, test: StrainSet, order: list[str]) -> Values:
    """By each model of the run [S, N]."""
    place = {name: index for index, name in enumerate(test.names)}
    chosen = test.take(np.array([place[name] for name in order], np.int64))
    found = []
    for checkpoint in run.checkpoints:
        parts = torch.split(chosen.deleted, _AT_ONCE)
        found.append(torch.cat([checkpoint.model(part).prediction for part in parts]).double().numpy())
    return np.stack(found)
