"""What carries the effect of a deletion: contributions of annotations, terms and paths that add up to it.

In evaluation mode a layer is linear up to z, and what follows (activation, batch norm) acts on each value by itself. So
between the wild type and a strain, a layer's output changes by exactly m · Δz with the secant m = Δoutput / Δz of each
value, and Δz = W · Δinputs is a sum over the inputs. Multiplied along the way from a gene up to the root and by the
root's head, this gives a contribution to every path; at each subsystem the contributions of its inputs add up to the
change of its state, so those of all paths add up to the change of the prediction, without an integral and without a
rest. This is the rescale rule of DeepLIFT (Shrikumar, Greenside and Kundaje 2017, arXiv:1704.02685), with the wild type
as reference. Where Δz is 0 the secant is the derivative; such a layer passes on what cancels itself.

Shapes: W values of a state, I inputs of a term.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import nn

from dcell_graph.errors import InputError, TrainingError
from dcell_graph.interpret.trained import Trained, plain
from dcell_graph.interpret.unrolled import Unrolled, padded
from dcell_graph.model.reference import ReferenceDCell
from dcell_graph.model.subsystem import Subsystem
from dcell_graph.train.checkpoint import Checkpoint

MOST_PATHS = 200_000

_SMALL = 1e-7
"""Changes of z below this share of its size have the derivative as secant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contributions:
    """The effect of a strain's deletions, taken apart; everything is in the unit of the phenotype.

    Args:
        effect: prediction for the strain minus that for the wild type, the mean of the models.
        annotations: one row a pair of a gene and a term it is attached to: gene, symbol, term, name, contribution; the
            contributions add up to ``effect``.
        terms: one row a term that the effect passes through: term, name, contribution. What passes through the root is
            the whole ``effect``.
        paths: one row a path from a gene to the root: gene, symbol, path (terms from the gene's to the root, a tuple),
            contribution; they add up to ``effect``.
    """

    effect: float
    annotations: pd.DataFrame
    terms: pd.DataFrame
    paths: pd.DataFrame


def contributions(trained: Trained, genes: Sequence[str]) -> Contributions:
    """Take the effect of deleting some genes apart.

    Args:
        trained: the run; for an ensemble, contributions are the mean over its models and add up as well.
        genes: ids or symbols.

    Raises:
        InputError: a gene is unknown, or there are too many paths.
        TrainingError: the model has layer or instance norm or attention, whose values do not act one by one.
    """
    deleted = trained.gene_index(genes)
    config = trained.checkpoints[0].model.config
    if config.norm in ("layer", "instance") or config.attention is not None:
        raise TrainingError(
            "contributions cannot be told apart in this model",
            expected="batch norm or none, and no attention",
            found=f"norm {config.norm}, attention {config.attention}",
        )
    parts = [_OfModel(checkpoint, deleted) for checkpoint in trained.checkpoints]
    share = 1 / len(parts)
    paths = _summed([part.paths() for part in parts], share)
    annotations = _summed([part.annotations() for part in parts], share)
    terms = _summed([part.terms() for part in parts], share)
    ids, genes_of = trained.hierarchy.term_ids, trained.hierarchy.gene_ids
    return Contributions(
        effect=float(np.mean([part.effect for part in parts])),
        annotations=_sorted(
            pd.DataFrame(
                [
                    (genes_of[gene], trained.symbols[genes_of[gene]], ids[term], trained.term_names[ids[term]], value)
                    for (gene, term), value in annotations.items()
                ],
                columns=["gene", "symbol", "term", "name", "contribution"],
            )
        ),
        terms=_sorted(
            pd.DataFrame(
                [(ids[term], trained.term_names[ids[term]], value) for (term,), value in terms.items()],
                columns=["term", "name", "contribution"],
            )
        ),
        paths=_sorted(
            pd.DataFrame(
                [
                    (genes_of[gene], trained.symbols[genes_of[gene]], tuple(ids[term] for term in path), value)
                    for (gene, *path), value in paths.items()
                ],
                columns=["gene", "symbol", "path", "contribution"],
            )
        ),
    )


