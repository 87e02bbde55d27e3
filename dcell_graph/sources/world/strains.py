"""The strains of a generated world and their phenotypes, drawn and written query by query.

Fitness is multiplicative over the planted terms: f = product over t of (1 - w_t * s(k_t)), where k_t is the number of
deleted genes that term t contains and s(k) = 1 - exp(-k^2 / 2). Genes of different terms therefore do not interact by
the usual definition (epsilon = f_ab - f_a f_b); genes of one term do, and its first hit costs less than the second. The
trigenic score is tau of Kuzmin et al. 2018: f_abc - f_a f_b f_c - e_ab f_c - e_ac f_b - e_bc f_a.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dcell_graph.sources.world.config import WorldConfig
from dcell_graph.sources.world.genes import CONTROL, Gene
from dcell_graph.sources.world.planted import Plan

NOISE_SD = 0.03
_HEADER = (
    "Query Strain ID\tArray Strain ID\tAdjusted genetic interaction score (epsilon or tau)\tP-value\t"
    "Double/triple mutant fitness\tDouble/triple mutant fitness standard deviation\n"
)
_RELATED_SHARE = 0.6

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """One query strain crossed with its array strains.

    Args:
        number: counted from 1.
        query: one or two genes, as indices.
        array: the gene of each array strain.
        signal: fitness without noise, one entry an array strain.
        fitness: as measured.
        score: epsilon or tau, as measured.
    """

    number: int
    query: tuple[int, ...]
    array: Ints
    signal: Floats
    fitness: Floats
    score: Floats


class FitnessModel:
    """The planted model.

    Args:
        plan: the planted terms.
        n_genes: number of genes of the world.
    """

    def __init__(self, plan: Plan, n_genes: int) -> None:
        self._contains = np.zeros((n_genes, len(plan.terms)), dtype=np.int64)
        for column, term in enumerate(plan.terms):
            self._contains[list(term.genes), column] = 1
        self._weights = np.array([term.weight for term in plan.terms])
        self._severity = 1.0 - np.exp(-(np.arange(4) ** 2) / 2.0)

    def fitness(self, *genes: int | Ints) -> Floats:
        """Fitness without noise of strains that lack these genes; arrays of genes give one entry a strain."""
        hits = sum((self._contains[gene] for gene in genes), start=np.zeros(len(self._weights), dtype=np.int64))
        result: Floats = np.prod(1.0 - self._weights * self._severity[hits], axis=-1)
        return result

    def score(self, query: tuple[int, ...], array: Ints) -> Floats:
        """Epsilon of double and tau of triple mutants, without noise."""
        f = self.fitness
        fc = f(array)
        if len(query) == 1:
            return f(query[0], array) - f(query[0]) * fc
        a, b = query
        fa, fb = f(a), f(b)
        e_ab, e_ac, e_bc = f(a, b) - fa * fb, f(a, array) - fa * fc, f(b, array) - fb * fc
        return f(a, b, array) - fa * fb * fc - e_ab * fc - e_ac * fb - e_bc * fa


def screens(config: WorldConfig, plan: Plan) -> Iterator[Screen]:
    """Draw all strains of a world, one query strain after the other; the last one may have fewer array strains."""
    random = config.random("strains")
    model = FitnessModel(plan, config.n_genes)
    left = config.n_strains
    for number, query in enumerate(_queries(random, config, plan), start=1):
        array = np.sort(random.choice(plan.array_genes, size=min(config.crosses, left), replace=False))
        signal = model.fitness(*query, array)
        noise = NOISE_SD * random.standard_normal(len(array))
        yield Screen(
            number=number,
            query=query,
            array=array,
            signal=signal,
            fitness=np.maximum(signal + noise, 0.0),
            score=model.score(query, array) + noise,
        )
        left -= len(array)


def _queries(random: np.random.Generator, config: WorldConfig, plan: Plan) -> list[tuple[int, ...]]:
    """Half single and half double queries, as far as there are single ones; no query twice."""
    count = -(-config.n_strains // config.crosses)
    n_single = min(count // 2, len(plan.query_genes))
    singles: list[tuple[int, ...]] = [
        (gene,) for gene in random.choice(plan.query_genes, size=n_single, replace=False).tolist()
    ]
    in_query = set(plan.query_genes.tolist())
    families = [sorted(in_query & set(term.genes)) for term in plan.terms]
    doubles: dict[tuple[int, ...], None] = {}
    while len(doubles) < count - n_single:
        related = random.random() < _RELATED_SHARE
        pool = families[int(random.integers(len(families)))] if related else plan.query_genes
        a, b = random.choice(pool, size=2, replace=False).tolist()
        doubles[(min(a, b), max(a, b))] = None
    queries = singles + list(doubles)
    return [queries[place] for place in random.permutation(len(queries)).tolist()]


def trigenic_header(config: WorldConfig) -> str:
    """The first lines of the table in the SGA trigenic format."""
    return f"# {config.remark}\n{_HEADER}"


def trigenic_lines(screen: Screen, genes: list[Gene]) -> Iterator[str]:
    """The strains of a screen in the SGA trigenic format: 6 columns."""
    names = [genes[gene].systematic for gene in screen.query]
    query = "+".join(names if len(names) == 2 else [*names, CONTROL]) + f"_tm{screen.number}"
    for gene, score, fitness in zip(screen.array.tolist(), screen.score.tolist(), screen.fitness.tolist(), strict=True):
        p_value = math.erfc(abs(score) / NOISE_SD / math.sqrt(2.0))
        yield (
            f"{query}\t{genes[gene].systematic}_dma{gene + 1}\t{score:.4f}\t{p_value:.3e}\t{fitness:.4f}\t"
            f"{NOISE_SD:.4f}\n"
        )


def pair_lines(screen: Screen, genes: list[Gene]) -> Iterator[str]:
    """The double mutants of a screen in the text format of the original DCell; none for a double query."""
    if len(screen.query) == 1:
        name = genes[screen.query[0]].systematic
        for gene, score in zip(screen.array.tolist(), screen.score.tolist(), strict=True):
            yield f"2 {name} {genes[gene].systematic} {score:.4f}\n"
