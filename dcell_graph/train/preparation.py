"""All that is decided before the first step: which strains, divided how, in which unit, and whether it can work."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from dcell_graph.errors import TrainingError
from dcell_graph.measurements.dataset import Dataset
from dcell_graph.measurements.selection import Selection, select
from dcell_graph.measurements.split_store import load_split
from dcell_graph.measurements.splits import Split, random_split
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.snapshot.visible import visible_genes
from dcell_graph.train.config import TrainConfig
from dcell_graph.train.strains import Indices, Scale, StrainSet, Weighing, batches, encode, shuffled
from dcell_graph.train.tiles import tile_batches
from dcell_graph.wording import counted

FEWEST_STRAINS = 2
_AT_ONCE = 100_000


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
        weighing: how strains are weighted by their sd; None: equally.
    """

    selection: Selection
    train: StrainSet
    validation: StrainSet
    test: StrainSet
    scale: Scale
    batch_size: int
    merges_single: bool
    weighing: Weighing | None = None

    def batches(self, config: TrainConfig, epoch: int) -> list[Indices]:
        """The batches of an epoch: a new order each time, but for overfit runs, which have one batch."""
        if config.overfit is not None:
            return [np.arange(len(self.train), dtype=np.int64)]
        if config.batches == "tiles":
            return tile_batches(
                self.train.deleted.numpy(),
                size=self.batch_size,
                seed=config.seed,
                epoch=epoch,
                merge_single=self.merges_single,
            )
        order = shuffled(len(self.train), seed=config.seed, epoch=epoch)
        return batches(order, self.batch_size, merge_single=self.merges_single)

    @property
    def division_id(self) -> str:
        """A hash of which strains are in which part, in order, and of their phenotypes."""
        digest = hashlib.sha256()
        for part in (self.train, self.validation, self.test):
            digest.update(f"[{len(part)}]\n".encode())
            for start in range(0, len(part), _AT_ONCE):
                names = part.names[start : start + _AT_ONCE]
                digest.update("".join(f"{name}\n" for name in names).encode())
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
    _refuse_bad_phenotypes(everyone)
    train, validation, test = _divide(everyone, dataset, selection, config)
    _refuse_too_few(train, everyone, selection, config)
    weighing = None if config.sample_weights == "equal" else _weighing(train, dataset)
    train, validation, test = (_weighted(part, weighing) for part in (train, validation, test))
    batch_size = len(train) if config.overfit is not None else config.batch_size
    return Preparation(
        selection=selection,
        train=train,
        validation=validation,
        test=test,
        scale=Scale.of(train.target) if config.standardise else Scale(),
        batch_size=batch_size,
        merges_single=needs_two and len(train) > batch_size and len(train) % batch_size == 1,
        weighing=weighing,
    )


def preparation_lines(prepared: Preparation, config: TrainConfig) -> Iterator[str]:
    """What a run says about its strains."""
    selection = prepared.selection
    yield f"Dataset: {counted(len(selection.strains), 'sample')}"
    yield from _left_out_lines(selection)
    train = len(prepared.train)
    if config.overfit is not None:
        yield f"Overfit: the first {counted(train, 'strain')} by name are both training and evaluation set"
    else:
        seed = config.seed if config.split_seed is None else config.split_seed
        origin = f"seed {seed}" if config.split is None else f"stored split {config.split}"
        yield (
            f"Split: {train:,} training, {len(prepared.validation):,} validation, "
            f"{counted(len(prepared.test), 'test strain')} ({origin})"
        )
    tiles = ", query genes against array genes" if config.batches == "tiles" and config.overfit is None else ""
    yield f"Batch: {counted(min(prepared.batch_size, train), 'strain')}{tiles}"
    if prepared.merges_single:
        yield (
            "  The last batch would be one strain, which batch norm cannot train on: it joins the batch before it, "
            f"so all {counted(train, 'strain')} are used in every epoch"
        )
    if prepared.weighing is not None:
        without = train - prepared.weighing.known
        yield (
            f"Weights of strains: 1/sd² with mean 1, no sd below {prepared.weighing.least:.4g}; "
            f"{counted(without, 'training strain')} without an sd {'weighs' if without == 1 else 'weigh'} 1"
        )


def _left_out_lines(selection: Selection) -> Iterator[str]:
    for reason, count in selection.reasons.items():
        yield f"  {counted(count, 'strain')} left out: {reason}"
    if selection.unknown:
        few = ", ".join(selection.unknown[:5]) + (", …" if len(selection.unknown) > 5 else "")
        genes = counted(len(selection.unknown), "gene of the dataset is", "genes of the dataset are")
        yield f"  {genes} not visible in the snapshot ({few})"
    if selection.reduced:
        alike = counted(selection.like_wild_type, "of them looks", "of them look")
        reduced = counted(selection.reduced, "strain")
        yield f"  {reduced} used without invisible genes, {alike} like wild type to the model"
    if selection.merged:
        repeats = counted(
            selection.merged,
            "strain turned out to repeat a genotype under another gene name and was averaged",
            "strains turned out to repeat a genotype under other gene names and were averaged",
        )
        yield f"  {repeats}"


def _divide(
    everyone: StrainSet, dataset: Dataset, selection: Selection, config: TrainConfig
) -> tuple[StrainSet, StrainSet, StrainSet]:
    if config.overfit is None:
        if config.split is not None:
            split = _stored_split(dataset, selection, config)
        else:
            seed = config.seed if config.split_seed is None else config.split_seed
            split = random_split(everyone.names, seed=seed, fractions=config.fractions)
        return everyone.take(split.train), everyone.take(split.validation), everyone.take(split.test)
    first = everyone.take(np.arange(min(config.overfit, len(everyone)), dtype=np.int64))
    return first, first, everyone.take(np.zeros(0, np.int64))


def _stored_split(dataset: Dataset, selection: Selection, config: TrainConfig) -> Split:
    assert config.split is not None
    if dataset.folder is None:
        raise TrainingError(f"there is no split {config.split}: the dataset {dataset.manifest.name} is in no folder")
    split = load_split(dataset.folder, config.split).divide(selection)
    if not len(split.validation) and (config.patience is not None or config.monitor == "correlation"):
        raise TrainingError(
            "the best epoch cannot be chosen: the split has no validation strains",
            found=f"split {config.split} of dataset {dataset.manifest.name}",
            hint="train without --patience and with --monitor loss, or make a split with a validation part",
        )
    return split


def _refuse_bad_phenotypes(strains: StrainSet) -> None:
    """A dataset has none; one that a program made may."""
    bad = np.flatnonzero(~np.isfinite(strains.target))
    if len(bad):
        raise TrainingError(
            "the phenotype of a strain is not a finite number",
            expected="numbers to learn from",
            found=f"{strains.target[bad[0]]} for {strains.names[bad[0]]} ({counted(len(bad), 'such strain')})",
            hint="leave such strains out of the dataset",
        )


def _weighing(train: StrainSet, dataset: Dataset) -> Weighing:
    weighing = Weighing.of(train.sd)
    if weighing is None:
        raise TrainingError(
            "strains cannot be weighted by 1/sd²: no sd above 0 is known for any of them",
            found=f"dataset {dataset.manifest.name}",
            hint="use --sample-weights equal",
        )
    return weighing


def _weighted(part: StrainSet, weighing: Weighing | None) -> StrainSet:
    return part if weighing is None or part.sd is None else replace(part, weight=weighing.weight(part.sd))


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
