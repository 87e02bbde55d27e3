"""Accuracy on the E-MAP of Collins et al. 2007, in five folds.

    PYTHONPATH=. python bench/emap.py
    PYTHONPATH=. python bench/emap.py SNAPSHOT --choose
    PYTHONPATH=. python bench/emap.py SNAPSHOT [--likeness SNAPSHOT] [--recipe NAME] [--folds 5] [--controls 1]
                                      [--only KIND]

Needs DCELL_GRAPH_MIRROR, and scikit-learn. SNAPSHOT is the folder of a snapshot; docs/accuracy.md has the commands that
make those which were used, the protocol, and what was seen. Which genes are annotated alike may be said by a snapshot
with smaller terms than the model has. Repeats of a pair are averaged when the table is read, before anything is
divided. A fold is the test part. A tenth of the rest is for validation, divided in the same way: it chooses the epoch,
the settings of the competitors, and how to mix them and the model. The first form prints the genes of the table, for a
gene list; the second compares the recipes on validation pairs only.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice, product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch

from dcell_graph.measurements.dataset import Dataset, make_dataset
from dcell_graph.measurements.leaks import check_leaks
from dcell_graph.measurements.readers import read_measurements
from dcell_graph.measurements.split_kinds import Kind, SplitConfig, divide_strains
from dcell_graph.measurements.splits import Split
from dcell_graph.model.hierarchy import Hierarchy
from dcell_graph.snapshot.exchange.facts import contained_genes
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.snapshot.storage import read_snapshot
from dcell_graph.train.baselines.competitors import Task, compete, together
from dcell_graph.train.baselines.control import with_permuted_genes
from dcell_graph.train.baselines.memory import predictions_in_memory
from dcell_graph.train.config import TrainConfig, train_config
from dcell_graph.train.metrics import pearson
from dcell_graph.train.preparation import Preparation, prepare
from dcell_graph.train.strains import Scale

Indices = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]

KINDS: dict[str, Kind] = {
    "random pairs": "random",
    "one gene new": "one-gene-new",
    "both genes new": "all-genes-new",
}
COMPETITORS = {"random pairs": 3, "one gene new": 1, "both genes new": 0}
"""How many of ``compete`` can say something: kNN and factors know nothing of a gene without measurements."""
_SIMILAR: dict[str, Any] = {"activation": "gelu", "similar_genes": 10, "batch_size": 512}
_COSINE: dict[str, Any] = {"schedule": "cosine", "lr": 0.003}
RECIPES: dict[str, dict[str, Any]] = {
    "constant": _SIMILAR,
    "cosine": {**_SIMILAR, **_COSINE},
    "fast": {"activation": "gelu", "batch_size": 512, **_COSINE},
    "deleted": {**_SIMILAR, **_COSINE, "gene_coding": "deleted"},
}
FOLDS = 5
VALIDATION = 0.1
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
POWERS, SHRINKAGES = (1, 2, 4, 8), (0.1, 1.0, 10.0)


@dataclass(frozen=True, kw_only=True)
class Screen:
    """What all folds share.

    Args:
        snapshot: places of the genes.
        everything: all pairs that it can show.
        alike: how much two genes are annotated alike, see ``likeness`` [G, G].
    """

    snapshot: Snapshot
    everything: Preparation
    alike: Reals

    @classmethod
    def read(cls, folder: Path, annotated: Path | None = None) -> Screen:
        """Read the snapshot of the model, that of the annotations if it is another, and the table of the mirror."""
        dataset = measured()
        snapshot = read_snapshot(folder)
        everything = prepare(snapshot, dataset, train_config({**_SIMILAR, "fractions": (1.0, 0.0, 0.0)}))
        print(
            f"{len(dataset.strains):,} pairs, {len(everything.train):,} with both of {len(snapshot.genes):,} genes in "
            f"{len(snapshot.terms):,} terms",
            flush=True,
        )
        fine = snapshot if annotated is None else read_snapshot(annotated)
        return cls(snapshot=snapshot, everything=everything, alike=likeness(fine, snapshot.genes["gene"].tolist()))

    def divided(self, kind: Kind, fold: int) -> Preparation:
        """The pairs, with one fold as the test part."""
        strains, whole = self.everything.selection.strains, self.everything.train
        fractions = (1 - VALIDATION, VALIDATION, 0.0)
        parts = divide_strains(strains, SplitConfig(kind=kind, fractions=fractions, folds=FOLDS, fold=fold)).parts
        check_leaks(strains, parts, kind)
        split = Split.of(parts)
        train = whole.take(split.train)
        return replace(
            self.everything,
            train=train,
            validation=whole.take(split.validation),
            test=whole.take(split.test),
            scale=Scale.of(train.target),
            merges_single=len(train) % self.everything.batch_size == 1,
        )


@dataclass(frozen=True, kw_only=True)
class Predicted:
    """Predictions of the validation and of the test pairs."""

    validation: Reals
    test: Reals

    def mixed(self, other: Predicted, share: float) -> Predicted:
        """So much of this, and the rest of the other."""
        return Predicted(
            validation=share * self.validation + (1 - share) * other.validation,
            test=share * self.test + (1 - share) * other.test,
        )


def measured() -> Dataset:
    """The table of the mirror, repeats of a pair averaged."""
    table = Path(os.environ["DCELL_GRAPH_MIRROR"]) / "phenotype" / "collins2007-emap.tsv.gz"
    return make_dataset(read_measurements(table, source_format="emap"), name="emap")


def likeness(snapshot: Snapshot, genes: list[str]) -> Reals:
    """Cosine of the terms of each two genes, those below included; a term of few genes counts more [G, G].

    Genes that the snapshot does not have are like nobody.
    """
    contained = contained_genes(snapshot)
    member = np.zeros((len(snapshot.genes), len(contained)))
    for term, inside in enumerate(contained):
        member[list(inside), term] = np.log(len(snapshot.genes) / len(inside)) if inside else 0.0
    member = pd.DataFrame(member, index=snapshot.genes["gene"]).reindex(genes, fill_value=0.0).to_numpy()
    length = np.linalg.norm(member, axis=1, keepdims=True)
    member = np.divide(member, length, out=np.zeros_like(member), where=length > 0)
    cosine: Reals = np.clip(member @ member.T, 0.0, 1.0)
    np.fill_diagonal(cosine, 1.0)
    return cosine


def annotated_alike(screen: Screen, divided: Preparation) -> Predicted:
    """A competitor that knows the ontology: the mean of all training pairs, by how alike both genes are annotated.

    The pair (a', b') counts (likeness of a and a' · likeness of b and b')^power, both ways round, and the mean of all
    training pairs counts ``shrinkage``. Both are chosen on the validation pairs.
    """
    mean, n_genes = float(divided.train.target.mean()), len(screen.snapshot.genes)
    total, times = np.zeros((n_genes, n_genes)), np.zeros((n_genes, n_genes))
    first, second = ends(divided.train.deleted.numpy())
    for one, other in ((first, second), (second, first)):
        total[one, other] = divided.train.target - mean
        times[one, other] = 1.0
    found = []
    for power, shrinkage in product(POWERS, SHRINKAGES):
        weight = screen.alike**power
        table = mean + (weight @ total @ weight) / (weight @ times @ weight + shrinkage)
        validation, test = (table[ends(part.deleted.numpy())] for part in (divided.validation, divided.test))
        found.append(Predicted(validation=validation, test=test))
    return best_of(found, divided)


def ends(deleted: Indices) -> tuple[Indices, Indices]:
    """The two genes of each pair."""
    return deleted[:, 0], deleted[:, 1]


def reached(prediction: Reals, target: Reals) -> float:
    """Pearson's r, -1 if it is undefined."""
    correlation = pearson(prediction, target)
    return -1.0 if correlation is None else correlation


