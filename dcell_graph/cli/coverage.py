"""``dcell-graph snapshot coverage``: what a snapshot lets a model see of a dataset."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from dcell_graph.cli import frames
from dcell_graph.cli.csv_files import write_csv
from dcell_graph.cli.display import AsJson, say
from dcell_graph.cli.errors import friendly_errors
from dcell_graph.errors import InputError
from dcell_graph.graph.lost_genes import trace_snapshot
from dcell_graph.measurements.dataset import Dataset
from dcell_graph.measurements.identifiers import strain_name
from dcell_graph.measurements.selection import Selection, select
from dcell_graph.measurements.splits import random_split
from dcell_graph.measurements.storage import find_dataset, read_dataset
from dcell_graph.settings import read_settings
from dcell_graph.snapshot.coverage import ALL, Coverage, cover
from dcell_graph.snapshot.coverage_sentences import WILD_TYPE, explain
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.snapshot.strain_groups import Ints
from dcell_graph.snapshot.visible import visible_genes
from dcell_graph.wording import counted

_SHOWN_GENES = 5
_DIGITS = 4


@friendly_errors()
def coverage(
    snapshot: Annotated[str, typer.Argument(help="Name of a snapshot, or a folder that holds one.")],
    dataset: Annotated[
        str | None, typer.Option("--dataset", help="Name or folder of a dataset; default: the only one imported.")
    ] = None,
    strain: Annotated[
        list[str] | None,
        typer.Option("--strain", help="Say only what becomes of this strain (A+B), and why; may be repeated."),
    ] = None,
    seed: Annotated[
        int,
        typer.Option(
            "--seed", min=0, help="Divide the strains as training with that seed and --unknown-genes ignore does."
        ),
    ] = 0,
    overfit: Annotated[
        int | None,
        typer.Option("--overfit", min=1, help="Look only at the first N strains by name, as such an overfit run does."),
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", min=1, help="How many groups and genes to list; in JSON there is no limit.")
    ] = 10,
    csv: Annotated[
        Path | None, typer.Option("--csv", help="Write the groups of equal strains into a CSV file.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say which strains a model on a snapshot cannot tell apart, and how well it can fit a dataset at best."""
    # Only now: that module itself imports this package.
    from dcell_graph.train.__main__ import find_snapshot

    settings = read_settings()
    chosen = find_snapshot(settings, snapshot)
    measured = read_dataset(find_dataset(settings.datasets, dataset))
    gene_ids, other_names = visible_genes(chosen)
    selection = select(measured, gene_ids, names=other_names, unknown_genes="ignore")
    strains = selection.strains if overfit is None else selection.strains.iloc[:overfit]
    names = strains["strain"].tolist()
    trace, unknown = trace_snapshot(settings, chosen)
    found = cover(
        chosen,
        names=names,
        # The table of a selection has only the visible genes left; the name of a strain has all.
        genes=[name.split("+") for name in names],
        labels=strains["phenotype"].to_numpy(),
        parts={} if overfit is not None else _parts(names, seed),
        trace=trace,
    )
    asked = explain(found, [_known_as(name, other_names, selection) for name in strain]) if strain else ()
    if csv is not None:
        columns = list(found.groups.columns)
        write_csv(csv, columns, (_cells(row) for row in found.groups.itertuples(index=False)))
    if as_json:
        frames.show_json(_content(chosen, measured, selection, found, unknown, asked))
        return
    for line in asked:
        say(line)
    if not strain:
        _show(chosen, measured, selection, found, unknown, limit)
    if csv is not None:
        say(f"{counted(len(found.groups), 'group')} {_verb(len(found.groups), 'are', 'is')} in {csv}")


def _parts(names: Sequence[str], seed: int) -> dict[str, Ints]:
    split = random_split(names, seed=seed)
    return {"training": split.train, "validation": split.validation, "test": split.test}


def _known_as(name: str, other_names: dict[str, str], selection: Selection) -> str:
    """The name under which a strain is looked at: the genes may be in another order, or under other names.

    Raises:
        InputError: the strain is left out.
    """
    left_out = selection.left_out[selection.left_out["strain"] == name]
    if len(left_out):
        raise InputError(f"the strain {name} is left out", found=left_out["reason"].iloc[0])
    return strain_name(tuple(other_names.get(gene, gene) for gene in name.split("+")))


def _content(
    snapshot: Snapshot,
    dataset: Dataset,
    selection: Selection,
    found: Coverage,
    unknown: str | None,
    asked: Sequence[str],
) -> dict[str, Any]:
    return {
        "snapshot": {"name": snapshot.manifest.name, "snapshot_id": snapshot.manifest.snapshot_id},
        "dataset": {"name": dataset.manifest.name, "dataset_id": dataset.manifest.dataset_id},
        "generated": snapshot.manifest.generated or dataset.manifest.generated,
        "left_out": selection.reasons,
        "fully_visible": found.fully_visible,
        "only_by_weights": found.only_by_weights,
        "fits": found.fits,
        "steps": found.steps,
        "steps_unknown": unknown,
        "genes": found.genes,
        "groups": found.groups,
        "alike_genes": found.alike_genes,
        "explained": list(asked),
    }


