"""The options that several commands on sources share, and how they become filters, releases and files."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, cast

import typer

from dcell_graph.errors import InputError
from dcell_graph.graph.comparison.filters import Filters
from dcell_graph.graph.comparison.known_on import KnownOn, choose_genome, choose_release, known_on
from dcell_graph.graph.runner import Runner
from dcell_graph.sources.vocabulary import NAMESPACES

Ontology = Annotated[
    str | None, typer.Option("--ontology", help="Ontology release to look terms up in; default: the only one loaded.")
]
GenomeName = Annotated[
    str | None, typer.Option("--genome", help="Genome to look genes up in; default: the only one loaded.")
]
KnownDay = Annotated[
    str | None,
    typer.Option(
        "--as-known-on",
        metavar="YYYY-MM-DD",
        help="Release axis: use the files (and the ontology) that were made by that day, in place of naming them.",
    ),
]
From = Annotated[
    str | None,
    typer.Option("--asserted-from", metavar="YYYY-MM-DD", help="Assertion axis: first day of the date column."),
]
Until = Annotated[
    str | None,
    typer.Option(
        "--asserted-until",
        metavar="YYYY-MM-DD",
        help="Assertion axis: last day of the date column; not the same as --as-known-on.",
    ),
]
Exclude = Annotated[list[str] | None, typer.Option("--exclude", help="Evidence code to leave out; may be repeated.")]
Negated = Annotated[str, typer.Option("--not", help="NOT annotations: drop, or keep as pairs of their own.")]
NoData = Annotated[str, typer.Option("--nd", help="Annotations with evidence ND: drop or keep.")]
Namespace = Annotated[list[str] | None, typer.Option(help="Only this branch of the ontology; may be repeated.")]
GeneListName = Annotated[str | None, typer.Option("--gene-list", help="Only genes of this loaded list.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def filters_of(
    *,
    negated: str,
    no_data: str,
    exclude: list[str] | None,
    asserted_from: str | None,
    asserted_until: str | None,
    namespace: list[str] | None,
    gene_list: str | None,
) -> Filters:
    """The filters that the options name.

    Raises:
        InputError: an option has no usable value.
    """
    return Filters(
        negated=_policy("--not", negated),
        no_data=_policy("--nd", no_data),
        exclude_evidence=tuple(sorted({code.upper() for code in exclude or ()})),
        asserted_from=day_of("--asserted-from", asserted_from),
        asserted_until=day_of("--asserted-until", asserted_until),
        namespaces=tuple(namespace) if namespace else NAMESPACES,
        gene_list=gene_list,
    )


def day_of(option: str, text: str | None) -> date | None:
    """A day given as YYYY-MM-DD, or None if none was given.

    Raises:
        InputError: it is none.
    """
    return None if text is None else day(option, text)


def day(option: str, text: str) -> date:
    """A day given as YYYY-MM-DD.

    Raises:
        InputError: it is none.
    """
    try:
        if len(text) == len("2017-07-19"):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise InputError(f"{option} is not a day", expected="YYYY-MM-DD", found=text)


def place(
    runner: Runner, ontology: str | None, genome: str | None, known_day: str | None
) -> tuple[str, str, KnownOn | None]:
    """(ontology release, genome, what was known on the day, if one was given).

    A release that is named wins over the one of the day.

    Raises:
        NotFound, InputError: there is none, or several and no choice between them.
    """
    known = None if known_day is None else known_on(runner, day("--as-known-on", known_day))
    if known is not None and ontology is None and known.release is not None:
        ontology = known.release.name
    return choose_release(runner, ontology), choose_genome(runner, genome), known


def _policy(option: str, text: str) -> Literal["drop", "keep"]:
    if text not in ("drop", "keep"):
        raise InputError(f"{option} cannot be {text}", expected="drop or keep")
    return cast(Literal["drop", "keep"], text)


def one_of(option: str, text: str, known: tuple[str, ...]) -> str:
    """The text, if it is one of the known ones.

    Raises:
        InputError: it is not.
    """
    if text not in known:
        raise InputError(f"{option} cannot be {text}", expected=" or ".join(known))
    return text
