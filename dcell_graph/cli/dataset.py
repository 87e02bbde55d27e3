"""``dcell-graph dataset``: import tables of measured strains, look at what was imported, divide it, remove it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dcell_graph.cli.csv_files import write_csv
from dcell_graph.cli.dataset_view import DROPPED, description, dropped_rows, split_line
from dcell_graph.cli.display import AsJson, bars, say, show_json, show_rows
from dcell_graph.cli.errors import friendly_errors
from dcell_graph.errors import InputError
from dcell_graph.measurements.gathering import Request
from dcell_graph.measurements.manifest import Source
from dcell_graph.measurements.split_kinds import SplitConfig
from dcell_graph.measurements.split_store import list_splits, make_split, remove_split
from dcell_graph.measurements.storage import find_dataset, import_tables, list_datasets, read_manifest, remove_dataset
from dcell_graph.settings import read_settings

app = typer.Typer(no_args_is_help=True, help="Import, list, divide and remove measured strains.")

_PHENOTYPES = (
    "Which column of the table: score (epsilon, tau or S), raw-score, fitness, fitness-26, query-fitness or "
    "array-fitness, as far as the format has it. [default: the format's first, see docs/datasets.md]"
)
DatasetName = Annotated[str, typer.Argument(help="Name or folder of the dataset.")]


class TableFormat(StrEnum):
    """``auto`` and the formats of ``measurements.formats.FORMATS``, as a choice on the command line."""

    AUTO = "auto"
    DCELL = "dcell"
    PAIRS = "pairs"
    SGA_TRIGENIC = "sga-trigenic"
    SGA_PAIRWISE = "sga-pairwise"
    SGA_RAW = "sga-raw"
    SINGLE_MUTANT = "single-mutant"
    EMAP = "emap"


class RepeatsChoice(StrEnum):
    """``measurements.grouping.REPEATS``, as a choice on the command line."""

    AVERAGE = "average"
    FIRST = "first"
    DROP = "drop"
    REFUSE = "refuse"


class BadValuesChoice(StrEnum):
    """``measurements.gathering.BAD_VALUES``, as a choice on the command line."""

    DROP = "drop"
    REFUSE = "refuse"


class KindChoice(StrEnum):
    """``measurements.split_kinds.KINDS``, as a choice on the command line."""

    RANDOM = "random"
    ONE_GENE_NEW = "one-gene-new"
    ALL_GENES_NEW = "all-genes-new"
    QUERY_GENES = "query-genes"
    FILES = "files"


@app.command("import")
@friendly_errors()
def import_command(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Tables, plain or gzip, or zip archives with one.")
    ],
    name: Annotated[str, typer.Option("--name", help="Name of the dataset.")],
    table_format: Annotated[
        TableFormat, typer.Option("--format", help="How the rows look; auto goes by the first lines of each file.")
    ] = TableFormat.AUTO,
    phenotype: Annotated[str | None, typer.Option("--phenotype", help=_PHENOTYPES)] = None,
    member: Annotated[
        str | None, typer.Option("--member", help="Name of the table in a zip archive, such as SGA_NxN.txt.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", help="Take a sample of at most so many strains. [default: all]")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Which sample of that many.")] = 0,
    max_p: Annotated[
        float | None, typer.Option("--max-p", help="Refuse rows with a larger p-value, or none. [default: take all]")
    ] = None,
    repeats: Annotated[
        RepeatsChoice,
        typer.Option(
            "--repeats",
            help="Several rows of a strain: average them, take the first, drop the strain if their values differ, or "
            "refuse the file.",
        ),
    ] = RepeatsChoice.AVERAGE,
    bad_values: Annotated[
        BadValuesChoice,
        typer.Option("--bad-values", help="A value that is no finite number: drop the row, or refuse the file."),
    ] = BadValuesChoice.DROP,
    as_json: AsJson = False,
) -> None:
    """Read tables of measured strains and keep them as one dataset under a name."""
    settings = read_settings()
    request = Request(
        source_format=table_format.value,
        phenotype=phenotype,
        member=member,
        limit=limit,
        seed=seed,
        most_p=max_p,
        repeats=repeats.value,
        bad_values=bad_values.value,
    )
    with bars() as progress:
        manifest = import_tables(files, request, datasets=settings.datasets, name=name, progress=progress)
    if as_json:
        show_json(manifest.model_dump(mode="json"))
        return
    for line in description(manifest, settings.datasets / name):
        say(line)


@app.command("list")
@friendly_errors()
def list_command(as_json: AsJson = False) -> None:
    """List the imported datasets."""
    datasets = read_settings().datasets
    manifests = list_datasets(datasets)
    if as_json:
        show_json([manifest.model_dump(mode="json") for manifest in manifests])
        return
    columns = ("name", "id", "phenotype", "strains", "genes", "rows refused", "splits", "note")
    rows = [
        (
            manifest.name,
            manifest.dataset_id[:12],
            manifest.phenotype,
            *(manifest.counts.strains, manifest.counts.genes, manifest.counts.refused),
            ", ".join(split.name for split in list_splits(datasets / manifest.name)),
            "generated" if manifest.generated else "",
        )
        for manifest in manifests
    ]
    show_rows(columns, rows, as_json=False, empty="no dataset was imported")


@app.command("show")
@friendly_errors()
def show_command(
    name: DatasetName,
    rows: Annotated[
        int, typer.Option("--rows", min=0, help="Print so many of the refused and merged rows, in their order.")
    ] = 10,
    csv: Annotated[
        Path | None, typer.Option("--csv", help="Write all refused and merged rows into this CSV file.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show where a dataset comes from, what became of its rows, and how it is divided."""
    folder = find_dataset(read_settings().datasets, name)
    manifest, splits = read_manifest(folder), list_splits(folder)
    if csv is not None:
        write_csv(csv, DROPPED, dropped_rows(folder))
    if as_json:
        dropped = [dict(zip(DROPPED, row, strict=True)) for row in dropped_rows(folder, rows)]
        divided = [split.model_dump(mode="json") for split in splits]
        show_json({**manifest.model_dump(mode="json"), "splits": divided, "dropped": dropped})
        return
    for line in description(manifest, folder):
        say(line)
    for split in splits:
        say(split_line(split))
    if rows and manifest.counts.refused + manifest.counts.merged:
        show_rows(DROPPED, dropped_rows(folder, rows), as_json=False, empty="")


