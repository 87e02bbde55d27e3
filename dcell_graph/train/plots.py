"""The three pictures of a run, drawn without any global state of matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import MaxNLocator

from dcell_graph.train.files import write_whole
from dcell_graph.train.metrics import pearson
from dcell_graph.train.records import EpochRecord, Predictions

LOSSES = "loss_components.png"
CORRELATION = "correlation.png"
SCATTER = "predictions_vs_targets.png"

# Three hues that differ in lightness too, so that they stay apart in grey and for colour-blind readers.
BLUE, ORANGE, GREEN, GREY = "#1f5fa8", "#d9730d", "#2e8b57", "#555555"
WARNING = "#b00020"
_DOTS_PER_INCH = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Caption:
    """What every picture of a run says about it.

    Args:
        title: snapshot and dataset.
        options: the model in a few words.
        generated: the warning if the data were generated, or None.
        phenotype: what was measured.
        standardised: whether losses are in units of the standardised phenotype.
        second_set: in words, the strains that were looked at after each epoch.
    """

    title: str
    options: str
    generated: str | None
    phenotype: str
    standardised: bool
    second_set: str


def draw_all(
    folder: Path, caption: Caption, epochs: Sequence[EpochRecord], predictions: Sequence[Predictions], chosen: int
) -> None:
    """Draw the three pictures into a run folder.

    Args:
        folder: exists.
        caption: for titles and axes.
        epochs: at least one.
        predictions: of the chosen epoch's model.
        chosen: the epoch whose weights were kept, counted from 1.
    """
    write_figure(folder / LOSSES, loss_figure(caption, epochs))
    write_figure(folder / CORRELATION, correlation_figure(caption, epochs, chosen))
    write_figure(folder / SCATTER, scatter_figure(caption, predictions))


def write_figure(path: Path, figure: Figure) -> None:
    """Save a figure as PNG, whole or not at all."""
    FigureCanvasAgg(figure)
    write_whole(path, lambda target: figure.savefig(target, format="png", dpi=_DOTS_PER_INCH))


def loss_figure(caption: Caption, epochs: Sequence[EpochRecord]) -> Figure:
    """Loss and its parts by epoch, on a logarithmic axis."""
    figure, (axes,) = _canvas(caption, "Training loss and its parts", panels=1)
    number = [record.epoch for record in epochs]
    for name, colour, style, label in (
        ("loss", GREY, "-", "total"),
        ("primary", BLUE, "-", "primary: head of the root"),
        ("weighted_auxiliary", ORANGE, "--", "weighted auxiliary: heads of all other terms"),
    ):
        values = [getattr(record.train, name) for record in epochs]
        if any(value > 0 for value in values):
            _line(axes, number, values, colour, style, f"{label}, last {values[-1]:,.4g}")
    validation = [(record.epoch, record.validation.loss) for record in epochs if record.validation is not None]
    if validation:
        text = f"total, {caption.second_set}, last {validation[-1][1]:,.4g}"
        _line(axes, [epoch for epoch, _ in validation], [loss for _, loss in validation], GREEN, ":", text)
    axes.set_yscale("log")
    axes.set_ylabel("mean squared error" + (" (standardised phenotype)" if caption.standardised else ""))
    _epoch_axis(axes)
    _legend(axes)
    return figure


def correlation_figure(caption: Caption, epochs: Sequence[EpochRecord], chosen: int) -> Figure:
    """Correlation of prediction and phenotype by epoch."""
    figure, (axes,) = _canvas(caption, "Correlation of prediction and phenotype", panels=1)
    drawn = False
    for part, colour, style, label in (
        ("train", BLUE, "-", "training strains, training mode"),
        ("validation", ORANGE, "--", caption.second_set),
    ):
        points = [
            (record.epoch, measures.pearson)
            for record in epochs
            if (measures := getattr(record, part)) is not None and measures.pearson is not None
        ]
        if points:
            highest = max(points, key=lambda point: point[1])
            text = f"{label}: last {points[-1][1]:.3f}, highest {highest[1]:.3f} in epoch {highest[0]}"
            _line(axes, [epoch for epoch, _ in points], [value for _, value in points], colour, style, text)
            drawn = True
    if drawn:
        axes.axvline(chosen, color=GREY, linewidth=1, linestyle=":", label=f"weights kept: epoch {chosen}")
        _legend(axes)
    else:
        axes.text(0.5, 0.5, "undefined: a constant has no correlation", ha="center", transform=axes.transAxes)
    axes.axhline(0, color=GREY, linewidth=0.8)
    axes.set_ylabel("Pearson's r")
    axes.set_ylim(top=1.02)
    _epoch_axis(axes)
    return figure


def scatter_figure(caption: Caption, predictions: Sequence[Predictions]) -> Figure:
    """Predictions against measured phenotypes, one panel for each set of strains, on common axes."""
    shown = [part for part in predictions if len(part.strains)]
    figure, panels = _canvas(caption, f"Predicted and measured {caption.phenotype}", panels=max(1, len(shown)))
    values = np.concatenate([np.concatenate([part.strains.target, part.prediction]) for part in shown])
    low, high = float(values.min()), float(values.max())
    margin = 0.04 * (high - low) or 0.5
    limits = (low - margin, high + margin)
    for axes, part in zip(panels, shown, strict=True):
        many = len(part.strains) > 300
        axes.plot(limits, limits, color=GREY, linewidth=1, label="prediction = measurement")
        axes.scatter(
            part.strains.target,
            part.prediction,
            s=10 if many else 28,
            alpha=0.35 if many else 0.8,
            color=BLUE,
            edgecolors="none",
            rasterized=many,
        )
        correlation = pearson(part.prediction, part.strains.target)
        measured = "undefined" if correlation is None else f"{correlation:.3f}"
        axes.text(
            0.04,
            0.96,
            f"Pearson's r = {measured}\nn = {len(part.strains):,}",
            transform=axes.transAxes,
            va="top",
            bbox={"facecolor": "white", "edgecolor": "#cccccc", "alpha": 0.9, "boxstyle": "round,pad=0.4"},
        )
        axes.set_title(_panel_title(part), fontsize=11)
        axes.set_xlim(limits)
        axes.set_ylim(limits)
        axes.set_aspect("equal")
        axes.set_xlabel(f"measured {caption.phenotype}")
    panels[0].set_ylabel(f"predicted {caption.phenotype}")
    _legend(panels[0], loc="lower right")
    return figure


def _panel_title(part: Predictions) -> str:
    who = {"train": "training"}.get(part.split, part.split)
    return f"{who} strains, {'training' if part.mode == 'train' else 'evaluation'} mode"


def _canvas(caption: Caption, heading: str, *, panels: int) -> tuple[Figure, list[Axes]]:
    width = 8.0 if panels == 1 else 1.0 + 4.4 * panels
    figure = Figure(figsize=(width, 5.8), layout=ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.12))
    title = f"{heading}\n{caption.title}" + ("" if caption.generated is None else f"\n{caption.generated}")
    figure.suptitle(title, fontsize=13, fontweight="bold", color="black" if caption.generated is None else WARNING)
    figure.supxlabel(caption.options, fontsize=9, color=GREY)
    axes = [figure.add_subplot(1, panels, number) for number in range(1, panels + 1)]
    for one in axes:
        one.spines[["top", "right"]].set_visible(False)
        one.grid(True, color="#e6e6e6", linewidth=0.8)
        one.set_axisbelow(True)
    return figure, axes


def _line(axes: Axes, x: Sequence[float], y: Sequence[float], colour: str, style: str, label: str) -> None:
    marker = "o" if len(x) < 25 else ""
    axes.plot(x, y, color=colour, linestyle=style, linewidth=1.8, marker=marker, markersize=4, label=label)


def _legend(axes: Axes, loc: Literal["best", "lower right"] = "best") -> None:
    axes.legend(loc=loc, fontsize=9, framealpha=0.9, edgecolor="#cccccc")


def _epoch_axis(axes: Axes) -> None:
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
