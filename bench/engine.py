"""Time the compiled engine against the term-by-term model, in one process.

    python bench/engine.py [--snapshot FOLDER] [--only direct-pairs ...] [--seconds 5] [--threads 2]
    python bench/engine.py --growth growth.csv [--snapshot FOLDER]

A step is finding the rows of a batch, the forward pass, the loss, the backward pass and Adam, all with weights in 32
bits. Strains lack two genes: random pairs, or a tile of query genes x array genes as screens are run. A time is the
shortest of several, because other programs on the machine can only add to it. The hierarchy is that of a snapshot or,
without one, generated like that of yeast.

With --growth a table (CSV) says how the time of a step grows with strains, terms, genes and threads.
"""

from __future__ import annotations

import argparse
import csv
import os
import resource
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from model import shortest_ms, yeast_like
from rich.console import Console
from rich.table import Table

from dcell_graph.model.config import ModelConfig
from dcell_graph.model.engine.adam import AdamStep
from dcell_graph.model.engine.compiled import CompiledEngine
from dcell_graph.model.engine.compiled_index import CompiledIndexer, row_sums
from dcell_graph.model.engine.plan import Plan
from dcell_graph.model.hierarchy import Hierarchy
from dcell_graph.model.loss import dcell_loss
from dcell_graph.model.reference import ReferenceDCell
from dcell_graph.snapshot.storage import read_snapshot

Strains = npt.NDArray[np.int64]
Widths = Literal["direct", "contained"]
Kind = Literal["pairs", "tile"]

ALPHA = 0.3


class Case(NamedTuple):
    """One row of the table; the goal is a ratio to the loop, or strains a second where the loop is too slow."""

    name: str
    widths: Widths
    kind: Kind
    batch: int
    goal: str
    loop: bool


CASES = (
    *(Case("direct-pairs", "direct", "pairs", batch, ">= 100x", True) for batch in (256, 1024, 4096)),
    Case("direct-large", "direct", "pairs", 16_384, ">= 100,000 strains/s", False),
    Case("direct-large", "direct", "tile", 16_384, "", False),
    *(Case("contained-pairs", "contained", "pairs", batch, ">= 7x", True) for batch in (256, 1024)),
    *(Case("contained-tiles", "contained", "tile", batch, ">= 10x", True) for batch in (256, 1024)),
)


