"""The order in which the engine works on terms, and where every learnable number of a model lies.

Terms have a *position*: they are sorted by level, then width, then the widths of their parents, then index. So
children lie before parents, the root is last, and terms that can be worked on together (a *class*: one level, one
width, the same widths of parents) lie side by side.

All learnable numbers are one long vector, ``weights``. It consists of regions, each in the order of positions:

    state         per term c a table W_c [width of c, columns of c]: what its parents' first layers do with its state.
                  The columns of c are the values of its parents, parents by width and then position, so one product of
                  rows of c with W_c serves all parents, and the tables of a class are an array [terms, width, columns]
    gene          per term a table [gene inputs, width]: what its first layer does with its direct genes. A term with
                  neither children nor direct genes has one input, the constant 0
    linear_bias, norm_weight, norm_bias, head_weight   one number a value of a state
    head_bias     one number a term
    linear2       per term a table [width, width], outputs by inputs as torch has them (two layers)
    linear2_bias, norm2_weight, norm2_bias             one number a value of a state (two layers)

Regions begin at multiples of 16 numbers; the numbers between them stay 0. Running statistics are not learnt and are
vectors of their own, one number a value of a state.

Shapes: T terms, G genes, L links, P gene inputs, C pairs of a gene and a term that contains it, F values of all states.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch

from dcell_graph.model.engine.order import CONSTANT, classes_of, flat, inputs_of, order_of, parents_of, starts_of
from dcell_graph.model.hierarchy import Hierarchy, Indices
from dcell_graph.model.weights import BUFFERS, term_shapes

Numbers = Mapping[str, torch.Tensor]
Values = npt.NDArray[np.float32]

# Regions begin at multiples of this many numbers: 64 bytes of float32, which is a line of the processor's cache.
ALIGNMENT = 16


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """A part of the weights.

    Args:
        name: what the numbers are.
        starts: where the numbers of each item begin, and at last where they end [items + 1]; items are terms by
            position, unless the region was added with others.
    """

    name: str
    starts: Indices

    @property
    def span(self) -> slice:
        """All its numbers."""
        return slice(int(self.starts[0]), int(self.starts[-1]))

    def item(self, index: int) -> slice:
        """The numbers of one item."""
        return slice(int(self.starts[index]), int(self.starts[index + 1]))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """A hierarchy in the order of the engine. Lists of several items an owner are flat, with starts [owners + 1].

    Args:
        hierarchy: what it was made from.
        term: index of the term at each position [T].
        position: position of each term index [T].
        width: values in the state at each position [T].
        level: level of each position, not decreasing [T].
        class_start: first position of each class, then T [classes + 1].
        feature_start: first value of each position's state among all states, then F [T + 1].
        link_start: first link of each child [T + 1].
        link_child: child of each link, a position [L].
        link_parent: parent of each link, a position; of one child by width, then position [L].
        link_column: first column of the child's table that belongs to this parent [L].
        columns: columns of each position's table: the widths of its parents together [T].
        below_start: first entry of each parent in ``below_link`` [T + 1].
        below_link: the same links by parent, children increasing [L].
        pair_start: first gene input of each position [T + 1].
        pair_gene: gene of each input, increasing in a term; CONSTANT for a term without any input [P].
        pair_term: position that reads each input [P].
        wild: value of each input where no gene is deleted: 1 or, where deleted genes are the ones, 0; constants are 0
            [P], float32.
        owner_start: first entry of each gene in ``owner_pair`` [G + 1].
        owner_pair: the inputs that change when a gene is deleted, increasing [changes].
        owner_change: what is then added to each of them [changes], float32; several deletions add up.
        contain_start: first entry of each gene in ``contain_term`` [G + 1].
        contain_term: positions whose states a gene's deletion can change: those that contain it, increasing [C].
        regions: the parts of the weights by name, in their order.
    """

    hierarchy: Hierarchy
    term: Indices
    position: Indices
    width: Indices
    level: Indices
    class_start: Indices
    feature_start: Indices
    link_start: Indices
    link_child: Indices
    link_parent: Indices
    link_column: Indices
    columns: Indices
    below_start: Indices
    below_link: Indices
    pair_start: Indices
    pair_gene: Indices
    pair_term: Indices
    wild: Values
    owner_start: Indices
    owner_pair: Indices
    owner_change: Values
    contain_start: Indices
    contain_term: Indices
    regions: Mapping[str, Region]

    @classmethod
    def from_hierarchy(cls, hierarchy: Hierarchy) -> Plan:
        """Sort the terms and lay the weights out."""
        parents = parents_of(hierarchy)
        term = order_of(hierarchy, parents)
        position = np.empty_like(term)
        position[term] = np.arange(len(term))
        width, level = hierarchy.widths[term], hierarchy.levels[term]
        above = [sorted(position[parents[index]].tolist(), key=lambda p: (width[p], p)) for index in term]
        link_start, link_parent = flat(above)
        link_child = np.repeat(np.arange(len(term)), np.diff(link_start))
        columns = np.array([width[list(positions)].sum() for positions in above], np.int64)
        link_column = starts_of(width[link_parent])[:-1] - np.repeat(starts_of(columns)[:-1], np.diff(link_start))
        genes = [inputs_of(hierarchy, int(index)) for index in term]
        pair_start, pair_gene = flat(genes)
        constants = int((pair_gene == CONSTANT).sum())
        by_gene = np.argsort(pair_gene, kind="stable")[constants:]
        present = hierarchy.config.gene_coding == "present"
        contain_start, contain_term = flat([np.sort(position[terms]) for terms in hierarchy.containing_terms()])
        plan = cls(
            hierarchy=hierarchy,
            term=term,
            position=position,
            width=width,
            level=level,
            class_start=classes_of(width, level, above),
            feature_start=starts_of(width),
            link_start=link_start,
            link_child=link_child,
            link_parent=link_parent,
            link_column=link_column,
            columns=columns,
            below_start=starts_of(np.bincount(link_parent, minlength=len(term))),
            below_link=np.argsort(link_parent, kind="stable"),
            pair_start=pair_start,
            pair_gene=pair_gene,
            pair_term=np.repeat(np.arange(len(term)), np.diff(pair_start)),
            wild=np.where(pair_gene == CONSTANT, 0, present).astype(np.float32),
            owner_start=np.searchsorted(pair_gene[by_gene], np.arange(hierarchy.n_genes + 1)),
            owner_pair=by_gene,
            owner_change=np.full(len(by_gene), -1 if present else 1, np.float32),
            contain_start=contain_start,
            contain_term=contain_term,
            regions={},
        )
        return plan.with_regions(plan._standard_regions())

    @property
    def n_terms(self) -> int:
        """Number of terms, T."""
        return len(self.term)

    @property
    def n_genes(self) -> int:
        """Number of genes, G."""
        return self.hierarchy.n_genes

    @property
    def root(self) -> int:
        """Position of the root: the last."""
        return len(self.term) - 1

    @property
    def n_values(self) -> int:
        """Values of all states together, F."""
        return int(self.feature_start[-1])

    @property
    def size(self) -> int:
        """Length of the weights, with the few unused numbers between regions."""
        return max(_aligned(int(region.starts[-1])) for region in self.regions.values())

    def with_regions(self, sizes: Mapping[str, Indices]) -> Plan:
        """The same plan with further regions at the end of the weights.

        Args:
            sizes: per region the numbers of each of its items; items are terms by position, or anything else.
        """
        regions = dict(self.regions)
        end = self.size if regions else 0
        for name, items in sizes.items():
            regions[name] = Region(name, end + starts_of(items))
            end = _aligned(int(regions[name].starts[-1]))
        return replace(self, regions=regions)

    def running_names(self) -> tuple[str, ...]:
        """Names of the running statistics [F], as ``numbers`` has them: running_mean, running_var (batch norm)."""
        config = self.hierarchy.config
        if config.norm != "batch":
            return ()
        return tuple(
            f"{name}{'' if layer == 1 else layer}" for layer in range(1, config.layers + 1) for name in BUFFERS
        )

    def values(self, term: int) -> slice:
        """The values of a term's state among all states; ``term`` is an index of the snapshot."""
        position = int(self.position[term])
        return slice(int(self.feature_start[position]), int(self.feature_start[position + 1]))

    def get(self, term: int, numbers: Numbers) -> dict[str, torch.Tensor]:
        """Copies of one term's numbers, by their names in weights.py.

        Args:
            term: index of the snapshot.
            numbers: ``weights`` (or gradients of them, under that name) and, unless they are gradients, the running
                statistics by the names of ``running_names``.
        """
        found = {name: view.clone() for name, view in self._views(term, numbers).items()}
        blocks = [block.t() for block in self._input_blocks(term, numbers["weights"])]
        return {"linear.weight": torch.cat(blocks, dim=1), **found}

    def put(self, term: int, numbers: Numbers, new: Numbers, prefix: str = "") -> None:
        """Overwrite one term's numbers with those that ``new`` has under ``prefix`` and their names in weights.py."""
        for name, view in self._views(term, numbers).items():
            view.copy_(new[prefix + name])
        blocks = self._input_blocks(term, numbers["weights"])
        parts = torch.split(new[prefix + "linear.weight"], [len(block) for block in blocks], dim=1)
        for block, part in zip(blocks, parts, strict=True):
            block.copy_(part.t())

    def get_all(self, numbers: Numbers) -> dict[str, torch.Tensor]:
        """Copies of the numbers of all terms, in index order, by the names of weights.py."""
        return {
            f"{term}.{name}": tensor
            for index, term in enumerate(self.hierarchy.term_ids)
            for name, tensor in self.get(index, numbers).items()
        }

    def put_all(self, numbers: Numbers, new: Numbers) -> None:
        """Overwrite the numbers of all terms; ``new`` has them by the names of weights.py."""
        for index, term in enumerate(self.hierarchy.term_ids):
            self.put(index, numbers, new, prefix=f"{term}.")

    def _standard_regions(self) -> dict[str, Indices]:
        """The numbers of each position in the regions that every model has, and those of its options."""
        config = self.hierarchy.config
        one = np.ones(self.n_terms, np.int64)
        sizes = {
            "state": self.width * self.columns,
            "gene": self.width * np.diff(self.pair_start) * (config.gene_embedding or 1),
            "linear2": self.width * self.width,
            "head_bias": one,
        }
        names = ["state", "gene", *(name.replace(".", "_") for name in term_shapes(config, 1, 1))]
        names = [name.replace("linear2_weight", "linear2") for name in names]
        return {
            name: sizes.get(name, self.width) for name in names if name != "linear_weight" and "running" not in name
        }

    def _input_blocks(self, term: int, weights: torch.Tensor) -> list[torch.Tensor]:
        """The parts of a term's first layer [inputs, width]: one a child in index order, then its genes."""
        position = int(self.position[term])
        width = int(self.width[position])
        links = self.below_link[self.below_start[position] : self.below_start[position + 1]]
        blocks = []
        for link in links[np.argsort(self.term[self.link_child[links]])].tolist():
            child, column = int(self.link_child[link]), int(self.link_column[link])
            table = weights[self.regions["state"].item(child)].view(int(self.width[child]), int(self.columns[child]))
            blocks.append(table[:, column : column + width])
        genes = weights[self.regions["gene"].item(position)].view(-1, width)
        return [*blocks, genes] if len(genes) else blocks

    def _views(self, term: int, numbers: Numbers) -> dict[str, torch.Tensor]:
        """Views of a term's tensors, all but the weights of its first layer, by their names in weights.py."""
        position = int(self.position[term])
        width = int(self.width[position])
        views: dict[str, torch.Tensor] = {}
        for name, shape in term_shapes(self.hierarchy.config, width, 1).items():
            layer, _, kind = name.partition(".")
            if name == "linear.weight":
                continue
            if kind in BUFFERS:
                long = kind + layer.removeprefix("norm")
                if long in numbers:  # gradients have no running statistics
                    views[name] = numbers[long][self.values(term)]
                continue
            region = self.regions["linear2" if name == "linear2.weight" else name.replace(".", "_")]
            views[name] = numbers["weights"][region.item(position)].view(shape)
        return views


def _aligned(number: int) -> int:
    return -(-number // ALIGNMENT) * ALIGNMENT
