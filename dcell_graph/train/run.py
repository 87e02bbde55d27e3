"""One training run, from a snapshot and a dataset to a complete run folder; and the same after a stop."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from dcell_graph.errors import DcellGraphError, InputError, TrainingError
from dcell_graph.measurements.dataset import Dataset
from dcell_graph.model.hierarchy import Hierarchy
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.train.checkpoint import build_model
from dcell_graph.train.claim import existing_folder, new_folder
from dcell_graph.train.config import TrainConfig
from dcell_graph.train.folder import RunFolder
from dcell_graph.train.log import Listener, RunLog, nobody
from dcell_graph.train.loop import Learner, make_optimiser
from dcell_graph.train.opening import opening_lines
from dcell_graph.train.origin import hierarchy_of, refuse_other_dataset, refuse_other_snapshot
from dcell_graph.train.place import refuse_occupied, resume_command
from dcell_graph.train.preparation import Preparation, prepare, usable_device
from dcell_graph.train.records import LOG, EpochRecord, Places, SetMeasures, describe_run
from dcell_graph.train.resume import Resumption, read_resumption
from dcell_graph.train.signals import Interruptions, Terminated
from dcell_graph.train.training import Subject, Training
from dcell_graph.types import Progress, silent


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """What a finished run leaves.

    Args:
        folder: the run folder.
        epochs: a record for each epoch, those before a stop included.
        kept_epoch: the epoch whose weights are in the checkpoint.
        best_epoch: the epoch with the lowest validation loss, the first if several; None without validation strains.
            It is the kept one unless the validation strains are the training strains (overfit): then the last epoch is
            kept.
        measures: of the kept weights, for each set of strains.
    """

    folder: Path
    epochs: tuple[EpochRecord, ...]
    kept_epoch: int
    best_epoch: int | None
    measures: tuple[SetMeasures, ...]


def run(
    snapshot: Snapshot,
    dataset: Dataset,
    config: TrainConfig,
    folder: Path,
    *,
    places: Places | None = None,
    replace: bool = False,
    log: Listener = nobody,
    progress: Progress = silent,
    stop: Interruptions | None = None,
) -> RunResult:
    """Train a model and write everything about it into a folder.

    Equal snapshot, dataset, options and number of threads give equal weights on a CPU, whatever the order of rows in
    the files they came from. The folder appears with the first whole epoch and can be resumed from then on; a run that
    stops earlier leaves nothing.

    Args:
        snapshot: gives the structure of the model.
        dataset: gives strains and phenotypes.
        config: all options.
        folder: the run folder; must not exist or be empty. Nothing is written if the run cannot begin.
        places: where both were found; None: under their names.
        replace: an earlier folder of that name stays until the run is finished and then makes room; a run that stops
            leaves nothing, whatever it has done.
        log: told each line of the log.
        progress: told the number of epochs done.
        stop: how signals are answered, if the caller has entered that already.

    Raises:
        TrainingError: the run cannot begin, a loss is not finite, or a file cannot be written.
        SnapshotError: no model can be built on the snapshot.
        Conflict: the folder is not free.
        KeyboardInterrupt: SIGINT, or SIGTERM (then it is ``Terminated``); the folder is complete up to the last whole
            epoch and its status "stopped".
    """
    if not replace:
        refuse_occupied(folder)
    say = RunLog(log)
    device = usable_device(config.device)
    with _interruptions(stop) as stop:
        prepared = prepare(snapshot, dataset, config)
        hierarchy = Hierarchy.from_snapshot(snapshot, config.architecture)
        learner = _learner(hierarchy, prepared, config, device)
        for line in opening_lines(snapshot, dataset, config, prepared, learner):
            say(line)
        subject = Subject(snapshot=snapshot.manifest, dataset=dataset.manifest, hierarchy=hierarchy)
        with new_folder(folder, stop, replace=replace) as run_folder:
            run_folder.create(_description(subject, prepared, config, places), generated=subject.generated)
            say.write_to(lambda: run_folder.file(LOG))
            training = Training(subject, prepared, learner, run_folder, say, stop)
            return _train(training, run_folder, say, stop, progress)


def resume_run(
    snapshot: Snapshot,
    dataset: Dataset,
    folder: Path,
    *,
    epochs: int | None = None,
    places: Places | None = None,
    log: Listener = nobody,
    progress: Progress = silent,
    stop: Interruptions | None = None,
) -> RunResult:
    """Go on with a run after its last whole epoch, as if it had never stopped.

    On a CPU, with as many threads as before, the weights are those of a run in one go, to the last bit. The folder
    stays as it is until another epoch is whole.

    Args:
        snapshot: the one of the run; its rows may be in another order.
        dataset: the one of the run.
        folder: the run folder; its options are those of the run.
        epochs: passes over the strains in all, those before the stop included; None: as many as were asked for.
        places: where snapshot and dataset were found; None: under their names.
        log: told each line of the log.
        progress: told the number of epochs done.
        stop: how signals are answered, if the caller has entered that already.

    Raises:
        NotFound: there is no run that can be resumed.
        InputError: no epochs are left to do.
        TrainingError: another snapshot or dataset, damaged files, and all that ``run`` raises it for.
        Conflict: another process is at work in the folder.
        KeyboardInterrupt: as ``run``.
    """
    say = RunLog(log)
    with _interruptions(stop) as stop, existing_folder(folder, stop) as run_folder:
        saved = read_resumption(folder)
        origin = saved.description
        refuse_other_snapshot(folder, origin, snapshot)
        refuse_other_dataset(folder, origin, dataset.manifest)
        config = _options(saved, epochs, run_folder)
        hierarchy = hierarchy_of(origin, snapshot, config.architecture)
        prepared = prepare(snapshot, dataset, config, gene_order=hierarchy.gene_ids)
        learner = _learner(hierarchy, prepared, config, usable_device(config.device))
        subject = Subject(snapshot=snapshot.manifest, dataset=dataset.manifest, hierarchy=hierarchy)
        training = Training(subject, prepared, learner, run_folder, say, stop)
        training.go_on_from(saved)
        for line in opening_lines(snapshot, dataset, config, prepared, learner, fresh=False):
            say(line)
        for line in _resumed_lines(run_folder.path, saved, config):
            say(line)
        run_folder.go_on(_description(subject, prepared, config, places))
        return _train(training, run_folder, say, stop, progress)


def _interruptions(stop: Interruptions | None) -> AbstractContextManager[Interruptions]:
    return Interruptions() if stop is None else nullcontext(stop)


def _train(training: Training, folder: RunFolder, say: RunLog, stop: Interruptions, progress: Progress) -> RunResult:
    """Run all epochs that are left; however that ends, the folder holds the results so far and says how it ended."""
    try:
        for epoch in range(len(training.records) + 1, training.config.epochs + 1):
            stop.check()
            training.epoch(epoch)
            progress("training", epoch, training.config.epochs)
        results = training.write_results()
        with stop.held():
            folder.end("finished", **results)
    except BaseException as error:
        stop.stopping()
        _write_stop(training, folder, say, stop, error)
        if folder.keeps_epochs and isinstance(error, DcellGraphError):
            raise _with_way_on(error, training, folder) from error
        raise
    return RunResult(
        folder=folder.path,
        epochs=tuple(training.records),
        kept_epoch=results["kept_epoch"],
        best_epoch=results["best_epoch"],
        measures=tuple(SetMeasures(**one) for one in results["measures"]),
    )


def _write_stop(training: Training, folder: RunFolder, say: RunLog, stop: Interruptions, error: BaseException) -> None:
    """Leave a complete folder behind if there is a new whole epoch."""
    reason = str(error) if isinstance(error, DcellGraphError) else _kind(error)
    done = len(training.records)
    if not folder.keeps_epochs:
        say(f"Stopped: {reason}; " + ("the run folder is as it was" if done else "no epoch is whole, nothing is kept"))
        return
    folder.end("stopped", reason=reason)
    say(f"Stopped after {done} whole epochs: {reason}")
    try:
        if isinstance(error, KeyboardInterrupt) or not training.results_begun:
            folder.end("stopped", reason=reason, **training.write_results())
    except KeyboardInterrupt:
        say("Predictions and pictures are left out")
    finally:
        say(f"To go on: {resume_command(folder.path)}")


def _with_way_on(error: DcellGraphError, training: Training, folder: RunFolder) -> TrainingError:
    """The error with what can be done about the epochs that are kept."""
    way = f"{len(training.records)} whole epochs are kept; to go on: {resume_command(folder.path)}"
    return TrainingError(
        error.what,
        path=error.path,
        line=error.line,
        expected=error.expected,
        found=error.found,
        hint=way if error.hint is None else f"{error.hint}; {way}",
    )


def _kind(error: BaseException) -> str:
    if isinstance(error, Terminated):
        return "terminated"
    return "interrupted" if isinstance(error, KeyboardInterrupt) else f"{type(error).__name__}: {error}"


def _options(saved: Resumption, epochs: int | None, folder: RunFolder) -> TrainConfig:
    """The options of a resumed run.

    Raises:
        InputError: no epochs are left to do, and the results are written.
    """
    options, done = saved.description.options, saved.description.epoch
    wanted = options.epochs if epochs is None else epochs
    if wanted < done or (wanted == done and folder.is_finished):
        raise InputError(
            "the run has done these epochs already",
            path=folder.path,
            expected=f"--epochs {done + 1} or more, counted from the beginning of the run",
            found=str(wanted),
        )
    return options.model_copy(update={"epochs": wanted})


def _resumed_lines(path: Path, saved: Resumption, config: TrainConfig) -> Iterator[str]:
    before = saved.description
    yield f"Resuming {path.name} after epoch {before.epoch} of {config.epochs} (best so far: epoch {before.kept_epoch})"
    now = {"threads": str(torch.get_num_threads()), "torch": torch.__version__}
    for what, then in (("threads", str(before.threads)), ("torch", before.torch)):
        if now[what] != then:
            yield f"⚠ {what} {now[what]}, before {then}: weights may differ in the last digits from a run in one go"


def _description(subject: Subject, prepared: Preparation, config: TrainConfig, places: Places | None) -> dict[str, Any]:
    return describe_run(
        config,
        snapshot=subject.snapshot,
        dataset=subject.dataset,
        strains={
            "train": len(prepared.train),
            "validation": len(prepared.validation),
            "test": len(prepared.test),
        },
        left_out=prepared.selection.reasons,
        gene_names_unknown=prepared.selection.unknown,
        parameters=subject.hierarchy.parameter_count().total,
        places=places or Places(snapshot=subject.snapshot.name, dataset=subject.dataset.name),
    )


def _learner(hierarchy: Hierarchy, prepared: Preparation, config: TrainConfig, device: torch.device) -> Learner:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        model = build_model(config.model, hierarchy, config.architecture)
    model.to(device)
    return Learner(
        model=model,
        optimiser=make_optimiser(model, config),
        config=config,
        scale=prepared.scale,
        root=hierarchy.root,
        device=device,
    )
