"""Pictures of subsystems: the part of the hierarchy that a genotype moves, the ranking, and how steady ranks are."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from dcell_graph.interpret.importance import Importance
from dcell_graph.interpret.sub_hierarchy import sub_hierarchy
from dcell_graph.interpret.trained import Trained
from dcell_graph.train.canvas import BLACK, BLUE, GREY, ORANGE, WARNING, write_figure
from dcell_graph.train.place import GENERATED

_WORDS = {
    "rlipp_gain": "RLIPP gain (power of the term − power of its children)",
    "permutation": "rise of the squared error with shuffled states (variances)",
    "gradient_x_state": "effect through the term, to first order (phenotype)",
}
_COLOURS = "cividis"


def draw_hierarchy(path: Path, trained: Trained, values: Mapping[str, float], *, title: str, unit: str) -> None:
    """Draw the terms of highest value with the links between them, coloured by value.

    Args:
        path: a PNG; an SVG is written beside it.
        trained: the run.
        values: by term id, not negative; terms that are missing count as 0.
        title: of the picture.
        unit: what the values are.

    Raises:
        TrainingError: it cannot be written.
    """
    terms = sub_hierarchy(trained, values)
    hierarchy = trained.hierarchy
    place = {term: index for index, term in enumerate(hierarchy.term_ids)}
    rows = sorted({int(hierarchy.levels[place[term]]) for term in terms}, reverse=True)
    at: dict[str, tuple[float, float]] = {}
    for row, level in enumerate(rows):
        here = [term for term in terms if hierarchy.levels[place[term]] == level]
        for number, term in enumerate(here):
            # Neighbouring rows are set off against each other, so that links do not run through boxes.
            at[term] = ((number + 0.5 + 0.2 * (row % 2)) / (len(here) + 0.2), float(-row))
    widest = max(sum(hierarchy.levels[place[term]] == level for term in terms) for level in rows)
    figure = Figure(figsize=(max(7.0, 1.75 * widest), max(3.5, 1.25 * len(rows) + 1)), layout="constrained")
    axes = figure.add_subplot()
    norm = Normalize(0, max([values.get(term, 0.0) for term in terms] + [1e-12]))
    colours = mpl.colormaps[_COLOURS]
    for parent in terms:
        for child in hierarchy.children[place[parent]].tolist():
            other = hierarchy.term_ids[child]
            if other in at:
                axes.plot(*zip(at[parent], at[other], strict=True), color=GREY, linewidth=1, zorder=1)
    for term, (x, y) in at.items():
        shade = colours(norm(values.get(term, 0.0)))
        dark = 0.3 * shade[0] + 0.59 * shade[1] + 0.11 * shade[2] < 0.5
        words = textwrap.fill(trained.term_names[term] or term, 20)
        label = f"{words}\n{term}" if trained.term_names[term] not in ("", term) else words
        box = {"boxstyle": "round,pad=0.35", "facecolor": shade, "edgecolor": BLACK, "linewidth": 0.8}
        axes.text(x, y, label, ha="center", va="center", fontsize=7, color="white" if dark else BLACK, bbox=box)
    axes.set_xlim(0, 1)
    axes.set_ylim(-len(rows) + 0.4, 0.6)
    axes.set_axis_off()
    _titled(axes, title, generated=trained.generated)
    figure.colorbar(ScalarMappable(norm, colours), ax=axes, label=unit, shrink=0.7)
    write_figure(path, figure)


def draw_ranking(path: Path, found: Importance, trained: Trained, *, count: int = 20) -> None:
    """Draw the terms that score highest by each measure, with their 95 % confidence over seeds; the root is left out.

    Raises:
        TrainingError: it cannot be written.
    """
    root = trained.hierarchy.term_ids[trained.hierarchy.root]
    figure = Figure(figsize=(15, max(3.0, 0.3 * min(count, len(found.table)) + 1.6)), layout="constrained")
    for axes, measure in zip(figure.subplots(1, len(_WORDS)), _WORDS, strict=True):
        best = found.top(measure, count + 1)
        best = best[best["term"] != root].head(count).iloc[::-1]
        values = best[measure].to_numpy(float)
        margin = np.nan_to_num(values - best[f"{measure}_low"].to_numpy(float))
        significant = best[f"{measure}_q"] <= 0.05 if f"{measure}_q" in best else pd.Series(False, index=best.index)
        rows = np.arange(len(best))
        axes.barh(rows, values, color=[BLUE if one else GREY for one in significant], height=0.65)
        axes.errorbar(values, rows, xerr=margin, fmt="none", ecolor=BLACK, elinewidth=1, capsize=2)
        names = [textwrap.shorten(name or term, 38, placeholder=" …") for name, term in
                 zip(best["name"], best["term"], strict=True)]  # fmt: skip
        axes.set_yticks(rows, names, fontsize=7)
        axes.axvline(0, color=BLACK, linewidth=0.8)
        axes.set_xlabel(_WORDS[measure], fontsize=8)
        axes.tick_params(axis="x", labelsize=7)
    seeds = len(trained.checkpoints)
    words = f"{trained.snapshot.manifest.name}: {seeds} seeds, {found.strains:,} strains, bars: 95 % confidence"
    if found.nulls:
        words += f"; blue: q ≤ 0.05 against {found.nulls} random hierarchies"
    figure.suptitle(words + (f"\n{GENERATED}" if trained.generated else ""), fontsize=10)
    write_figure(path, figure)


def draw_stability(path: Path, found: Importance, trained: Trained, measure: str) -> None:
    """Draw the rank of each term in each seed, the terms by their mean score.

    Raises:
        TrainingError: it cannot be written.
    """
    wide = found.seeds.pivot(index="term", columns="seed", values=measure)
    ranks = wide.rank(ascending=False, method="average")
    order = found.top(measure, len(found.table))["term"].tolist()
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.add_subplot()
    places = np.arange(1, len(order) + 1)
    for seed in ranks.columns:
        axes.plot(places, ranks.loc[order, seed], ".", color=BLUE, alpha=0.55, markersize=5)
    middle = ranks.loc[order].median(axis=1)
    axes.plot(places, middle, color=ORANGE, linewidth=1.5, label="median of the seeds")
    axes.plot(places, places, color=BLACK, linewidth=0.8, linestyle=":", label="the same rank in every seed")
    axes.set_xlabel("terms, ranked by mean score")
    axes.set_ylabel("rank in a seed (blue: each seed)")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(fontsize=8)
    steady = found.stability[measure]
    rho = "undefined" if steady.rho is None else f"{steady.rho:.2f}"
    top = "undefined" if steady.top is None else f"{steady.top:.0%}"
    title = f"{measure}: mean Spearman of two seeds {rho}, shared among the top {steady.top_size}: {top}"
    _titled(axes, title, generated=trained.generated)
    write_figure(path, figure)


def _titled(axes: Axes, title: str, *, generated: bool) -> None:
    axes.set_title(title, fontsize=10)
    if generated:
        axes.text(0.0, -0.02, GENERATED, transform=axes.transAxes, color=WARNING, fontsize=8, va="top")
