"""Draws how many subsystems there are as one option of a recipe moves."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from dcell_graph.errors import Conflict, writing

# Hues that differ in lightness too, so that they stay apart in grey and for colour-blind readers.
_HUES = ("#1f5fa8", "#d9730d", "#2e8b57", "#7a4fa3", "#555555")


def draw_curves(folder: Path, curves: Mapping[str, Mapping[str, pd.DataFrame]], *, target: int) -> None:
    """Write one picture (PNG) and one table (CSV) for each option, into a new folder, whole or not at all.

    Args:
        folder: must not exist.
        curves: by option (the name of the files and, in words, the axis), by label the table with ``value`` (numbers or
            days) and ``subsystems``.
        target: wanted number of subsystems, drawn as a line.

    Raises:
        Conflict: the folder exists.
        InputError: the folder cannot be written.
    """
    if folder.exists():
        raise Conflict(f"{folder} exists already", hint="name a new folder")
    with writing(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            for option, lines in curves.items():
                name = option.replace(" ", "-")
                tables = [frame.assign(curve=label) for label, frame in lines.items()]
                pd.concat(tables).to_csv(scratch / f"{name}.csv", index=False)
                _draw(option, lines, target, scratch / f"{name}.png")
            scratch.chmod(0o755)
            scratch.rename(folder)
        except BaseException:
            shutil.rmtree(scratch, ignore_errors=True)
            raise


def _draw(option: str, lines: Mapping[str, pd.DataFrame], target: int, path: Path) -> None:
    figure = Figure(figsize=(7, 4.2), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for place, (label, frame) in enumerate(lines.items()):
        marker = "o" if len(frame) < 30 else None
        axes.plot(frame["value"], frame["subsystems"], color=_HUES[place % len(_HUES)], marker=marker, label=label)
    axes.axhline(target, color="#b00020", linewidth=1, linestyle="--", label=f"target {target:,}")
    axes.set_xlabel(option)
    axes.set_ylabel("subsystems")
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.25)
    axes.legend(frameon=False, fontsize=8)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.savefig(path, dpi=150)
