"""What a run says about itself before its first epoch."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from dcell_graph.measurements.dataset import Dataset, DatasetManifest
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.train.config import TrainConfig
from dcell_graph.train.description import (
    GENERATED,
    configuration_lines,
    diversity_lines,
    initial_diversity,
    size_lines,
)
from dcell_graph.train.loop import Learner
from dcell_graph.train.preparation import Preparation, preparation_lines


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
    yield f"Using device: {learner.device} ({torch.get_num_threads()} threads, torch {torch.__version__})"
    yield f"Snapshot: {snapshot.manifest.name} ({snapshot.manifest.snapshot_id[:12]})"
    measured = dataset.manifest
    yield f"Phenotypes: {measured.name} ({measured.dataset_id[:12]}), {measured.phenotype}"
    yield from _row_lines(measured)
    yield from preparation_lines(prepared, config)
    yield f"Max number of genes: {hierarchy.n_genes}"
    yield "Input channels: 1"
    yield from configuration_lines(config.architecture)
    yield from size_lines(hierarchy)
    if fresh:
        first = prepared.train.deleted[torch.from_numpy(prepared.batches(config, epoch=1)[0])]
        yield from diversity_lines(initial_diversity(learner.model, first.to(learner.device)))
    yield f"Model parameters: {sum(weight.numel() for weight in learner.model.parameters()):,}"
    yield f"Subsystems: {hierarchy.n_terms:,}"
    yield f"Engine: {config.model}"
    if config.recalibrate and config.architecture.norm == "batch":
        yield "Evaluation mode: batch norm uses statistics measured anew over the training strains after each epoch"
    yield _scale_line(prepared, config)


def _row_lines(dataset: DatasetManifest) -> Iterator[str]:
    """What became of the rows of the table that the dataset was read from."""
    counts = dataset.counts
    reasons = ", ".join(f"{reason} {count:,}" for reason, count in sorted(dataset.refusals.items()))
    yield (
        f"Table: {counts.rows_read:,} rows read, {counts.refused:,} refused"
        + (f" ({reasons})" if reasons else "")
        + f", {counts.merged:,} repeats averaged ({counts.conflicting:,} strains with different values)"
        + (f", {counts.left_out:,} outside the sample" if counts.left_out else "")
    )


def _scale_line(prepared: Preparation, config: TrainConfig) -> str:
    if not config.standardise:
        return "Targets: as measured; losses are in squared units of the phenotype"
    return (
        f"Targets: standardised by the training strains (mean {prepared.scale.mean:.6g}, sd {prepared.scale.sd:.6g}); "
        "losses are in these units, correlations and RMSE in those of the phenotype"
    )
