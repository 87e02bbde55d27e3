"""The course of a run: epoch after epoch, which weights to keep, and the results at the end."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch

from dcell_graph.errors import TrainingError
from dcell_graph.measurements.dataset import DatasetManifest
from dcell_graph.model.hierarchy import Hierarchy
from dcell_graph.snapshot.schema import Manifest
from dcell_graph.train import metrics
from dcell_graph.train.checkpoint import Description, save_checkpoint
from dcell_graph.train.config import TrainConfig
from dcell_graph.train.description import GENERATED
from dcell_graph.train.folder import RunFolder
from dcell_graph.train.log import RunLog
from dcell_graph.train.loop import Learner, evaluation_pass, measure_statistics, train_pass, training_mode_pass
from dcell_graph.train.origin import Origin
from dcell_graph.train.place import RESUME
from dcell_graph.train.plots import Caption, draw_all
from dcell_graph.train.preparation import Preparation
from dcell_graph.train.records import (
    LOG,
    METRICS,
    PREDICTIONS,
    EpochRecord,
    Predictions,
    SetMeasures,
    write_metrics,
    write_predictions,
)
from dcell_graph.train.resume import ResumeDescription, Resumption, layout_id, restore, save_resumption
from dcell_graph.train.signals import Interruptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a run is about: its snapshot and dataset, and the structure of the model."""

    snapshot: Manifest
    dataset: DatasetManifest
    hierarchy: Hierarchy

    @property
    def generated(self) -> bool:
        """Whether any of the data were generated."""
        return self.snapshot.generated or self.dataset.generated

    @property
    def origin(self) -> Origin:
        """What weights of the model belong to."""
        return Origin(
            snapshot_id=self.snapshot.snapshot_id,
            snapshot_name=self.snapshot.name,
            dataset_id=self.dataset.dataset_id,
            dataset_name=self.dataset.name,
            generated=self.generated,
            term_ids=self.hierarchy.term_ids,
            gene_ids=self.hierarchy.gene_ids,
        )