@app.command("split")
@friendly_errors()
def split_command(
    dataset: DatasetName,
    kind: Annotated[
        KindChoice,
        typer.Option("--kind", help="What is new in a test strain: nothing but the strain, genes, or the query."),
    ],
    name: Annotated[str | None, typer.Option("--name", help="Name of the split. [default: kind and seed]")] = None,
    seed: Annotated[int, typer.Option("--seed", help="Which division.")] = 0,
    fractions: Annotated[
        str, typer.Option("--fractions", help="Of strains, or of genes, for training, validation and test.")
    ] = "0.8,0.1,0.1",
    folds: Annotated[int | None, typer.Option("--folds", help="Use one of so many folds as the test part.")] = None,
    fold: Annotated[int, typer.Option("--fold", help="Which one, from 0.")] = 0,
    train: Annotated[list[str] | None, typer.Option("--train", help="File to train on; may be repeated.")] = None,
    validation: Annotated[list[str] | None, typer.Option("--validation", help="File to choose by.")] = None,
    test: Annotated[list[str] | None, typer.Option("--test", help="File to test on.")] = None,
    as_json: AsJson = False,
) -> None:
    """Divide the strains of a dataset, check that nothing leaks, and store the split with the dataset."""
    folder = find_dataset(read_settings().datasets, dataset)
    named = {"train": train or [], "validation": validation or [], "test": test or []}
    config = SplitConfig(
        kind=kind.value,
        seed=seed,
        fractions=_fractions(fractions),
        folds=folds,
        fold=fold,
        files=_files(read_manifest(folder).sources, named),
    )
    suffix = "" if kind is KindChoice.FILES else f"-{seed}" + (f"-fold-{fold}-of-{folds}" if folds is not None else "")
    made = make_split(folder, f"{kind.value}{suffix}" if name is None else name, config)
    if as_json:
        show_json(made.model_dump(mode="json"))
        return
    say(split_line(made))


@app.command("remove")
@friendly_errors()
def remove_command(
    name: DatasetName,
    split: Annotated[str | None, typer.Option("--split", help="Remove only this split of the dataset.")] = None,
) -> None:
    """Remove an imported dataset with its splits, or one split."""
    datasets = read_settings().datasets
    if split is None:
        remove_dataset(datasets, name)
        say(f"removed the dataset {name}")
        return
    remove_split(find_dataset(datasets, name), split)
    say(f"removed the split {split} of the dataset {name}")


def _fractions(text: str) -> tuple[float, float, float]:
    try:
        train, validation, test = (float(part) for part in text.split(","))
    except ValueError:
        raise InputError(
            "--fractions cannot be read", expected="three numbers such as 0.8,0.1,0.1", found=text
        ) from None
    return train, validation, test


def _files(sources: Sequence[Source], named: dict[str, list[str]]) -> dict[int, str]:
    """The part of each file that is named, by its place among the sources."""
    parts: dict[int, str] = {}
    for part, names in named.items():
        for name in names:
            places = [place for place, one in enumerate(sources) if name in (one.path, Path(one.path).name)]
            if len(places) != 1 or places[0] in parts:
                raise InputError(
                    "this names no file of the dataset" if not places else "this file is named twice, or not clearly",
                    expected="one of " + ", ".join(one.path for one in sources),
                    found=name,
                )
            parts[places[0]] = part
    return parts
