"""The states of one subsystem across strains, laid out in two dimensions.

Shapes: N strains, W values of a state, U different states, T terms.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch

from dcell_graph.interpret.rlipp import distinct_states
from dcell_graph.interpret.trained import Trained, engine
from dcell_graph.train.strains import StrainSet

Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class TermStates:
    """The states of a term.

    Args:
        table: one row a strain: ``strain``, ``measured`` (the phenotype), ``state`` (equal for equal states, from 1),
            ``distance`` (root mean square difference from the wild type's state), ``first`` and ``second`` (principal
            components) and ``value_1`` to ``value_W``.
        wild_type: its first and second component.
        explained: the shares of the variance over strains that both components have.
        different: number of different states among the strains and the wild type.
    """

    table: pd.DataFrame
    wild_type: tuple[float, float]
    explained: tuple[float, float]
    different: int


@dataclass(frozen=True, slots=True, kw_only=True)
class States:
    """The states of all terms of one model for some strains; the last row is the wild type.

    Args:
        term_ids: in index order.
        strains: names and phenotypes.
        rows: which of the states of a term each strain has [N + 1, T].
        values: the different states of each term [U, W].
    """

    term_ids: tuple[str, ...]
    strains: StrainSet
    rows: npt.NDArray[np.int32]
    values: list[Values]

    def of_term(self, term: int) -> TermStates:
        """Lay the states of a term out by their principal components.

        Args:
            term: its index.
        """
        every = self.values[term][self.rows[:, term]]
        strains, wild = every[:-1], every[-1]
        centre = strains.mean(axis=0)
        _, sizes, axes = np.linalg.svd(strains - centre, full_matrices=False)
        # The sign of a component is free: its largest weight is positive.
        axes = axes * np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])[:, None]
        axes = np.pad(axes, ((0, max(0, 2 - len(axes))), (0, 0)))[:2]
        shares = np.pad(sizes**2 / max(float((sizes**2).sum()), np.finfo(float).tiny), (0, 2))[:2]
        places = (every - centre) @ axes.T
        table = pd.DataFrame(
            {
                "strain": list(self.strains.names),
                "measured": self.strains.target,
                "state": np.unique(self.rows[:-1, term], return_inverse=True)[1] + 1,
                "distance": np.sqrt(((strains - wild) ** 2).mean(axis=1)),
                "first": places[:-1, 0],
                "second": places[:-1, 1],
            }
        )
        numbers = pd.DataFrame(strains, columns=[f"value_{place + 1}" for place in range(strains.shape[1])])
        return TermStates(
            table=pd.concat([table, numbers], axis=1),
            wild_type=(float(places[-1, 0]), float(places[-1, 1])),
            explained=(float(shares[0]), float(shares[1])),
            different=len(np.unique(self.rows[:, term])),
        )


def states_of_strains(trained: Trained, strains: StrainSet, *, number: int = 0) -> States:
    """The states of all terms, each different one once.

    Args:
        trained: the run.
        strains: any that its snapshot can show.
        number: of the model in an ensemble, from 0; states of different models cannot be compared value by value.
    """
    wild = torch.full((1, strains.deleted.shape[1]), -1, dtype=strains.deleted.dtype)
    rows, values = distinct_states(engine(trained.checkpoints[number]), torch.cat([strains.deleted, wild]))
    return States(term_ids=tuple(trained.hierarchy.term_ids), strains=strains, rows=rows, values=values)
