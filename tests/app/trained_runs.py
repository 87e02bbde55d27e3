"""Small trained models for the pages that look into models."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import pytest

from dcell_graph.measurements.storage import write_dataset
from dcell_graph.settings import Settings
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.snapshot.storage import write_snapshot
from dcell_graph.train import ensemble, training
from dcell_graph.train.ensemble import run_ensemble
from dcell_graph.train.run import run
from tests.snapshots import random_snapshot
from tests.training import config, pairs_dataset

GENES = tuple(f"Y{index:03d}W" for index in range(16))


def train(settings: Settings, folder: Path) -> Snapshot:
    """The runs ``one``, and ``two`` of two models, on a snapshot of eight terms that lies in the folder of snapshots.

    Of 120 pairs of 16 genes 48 are test strains and 12 validation strains.
    """
    snapshot = random_snapshot(5, n_terms=8, n_genes=16, n_pairs=40)
    write_snapshot(snapshot, settings.snapshots / snapshot.manifest.name)
    rows = [
        f"{first} {second} {math.sin(5 * place + 3 * other):.3f}"
        for (place, first), (other, second) in itertools.combinations(enumerate(GENES), 2)
    ]
    dataset = pairs_dataset(folder, rows)
    write_dataset(dataset, settings.datasets / dataset.manifest.name)
    options = {"epochs": 2, "lr": 0.05, "batch_size": 16, "fractions": (0.5, 0.1, 0.4)}
    with pytest.MonkeyPatch.context() as patch:
        # Their pictures take longer than they do.
        patch.setattr(training, "draw_all", lambda *ignored: None)
        patch.setattr(ensemble, "draw_results", lambda *ignored: None, raising=False)
        run(snapshot, dataset, config(**options), settings.runs / "one")
        run_ensemble(snapshot, dataset, config(**options, ensemble=2), settings.runs / "two")
    return snapshot
