"""One training run, from a snapshot and a dataset to a complete run folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

from dcell_graph.errors import DcellGraphError
from dcell_graph.measurements.dataset import Dataset
from dcell_graph.model.hierarchy import Hierarchy
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.train.checkpoint import build_model
from dcell_graph.train.config import TrainConfig
from dcell_graph.train.description import (
    GENERATED,
    configuration_lines,
    diversity_lines,
    initial_diversity,
    size_lines,
)
from dcell_graph.train.log import Listener, RunLog, nobody
from dcell_graph.train.loop import Learner, make_optimiser
from dcell_graph.train.preparation import Preparation, preparation_lines, prepare, usable_device
from dcell_graph.train.records import LOG, EpochRecord, RunFolder, SetMeasures, describe_run
from dcell_graph.train.training import Subject, Training
from dcell_graph.types import Progress, silent


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """What a finished run leaves.

    Args:
        folder: the run folder.
        epochs: a record for each epoch.
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
    log: Listener = nobody,
    progress: Progress = silent,
) -> RunResult:
    """Train a model and write everything about it into a folder.

    Equal snapshot, dataset, options and number of threads give equal weights on a CPU, whatever the order of rows in
    the files they came from.

    Args:
        snapshot: gives the structure of the model.
        dataset: gives strains and phenotypes.
        config: all options.
        folder: the run folder; must not exist or be empty. Nothing is written if the run cannot begin.
        log: told each line of the log.
        progress: told the number of epochs done.

    Raises:
        TrainingError: the run cannot begin, a loss is not finite, or a file cannot be written.
        SnapshotError: no model can be built on the snapshot.
        Conflict: the folder is not empty.
        KeyboardInterrupt: passed on, with the folder complete up to the last whole epoch and its status "stopped".
    """
    run_folder = RunFolder(folder)
    run_folder.refuse_occupied()
    say = RunLog(log)
    device = usable_device(config.device)
    prepared = prepare(snapshot, dataset, config)
    hierarchy = Hierarchy.from_snapshot(snapshot, config.architecture)
    learner = _learner(hierarchy, prepared, config, device)
    for line in _opening_lines(snapshot, dataset, config, prepared, learner):
        say(line)
    run_folder.create(
        describe_run(
            config,
            snapshot=snapshot.manifest,
            dataset=dataset.manifest,
            strains={
                "train": len(prepared.train),
                "validation": len(prepared.validation),
                "test": len(prepared.test),
            },
            left_out=prepared.selection.reasons,
            gene_names_unknown=prepared.selection.unknown,
            parameters=hierarchy.parameter_count().total,
        ),
        generated=_is_generated(snapshot, dataset),
    )
    say.write_to(folder / LOG)
    subject = Subject(snapshot=snapshot.manifest, dataset=dataset.manifest, hierarchy=hierarchy)
    training = Training(subject, prepared, learner, run_folder, say)
    return _train(training, run_folder, say, progress)


def _train(training: Training, folder: RunFolder, say: RunLog, progress: Progress) -> RunResult:
    """Run all epochs; however that ends, the folder says how and holds the results so far."""
    try:
        for epoch in range(1, training.config.epochs + 1):
            training.epoch(epoch)
            progress("training", epoch, training.config.epochs)
        results = training.write_results()
        folder.end("finished", **results)
    except BaseException as error:
        reason = str(error) if isinstance(error, DcellGraphError) else _kind(error)
        say(f"Stopped after {len(training.records)} whole epochs: {reason}")
        folder.end("stopped", reason=reason)
        if training.has_weights and not training.results_begun:
            folder.end("stopped", reason=reason, **training.write_results())
        raise
    return RunResult(
        folder=folder.path,
        epochs=tuple(training.records),
        kept_epoch=results["kept_epoch"],
        best_epoch=results["best_epoch"],
        measures=tuple(SetMeasures(**one) for one in results["measures"]),
    )


def _kind(error: BaseException) -> str:
    return "interrupted" if isinstance(error, KeyboardInterrupt) else f"{type(error).__name__}: {error}"


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


def _opening_lines(
    snapshot: Snapshot, dataset: Dataset, config: TrainConfig, prepared: Preparation, learner: Learner
) -> Iterator[str]:
    hierarchy = learner.model.hierarchy
    if _is_generated(snapshot, dataset):
        yield GENERATED
    yield f"Using device: {learner.device} ({torch.get_num_threads()} threads, torch {torch.__version__})"
    yield f"Snapshot: {snapshot.manifest.name} ({snapshot.manifest.snapshot_id[:12]})"
    measured = dataset.manifest
    yield f"Phenotypes: {measured.name} ({measured.dataset_id[:12]}), {measured.phenotype}"
    yield from preparation_lines(prepared, config)
    yield f"Max number of genes: {hierarchy.n_genes}"
    yield "Input channels: 1"
    yield from configuration_lines(config.architecture)
    yield from size_lines(hierarchy)
    first = prepared.train.deleted[torch.from_numpy(prepared.batches(config, epoch=1)[0])]
    yield from diversity_lines(initial_diversity(learner.model, first.to(learner.device)))
    yield f"Model parameters: {sum(weight.numel() for weight in learner.model.parameters()):,}"
    yield f"Subsystems: {hierarchy.n_terms:,}"
    yield f"Engine: {config.model}"
    if config.recalibrate and config.architecture.norm == "batch":
        yield "Evaluation mode: batch norm uses statistics measured anew over the training strains after each epoch"
    yield _scale_line(prepared, config)


def _scale_line(prepared: Preparation, config: TrainConfig) -> str:
    if not config.standardise:
        return "Targets: as measured; losses are in squared units of the phenotype"
    return (
        f"Targets: standardised by the training strains (mean {prepared.scale.mean:.6g}, sd {prepared.scale.sd:.6g}); "
        "losses are in these units, correlations and RMSE in those of the phenotype"
    )


def _is_generated(snapshot: Snapshot, dataset: Dataset) -> bool:
    return snapshot.manifest.generated or dataset.manifest.generated
