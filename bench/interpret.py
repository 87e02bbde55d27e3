"""Time RLIPP for all terms, side by side with the way it is done elsewhere, and the prediction of all pairs.

    python bench/interpret.py [--strains 2000] [--terms 12] [--pairs 4000000]

The hierarchy is that of bench/model.py: as large as a yeast snapshot of 2017. The weights are random, which costs as
much as trained ones. "Elsewhere" means: the states of every term go to a text file and are read back, for each term the
rows of the strains are looked up in a data frame, and ridge regressions with five folds try every penalty. That is
timed on some terms drawn at random, and multiplied. A time of ours is that of all terms.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from model import N_GENES, yeast_like
from rich.console import Console

from dcell_graph.interpret.ridge import FOLDS, Values, folds_of
from dcell_graph.interpret.rlipp import rlipp
from dcell_graph.model.config import ModelConfig
from dcell_graph.model.dcell import DCell
from dcell_graph.model.inference import all_pairs
from dcell_graph.train.strains import StrainSet

PENALTIES = (0.1, 1.0, 10.0)
GENES = 6_000


def elsewhere(model: DCell, strains: StrainSet, terms: int, folder: Path) -> float:
    """Seconds for one term on average: write, read back, look up, regress."""
    states = model.states(strains.deleted)
    frame = pd.DataFrame({"strain": strains.names, "phenotype": strains.target})
    chosen = np.random.default_rng(0).choice(model.hierarchy.n_terms, terms, replace=False)
    fold = folds_of(len(strains), 0)
    start = time.perf_counter()
    for term in chosen.tolist():
        below = model.hierarchy.children[term].tolist() or [term]
        features = []
        for index in (term, *below):
            path = folder / f"{index}.txt"
            np.savetxt(path, states[model.hierarchy.term_ids[index]].numpy())
            features.append(np.loadtxt(path, ndmin=2))
        place = [frame.index[frame["strain"] == name][0] for name in strains.names]
        target = frame["phenotype"].to_numpy()[place]
        for part in (features[0], np.concatenate(features[1:], axis=1)):
            _ridge(part[place], target, fold)
    return (time.perf_counter() - start) / terms


def _ridge(features: Values, target: Values, fold: np.ndarray) -> None:
    for part in range(FOLDS):
        train = fold != part
        x, y = features[train], target[train]
        for penalty in PENALTIES:
            np.linalg.solve(x.T @ x + penalty * np.eye(x.shape[1]), x.T @ y)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--strains", type=int, default=2000)
    parser.add_argument("--terms", type=int, default=12, help="terms timed the other way")
    parser.add_argument("--pairs", type=int, default=4_000_000, help="pairs predicted")
    given = parser.parse_args()
    config = ModelConfig(init_range=0.1)
    model = DCell(yeast_like(config), config)
    model.eval()
    random = np.random.default_rng(0)
    deleted = torch.from_numpy(random.integers(0, N_GENES, size=(given.strains, 2)))
    strains = StrainSet(
        names=tuple(f"strain {place}" for place in range(given.strains)),
        deleted=deleted,
        target=random.normal(size=given.strains),
    )
    say = Console().print
    say(f"{model.hierarchy.n_terms:,} terms, {given.strains:,} strains, engine {model.backend}")
    start = time.perf_counter()
    rlipp(model, strains)
    ours = time.perf_counter() - start
    say(f"RLIPP, all terms: {ours:.1f} s")
    with tempfile.TemporaryDirectory() as folder:
        other = elsewhere(model, strains, given.terms, Path(folder)) * model.hierarchy.n_terms
    say(f"RLIPP with files and data frames (from {given.terms} terms): {other:,.0f} s")
    say(f"that is {other / ours:.0f} times ours")
    start, done = time.perf_counter(), 0
    for block in all_pairs(model, np.arange(GENES)):
        done += len(block.prediction)
        if done >= given.pairs:
            break
    seconds = time.perf_counter() - start
    whole = GENES * (GENES - 1) // 2
    minutes = seconds * whole / done / 60
    say(f"Pairs: {done:,} in {seconds:.1f} s; all {whole:,} of {GENES:,} genes: {minutes:.1f} minutes")


if __name__ == "__main__":
    main()
