"""How the time of a training step grows: the picture of docs/performance.md.

    python bench/growth.py [--seconds 3] [--threads 1 2] [--cpu] [--table FILE.csv] [--picture docs/images/growth.png]

One quantity grows at a time: strains of a batch, terms (from the root down), genes. The hierarchy is generated like
that of yeast, with direct widths; strains are random pairs. The dotted line is Adam alone, which has to read and write
every weight whatever the batch. --cpu takes processor time, all threads together, where other programs are busy.
"""

from __future__ import annotations

import argparse
import csv
import time
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from engine import step_of, strains_of
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from model import shortest_ms, yeast_like

from dcell_graph.model.config import ModelConfig
from dcell_graph.model.dcell import DCell
from dcell_graph.model.hierarchy import Hierarchy
from dcell_graph.model.optimiser import FusedAdam
from dcell_graph.train.canvas import GREY, PENS, Caption, canvas, legend, line, log_axis

BATCHES = (32, 128, 512, 2_048, 8_192, 32_768)
SHARES = (0.125, 0.25, 0.5, 1.0)
BATCH = 1_024


class Point(NamedTuple):
    """One measurement."""

    grows: str
    amount: int
    threads: int
    ms: float
    adam_ms: float


def measure(grows: str, amount: int, hierarchy: Hierarchy, batch: int, options: argparse.Namespace) -> list[Point]:
    """A step on each number of threads."""
    points = []
    for threads in options.threads:
        torch.set_num_threads(threads)
        model = DCell(hierarchy, hierarchy.config)
        step = partial(step_of(model), *strains_of(hierarchy.n_genes, batch, "pairs"))
        ms = shortest_ms(step, options.seconds, options.clock)
        model.weights.grad = torch.zeros_like(model.weights)
        adam_ms = shortest_ms(partial(FusedAdam(model).step), options.seconds / 4, options.clock)
        points.append(Point(grows, amount, threads, ms, adam_ms))
        print(points[-1], flush=True)
    return points


def lowest_terms(whole: Hierarchy, share: float) -> Hierarchy:
    """The hierarchy without its lowest terms: those nearest to the root stay."""
    by_level = np.argsort(-whole.levels, kind="stable")[: max(1, round(share * whole.n_terms))]
    new = np.full(whole.n_terms, -1)
    new[by_level] = np.arange(len(by_level))
    links = [(new[c], new[p]) for p in by_level for c in whole.children[p] if new[c] >= 0]
    pairs = [(new[term], gene) for term in by_level for gene in whole.direct_genes[term]]
    return rebuilt(whole, [whole.term_ids[term] for term in by_level], whole.gene_ids, links, pairs)


def fewer_genes(whole: Hierarchy, share: float) -> Hierarchy:
    """The hierarchy with the first of its genes only."""
    n_genes = max(1, round(share * whole.n_genes))
    links = [(child, parent) for parent, below in enumerate(whole.children) for child in below]
    pairs = [(term, gene) for term, genes in enumerate(whole.direct_genes) for gene in genes if gene < n_genes]
    return rebuilt(whole, whole.term_ids, whole.gene_ids[:n_genes], links, pairs)


def rebuilt(whole: Hierarchy, terms: object, genes: object, links: object, pairs: object) -> Hierarchy:
    """A hierarchy of some of the terms or genes."""
    return Hierarchy.from_pairs(
        snapshot_id="part",
        term_ids=terms,
        gene_ids=genes,
        links=np.array(links, np.int64).reshape(-1, 2),
        pairs=np.array(pairs, np.int64).reshape(-1, 2),
        config=whole.config,
    )


def draw(points: list[Point], picture: Path, clock: str) -> None:
    """A panel for each quantity that grows."""
    caption = Caption(
        title="generated hierarchy of 2,242 terms, direct widths, random pairs",
        options=f"compiled kernel, {clock}; dotted: Adam alone",
        generated=None,
        phenotype="",
        standardised=True,
        second_set="",
    )
    figure, panels = canvas(caption, "Time of a training step", panels=3)
    for axes, grows in zip(panels, ("strains", "terms", "genes"), strict=True):
        for place, threads in enumerate(sorted({point.threads for point in points})):
            some = [point for point in points if point.grows == grows and point.threads == threads]
            amounts = [point.amount for point in some]
            label = f"{threads} thread{'' if threads == 1 else 's'}"
            line(axes, amounts, [point.ms for point in some], PENS[place], label)
            axes.plot(amounts, [point.adam_ms for point in some], color=GREY, linestyle=":", linewidth=threads)
        finish(axes, grows, amounts)
    FigureCanvasAgg(figure)
    figure.savefig(picture, dpi=110)


def finish(axes: Axes, grows: str, amounts: list[int]) -> None:
    """Axes and legend of a panel."""
    axes.set_xlabel(grows if grows == "strains" else f"{grows}, {BATCH:,} strains")
    axes.set_ylabel("ms")
    axes.set_xscale("log")
    axes.set_xticks(amounts, [f"{amount:,}" for amount in amounts])
    axes.set_xticks([], minor=True)
    log_axis(axes)
    legend(axes)


def main() -> None:
    """Measure, print, and draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3.0, help="for each number")
    parser.add_argument("--table", type=Path)
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--cpu", action="store_true")
    options = parser.parse_args()
    options.clock = time.process_time if options.cpu else time.perf_counter
    whole = yeast_like(ModelConfig(init_range=None))
    points = [point for batch in BATCHES for point in measure("strains", batch, whole, batch, options)]
    for share in SHARES:
        for grows, part in (("terms", lowest_terms(whole, share)), ("genes", fewer_genes(whole, share))):
            amount = part.n_terms if grows == "terms" else part.n_genes
            points += measure(grows, amount, part, BATCH, options)
    if options.table is not None:
        with options.table.open("w", newline="") as file:
            csv.writer(file).writerows([Point._fields, *points])
    if options.picture is not None:
        draw(points, options.picture, "processor time" if options.cpu else "time of the wall clock")


if __name__ == "__main__":
    main()
