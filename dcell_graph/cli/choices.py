"""The options that several commands on sources share, and how they become filters, releases and files."""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, cast

import typer

from dcell_graph.errors import InputError, RecipeError
from dcell_graph.graph.comparison.filters import Filters
from dcell_graph.graph.comparison.known_on import KnownOn, choose_genome, choose_release, known_on, loaded_releases
from dcell_graph.graph.runner import Runner
from dcell_graph.sources.vocabulary import NAMESPACES, NO_DATA

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
    codes = {code.upper() for code in exclude or ()}
    if NO_DATA in codes and no_data == "keep":
        raise InputError("--exclude ND and --nd keep contradict each other", hint="give one of them")
    return Filters(
        negated=_policy("--not", negated),
        no_data=_policy("--nd", no_data),
        # ND is left out by the policy; it need not be said, or counted, twice.
        exclude_evidence=tuple(sorted(codes - {NO_DATA})),
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Through which ontology and genome, and on which day, things are looked at.

    Args:
        release: the ontology release.
        genome: the genome.
        known: what was known on the day, if one was given.
        notes: what to say about the choice.
    """

    release: str
    genome: str
    known: KnownOn | None
    notes: tuple[str, ...] = ()


def place(runner: Runner, ontology: str | None, genome: str | None, known_day: str | None) -> Place:
    """What the options name: a release that is named wins over the one of the day, and a newer one is noted.

    Raises:
        NotFound, InputError: there is none, or several and no choice between them, or none was out on the day.
    """
    if known_day is None:
        return Place(release=choose_release(runner, ontology), genome=choose_genome(runner, genome), known=None)
    known = known_on(runner, day("--as-known-on", known_day))
    notes: tuple[str, ...] = ()
    if ontology is not None:
        release = choose_release(runner, ontology)
        notes = _not_of_the_day(runner, release, known.day)
    elif known.release is not None:
        release = known.release.name
    else:
        releases = loaded_releases(runner)
        raise InputError(
            f"no loaded ontology release was out by {known.day}",
            found=", ".join(release.name for release in releases) or "none",
            hint="load one of that time, or name a newer one with --ontology",
        )
    return Place(release=release, genome=choose_genome(runner, genome), known=known, notes=notes)


def _not_of_the_day(runner: Runner, name: str, day: date) -> tuple[str, ...]:
    (released,) = [release.date for release in loaded_releases(runner) if release.name == name]
    if released is None:
        return (f"The ontology {name} says no day, so nobody can tell whether it was out on {day}.",)
    if released > day:
        return (f"The ontology {name} is newer than {day}: terms are seen as they were on {released}.",)
    return ()


def given(context: typer.Context) -> dict[str, str]:
    """The options on the command line as users write them, such as ``--nd``, by the name of their parameter."""
    sources = {param.name: context.get_parameter_source(param.name) for param in context.command.params if param.name}
    return {
        param.name: param.opts[0]
        for param in context.command.params
        if param.name and param.opts[0].startswith("--") and _typed(sources[param.name])
    }


def refuse(context: typer.Context, what: str, names: Collection[str]) -> None:
    """Refuse options that would do nothing.

    Args:
        context: of the command.
        what: the beginning of the sentence, which says why; ``: --nd, --not`` follows.
        names: of the parameters.

    Raises:
        InputError: one of them is on the command line.
    """
    useless = [option for name, option in given(context).items() if name in names]
    if useless:
        raise InputError(f"{what}: {', '.join(useless)}", hint="leave that out")


def _typed(source: object) -> bool:
    return getattr(source, "name", "") == "COMMANDLINE"


def _policy(option: str, text: str) -> Literal["drop", "keep"]:
    if text not in ("drop", "keep"):
        raise InputError(f"{option} cannot be {text}", expected="drop or keep")
    return cast(Literal["drop", "keep"], text)


def recipe_option(text: str) -> tuple[str, Any]:
    """An option of a recipe and its value, from KEY=VALUE; the value is TOML, or a text as it stands.

    Raises:
        RecipeError: there is no equals sign.
    """
    key, separator, value = text.partition("=")
    if not separator:
        raise RecipeError("an option cannot be read", expected="--set KEY=VALUE", found=text)
    try:
        return key.strip(), tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return key.strip(), value.strip()


def one_of(option: str, text: str, known: tuple[str, ...]) -> str:
    """The text, if it is one of the known ones.

    Raises:
        InputError: it is not.
    """
    if text not in known:
        raise InputError(f"{option} cannot be {text}", expected=" or ".join(known))
    return text
