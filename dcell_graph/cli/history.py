"""``dcell-graph blame``, ``known-on`` and ``count``: one pair through time, one day, one file."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import pandas as pd
import typer

from dcell_graph.cli import choices
from dcell_graph.cli.display import AsJson, say
from dcell_graph.cli.errors import friendly_errors
from dcell_graph.cli.frames import show_frame, show_json
from dcell_graph.errors import InputError
from dcell_graph.graph.comparison.blame import blame as find_history
from dcell_graph.graph.comparison.count import Counts
from dcell_graph.graph.comparison.count import count as count_source
from dcell_graph.graph.comparison.known_on import choose_genome, choose_release, loaded_releases
from dcell_graph.graph.comparison.known_on import known_on as find_known
from dcell_graph.graph.runner import Runner
from dcell_graph.graph.session import open_database
from dcell_graph.settings import read_settings

_RECORD_COLUMNS = [
    "file",
    "line",
    "not",
    "stated",
    "relation",
    "evidence",
    "dates",
    "paper",
    "with_from",
    "assigned_by",
]
_TERM_COLUMNS = ["term", "name", "direct", "genes", "without_iea", "experimental", "with_regulates"]


@friendly_errors()
def blame(
    gene: Annotated[str, typer.Argument(help="Systematic name, symbol, SGDID or alias.")],
    term: Annotated[str, typer.Argument(help="GO id, or one that was merged into a term.")],
    ontology: choices.Ontology = None,
    genome: choices.GenomeName = None,
    as_json: AsJson = False,
) -> None:
    """Tell the history of a pair over all loaded files: first seen, re-dated, evidence added or dropped, gone, back."""
    with open_database(read_settings()) as runner:
        release = ontology or _newest_release(runner)
        result = find_history(
            runner,
            gene,
            term,
            genome=choose_genome(runner, genome),
            release=choose_release(runner, release),
        )
    if as_json:
        show_json(
            {
                "gene": result.gene,
                "symbol": result.symbol,
                "found_by": result.found_by,
                "term": result.term,
                "name": result.name,
                "ids": result.ids,
                "release": result.release,
                "events": result.events,
                "records": result.records,
                "ontology": result.ontology,
            }
        )
        return
    name = f" ({result.name})" if result.name else ""
    say(f"{result.symbol} ({result.gene}) and {result.term}{name}, through ontology {result.release}:")
    for sentence in result.sentences:
        say(f"  {sentence}")
    say("")
    show_frame(result.records[_RECORD_COLUMNS], empty="no loaded file annotates this gene to this term")
    say("")
    show_frame(result.ontology[["release", "date", "status", "name", "replaced_by", "consider"]], empty="no ontology")


@friendly_errors()
def known_on(
    day: Annotated[str, typer.Argument(metavar="YYYY-MM-DD", help="The day, inclusive.")],
    as_json: AsJson = False,
) -> None:
    """Say which loaded files and which ontology release were the newest on a day."""
    wanted = choices.day("the day", day)
    with open_database(read_settings()) as runner:
        result = find_known(runner, wanted)
    if as_json:
        show_json(
            {
                "day": result.day,
                "ontology": None if result.release is None else result.release.name,
                "sources": {family: file and file.name for family, file in result.sources.items()},
                "undated": result.undated,
            }
        )
        return
    say(f"Known on {result.day}, by the day that files and releases were made:")
    for sentence in result.sentences:
        say(f"  {sentence}")


@friendly_errors()
def count(
    source: Annotated[str | None, typer.Argument(help="A loaded annotation file.")] = None,
    ontology: choices.Ontology = None,
    genome: choices.GenomeName = None,
    as_known_on: choices.KnownDay = None,
    term: Annotated[
        list[str] | None, typer.Option(help="Also count the genes of this term, and say who joins with regulates.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print the many right numbers of one file, each with what it counts."""
    with open_database(read_settings()) as runner:
        place = choices.place(runner, ontology, genome, as_known_on)
        known = place.known
        names = [source] if source is not None else [file.name for file in known.files] if known else []
        if not names or (known is not None and source is not None):
            raise InputError("one annotation file is needed", expected="a name, or --as-known-on instead of it")
        results = [
            count_source(runner, name, release=place.release, genome=place.genome, terms=tuple(term or ()))
            for name in names
        ]
    results = [replace(result, notes=place.notes + result.notes) for result in results]
    if as_json:
        show_json({result.source.name: _json(result, bool(term)) for result in results})
        return
    for position, result in enumerate(results):
        if position:
            say("")
        _show(result, term or [])


def _show(result: Counts, asked: list[str]) -> None:
    rows, annotations = result.number("data rows"), result.number("annotations")
    pairs, genes = result.number("gene-term pairs"), result.number("genes with a pair")
    say(
        f"{result.source.title} has {rows:,} rows, which are {annotations:,} annotations; the positive ones with data "
        f"make {pairs:,} pairs of {genes:,} genes."
    )
    say(f"Terms of {result.release}, genes of {result.genome}.")
    say("")
    show_frame(result.numbers, empty="nothing")
    say("")
    say("Pairs by namespace, passed on to all terms above (positive, without ND; no link between namespaces followed):")
    show_frame(result.propagated, empty="nothing")
    if asked:
        say("")
        say("Genes of the terms asked for: direct; propagated over is_a and part_of with all evidence, without IEA,")
        say("and by experiment (no high-throughput codes); propagated over regulates as well:")
        show_frame(_asked_rows(result), empty="nothing")
        say("")
        show_frame(result.joined, empty="no gene joins when regulates is followed")
    say("")
    for note in result.notes:
        say(note)


def _asked_rows(result: Counts) -> pd.DataFrame:
    return result.terms[result.terms["term"].isin(result.asked).to_numpy()][_TERM_COLUMNS]


def _json(result: Counts, asked: bool) -> dict[str, object]:
    return {
        "release": result.release,
        "genome": result.genome,
        "numbers": result.numbers.to_dict("records"),
        "propagated": result.propagated.to_dict("records"),
        "terms": (_asked_rows(result) if asked else result.terms).to_dict("records"),
        "joined": result.joined.to_dict("records"),
        "notes": result.notes,
    }


def _newest_release(runner: Runner) -> str | None:
    """A pair is looked at through the newest release unless another is named."""
    dated = [release.name for release in loaded_releases(runner) if release.date is not None]
    return dated[-1] if dated else None
