"""``dcell-graph load``: ontology releases, annotation files, genes and gene lists into the database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dcell_graph.cli import report
from dcell_graph.cli.display import bars, say
from dcell_graph.cli.errors import friendly_errors
from dcell_graph.cli.visible import visible
from dcell_graph.errors import InputError
from dcell_graph.graph import load
from dcell_graph.graph.bulk.load import load_annotation_file
from dcell_graph.graph.load import LoadResult
from dcell_graph.graph.session import open_database
from dcell_graph.settings import read_settings
from dcell_graph.sources.catalogue import Kind, load_catalogue
from dcell_graph.sources.fetch import resolve
from dcell_graph.types import Progress

app = typer.Typer(no_args_is_help=True, help="Load ontologies, annotations and genes into the database.")

FileOrKey = Annotated[
    str, typer.Argument(help="A file, or a name from the catalogue of sources (docs/data-sources.md).")
]

app.command("report")(report.report)
app.command("identity")(report.identity)


@app.command()
@friendly_errors()
def ontology(
    file: FileOrKey,
    release: Annotated[
        str | None, typer.Option(help="What the release is called; needed only if the file does not say.")
    ] = None,
) -> None:
    """Load an ontology release (OBO, plain or gzip) from a file, or by its date."""
    with bars() as progress, open_database(read_settings()) as runner:
        path = _find(file, "ontology", progress)
        _report(load.load_ontology(runner, path, release=release, progress=progress))


@app.command("annotations")
@friendly_errors()
def annotations_command(
    file: FileOrKey,
    source: Annotated[
        str | None, typer.Option(help="What to call it; default: the file's name without its ending.")
    ] = None,
    gpi: Annotated[
        Path | None, typer.Option(help="A GPI file that names the gene products; only beside a GPAD file.")
    ] = None,
    bulk: Annotated[
        bool | None,
        typer.Option(
            "--bulk/--no-bulk",
            help="Load through the offline importer, or not; default: if the file has more than two million rows.",
        ),
    ] = None,
) -> None:
    """Load an annotation file: GAF 2.0 to 2.2, GPAD 1.1 to 2.0 or SGD's gene JSON, plain or gzip."""
    with bars() as progress:
        path = _find(file, "annotations", progress)
        name = _stem(path) if source is None else source
        if gpi is None:
            _report(load_annotation_file(read_settings(), path, name=name, bulk=bulk, progress=progress))
            return
        if bulk:
            raise InputError("only GAF files are loaded in bulk", path=path, hint="leave --bulk out")
        with open_database(read_settings()) as runner:
            _report(load.load_annotations(runner, path, name=name, gpi=gpi, progress=progress))


@app.command()
@friendly_errors()
def genes(
    file: FileOrKey,
    genome: Annotated[str, typer.Option(help="What to call the genome.")] = "sgd",
) -> None:
    """Load the genes of a genome (SGD_features.tab, plain or gzip)."""
    with bars() as progress, open_database(read_settings()) as runner:
        path = _find(file, "genes", progress)
        _report(load.load_genome(runner, path, name=genome, progress=progress))


@app.command("gene-list")
@friendly_errors()
def gene_list(
    file: FileOrKey,
    name: Annotated[
        str | None, typer.Option(help="What to call it; default: the file's name without its ending.")
    ] = None,
    genome: Annotated[str, typer.Option(help="The genome that the genes belong to.")] = "sgd",
) -> None:
    """Load a list of genes, one systematic name a line."""
    with bars() as progress, open_database(read_settings()) as runner:
        path = _find(file, "gene-list", progress)
        _report(
            load.load_gene_list(
                runner, path, name=_stem(path) if name is None else name, genome=genome, progress=progress
            )
        )


@app.command()
@friendly_errors()
def remove(
    kind: report.KindArgument,
    name: Annotated[str, typer.Argument(help="Name of the loaded thing.")],
) -> None:
    """Take one loaded thing out of the database; everything else stays as it is."""
    with bars() as progress, open_database(read_settings()) as runner:
        load.remove(runner, report.label(kind), name, progress=progress)
    say(f"{kind} {name} is removed")


def _find(file: str, kind: Kind, progress: Progress) -> Path:
    path = Path(file)
    if path.exists():
        return path
    return resolve(file, kind, settings=read_settings(), catalogue=load_catalogue(), progress=progress).path


def _stem(path: Path) -> str:
    name = path.absolute().name
    for ending in (".gz", ".zip", ".gaf", ".gpad", ".gpa", ".json", ".txt", ".tsv", ".tab", ".obo"):
        name = name.removesuffix(ending)
    return name


def _report(result: LoadResult) -> None:
    if result.already:
        say(f"{result.kind} {result.name} was loaded already, identical; nothing is changed")
        return
    counts = ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in result.counts.items())
    say(f"{result.kind} {result.name} is loaded: {counts}")
    for reason, number in sorted(result.findings.items()):
        say(f"  {number:,} lines {reason}")
    for sentence in result.warnings:
        typer.echo(f"warning: {visible(sentence)}", err=True)