def best_of(found: list[Predicted], divided: Preparation) -> Predicted:
    """The first of those with the highest correlation on the validation pairs."""
    return found[int(np.argmax([reached(one.validation, divided.validation.target) for one in found]))]


def competitors(screen: Screen, divided: Preparation, words: str) -> Iterator[tuple[str, Predicted]]:
    """Those that can say something about such pairs."""
    task = Task(
        train=divided.train,
        validation=divided.validation,
        test=divided.test,
        n_genes=len(screen.snapshot.genes),
        parameters=1,
    )
    for entry in islice(compete(task), COMPETITORS[words]):
        yield entry.name, Predicted(validation=entry.validation, test=entry.test)
    yield "pairs of genes annotated alike", annotated_alike(screen, divided)


def modelled(screen: Screen, divided: Preparation, config: TrainConfig) -> Predicted:
    """What a model predicts, by the weights of the epoch with the lowest validation loss."""
    hierarchy = Hierarchy.from_snapshot(screen.snapshot, config.architecture)
    wanted = together(divided.validation, divided.test)
    both = predictions_in_memory(hierarchy, divided, config, wanted)
    return Predicted(validation=both[: len(divided.validation)], test=both[len(divided.validation) :])


def lines(
    screen: Screen, divided: Preparation, words: str, config: TrainConfig, control: bool
) -> Iterator[tuple[str, Predicted]]:
    """Each line of the table of one fold."""
    found = []
    for name, predicted in competitors(screen, divided, words):
        found.append(predicted)
        yield name, predicted
    mixed = best_of(found, divided)
    for other in found:
        mixed = best_of([other.mixed(mixed, share) for share in SHARES], divided)
    yield "competitors mixed", mixed
    model = modelled(screen, divided, config)
    yield "model", model
    yield "model and competitors mixed", best_of([model.mixed(mixed, share) for share in SHARES], divided)
    if control:
        permuted = with_permuted_genes(divided, n_genes=len(screen.snapshot.genes), seed=0)
        yield "model, genes permuted", modelled(screen, permuted, config)


