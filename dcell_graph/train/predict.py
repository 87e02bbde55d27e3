"""Predictions of a trained model for strains that need not have been measured: one a row, in the order of rows."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, TextIO

import numpy as np
import numpy.typing as npt
import torch

from dcell_graph.errors import InputError
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.snapshot.visible import visible_genes
from dcell_graph.train import metrics
from dcell_graph.train.checkpoint import Checkpoint
from dcell_graph.train.loop import EVALUATION_BATCH
from dcell_graph.train.strain_list import NOTHING_DELETED, ListedStrain, read_strain_list
from dcell_graph.train.strains import Scale

UnknownGenes = Literal["refuse", "leave-out", "ignore"]

COLUMNS = ("line", "strain", "phenotype", "prediction", "note")
WILD_TYPE = "looks like wild type"


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictedStrain:
    """One row of the list.

    Args:
        line: counted from 1.
        strain: the deleted genes as they stand in the list, joined by plus signs.
        phenotype: the measured value, None if there is none.
        prediction: in the unit of the phenotype; None if there is none, and then ``note`` says why. Of an ensemble, the
            mean of its models.
        sd: of an ensemble, the sample sd of its models' predictions; None for one model.
        note: a remark, empty if there is none.
        reason: the short word that rows without a prediction are counted by.
        ignored: genes that the model cannot see and that were taken for present.
        bad_label: whether a phenotype is given that is not a finite number.
    """

    line: int
    strain: str
    phenotype: float | None
    prediction: np.float32 | None
    sd: np.float32 | None = None
    note: str = ""
    reason: str | None = None
    ignored: tuple[str, ...] = ()
    bad_label: bool = False


@dataclass(slots=True)
class Summary:
    """What became of the rows, and how well the predictions fit where there is a phenotype."""

    rows: int = 0
    predicted: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    ignored: set[str] = field(default_factory=set)
    reduced: int = 0
    like_wild_type: int = 0
    bad_labels: int = 0
    _predictions: list[np.float32] = field(default_factory=list)
    _phenotypes: list[float] = field(default_factory=list)

    def add(self, row: PredictedStrain) -> None:
        """Count one row."""
        self.rows += 1
        self.bad_labels += row.bad_label
        if row.prediction is None:
            self.reasons[row.reason or ""] += 1
            return
        self.predicted += 1
        self.ignored.update(row.ignored)
        self.reduced += bool(row.ignored)
        self.like_wild_type += WILD_TYPE in row.note
        if row.phenotype is not None:
            self._predictions.append(row.prediction)
            self._phenotypes.append(row.phenotype)

    @property
    def measured(self) -> int:
        """Number of predicted strains that have a phenotype."""
        return len(self._phenotypes)

    def measures(self) -> dict[str, float | None]:
        """Pearson, Spearman and RMSE over the strains that have a phenotype; None where undefined."""
        prediction, target = np.array(self._predictions, np.float32), np.array(self._phenotypes, np.float64)
        return {
            "pearson": metrics.pearson(prediction, target),
            "spearman": metrics.spearman(prediction, target),
            "rmse": metrics.rmse(prediction, target),
        }

    def lines(self) -> Iterator[str]:
        """The same in words."""
        yield f"{self.rows:,} strains read, {self.predicted:,} predicted"
        for reason, count in sorted(self.reasons.items()):
            yield f"  {count:,} left out: {reason}"
        if self.reduced:
            few = ", ".join(sorted(self.ignored)[:5]) + (", …" if len(self.ignored) > 5 else "")
            yield (
                f"  {self.reduced:,} predicted without {len(self.ignored):,} genes that the model cannot see ({few}); "
                f"{self.like_wild_type:,} of them look like wild type to it"
            )
        if self.bad_labels:
            yield f"  {self.bad_labels:,} phenotypes are not finite numbers and play no part"
        if self.measured:
            values = {name: "undefined" if value is None else f"{value:.4f}" for name, value in self.measures().items()}
            yield (
                f"Strains with a phenotype: n {self.measured:,}, Pearson {values['pearson']}, "
                f"Spearman {values['spearman']}, RMSE {values['rmse']}"
            )


def predict_strains(
    checkpoint: Checkpoint | Sequence[Checkpoint],
    snapshot: Snapshot,
    strains: Path | Iterable[ListedStrain],
    *,
    phenotype: str = "score",
    unknown_genes: UnknownGenes = "refuse",
) -> Iterator[PredictedStrain]:
    """Predict the strains of a list in evaluation mode, where they do not influence each other.

    Args:
        checkpoint: the trained model, or those of an ensemble.
        snapshot: its snapshot; tells which genes the model can see and their symbols.
        strains: a file, see ``strain_list.read_strain_list``, or strains as ``strain_list.named_strains`` makes them.
        phenotype: what is measured, if the list has measured values: ``score`` or ``fitness``.
        unknown_genes: a strain with a gene that the model cannot see: ``refuse`` the list, ``leave-out`` the strain,
            or ``ignore`` the gene, as if it were present. The last two are noted in the row.

    Yields:
        One result a row, in order.

    Raises:
        FileRefused: the list cannot be read.
        InputError: a gene that the model cannot see ("refuse").
    """
    checkpoints = [checkpoint] if isinstance(checkpoint, Checkpoint) else list(checkpoint)
    gene_ids, names = visible_genes(snapshot)
    genes = _Genes(checkpoints[0].description.gene_ids, frozenset(gene_ids), names)
    waiting: list[tuple[PredictedStrain, tuple[int, ...]]] = []
    path = strains if isinstance(strains, Path) else None
    for listed in read_strain_list(strains, phenotype=phenotype) if isinstance(strains, Path) else strains:
        waiting.append(genes.look_up(listed, path, unknown_genes))
        if len(waiting) == EVALUATION_BATCH:
            yield from _predicted(checkpoints, waiting)
            waiting = []
    yield from _predicted(checkpoints, waiting)


def write_table(rows: Iterable[PredictedStrain], file: TextIO, *, with_sd: bool = False) -> Summary:
    """Write one CSV line a row (columns ``COLUMNS``) as they come; what there is not, is empty.

    Args:
        rows: the predictions.
        file: where to.
        with_sd: with the column sd after the prediction, for ensembles.
    """
    summary = Summary()
    table = csv.writer(file, lineterminator="\n")
    table.writerow((*COLUMNS[:-1], *(("sd",) if with_sd else ()), COLUMNS[-1]))
    for row in rows:
        summary.add(row)
        phenotype = "" if row.phenotype is None else repr(row.phenotype)
        prediction = "" if row.prediction is None else str(row.prediction)
        sd = ("" if row.sd is None else str(row.sd),) if with_sd else ()
        table.writerow((row.line, row.strain, phenotype, prediction, *sd, row.note))
    return summary


class _Genes:
    """Finds genes by id, and else by symbol; those that no input of the model reads are not known."""

    def __init__(self, order: Sequence[str], visible: frozenset[str], names: dict[str, str]) -> None:
        self._index = {gene: index for index, gene in enumerate(order) if gene in visible}
        self._names = names

    def look_up(
        self, listed: ListedStrain, path: Path | None, unknown_genes: UnknownGenes
    ) -> tuple[PredictedStrain, tuple[int, ...]]:
        """The row without its prediction, and the indices of the deleted genes."""
        ids = [gene if gene in self._index else self._names.get(gene, gene) for gene in listed.genes]
        unknown = tuple(written for written, gene in zip(listed.genes, ids, strict=True) if gene not in self._index)
        if unknown and unknown_genes == "refuse":
            raise InputError(
                f"the model cannot see the gene {unknown[0]}",
                path=path,
                line=None if path is None else listed.line,
                expected="genes of its snapshot, by id or symbol",
                hint="leave such strains out (--unknown-genes leave-out) or take such genes for present (ignore)",
            )
        reason, note = listed.problem, listed.problem or ""
        if reason is None and len(set(ids)) < len(ids):
            reason = note = "self pair"
        elif unknown:
            note = "not visible: " + " ".join(unknown)
            if unknown_genes == "leave-out":
                reason = "unknown gene"
            elif len(unknown) == len(ids):
                note += f"; {WILD_TYPE}"
        row = PredictedStrain(
            line=listed.line,
            strain="+".join(listed.genes) or ("" if reason else NOTHING_DELETED),
            phenotype=listed.phenotype,
            prediction=None,
            note=note,
            reason=reason,
            ignored=unknown if reason is None else (),
            bad_label=listed.bad_label,
        )
        return row, tuple(self._index[gene] for gene in ids if gene in self._index)


def _predicted(
    checkpoints: Sequence[Checkpoint], rows: Sequence[tuple[PredictedStrain, tuple[int, ...]]]
) -> Iterator[PredictedStrain]:
    usable = [deleted for row, deleted in rows if row.reason is None]
    if usable:
        each = np.stack([_by_model(one, checkpoints[0], usable) for one in checkpoints]).astype(np.float64)
        mean = each.mean(axis=0).astype(np.float32)
        sd = each.std(axis=0, ddof=1).astype(np.float32) if len(checkpoints) > 1 else [None] * len(usable)
        values = iter(zip(mean, sd, strict=True))
    for row, _ in rows:
        if row.reason is not None:
            yield row
        else:
            prediction, deviation = next(values)
            yield replace(row, prediction=prediction, sd=deviation)


@torch.no_grad()
def _by_model(checkpoint: Checkpoint, first: Checkpoint, strains: Sequence[tuple[int, ...]]) -> npt.NDArray[np.float32]:
    """Predictions of one model; genes are in the order of the first one, and the models' orders may differ."""
    index = {gene: place for place, gene in enumerate(checkpoint.description.gene_ids)}
    place = [index[gene] for gene in first.description.gene_ids]
    padded = torch.full((len(strains), max(map(len, strains))), -1, dtype=torch.int64)
    for row, deleted in enumerate(strains):
        padded[row, : len(deleted)] = torch.tensor([place[gene] for gene in deleted], dtype=torch.int64)
    scale = Scale(mean=checkpoint.description.target_mean, sd=checkpoint.description.target_sd)
    return scale.restored(checkpoint.model(padded).prediction.numpy())
