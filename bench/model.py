"""Time a training step of both back ends against the term-by-term model, in one process, as people use them.

    python bench/model.py [--widths direct|contained] [--batch 32 --batch 256] [--seconds 10]

The hierarchy is generated: as many terms, links, pairs and levels as a yeast snapshot of 2017 has. A step is the
forward pass, the loss, the backward pass and Adam (fused); strains lack two random genes each. A time is the shortest
of several, because other programs on the machine can only add to it.

The table of docs/performance.md is that of bench/engine.py. Where other programs use the cores, set
OMP_WAIT_POLICY=passive: threads that wait by spinning can make every number many times larger.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Literal

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from dcell_graph.model.config import ModelConfig
from dcell_graph.model.dcell import DCell
from dcell_graph.model.hierarchy import Hierarchy
from dcell_graph.model.loss import dcell_loss
from dcell_graph.model.reference import ReferenceDCell

# Terms by depth, genes, and genes on the three terms under the root, as counted in a real snapshot.
TERMS_BY_DEPTH = (1, 3, 530, 447, 330, 283, 245, 178, 110, 52, 46, 15, 2)
SECOND_PARENTS = 555
N_GENES = 6_600
GENES_OF_NAMESPACES = (2_444, 1_692, 1_351)
MEDIAN_GENES = 6


def yeast_like(config: ModelConfig, seed: int = 0) -> Hierarchy:
    """A random hierarchy of about 2,240 terms; the same seed gives the same one."""
    random = np.random.default_rng(seed)
    first = np.concatenate([[0], np.cumsum(TERMS_BY_DEPTH)])
    n_terms = int(first[-1])
    links = [
        (term, random.integers(first[d - 1], first[d]))
        for d in range(1, len(first) - 1)
        for term in range(first[d], first[d + 1])
    ]
    for term in random.integers(first[3], n_terms, size=SECOND_PARENTS):
        depth = int(np.searchsorted(first, term, side="right")) - 1
        links.append((term, random.integers(first[1], first[depth])))
    sizes = np.exp(random.normal(np.log(MEDIAN_GENES), 0.86, n_terms)).astype(np.int64) + 1
    sizes[:4] = (0, *GENES_OF_NAMESPACES)
    pairs = [(term, gene) for term in range(n_terms) for gene in random.choice(N_GENES, sizes[term], replace=False)]
    return Hierarchy.from_pairs(
        snapshot_id="generated",
        term_ids=[f"GO:{index:07d}" for index in range(n_terms)],
        gene_ids=[f"gene-{index}" for index in range(N_GENES)],
        links=np.array(links, np.int64),
        pairs=np.array(pairs, np.int64),
        config=config,
    )


def step_of(model: torch.nn.Module, root: int, batch: int) -> tuple[Callable[[], None], Callable[[], None]]:
    """One training step without and with the optimiser."""
    generator = torch.Generator().manual_seed(batch)
    deleted = torch.randint(N_GENES, (batch, 2), generator=generator)
    target = torch.randn(batch, generator=generator)
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)

    def gradients() -> None:
        optimiser.zero_grad()
        dcell_loss(model(deleted), target, root=root).total.backward()  # type: ignore[no-untyped-call]

    def step() -> None:
        gradients()
        optimiser.step()

    return gradients, step


def shortest_ms(work: Callable[[], None], seconds: float, clock: Callable[[], float] = time.perf_counter) -> float:
    """Shortest time of a call, after two that do not count.

    Args:
        work: what is timed.
        seconds: how long to go on; three calls at least.
        clock: of the wall; ``time.process_time`` adds up what all threads of the process worked.
    """
    work()
    work()
    times: list[float] = []
    end = time.perf_counter() + seconds
    while len(times) < 3 or time.perf_counter() < end:
        start = clock()
        work()
        times.append(clock() - start)
    return min(times) * 1e3


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--widths", choices=["direct", "contained"], default="direct")
    parser.add_argument("--batch", type=int, action="append")
    parser.add_argument("--seconds", type=float, default=5.0, help="for each number in the table")
    options = parser.parse_args()
    widths: Literal["direct", "contained"] = options.widths
    config = ModelConfig(width_genes=widths)
    hierarchy = yeast_like(config)
    models = {
        "term by term": ReferenceDCell(hierarchy, config),
        "PyTorch": DCell(hierarchy, config, backend="torch"),
        "automatic": DCell(hierarchy, config),
    }
    count = hierarchy.parameter_count()
    title = f"{hierarchy.n_terms:,} terms, {count.total:,} parameters, {torch.get_num_threads()} threads, ms a step"
    table = Table("batch", "step", *models, "ratios", title=title)
    for batch in options.batch or [32, 256]:
        works = {name: step_of(model, hierarchy.root, batch) for name, model in models.items()}
        for index, label in enumerate(("gradients", "with Adam")):
            times = [shortest_ms(work[index], options.seconds) for work in works.values()]
            table.add_row(
                str(batch),
                label,
                *(f"{ms:,.1f}" for ms in times),
                ", ".join(f"{times[0] / ms:.1f}" for ms in times[1:]),
            )
    Console().print(table)


if __name__ == "__main__":
    main()
