"""Where each term's numbers lie in the long parameters of the vectorised model.

A parameter holds the numbers of all terms, one term after another in the order of the schedule:

    state_weight    weights of the first layers on states, a table [width, rows below] a term
    gene_weight     their weights on genes, a table [width, genes] a term
    linear2_weight  weights of the second layers, a table [width, width] a term
    head_bias       one number a term
    all others      one number a row: linear_bias, norm_weight, norm_bias, ..., head_weight

and so do the running statistics. Names by term are those of weights.py.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch

from dcell_graph.model.hierarchy import Hierarchy, Indices
from dcell_graph.model.schedule import Schedule
from dcell_graph.model.weights import term_shapes

Numbers = Mapping[str, torch.Tensor]


class Layout:
    """Translates between terms and long parameters.

    Args:
        hierarchy: structure.
        schedule: the order of its terms.
    """

    def __init__(self, hierarchy: Hierarchy, schedule: Schedule) -> None:
        self._config = hierarchy.config
        self._position = schedule.position
        self._widths = hierarchy.widths
        self._inputs = hierarchy.input_sizes
        self._starts = {
            "state_weight": schedule.state_weight,
            "gene_weight": schedule.gene_weight,
            "linear2_weight": schedule.square_weight,
        }
        self._row_start = schedule.row_start

    def lengths(self) -> dict[str, int]:
        """Length of each parameter and running statistic."""
        lengths = {name: int(self._starts[name][-1]) for name in ("state_weight", "gene_weight")}
        for name in map(_flat, term_shapes(self._config, 1, 1)):
            if name != "linear_weight":
                lengths[name] = int(self._starts.get(name, self._row_start)[-1])
        return lengths | {"head_bias": len(self._widths)}

    def rows(self, term: int) -> slice:
        """Rows of a term's state."""
        return self._slice(term, self._row_start)

    def get(self, term: int, numbers: Numbers) -> dict[str, torch.Tensor]:
        """Copies of a term's numbers, by their names in weights.py."""
        return {name: torch.cat(views, dim=-1) for name, views in self._views(term, numbers).items()}

    def put(self, term: int, numbers: Numbers, new: Numbers, prefix: str) -> None:
        """Overwrite a term's numbers with those that ``new`` has under ``prefix`` and their names in weights.py."""
        for name, views in self._views(term, numbers).items():
            columns = [view.shape[-1] for view in views]
            for view, part in zip(views, torch.split(new[prefix + name], columns, dim=-1), strict=True):
                view.copy_(part)

    def _views(self, term: int, numbers: Numbers) -> dict[str, list[torch.Tensor]]:
        """Each of a term's tensors as the pieces of parameters that stand side by side in it."""
        views: dict[str, list[torch.Tensor]] = {}
        width = int(self._widths[term])
        for name, shape in term_shapes(self._config, width, int(self._inputs[term])).items():
            if name == "linear.weight":
                pieces = [numbers[key][self._slice(term, self._starts[key])] for key in ("state_weight", "gene_weight")]
                views[name] = [piece.view(width, len(piece) // width) for piece in pieces]
            elif name == "head.bias":
                position = int(self._position[term])
                views[name] = [numbers["head_bias"][position : position + 1]]
            elif _flat(name) in numbers:  # gradients have no running statistics
                starts = self._starts.get(_flat(name), self._row_start)
                views[name] = [numbers[_flat(name)][self._slice(term, starts)].view(shape)]
        return views

    def _slice(self, term: int, starts: Indices) -> slice:
        position = int(self._position[term])
        return slice(int(starts[position]), int(starts[position + 1]))


def _flat(name: str) -> str:
    return name.replace(".", "_")
