"""What runs there are, read from their folders without torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dcell_graph.train.lock import is_held
from dcell_graph.train.place import CONFIG, STATUS, read_object


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
        pearson: of the kept weights on each set of strains, in evaluation mode; None where undefined.
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


def list_runs(runs: Path) -> list[RunSummary]:
    """All run folders below ``runs``, the newest first; folders that are not runs are passed over."""
    found = []
    for folder in sorted(runs.iterdir()) if runs.is_dir() else []:
        if folder.name.startswith("."):
            # A run that has no whole epoch yet, see folder.py.
            continue
        status, config = read_object(folder / STATUS), read_object(folder / CONFIG)
        if status is not None and config is not None:
            found.append(_summary(folder, status, config))
    return sorted(found, key=lambda run: (run.started, run.name), reverse=True)


def _summary(folder: Path, status: dict[str, Any], config: dict[str, Any]) -> RunSummary:
    return RunSummary(
        name=folder.name,
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
    )
