"""``dcell-graph predict``: phenotypes of strains, by a trained model."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TextIO

import typer

from dcell_graph.cli.errors import friendly_errors
from dcell_graph.cli.visible import visible
from dcell_graph.errors import InputError
from dcell_graph.settings import read_settings


class UnknownGenes(StrEnum):
    """What happens to a strain with a gene that the model cannot see."""

    REFUSE = "refuse"
    LEAVE_OUT = "leave-out"
    IGNORE = "ignore"


@friendly_errors()
def predict(
    run: Annotated[str, typer.Argument(help="Folder of a run, or its name.")],
    strains: Annotated[Path, typer.Argument(help="Strains in any format of datasets, with or without phenotypes.")],
    snapshot: Annotated[
        str | None,
        typer.Option(help="Name or folder of the run's snapshot; default: where the run found it."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="CSV file to write; default: the output.")] = None,
    unknown_genes: Annotated[
        UnknownGenes,
        typer.Option(
            help="Strains with a gene that the model cannot see: refuse the list, leave-out the strain, or ignore the "
            "gene as if it were present. Each such row says so."
        ),
    ] = UnknownGenes.REFUSE,
) -> None:
    """Predict the phenotype of each strain of a list, in its order; if phenotypes are given, say how well it fits.

    An ensemble gives the mean over its models and their sample sd.
    """
    # These are slow to import: --help and other commands should not wait for them.
    from dcell_graph.train.__main__ import find_snapshot
    from dcell_graph.train.checkpoint import load_checkpoints
    from dcell_graph.train.files import write_whole
    from dcell_graph.train.finding import find_run, known_place, run_config
    from dcell_graph.train.place import GENERATED
    from dcell_graph.train.predict import Summary, predict_strains, write_table

    settings = read_settings()
    folder = find_run(settings, run)
    config = run_config(folder)
    if out is not None and out.exists() and strains.exists() and out.samefile(strains):
        raise InputError("the predictions would replace the list of strains", path=out, hint="name another file")
    used = find_snapshot(settings, snapshot or known_place(config, "snapshot"))
    checkpoints = load_checkpoints(folder, used)
    with_sd = len(checkpoints) > 1
    rows = predict_strains(
        checkpoints,
        used,
        strains,
        phenotype=str(config["dataset"].get("phenotype", "score")),
        unknown_genes=unknown_genes.value,
    )
    messages: TextIO = sys.stderr if out is None else sys.stdout
    if checkpoints[0].description.generated:
        print(GENERATED, file=messages)
    if out is None:
        summary = write_table(rows, sys.stdout, with_sd=with_sd)
    else:
        summaries: list[Summary] = []

        def write(target: Path) -> None:
            with target.open("w", encoding="utf-8", newline="") as file:
                summaries.append(write_table(rows, file, with_sd=with_sd))

        write_whole(out, write)
        summary = summaries[0]
    for line in summary.lines():
        print(visible(line), file=messages)
