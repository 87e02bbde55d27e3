"""``dcell-graph compare-runs``: how much of a change of accuracy is annotations, topology, or the luck of seeds."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from dcell_graph.cli.display import AsJson, bars, say, show_json, show_rows
from dcell_graph.cli.errors import friendly_errors
from dcell_graph.cli.interpret_opening import dataset_of, open_run
from dcell_graph.settings import read_settings


@friendly_errors()
def compare_runs(
    a: Annotated[str, typer.Argument(metavar="A", help="An ensemble on one snapshot.")],
    b: Annotated[str, typer.Argument(metavar="B", help="The same on another: same dataset, options and seeds.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder for the runs in between; default: A-to-B in the folder of runs.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Split the change of accuracy between two runs on two snapshots.

    Two ensembles are trained for it: on the hierarchy of A with the annotations of B, and the other way round. The
    share of the annotations is the mean of their effect in both orders, and that of the topology as well. Train both
    runs with the same stored split (--split): without one, the test strains of two snapshots differ.
    """
    # Slow to import.
    from dcell_graph.interpret.split_runs import split_runs

    settings = read_settings()
    first, second = (open_run(settings, name, as_json=as_json) for name in (a, b))
    folder = out or settings.runs / f"{first.name}-to-{second.name}"
    with bars() as progress:
        found = split_runs(first, second, dataset_of(settings, a, None), folder, progress=progress)
    parts = ("change", "annotations", "topology", "interaction")
    rows = [(part, getattr(found, part)) for part in parts]
    if as_json:
        numbers = {part: asdict(share) for part, share in rows}
        show_json({**numbers, "seed_noise": found.seed_noise, "strains": found.strains, "folder": str(folder)})
        return
    say(f"Pearson on {found.strains:,} test strains, {first.name} to {second.name}:")
    shown = [(part, f"{share.value:+.4f}", f"{share.error:.4f}", f"{share.strain_error:.4f}") for part, share in rows]
    show_rows(("part", "Pearson", "error of seeds", "error of strains"), shown, as_json=False, empty="")
    say(f"Runs that differ in nothing but the seed: sd {found.seed_noise:.4f}")
