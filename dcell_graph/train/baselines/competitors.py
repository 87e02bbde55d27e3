"""The competitors, their settings to choose from, and the choice, which never sees the test strains."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from dcell_graph.errors import TrainingError
from dcell_graph.train.baselines.additive import additive_ridge
from dcell_graph.train.baselines.lowrank import low_rank
from dcell_graph.train.baselines.network import equal_width, network
from dcell_graph.train.baselines.profiles import profile_knn
from dcell_graph.train.metrics import pearson
from dcell_graph.train.strains import StrainSet
from dcell_graph.types import Progress, silent

Reals = npt.NDArray[np.float64]
Settings = Mapping[str, float]

PENALTY = 3.0
"""Of the additive part of the competitors that have one beside their own."""


_Method = Callable[..., Reals]
"""Of training strains, their phenotypes and the strains to predict; by keyword, the number of genes and settings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What all compete in.

    Args:
        train: strains to learn from.
        validation: strains to choose a setting by.
        test: strains to compare on.
        n_genes: number of genes.
        parameters: learnable numbers of the model, which the network may have at most.
        members: networks that are averaged for the test; the choice is made with one.
        seed: of the first of these.
    """

    train: StrainSet
    validation: StrainSet
    test: StrainSet
    n_genes: int
    parameters: int
    members: int = 1
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A competitor's result.

    Args:
        name: in words.
        setting: the chosen one.
        validation: predictions of the validation strains, from the training strains.
        test: predictions of the test strains.
    """

    name: str
    setting: Settings
    validation: Reals
    test: Reals


def compete(task: Task, *, refit: bool = False, progress: Progress = silent) -> Iterator[Entry]:
    """Let every competitor choose its setting on the validation strains, and predict.

    Args:
        task: the strains.
        refit: learn from training and validation strains for the test; False: from the training strains only.
        progress: told the competitors done.

    Raises:
        TrainingError: there are no validation strains.
        NotFound: scikit-learn is not installed.
    """
    refuse_no_validation(task.validation)
    contest = _contest(task)
    for number, (name, method, grid, fixed, final) in enumerate(contest):
        progress("competitors", number, len(contest))
        known = _arrays(task.train)
        chosen, validation = _chosen(method, grid, fixed, known, task)
        known = _arrays(together(task.train, task.validation)) if refit else known
        test = method(*known, task.test.deleted.numpy(), n_genes=task.n_genes, **{**fixed, **final}, **chosen)
        yield Entry(name=name, setting=chosen, validation=validation, test=test)
    progress("competitors", len(contest), len(contest))


def together(first: StrainSet, second: StrainSet) -> StrainSet:
    """Two sets of strains as one."""
    return StrainSet(
        names=(*first.names, *second.names),
        deleted=torch.cat([first.deleted, second.deleted]),
        target=np.concatenate([first.target, second.target]),
    )


def refuse_no_validation(validation: StrainSet) -> None:
    """Make sure that settings can be chosen.

    Raises:
        TrainingError: there are no validation strains.
    """
    if len(validation) == 0:
        raise TrainingError(
            "the competitors cannot choose their settings: there are no validation strains",
            hint="train with a second number above 0 in fractions, or on a split with a validation part",
        )


def _contest(task: Task) -> list[tuple[str, _Method, list[Settings], dict[str, Any], dict[str, Any]]]:
    """Name, method, settings to choose from, what is fixed, and what is different after the choice."""
    width = equal_width(task.n_genes, task.parameters)
    return [
        ("additive ridge", additive_ridge, [{"penalty": one} for one in (1.0, 10.0, 100.0)], {}, {}),
        (
            "profile kNN",
            profile_knn,
            [{"nearest": many, "shrinkage": some} for many in (5, 10, 20) for some in (0.01, 0.1)],
            {"penalty": PENALTY},
            {},
        ),
        (
            "low-rank factorisation",
            low_rank,
            [{"rank": rank} for rank in (6, 12)],
            {"penalty": PENALTY, "sweeps": 90, "seed": task.seed},
            {},
        ),
        (
            "network of equal size",
            network,
            [{"penalty": one} for one in (0.3, 1.0, 3.0)],
            {"width": width, "epochs": 40, "members": 1, "seed": task.seed},
            {"members": task.members},
        ),
    ]


def _chosen(
    method: _Method, grid: list[Settings], fixed: dict[str, Any], known: tuple[Any, Reals], task: Task
) -> tuple[Settings, Reals]:
    """The first setting with the highest correlation on the validation strains, and its predictions of them.

    An undefined correlation counts as -1.
    """
    best: tuple[float, Settings, Reals] | None = None
    for setting in grid:
        predicted = method(*known, task.validation.deleted.numpy(), n_genes=task.n_genes, **fixed, **setting)
        found = pearson(predicted, task.validation.target)
        score = -1.0 if found is None else found
        if best is None or score > best[0]:
            best = (score, setting, predicted)
    assert best is not None
    return best[1], best[2]


def _arrays(strains: StrainSet) -> tuple[npt.NDArray[np.int64], Reals]:
    return strains.deleted.numpy(), strains.target
