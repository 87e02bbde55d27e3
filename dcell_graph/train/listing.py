"""What runs there are, read from their folders without torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dcell_graph.errors import NotFound
from dcell_graph.train.lock import is_held
from dcell_graph.train.members import member_paths
from dcell_graph.train.place import CONFIG, STATUS, SWEEP, read_object


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """One run folder.

    Args:
        name: of the folder.
        folder: its path.
        status: running, finished or stopped; a run that was killed has stopped.
        generated: True if the snapshot or the strains are of a generated world.
        snapshot: name of the snapshot.
        dataset: name of the dataset.
        epochs: whole epochs done.
        parameters: learnable numbers.
        started: time in UTC, ISO 8601.
        pearson: of the kept weights on each set of strains, in evaluation mode; None where undefined. Of an ensemble,
            that of the mean of its models.
        models: number of models, more than 1 for an ensemble.
    """

    name: str
    folder: Path
    status: str
    generated: bool
    snapshot: str
    dataset: str
    epochs: int
    parameters: int
    started: str
    pearson: dict[str, float | None]
    models: int = 1


def list_runs(runs: Path) -> list[RunSummary]:
    """All run folders below ``runs``, those of sweeps included, the newest first; other folders are passed over."""
    found = []
    for folder in sorted(runs.iterdir()) if runs.is_dir() else []:
        if (folder / SWEEP).is_file():
            found += [_read(own, f"{folder.name}/{own.name}") for own in sorted(folder.iterdir()) if own.is_dir()]
        else:
            found.append(_read(folder, folder.name))
    known = [run for run in found if run is not None]
    return sorted(known, key=lambda run: (run.started, run.name), reverse=True)


def summary_of(folder: Path) -> RunSummary:
    """One run folder.

    Raises:
        NotFound: it holds no run.
    """
    found = _read(folder, folder.name)
    if found is None:
        raise NotFound(f"there is no run in {folder}", expected=f"a folder with {STATUS} and {CONFIG}")
    return found


def _read(folder: Path, name: str) -> RunSummary | None:
    if folder.name.startswith("."):
        # A run that has no whole epoch yet, see folder.py.
        return None
    status, config = read_object(folder / STATUS), read_object(folder / CONFIG)
    return None if status is None or config is None else _summary(folder, name, status, config)


def _summary(folder: Path, name: str, status: dict[str, Any], config: dict[str, Any]) -> RunSummary:
    return RunSummary(
        name=name,
        folder=folder,
        status="stopped" if status.get("status") == "running" and not is_held(folder) else str(status.get("status")),
        generated=bool(config.get("generated")),
        snapshot=str(config["snapshot"]["name"]),
        dataset=str(config["dataset"]["name"]),
        epochs=int(status.get("epochs", 0)),
        parameters=int(config.get("parameters", 0)),
        started=str(status.get("started", "")),
        pearson={
            measure["split"]: measure["pearson"] for measure in status.get("measures", ()) if measure["mode"] == "eval"
        },
        models=len(member_paths(folder)) or 1,
    )
