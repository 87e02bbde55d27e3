"""The curves of several runs in one picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from dcell_graph.train.canvas import PENS, Caption, canvas, epoch_axis, legend, line, log_axis
from dcell_graph.train.comparing import curve
from dcell_graph.wording import counted

PANELS = (
    ("validation_loss", "loss of the validation strains"),
    ("validation_pearson", "Pearson's r of the validation strains"),
    ("train_loss", "loss of the training strains"),
)


def comparison_figure(folders: Sequence[Path], names: Sequence[str], *, generated: str | None) -> Figure:
    """Validation loss, validation correlation and training loss by epoch, one line a run.

    Args:
        folders: of the runs.
        names: of the runs.
        generated: the warning if data of any of them were generated, or None.
    """
    caption = Caption(
        title=" · ".join(names),
        options="of an ensemble: the mean of its models",
        generated=generated,
        phenotype="",
        standardised=False,
        second_set="",
    )
    figure, panels = canvas(caption, f"Comparison of {counted(len(names), 'run')}", panels=len(PANELS))
    for axes, (column, heading) in zip(panels, PANELS, strict=True):
        drawn = False
        for place, (folder, name) in enumerate(zip(folders, names, strict=True)):
            points = curve(folder, column)
            if points:
                x, y = [epoch for epoch, _ in points], [value for _, value in points]
                line(axes, x, y, PENS[place % len(PENS)], f"{name}: last {y[-1]:.4g}")
                drawn = True
        axes.set_title(heading, fontsize=11)
        if column.endswith("loss") and drawn:
            log_axis(axes)
        epoch_axis(axes)
        if drawn:
            legend(axes)
        else:
            axes.text(0.5, 0.5, "no such strains", ha="center", transform=axes.transAxes)
    return figure