class _OfModel:
    """One model, in 64 bits; in its states [2, W] and gene inputs [2, N, D] the wild type comes first."""

    def __init__(self, checkpoint: Checkpoint, deleted: tuple[int, ...]) -> None:
        model: ReferenceDCell = plain(checkpoint)
        # One by one: a processor may round the rows of one product differently, and a term that the deletions do not
        # reach must not change at all.
        wild, strain = (Unrolled(model, one) for one in padded([(), deleted])[:, None])
        self._unrolled, self._hierarchy = wild, model.hierarchy
        self._states = [torch.cat(both) for both in zip(wild.states, strain.states, strict=True)]
        self._genes = [torch.cat(both) for both in zip(wild.genes, strain.genes, strict=True)]
        self._unit = checkpoint.description.target_sd
        self.effect = self._unit * float(strain.prediction - wild.prediction)
        order = np.argsort(self._hierarchy.levels, kind="stable").tolist()
        self._touched = [term for term in order if self._changed(term)]
        self._linear = {term: self._step(term) for term in self._touched}
        self._arriving = self._backward()

    def annotations(self) -> dict[tuple[int, ...], float]:
        """Contribution by (gene, term)."""
        found: dict[tuple[int, ...], float] = {}
        for term in self._touched:
            onto = self._arriving[term] @ self._linear[term]
            for gene, columns, change in self._changed_genes(term):
                found[gene, term] = float(onto[columns] @ change)
        return found

    def terms(self) -> dict[tuple[int, ...], float]:
        """What passes through each term."""
        return {(term,): float(self._arriving[term] @ self._change(term)) for term in self._touched}

    def paths(self) -> dict[tuple[int, ...], float]:
        """Contribution by (gene, term, ..., root)."""
        found: dict[tuple[int, ...], float] = {}
        root, head = self._hierarchy.root, self._head()
        waiting: list[tuple[tuple[int, ...], torch.Tensor]] = [
            ((gene, term), self._linear[term][:, columns] @ change)
            for term in self._touched
            for gene, columns, change in self._changed_genes(term)
        ]
        while waiting:
            path, change_W = waiting.pop()
            if path[-1] == root:
                found[path] = float(head @ change_W)
                if len(found) > MOST_PATHS:
                    raise InputError(
                        "these genes have too many paths to the root",
                        expected=f"{MOST_PATHS:,} at most",
                        hint="take one gene at a time",
                    )
                continue
            for parent in self._unrolled.parents[path[-1]]:
                # Above a term whose state does not change there may still be changes that cancel.
                if parent in self._linear:
                    waiting.append(
                        ((*path, parent), self._linear[parent][:, self._columns(parent, path[-1])] @ change_W)
                    )
        return found

    def _backward(self) -> dict[int, torch.Tensor]:
        """For each term, what a change of its state is multiplied by on all its ways to the prediction [W]."""
        widths = self._hierarchy.widths.tolist()
        arriving = {term: torch.zeros(widths[term], dtype=torch.float64) for term in self._touched}
        if self._hierarchy.root in arriving:
            arriving[self._hierarchy.root] = self._head()
        for term in reversed(self._touched):
            onto = arriving[term] @ self._linear[term]
            for child in self._hierarchy.children[term].tolist():
                if child in arriving:
                    arriving[child] = arriving[child] + onto[self._columns(term, child)]
        return arriving

    @torch.no_grad()
    def _step(self, term: int) -> torch.Tensor:
        """The matrix that takes the change of a term's inputs to the change of its state [W, I]."""
        subsystem = self._unrolled.subsystem(term)
        inputs = torch.cat([*self._below(term), self._genes[term].flatten(1)], dim=1)
        sums = subsystem.linear(inputs)
        matrix = _secant(subsystem, subsystem.norm, sums)[:, None] * subsystem.linear.weight
        if subsystem.linear2 is not None and subsystem.norm2 is not None:
            sums = subsystem.linear2(_finished(subsystem, subsystem.norm, sums))
            matrix = _secant(subsystem, subsystem.norm2, sums)[:, None] * (subsystem.linear2.weight @ matrix)
        return matrix.detach()

    def _below(self, term: int) -> list[torch.Tensor]:
        return [self._states[child] for child in self._hierarchy.children[term].tolist()]

    def _columns(self, term: int, child: int) -> slice:
        """Where a child's state stands among the inputs of a term."""
        start = 0
        for other in self._hierarchy.children[term].tolist():
            width = int(self._hierarchy.widths[other])
            if other == child:
                return slice(start, start + width)
            start += width
        raise AssertionError("a term reads its own children only")

    def _changed_genes(self, term: int) -> list[tuple[int, slice, torch.Tensor]]:
        """The direct genes whose input changes: gene, place among the inputs of the term, and by how much."""
        genes_BND = self._genes[term]
        first = sum(int(self._hierarchy.widths[child]) for child in self._hierarchy.children[term].tolist())
        size = genes_BND.shape[2]
        changes = (genes_BND[1] - genes_BND[0]).detach()
        return [
            (gene, slice(first + place * size, first + (place + 1) * size), changes[place])
            for place, gene in enumerate(self._hierarchy.direct_genes[term].tolist())
            if bool((changes[place] != 0).any())
        ]

    def _changed(self, term: int) -> bool:
        """Whether any input of the term differs between the two strains."""
        both = [*self._below(term), self._genes[term].flatten(1)]
        return any(bool((part[0] != part[1]).any()) for part in both)

    def _change(self, term: int) -> torch.Tensor:
        state = self._states[term]
        return (state[1] - state[0]).detach()

    def _head(self) -> torch.Tensor:
        weight: torch.Tensor = self._unrolled.subsystem(self._hierarchy.root).head.weight
        return (weight[0] * self._unit).detach()


def _finished(subsystem: Subsystem, norm: nn.Module, sums: torch.Tensor) -> torch.Tensor:
    finished: torch.Tensor = (
        subsystem.activation(norm(sums)) if subsystem.norm_before_activation else norm(subsystem.activation(sums))
    )
    return finished


def _secant(subsystem: Subsystem, norm: nn.Module, sums: torch.Tensor) -> torch.Tensor:
    """Change of what a layer gives, divided by the change of its sums [W]; the two strains are the rows of ``sums``."""
    finished = _finished(subsystem, norm, sums)
    change = sums[1] - sums[0]
    with torch.enable_grad():
        here = sums[:1].detach().requires_grad_()
        (slope,) = torch.autograd.grad(_finished(subsystem, norm, here).sum(), here)
    small = change.abs() <= _SMALL * (1 + sums[0].abs())
    divisor = torch.where(small, torch.ones_like(change), change)
    return torch.where(small, slope[0], (finished[1] - finished[0]) / divisor)


def _summed(parts: Sequence[dict[tuple[int, ...], float]], share: float) -> dict[tuple[int, ...], float]:
    found: dict[tuple[int, ...], float] = {}
    for part in parts:
        for key, value in part.items():
            found[key] = found.get(key, 0.0) + share * value
    return found


def _sorted(table: pd.DataFrame) -> pd.DataFrame:
    order = table["contribution"].abs().sort_values(ascending=False, kind="stable").index
    return table.loc[order].reset_index(drop=True)
