"""The table and the pictures of docs/experiments.md, from finished runs; and what the notes' code let through.

    python bench/experiments.py table [--runs FOLDER] [--pictures FOLDER]
    python bench/experiments.py indexing SNAPSHOT DATASET [SNAPSHOT DATASET ...]

The runs are those of the files in experiments/, by the name that each has; the default folder is that of your home. The
second form needs folders of snapshots and datasets. It says which strains were one strain to a model whose forward pass
used the number of a gene among all genes as its place in the list of a term, and the best that any such model could do.
"""

from __future__ import annotations

import argparse
import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, StrMethodFormatter

from dcell_graph.measurements.selection import select
from dcell_graph.measurements.storage import read_dataset
from dcell_graph.settings import read_settings
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.snapshot.storage import read_snapshot
from dcell_graph.snapshot.strain_groups import best_fit
from dcell_graph.snapshot.visible import visible_genes
from dcell_graph.train.canvas import BLACK, BLUE, GREY, ORANGE, write_figure
from dcell_graph.train.metrics import pearson

FILES = Path(__file__).parent.parent / "experiments"
ORDER = (
    *("date-filter", "no-date-filter", "layer-norm", "batch-tanh", "two-layer", "gelu-init-0.1", "no-date-150-epochs"),
    *("learnable-embedding", "attention-binary", "attention-embedding", "attention-layer-norm", "super-node"),
    *("gaf-only", "gaf-union", "contained-4"),
)
FITTED = 0.99
BATCH, DRAWS = 32, 500


class Row(NamedTuple):
    """A finished run.

    Args:
        name: of its file.
        options: what the file says.
        said: numbers of its log, by what stands before them.
        course: its metrics.csv.
        predictions: its predictions.csv.
    """

    name: str
    options: dict[str, Any]
    said: dict[str, str]
    course: pd.DataFrame
    predictions: pd.DataFrame

    @classmethod
    def read(cls, runs: Path, name: str) -> Row | None:
        """The run of a name, or None if it is not finished."""
        folder = runs / name
        if not (folder / "predictions.csv").is_file():
            return None
        log = (folder / "log.txt").read_text(encoding="utf-8")
        said = dict(re.findall(r"(Subsystems|Model parameters|Initial predictions diversity): ([0-9.,]+)", log))
        return cls(
            name,
            tomllib.loads((FILES / f"{name}.toml").read_text(encoding="utf-8")),
            said,
            pd.read_csv(folder / "metrics.csv"),
            pd.read_csv(folder / "predictions.csv"),
        )

    def correlation(self, mode: str, split: str) -> float | None:
        """Of the predictions of some strains."""
        some = self.predictions[(self.predictions["mode"] == mode) & (self.predictions["split"] == split)]
        return pearson(some["prediction"].to_numpy(), some["target"].to_numpy()) if len(some) else None

    def fitted_by(self) -> int | None:
        """The first epoch in which the correlation of the training strains is above ``FITTED``."""
        above = self.course["epoch"][self.course["train_pearson"] > FITTED]
        return int(above.iloc[0]) if len(above) else None


def shown(value: float | None, digits: int = 3) -> str:
    """A number in a table."""
    return "–" if value is None or np.isnan(value) else f"{value:.{digits}f}"


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _beginning(row: Row) -> tuple[str, ...]:
    """The cells that both tables begin with."""
    diversity = shown(float(row.said["Initial predictions diversity"]))
    return f"`{row.name}`", row.said["Subsystems"], row.said["Model parameters"], diversity, str(len(row.course))


