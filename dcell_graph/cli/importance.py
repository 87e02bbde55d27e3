"""``dcell-graph importance``: which subsystems of a trained model matter, and how certain that is."""

from __future__ import annotations

import math
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dcell_graph.cli.display import AsJson, bars, say, show_json, show_rows
from dcell_graph.cli.errors import friendly_errors
from dcell_graph.cli.interpret_opening import RunName, SnapshotName, dataset_of, open_run, short
from dcell_graph.interpret.stored import FOLDER
from dcell_graph.settings import read_settings
from dcell_graph.wording import counted

if TYPE_CHECKING:
    from dcell_graph.interpret.importance import Importance
    from dcell_graph.interpret.trained import Trained


class Strains(StrEnum):
    """By which strains subsystems are judged."""

    TEST = "test"
    HELD_OUT = "held-out"
    ALL = "all"


class Measure(StrEnum):
    """What the list is sorted by."""

    POWER = "P_rho"
    RLIPP = "rlipp_gain"
    PERMUTATION = "permutation"
    GRADIENT = "gradient_x_state"


@friendly_errors()
def importance(
    run: RunName,
    out: Annotated[
        Path | None, typer.Option(help="Folder for tables and pictures; default: importance in the run's folder.")
    ] = None,
    strains: Annotated[
        Strains,
        typer.Option(help="Judge by the run's test strains, its test and validation strains, or all of the dataset."),
    ] = Strains.HELD_OUT,
    dataset: Annotated[
        str | None, typer.Option(help="Another dataset, which the run has not seen; use --strains all.")
    ] = None,
    most: Annotated[int, typer.Option(min=30, help="Strains at most, drawn at random.")] = 2000,
    nulls: Annotated[
        int, typer.Option("--nulls", min=0, help="Random hierarchies to train and compare with, for p and q values.")
    ] = 0,
    by: Annotated[Measure, typer.Option(help="What the list is sorted by.")] = Measure.PERMUTATION,
    seed: Annotated[int, typer.Option(min=0, help="Of folds, shuffles and the drawing of strains.")] = 0,
    limit: Annotated[int, typer.Option(min=1, help="Terms to show.")] = 20,
    snapshot: SnapshotName = None,
    as_json: AsJson = False,
) -> None:
    """Score every subsystem of a run: RLIPP, shuffled states, gradient x state.

    RLIPP compares, out of sample, how well a term's state and its children's states predict the observed phenotype. An
    ensemble gives the confidence over its seeds. Random hierarchies have the same terms, links and numbers of genes,
    with the genes dealt out anew; one model is trained on each, which takes as long as the run's own training. Then the
    list is sorted by how far a term is above random terms of its size, else by the score itself.
    """
    # Slow to import.
    from dcell_graph.interpret.importance import importance as put_together
    from dcell_graph.interpret.importance import scores_of
    from dcell_graph.interpret.null import trained_on_null
    from dcell_graph.interpret.trained import strains_of
    from dcell_graph.interpret.writing import write_importance
    from dcell_graph.train.finding import find_run

    settings = read_settings()
    trained = open_run(settings, run, snapshot, as_json=as_json)
    folder = out or find_run(settings, run) / FOLDER
    chosen = strains_of(trained, dataset_of(settings, run, dataset), strains.value, most=most, seed=seed)
    with bars() as progress:
        scores = scores_of(trained, chosen, seed=seed, progress=progress)
        random = []
        for number in range(1, nulls + 1):
            model = trained_on_null(trained, dataset_of(settings, run, None), folder, number, progress=progress)
            random.append(scores_of(model, chosen, seed=seed, progress=progress))
    found = put_together(trained, scores, random, len(chosen))
    write_importance(folder, trained, found, chosen)
    if as_json:
        show_json({"strains": found.strains, "nulls": found.nulls, "folder": str(folder),
                   "stability": {name: value._asdict() for name, value in found.stability.items()},
                   "terms": found.table.to_dict("records")})  # fmt: skip
        return
    _show(found, trained, by.value, limit)
    say(f"Tables and pictures: {folder}")


def _show(found: Importance, trained: Trained, by: str, limit: int) -> None:
    seeds = counted(len(trained.checkpoints), "seed")
    say(f"{len(found.table):,} terms, {seeds}, {found.strains:,} strains, {found.nulls} random hierarchies")
    for measure, steady in found.stability.items():
        if steady.rho is not None and steady.top is not None:
            say(
                f"  {measure}: two seeds rank with Spearman {steady.rho:.2f} and share {steady.top:.0%} of the top "
                f"{steady.top_size}"
            )
    if found.nulls:
        terms = len(found.table)
        least = math.ceil(terms / (1 + found.nulls * terms) / 0.05)
        words = f"where {counted(least, 'term')} or more score higher than every random one"
        say(f"  q can be 0.05 {words}" if least <= terms else "  no q can be 0.05 with so few random hierarchies")
    columns = ["term", "name", "genes", "count_r", "P_rho", *(["P_rho_q"] if found.nulls else []), "C_rho", "RLIPP"]
    for measure in found.stability:
        columns += [measure] + ([f"{measure}_q"] if found.nulls else [])
    best = found.top(f"{by}_z" if found.nulls else by, limit)
    rows = best[columns].itertuples(index=False, name=None)
    show_rows(columns, [list(map(short, row)) for row in rows], as_json=False, empty="There are no terms.")
