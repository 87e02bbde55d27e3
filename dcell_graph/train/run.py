"""One training run, from a snapshot and a dataset to a complete run folder; and the same after a stop."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import torch

from dcell_graph.errors import InputError
from dcell_graph.measurements.dataset import Dataset
from dcell_graph.model.hierarchy import Hierarchy
from dcell_graph.model.similar import similar_by_profile
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.train.checkpoint import build_model
from dcell_graph.train.claim import existing_folder, new_folder
from dcell_graph.train.config import TrainConfig
from dcell_graph.train.course import RunResult, follow, train
from dcell_graph.train.distributed import join, refuse_precision
from dcell_graph.train.epochs import ends_early
from dcell_graph.train.folder import RunFolder
from dcell_graph.train.group import ALONE, Group
from dcell_graph.train.learner import Learner, make_optimiser, number_type
from dcell_graph.train.log import Listener, RunLog, nobody
from dcell_graph.train.opening import engine_of, opening_lines
from dcell_graph.train.origin import hierarchy_of, refuse_other_dataset, refuse_other_snapshot
from dcell_graph.train.place import refuse_occupied
from dcell_graph.train.preparation import Preparation, prepare, usable_device
from dcell_graph.train.records import LOG, Places, describe_run
from dcell_graph.train.resume import Resumption, read_resumption
from dcell_graph.train.scalars import Scalars, open_scalars
from dcell_graph.train.signals import Interruptions
from dcell_graph.train.subject import Subject
from dcell_graph.train.training import Training
from dcell_graph.types import Progress, silent
from dcell_graph.wording import counted


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
    group: Group = ALONE,
    entry: Path | None = None,
) -> RunResult:
    """Train one model and write everything about it into a folder.

    Equal snapshot, dataset, options and number of threads give equal weights on a CPU, whatever the order of rows in
    the files they came from. The folder appears with the first whole epoch and can be resumed from then on; a run that
    stops earlier leaves nothing.

    Args:
        snapshot: gives the structure of the model.
        dataset: gives strains and phenotypes.
        config: all options; ``ensemble`` is left to ``ensemble.run_ensemble``.
        folder: the run folder; must not exist or be empty. Nothing is written if the run cannot begin.
        places: where both were found; None: under their names.
        replace: an earlier folder of that name stays until the run is finished and then makes room; a run that stops
            leaves nothing, whatever it has done.
        log: told each line of the log.
        progress: told the number of epochs done, and of batches of the present one.
        stop: how signals are answered, if the caller has entered that already.
        group: the processes that train together, each of which calls this; process 0 writes the folder.
        entry: the folder that a user resumes; None: this one. A member of an ensemble has another.

    Raises:
        TrainingError: the run cannot begin, a loss is not finite, or a file cannot be written.
        SnapshotError: no model can be built on the snapshot.
        Conflict: the folder is not free.
        KeyboardInterrupt: SIGINT, or SIGTERM (then it is ``Terminated``); the folder is complete up to the last whole
            epoch and its status "stopped".
    """
    if not replace and group.leads:
        refuse_occupied(folder)
    config = config.settled()
    say = RunLog(log if group.leads else nobody)
    device = usable_device(config.device)
    refuse_precision(config, device)
    with interruptions(stop) as stop:
        prepared = prepare(snapshot, dataset, config)
        hierarchy = Hierarchy.from_snapshot(snapshot, config.architecture)
        learner = fresh_learner(hierarchy, prepared, config, device, group)
        for line in opening_lines(snapshot, dataset, config, prepared, learner):
            say(line)
        join(learner)
        if not group.leads:
            return follow(folder, learner, prepared, stop, [])
        subject = Subject(snapshot=snapshot.manifest, dataset=dataset.manifest, hierarchy=hierarchy)
        with new_folder(folder, stop, replace=replace) as run_folder:
            described = description_of(subject, prepared, config, places, learner=learner)
            run_folder.create(described, generated=subject.generated)
            say.write_to(lambda: run_folder.file(LOG))
            with _scalars(run_folder, config, say) as scalars:
                training = Training(
                    subject, prepared, learner, run_folder, say, stop, progress=progress, scalars=scalars
                )
                return train(training, run_folder, say, stop, progress, entry or folder)


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
    group: Group = ALONE,
    entry: Path | None = None,
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
        progress: told the number of epochs done, and of batches of the present one.
        stop: how signals are answered, if the caller has entered that already.
        group: the processes that train together, each of which calls this; process 0 writes the folder.
        entry: the folder that a user resumes; None: this one. A member of an ensemble has another.

    Raises:
        NotFound: there is no run that can be resumed.
        InputError: no epochs are left to do.
        TrainingError: another snapshot or dataset, damaged files, and all that ``run`` raises it for.
        Conflict: another process is at work in the folder.
        KeyboardInterrupt: as ``run``.
    """
    say = RunLog(log if group.leads else nobody)
    with interruptions(stop) as stop, _folder_to_resume(folder, stop, group) as run_folder:
        saved = read_resumption(folder)
        origin = saved.description
        refuse_other_snapshot(folder, origin, snapshot)
        refuse_other_dataset(folder, origin, dataset.manifest)
        config = _options(saved, epochs, run_folder)
        hierarchy = hierarchy_of(origin, snapshot, config.architecture)
        prepared = prepare(snapshot, dataset, config, gene_order=hierarchy.gene_ids)
        learner = fresh_learner(hierarchy, prepared, config, usable_device(config.device), group)
        join(learner)
        subject = Subject(snapshot=snapshot.manifest, dataset=dataset.manifest, hierarchy=hierarchy)
        with _scalars(run_folder, config, say) as scalars:
            training = Training(subject, prepared, learner, run_folder, say, stop, progress=progress, scalars=scalars)
            training.go_on_from(saved)
            if not group.leads:
                return follow(folder, learner, prepared, stop, list(origin.records))
            for line in opening_lines(snapshot, dataset, config, prepared, learner, fresh=False):
                say(line)
            for line in _resumed_lines(run_folder.path, saved, learner):
                say(line)
            run_folder.go_on(description_of(subject, prepared, config, places, learner=learner))
            return train(training, run_folder, say, stop, progress, entry or run_folder.path)


