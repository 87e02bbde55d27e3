"""A trained run as this room looks at it: its models, its snapshot, and the strains it may be judged by.

Shapes: N strains, K deleted genes of a strain at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
import torch

from dcell_graph.errors import Conflict, InputError, TrainingError
from dcell_graph.measurements.dataset import Dataset
from dcell_graph.measurements.selection import select
from dcell_graph.model.dcell import DCell
from dcell_graph.model.hierarchy import Hierarchy
from dcell_graph.model.reference import ReferenceDCell
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.snapshot.visible import visible_genes
from dcell_graph.train.checkpoint import Checkpoint, load_checkpoints
from dcell_graph.train.config import TrainConfig
from dcell_graph.train.finding import run_config
from dcell_graph.train.preparation import prepare
from dcell_graph.train.strains import StrainSet, encode

Part = Literal["test", "held-out", "all"]

FEWEST = 30
"""Strains that a regression with cross-validation needs."""


@dataclass(frozen=True, slots=False, kw_only=True)
class Trained:
    """A run with its models in evaluation mode.

    Args:
        name: of the run.
        snapshot: of the run.
        checkpoints: one model, or those of an ensemble.
        options: how they were trained.
        phenotype: what they predict.
    """

    name: str
    snapshot: Snapshot
    checkpoints: tuple[Checkpoint, ...]
    options: TrainConfig
    phenotype: str

    @property
    def generated(self) -> bool:
        """Whether any of the data were generated."""
        return self.checkpoints[0].description.generated

    @property
    def hierarchy(self) -> Hierarchy:
        """Structure of the first model; all indices of terms and genes are its own."""
        return self.checkpoints[0].model.hierarchy

    @cached_property
    def term_names(self) -> dict[str, str]:
        """Names of terms by id."""
        return dict(zip(self.snapshot.terms["term"], self.snapshot.terms["name"], strict=True))

    @cached_property
    def contained(self) -> dict[str, int]:
        """Number of contained genes by term id."""
        return dict(zip(self.snapshot.terms["term"], self.snapshot.terms["contained_genes"].tolist(), strict=True))

    @cached_property
    def symbols(self) -> dict[str, str]:
        """Symbols of genes by id; the id itself where there is none."""
        pairs = zip(self.snapshot.genes["gene"], self.snapshot.genes["symbol"], strict=True)
        return {gene: symbol or gene for gene, symbol in pairs}

    def gene_index(self, names: Sequence[str]) -> tuple[int, ...]:
        """Indices of genes given by id or symbol.

        Raises:
            InputError: the model cannot see one of them, or one is named twice.
        """
        visible, by_symbol = visible_genes(self.snapshot)
        places = {gene: index for index, gene in enumerate(self.hierarchy.gene_ids)}
        known = {gene: places[gene] for gene in visible}
        found = [known.get(name, known.get(by_symbol.get(name, name))) for name in names]
        unknown = [name for name, index in zip(names, found, strict=True) if index is None]
        if unknown:
            raise InputError(
                f"the model cannot see {', '.join(unknown)}", expected="genes of its snapshot, by id or symbol"
            )
        indices = tuple(index for index in found if index is not None)
        if len(set(indices)) < len(indices):
            raise InputError("a gene is named twice", found=", ".join(names))
        return indices


def open_trained(folder: Path, snapshot: Snapshot) -> Trained:
    """Load the models of a run.

    Args:
        folder: of the run.
        snapshot: the one it was trained on.

    Raises:
        NotFound: there is no checkpoint.
        TrainingError: another snapshot, or damaged files.
    """
    config = run_config(folder)
    checkpoints = load_checkpoints(folder, snapshot)
    first = checkpoints[0].description
    if any(one.description.term_ids != first.term_ids or one.description.gene_ids != first.gene_ids
           for one in checkpoints):  # fmt: skip
        raise TrainingError("the models of the ensemble have their terms or genes in different orders", path=folder)
    return Trained(
        name=folder.name,
        snapshot=snapshot,
        checkpoints=checkpoints,
        options=TrainConfig.model_validate(config["options"]),
        phenotype=str(config["dataset"].get("phenotype", "score")),
    )


def refuse_others(found: Trained, options: TrainConfig, dataset: Dataset, folder: Path) -> None:
    """Models that lie in a folder from an earlier time must be those that would be trained now.

    Args:
        found: the models.
        options: that they would be trained with now.
        dataset: that they would be trained on.
        folder: where they lie.

    Raises:
        Conflict: they are others.
    """
    trained_on = {one.description.dataset_id for one in found.checkpoints}
    if found.options != options or trained_on != {dataset.manifest.dataset_id}:
        raise Conflict(
            "the folder holds a run with other options, or on another dataset",
            path=folder,
            hint="remove it, or name another folder with --out",
        )


def strains_of(trained: Trained, dataset: Dataset, part: Part, *, most: int, seed: int = 0) -> StrainSet:
    """The measured strains to judge subsystems by.

    Args:
        trained: the run.
        dataset: its own dataset, or another one with the same phenotype.
        part: "test": the test strains of the run; "held-out": also its validation strains; "all": everything that the
            snapshot can show, which is only right for a dataset that the run has not seen.
        most: draw so many at random if there are more.
        seed: of that draw.

    Raises:
        InputError: too few strains.
    """
    gene_ids = trained.hierarchy.gene_ids
    if part == "all":
        visible, names = visible_genes(trained.snapshot)
        chosen = encode(select(dataset, visible, names=names).strains, gene_ids)
    else:
        prepared = prepare(trained.snapshot, dataset, trained.options, gene_order=gene_ids)
        chosen = prepared.test if part == "test" else joined(prepared.test, prepared.validation)
    if len(chosen) < FEWEST:
        raise InputError(
            "there are too few strains to judge subsystems by",
            expected=f"{FEWEST} or more",
            found=f"{len(chosen)} ({part})",
            hint="take --strains held-out, or a dataset that the run has not seen (--dataset, with --strains all)",
        )
    if len(chosen) > most:
        drawn = np.sort(np.random.default_rng(seed).choice(len(chosen), most, replace=False))
        chosen = chosen.take(drawn.astype(np.int64))
    return chosen


def joined(first: StrainSet, second: StrainSet) -> StrainSet:
    """Two sets of strains as one."""
    most = max(first.deleted.shape[1], second.deleted.shape[1])
    wide = [
        torch.nn.functional.pad(part.deleted, (0, most - part.deleted.shape[1]), value=-1) for part in (first, second)
    ]
    return StrainSet(
        names=(*first.names, *second.names),
        deleted=torch.cat(wide),
        target=np.concatenate([first.target, second.target]),
    )


def engine(checkpoint: Checkpoint) -> DCell:
    """The fast model of a checkpoint.

    Raises:
        TrainingError: it was loaded as the plain model.
    """
    if not isinstance(checkpoint.model, DCell):
        raise TrainingError("this needs the fast model", expected="a checkpoint loaded as vectorised")
    return checkpoint.model


def plain(checkpoint: Checkpoint, dtype: torch.dtype = torch.float64) -> ReferenceDCell:
    """The same weights in the term-by-term model, in evaluation mode."""
    model = ReferenceDCell(checkpoint.model.hierarchy, checkpoint.model.config, dtype=dtype)
    model.load_term_weights(checkpoint.model.to_term_weights())
    model.eval()
    return model
