"""What a run says about itself before its first epoch."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from dcell_graph.measurements.dataset import Dataset, DatasetManifest
from dcell_graph.model.dcell import DCell
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.train.checkpoint import Model
from dcell_graph.train.config import TrainConfig
from dcell_graph.train.description import (
    configuration_lines,
    diversity_lines,
    initial_diversity,
    size_lines,
)
from dcell_graph.train.learner import Learner
from dcell_graph.train.place import GENERATED
from dcell_graph.train.preparation import Preparation, preparation_lines
from dcell_graph.wording import counted


def opening_lines(
    snapshot: Snapshot,
    dataset: Dataset,
    config: TrainConfig,
    prepared: Preparation,
    learner: Learner,
    *,
    fresh: bool = True,
) -> Iterator[str]:
    """The lines of a run before its first epoch.

    Args:
        snapshot: what the model was made from.
        dataset: what it is trained on.
        config: the options.
        prepared: the strains.
        learner: the model.
        fresh: whether the weights are the first ones, whose predictions are looked at.
    """
    hierarchy = learner.model.hierarchy
    if snapshot.manifest.generated or dataset.manifest.generated:
        yield GENERATED
    yield f"Using device: {learner.device} ({counted(torch.get_num_threads(), 'thread')}, torch {torch.__version__})"
    yield f"Snapshot: {snapshot.manifest.name} ({snapshot.manifest.snapshot_id[:12]})"
    measured = dataset.manifest
    yield f"Phenotypes: {measured.name} ({measured.dataset_id[:12]}), {measured.phenotype}"
    yield from _row_lines(measured)
    yield from preparation_lines(prepared, config)
    yield f"Max number of genes: {hierarchy.n_genes}"
    yield f"Input channels: {config.architecture.gene_embedding or 1}"
    yield from configuration_lines(config.architecture)
    yield from size_lines(hierarchy)
    if fresh:
        first = prepared.train.deleted[torch.from_numpy(prepared.batches(config, epoch=1)[0])]
        yield from diversity_lines(initial_diversity(learner.model, first.to(learner.device)))
    yield f"Model parameters: {hierarchy.parameter_count().total:,}"
    yield f"Subsystems: {hierarchy.n_terms:,}"
    yield f"Engine: {engine_of(learner.model)}"
    if config.recalibrate and config.architecture.norm == "batch":
        yield "Evaluation mode: batch norm uses statistics measured anew over the training strains after each epoch"
    yield _scale_line(prepared, config)


def engine_of(model: Model) -> str:
    """What computes a model, in words: the plain form, or the back end of the fast one."""
    return f"vectorised, {model.backend}" if isinstance(model, DCell) else "reference"


def _row_lines(dataset: DatasetManifest) -> Iterator[str]:
    """What became of the rows of the table that the dataset was read from."""
    counts = dataset.counts
    reasons = ", ".join(f"{reason} {count:,}" for reason, count in sorted(dataset.refusals.items()))
    yield (
        f"Table: {counted(counts.rows_read, 'row')} read, {counts.refused:,} refused"
        + (f" ({reasons})" if reasons else "")
        + f", {counted(counts.merged, 'repeat')} averaged "
        + f"({counted(counts.conflicting, 'strain')} with different values)"
        + (f", {counts.left_out:,} outside the sample" if counts.left_out else "")
    )


def _scale_line(prepared: Preparation, config: TrainConfig) -> str:
    if not config.standardise:
        return "Targets: as measured; losses are in squared units of the phenotype"
    return (
        f"Targets: standardised by the training strains (mean {prepared.scale.mean:.6g}, sd {prepared.scale.sd:.6g}); "
        "losses are in these units, correlations and RMSE in those of the phenotype"
    )
