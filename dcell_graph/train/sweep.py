"""Many independent runs of one sweep, in one folder; going on after a stop, however it came.

NAME/VARIED         a run folder for each setting, see sweep_file.py
NAME/sweep.json     what the sweep is made from, and which runs failed and why
NAME/results.csv    what varies and how well each run does on the validation strains, the best first
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from dcell_graph.errors import Conflict, TrainingError
from dcell_graph.measurements.dataset import Dataset
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.train.claim import clean_up
from dcell_graph.train.files import write_json, write_whole
from dcell_graph.train.lock import FolderLock
from dcell_graph.train.log import Listener, nobody
from dcell_graph.train.origin import refuse_other_ids
from dcell_graph.train.place import CONFIG, STATUS, SWEEP, read_object
from dcell_graph.train.records import Places
from dcell_graph.train.run import interruptions
from dcell_graph.train.signals import Interruptions
from dcell_graph.train.start import go_on, start
from dcell_graph.train.sweep_file import Setting, Sweep
from dcell_graph.types import Progress, silent
from dcell_graph.wording import counted

RESULTS = "results.csv"
FORMAT = "dcell-graph-sweep"
VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepRow:
    """How one run did.

    Args:
        name: of its folder.
        varied: what varies, with its values.
        status: finished, stopped, failed, or absent if it has not begun.
        epochs: whole epochs done.
        kept_epoch: the epoch whose weights were kept; None for an ensemble.
        pearson: on the validation strains; None if undefined or not there.
        rmse: on the validation strains.
        reason: why it failed or stopped.
    """

    name: str
    varied: dict[str, Any]
    status: str
    epochs: int
    kept_epoch: int | None
    pearson: float | None
    rmse: float | None
    reason: str | None


def run_sweep(
    snapshot: Snapshot,
    dataset: Dataset,
    sweep: Sweep,
    folder: Path,
    *,
    places: Places | None = None,
    log: Listener = nobody,
    progress: Progress = silent,
    stop: Interruptions | None = None,
) -> list[SweepRow]:
    """Train what is not trained yet of a sweep, one run after another, and write the table of results after each.

    A run that fails, for example because its loss is not finite, is noted and tried again next time; the others go on.

    Args:
        snapshot: of all runs.
        dataset: of all runs.
        sweep: the settings; more of them than last time are allowed.
        folder: of the sweep; may hold what an earlier process has done.
        places: where snapshot and dataset were found; None: under their names.
        log: told each line.
        progress: told how many runs are done, and what each run tells.
        stop: how signals are answered, if the caller has entered that already.

    Returns:
        One row a run, the best on the validation strains first; the test strains are not looked at.

    Raises:
        Conflict: another process is at work on the sweep, or its folder holds something else.
        TrainingError: the sweep was begun on other data, or a file cannot be written.
        KeyboardInterrupt: as ``run.run``; calling it again goes on.
    """
    with interruptions(stop) as stop:
        with stop.held():
            lock = _claim(folder, snapshot, dataset)
        try:
            for number, setting in enumerate(sweep.settings, start=1):
                log(f"Run {number} of {len(sweep.settings)}: {setting.name}")
                _one(snapshot, dataset, setting, folder, places, log, progress, stop)
                progress("runs of the sweep", number, len(sweep.settings))
                with stop.held():
                    write_results(folder, sweep)
        finally:
            with stop.held():
                lock.release(folder)
    return rows_of(folder, sweep)


def rows_of(folder: Path, sweep: Sweep) -> list[SweepRow]:
    """How the runs of a sweep have done so far, the best on the validation strains first, those without a result last.

    Runs are ordered by the correlation, or by the error where no run has one.
    """
    failed = (read_object(folder / SWEEP) or {}).get("failed", {})
    rows = [_row(folder, setting, failed) for setting in sweep.settings]
    by_correlation = any(row.pearson is not None for row in rows)

    def rank(row: SweepRow) -> tuple[bool, float]:
        value = row.pearson if by_correlation else row.rmse
        return value is None, 0.0 if value is None else -value if by_correlation else value

    return sorted(rows, key=rank)


def write_results(folder: Path, sweep: Sweep) -> None:
    """Write results.csv.

    Raises:
        TrainingError: the file cannot be written.
    """
    rows = rows_of(folder, sweep)
    table = pd.DataFrame([cells(row, sweep.varied) for row in rows], columns=columns(sweep.varied))
    write_whole(folder / RESULTS, lambda target: table.to_csv(target, index=False, lineterminator="\n"))


def columns(varied: Sequence[str]) -> list[str]:
    """The columns of results.csv."""
    return [*varied, "validation_pearson", "validation_rmse", "epochs", "kept_epoch", "status", "run", "reason"]


def cells(row: SweepRow, varied: Sequence[str]) -> list[Any]:
    """A row of results.csv."""
    values = [row.varied.get(key) for key in varied]
    values = [" ".join(map(str, value)) if isinstance(value, list) else value for value in values]
    return [*values, row.pearson, row.rmse, row.epochs, row.kept_epoch, row.status, row.name, row.reason]


def _claim(folder: Path, snapshot: Snapshot, dataset: Dataset) -> FolderLock:
    there = read_object(folder / SWEEP)
    if there is None and folder.is_dir() and any(folder.iterdir()):
        raise Conflict("the folder of the sweep holds something else", path=folder, hint="give the sweep another name")
    folder.mkdir(parents=True, exist_ok=True)
    lock = FolderLock(folder)
    if not lock.acquire():
        raise Conflict("another process is at work on this sweep", path=folder, hint="wait until it ends")
    try:
        if there is not None:
            refuse_other_ids(folder, there, snapshot.manifest, dataset.manifest)
            return lock
        measured = dataset.manifest
        write_json(
            folder / SWEEP,
            {
                "format": FORMAT,
                "version": VERSION,
                "snapshot": {"name": snapshot.manifest.name, "snapshot_id": snapshot.manifest.snapshot_id},
                "dataset": {"name": measured.name, "dataset_id": measured.dataset_id},
                "failed": {},
            },
        )
    except BaseException:
        lock.release(folder)
        raise
    return lock


def _one(
    snapshot: Snapshot,
    dataset: Dataset,
    setting: Setting,
    folder: Path,
    places: Places | None,
    log: Listener,
    progress: Progress,
    stop: Interruptions,
) -> None:
    """Train one run, as far as that is left to do; an error of the run itself is noted."""
    own = folder / setting.name
    clean_up(own)
    status = read_object(own / STATUS)
    try:
        if status is None:
            start(snapshot, dataset, setting.config, own, places=places, log=log, progress=progress, stop=stop)
        else:
            _refuse_other_options(own, setting)
            if status.get("status") == "finished":
                log("  finished already")
                return
            go_on(snapshot, dataset, own, places=places, log=log, progress=progress, stop=stop)
    except TrainingError as error:
        log(f"  failed: {error}")
        _note(folder, setting.name, error.what)
    else:
        _note(folder, setting.name, None)


def _note(folder: Path, name: str, reason: str | None) -> None:
    content = read_object(folder / SWEEP) or {}
    failed = {key: value for key, value in content.get("failed", {}).items() if key != name}
    write_json(folder / SWEEP, {**content, "failed": failed if reason is None else {**failed, name: reason}})


def _refuse_other_options(own: Path, setting: Setting) -> None:
    there = (read_object(own / CONFIG) or {}).get("options")
    wanted = setting.config.model_dump(mode="json")
    if there != wanted:
        differing = [key for key in wanted if not isinstance(there, dict) or there.get(key) != wanted[key]]
        raise Conflict(
            f"the sweep holds the run {setting.name} with other options",
            path=own,
            expected=f"the same {', '.join(differing)}",
            hint="give the sweep another name, or remove that run",
        )


def _row(folder: Path, setting: Setting, failed: dict[str, str]) -> SweepRow:
    status = read_object(folder / setting.name / STATUS) or {}
    validation: dict[str, Any] = next((one for one in status.get("measures", ()) if one["split"] == "validation"), {})
    known = str(status.get("status", "absent"))
    return SweepRow(
        name=setting.name,
        varied=setting.varied,
        status="failed" if setting.name in failed else known,
        epochs=int(status.get("epochs", 0)),
        kept_epoch=status.get("kept_epoch"),
        pearson=validation.get("pearson"),
        rmse=validation.get("rmse"),
        reason=failed.get(setting.name) or status.get("reason"),
    )


def summary_line(rows: Sequence[SweepRow]) -> str:
    """How many runs ended how."""
    ends = {end: sum(row.status == end for row in rows) for end in ("finished", "stopped", "failed", "absent")}
    return f"{counted(len(rows), 'run')}: " + ", ".join(f"{count:,} {end}" for end, count in ends.items() if count)
