"""Training what was asked for, one model or an ensemble: what doors and sweeps call."""

from __future__ import annotations

from pathlib import Path

from dcell_graph.measurements.dataset import Dataset
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.train.config import TrainConfig
from dcell_graph.train.course import RunResult
from dcell_graph.train.ensemble import EnsembleResult, resume_ensemble, run_ensemble
from dcell_graph.train.group import ALONE, Group
from dcell_graph.train.log import Listener, nobody
from dcell_graph.train.members import member_paths
from dcell_graph.train.records import Places
from dcell_graph.train.run import resume_run, run
from dcell_graph.train.signals import Interruptions
from dcell_graph.types import Progress, silent


def start(
    snapshot: Snapshot,
    dataset: Dataset,
    config: TrainConfig,
    folder: Path,
    *,
    places: Places | None = None,
    log: Listener = nobody,
    progress: Progress = silent,
    stop: Interruptions | None = None,
    group: Group = ALONE,
) -> RunResult | EnsembleResult:
    """Train into a new folder; arguments and errors are those of ``run.run`` and ``ensemble.run_ensemble``."""
    if config.ensemble > 1:
        return run_ensemble(
            snapshot, dataset, config, folder, places=places, log=log, progress=progress, stop=stop, group=group
        )
    return run(snapshot, dataset, config, folder, places=places, log=log, progress=progress, stop=stop, group=group)


def go_on(
    snapshot: Snapshot,
    dataset: Dataset,
    folder: Path,
    *,
    epochs: int | None = None,
    places: Places | None = None,
    log: Listener = nobody,
    progress: Progress = silent,
    stop: Interruptions | None = None,
    group: Group = ALONE,
) -> RunResult | EnsembleResult:
    """Go on with a run; arguments and errors are those of ``run.resume_run`` and ``ensemble.resume_ensemble``."""
    resume = resume_ensemble if member_paths(folder) else resume_run
    return resume(
        snapshot, dataset, folder, epochs=epochs, places=places, log=log, progress=progress, stop=stop, group=group
    )
