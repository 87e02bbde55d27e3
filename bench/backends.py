"""Train the DNA-repair example with the plain model and both back ends: the picture of docs/performance.md.

    python bench/backends.py [--epochs 40] [--picture docs/images/backends.png]

Needs DCELL_GRAPH_MIRROR. All begin with the same weights and see the same batches (the paper's recipe of
docs/accuracy.md), so their curves part only by rounding.
"""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import dataclass, field
from pathlib import Path

import torch
from accuracy import ALL, PAPER, Example, configured
from matplotlib.backends.backend_agg import FigureCanvasAgg

from dcell_graph.model.dcell import DCell
from dcell_graph.model.hierarchy import Hierarchy
from dcell_graph.model.reference import ReferenceDCell
from dcell_graph.train.canvas import PENS, Caption, canvas, epoch_axis, legend, line, log_axis
from dcell_graph.train.config import TrainConfig
from dcell_graph.train.learner import Learner, make_optimiser
from dcell_graph.train.loop import evaluation_pass, measure_statistics, train_pass
from dcell_graph.train.preparation import Preparation
from dcell_graph.train.strains import StrainSet


@dataclass
class Curve:
    """One training."""

    name: str
    loss: list[float] = field(default_factory=list)
    correlation: list[float] = field(default_factory=list)
    seconds: float = 0.0


def models(hierarchy: Hierarchy, config: TrainConfig) -> dict[str, ReferenceDCell | DCell]:
    """The plain model in both precisions and both back ends, with the same weights."""
    torch.manual_seed(config.seed)
    plain = ReferenceDCell(hierarchy, config.architecture)
    exact = ReferenceDCell(hierarchy, config.architecture, dtype=torch.float64)
    engines = [DCell(hierarchy, config.architecture, backend=backend) for backend in ("auto", "torch")]
    weights = plain.to_term_weights()
    exact.load_term_weights({name: weight.double() for name, weight in weights.items()})
    for engine in engines:
        engine.load_term_weights(weights)
    names = (engine.backend.split(",")[0].split(":")[0] for engine in engines)
    return {"plain, 64 bits": exact, "plain, 32 bits": plain, **dict(zip(names, engines, strict=True))}


def trained(
    name: str, model: ReferenceDCell | DCell, config: TrainConfig, prepared: Preparation, tested: StrainSet
) -> Curve:
    """Train a model, and predict the test strains after every epoch."""
    if next(model.parameters()).dtype == torch.float64:
        config = config.model_copy(update={"precision": "float64"})
    learner = Learner(
        model=model,
        optimiser=make_optimiser(model, config),
        config=config,
        scale=prepared.scale,
        root=model.hierarchy.root,
        device=torch.device("cpu"),
    )
    curve = Curve(name)
    for epoch in range(1, config.epochs + 1):
        batches, began = prepared.batches(config, epoch), time.perf_counter()
        curve.loss.append(train_pass(learner, prepared.train, batches, epoch=epoch).measures.loss)
        curve.seconds += time.perf_counter() - began
        measure_statistics(learner, prepared.train, batches)
        curve.correlation.append(evaluation_pass(learner, tested, where="the test strains").measures.pearson or 0.0)
    print(
        f"{name}: {curve.seconds:.1f} s in training steps, last loss {curve.loss[-1]:.5f}, "
        f"test r {curve.correlation[-1]:.4f}",
        flush=True,
    )
    return curve


def draw(curves: list[Curve], title: str, picture: Path) -> None:
    """Training loss and test correlation by epoch, all curves over each other."""
    caption = Caption(
        title=title,
        options="same first weights, same batches",
        generated=None,
        phenotype="",
        standardised=True,
        second_set="",
    )
    figure, (losses, correlations) = canvas(caption, "The plain model and both back ends", panels=2)
    for pen, curve in zip(PENS, curves, strict=False):
        epochs = range(1, len(curve.loss) + 1)
        line(losses, epochs, curve.loss, pen, f"{curve.name}: last {curve.loss[-1]:.4g}")
        line(correlations, epochs, curve.correlation, pen, f"{curve.name}: last {curve.correlation[-1]:.3f}")
    losses.set_title("training loss", fontsize=11)
    correlations.set_title("Pearson's r of the test strains", fontsize=11)
    log_axis(losses)
    for axes in (losses, correlations):
        epoch_axis(axes)
        legend(axes)
    FigureCanvasAgg(figure)
    figure.savefig(picture, dpi=110)


def main(epochs: int, picture: Path | None) -> None:
    """Train, print, and draw."""
    torch.set_num_threads(1)
    example = Example.read("DNA repair")
    config = configured({**PAPER, "epochs": epochs}, ALL)
    prepared, tested = example.prepared({**PAPER, "epochs": epochs}, ALL), example.tested()
    hierarchy = Hierarchy.from_snapshot(example.snapshot, config.architecture)
    curves = [trained(name, model, config, prepared, tested) for name, model in models(hierarchy, config).items()]
    for one in curves[1:]:
        apart = [abs(a - b) for a, b in zip(curves[0].correlation, one.correlation, strict=True)]
        print(f"{one.name}: test r differs from that of {curves[0].name} by at most {max(apart):.4f} in any epoch")
    if picture is not None:
        title = f"DNA repair: {hierarchy.n_terms} terms, {len(prepared.train):,} train, {len(tested):,} test pairs"
        draw(curves, title, picture)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=PAPER["epochs"])
    parser.add_argument("--picture", type=Path)
    asked = parser.parse_args()
    if "DCELL_GRAPH_MIRROR" not in os.environ:
        print("left out: DCELL_GRAPH_MIRROR does not name the folder with the real files")
    else:
        main(asked.epochs, asked.picture)
