"""The course of a run, epoch after epoch, and how it ends."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dcell_graph.errors import DcellGraphError, TrainingError
from dcell_graph.train.epochs import EpochRecord, best_validated, next_epoch, run_epoch
from dcell_graph.train.folder import RunFolder
from dcell_graph.train.learner import Learner
from dcell_graph.train.log import RunLog
from dcell_graph.train.place import resume_command
from dcell_graph.train.preparation import Preparation
from dcell_graph.train.records import SetMeasures
from dcell_graph.train.signals import Interruptions, Terminated
from dcell_graph.train.training import Training
from dcell_graph.types import Progress
from dcell_graph.wording import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """What a finished run leaves.

    Args:
        folder: the run folder.
        epochs: a record for each epoch, those before a stop included.
        kept_epoch: the epoch whose weights are in the checkpoint.
        best_epoch: the epoch that is best on the validation strains, the first if several; None without any.
            It is the kept one unless the validation strains are the training strains (overfit): then the last epoch is
            kept.
        measures: of the kept weights, for each set of strains.
    """

    folder: Path
    epochs: tuple[EpochRecord, ...]
    kept_epoch: int
    best_epoch: int | None
    measures: tuple[SetMeasures, ...]


def train(
    training: Training, folder: RunFolder, say: RunLog, stop: Interruptions, progress: Progress, entry: Path
) -> RunResult:
    """Run all epochs that are left; however that ends, the folder holds the results so far and says how it ended."""
    try:
        while training.due is not None:
            stop.check()
            training.epoch()
            progress("training", len(training.records), training.config.epochs)
        results = training.write_results()
        with stop.held():
            folder.end("finished", **results)
    except BaseException as error:
        stop.stopping()
        _write_stop(training, folder, say, stop, error, entry)
        if folder.keeps_epochs and isinstance(error, DcellGraphError):
            raise _with_way_on(error, training, entry) from error
        raise
    return RunResult(
        folder=folder.path,
        epochs=tuple(training.records),
        kept_epoch=results["kept_epoch"],
        best_epoch=results["best_epoch"],
        measures=tuple(SetMeasures(**one) for one in results["measures"]),
    )


def _write_stop(
    training: Training, folder: RunFolder, say: RunLog, stop: Interruptions, error: BaseException, entry: Path
) -> None:
    """Leave a complete folder behind if there is a new whole epoch."""
    reason = str(error) if isinstance(error, DcellGraphError) else reason_of(error)
    done = len(training.records)
    if not folder.keeps_epochs:
        say(f"Stopped: {reason}; " + ("the run folder is as it was" if done else "no epoch is whole, nothing is kept"))
        return
    hurry = not _last_epochs_written(training, say)
    folder.end("stopped", reason=reason)
    say(f"Stopped after {counted(len(training.records), 'whole epoch')}: {reason}")
    try:
        if not hurry and (isinstance(error, KeyboardInterrupt) or not training.results_begun):
            folder.end("stopped", reason=reason, **training.write_results())
    except KeyboardInterrupt:
        say("Predictions and pictures are left out")
    finally:
        say(f"To go on: {resume_command(entry)}")


def _last_epochs_written(training: Training, say: RunLog) -> bool:
    """Put on disk what has waited for that; False if another signal came meanwhile, so that nothing more is done."""
    done = len(training.records)
    try:
        training.write_waiting()
    except TrainingError as error:
        if lost := done - len(training.records):
            say(f"Lost: {counted(lost, 'epoch')} after epoch {len(training.records)} could not be written: {error}")
    except KeyboardInterrupt:
        say("Predictions and pictures are left out")
        return False
    return True


def _with_way_on(error: DcellGraphError, training: Training, entry: Path) -> TrainingError:
    """The error with what can be done about the epochs that are kept."""
    kept = counted(len(training.records), "whole epoch is kept", "whole epochs are kept")
    way = f"{kept}; to go on: {resume_command(entry)}"
    return TrainingError(
        error.what,
        path=error.path,
        line=error.line,
        expected=error.expected,
        found=error.found,
        hint=way if error.hint is None else f"{error.hint}; {way}",
    )


def reason_of(error: BaseException) -> str:
    """Why a run stops, in a few words."""
    if isinstance(error, Terminated):
        return "terminated"
    return "interrupted" if isinstance(error, KeyboardInterrupt) else f"{type(error).__name__}: {error}"


def follow(
    folder: Path, learner: Learner, prepared: Preparation, stop: Interruptions, records: list[EpochRecord]
) -> RunResult:
    """Take part in the epochs that another process writes down."""
    while next_epoch(learner.config, records) is not None:
        stop.check()
        records.append(run_epoch(learner, prepared, records))
    best = best_validated(learner.config, records)
    return RunResult(
        folder=folder,
        epochs=tuple(records),
        kept_epoch=len(records) if best is None or learner.config.overfit is not None else best,
        best_epoch=best,
        measures=(),
    )
