"""A finished run beside the competitors and its own control, on the same strains."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import ValidationError

from dcell_graph.errors import InputError, TrainingError
from dcell_graph.measurements.dataset import Dataset
from dcell_graph.model.hierarchy import Hierarchy
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.train.baselines.bootstrap import Interval, correlation_interval, paired_interval
from dcell_graph.train.baselines.competitors import Task, compete, refuse_no_validation, together
from dcell_graph.train.baselines.control import with_permuted_genes
from dcell_graph.train.baselines.memory import predictions_in_memory
from dcell_graph.train.config import TrainConfig
from dcell_graph.train.metrics import pearson, spearman
from dcell_graph.train.origin import refuse_other_ids
from dcell_graph.train.place import CONFIG
from dcell_graph.train.preparation import Preparation, prepare
from dcell_graph.train.records import PREDICTIONS
from dcell_graph.train.strains import StrainSet
from dcell_graph.types import Progress, silent

Reals = npt.NDArray[np.float64]

RUN = "the run"
CONTROL = "permuted ontology"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the comparison.

    Args:
        name: of the competitor; ``RUN`` and ``CONTROL`` for the model itself.
        setting: what was chosen on the validation strains; empty for the model.
        validation: Pearson's correlation on the validation strains; None if undefined.
        test: of the test strains, with its interval.
        rho: Spearman's correlation on the test strains.
        behind: correlation of the run less this one, over the same draws; None for the run itself.
    """

    name: str
    setting: dict[str, float]
    validation: float | None
    test: Interval
    rho: float | None
    behind: Interval | None


def compare_with_baselines(
    snapshot: Snapshot,
    dataset: Dataset,
    folder: Path,
    described: dict[str, Any],
    *,
    control: bool = True,
    seed: int = 0,
    progress: Progress = silent,
) -> list[Row]:
    """Let the competitors learn from the training strains of a run, and compare them on its test strains.

    Args:
        snapshot: of the run.
        dataset: of the run.
        folder: the run, finished.
        described: its config.json.
        control: train the run's model again with permuted genes, which takes as long as the run did.
        seed: of the draws, the competitors and the permutation.
        progress: told what is done.

    Returns:
        The run, its control unless left out, and the competitors, in this order.

    Raises:
        TrainingError: snapshot or dataset are other ones, or there are no validation or no test strains.
        InputError: the run has no predictions, or those of other strains.
        NotFound: scikit-learn is not installed.
    """
    refuse_other_ids(folder, described, snapshot.manifest, dataset.manifest)
    config = _options(folder, described)
    prepared = prepare(snapshot, dataset, config)
    if config.overfit is not None or len(prepared.test) == 0:
        raise TrainingError("the run has no test strains to compare on", path=folder)
    refuse_no_validation(prepared.validation)
    hierarchy = Hierarchy.from_snapshot(snapshot, config.architecture)
    known = read_predictions(folder / PREDICTIONS)
    task = Task(
        train=prepared.train,
        validation=prepared.validation,
        test=prepared.test,
        n_genes=hierarchy.n_genes,
        parameters=hierarchy.parameter_count().total,
        members=config.ensemble,
        seed=seed,
    )
    ours = predictions_of(prepared.test, known, folder)
    rows = [_row(RUN, prepared.test, ours, None, seed, _validation(prepared, known, folder))]
    if control:
        validated, theirs = _control(prepared, config, hierarchy, seed, progress)
        reached = pearson(validated, prepared.validation.target)
        rows.append(_row(CONTROL, prepared.test, theirs, ours, seed, reached))
    for entry in compete(task, progress=progress):
        reached = pearson(entry.validation, prepared.validation.target)
        rows.append(_row(entry.name, prepared.test, entry.test, ours, seed, reached, dict(entry.setting)))
    return rows


def read_predictions(path: Path) -> dict[str, float]:
    """Predictions of a run in evaluation mode, by strain.

    Raises:
        InputError: the file cannot be read, or lacks a column.
    """
    try:
        table = pd.read_csv(path, keep_default_na=False)
        table = table[table["mode"] == "eval"]
        return dict(zip(table["strain"].tolist(), table["prediction"].astype(float).tolist(), strict=True))
    except (OSError, ValueError, KeyError) as error:
        raise InputError("the predictions of the run cannot be read", path=path, found=str(error)) from None


def predictions_of(strains: StrainSet, known: dict[str, float], folder: Path) -> Reals:
    """What a run predicted for some strains [N].

    Raises:
        InputError: it did not predict all of them.
    """
    missing = [name for name in strains.names if name not in known]
    if missing:
        raise InputError(
            "the run has no prediction of some strains; was it made by another version?",
            path=folder / PREDICTIONS,
            found=f"{len(missing):,} missing, such as {missing[0]}",
        )
    return np.array([known[name] for name in strains.names], dtype=np.float64)


def _validation(prepared: Preparation, known: dict[str, float], folder: Path) -> float | None:
    return pearson(predictions_of(prepared.validation, known, folder), prepared.validation.target)


def _control(
    prepared: Preparation, config: TrainConfig, hierarchy: Hierarchy, seed: int, progress: Progress
) -> tuple[Reals, Reals]:
    """Predictions of the validation and of the test strains."""
    permuted = with_permuted_genes(prepared, n_genes=hierarchy.n_genes, seed=seed)
    both = together(permuted.validation, permuted.test)
    predicted = predictions_in_memory(hierarchy, permuted, config, both, members=config.ensemble, progress=progress)
    return predicted[: len(permuted.validation)], predicted[len(permuted.validation) :]


def _row(
    name: str,
    strains: StrainSet,
    prediction: Reals,
    ours: Reals | None,
    seed: int,
    validation: float | None,
    setting: dict[str, float] | None = None,
) -> Row:
    return Row(
        name=name,
        setting=setting or {},
        validation=validation,
        test=correlation_interval(strains.target, prediction, seed=seed),
        rho=spearman(strains.target, prediction),
        behind=None if ours is None else paired_interval(strains.target, ours, prediction, seed=seed),
    )


def _options(folder: Path, described: dict[str, Any]) -> TrainConfig:
    try:
        return TrainConfig.model_validate(described.get("options"))
    except ValidationError as error:
        raise InputError(
            "the options of the run cannot be used", path=folder / CONFIG, found=error.errors()[0]["msg"]
        ) from None
