"""What the commands on trained models share: which run, which strains, and how numbers are shown."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dcell_graph.cli.display import say
from dcell_graph.settings import Settings

if TYPE_CHECKING:
    from dcell_graph.interpret.trained import Trained
    from dcell_graph.measurements.dataset import Dataset

RunName = Annotated[str, typer.Argument(metavar="RUN", help="Name of a run, or its folder.")]
SnapshotName = Annotated[
    str | None, typer.Option("--snapshot", help="Name or folder of the run's snapshot; default: where it was found.")
]


def open_run(settings: Settings, name: str, snapshot: str | None = None, *, as_json: bool = False) -> Trained:
    """The models of a run; if data were generated, that is said.

    Args:
        settings: where runs and snapshots are.
        name: of the run, or its folder.
        snapshot: name or folder; None: where the run found it.
        as_json: the output is a JSON document, which a sentence before it would spoil: it goes to standard error.

    Raises:
        DcellGraphError: there is no such run, or its snapshot is not there.
    """
    # These are slow to import: --help and other commands should not wait for them.
    from dcell_graph.interpret.trained import open_trained
    from dcell_graph.train.__main__ import find_snapshot
    from dcell_graph.train.finding import find_run, known_place, run_config
    from dcell_graph.train.place import GENERATED

    folder = find_run(settings, name)
    found = open_trained(folder, find_snapshot(settings, snapshot or known_place(run_config(folder), "snapshot")))
    if found.generated and as_json:
        print(GENERATED, file=sys.stderr)
    elif found.generated:
        say(GENERATED)
    return found


def dataset_of(settings: Settings, name: str, dataset: str | None) -> Dataset:
    """The dataset that was named, else that of the run.

    Raises:
        DcellGraphError: it is not there.
    """
    from dcell_graph.measurements.storage import find_dataset, read_dataset
    from dcell_graph.train.finding import find_run, known_place, run_config

    place = dataset or known_place(run_config(find_run(settings, name)), "dataset")
    return read_dataset(find_dataset(settings.datasets, place))


def short(value: Any) -> Any:
    """A number with four digits; what is absent, and everything else, as it is."""
    if isinstance(value, float):
        return None if value != value else f"{value:.4g}"
    return value.item() if hasattr(value, "item") else value
