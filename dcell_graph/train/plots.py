"""The pictures of a run, each as PNG and as SVG: what went on epoch by epoch. Those of its results: result_plots.py."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from dcell_graph.train.canvas import GREY, PENS, Caption, canvas, epoch_axis, legend, line, log_axis, write_figure
from dcell_graph.train.epochs import EpochRecord
from dcell_graph.train.magnitudes import Magnitude
from dcell_graph.train.records import Predictions
from dcell_graph.train.result_plots import error_figure, scatter_figure, state_figure

LOSSES = "loss_components.png"
CORRELATION = "correlation.png"
LEARNING_RATE = "learning_rate.png"
SCATTER = "predictions_vs_targets.png"
ERRORS = "errors.png"
STATES = "states.png"


def draw_all(
    folder: Path,
    caption: Caption,
    epochs: Sequence[EpochRecord],
    predictions: Sequence[Predictions],
    chosen: int,
    states: Sequence[Magnitude],
) -> None:
    """Draw the pictures into a run folder.

    Args:
        folder: exists.
        caption: for titles and axes.
        epochs: at least one.
        predictions: of the chosen epoch's model.
        chosen: the epoch whose weights were kept, counted from 1.
        states: of the same model.
    """
    write_figure(folder / LOSSES, loss_figure(caption, epochs))
    write_figure(folder / CORRELATION, correlation_figure(caption, epochs, chosen))
    write_figure(folder / LEARNING_RATE, rate_figure(caption, epochs))
    write_figure(folder / SCATTER, scatter_figure(caption, predictions))
    write_figure(folder / ERRORS, error_figure(caption, predictions))
    write_figure(folder / STATES, state_figure(caption, states))


def loss_figure(caption: Caption, epochs: Sequence[EpochRecord]) -> Figure:
    """Loss and its parts by epoch, on a logarithmic axis."""
    figure, (axes,) = canvas(caption, "Training loss and its parts")
    number = [record.epoch for record in epochs]
    for name, pen, label in (
        ("loss", PENS[0], "total"),
        ("primary", PENS[2], "primary: head of the root"),
        ("weighted_auxiliary", PENS[1], "weighted auxiliary: heads of all other terms"),
    ):
        values = [getattr(record.train, name) for record in epochs]
        if any(value > 0 for value in values):
            line(axes, number, values, pen, f"{label}, last {values[-1]:,.4g}")
    validation = [(record.epoch, record.validation.loss) for record in epochs if record.validation is not None]
    if validation:
        text = f"total, {caption.second_set}, last {validation[-1][1]:,.4g}"
        line(axes, [epoch for epoch, _ in validation], [loss for _, loss in validation], PENS[3], text)
    log_axis(axes)
    axes.set_ylabel("mean squared error" + (" (standardised phenotype)" if caption.standardised else ""))
    epoch_axis(axes)
    legend(axes)
    return figure


def correlation_figure(caption: Caption, epochs: Sequence[EpochRecord], chosen: int) -> Figure:
    """Correlation of prediction and phenotype by epoch."""
    figure, (axes,) = canvas(caption, "Correlation of prediction and phenotype")
    drawn = False
    for part, pen, label in (
        ("train", PENS[0], "training strains, training mode"),
        ("validation", PENS[1], caption.second_set),
    ):
        points = [
            (record.epoch, measures.pearson)
            for record in epochs
            if (measures := getattr(record, part)) is not None and measures.pearson is not None
        ]
        if points:
            highest = max(points, key=lambda point: point[1])
            text = f"{label}: last {points[-1][1]:.3f}, highest {highest[1]:.3f} in epoch {highest[0]}"
            line(axes, [epoch for epoch, _ in points], [value for _, value in points], pen, text)
            drawn = True
    if drawn:
        axes.axvline(chosen, color=GREY, linewidth=1, linestyle=":", label=f"weights kept: epoch {chosen}")
        legend(axes)
    else:
        axes.text(0.5, 0.5, "undefined: a constant has no correlation", ha="center", transform=axes.transAxes)
    axes.axhline(0, color=GREY, linewidth=0.8)
    axes.set_ylabel("Pearson's r")
    axes.set_ylim(top=1.02)
    epoch_axis(axes)
    return figure


def rate_figure(caption: Caption, epochs: Sequence[EpochRecord]) -> Figure:
    """Learning rate of the last step of each epoch."""
    figure, (axes,) = canvas(caption, "Learning rate")
    points = [(record.epoch, record.lr) for record in epochs if record.lr is not None]
    if points:
        text = f"last step of the epoch: first {points[0][1]:.3g}, last {points[-1][1]:.3g}"
        line(axes, [epoch for epoch, _ in points], [rate for _, rate in points], PENS[0], text)
        legend(axes)
    axes.set_ylim(bottom=0)
    axes.set_ylabel("learning rate")
    epoch_axis(axes)
    return figure
