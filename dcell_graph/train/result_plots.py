"""Pictures of what a trained model says: its predictions, its errors, and the states of its terms."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from dcell_graph.train.canvas import BLUE, GREY, PENS, Caption, canvas, legend, log_axis, remark
from dcell_graph.train.magnitudes import Magnitude, quartiles
from dcell_graph.train.metrics import pearson, rmse
from dcell_graph.train.records import Predictions

_BARS = 40


def scatter_figure(caption: Caption, predictions: Sequence[Predictions]) -> Figure:
    """Predictions against measured phenotypes, one panel for each set of strains, on common axes."""
    shown = [part for part in predictions if len(part.strains)]
    figure, panels = canvas(caption, f"Predicted and measured {caption.phenotype}", panels=max(1, len(shown)))
    values = np.concatenate([np.concatenate([part.strains.target, part.prediction]) for part in shown])
    low, high = float(values.min()), float(values.max())
    margin = 0.04 * (high - low) or 0.5
    limits = (low - margin, high + margin)
    for axes, part in zip(panels, shown, strict=True):
        many = len(part.strains) > 300
        axes.plot(limits, limits, color=GREY, linewidth=1, linestyle="--", label="prediction = measurement")
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
        remark(axes, f"Pearson's r = {measured}\nn = {len(part.strains):,}")
        axes.set_title(_panel_title(part), fontsize=11)
        axes.set_xlim(limits)
        axes.set_ylim(limits)
        axes.set_aspect("equal")
        axes.set_xlabel(f"measured {caption.phenotype}")
    panels[0].set_ylabel(f"predicted {caption.phenotype}")
    legend(panels[0], loc="lower right")
    return figure


def error_figure(caption: Caption, predictions: Sequence[Predictions]) -> Figure:
    """How often predictions are off by how much, one panel for each set of strains, on common axes."""
    shown = [part for part in predictions if len(part.strains)]
    figure, panels = canvas(caption, f"Errors of the predicted {caption.phenotype}", panels=max(1, len(shown)))
    errors = [part.prediction.astype(np.float64) - part.strains.target for part in shown]
    reach = max(float(np.abs(error).max()) for error in errors) or 0.5
    edges = np.linspace(-reach, reach, _BARS + 1)
    for axes, part, error in zip(panels, shown, errors, strict=True):
        axes.hist(error, bins=edges.tolist(), color="#c9d6e8", edgecolor=BLUE, linewidth=0.8)
        axes.axvline(0, color="black", linewidth=1, linestyle="--")
        root = rmse(part.prediction, part.strains.target)
        remark(
            axes,
            f"mean {float(error.mean()):+.3g}\nRMSE {root:.3g}\nhalf within ±{float(np.median(np.abs(error))):.3g}\n"
            f"n = {len(error):,}",
        )
        axes.set_title(_panel_title(part), fontsize=11)
        axes.set_xlabel(f"predicted − measured {caption.phenotype}")
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.margins(y=0.25)
    panels[0].set_ylabel("strains")
    return figure


def state_figure(caption: Caption, states: Sequence[Magnitude]) -> Figure:
    """How large states are and how much they differ between strains, by depth, on a logarithmic axis."""
    figure, (axes,) = canvas(caption, "States of the terms by depth")
    for measure, pen, shift, label in (
        ("size", PENS[0], -0.08, "size: root mean square of the state"),
        ("spread", PENS[1], 0.08, "spread: how much it differs between strains (sd)"),
    ):
        rows = [row for row in quartiles(states, measure) if row[3] > 0]
        if not rows:
            continue
        # A quartile of exactly 0 (terms that no strain touches) has no place on a logarithmic axis.
        least = min(value for row in rows for value in row[1:] if value > 0)
        low, middle, high = (np.maximum([row[place] for row in rows], least) for place in (1, 2, 3))
        axes.errorbar(
            [row[0] + shift for row in rows],
            middle,
            yerr=[middle - low, high - middle],
            color=pen.colour,
            linestyle=pen.style,
            marker=pen.marker,
            markerfacecolor="white",
            capsize=4,
            linewidth=1.6,
            label=label,
        )
    log_axis(axes)
    axes.set_xlabel("depth: steps from the root (below: number of terms)")
    counts = {depth: sum(one.depth == depth for one in states) for depth in sorted({one.depth for one in states})}
    axes.set_xticks(list(counts), [f"{depth}\n{count:,}" for depth, count in counts.items()])
    axes.set_ylabel("median over the terms, bars: quartiles")
    legend(axes)
    return figure


def _panel_title(part: Predictions) -> str:
    who = {"train": "training"}.get(part.split, part.split)
    return f"{who} strains, {'training' if part.mode == 'train' else 'evaluation'} mode"
