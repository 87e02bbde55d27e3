"""DCell, vectorised: the model that people train. What it computes is written down in reference.py.

Shapes: B strains of a batch, K deleted genes a strain, T terms, W values of a state, R rows of all states.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

import numpy as np
import torch
from torch import nn

from dcell_graph.model.batch import Output, distinct_deletions, refuse_single_strain
from dcell_graph.model.config import ModelConfig
from dcell_graph.model.hierarchy import Hierarchy
from dcell_graph.model.layout import Layout
from dcell_graph.model.propagate import Pass, Places, Propagate, Tables, read_strains
from dcell_graph.model.rows import Mode
from dcell_graph.model.schedule import make_schedule
from dcell_graph.model.weights import check_config, check_weights, initial_weights, term_index

# Without gradients strains are taken in portions of this many, which bounds the memory and costs no time.
PORTION = 512


class DCell(nn.Module):
    """DCell (Ma et al. 2018, doi:10.1038/nmeth.4627), equal to ``ReferenceDCell`` in values and gradients.

    Terms of one level and shape are computed together, and a deletion changes the sums of its gene's terms instead of
    passing through a product with thousands of ones. Parameters are few and long: the numbers of all terms, one term
    after another in the order of the schedule. ``to_term_weights`` gives them by term.

    Where batch norm trains and no strain of the batch differs in the genes of a term, the gradients of that term's
    linear layers are exactly 0 here, as they are in exact arithmetic. Computed naively they are rounding errors that
    batch norm divides by √eps at every level: on a hierarchy of 2,242 terms with PyTorch's first weights and 32 strains
    of two deletions, the norm of all gradients is 1,322 here and in 64 bits, and 1.3e15 in the plain model in 32 bits.

    Args:
        hierarchy: structure; must have been made with the same ``config``.
        config: model options.
        dtype: float32 or float64.

    Raises:
        TrainingError: the hierarchy was made with other options.
    """

    def __init__(self, hierarchy: Hierarchy, config: ModelConfig, *, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        check_config(hierarchy, config)
        self.hierarchy = hierarchy
        self.config = config
        self._schedule = make_schedule(hierarchy)
        self._layout = Layout(hierarchy, self._schedule)
        self._place_names = self._register_places()
        for name, length in self._layout.lengths().items():
            if "running" in name:
                self.register_buffer(name, torch.empty(length, dtype=dtype))
            else:
                self.register_parameter(name, nn.Parameter(torch.empty(length, dtype=dtype)))
        self._spare: list[Tables] = []
        self.load_term_weights(initial_weights(hierarchy, dtype))

    def forward(self, deleted: torch.Tensor) -> Output:
        """Predict the phenotype of each strain.

        Args:
            deleted: indices of the deleted genes, padded with -1 [B, K], on the model's device.

        Raises:
            TrainingError: the batch cannot be used, or has one strain while batch norm trains.
        """
        deleted = self._checked(deleted)
        if torch.is_grad_enabled():
            work = self._pass(deleted, track=True)
            by_position = Propagate.apply(work, *work.values.values())
        else:
            by_position = torch.cat([self._heads(portion) for portion in self._portions(deleted)], dim=1)
        heads_BT = by_position.index_select(0, self.get_buffer("place_position")).t()
        return Output(heads_BT[:, self.hierarchy.root], heads_BT)

    @torch.no_grad()
    def states(self, deleted: torch.Tensor) -> dict[str, torch.Tensor]:
        """State of every term [B, W], by term id, without gradients; running statistics stay as they are."""
        parts = []
        for portion in self._portions(self._checked(deleted)):
            work = self._pass(portion, track=False)
            work.forward()
            parts.append(work.states.clone())
            work.release()
        states_RB = torch.cat(parts, dim=1)
        return {term: states_RB[self._layout.rows(index)].t() for index, term in enumerate(self.hierarchy.term_ids)}

    def term_weights(self, term_id: str) -> dict[str, torch.Tensor]:
        """Copies of one term's weights, by the names of ``weights.py`` without the term.

        Raises:
            TrainingError: there is no such term.
        """
        return self._layout.get(term_index(self.hierarchy, term_id), self._numbers())

    def to_term_weights(self) -> dict[str, torch.Tensor]:
        """Copies of all weights, by the names of ``weights.py``."""
        return self._by_term(self._numbers())

    def to_term_gradients(self) -> dict[str, torch.Tensor]:
        """Copies of the gradients of all weights that have one, by the names of ``weights.py``."""
        return self._by_term({name: value.grad for name, value in self.named_parameters() if value.grad is not None})

    @torch.no_grad()
    def load_term_weights(self, weights: Mapping[str, torch.Tensor]) -> None:
        """Take over all weights.

        Raises:
            TrainingError: the mapping lacks a weight, has one too many, or one of another shape.
        """
        check_weights(self.hierarchy, weights)
        numbers = self._numbers()
        for index, term in enumerate(self.hierarchy.term_ids):
            self._layout.put(index, numbers, weights, prefix=f"{term}.")

    def _checked(self, deleted: torch.Tensor) -> torch.Tensor:
        deleted = distinct_deletions(deleted, self.hierarchy.n_genes)
        if self._over_batch:
            refuse_single_strain(len(deleted))
        return deleted

    @property
    def _over_batch(self) -> bool:
        """Whether the strains of a batch influence each other now."""
        return self.training and self.config.norm == "batch"

    def _portions(self, deleted: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return (deleted,) if self._over_batch else torch.split(deleted, PORTION)

    def _heads(self, deleted: torch.Tensor) -> torch.Tensor:
        work = self._pass(deleted, track=True)
        heads = work.forward()
        work.release()
        return heads

    def _pass(self, deleted: torch.Tensor, *, track: bool) -> Pass:
        places = Places(self._schedule, {name: self.get_buffer(f"place_{name}") for name in self._place_names})
        values: dict[str, torch.Tensor] = dict(self.named_parameters())
        with torch.no_grad():
            strains = read_strains(places, deleted)
            varying = strains.varying[places["row_position"]].to(values["linear_bias"].dtype)
        mode = Mode(
            training=self._over_batch,
            track=track and self._over_batch,
            varying=varying,
            statistics={name: value for name, value in self.named_buffers() if "running" in name},
        )
        return Pass(self.config, places, strains, mode, values, self._spare)

    def _register_places(self) -> tuple[str, ...]:
        """Keep the index lists of the schedule as buffers, so that they move with the model; they are no weights."""
        schedule = self._schedule
        lists = {field.name: getattr(schedule, field.name) for field in fields(schedule) if field.name != "levels"}
        rows = np.arange(len(schedule.gene_inputs), dtype=np.int32)
        lists["gene_weight_row"] = np.repeat(rows, schedule.gene_inputs)
        for name, values in lists.items():
            self.register_buffer(f"place_{name}", torch.as_tensor(values), persistent=False)
        return tuple(lists)

    def _numbers(self) -> dict[str, torch.Tensor]:
        """Parameters and running statistics by name, without gradients."""
        return {name: value.detach() for name, value in self.state_dict(keep_vars=True).items()}

    def _by_term(self, numbers: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        return {
            f"{term}.{name}": tensor
            for index, term in enumerate(self.hierarchy.term_ids)
            for name, tensor in self._layout.get(index, numbers).items()
        }