def _show(
    snapshot: Snapshot, dataset: Dataset, selection: Selection, found: Coverage, unknown: str | None, limit: int
) -> None:
    for line in _summary(snapshot, dataset, selection, found):
        say(line)
    say("")
    say("The best fit that any model on this snapshot can reach:")
    frames.show_frame(_readable(found.fits), empty="no strains")
    if found.fits[["r2", "pearson"]].isna().any(axis=None):
        say("undefined: R2 where all measured values are the same, Pearson also where all strains look the same")
    say("")
    if found.steps is None:
        say(f"At which step genes were lost cannot be said: {unknown}.")
    else:
        say("Where genes of the dataset are lost on the way from the genome to the snapshot, and what is left then:")
        losing = found.steps[found.steps["lost"] != 0]
        frames.show_frame(_readable(losing), empty="nowhere: every gene that some strain lacks is visible")
    hidden = found.genes[~found.genes["visible"]].drop(columns="visible")
    if found.steps is None:
        hidden = hidden.drop(columns=["step", "reason"])
    _show_first(
        f"{counted(len(hidden), 'gene')} that strains lack {_verb(len(hidden), 'are', 'is')} not visible",
        hidden,
        limit,
    )
    groups = found.groups.assign(
        genes=[_few(genes) or WILD_TYPE for genes in found.groups["genes"]],
        members=[_few(names) for names in found.groups["members"]],
    )
    _show_first(f"{counted(len(groups), 'group')} of strains that look the same", _readable(groups), limit)
    alike = found.alike_genes.assign(
        genes=[_few(genes) for genes in found.alike_genes["genes"]],
        terms=[_few(terms) for terms in found.alike_genes["terms"]],
    )
    _show_first(f"{counted(len(alike), 'set')} of genes that hang on exactly the same terms", alike, limit)


def _summary(snapshot: Snapshot, dataset: Dataset, selection: Selection, found: Coverage) -> Iterator[str]:
    made, measured = snapshot.manifest, dataset.manifest
    n_strains, whole, alone = len(found.strains), found.fully_visible, found.only_by_weights
    everyone = found.fits[found.fits["part"] == ALL].iloc[0]
    wild = int(everyone["like_wild_type"])
    if made.generated or measured.generated:
        yield "GENERATED WORLD, not real data"
    yield (
        f"snapshot {made.name} ({made.snapshot_id[:12]}), dataset {measured.name} ({measured.dataset_id[:12]}), "
        f"phenotype {measured.phenotype}"
    )
    yield (
        f"{counted(n_strains, 'strain')} {_verb(n_strains, 'lack', 'lacks')} {counted(len(found.genes), 'gene')}, of "
        f"which {len(found.visible):,} {_verb(len(found.visible), 'are', 'is')} visible to a model on this snapshot"
    )
    for reason, count in selection.reasons.items():
        yield f"  {counted(count, 'strain')} left out: {reason}"
    have = _verb(whole, "have all their", "has all its")
    look = _verb(wild, "have none visible and look", "has none visible and looks")
    yield (
        f"{counted(whole, 'strain')} {have} genes visible (training uses only {_verb(whole, 'these', 'this')}, unless "
        f"it is told --unknown-genes ignore); {wild:,} {look} like {WILD_TYPE}"
    )
    yield (
        f"{everyone['shared']:,} strains look like some other one, in {counted(len(found.groups), 'group')}; a model "
        f"sees {counted(everyone['groups'], 'strain', 'different strains')}"
    )
    yield (
        f"{counted(alone, 'strain')} {_verb(alone, 'differ', 'differs')} from some other one only in genes that hang "
        "on exactly the same terms: the hierarchy cannot tell these apart, only the weights of single genes"
    )
    repeated = measured.counts.repeated
    if repeated:
        yield (
            f"{counted(repeated, 'strain')} {_verb(repeated, 'were', 'was')} measured several times; a dataset holds "
            "the mean, so that repeats do not lower the best fit"
        )


def _verb(number: int, several: str, one: str) -> str:
    return one if number == 1 else several


def _show_first(title: str, frame: pd.DataFrame, limit: int) -> None:
    say("")
    say(title + (f", the first {limit:,}:" if len(frame) > limit else ":" if len(frame) else ""))
    if len(frame):
        frames.show_frame(frame.head(limit), empty="none")


def _readable(frame: pd.DataFrame) -> pd.DataFrame:
    """Numbers with a few digits; the heading of a fit says what it is."""
    numbers = frame.select_dtypes("float64").columns
    fits = [name for name in numbers if name.endswith(("r2", "pearson"))]
    shown = frame.assign(**{name: [_fit(value) for value in frame[name]] for name in fits})
    shown = shown.assign(**{name: [f"{value:.4g}" for value in frame[name]] for name in numbers if name not in fits})
    return shown.rename(columns=_HEADINGS)


_HEADINGS = {
    "r2": "R2",
    "pearson": "Pearson",
    "genotype_r2": "R2 if all genes were visible",
    "genotype_pearson": "Pearson then",
}


def _fit(value: float) -> str:
    """A fit with four digits, rounded so that only a perfect one is shown as 1."""
    if pd.isna(value):
        return "undefined"
    return f"{value:.{_DIGITS}f}" if value in (0, 1) else f"{min(value, 1 - 10**-_DIGITS):.{_DIGITS}f}"


def _few(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN_GENES
    return ", ".join(names[:_SHOWN_GENES]) + (f" and {more:,} more" if more > 0 else "")


def _cells(row: Sequence[Any]) -> list[Any]:
    return ["|".join(value) if isinstance(value, tuple) else value for value in row]
