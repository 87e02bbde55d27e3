"""What a run says about its epochs and results, in lines, numbers and captions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from dcell_graph.train import metrics
from dcell_graph.train.canvas import Caption
from dcell_graph.train.config import TrainConfig
from dcell_graph.train.epochs import EpochRecord
from dcell_graph.train.place import GENERATED
from dcell_graph.train.records import Predictions, SetMeasures
from dcell_graph.train.subject import Subject
from dcell_graph.wording import counted


def caption_of(subject: Subject, config: TrainConfig, training_strains: int) -> Caption:
    """What the pictures of a run say about it."""
    architecture = config.architecture
    order = "norm then activation" if architecture.norm_before_activation else "activation then norm"
    models = "" if config.ensemble == 1 else f"mean of {config.ensemble} models  ·  "
    return Caption(
        title=f"snapshot {subject.snapshot.name}, dataset {subject.dataset.name}",
        options=(
            f"{models}{counted(subject.hierarchy.n_terms, 'subsystem')}  ·  {architecture.norm} norm ({order})  ·  "
            f"{architecture.activation}  ·  {counted(training_strains, 'training strain')}"
        ),
        generated=GENERATED if subject.generated else None,
        phenotype=subject.dataset.phenotype,
        standardised=config.standardise,
        second_set=f"{'validation' if config.overfit is None else 'the same'} strains, evaluation mode",
    )


def result_lines(measures: Sequence[SetMeasures]) -> Iterator[str]:
    """The log lines of the results."""
    for one in measures:
        yield (
            f"Result, {one.split} strains in {one.mode} mode: n {one.n}, Pearson {_number(one.pearson)}, "
            f"Spearman {_number(one.spearman)}, RMSE {_number(one.rmse)}"
        )


def numbers_of(record: EpochRecord) -> dict[str, float]:
    """The numbers of an epoch that are defined, by names such as train/loss."""
    numbers: dict[str, float | None] = {"lr": record.lr, "seconds": record.seconds}
    for part, measures in (("train", record.train), ("validation", record.validation)):
        numbers |= {} if measures is None else {f"{part}/{name}": value for name, value in asdict(measures).items()}
    return {name: value for name, value in numbers.items() if value is not None}


def epoch_line(record: EpochRecord, epochs: int) -> str:
    """The log line of an epoch."""
    train, validation = record.train, record.validation
    text = (
        f"Epoch {record.epoch:>{len(str(epochs))}}/{epochs}  Loss: {train.loss:.6f} (primary {train.primary:.6f}, "
        f"weighted aux {train.weighted_auxiliary:.6f}), Corr: {_number(train.pearson)}"
    )
    if validation is not None:
        text += f", Eval loss: {validation.loss:.6f}, Eval corr: {_number(validation.pearson)}"
    return f"{text}, LR: {0 if record.lr is None else record.lr:.3g}, Time: {record.seconds:.3f}s"


def measures_of(part: Predictions) -> SetMeasures:
    """How well some predictions fit."""
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
