"""``dcell-graph snapshot diff``: what two term sets differ in, and which exchange is the cause."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dcell_graph.cli import choices
from dcell_graph.cli.diff_sides import RECIPE, Changes, folder_of, sides
from dcell_graph.cli.diff_view import View, show
from dcell_graph.cli.display import AsJson, bars
from dcell_graph.cli.errors import friendly_errors
from dcell_graph.errors import InputError
from dcell_graph.graph.diff import difference
from dcell_graph.graph.hand_over import fetch_snapshot
from dcell_graph.graph.session import open_database
from dcell_graph.settings import Settings, read_settings
from dcell_graph.snapshot.diff.difference import Difference
from dcell_graph.snapshot.diff.frozen import differ_frozen
from dcell_graph.snapshot.diff.sides import ORDER
from dcell_graph.snapshot.diff.walk import KINDS
from dcell_graph.snapshot.storage import read_snapshot

_OF_A = ("a_ontology", "a_annotations", "a_genome", "a_until", "a_set")
_OF_B = ("ontology", "annotations", "genome", "until", "set_options")


@friendly_errors()
def diff(
    context: typer.Context,
    a: Annotated[str, typer.Argument(help="A snapshot in the database, recipe:NAME (or .toml), or a folder.")],
    b: Annotated[
        str | None, typer.Argument(help="The same. Left out, it is A with what the options below say.")
    ] = None,
    ontology: Annotated[str | None, typer.Option(help="B: ontology release.")] = None,
    annotations: Annotated[list[str] | None, typer.Option(help="B: annotation file; may be repeated.")] = None,
    genome: Annotated[str | None, typer.Option(help="B: genome.")] = None,
    until: Annotated[str | None, typer.Option(help="B: last day of assertion that counts, YYYY-MM-DD.")] = None,
    set_options: Annotated[list[str] | None, typer.Option("--set", help="B: option of the recipe, KEY=VALUE.")] = None,
    a_ontology: Annotated[str | None, typer.Option(help="A, if it is a recipe: ontology release.")] = None,
    a_annotations: Annotated[list[str] | None, typer.Option(help="A: annotation file; may be repeated.")] = None,
    a_genome: Annotated[str | None, typer.Option(help="A: genome.")] = None,
    a_until: Annotated[str | None, typer.Option(help="A: last day of assertion that counts.")] = None,
    a_set: Annotated[list[str] | None, typer.Option(help="A: option of the recipe, KEY=VALUE.")] = None,
    order: Annotated[
        str | None, typer.Option(help=f"What to exchange first; the rest follows as in {','.join(ORDER)}.")
    ] = None,
    listed: Annotated[str, typer.Option("--show", help="What to list: terms, links or pairs.")] = "terms",
    tree: Annotated[bool, typer.Option("--tree", help="Show the hierarchy around the terms that differ.")] = False,
    depth: Annotated[int, typer.Option(min=0, help="With --tree: levels below the root.")] = 3,
    every: Annotated[bool, typer.Option("--all", help="Every row, and every child in the tree.")] = False,
    csv: Annotated[Path | None, typer.Option("--csv", help="Also write every table into this new folder.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say which terms, links and pairs two snapshots differ in, and which of their ingredients is the cause."""
    choices.one_of("--show", listed, KINDS)
    if not tree:
        choices.refuse(context, "without --tree there are no levels to choose", ("depth",))
    if as_json:
        choices.refuse(context, "--json prints everything, so it takes none of", ("listed", "every"))
    settings = read_settings()
    folders = folder_of(settings, a), None if b is None else folder_of(settings, b)
    if any(folders):
        choices.refuse(context, "a folder is compared as it is, so it takes none of", (*_OF_A, *_OF_B, "order"))
        if b is None or a.startswith(RECIPE) or b.startswith(RECIPE):
            raise InputError("a folder can only be compared with another snapshot", expected="two that are built")
        first, second = (
            fetch_snapshot(settings, name) if folder is None else read_snapshot(folder)
            for name, folder in zip((a, b), folders, strict=True)
        )
        found = differ_frozen(first, second, (a, b))
    else:
        of_a = Changes(
            ontology=a_ontology,
            annotations=tuple(a_annotations or ()),
            genome=a_genome,
            until=a_until,
            options=tuple(a_set or ()),
        )
        of_b = Changes(
            ontology=ontology,
            annotations=tuple(annotations or ()),
            genome=genome,
            until=until,
            options=tuple(set_options or ()),
        )
        found = _exact(settings, a, b, of_a, of_b, ORDER if order is None else tuple(order.split(",")))
    show(found, View(listed=listed, depth=depth if tree else None, every=every, csv=csv, as_json=as_json))


def _exact(
    settings: Settings, a: str, b: str | None, of_a: Changes, of_b: Changes, order: tuple[str, ...]
) -> Difference:
    with bars() as progress, open_database(settings) as runner:
        first, second = sides(runner, a, b, of_a, of_b)
        return difference(runner, first, second, order=order, progress=progress)
