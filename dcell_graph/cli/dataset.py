"""``dcell-graph dataset``: import tables of measured strains and look at what was imported."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dcell_graph.cli.display import bars, say, show_json, show_rows
from dcell_graph.cli.errors import friendly_errors
from dcell_graph.measurements.dataset import DatasetManifest
from dcell_graph.measurements.storage import find_dataset, import_dataset, list_datasets, read_manifest
from dcell_graph.settings import read_settings

app = typer.Typer(no_args_is_help=True, help="Import and list measured strains.")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


class TableFormat(StrEnum):
    """Formats of ``measurements.formats.FORMATS``, as a choice on the command line."""

    DCELL = "dcell"
    PAIRS = "pairs"
    SGA_TRIGENIC = "sga-trigenic"
    SGA_PAIRWISE = "sga-pairwise"


class Phenotype(StrEnum):
    """What can be read from a table."""

    SCORE = "score"
    FITNESS = "fitness"


@app.command("import")
@friendly_errors()
def import_command(
    file: Annotated[Path, typer.Argument(help="The table, plain or gzip, or a zip archive with it.")],
    name: Annotated[str, typer.Option("--name", help="Name of the dataset.")],
    table_format: Annotated[
        TableFormat,
        typer.Option(
            "--format",
            help="dcell: '2 ORF ORF score'; pairs: columns gene_a, gene_b, score; sga-trigenic: SGA pipeline; "
            "sga-pairwise: pairwise tables of Costanzo et al. 2016.",
        ),
    ],
    phenotype: Annotated[
        Phenotype,
        typer.Option(
            "--phenotype", help="score: the interaction score (epsilon or tau); fitness: if the table has it."
        ),
    ] = Phenotype.SCORE,
    member: Annotated[
        str | None, typer.Option("--member", help="Name of the table in a zip archive, such as SGA_NxN.txt.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", help="Take a sample of at most so many strains. [default: all]")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Which sample of that many.")] = 0,
) -> None:
    """Read a table of measured strains and keep it under a name."""
    settings = read_settings()
    with bars() as progress:
        dataset = import_dataset(
            file,
            datasets=settings.datasets,
            name=name,
            source_format=table_format.value,
            phenotype=phenotype.value,
            member=member,
            limit=limit,
            seed=seed,
            progress=progress,
        )
    for line in _description(dataset.manifest, settings.datasets / name):
        say(line)


@app.command("list")
@friendly_errors()
def list_command(as_json: AsJson = False) -> None:
    """List the imported datasets."""
    manifests = list_datasets(read_settings().datasets)
    if as_json:
        show_json([manifest.model_dump() for manifest in manifests])
        return
    columns = ("name", "id", "phenotype", "strains", "genes", "rows refused", "note")
    rows = [
        (
            manifest.name,
            manifest.dataset_id[:12],
            manifest.phenotype,
            *(manifest.counts.strains, manifest.counts.genes, manifest.counts.refused),
            "generated" if manifest.generated else "",
        )
        for manifest in manifests
    ]
    show_rows(columns, rows, as_json=False, empty="no dataset was imported")


@app.command("show")
@friendly_errors()
def show_command(
    name: Annotated[str, typer.Argument(help="Name or folder of the dataset.")], as_json: AsJson = False
) -> None:
    """Show where a dataset comes from and what became of its rows."""
    folder = find_dataset(read_settings().datasets, name)
    manifest = read_manifest(folder)
    if as_json:
        show_json(manifest.model_dump(mode="json"))
        return
    for line in _description(manifest, folder):
        say(line)


def _description(manifest: DatasetManifest, folder: Path) -> Iterator[str]:
    counts = manifest.counts
    if manifest.generated:
        yield "GENERATED WORLD, not real data"
    yield f"dataset {manifest.name}, id {manifest.dataset_id[:12]}, phenotype {manifest.phenotype}"
    member = "" if manifest.source.member is None else f"{manifest.source.member} in "
    yield f"from {member}{manifest.source.path} (sha256 {manifest.source.sha256[:12]})"
    yield f"{counts.strains:,} strains, {counts.genes:,} genes"
    yield (
        f"{counts.rows_read:,} rows read: {counts.strains:,} strains, {counts.merged:,} repeats averaged "
        f"({counts.repeated:,} strains, {counts.conflicting:,} with different values), {counts.refused:,} refused"
        + (f", {counts.left_out:,} of strains outside the sample" if manifest.sample is not None else "")
    )
    if manifest.sample is not None:
        yield f"a sample of at most {manifest.sample.limit:,} strains, seed {manifest.sample.seed}"
    for reason, count in manifest.refusals.items():
        yield f"  refused, {reason}: {count:,}"
    yield f"in {folder}"
    if counts.refused or counts.merged:
        yield f"each refused or merged row with its line and reason: {folder / 'refused.parquet'}"