def strains_of(n_genes: int, batch: int, kind: Kind, seed: int) -> Strains:
    """Random pairs of genes, or a tile of query genes x array genes [batch, 2]."""
    random = np.random.default_rng(seed)
    if kind == "pairs":
        return random.integers(0, n_genes, (batch, 2))
    queries = 2 ** (batch.bit_length() // 2)
    genes = random.permutation(n_genes)[: queries + batch // queries]
    return np.stack(np.meshgrid(genes[:queries], genes[queries:], indexing="ij"), axis=-1).reshape(-1, 2)


class Engine:
    """A model in the compiled engine, with weights as the plain model first draws them."""

    def __init__(self, hierarchy: Hierarchy, threads: int) -> None:
        config = hierarchy.config
        self.plan = Plan.from_hierarchy(hierarchy)
        self.indexer = CompiledIndexer(self.plan)
        self.engine = CompiledEngine(self.plan, config, threads)
        self.weights = torch.empty(self.plan.size).uniform_(-0.05, 0.05)
        self.weights[self.plan.regions["norm_weight"].span] = 1
        self.running = {"running_mean": torch.zeros(self.plan.n_values), "running_var": torch.ones(self.plan.n_values)}
        self.first, self.second, self.gradient = (torch.zeros(self.plan.size) for _ in range(3))
        self.steps = 0

    def step(self, strains: Strains, target: npt.NDArray[np.float64]) -> None:
        """One training step."""
        index = self.indexer.build(strains)
        heads = self.engine.forward(self.weights, self.running, index, True)
        share = torch.full((index.n_rows,), 2 * ALPHA / len(strains))
        share[int(index.row_start[-2]) :] = 2 / len(strains)
        sums = torch.from_numpy(row_sums(index, target)).float()
        gradients = (heads * torch.from_numpy(index.count) - sums).mul_(share)
        self.steps += 1
        self.engine.adam(
            self.weights,
            self.engine.backward(gradients, self.gradient),
            self.first,
            self.second,
            AdamStep(step=self.steps),
        )

    def predict(self, strains: Strains) -> torch.Tensor:
        """Heads of the root's rows."""
        index = self.indexer.build(strains)
        return self.engine.forward(self.weights, self.running, index, False, all_heads=False)


def loop_step(hierarchy: Hierarchy) -> Callable[[Strains, npt.NDArray[np.float64]], None]:
    """A step of the term-by-term model."""
    model = ReferenceDCell(hierarchy, hierarchy.config)
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)

    def step(strains: Strains, target: npt.NDArray[np.float64]) -> None:
        optimiser.zero_grad()
        output = model(torch.from_numpy(strains))
        dcell_loss(output, torch.from_numpy(target).float(), root=hierarchy.root).total.backward()
        optimiser.step()

    return step


def peak_gb() -> float:
    """Most memory that this process ever had."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e9 if sys.platform == "darwin" else 1e6)


def hierarchy_of(snapshot: Path | None, widths: Widths) -> Hierarchy:
    """The hierarchy of a snapshot, or one like that of yeast."""
    config = ModelConfig(width_genes=widths, init_range=None)
    return yeast_like(config) if snapshot is None else Hierarchy.from_snapshot(read_snapshot(snapshot), config)


def memory_of(work: Callable[[], None]) -> float:
    """Peak memory in GB that a child process has more after some work than before it."""
    receive, send = os.pipe()
    child = os.fork()
    if child == 0:
        before = peak_gb()
        work()
        os.write(send, str(peak_gb() - before).encode())
        os._exit(0)
    os.waitpid(child, 0)
    return float(os.read(receive, 64))


def table_rows(options: argparse.Namespace) -> Iterator[tuple[str, ...]]:
    """Each case, and inference."""
    for widths in ("direct", "contained"):
        cases = [case for case in CASES if case.widths == widths and (not options.only or case.name in options.only)]
        inference = widths == "direct" and (not options.only or "inference" in options.only)
        if not cases and not inference:
            continue
        hierarchy = hierarchy_of(options.snapshot, widths)
        loop = loop_step(hierarchy) if any(case.loop for case in cases) else None
        engine = Engine(hierarchy, options.threads)
        for case in cases:
            strains = strains_of(hierarchy.n_genes, case.batch, case.kind, case.batch)
            target = np.random.default_rng(0).standard_normal(len(strains))
            ms = shortest_ms(partial(engine.step, strains, target), options.seconds)
            index_ms = shortest_ms(partial(engine.indexer.build, strains), options.seconds / 5)
            slow = shortest_ms(partial(loop, strains, target), options.seconds) if case.loop and loop else None
            yield (
                f"{widths}, {case.kind} {len(strains):,}",
                f"{ms:,.1f}",
                f"{index_ms / ms:.0%}",
                f"{len(strains) / ms * 1e3:,.0f}",
                "-" if slow is None else f"{slow:,.0f}",
                "-" if slow is None else f"{slow / ms:.1f}x",
                case.goal,
            )
        if inference:
            strains = strains_of(hierarchy.n_genes, 64 * 256, "tile", 1)
            ms = shortest_ms(partial(engine.predict, strains), options.seconds)
            index_ms = shortest_ms(partial(engine.indexer.build, strains), options.seconds / 5)
            rate = f"{len(strains) / ms * 1e3:,.0f}"
            yield "inference, all pairs", f"{ms:,.1f}", f"{index_ms / ms:.0%}", rate, "-", "-", ">= 400,000 strains/s"


def memory_rows(options: argparse.Namespace) -> Iterator[tuple[str, ...]]:
    """Peak memory of steps of 1,024 strains, weights and moments included."""
    for widths, goal in (("direct", "<= 0.3 GB"), ("contained", "<= 3 GB")):
        if options.only and "memory" not in options.only:
            continue
        hierarchy = hierarchy_of(options.snapshot, widths)

        def work(hierarchy: Hierarchy = hierarchy) -> None:
            engine = Engine(hierarchy, options.threads)
            strains = strains_of(hierarchy.n_genes, 1024, "pairs", 0)
            for _ in range(3):
                engine.step(strains, np.zeros(1024))

        yield f"{widths}, pairs 1,024: memory", f"{memory_of(work):.2f} GB", "", "", "", "", goal


def growth(options: argparse.Namespace) -> None:
    """Write how the time of a step grows, one quantity at a time."""
    whole = hierarchy_of(options.snapshot, "direct")
    lines: list[tuple[str, int, float]] = []

    def measure(what: str, amount: int, hierarchy: Hierarchy, batch: int, threads: int) -> None:
        engine = Engine(hierarchy, threads)
        strains = strains_of(hierarchy.n_genes, batch, "pairs", 0)
        target = np.zeros(batch)
        lines.append((what, amount, shortest_ms(lambda: engine.step(strains, target), options.seconds)))

    for batch in (32, 128, 512, 2_048, 8_192, 32_768):
        measure("strains", batch, whole, batch, options.threads)
    for share in (0.125, 0.25, 0.5, 1.0):
        part = lowest_terms(whole, share)
        measure("terms", part.n_terms, part, 1024, options.threads)
    for share in (0.125, 0.25, 0.5, 1.0):
        part = fewer_genes(whole, share)
        measure("genes", part.n_genes, part, 1024, options.threads)
    for threads in range(1, (os.cpu_count() or 1) + 1):
        measure("threads", threads, whole, 1024, threads)
    with options.growth.open("w", newline="") as file:
        csv.writer(file).writerows([("grows", "amount", "ms"), *((what, n, f"{ms:.3f}") for what, n, ms in lines)])


def lowest_terms(whole: Hierarchy, share: float) -> Hierarchy:
    """The hierarchy without its lowest terms: those nearest to the root stay."""
    by_level = np.argsort(-whole.levels, kind="stable")[: max(1, round(share * whole.n_terms))]
    new = np.full(whole.n_terms, -1)
    new[by_level] = np.arange(len(by_level))
    links = [(new[c], new[p]) for p in by_level for c in whole.children[p] if new[c] >= 0]
    pairs = [(new[term], gene) for term in by_level for gene in whole.direct_genes[term]]
    return _rebuilt(whole, [whole.term_ids[term] for term in by_level], whole.gene_ids, links, pairs)


def fewer_genes(whole: Hierarchy, share: float) -> Hierarchy:
    """The hierarchy with the first of its genes only."""
    n_genes = max(1, round(share * whole.n_genes))
    links = [(child, parent) for parent, below in enumerate(whole.children) for child in below]
    pairs = [(term, gene) for term, genes in enumerate(whole.direct_genes) for gene in genes if gene < n_genes]
    return _rebuilt(whole, whole.term_ids, whole.gene_ids[:n_genes], links, pairs)


def _rebuilt(whole: Hierarchy, terms: object, genes: object, links: object, pairs: object) -> Hierarchy:
    return Hierarchy.from_pairs(
        snapshot_id="part",
        term_ids=terms,
        gene_ids=genes,
        links=np.array(links, np.int64).reshape(-1, 2),
        pairs=np.array(pairs, np.int64).reshape(-1, 2),
        config=whole.config,
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--snapshot", type=Path)
    parser.add_argument("--only", nargs="*", help="names of cases, inference, memory")
    parser.add_argument("--seconds", type=float, default=5.0, help="for each number in the table")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--growth", type=Path, metavar="FILE")
    options = parser.parse_args()
    if options.growth is not None:
        growth(options)
        return
    table = Table("step", "ms", "of it index", "strains/s", "loop, ms", "ratio", "goal")
    # Memory first: it is measured in children, which begin with what this process has by then.
    for row in (*memory_rows(options), *table_rows(options)):
        table.add_row(*row)
    Console().print(table)


if __name__ == "__main__":
    main()
