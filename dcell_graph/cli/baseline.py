"""``dcell-graph baseline``: simple competitors of a trained model, side by side with it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from dcell_graph.cli.display import AsJson, say, show_json, show_rows
from dcell_graph.cli.errors import friendly_errors
from dcell_graph.settings import read_settings

if TYPE_CHECKING:
    from dcell_graph.train.baselines.bootstrap import Interval

COLUMNS = ("model", "validation r", "test r", "95 %", "test rho", "the run is ahead by", "95 % of that", "chosen")


@friendly_errors()
def baseline(
    run: Annotated[str, typer.Argument(help="Folder of a finished run or ensemble, or its name.")],
    snapshot: Annotated[
        str | None, typer.Option(help="Name or folder of the run's snapshot; default: where the run found it.")
    ] = None,
    dataset: Annotated[
        str | None, typer.Option(help="Name or folder of the run's dataset; default: where the run found it.")
    ] = None,
    control: Annotated[
        bool,
        typer.Option(
            help="Train the model again with permuted genes; takes as long as the run. Without it nobody knows "
            "whether the ontology helps."
        ),
    ] = True,
    seed: Annotated[int, typer.Option(min=0, help="Of the draws, the competitors and the permutation.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Compare a run with additive ridge, profile kNN, low-rank factorisation and a network of equal size.

    They learn from the run's training strains and choose their settings on its validation strains. The differences on
    the test strains come with 95 % intervals of a paired bootstrap, and beside the run stands its control: the same
    hierarchy with the genes permuted.
    """
    # These are slow to import: --help and other commands should not wait for them.
    from dcell_graph.measurements.storage import find_dataset, read_dataset
    from dcell_graph.train.__main__ import find_snapshot
    from dcell_graph.train.bar import training_bar
    from dcell_graph.train.baselines.comparison import compare_with_baselines
    from dcell_graph.train.finding import find_run, known_place, run_config

    settings = read_settings()
    folder = find_run(settings, run)
    described = run_config(folder)
    used = find_snapshot(settings, snapshot or known_place(described, "snapshot"))
    strains = read_dataset(find_dataset(settings.datasets, dataset or known_place(described, "dataset")))
    with training_bar() as progress:
        rows = compare_with_baselines(used, strains, folder, described, control=control, seed=seed, progress=progress)
    if as_json:
        show_json({"run": str(folder), "control": control, "models": [asdict(row) for row in rows]})
        return
    cells = [
        (
            row.name,
            _number(row.validation),
            _number(row.test.value),
            _between(row.test),
            _number(row.rho),
            "" if row.behind is None else _number(row.behind.value),
            "" if row.behind is None else _between(row.behind),
            ", ".join(f"{name} {value:g}" for name, value in row.setting.items()),
        )
        for row in rows
    ]
    show_rows(COLUMNS, cells, as_json=False, empty="no models")
    if not control:
        say("The control with permuted genes was left out: this does not say whether the ontology helps.")


def _number(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3f}"


def _between(interval: Interval) -> str:
    return "undefined" if interval.low is None else f"{interval.low:.3f} to {interval.high:.3f}"
