"""``dcell-graph compare`` and ``waterfall``: two sources against each other, and one source from rows to pairs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from dcell_graph.cli import choices
from dcell_graph.cli.comparisons import TABLES, compare_all, show_all, show_changes, show_comparison, show_waterfall
from dcell_graph.cli.display import AsJson
from dcell_graph.cli.errors import friendly_errors
from dcell_graph.errors import InputError
from dcell_graph.graph.comparison.changes import changes as find_changes
from dcell_graph.graph.comparison.compare import CompareConfig
from dcell_graph.graph.comparison.compare import compare as compare_sources
from dcell_graph.graph.comparison.known_on import KnownOn, find_sources, loaded_sources
from dcell_graph.graph.comparison.waterfall import waterfall as follow_rows
from dcell_graph.graph.runner import Runner
from dcell_graph.graph.session import open_database
from dcell_graph.settings import read_settings

CsvFolder = Annotated[Path | None, typer.Option("--csv", help="Also write every table into this new folder.")]
_FILTERS = ("asserted_from", "asserted_until", "exclude", "negated", "no_data", "namespace", "gene_list")
_LISTING = ("by", "show", "limit")


@friendly_errors()
def compare(
    context: typer.Context,
    files: Annotated[list[str] | None, typer.Argument(help="Two loaded annotation files, A and B.")] = None,
    ontology: choices.Ontology = None,
    genome: choices.GenomeName = None,
    as_known_on: choices.KnownDay = None,
    asserted_from: choices.From = None,
    asserted_until: choices.Until = None,
    exclude: choices.Exclude = None,
    negated: choices.Negated = "drop",
    no_data: choices.NoData = "drop",
    namespace: choices.Namespace = None,
    gene_list: choices.GeneListName = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Also look for a more general or more specific term on the other side.")
    ] = False,
    annotations: Annotated[
        bool, typer.Option("--changes", help="Match annotations, not pairs: unchanged, re-dated, removed ...")
    ] = False,
    by: Annotated[
        list[str] | None, typer.Option(help=f"Which tables to show: {', '.join(TABLES)}; may be repeated.")
    ] = None,
    show: Annotated[
        str | None, typer.Option(help="Also list pairs: only_a, only_b or both; with --changes a kind of change.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many to list.")] = 20,
    every: Annotated[
        bool, typer.Option("--all", help="Every two loaded (or named) files, and the waterfall of each.")
    ] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="With --all: print Markdown.")] = False,
    months: Annotated[int, typer.Option(min=0, help="Warn if one file is older by more than this.")] = 12,
    csv: CsvFolder = None,
    as_json: AsJson = False,
) -> None:
    """Compare two annotation files pair by pair: what only one has and why, and in what shared pairs differ."""
    _refuse_what_does_nothing(context, annotations=annotations, every=every, as_json=as_json, markdown=markdown)
    filters = choices.filters_of(
        negated=negated,
        no_data=no_data,
        exclude=exclude,
        asserted_from=asserted_from,
        asserted_until=asserted_until,
        namespace=namespace,
        gene_list=gene_list,
    )
    tables = [TABLES[choices.one_of("--by", name, tuple(TABLES))] for name in by or ("reason", "evidence", "namespace")]
    with open_database(read_settings()) as runner:
        place = choices.place(runner, ontology, genome, as_known_on)
        config = CompareConfig(
            a="",
            b="",
            release=place.release,
            genome=place.genome,
            filters=filters,
            hierarchy=explain,
            stale_months=months,
        )
        if every:
            names = _several(runner, files or [], place.known)
            result = compare_all(runner, names, config)
        else:
            a, b = _two(runner, files or [], place.known)
            if annotations:
                changed = find_changes(runner, a, b, release=place.release, genome=place.genome, stale_months=months)
            else:
                compared = compare_sources(runner, replace(config, a=a, b=b))
    if every:
        show_all(replace(result, notes=place.notes + result.notes), csv, as_json=as_json, markdown=markdown)
    elif annotations:
        show_changes(replace(changed, notes=place.notes + changed.notes), show, limit, csv, as_json)
    else:
        show_comparison(replace(compared, notes=place.notes + compared.notes), tables, show, limit, csv, as_json)


def _refuse_what_does_nothing(
    context: typer.Context, *, annotations: bool, every: bool, as_json: bool, markdown: bool
) -> None:
    """Raises InputError for options that the way of comparing cannot heed."""
    if every:
        choices.refuse(context, "--all compares pairs of whole files and does not go with", ("annotations",))
        choices.refuse(context, "--all lists no pairs and shows all its tables, so it takes none of", _LISTING)
    if annotations:
        choices.refuse(
            context,
            "--changes matches all annotations of both files, NOT and ND included, so it takes none of",
            (*_FILTERS, "explain", "by"),
        )
    if not every:
        choices.refuse(context, "only --all can be printed as Markdown", ("markdown",))
    if as_json:
        choices.refuse(context, "--json prints everything, so it takes none of", (*_LISTING, "markdown"))
    if "show" not in choices.given(context):
        choices.refuse(context, "without --show nothing is listed that could be limited", ("limit",))


@friendly_errors()
def waterfall(
    context: typer.Context,
    files: Annotated[list[str] | None, typer.Argument(help="Loaded annotation files; default: all.")] = None,
    ontology: choices.Ontology = None,
    genome: choices.GenomeName = None,
    as_known_on: choices.KnownDay = None,
    asserted_from: choices.From = None,
    asserted_until: choices.Until = None,
    exclude: choices.Exclude = None,
    negated: choices.Negated = "drop",
    no_data: choices.NoData = "drop",
    namespace: choices.Namespace = None,
    gene_list: choices.GeneListName = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown.")] = False,
    csv: CsvFolder = None,
    as_json: AsJson = False,
) -> None:
    """Show what became of the rows of files: from rows read to pairs kept, with the reason at each step."""
    if as_json:
        choices.refuse(context, "--json and Markdown contradict each other", ("markdown",))
    filters = choices.filters_of(
        negated=negated,
        no_data=no_data,
        exclude=exclude,
        asserted_from=asserted_from,
        asserted_until=asserted_until,
        namespace=namespace,
        gene_list=gene_list,
    )
    with open_database(read_settings()) as runner:
        place = choices.place(runner, ontology, genome, as_known_on)
        names = _several(runner, files or [], place.known)
        result = follow_rows(runner, names, release=place.release, genome=place.genome, filters=filters)
    show_waterfall(replace(result, notes=place.notes + result.notes), csv, as_json=as_json, markdown=markdown)


def _two(runner: Runner, files: list[str], known: KnownOn | None) -> tuple[str, str]:
    """The two files to compare: named, or those of a day.

    Raises:
        InputError: these are not two files.
    """
    if known is None:
        if len(files) != 2:
            raise InputError(
                "two annotation files are needed", expected="dcell-graph compare A B", found=_listed(files)
            )
        return files[0], files[1]
    there = known.sources
    if not files:
        names = [file.name for file in known.files]
        if len(names) != 2:
            raise InputError(
                f"two sources are needed that were there on {known.day}", found=_listed(names), hint="name two files"
            )
        return names[0], names[1]
    if len(files) != 1:
        raise InputError("--as-known-on stands in place of a file", expected="at most one named file")
    file = find_sources(runner, (files[0],))[0]
    other = there.get(file.family)
    if other is None:
        raise InputError(f"no loaded {file.family} file was made by {known.day}", hint="load one of that time")
    return other.name, file.name


def _several(runner: Runner, files: list[str], known: KnownOn | None) -> tuple[str, ...]:
    if known is not None:
        if files:
            raise InputError("--as-known-on stands in place of naming files", found=_listed(files))
        names = tuple(file.name for file in known.files)
    else:
        names = tuple(files) or tuple(file.name for file in loaded_sources(runner))
    if not names:
        raise InputError("no annotation file is there to look at", hint="load one with `dcell-graph load annotations`")
    return names


def _listed(names: list[str]) -> str:
    return ", ".join(names) or "none"
