"""What a model says about a genotype: phenotype, interaction, and the subsystems whose state moves."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch

from dcell_graph.errors import InputError
from dcell_graph.interpret.trained import Trained
from dcell_graph.interpret.unrolled import padded
from dcell_graph.train.checkpoint import Checkpoint, Model

Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number by one model or several.

    Args:
        mean: over the models.
        sd: sample sd over the models; None for one model.
    """

    mean: float
    sd: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Knockout:
    """A genotype seen by a model; numbers are in the unit of the phenotype.

    Args:
        genes: ids of the deleted genes.
        symbols: of the same.
        phenotype: predicted.
        wild_type: predicted without a deletion.
        singles: predicted with one of the genes deleted, by gene.
        additive: what would be expected if the single effects added up: wild type + Σ (single - wild type).
        multiplicative: the same for products: wild type · Π (single / wild type). It makes sense for fitness; None if
            the wild type is 0.
        interaction_additive: phenotype minus that expectation.
        interaction_multiplicative: phenotype minus that expectation.
        terms: the terms whose state moves, farthest first: term, name, genes (contained), distance (root mean square
            difference of the state's values from the wild type's, mean over models), distance_sd, head (change of the
            term's own read-out), share (distance divided by the largest).
    """

    genes: tuple[str, ...]
    symbols: tuple[str, ...]
    phenotype: Estimate
    wild_type: Estimate
    singles: dict[str, Estimate]
    additive: Estimate
    multiplicative: Estimate | None
    interaction_additive: Estimate
    interaction_multiplicative: Estimate | None
    terms: pd.DataFrame


def knock_out(trained: Trained, genes: Sequence[str], *, exact: Sequence[Model] | None = None) -> Knockout:
    """Delete some genes.

    Args:
        trained: the run.
        genes: ids or symbols, one or more.
        exact: ``exact_models`` of the run, for those who ask more than once.

    Raises:
        InputError: no gene, or one that the model cannot see.
    """
    if not genes:
        raise InputError("no gene was named", expected="one or more, by id or symbol")
    deleted = trained.gene_index(genes)
    strains = padded([(), deleted, *((gene,) for gene in deleted)])
    # Made one by one if nobody keeps them: they take twice the memory of the run's own.
    models = exact or (_exact(checkpoint) for checkpoint in trained.checkpoints)
    looks = [_look(model, one, strains) for model, one in zip(models, trained.checkpoints, strict=True)]
    said = np.stack([phenotypes for phenotypes, _, _ in looks])
    wild, whole, singles = said[:, 0], said[:, 1], said[:, 2:]
    added = wild + (singles - wild[:, None]).sum(axis=1)
    multiplied = wild * np.prod(singles / wild[:, None], axis=1) if (wild != 0).all() else None
    ids = [trained.hierarchy.gene_ids[gene] for gene in deleted]
    return Knockout(
        genes=tuple(ids),
        symbols=tuple(trained.symbols[gene] for gene in ids),
        phenotype=_estimate(whole),
        wild_type=_estimate(wild),
        singles={gene: _estimate(singles[:, place]) for place, gene in enumerate(ids)},
        additive=_estimate(added),
        multiplicative=None if multiplied is None else _estimate(multiplied),
        interaction_additive=_estimate(whole - added),
        interaction_multiplicative=None if multiplied is None else _estimate(whole - multiplied),
        terms=_moved(trained, [distance for _, distance, _ in looks], [head for _, _, head in looks]),
    )


def compared(first: Knockout, second: Knockout) -> pd.DataFrame:
    """Two genotypes by one model, or one genotype by two models: how far each term moves in either.

    Returns:
        term, name, first, second (distances, 0 where a term does not move), difference; the largest difference first.
    """
    sides = [one.terms.set_index("term") for one in (first, second)]
    names = pd.concat([side["name"] for side in sides])
    names = names[~names.index.duplicated()]
    distances = [side["distance"].reindex(names.index, fill_value=0.0) for side in sides]
    table = pd.DataFrame({"name": names, "first": distances[0], "second": distances[1]})
    table["difference"] = table["second"] - table["first"]
    order = table["difference"].abs().sort_values(ascending=False, kind="stable").index
    return table.loc[order].rename_axis("term").reset_index()


def states_of(checkpoint: Checkpoint, strains: torch.Tensor) -> dict[str, torch.Tensor]:
    """State of every term [B, W] in 64 bits, by term id."""
    return _exact(checkpoint).states(strains)


def exact_models(trained: Trained) -> tuple[Model, ...]:
    """The models of a run in 64 bits."""
    return tuple(_exact(checkpoint) for checkpoint in trained.checkpoints)


def _exact(checkpoint: Checkpoint) -> Model:
    """The model in 64 bits; the one of the checkpoint stays as it is."""
    model = checkpoint.model
    # A copy, because making a large model anew takes seconds.
    found = copy.deepcopy(model, {id(model.hierarchy): model.hierarchy}).to(torch.float64)
    found.eval()
    return found


def _look(model: Model, checkpoint: Checkpoint, strains: torch.Tensor) -> tuple[Values, Values, Values]:
    """Phenotype of each strain [B]; how far each term's state moves in the second one, and its head [T]."""
    with torch.no_grad():
        heads_BT = model(strains).heads.numpy()
    states = model.states(strains[:2])
    root, described = model.hierarchy.root, checkpoint.description
    moved = [float((state[1] - state[0]).square().mean().sqrt()) for state in states.values()]
    phenotype = described.target_mean + described.target_sd * heads_BT[:, root]
    return phenotype, np.array(moved), described.target_sd * (heads_BT[1] - heads_BT[0])


def _moved(trained: Trained, distances: Sequence[Values], heads: Sequence[Values]) -> pd.DataFrame:
    each = np.stack(distances)
    mean = each.mean(axis=0)
    sd = each.std(axis=0, ddof=1) if len(each) > 1 else np.full_like(mean, np.nan)
    ids = list(trained.hierarchy.term_ids)
    table = pd.DataFrame(
        {
            "term": ids,
            "name": [trained.term_names[term] for term in ids],
            "genes": [trained.contained[term] for term in ids],
            "distance": mean,
            "distance_sd": sd,
            "head": np.mean(heads, axis=0),
        }
    )
    table = table[table["distance"] > 0].sort_values(["distance", "term"], ascending=[False, True])
    return table.assign(share=table["distance"] / table["distance"].max()).reset_index(drop=True)


def _estimate(each: Values) -> Estimate:
    return Estimate(mean=float(each.mean()), sd=float(each.std(ddof=1)) if len(each) > 1 else None)
