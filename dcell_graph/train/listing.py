"""What runs there are, read from their folders without torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dcell_graph.errors import InputError, NotFound
from dcell_graph.train.lock import is_held
from dcell_graph.train.members import member_paths
from dcell_graph.train.place import CONFIG, STATUS, SWEEP, read_object

DAMAGED = "damaged"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """One run folder.

    Args:
        name: of the folder.
        folder: its path.
        status: running, finished or stopped; a run that was killed has stopped. ``damaged`` in a list of runs if its
            files do not say what a run has to say; the rest is empty then.
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
            found += [_listed(own, f"{folder.name}/{own.name}") for own in sorted(folder.iterdir()) if own.is_dir()]
        else:
            found.append(_listed(folder, folder.name))
    known = [run for run in found if run is not None]
    return sorted(known, key=lambda run: (run.started, run.name), reverse=True)


def summary_of(folder: Path) -> RunSummary:
    """One run folder.

    Raises:
        NotFound: it holds no run.
        InputError: its files do not say what a run has to say.
    """
    found = _read(folder, folder.name)
    if found is None:
        raise NotFound(f"there is no run in {folder}", expected=f"a folder with {STATUS} and {CONFIG}")
    return found


def _listed(folder: Path, name: str) -> RunSummary | None:
    """A run as a list shows it: one that is damaged must not hide the others."""
    try:
        return _read(folder, name)
    except InputError:
        return RunSummary(
            name=name,
            folder=folder,
            status=DAMAGED,
            generated=False,
            snapshot="",
            dataset="",
            epochs=0,
            parameters=0,
            started="",
            pearson={},
        )


def _read(folder: Path, name: str) -> RunSummary | None:
    if folder.name.startswith("."):
        # A run that has no whole epoch yet, see folder.py.
        return None
    status, config = read_object(folder / STATUS), read_object(folder / CONFIG)
    if status is None or config is None:
        return None
    try:
        return _summary(folder, name, status, config)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise InputError(
            "the run is damaged", path=folder, expected=f"{STATUS} and {CONFIG} that say what a run was and did"
        ) from None


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
