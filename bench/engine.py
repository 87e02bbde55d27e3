"""Time training steps and predictions against the term-by-term model, in one process, as people use them.

    python bench/engine.py [--snapshot FOLDER] [--only direct torch ...] [--seconds 5] [--threads 2]

A step is finding the rows of a batch, the forward pass, the loss, the backward pass and Adam; "prepared ahead" is a
step of training, where a thread finds the rows of the next batch meanwhile. Strains lack two genes: random pairs, or a
tile of query genes x array genes as screens are run. A time is the shortest of several, because
other programs on the machine can only add to it. The hierarchy is that of a snapshot or, without one, generated like
that of yeast. Parts: direct, large, contained, tiles, torch, inference, limits, memory. Growth: bench/growth.py.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import torch
from levels import LevelDCell
from model import shortest_ms, yeast_like
from rich.console import Console
from rich.table import Table

from dcell_graph.model.config import ModelConfig
from dcell_graph.model.dcell import DCell
from dcell_graph.model.engine.output import Batch
from dcell_graph.model.hierarchy import Hierarchy
from dcell_graph.model.inference import all_pairs
from dcell_graph.model.loss import dcell_loss
from dcell_graph.model.optimiser import FusedAdam
from dcell_graph.model.reference import ReferenceDCell
from dcell_graph.snapshot.storage import read_snapshot
from dcell_graph.train.inputs import inputs

Widths = Literal["direct", "contained"]
Kind = Literal["pairs", "tile"]
Step = Callable[[torch.Tensor | Batch, torch.Tensor], None]
Row = tuple[str, str, str, str, str, str, str]

SCREENED = 512
"""Genes whose pairs are predicted."""
LARGE, AHEAD = 16_384, 8
"""Strains of a large batch, and how many batches are prepared one after the other."""


class Case(NamedTuple):
    """One row of the table; the goal is a ratio to the loop, or strains a second where the loop is too slow."""

    part: str
    widths: Widths
    kind: Kind
    batch: int
    goal: str
    loop: bool = True


CASES = (
    *(Case("direct", "direct", "pairs", batch, ">= 100x") for batch in (256, 1024, 4096)),
    Case("direct", "direct", "tile", 1024, ""),
    Case("large", "direct", "pairs", LARGE, ">= 100,000 strains/s", loop=False),
    Case("large", "direct", "tile", LARGE, ">= 100,000 strains/s", loop=False),
    *(Case("contained", "contained", "pairs", batch, ">= 7x") for batch in (256, 1024)),
    *(Case("tiles", "contained", "tile", batch, ">= 10x") for batch in (256, 1024)),
)


def hierarchy_of(snapshot: Path | None, widths: Widths) -> Hierarchy:
    """The hierarchy of a snapshot, or one like that of yeast."""
    config = ModelConfig(width_genes=widths, init_range=None)
    return yeast_like(config) if snapshot is None else Hierarchy.from_snapshot(read_snapshot(snapshot), config)


def strains_of(n_genes: int, batch: int, kind: Kind) -> tuple[torch.Tensor, torch.Tensor]:
    """Random pairs of genes, or a tile of query genes x array genes [batch, 2], and phenotypes."""
    random = np.random.default_rng(batch)
    if kind == "pairs":
        strains = random.integers(0, n_genes, (batch, 2))
    else:
        queries = 2 ** (batch.bit_length() // 2)
        genes = random.permutation(n_genes)[: queries + batch // queries]
        strains = np.stack(np.meshgrid(genes[:queries], genes[queries:], indexing="ij"), axis=-1).reshape(-1, 2)
    return torch.from_numpy(strains), torch.from_numpy(random.standard_normal(len(strains)))


def step_of(model: DCell | ReferenceDCell | LevelDCell) -> Step:
    """A training step of a model: the engine with its own Adam, others with that of torch."""
    fused = isinstance(model, DCell)
    optimiser = FusedAdam(model) if isinstance(model, DCell) else torch.optim.Adam(model.parameters(), fused=True)
    root = model.hierarchy.root

    def step(strains: torch.Tensor | Batch, target: torch.Tensor) -> None:
        optimiser.zero_grad()
        dcell_loss(model(strains), target if fused else target.float(), root=root).total.backward()
        optimiser.step()

    return step


def training_rows(options: argparse.Namespace) -> Iterator[Row]:
    """Each case."""
    for widths in ("direct", "contained"):
        cases = [case for case in CASES if case.widths == widths and wanted(options, case.part)]
        if not cases:
            continue
        hierarchy = hierarchy_of(options.snapshot, widths)
        model = DCell(hierarchy, hierarchy.config)
        step = step_of(model)
        loop = step_of(ReferenceDCell(hierarchy, hierarchy.config)) if any(case.loop for case in cases) else None
        for case in cases:
            strains, target = strains_of(hierarchy.n_genes, case.batch, case.kind)
            ms = shortest_ms(partial(step, strains, target), options.seconds, options.clock)
            index_ms = shortest_ms(partial(model.index, strains), options.seconds / 5, options.clock)
            slow = (
                shortest_ms(partial(loop, strains, target), options.seconds, options.clock)
                if case.loop and loop
                else None
            )
            name = f"{widths}, {case.kind} {len(strains):,}"
            yield row(name, ms, index_ms, len(strains), slow, case.goal)
            if widths == "direct":
                ms = ahead_ms(model, step, case, options)
                yield row(f"{name}, prepared ahead", ms, None, len(strains), slow, case.goal)


def ahead_ms(model: DCell, step: Step, case: Case, options: argparse.Namespace) -> float:
    """A step as training does it: while one batch is computed, a thread finds the rows of the next."""
    strains, target = strains_of(model.hierarchy.n_genes, AHEAD * case.batch, case.kind)
    batches = list(np.arange(AHEAD * case.batch, dtype=np.int64).reshape(AHEAD, case.batch))

    def epoch() -> None:
        for batch, given in zip(batches, inputs(model, strains, batches, torch.device("cpu")), strict=True):
            step(given, target[batch])

    return shortest_ms(epoch, options.seconds, options.clock) / AHEAD


def torch_rows(options: argparse.Namespace) -> Iterator[Row]:
    """The back end in PyTorch beside the loop, and the way with batched products."""
    hierarchy = hierarchy_of(options.snapshot, "direct")
    loop = step_of(ReferenceDCell(hierarchy, hierarchy.config))
    for batch in (32, 256, 1024):
        strains, target = strains_of(hierarchy.n_genes, batch, "pairs")
        slow = shortest_ms(partial(loop, strains, target), options.seconds, options.clock)
        for name, step, goal in (
            ("PyTorch", step_of(DCell(hierarchy, hierarchy.config, backend="torch")), ">= 15x"),
            ("level by level", step_of(LevelDCell(hierarchy)), "slower than PyTorch"),
        ):
            ms = shortest_ms(partial(step, strains, target), options.seconds, options.clock)
            yield row(f"{name}, direct, pairs {batch:,}", ms, None, batch, slow, goal if batch == 256 else "")


def inference_rows(options: argparse.Namespace) -> Iterator[Row]:
    """All pairs of some genes: one tile is computed while the next is prepared."""
    hierarchy = hierarchy_of(options.snapshot, "direct")
    model = DCell(hierarchy, hierarchy.config).eval()
    genes = np.random.default_rng(0).permutation(hierarchy.n_genes)[:SCREENED]
    pairs = SCREENED * (SCREENED - 1) // 2
    for side in (128, 256):
        ms = shortest_ms(lambda side=side: sum(len(block.prediction) for block in all_pairs(model, genes, side=side)),
                         options.seconds, options.clock)  # fmt: skip
        yield row(f"inference, all pairs, tiles of {side}", ms, None, pairs, None, ">= 400,000 strains/s")


def limit_rows(options: argparse.Namespace) -> Iterator[Row]:
    """What nothing can be faster than here: a sweep of Adam, copying memory, and products of matrices."""
    for widths in ("direct", "contained"):
        hierarchy = hierarchy_of(options.snapshot, widths)
        model = DCell(hierarchy, hierarchy.config)
        model.weights.grad = torch.zeros_like(model.weights)
        ms = shortest_ms(partial(FusedAdam(model).step), options.seconds / 2, options.clock)
        size = model.weights.numel()
        yield (
            f"Adam alone, {widths}: {size:,} weights",
            f"{ms:,.1f}",
            "",
            f"{28 * size / ms / 1e6:,.1f} GB/s",
            "",
            "",
            "",
        )
    square = torch.rand(2048, 2048)
    ms = shortest_ms(partial(torch.mm, square, square), options.seconds / 2, options.clock)
    yield "torch.mm, 2,048 x 2,048", f"{ms:,.1f}", "", f"{2 * 2048**3 / ms / 1e6:,.0f} GFLOP/s", "", "", ""


def memory_rows(options: argparse.Namespace) -> Iterator[Row]:
    """Peak memory of steps of 1,024 strains: weights, gradient, moments and all."""
    for widths, goal in (("direct", "<= 0.3 GB"), ("contained", "<= 3 GB")):
        hierarchy = hierarchy_of(options.snapshot, widths)

        def work(hierarchy: Hierarchy = hierarchy) -> None:
            step = step_of(DCell(hierarchy, hierarchy.config))
            for _ in range(3):
                step(*strains_of(hierarchy.n_genes, 1024, "pairs"))

        yield f"{widths}, pairs 1,024: memory", f"{memory_of(work):.2f} GB", "", "", "", "", goal


def row(name: str, ms: float, index_ms: float | None, strains: int, slow: float | None, goal: str) -> Row:
    """A row of the table."""
    index = "" if index_ms is None else f"{index_ms / ms:.0%}"
    rate, loop, ratio = f"{strains / ms * 1e3:,.0f}", "", ""
    if slow is not None:
        loop, ratio = f"{slow:,.0f}", f"{slow / ms:.1f}x"
    return name, f"{ms:,.1f}", index, rate, loop, ratio, goal


def memory_of(work: Callable[[], None]) -> float:
    """Peak memory in GB that a child process has more after some work than before it.

    What PyTorch loads for the first step of a process, about 0.1 GB of programs, is there before.
    """
    receive, send = os.pipe()
    child = os.fork()
    if child == 0:
        weight = torch.ones(2, requires_grad=True)
        optimiser = torch.optim.AdamW([weight])
        weight.square().sum().backward()
        optimiser.step()
        before = peak_gb()
        work()
        os.write(send, str(peak_gb() - before).encode())
        os._exit(0)
    os.waitpid(child, 0)
    return float(os.read(receive, 64))


def peak_gb() -> float:
    """Most memory that this process ever had."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e9 if sys.platform == "darwin" else 1e6)


def wanted(options: argparse.Namespace, part: str) -> bool:
    """Whether a part of the table was asked for."""
    return not options.only or part in options.only


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--snapshot", type=Path)
    parser.add_argument("--only", nargs="*", help="parts of the table")
    parser.add_argument("--seconds", type=float, default=5.0, help="for each number in the table")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--cpu", action="store_true", help="processor time of all threads, for machines in use")
    options = parser.parse_args()
    options.clock = time.process_time if options.cpu else time.perf_counter
    torch.set_num_threads(options.threads)
    table = Table("step", "ms", "of it index", "strains/s", "loop, ms", "ratio", "goal")
    # Memory first: it is measured in children, which begin with what this process has by then.
    parts = {
        "memory": memory_rows,
        "": training_rows,
        "torch": torch_rows,
        "inference": inference_rows,
    }
    for part, rows in {**parts, "limits": limit_rows}.items():
        if part == "" or wanted(options, part):
            for line in rows(options):
                table.add_row(*line)
                print(" | ".join(line), flush=True)
    Console(width=130).print(table)


if __name__ == "__main__":
    main()
