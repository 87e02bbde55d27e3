"""All that is decided before the first step: which strains, divided how, in which unit, and whether it can work."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from dcell_graph.errors import TrainingError
from dcell_graph.measurements.dataset import Dataset
from dcell_graph.measurements.selection import Selection, select
from dcell_graph.measurements.splits import random_split
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.snapshot.visible import visible_genes
from dcell_graph.train.config import TrainConfig
from dcell_graph.train.strains import Indices, Scale, StrainSet, batches, encode, shuffled

FEWEST_STRAINS = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Preparation:
    """The strains of a run.

    Args:
        selection: what the snapshot can show, and what was left out.
        train: strains to learn from.
        validation: strains to choose the epoch by; in an overfit run the training strains again.
        test: strains that play no part in training.
        scale: unit of the predictions, from the training strains.
        batch_size: strains a step.
        merges_single: whether the last batch would be one strain, which the model cannot train on, and is merged.
    """

    selection: Selection
    train: StrainSet
    validation: StrainSet
    test: StrainSet
    scale: Scale
    batch_size: int
    merges_single: bool

    def batches(self, config: TrainConfig, epoch: int) -> list[Indices]:
        """The batches of an epoch: a new order each time, but for overfit runs, which have one batch."""
        if config.overfit is not None:
            return [np.arange(len(self.train), dtype=np.int64)]
        order = shuffled(len(self.train), seed=config.seed, epoch=epoch)
        return batches(order, self.batch_size, merge_single=self.merges_single)

    @property
    def division_id(self) -> str:
        """A hash of which strains are in which part, in order, and of their phenotypes."""
        digest = hashlib.sha256()
        for part in (self.train, self.validation, self.test):
            digest.update(f"[{len(part)}]\n".encode())
            digest.update("".join(f"{name}\n" for name in part.names).encode())
            digest.update(part.target.tobytes())
        return digest.hexdigest()


def usable_device(name: str) -> torch.device:
    """The torch device of a name.

    Raises:
        TrainingError: torch has no such device here.
    """
    try:
        device = torch.device(name)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0].split(". ")[0]
        raise TrainingError(f"the device {name} cannot be used", found=reason, hint="try --device cpu") from None
    return device


def prepare(
    snapshot: Snapshot, dataset: Dataset, config: TrainConfig, *, gene_order: Sequence[str] | None = None
) -> Preparation:
    """Choose and divide the strains.

    Args:
        snapshot: what can be shown to a model.
        dataset: the strains.
        config: which of them, and how they are divided.
        gene_order: gene ids in the model's index order; None: in that of the snapshot.

    Raises:
        TrainingError: too few strains, or a batch size that the model cannot train with.
    """
    needs_two = config.architecture.norm == "batch"
    if needs_two and config.batch_size == 1 and config.overfit is None:
        raise TrainingError(
            "batch norm cannot train on batches of one strain",
            expected="--batch-size 2 or more, or another --norm",
            found="--batch-size 1",
        )
    gene_ids, names = visible_genes(snapshot)
    selection = select(dataset, gene_ids, names=names, unknown_genes=config.unknown_genes)
    everyone = encode(selection.strains, snapshot.genes["gene"].tolist() if gene_order is None else gene_order)
    train, validation, test = _divide(everyone, config)
    _refuse_too_few(train, everyone, selection, config)
    batch_size = len(train) if config.overfit is not None else config.batch_size
    return Preparation(
        selection=selection,
        train=train,
        validation=validation,
        test=test,
        scale=Scale.of(train.target) if config.standardise else Scale(),
        batch_size=batch_size,
        merges_single=needs_two and len(train) > batch_size and len(train) % batch_size == 1,
    )


def preparation_lines(prepared: Preparation, config: TrainConfig) -> Iterator[str]:
    """What a run says about its strains."""
    selection = prepared.selection
    yield f"Dataset: {len(selection.strains)} samples"
    yield from _left_out_lines(selection)
    if config.overfit is not None:
        yield f"Overfit: the first {len(prepared.train)} strains by name are both training and evaluation set"
    else:
        yield (
            f"Split: {len(prepared.train)} training, {len(prepared.validation)} validation, "
            f"{len(prepared.test)} test strains (seed {config.seed})"
        )
    yield f"Batch: {min(prepared.batch_size, len(prepared.train))} strains"
    if prepared.merges_single:
        yield (
            "  The last batch would be one strain, which batch norm cannot train on: it joins the batch before it, "
            f"so all {len(prepared.train)} strains are used in every epoch"
        )


def _left_out_lines(selection: Selection) -> Iterator[str]:
    for reason, count in selection.reasons.items():
        yield f"  {count} strains left out: {reason}"
    if selection.unknown:
        few = ", ".join(selection.unknown[:5]) + (", …" if len(selection.unknown) > 5 else "")
        yield f"  {len(selection.unknown)} genes of the dataset are not visible in the snapshot ({few})"
    if selection.reduced:
        yield (
            f"  {selection.reduced} strains used without their invisible genes, {selection.like_wild_type} of them "
            "look like wild type to the model"
        )
    if selection.merged:
        yield f"  {selection.merged} strains turned out to repeat a genotype under other gene names and were averaged"


def _divide(everyone: StrainSet, config: TrainConfig) -> tuple[StrainSet, StrainSet, StrainSet]:
    if config.overfit is None:
        split = random_split(everyone.names, seed=config.seed, fractions=config.fractions)
        return everyone.take(split.train), everyone.take(split.validation), everyone.take(split.test)
    first = everyone.take(np.arange(min(config.overfit, len(everyone)), dtype=np.int64))
    return first, first, everyone.take(np.zeros(0, np.int64))


def _refuse_too_few(train: StrainSet, everyone: StrainSet, selection: Selection, config: TrainConfig) -> None:
    needed = FEWEST_STRAINS if config.overfit is None else config.overfit
    if len(train) >= needed:
        return
    left_out = ", ".join(f"{count} for '{reason}'" for reason, count in selection.reasons.items())
    raise TrainingError(
        "there are too few strains to train on",
        expected=f"{needed} or more training strains",
        found=f"{len(train)} ({len(everyone)} usable strains, left out: {left_out or 'none'})",
        hint=None if config.overfit is None else "name a smaller number with --overfit",
    )