@contextmanager
def _folder_to_resume(folder: Path, stop: Interruptions, group: Group) -> Iterator[RunFolder]:
    """The run's folder, locked by process 0; the others only read in it."""
    if group.leads:
        with existing_folder(folder, stop) as run_folder:
            yield run_folder
    else:
        looked_at = RunFolder(folder.absolute(), folder.absolute())
        looked_at.read_status()
        yield looked_at


def _scalars(folder: RunFolder, config: TrainConfig, say: RunLog) -> AbstractContextManager[Scalars]:
    options = config.model_dump(mode="json")
    return open_scalars(config.track, lambda: folder.at, name=folder.path.name, config=options, say=say)


def interruptions(stop: Interruptions | None) -> AbstractContextManager[Interruptions]:
    """How signals are answered: as the caller does it, if it has entered that already."""
    return Interruptions() if stop is None else nullcontext(stop)


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
    if folder.is_finished and ends_early(options, saved.description.records):
        raise InputError(
            "the run has come to its end: it ends when there is no new best",
            path=folder.path,
            expected=f"a new best within {counted(options.patience or 0, 'epoch')} (patience)",
            found=f"the best is epoch {saved.description.kept_epoch} of {done}",
        )
    return options.model_copy(update={"epochs": wanted})


def _resumed_lines(path: Path, saved: Resumption, learner: Learner) -> Iterator[str]:
    before, config = saved.description, learner.config
    yield f"Resuming {path.name} after epoch {before.epoch} of {config.epochs} (best so far: epoch {before.kept_epoch})"
    now = {
        "threads": str(torch.get_num_threads()),
        "torch": torch.__version__,
        "processes": str(learner.group.size),
    }
    then_values = (("threads", str(before.threads)), ("torch", before.torch), ("processes", str(before.processes)))
    for what, then in then_values:
        if now[what] != then:
            yield f"⚠ {what} {now[what]}, before {then}: weights may differ in the last digits from a run in one go"


def description_of(
    subject: Subject,
    prepared: Preparation,
    config: TrainConfig,
    places: Places | None,
    *,
    learner: Learner | None = None,
) -> dict[str, Any]:
    """The content of config.json; without a learner it is that of an ensemble."""
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
        processes=1 if learner is None else learner.group.size,
        engine=None if learner is None else engine_of(learner.model),
    )


def fresh_learner(
    hierarchy: Hierarchy,
    prepared: Preparation,
    config: TrainConfig,
    device: torch.device,
    group: Group = ALONE,
) -> Learner:
    """A model with its first weights and all that training needs.

    Args:
        hierarchy: structure of the model.
        prepared: the strains; similar genes are found among those for training.
        config: options; the first weights follow from the seed.
        device: where to compute.
        group: processes that train together.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        model = build_model(config.model, hierarchy, config.architecture, dtype=number_type(config))
    if config.architecture.similar_genes is not None:
        # Only from the training strains, or the model would have seen what it is tested on.
        similar = similar_by_profile(
            prepared.train.deleted.numpy(),
            prepared.scale.standardised(prepared.train.target),
            n_genes=hierarchy.n_genes,
            count=config.architecture.similar_genes,
        )
        model.set_similar_genes(similar)
    model.to(device)
    return Learner(
        model=model,
        optimiser=make_optimiser(model, config),
        config=config,
        scale=prepared.scale,
        root=hierarchy.root,
        device=device,
        group=group,
    )
