"""What is in the folder of runs: whole runs, and in a sentence each what is damaged or has no whole epoch yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from components.store import digest, kept
from dcell_graph.errors import DcellGraphError
from dcell_graph.train.comparing import METRICS
from dcell_graph.train.listing import RunSummary, summary_of
from dcell_graph.train.lock import is_held
from dcell_graph.train.members import member_paths
from dcell_graph.train.place import CONFIG, STATUS, SWEEP, all_unfinished, unfinished

# The same names as in ``train.records``, which cannot be imported without torch.
LOG, PREDICTIONS, STATES = "log.txt", "predictions.csv", "states.csv"


@dataclass(frozen=True, kw_only=True)
class Runs:
    """All that there is.

    Args:
        runs: by name (SWEEP/RUN for one of a sweep), the newest first.
        sweeps: folders of the sweeps, by name.
        notes: a sentence about each folder that has no run to look at.
        at_work: whether any run is going on.
    """

    runs: dict[str, RunSummary] = field(default_factory=dict)
    sweeps: dict[str, Path] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    at_work: bool = False

    def of_sweep(self, sweep: str) -> dict[str, RunSummary]:
        """The runs of a sweep."""
        return {name: run for name, run in self.runs.items() if name.startswith(f"{sweep}/")}


def read_runs(folder: Path) -> Runs:
    """Look through the folder of runs.

    Args:
        folder: of runs; it may be absent.
    """
    runs: dict[str, RunSummary] = {}
    sweeps: dict[str, Path] = {}
    notes: list[str] = []
    beginning = False
    for name, path in _folders(folder, sweeps):
        try:
            runs[name] = replace(summary_of(path), name=name)
        except DcellGraphError as error:
            notes.append(f"The run {name} is damaged: {error}")
        except (KeyError, TypeError, ValueError, AttributeError):
            notes.append(f"The run {name} is damaged: its {CONFIG} or {STATUS} does not say what a run has to say")
    for parent in (folder, *sweeps.values()):
        for path in all_unfinished(parent):
            name = path.name.removeprefix(".").removesuffix(unfinished(Path("x")).name.removeprefix(".x"))
            if is_held(path):
                beginning = True
                notes.append(f"The run {name} is in its first epoch; it is listed as soon as that is whole")
            else:
                notes.append(f"The run {name} was ended before its first whole epoch; the next run removes its folder")
    for name in sweeps:
        if not any(run.startswith(f"{name}/") for run in runs):
            notes.append(f"The sweep {name} has no run with a whole epoch")
    newest = sorted(runs, key=lambda name: (runs[name].started, name), reverse=True)
    return Runs(
        runs={name: runs[name] for name in newest},
        sweeps=sweeps,
        notes=tuple(notes),
        at_work=beginning or any(run.status == "running" for run in runs.values()),
    )


def signature(folder: Path) -> str:
    """Changes with every epoch of every run that is written down, and whenever a run begins or ends."""
    found = read_runs(folder)
    written = [
        metrics.stat().st_mtime_ns
        for run in found.runs.values()
        for part in (run.folder, *member_paths(run.folder))
        if (metrics := part / METRICS).is_file()
    ]
    return digest([(name, run.status, run.epochs) for name, run in found.runs.items()], found.notes, written)


def read_table(path: Path) -> tuple[pd.DataFrame | None, str | None]:
    """A CSV file of a run, kept as long as the file is the same; or a sentence that says why there is none.

    Args:
        path: of the file.
    """
    try:
        facts = path.stat()
        return kept(pd.read_csv, digest(str(path), facts.st_mtime_ns, facts.st_size), path), None
    except FileNotFoundError:
        return None, None
    except (OSError, ValueError) as error:
        return None, f"The file {path.name} of this run cannot be read: {error}"


def _folders(folder: Path, sweeps: dict[str, Path]) -> Iterator[tuple[str, Path]]:
    """All folders that hold a run or pieces of one; sweeps are noted on the way."""
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if (path / SWEEP).is_file():
            sweeps[path.name] = path
            yield from ((f"{path.name}/{own.name}", own) for own in sorted(path.iterdir()) if _holds_a_run(own))
        elif _holds_a_run(path):
            yield path.name, path


def _holds_a_run(path: Path) -> bool:
    hidden = path.name.startswith(".")
    return path.is_dir() and not hidden and ((path / STATUS).exists() or (path / CONFIG).exists())