def compare_recipes(screen: Screen, given: argparse.Namespace) -> None:
    """Print the validation correlation of each recipe on the first fold of each kind."""
    for (name, options), (words, kind) in product(RECIPES.items(), KINDS.items()):
        began = time.perf_counter()
        divided = screen.divided(kind, 0)
        config = train_config({**options, "epochs": given.epochs})
        validation = modelled(screen, divided, config).validation
        seconds = time.perf_counter() - began
        print(f"{name}, {words}: validation r {reached(validation, divided.validation.target):.3f}, {seconds:,.0f} s")


def compare_lines(screen: Screen, given: argparse.Namespace) -> None:
    """Print a table for each kind of division."""
    config = train_config({**RECIPES[given.recipe], "epochs": given.epochs})
    print(f"{config.epochs} epochs of {RECIPES[given.recipe]}, one model", flush=True)
    for words in given.only or KINDS:
        results: dict[str, list[float]] = {}
        began = time.perf_counter()
        for fold in range(given.folds):
            divided = screen.divided(KINDS[words], fold)
            for name, predicted in lines(screen, divided, words, config, fold < given.controls):
                results.setdefault(name, []).append(reached(predicted.test, divided.test.target))
            sizes = f"{len(divided.train):,} + {len(divided.validation):,} + {len(divided.test):,} pairs"
            latest = ", ".join(f"{name} {found[fold]:.3f}" for name, found in results.items() if len(found) > fold)
            print(f"  {words}, fold {fold}: {sizes}; {latest}", flush=True)
        print(f"{words}, {time.perf_counter() - began:,.0f} s", flush=True)
        for name, found in results.items():
            spread = f" ± {np.std(found, ddof=1):.3f}" if len(found) > 1 else ""
            print(f"  | {name} | {np.mean(found):.3f}{spread} | {len(found)} |", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("snapshot", type=Path, nargs="?")
    parser.add_argument("--likeness", type=Path, metavar="SNAPSHOT", help="says which genes are annotated alike")
    parser.add_argument("--choose", action="store_true", help="compare the recipes, on validation pairs only")
    parser.add_argument("--recipe", choices=list(RECIPES), default="constant")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--folds", type=int, default=FOLDS, help="how many of the five are done")
    parser.add_argument("--controls", type=int, default=1, help="in how many of them the control learns too")
    parser.add_argument("--only", action="append", choices=list(KINDS))
    asked = parser.parse_args()
    torch.set_num_threads(1)
    if "DCELL_GRAPH_MIRROR" not in os.environ:
        print("left out: DCELL_GRAPH_MIRROR does not name the folder with the real files")
    elif asked.snapshot is None:
        print("\n".join(sorted({gene for genes in measured().strains["genes"] for gene in genes})))
    elif asked.choose:
        compare_recipes(Screen.read(asked.snapshot, asked.likeness), asked)
    else:
        compare_lines(Screen.read(asked.snapshot, asked.likeness), asked)
