"""DCell as people use it. What it computes is written down in reference.py; how, in engine/.

Shapes: B strains of a batch, K deleted genes a strain, G genes, T terms, W values of a state, R rows, F values of all
states.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import torch
from torch import nn

from dcell_graph.errors import TrainingError
from dcell_graph.model.batch import Exchange, distinct_deletions, dropout_factors, refuse_single_strain
from dcell_graph.model.config import ModelConfig
from dcell_graph.model.engine.backends import Asked, CompiledBackend, Indexer, TorchBackend, Work, why_torch
from dcell_graph.model.engine.compiled import CompiledEngine
from dcell_graph.model.engine.heads import Heads
from dcell_graph.model.engine.memory import GradientMemory
from dcell_graph.model.engine.output import Batch, RowOutput
from dcell_graph.model.engine.plan import Plan
from dcell_graph.model.engine.similarity import with_similar_genes
from dcell_graph.model.hierarchy import Hierarchy
from dcell_graph.model.similar import SimilarGenes, fill_similar_genes, refuse_unknown_similarity
from dcell_graph.model.weights import (
    EMBEDDING,
    SIMILAR,
    SIMILARITY,
    check_config,
    check_weights,
    initial_weights,
    term_index,
)


class DCell(nn.Module):
    """DCell (Ma et al. 2018, doi:10.1038/nmeth.4627), equal to ``ReferenceDCell`` in values and gradients.

    A term's state depends only on the deleted genes that it contains. So the strains of a batch have few different
    states at most terms, and the engine computes each of these once, as a difference from the state that most strains
    share. Batch norm, heads and loss count strains and stay exact. All learnable numbers are one parameter,
    ``weights``; ``to_term_weights`` gives them by term.

    Args:
        hierarchy: structure; must have been made with the same ``config``.
        config: model options.
        dtype: float32 or float64.
        backend: what computes. "auto": the compiled kernel where it can, otherwise PyTorch.

    Raises:
        TrainingError: the hierarchy was made with other options, or the kernel was asked for and cannot be used.
    """

    def __init__(
        self,
        hierarchy: Hierarchy,
        config: ModelConfig,
        *,
        dtype: torch.dtype = torch.float32,
        backend: Asked = "auto",
    ) -> None:
        super().__init__()
        check_config(hierarchy, config)
        self.hierarchy = hierarchy
        self.config = config
        self._asked: Asked = backend
        self._plan = _plan(hierarchy)
        self._backends: dict[tuple[Any, ...], CompiledBackend | TorchBackend] = {}
        self._indexer: Indexer | None = None
        self._similar_plan: Plan | None = None
        self._exchange: Exchange | None = None
        self._memory = GradientMemory()
        self.weights = nn.Parameter(torch.zeros(self._plan.size, dtype=dtype))
        for name in self._plan.running_names():
            self.register_buffer(name, torch.zeros(self._plan.n_values, dtype=dtype))
        if config.similar_genes is not None:
            shape = (hierarchy.n_genes, config.similar_genes)
            self.register_buffer("similar", torch.full(shape, -1, dtype=torch.int64))
            self.register_buffer("similarity", torch.full(shape, torch.nan, dtype=dtype))
        self.register_load_state_dict_post_hook(_forget_similar_genes)  # type: ignore[no-untyped-call]
        self.load_term_weights(initial_weights(hierarchy, dtype))
        why_torch(config, self.weights, backend)

    def share_batches(self, exchange: Exchange) -> None:
        """From now on every batch is one share of a larger one, and batch norm trains on the statistics of all of it.

        PyTorch computes the model then; all processes must call it at the same time.
        """
        self._exchange = exchange
        self._backends = {}  # those that were made before compute alone

    @property
    def backend(self) -> str:
        """What computes the model at present and, if that is PyTorch, why."""
        why = self._why()
        return self._backend(self._similar_plan or self._plan).name if why is None else f"torch: {why}"

    def index(self, deleted: torch.Tensor) -> Batch:
        """Prepare a batch. Any thread may do this, while the model computes another batch.

        Args:
            deleted: indices of the deleted genes, padded with -1 [B, K], 64-bit integers.

        Raises:
            TrainingError: the batch cannot be used, or the model lacks its similar genes.
        """
        deleted = distinct_deletions(deleted, self.hierarchy.n_genes)
        plan = self._batch_plan()
        if self._indexer is None or self._indexer.plan is not plan:
            self._indexer = Indexer(plan)
        index = self._indexer.build(deleted.cpu().numpy())
        batch = Batch(plan=plan, index=index, device=self.weights.device)
        self._backend(plan).prepare(batch)
        return batch

    def forward(self, deleted: torch.Tensor | Batch) -> RowOutput:
        """Predict the phenotype of each strain.

        Args:
            deleted: indices of the deleted genes, padded with -1 [B, K], or what ``index`` made of them.

        Returns:
            The prediction of every strain and, spread out when asked for, the heads of all terms.

        Raises:
            TrainingError: the batch cannot be used, or has one strain while batch norm trains.
        """
        batch = self._checked(deleted)
        track = torch.is_grad_enabled() and self.weights.requires_grad
        work = self._run(batch, track=True, keep=track)
        if not track:
            work.release()
            return RowOutput(work.heads, batch)
        rows: torch.Tensor = Heads.apply(self.weights, work, self._memory)
        return RowOutput(rows, batch)

    @torch.no_grad()
    def predict(self, deleted: torch.Tensor | Batch) -> torch.Tensor:
        """Phenotype of each strain [B] in evaluation mode, without the heads of other terms.

        Raises:
            TrainingError: the batch cannot be used, or the model is in training mode.
        """
        if self.training:
            raise TrainingError("predictions need a model in evaluation mode", hint="call its eval() first")
        batch = self._checked(deleted)
        work = self._run(batch, track=False, keep=False, only_root=True)
        work.release()
        return RowOutput(work.heads, batch).prediction

    def kernel(self) -> AbstractContextManager[CompiledEngine] | None:
        """An engine of the compiled kernel while nobody else uses it, or None where PyTorch computes the model."""
        backend = self._backend(self._batch_plan())
        return backend.borrowed() if isinstance(backend, CompiledBackend) else None

    @torch.no_grad()
    def states(self, deleted: torch.Tensor | Batch) -> dict[str, torch.Tensor]:
        """State of every term [B, W], by term id, without gradients; running statistics stay as they are."""
        batch = self._checked(deleted)
        work = self._run(batch, track=False, keep=False)
        rows_BT = batch.strain_rows().cpu()
        found = {}
        for index, term in enumerate(self.hierarchy.term_ids):
            position = int(self._plan.position[index])
            first = int(batch.index.row_start[position])
            rows = work.term_states(position)
            found[term] = rows.index_select(0, (rows_BT[:, position] - first).to(rows.device))
        work.release()
        return found

    def term_weights(self, term_id: str) -> dict[str, torch.Tensor]:
        """Copies of one term's weights, by the names of ``weights.py`` without the term.

        Raises:
            TrainingError: there is no such term.
        """
        return self._plan.get(term_index(self.hierarchy, term_id), self._numbers())

    def to_term_weights(self) -> dict[str, torch.Tensor]:
        """Copies of all weights, by the names of ``weights.py``."""
        found = self._plan.get_all(self._numbers()) | self._of_genes(self.weights.detach())
        if self.config.similar_genes is not None:
            found |= {SIMILAR: self.get_buffer("similar").clone(), SIMILARITY: self.get_buffer("similarity").clone()}
        return found

    def to_term_gradients(self) -> dict[str, torch.Tensor]:
        """Copies of the gradients of all weights, by the names of ``weights.py``; none without gradients."""
        if self.weights.grad is None:
            return {}
        return self._plan.get_all({"weights": self.weights.grad}) | self._of_genes(self.weights.grad)

    @torch.no_grad()
    def load_term_weights(self, weights: Mapping[str, torch.Tensor]) -> None:
        """Take over all weights.

        Raises:
            TrainingError: the mapping lacks a weight, has one too many, or one of another shape.
        """
        check_weights(self.hierarchy, weights)
        self._plan.put_all(self._numbers(), weights)
        if self.config.gene_embedding is not None:
            self.weights[self._plan.regions["embedding"].span] = weights[EMBEDDING].reshape(-1).to(self.weights)
        if self.config.similar_genes is not None:
            self.get_buffer("similar").copy_(weights[SIMILAR])
            self.get_buffer("similarity").copy_(weights[SIMILARITY])
        self._forget_similar_genes()

    @torch.no_grad()
    def set_similar_genes(self, similar: SimilarGenes) -> None:
        """Say which genes share in each other's inputs.

        Raises:
            TrainingError: the options have no similar genes, or these do not fit.
        """
        fill_similar_genes(self, self.config, self.hierarchy.n_genes, similar)
        self._forget_similar_genes()

    def __getstate__(self) -> dict[str, Any]:
        """A copy makes back ends of its own."""
        return {**self.__dict__, "_backends": {}, "_indexer": None, "_memory": GradientMemory()}

    @property
    def _over_batch(self) -> bool:
        """Whether the strains of a batch influence each other now."""
        return self.training and self.config.norm == "batch"

    def _checked(self, deleted: torch.Tensor | Batch) -> Batch:
        batch = deleted if isinstance(deleted, Batch) else self.index(deleted)
        if batch.plan is not self._batch_plan():
            raise TrainingError("the batch was prepared by another model", hint="prepare it with this model's index")
        if self._over_batch:
            refuse_single_strain(len(batch) if self._exchange is None else self._exchange.counted(len(batch))[1])
        return batch

    def _run(self, batch: Batch, *, track: bool, keep: bool, only_root: bool = False) -> Work:
        # In 16 bits the products are slower (docs/performance.md), and small differences would lose their digits.
        with torch.autocast(self.weights.device.type, enabled=False):
            return self._backend(batch.plan).run(
                self.weights,
                self._running(),
                batch,
                training=self._over_batch,
                track=track,
                keep=keep,
                only_root=only_root,
                kept=self._kept(),
            )

    def _backend(self, plan: Plan) -> CompiledBackend | TorchBackend:
        why = self._why()
        key = (why, self.weights.device, torch.get_num_threads() if why is None else 0)
        found = self._backends.get(key)
        if found is None or found.plan is not plan:
            found = CompiledBackend(plan, key[2]) if why is None else self._torch(plan, why)
            self._backends[key] = found
        return found

    def _torch(self, plan: Plan, why: str) -> TorchBackend:
        return TorchBackend(plan, self.weights.device, why, self._exchange)

    def _why(self) -> str | None:
        why = why_torch(self.config, self.weights, self._asked)
        return "batches are shared by several processes" if why is None and self._exchange is not None else why

    def _batch_plan(self) -> Plan:
        if self.config.similar_genes is None:
            return self._plan
        if self._similar_plan is None:
            similarity = self.get_buffer("similarity")
            refuse_unknown_similarity(similarity)
            shares = similarity.detach().cpu().numpy().astype(np.float32)
            similar = SimilarGenes(self.get_buffer("similar").cpu().numpy(), shares)
            checked = similar.checked(self.hierarchy.n_genes, self.config.similar_genes)
            self._similar_plan = with_similar_genes(self._plan, checked)
        return self._similar_plan

    def _forget_similar_genes(self) -> None:
        self._similar_plan = None

    def _kept(self) -> torch.Tensor | None:
        """What dropout multiplies the values of states by [F]."""
        factors = dropout_factors(self.config, self._plan.n_values) if self.training else None
        if factors is None:
            return None
        # Drawn by index of the terms, used by position.
        starts = np.concatenate([[0], np.cumsum(self.hierarchy.widths)])
        order = np.concatenate([np.arange(starts[term], starts[term + 1]) for term in self._plan.term])
        return factors[torch.from_numpy(order)].to(self.weights.device)

    def _running(self) -> dict[str, torch.Tensor]:
        return {name: self.get_buffer(name) for name in self._plan.running_names()}

    def _numbers(self) -> dict[str, torch.Tensor]:
        """Weights and running statistics by name, without gradients."""
        return {"weights": self.weights.detach(), **self._running()}

    def _of_genes(self, weights: torch.Tensor) -> dict[str, torch.Tensor]:
        if self.config.gene_embedding is None:
            return {}
        vectors = weights[self._plan.regions["embedding"].span]
        return {EMBEDDING: vectors.view(self.hierarchy.n_genes, -1).clone()}


def _plan(hierarchy: Hierarchy) -> Plan:
    plan = Plan.from_hierarchy(hierarchy)
    if hierarchy.config.gene_embedding is None:
        return plan
    return plan.with_regions({"embedding": np.full(hierarchy.n_genes, hierarchy.config.gene_embedding, np.int64)})


def _forget_similar_genes(model: nn.Module, _: Any) -> None:
    assert isinstance(model, DCell)
    model._forget_similar_genes()
