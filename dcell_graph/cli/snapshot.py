"""``dcell-graph snapshot``: build, list, show, export, import."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from dcell_graph.cli import choices, exchange
from dcell_graph.cli.display import AsJson, bars, say, show_json, show_rows
from dcell_graph.cli.errors import friendly_errors
from dcell_graph.errors import InputError
from dcell_graph.graph import load
from dcell_graph.graph.build import build_snapshot, list_snapshots
from dcell_graph.graph.hand_over import read_snapshot
from dcell_graph.graph.records import AS_ANNOTATED
from dcell_graph.graph.runner import Runner
from dcell_graph.graph.session import open_database
from dcell_graph.settings import read_settings
from dcell_graph.snapshot.recipe import find_recipe, shipped_recipes, with_options
from dcell_graph.snapshot.schema import Manifest
from dcell_graph.wording import counted

app = typer.Typer(no_args_is_help=True, help="Build term sets and hand them over.")

Name = Annotated[str, typer.Argument(help="Name of the snapshot.")]


@app.command()
@friendly_errors()
def build(
    name: Name,
    recipe: Annotated[str, typer.Option(help="A recipe that comes with the package, or a .toml file.")],
    ontology: Annotated[str | None, typer.Option(help="Ontology release; default: the only one loaded.")] = None,
    annotations: Annotated[
        list[str] | None, typer.Option(help="Annotation file, may be repeated; default: the only one loaded.")
    ] = None,
    genome: Annotated[
        str | None, typer.Option(help="Gene names are resolved against it; default: the only one loaded.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="Last day of assertion that counts, YYYY-MM-DD.")] = None,
    set_options: Annotated[
        list[str] | None, typer.Option("--set", help="Another value for an option of the recipe: KEY=VALUE (TOML).")
    ] = None,
) -> None:
    """Apply a recipe to loaded releases and keep the result under a name, for good."""
    chosen = with_options(find_recipe(recipe), until=until, options=dict(map(choices.recipe_option, set_options or [])))
    with bars() as progress, open_database(read_settings()) as runner:
        result = build_snapshot(
            runner,
            name,
            chosen,
            release=ontology or _only(runner, "Release", "--ontology"),
            sources=annotations or [_only(runner, "AnnotationFile", "--annotations")],
            genome=genome or _only(runner, "Genome", "--genome"),
            progress=progress,
        )
    if result.already:
        say(f"snapshot {name} exists already with the same content; nothing is changed")
    for line in _description(result.manifest):
        say(line)


@app.command("list")
@friendly_errors()
def list_command(as_json: AsJson = False) -> None:
    """List the snapshots in the database."""
    with open_database(read_settings()) as runner:
        manifests = list_snapshots(runner)
    columns = ("name", "id", "ontology", "annotations", "terms", "links", "genes", "pairs", "generated")
    rows = [
        (
            manifest.name,
            manifest.snapshot_id[:12],
            manifest.ontology.release,
            " + ".join(file.name for file in manifest.annotation_files),
            *(manifest.counts[key] for key in ("terms", "links", "genes", "pairs")),
            manifest.generated,
        )
        for manifest in manifests
    ]
    show_rows(columns, rows, as_json=as_json, empty="no snapshot is built yet")


@app.command()
@friendly_errors()
def show(name: Name, as_json: AsJson = False) -> None:
    """Show what a snapshot was made of, and how large it was after each stage."""
    with open_database(read_settings()) as runner:
        manifest = read_snapshot(runner, name).manifest
    if as_json:
        show_json(manifest.model_dump(mode="json"))
        return
    for line in _description(manifest):
        say(line)


@app.command()
@friendly_errors()
def export(
    name: Annotated[str, typer.Argument(help="Name of the snapshot, or a snapshot folder.")],
    target: Annotated[
        Path | None,
        typer.Argument(
            help="A file or folder that does not exist yet. Default: below the snapshots folder for parquet, in the "
            "current folder for the other formats. A file whose name ends in .gz is compressed."
        ),
    ] = None,
    chosen: Annotated[
        exchange.ExportFormat, typer.Option("--format", help="parquet is what training and import read.")
    ] = exchange.ExportFormat.PARQUET,
) -> None:
    """Write a snapshot into a folder, for training and for other people, or in the format of another program."""
    for line in exchange.export_named(read_settings(), name, target, chosen):
        say(line)


@app.command("import")
@friendly_errors()
def import_command(
    path: Annotated[Path, typer.Argument(help="File (plain or gzip) or folder, by format.")],
    chosen: Annotated[exchange.ImportFormat, typer.Option("--format", help="Format of the file.")],
    folder: Annotated[
        Path | None,
        typer.Argument(help="A folder that does not exist yet; default: below the snapshots folder, by name."),
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", help="Name of the snapshot; default: what the file says, or is called.")
    ] = None,
    generated: Annotated[bool, typer.Option("--generated", help="Mark it as generated, not real data.")] = False,
) -> None:
    """Read a hierarchy from the format of another program into a snapshot folder.

    It does not go into the database: training takes the folder, or its name.
    """
    for line in exchange.import_file(read_settings(), path, chosen, name=name, folder=folder, generated=generated):
        say(line)


@app.command()
@friendly_errors()
def recipes(as_json: AsJson = False) -> None:
    """List the recipes that come with the package."""
    rows = [(recipe.name, recipe.description) for recipe in shipped_recipes().values()]
    show_rows(("name", "description"), rows, as_json=as_json, empty="no recipe is installed")


def _only(runner: Runner, kind: str, option: str) -> str:
    names = [row["name"] for row in load.loaded(runner) if row["kind"] == kind and row["name"] != AS_ANNOTATED]
    if len(names) == 1:
        return str(names[0])
    if not names and kind == "Genome":
        return AS_ANNOTATED
    raise InputError(
        f"{option} is needed",
        expected=" or ".join(names) if names else f"a loaded {kind}",
        hint="choose one" if names else "load one with `dcell-graph load`",
    )


def _description(manifest: Manifest) -> list[str]:
    lines = ["GENERATED WORLD, not real data"] if manifest.generated else []
    lines += [
        f"snapshot {manifest.name}, id {manifest.snapshot_id[:12]}",
        f"ontology {manifest.ontology.release}, genome {manifest.genome.name}"
        + (f", gene list {manifest.gene_list.name}" if manifest.gene_list else ""),
        "annotations " + " + ".join(file.name for file in manifest.annotation_files),
        "recipe " + json.dumps(manifest.recipe, sort_keys=True),
    ]
    lines += [
        f"  after {stage.stage:<12} {counted(stage.terms, 'term'):>13} ({stage.removed:,} removed), "
        f"{counted(stage.pairs, 'pair')}"
        for stage in manifest.stages
    ]
    counts = manifest.counts
    lines.append(
        f"{counted(counts['terms'], 'term')} ({counted(counts['leaves'], 'leaf', 'leaves')}), "
        f"{counted(counts['links'], 'link')}, {counted(counts['genes'], 'gene')}, {counted(counts['pairs'], 'pair')}"
    )
    return lines
