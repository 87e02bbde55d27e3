"""Which two term sets ``dcell-graph snapshot diff`` compares: built snapshots, or recipes that are not built."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dcell_graph.cli.choices import recipe_option
from dcell_graph.errors import InputError, NotFound
from dcell_graph.graph.comparison.known_on import choose_genome, choose_release, find_sources, loaded_sources
from dcell_graph.graph.diff import Asked, built
from dcell_graph.graph.hand_over import stored_id
from dcell_graph.graph.runner import Runner
from dcell_graph.settings import Settings
from dcell_graph.snapshot.diff.sides import Side
from dcell_graph.snapshot.recipe import Recipe, find_recipe, with_options

RECIPE = "recipe:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What the options say about a side; None and empty where they say nothing.

    Args:
        ontology: release.
        annotations: files, in their order.
        genome: name.
        until: last day of assertion, YYYY-MM-DD.
        options: of the recipe, as KEY=VALUE.
    """

    ontology: str | None = None
    annotations: Sequence[str] = ()
    genome: str | None = None
    until: str | None = None
    options: Sequence[str] = ()

    def any(self) -> bool:
        """Whether they say anything."""
        return self != Changes(annotations=(), options=())


def folder_of(settings: Settings, name: str) -> Path | None:
    """The folder that a name stands for; None if it stands for a recipe, or for a snapshot in the database.

    Args:
        settings: where the database and the snapshot folders are.
        name: a path, or the name of a snapshot in the snapshots folder that the database does not have.

    Raises:
        NotFound: it looks like a path, and no snapshot is there.
    """
    if name.startswith(RECIPE):
        return None
    if (Path(name) / "manifest.json").is_file():
        return Path(name)
    if len(Path(name).parts) > 1:
        raise NotFound(f"there is no snapshot in {name}", expected="a folder with manifest.json")
    exported = settings.snapshots / name
    return exported if (exported / "manifest.json").is_file() and stored_id(settings, name) is None else None


def sides(runner: Runner, a: str, b: str | None, of_a: Changes, of_b: Changes) -> tuple[Asked, Asked]:
    """The two sides.

    Args:
        runner: of the database.
        a: name of a snapshot, or ``recipe:NAME``.
        b: the same; None for A changed.
        of_a: what the options say about A, if it is a recipe.
        of_b: what they say about B, if it is a recipe or A changed.

    Raises:
        InputError: options that do nothing, or nothing to compare with.
        NotFound: something of that name is not there.
        RecipeError: a recipe or option cannot be used.
    """
    _check(a, b, of_a, of_b)
    second = None if b is None or b.startswith(RECIPE) else built(runner, b)
    if a.startswith(RECIPE):
        inputs = second.side if second else _loaded(runner, of_a)
        recipe = find_recipe(a.removeprefix(RECIPE))
        first = Asked(label=a, side=_changed(runner, replace(inputs, recipe=recipe, named=recipe), of_a))
    else:
        first = built(runner, a)
    if second is None:
        base = first.side
        if b is not None:
            recipe = find_recipe(b.removeprefix(RECIPE))
            base = replace(base, recipe=recipe, named=recipe)
        second = Asked(label=b or "A changed", side=_changed(runner, base, of_b))
    return first, second


def _check(a: str, b: str | None, of_a: Changes, of_b: Changes) -> None:
    if of_a.any() and not a.startswith(RECIPE):
        raise InputError(
            f"{a} is built, so that nothing about it can be changed",
            hint=f"leave the options --a-... out, or write {RECIPE}NAME for a recipe that is not built",
        )
    if b is None and not of_b.any():
        raise InputError(
            "there is nothing to compare with", hint="name a second snapshot, or an option that B has otherwise than A"
        )
    if b is not None and not b.startswith(RECIPE) and of_b.any():
        raise InputError(
            f"{b} is built, so that nothing about it can be changed", hint="leave B out to compare A with A changed"
        )


def _loaded(runner: Runner, changes: Changes) -> Side:
    """The inputs that options name, or else the only ones loaded."""
    files = [file.name for file in loaded_sources(runner)]
    if not changes.annotations and len(files) != 1:
        raise InputError("--a-annotations is needed", expected=" or ".join(files) or "a loaded annotation file")
    return Side(
        recipe=Recipe(name=""),
        release=choose_release(runner, changes.ontology),
        sources=tuple(changes.annotations or files),
        genome=choose_genome(runner, changes.genome),
    )


def _changed(runner: Runner, side: Side, changes: Changes) -> Side:
    """A side with what the options say."""
    recipe = side.recipe
    if changes.until is not None or changes.options:
        options = dict(map(recipe_option, changes.options))
        for idle in ("name", "description"):
            if idle in options:
                raise InputError(
                    f"the {idle} of a recipe changes nothing in a snapshot", expected="an option", found=f"--set {idle}"
                )
        recipe = with_options(recipe, until=changes.until, options=options)
    sources = tuple(dict.fromkeys(changes.annotations)) or side.sources
    find_sources(runner, sources)
    return replace(
        side,
        recipe=recipe,
        release=side.release if changes.ontology is None else choose_release(runner, changes.ontology),
        sources=sources,
        genome=side.genome if changes.genome is None else choose_genome(runner, changes.genome),
    )
