"""Time RLIPP for all terms, side by side with the way it is done elsewhere, shuffled states, and all pairs.

    python bench/interpret.py [--part rlipp|elsewhere|permutation|pairs] [--strains 2000] [--terms 12]
                              [--pairs 900000] [--threads 1]

The hierarchy is that of bench/model.py: as large as a yeast snapshot of 2017. The weights are random, which costs as
much as trained ones. "Elsewhere" means: the states of every term go to a text file and are read back, for each term the
rows of the strains are looked up in a data frame, and ridge regressions with five folds try every penalty. That is
timed on some terms drawn at random and on one of the few that have hundreds of children, and multiplied by how many
there are of either kind. A time of ours is that of all terms. Permutation is put beside an evaluation of the whole
model for each shuffle, timed for some terms. Of the pairs a part is predicted, and multiplied; nothing of it is kept.
CPU time is printed beside the time that passed: on a machine that does other things as well only the first can be
compared.
"""

from __future__ import annotations

import argparse
import math
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from model import N_GENES, yeast_like

from dcell_graph.interpret.ridge import FOLDS, Values, folds_of
from dcell_graph.interpret.rlipp import rlipp
from dcell_graph.interpret.sensitivity import REPEATS, permutation
from dcell_graph.interpret.unrolled import Unrolled
from dcell_graph.model.config import ModelConfig
from dcell_graph.model.dcell import DCell
from dcell_graph.model.inference import all_pairs
from dcell_graph.model.reference import ReferenceDCell
from dcell_graph.train.strains import Scale, StrainSet

PENALTIES = (0.1, 1.0, 10.0)
GENES = 6_000
MANY = 100
"""Children from which on a term is timed apart."""
PARTS = ("rlipp", "elsewhere", "permutation", "pairs")


def elsewhere(model: DCell, strains: StrainSet, chosen: list[int], folder: Path) -> None:
    """Some terms: write, read back, look up, regress."""
    states = model.states(strains.deleted)
    frame = pd.DataFrame({"strain": strains.names, "phenotype": strains.target})
    fold = folds_of(len(strains), 0)
    for term in chosen:
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


def elsewhere_of_all(model: DCell, strains: StrainSet, terms: int) -> float:
    """CPU seconds for all terms, from some."""
    children = np.array([len(some) for some in model.hierarchy.children])
    total = 0.0
    for kind, members, count in (
        ("few children", np.flatnonzero(children < MANY), terms),
        (f"{MANY} children or more", np.flatnonzero(children >= MANY), 1),
    ):
        chosen = np.random.default_rng(0).choice(members, count, replace=False).tolist()
        with tempfile.TemporaryDirectory() as folder:
            seconds, cpu = timed(lambda chosen=chosen, folder=folder: elsewhere(model, strains, chosen, Path(folder)))
        print(f"With files and data frames, {count} of {len(members):,} terms with {kind}: {seconds:.1f} s, "
              f"CPU {cpu:.1f} s", flush=True)  # fmt: skip
        total += cpu * len(members) / count
    print(f"RLIPP with files and data frames, all terms: CPU {total:,.0f} s", flush=True)
    return total


def _ridge(features: Values, target: Values, fold: np.ndarray) -> None:
    for part in range(FOLDS):
        train = fold != part
        x, y = features[train], target[train]
        for penalty in PENALTIES:
            np.linalg.solve(x.T @ x + penalty * np.eye(x.shape[1]), x.T @ y)


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds that passed, and seconds of CPU of all threads."""
    start, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start, time.process_time() - cpu


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=PARTS, action="append", help="what to time; may be repeated; default: all")
    parser.add_argument("--strains", type=int, default=2000)
    parser.add_argument("--terms", type=int, default=12, help="terms timed the other way")
    parser.add_argument("--pairs", type=int, default=900_000, help="pairs predicted; 5 %% of all")
    parser.add_argument("--threads", type=int, default=1, help="of this program; numpy reads OMP_NUM_THREADS")
    given = parser.parse_args()
    parts = given.part or PARTS
    torch.set_num_threads(given.threads)
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
    terms = model.hierarchy.n_terms
    print(f"{terms:,} terms, {given.strains:,} strains, engine {model.backend}", flush=True)
    ours = other = math.nan
    if "rlipp" in parts:
        seconds, ours = timed(lambda: rlipp(model, strains))
        print(f"RLIPP, all terms: {seconds:.1f} s, CPU {ours:.1f} s", flush=True)
    if "elsewhere" in parts:
        other = elsewhere_of_all(model, strains, given.terms)
    if not math.isnan(other / ours):
        print(f"that is {other / ours:.0f} times the CPU time of ours")
    if "permutation" in parts:
        print(permutation_line(model, strains, given.terms), flush=True)
    if "pairs" in parts:
        print(pairs_line(model, given.pairs))
    print(f"Most memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")


def permutation_line(model: DCell, strains: StrainSet, terms: int) -> str:
    """How long the shuffled states of all terms take, and would if all of the model were evaluated anew."""
    plain = ReferenceDCell(model.hierarchy, model.config)
    plain.eval()
    whole = Unrolled(plain, strains.deleted)
    for term, state in enumerate(whole.states[:terms]):
        expected = shuffled_state(plain, strains, term)
        torch.testing.assert_close(whole.with_states({term: state.flip(0)}), expected, atol=1e-4, rtol=1e-4)
    _, cpu = timed(lambda: permutation(plain, strains, Scale(mean=0.0, sd=1.0)))
    _, other = timed(lambda: [shuffled_state(plain, strains, term) for term in range(terms)])
    other *= REPEATS * model.hierarchy.n_terms / terms
    return (
        f"Permutation, all terms: CPU {cpu:.1f} s; with the whole model evaluated for each shuffle CPU {other:,.0f} s, "
        f"{other / cpu:.0f} times as much"
    )


def shuffled_state(model: ReferenceDCell, strains: StrainSet, term: int) -> torch.Tensor:
    """The prediction if each strain has another's state of a term."""
    hook = model.subsystems[term].register_forward_hook(lambda _, __, state: state.flip(0))
    try:
        with torch.no_grad():
            return model(strains.deleted).prediction
    finally:
        hook.remove()


def pairs_line(model: DCell, wanted: int) -> str:
    """How long some pairs take, and all of them would."""
    done = 0

    def predict() -> None:
        nonlocal done
        for block in all_pairs(model, np.arange(GENES)):
            done += len(block.prediction)
            if done >= wanted:
                break

    seconds, cpu = timed(predict)
    whole = GENES * (GENES - 1) // 2
    minutes = [value * whole / done / 60 for value in (seconds, cpu)]
    return (
        f"Pairs: {done:,} in {seconds:.1f} s, CPU {cpu:.1f} s; all {whole:,} of {GENES:,} genes would take "
        f"{minutes[0]:.1f} minutes, CPU {minutes[1]:.1f}"
    )


if __name__ == "__main__":
    main()
