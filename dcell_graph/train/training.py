"""The course of a run: epoch after epoch, which weights to keep, and the results at the end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import torch

from dcell_graph.errors import TrainingError
from dcell_graph.train.checkpoint import Description, save_checkpoint
from dcell_graph.train.config import TrainConfig
from dcell_graph.train.epochs import EpochRecord, best_validated, ends_early, next_epoch, run_epoch
from dcell_graph.train.folder import RunFolder
from dcell_graph.train.learner import Learner
from dcell_graph.train.log import RunLog
from dcell_graph.train.loop import evaluation_pass, training_mode_pass
from dcell_graph.train.magnitudes import STATES, magnitudes, write_magnitudes
from dcell_graph.train.place import RESUME
from dcell_graph.train.plots import draw_all
from dcell_graph.train.preparation import Preparation
from dcell_graph.train.records import (
    LOG,
    METRICS,
    PREDICTIONS,
    Predictions,
    SetMeasures,
    write_metrics,
    write_predictions,
)
from dcell_graph.train.reporting import caption_of, epoch_line, measures_of, numbers_of, result_lines
from dcell_graph.train.resume import ResumeDescription, Resumption, layout_id, restore, save_resumption, state_of
from dcell_graph.train.scalars import Scalars, no_scalars
from dcell_graph.train.signals import Interruptions
from dcell_graph.train.subject import Subject
from dcell_graph.types import Progress, silent
from dcell_graph.wording import counted

SMALL = 16_000_000
"""Bytes of a state that is written after every epoch."""

SAVE_SECONDS = 30.0
"""After an epoch a larger one is written if so many seconds have passed since the last time."""


class Training:
    """A run in progress.

    Args:
        subject: snapshot and dataset.
        prepared: the strains.
        learner: the model, which changes.
        folder: exists; each epoch and the results are written there.
        say: the log.
        stop: holds signals back while an epoch is written down.
        progress: told each batch.
        scalars: told the numbers of each epoch.
    """

    def __init__(
        self,
        subject: Subject,
        prepared: Preparation,
        learner: Learner,
        folder: RunFolder,
        say: RunLog,
        stop: Interruptions,
        *,
        progress: Progress = silent,
        scalars: Scalars = no_scalars,
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
        self._progress = progress
        self._scalars = scalars
        self._kept_epoch = 0
        self._kept: dict[str, torch.Tensor] = {}
        # The state after the last epoch, if it is not on disk yet; and when and with what it was last written.
        self._waiting: Resumption | None = None
        self._spare: Resumption | None = None
        self._written_at: float | None = None
        self._written = (self.records, self._kept_epoch, self._kept)
        self._layout = layout_id(learner.model)
        # Takes seconds for millions of strains, and stands in the files of every epoch.
        self._division = prepared.division_id

    @property
    def best_epoch(self) -> int | None:
        """The epoch that is best on the validation strains, the first of them if several; None without any."""
        return best_validated(self.config, self.records)

    @property
    def due(self) -> int | None:
        """The number of the epoch that comes next; None if there is none."""
        return next_epoch(self.config, self.records)

    @property
    def _chooses_by_validation(self) -> bool:
        return self.config.overfit is None and len(self._prepared.validation) > 0

    def go_on_from(self, saved: Resumption) -> None:
        """Take over everything after the last whole epoch of an earlier process.

        Raises:
            TrainingError: the strains would be divided in another way, or the model's numbers mean something else.
        """
        if saved.description.strains != self._division:
            raise TrainingError(
                "the run cannot be resumed: the program chooses or divides the strains in another way than it did",
                path=self._folder.path,
                hint="its checkpoint can still be used; train again to go further",
            )
        restore(self._learner, saved)
        self.records = list(saved.description.records)
        self._kept_epoch, self._kept = saved.description.kept_epoch, saved.kept
        self._written = (self.records, self._kept_epoch, self._kept)

    def epoch(self) -> None:
        """Train for one epoch, look at the validation strains, and write everything down if that is due.

        Raises:
            TrainingError: a loss or gradient is not finite, or a file cannot be written.
        """
        record = run_epoch(self._learner, self._prepared, self.records, progress=self._progress)
        with self._stop.held():
            self._count(record)
        self._say(epoch_line(record, self.config.epochs))
        self._scalars(record.epoch, numbers_of(record))
        if ends_early(self.config, self.records):
            waited = counted(self.config.patience or 0, "epoch")
            self._say(f"Ends early: no new best in {waited} (patience); the best was epoch {self.best_epoch}")

    def _count(self, record: EpochRecord) -> None:
        """Take a whole epoch into the state of the run, and put that on disk if it is due."""
        records = [*self.records, record]
        kept_epoch, kept = self._kept_epoch, self._kept
        if not self._chooses_by_validation or best_validated(self.config, records) in (record.epoch, None):
            kept = {name: tensor.clone() for name, tensor in self._learner.model.state_dict().items()}
            kept_epoch = record.epoch
        description = ResumeDescription(
            **self._subject.origin.model_dump(),
            options=self.config,
            epoch=record.epoch,
            kept_epoch=kept_epoch,
            records=tuple(records),
            layout=self._layout,
            strains=self._division,
            threads=torch.get_num_threads(),
            torch=torch.__version__,
            processes=self._learner.group.size,
        )
        state = state_of(self._learner, kept, description)
        self.records, self._kept_epoch, self._kept = records, kept_epoch, kept
        if self._is_write_due(state):
            self._waiting = state  # tried once more at the stop if it cannot be written; the learner rests until then
            self._write(state)
        else:
            self._keep(state)

    def _is_write_due(self, state: Resumption) -> bool:
        if self._written_at is None or self.due is None or state.size <= SMALL:
            return True
        return time.monotonic() - self._written_at >= SAVE_SECONDS

    def _keep(self, state: Resumption) -> None:
        """Keep a copy in memory, for the learner goes on; where there is no memory for it, on disk."""
        self._waiting = None
        try:
            self._waiting = self._spare = state.apart(self._spare)
        except (MemoryError, RuntimeError):  # torch has no error of its own for memory that ends
            self._spare = None
            self._write(state)

    def write_waiting(self) -> None:
        """Put the last whole epoch on disk, if it is not there yet.

        Raises:
            TrainingError: a file cannot be written; the epochs are then those that are on disk.
        """
        with self._stop.held():
            if self._waiting is None:
                return
            try:
                self._write(self._waiting)
            except BaseException:
                self._go_back(self._written)
                raise

    def _write(self, state: Resumption) -> None:
        before = self._written
        try:
            save_resumption(self._folder.file(RESUME), state)
            self._waiting = None
            self._written, self._written_at = (self.records, self._kept_epoch, self._kept), time.monotonic()
            write_metrics(self._folder.file(METRICS), self.records)
            self._folder.epoch_done(state.description.epoch)
        except BaseException:
            if not self._folder.keeps_epochs:
                self._go_back(before)
            raise
        self._say.write_to(lambda: self._folder.file(LOG))

    def _go_back(self, written: tuple[list[EpochRecord], int, dict[str, torch.Tensor]]) -> None:
        self.records, self._kept_epoch, self._kept = self._written = written
        self._waiting = None

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
        with self._learner.group.apart():
            predictions = list(self._predict())
        write_predictions(self._folder.file(PREDICTIONS), predictions)
        looked_at = self._prepared.validation if self._chooses_by_validation else self._prepared.train
        states = magnitudes(self._learner.model, looked_at.deleted.to(self._learner.device))
        write_magnitudes(self._folder.file(STATES), states)
        draw_all(
            self._folder.at,
            caption_of(self._subject, self.config, len(self._prepared.train)),
            self.records,
            predictions,
            self._kept_epoch,
            states,
        )
        measures = [measures_of(part) for part in predictions]
        for line in self._result_lines(measures):
            self._say(line)
        return {
            "epochs": len(self.records),
            "kept_epoch": self._kept_epoch,
            "best_epoch": self.best_epoch,
            "ended_early": ends_early(self.config, self.records),
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

    def _result_lines(self, measures: list[SetMeasures]) -> Iterator[str]:
        best = {"loss": "lowest validation loss", "correlation": "highest validation correlation"}
        why = best[self.config.monitor] if self._chooses_by_validation else "the last one"
        yield f"Kept: the weights of epoch {self._kept_epoch} ({why})"
        yield from result_lines(measures)
        yield f"Run folder: {self._folder.path}"