class Training:
    """A run in progress.

    Args:
        subject: snapshot and dataset.
        prepared: the strains.
        learner: the model, which changes.
        folder: exists; each epoch and the results are written there.
        say: the log.
        stop: holds signals back while an epoch is written down.
    """

    def __init__(
        self,
        subject: Subject,
        prepared: Preparation,
        learner: Learner,
        folder: RunFolder,
        say: RunLog,
        stop: Interruptions,
    ) -> None:
        self.config: TrainConfig = learner.config
        self.records: list[EpochRecord] = []
        self.results_begun = False
        self._subject = subject
        self._prepared = prepared
        self._learner = learner
        self._folder = folder
        self._say = say
        self._stop = stop
        self._kept_epoch = 0
        self._kept: dict[str, torch.Tensor] = {}
        self._layout = layout_id(learner.model)

    @property
    def best_epoch(self) -> int | None:
        """The epoch with the lowest validation loss, the first of them if several; None without validation strains."""
        return _best(self.records)

    @property
    def _chooses_by_validation(self) -> bool:
        return self.config.overfit is None and len(self._prepared.validation) > 0

    @property
    def _measures_statistics(self) -> bool:
        return self.config.recalibrate and self.config.architecture.norm == "batch"

    def go_on_from(self, saved: Resumption) -> None:
        """Take over everything after the last whole epoch of an earlier process.

        Raises:
            TrainingError: the strains would be divided in another way, or the model's numbers mean something else.
        """
        if saved.description.strains != self._prepared.division_id:
            raise TrainingError(
                "the run cannot be resumed: the program chooses or divides the strains in another way than it did",
                path=self._folder.path,
                hint="its checkpoint can still be used; train again to go further",
            )
        restore(self._learner, saved)
        self.records = list(saved.description.records)
        self._kept_epoch, self._kept = saved.description.kept_epoch, saved.kept

    def epoch(self, number: int) -> None:
        """Train for one epoch, look at the validation strains, and write everything down.

        Raises:
            TrainingError: a loss or gradient is not finite, or a file cannot be written.
        """
        began = time.monotonic()
        batches = self._prepared.batches(self.config, number)
        train = train_pass(self._learner, self._prepared.train, batches, epoch=number).measures
        if self._measures_statistics:
            measure_statistics(self._learner, self._prepared.train, batches)
        validation = None
        if len(self._prepared.validation):
            where = f"the validation strains after epoch {number}"
            validation = evaluation_pass(self._learner, self._prepared.validation, where=where).measures
        record = EpochRecord(epoch=number, train=train, validation=validation, seconds=time.monotonic() - began)
        with self._stop.held():
            self._write_down(record)
        self._say(epoch_line(record, self.config.epochs))

    def _write_down(self, record: EpochRecord) -> None:
        """Put a whole epoch on disk; only then it counts."""
        records = [*self.records, record]
        kept_epoch, kept = self._kept_epoch, self._kept
        if not self._chooses_by_validation or _best(records) == record.epoch:
            kept = {name: tensor.clone() for name, tensor in self._learner.model.state_dict().items()}
            kept_epoch = record.epoch
        description = ResumeDescription(
            **self._subject.origin.model_dump(),
            options=self.config,
            epoch=record.epoch,
            kept_epoch=kept_epoch,
            records=tuple(records),
            layout=self._layout,
            strains=self._prepared.division_id,
            threads=torch.get_num_threads(),
            torch=torch.__version__,
        )
        save_resumption(self._folder.file(RESUME), self._learner, kept, description)
        write_metrics(self._folder.file(METRICS), records)
        self._folder.epoch_done(record.epoch)
        self.records, self._kept_epoch, self._kept = records, kept_epoch, kept
        self._say.write_to(lambda: self._folder.file(LOG))

    def write_results(self) -> dict[str, Any]:
        """Write checkpoint, predictions and pictures of the kept weights.

        Returns:
            epochs, kept_epoch, best_epoch, and the measures of each set of strains.
        """
        self.results_begun = True
        self._say.write_to(lambda: self._folder.file(LOG))
        self._learner.model.load_state_dict(self._kept)
        write_metrics(self._folder.file(METRICS), self.records)
        self._save()
        predictions = list(self._predict())
        write_predictions(self._folder.file(PREDICTIONS), predictions)
        draw_all(self._folder.at, self._caption(), self.records, predictions, self._kept_epoch)
        measures = [_measures(part) for part in predictions]
        for line in self._result_lines(measures):
            self._say(line)
        return {
            "epochs": len(self.records),
            "kept_epoch": self._kept_epoch,
            "best_epoch": self.best_epoch,
            "measures": [asdict(one) for one in measures],
        }

    def _predict(self) -> Iterator[Predictions]:
        prepared = self._prepared
        if self.config.overfit is not None:
            done = training_mode_pass(self._learner, prepared.train, where="the kept weights in training mode")
            yield Predictions(split="train", mode="train", strains=prepared.train, prediction=done.prediction)
        parts = {"train": prepared.train, "validation": prepared.validation, "test": prepared.test}
        for split, strains in parts.items():
            if len(strains) and not (split == "validation" and self.config.overfit is not None):
                done = evaluation_pass(self._learner, strains, where=f"the {split} strains at the end")
                yield Predictions(split=split, mode="eval", strains=strains, prediction=done.prediction)

    def _save(self) -> None:
        subject = self._subject

        def describe(weights_sha256: str) -> Description:
            return Description(
                **subject.origin.model_dump(),
                weights_sha256=weights_sha256,
                architecture=self.config.architecture,
                epoch=self._kept_epoch,
                target_mean=self._prepared.scale.mean,
                target_sd=self._prepared.scale.sd,
            )

        save_checkpoint(self._folder.at, self._learner.model, describe)

    def _caption(self) -> Caption:
        subject, architecture = self._subject, self.config.architecture
        order = "norm then activation" if architecture.norm_before_activation else "activation then norm"
        return Caption(
            title=f"snapshot {subject.snapshot.name}, dataset {subject.dataset.name}",
            options=(
                f"{subject.hierarchy.n_terms:,} subsystems  ·  {architecture.norm} norm ({order})  ·  "
                f"{architecture.activation}  ·  {len(self._prepared.train):,} training strains"
            ),
            generated=GENERATED if subject.generated else None,
            phenotype=subject.dataset.phenotype,
            standardised=self.config.standardise,
            second_set=f"{'validation' if self.config.overfit is None else 'the same'} strains, evaluation mode",
        )

    def _result_lines(self, measures: list[SetMeasures]) -> Iterator[str]:
        why = "lowest validation loss" if self._chooses_by_validation else "the last one"
        yield f"Kept: the weights of epoch {self._kept_epoch} ({why})"
        for one in measures:
            yield (
                f"Result, {one.split} strains in {one.mode} mode: n {one.n}, Pearson {_number(one.pearson)}, "
                f"Spearman {_number(one.spearman)}, RMSE {_number(one.rmse)}"
            )
        yield f"Run folder: {self._folder.path}"


def _best(records: Sequence[EpochRecord]) -> int | None:
    losses = [(record.validation.loss, record.epoch) for record in records if record.validation is not None]
    return min(losses)[1] if losses else None


def epoch_line(record: EpochRecord, epochs: int) -> str:
    """The log line of an epoch."""
    train, validation = record.train, record.validation
    text = (
        f"Epoch {record.epoch:>{len(str(epochs))}}/{epochs}  Loss: {train.loss:.6f} (primary {train.primary:.6f}, "
        f"weighted aux {train.weighted_auxiliary:.6f}), Corr: {_number(train.pearson)}"
    )
    if validation is not None:
        text += f", Eval loss: {validation.loss:.6f}, Eval corr: {_number(validation.pearson)}"
    return f"{text}, Time: {record.seconds:.3f}s"


def _measures(part: Predictions) -> SetMeasures:
    return SetMeasures(
        split=part.split,
        mode=part.mode,
        n=len(part.strains),
        pearson=metrics.pearson(part.prediction, part.strains.target),
        spearman=metrics.spearman(part.prediction, part.strains.target),
        rmse=metrics.rmse(part.prediction, part.strains.target),
    )


def _number(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.4f}"
