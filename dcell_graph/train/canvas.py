"""What all pictures of runs share: titles, axes, and lines that stay apart without colour.

Drawn without any global state of matplotlib. Every line has a style and a marker of its own, and the colours differ in
lightness, so that the pictures can be read in grey and by colour-blind readers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import LogFormatter, MaxNLocator

from dcell_graph.train.files import write_whole

BLUE, ORANGE, GREEN, GREY, BLACK = "#1f5fa8", "#d9730d", "#2e8b57", "#777777", "#111111"
WARNING = "#b00020"
_DOTS_PER_INCH = 150
_MARKERS = 12
"""Markers on a line, at most."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Pen:
    """How a line is drawn."""

    colour: str
    style: str
    marker: str


PENS = (
    Pen(colour=BLACK, style="-", marker="o"),
    Pen(colour=ORANGE, style="--", marker="s"),
    Pen(colour=BLUE, style="-.", marker="^"),
    Pen(colour=GREEN, style=":", marker="D"),
    Pen(colour=GREY, style=(0, (6, 1, 1, 1, 1, 1)), marker="v"),  # type: ignore[arg-type]  # dashes and gaps
    Pen(colour="#8e44ad", style=(0, (1, 3)), marker="P"),  # type: ignore[arg-type]
)


def write_figure(path: Path, figure: Figure) -> None:
    """Save a figure as ``path``, a PNG, and beside it as SVG; each whole or not at all, and the same every time."""
    FigureCanvasAgg(figure)
    write_whole(path, lambda target: figure.savefig(target, format="png", dpi=_DOTS_PER_INCH))
    # Everything has its place now; finding it again would take as long as all the rest.
    figure.set_layout_engine("none")
    with mpl.rc_context({"svg.hashsalt": path.stem}):
        vector = path.with_suffix(".svg")
        write_whole(vector, lambda target: figure.savefig(target, format="svg", metadata={"Date": None}))


def canvas(caption: Caption, heading: str, *, panels: int = 1) -> tuple[Figure, list[Axes]]:
    """An empty figure with its titles, and its panels from left to right."""
    width = 8.0 if panels == 1 else 1.0 + 4.4 * panels
    figure = Figure(figsize=(width, 5.8), layout=ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.12))
    title = f"{heading}\n{caption.title}" + ("" if caption.generated is None else f"\n{caption.generated}")
    figure.suptitle(title, fontsize=13, fontweight="bold", color="black" if caption.generated is None else WARNING)
    figure.supxlabel(caption.options, fontsize=9, color="#555555")
    axes = [figure.add_subplot(1, panels, number) for number in range(1, panels + 1)]
    for one in axes:
        one.spines[["top", "right"]].set_visible(False)
        one.grid(True, color="#e6e6e6", linewidth=0.8)
        one.set_axisbelow(True)
    return figure, axes


def line(axes: Axes, x: Sequence[float], y: Sequence[float], pen: Pen, label: str) -> None:
    """Draw a line with its markers."""
    axes.plot(
        x,
        y,
        color=pen.colour,
        linestyle=pen.style,
        linewidth=1.8,
        marker=pen.marker,
        markersize=5,
        markerfacecolor="white",
        markevery=max(1, len(x) // _MARKERS),
        label=label,
    )


def legend(axes: Axes, loc: Literal["best", "lower right"] = "best") -> None:
    """Say what is what."""
    axes.legend(loc=loc, fontsize=9, framealpha=0.9, edgecolor="#cccccc", handlelength=3.5)


def epoch_axis(axes: Axes) -> None:
    """The horizontal axis of what is drawn by epoch."""
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def log_axis(axes: Axes) -> None:
    """A logarithmic vertical axis with plain numbers."""
    axes.set_yscale("log")
    for set_formatter in (axes.yaxis.set_major_formatter, axes.yaxis.set_minor_formatter):
        set_formatter(LogFormatter(labelOnlyBase=False, minor_thresholds=(2, 0.5)))


def remark(axes: Axes, text: str) -> None:
    """A box in the upper left corner."""
    axes.text(
        0.04,
        0.96,
        text,
        transform=axes.transAxes,
        va="top",
        bbox={"facecolor": "white", "edgecolor": "#cccccc", "alpha": 0.9, "boxstyle": "round,pad=0.4"},
    )