def table(rows: Sequence[Row]) -> Iterator[str]:
    """Markdown, one line a row: those of 32 strains, then those of all."""
    yield (
        "| row | subsystems | parameters | diversity at first | epochs | r in training mode | r in evaluation mode "
        f"| r above {FITTED} from epoch | seconds an epoch |"
    )
    yield "|---|--:|--:|--:|--:|--:|--:|--:|--:|"
    for row in rows:
        if "overfit" in row.options:
            yield _line(
                *_beginning(row),
                shown(row.correlation("train", "train")),
                shown(row.correlation("eval", "train")),
                str(row.fitted_by() or "never"),
                shown(row.course["seconds"].median(), 2),
            )
    yield ""
    yield "| row | subsystems | parameters | diversity at first | epochs | best | r training | validation | test |"
    yield "|---|--:|--:|--:|--:|--:|--:|--:|--:|"
    for row in rows:
        if "overfit" not in row.options:
            best = int(row.course.loc[row.course["validation_loss"].idxmin(), "epoch"])
            yield _line(
                *_beginning(row),
                str(best),
                *(shown(row.correlation("eval", split)) for split in ("train", "validation", "test")),
            )


def grid(count: int, heading: str) -> tuple[Figure, list[Axes]]:
    """Small panels, four beside each other."""
    lines = -(-count // 4)
    figure = Figure(figsize=(11, 2.6 * lines + 0.5), layout="constrained")
    figure.suptitle(heading, fontsize=11)
    panels = figure.subplots(lines, 4, squeeze=False).ravel().tolist()
    for spare in panels[count:]:
        spare.set_visible(False)
    return figure, panels[:count]


def predictions_figure(rows: Sequence[Row]) -> Figure:
    """Predictions against measured values of the 32 strains."""
    figure, panels = grid(len(rows), "32 strains after the last epoch")
    figure.supxlabel("measured", fontsize=9)
    figure.supylabel("predicted", fontsize=9)
    for axes, row in zip(panels, rows, strict=True):
        ends = [row.predictions["target"].min(), row.predictions["target"].max()]
        low, high = ends[0] - 0.2 * (ends[1] - ends[0]), ends[1] + 0.5 * (ends[1] - ends[0])
        for mode, words, marker, colour in (
            ("train", "training mode", "o", BLACK),
            ("eval", "evaluation", "x", ORANGE),
        ):
            some = row.predictions[row.predictions["mode"] == mode]
            correlation = shown(row.correlation(mode, "train"), 2)
            outside = int((~some["prediction"].between(low, high)).sum())
            words += f", {outside} outside" if outside else ""
            axes.scatter(some["target"], some["prediction"], s=14, marker=marker, c=colour, lw=0.8,
                         label=f"{words}, r {correlation}")  # fmt: skip
        axes.plot(ends, ends, color=GREY, lw=0.8, zorder=0)
        axes.set_ylim(low, high)
        axes.locator_params(nbins=4)
        axes.set_title(row.name, fontsize=9)
        axes.tick_params(labelsize=7)
        axes.legend(fontsize=6, loc="upper left", frameon=False)
    return figure


def course_figure(rows: Sequence[Row]) -> Figure:
    """Correlation by epoch."""
    figure, panels = grid(len(rows), "32 strains; grey: 0.45, where the notes stopped")
    figure.supxlabel("epoch", fontsize=9)
    figure.supylabel("Pearson's r", fontsize=9)
    for axes, row in zip(panels, rows, strict=True):
        for column, style, colour, words in (
            ("train_pearson", "-", BLACK, "training mode"),
            ("validation_pearson", "--", BLUE, "evaluation mode"),
        ):
            axes.plot(row.course["epoch"], row.course[column], style, color=colour, lw=1, label=words)
        axes.axhline(0.45, color=GREY, lw=0.8, ls=":")
        axes.set_ylim(-0.55, 1.05)
        axes.set_xscale("log")
        axes.set_xlim(1, len(row.course))
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
        if np.isnan(row.course["train_pearson"].iloc[-1]):
            axes.text(0.5, 0.8, "undefined: one output for all", ha="center", fontsize=7, transform=axes.transAxes)
        axes.set_title(row.name, fontsize=9)
        axes.tick_params(labelsize=7)
    panels[0].legend(fontsize=6, loc="lower right", frameon=False)
    return figure


class Indexing(NamedTuple):
    """What the notes' forward pass let through of a snapshot.

    Args:
        genes: those whose loss could reach some term.
        pairs: the pairs of term and gene by which it could.
        keys: what each strain of a dataset looked like.
        labels: their measured values.
    """

    genes: int
    pairs: int
    keys: list[frozenset[tuple[int, int]]]
    labels: npt.NDArray[np.float64]

    @classmethod
    def of(cls, snapshot: Snapshot, dataset: Path) -> Indexing:
        """Apply its rule: a loss counts in a term only if the gene's number is smaller than the term's list is long."""
        pairs = snapshot.annotations
        length = pairs.groupby("term_index")["gene_index"].transform("size")
        through = pairs[(pairs["gene_index"] < length).to_numpy()]
        terms = {int(gene): set(map(int, some["term_index"])) for gene, some in through.groupby("gene_index")}
        number = {gene: place for place, gene in enumerate(snapshot.genes["gene"])}
        visible, names = visible_genes(snapshot)
        strains = select(read_dataset(dataset), visible, names=names, unknown_genes="ignore").strains
        keys = [
            frozenset((term, number[gene]) for gene in genes for term in terms.get(number[gene], ()))
            for genes in strains["genes"]
        ]
        return cls(len(terms), len(through), keys, strains["phenotype"].to_numpy())

    def best(self, places: Sequence[int]) -> tuple[int, float | None]:
        """How many different strains there are among some, and the highest correlation with the measured values."""
        code: dict[frozenset[tuple[int, int]], int] = {}
        groups = np.array([code.setdefault(self.keys[place], len(code)) for place in places], np.int64)
        return len(code), best_fit(self.labels[list(places)], groups).pearson


def indexing_lines(snapshot: Snapshot, dataset: Path) -> Iterator[str]:
    """What is said about one snapshot."""
    found = Indexing.of(snapshot, dataset)
    strains = len(found.keys)
    different, best = found.best(range(strains))
    random = np.random.default_rng(0)
    drawn = [found.best(random.choice(strains, BATCH, replace=False).tolist())[1] for _ in range(DRAWS)]
    low, middle, high = np.quantile([np.nan if one is None else one for one in drawn], [0.05, 0.5, 0.95])
    first, first_best = found.best(range(min(BATCH, strains)))
    yield (
        f"{snapshot.manifest.name}: the loss of {found.genes:,} of {len(snapshot.genes):,} genes reached a term, by "
        f"{found.pairs:,} of {len(snapshot.annotations):,} pairs"
    )
    yield f"  {strains:,} strains were {different:,} to the model; best r {shown(best)}"
    yield f"  the first {BATCH} were {first}; best r {shown(first_best)}"
    yield f"  {DRAWS} draws of {BATCH}: best r {shown(middle)} in the median, 90 % within {shown(low)} to {shown(high)}"


def main(given: argparse.Namespace) -> None:
    """Do what was asked for."""
    if given.what == "indexing":
        for snapshot, dataset in zip(given.folders[::2], given.folders[1::2], strict=True):
            print("\n".join(indexing_lines(read_snapshot(snapshot), dataset)), flush=True)
        return
    rows = [row for name in ORDER if (row := Row.read(given.runs or read_settings().runs, name)) is not None]
    print("\n".join(table(rows)))
    if given.pictures is not None:
        given.pictures.mkdir(parents=True, exist_ok=True)
        few = [row for row in rows if "overfit" in row.options]
        write_figure(given.pictures / "experiments-predictions.png", predictions_figure(few))
        write_figure(given.pictures / "experiments-course.png", course_figure(few))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    kinds = parser.add_subparsers(dest="what", required=True)
    for_table = kinds.add_parser("table")
    for_table.add_argument("--runs", type=Path)
    for_table.add_argument("--pictures", type=Path)
    for_indexing = kinds.add_parser("indexing")
    for_indexing.add_argument("folders", type=Path, nargs="+")
    main(parser.parse_args())
