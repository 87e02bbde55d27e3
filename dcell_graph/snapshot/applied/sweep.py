"""Many recipes out of one: every combination of some values of its options."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Any, Literal

from dcell_graph.snapshot.recipe import Recipe, with_options

Order = Literal["as in the recipe", "contained first", "redundant first"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """What to try; every combination is one term set. A None stands for what the recipe itself says.

    Args:
        releases: ontology releases.
        sources: sets of annotation files, each in the order that decides which record is listed last.
        recipes: to start from.
        relations: groups to follow.
        untils: last days of assertion.
        excluded: evidence codes to leave out.
        orders: of the stages ``contained`` and ``redundant``.
        minimums: of contained genes.
    """

    releases: tuple[str, ...]
    sources: tuple[tuple[str, ...], ...]
    recipes: tuple[Recipe, ...]
    relations: tuple[tuple[str, ...] | None, ...] = (None,)
    untils: tuple[date | None, ...] = (None,)
    excluded: tuple[tuple[str, ...] | None, ...] = (None,)
    orders: tuple[Order, ...] = ("as in the recipe",)
    minimums: tuple[int | None, ...] = (None,)


def variants(base: Recipe, sweep: Sweep) -> list[Recipe]:
    """Every combination for one recipe, each result once.

    Minimums vary fastest: they come last in most recipes, and what comes before them is worked out once.
    """
    combinations = product(sweep.relations, sweep.untils, sweep.excluded, sweep.orders, sweep.minimums)
    found: dict[str, Recipe] = {}
    for relations, until, excluded, order, minimum in combinations:
        recipe = base
        if relations is not None:
            recipe = Recipe.model_validate(recipe.model_dump() | {"relations": relations})
        if excluded is not None:
            recipe = _excluding(recipe, excluded)
        if until is not None:
            recipe = with_options(recipe, until=until)
        recipe = _ordered(recipe, order)
        if minimum is not None:
            recipe = with_minimum(recipe, minimum)
        found.setdefault(repr(recipe.canonical()), recipe)
    return list(found.values())


def distance(a: dict[str, Any], b: dict[str, Any]) -> int:
    """In how many options two recipes differ; each stage counts by itself, and so does their order."""
    number = sum(1 for option in a if option != "stages" and a[option] != b[option])
    left, right = (Counter(repr(sorted(stage.items())) for stage in one["stages"]) for one in (a, b))
    number += max((left - right).total(), (right - left).total())
    kinds = [[stage["kind"] for stage in one["stages"]] for one in (a, b)]
    both = Counter(kinds[0]) & Counter(kinds[1])
    orders = [_first_of(one, both) for one in kinds]
    return number + int(orders[0] != orders[1])


def _first_of(kinds: list[str], numbers: Counter[str]) -> list[str]:
    """As many of each kind as a number says, in their order."""
    left = numbers.copy()
    found = []
    for kind in kinds:
        if left[kind]:
            left[kind] -= 1
            found.append(kind)
    return found


def _excluding(recipe: Recipe, codes: tuple[str, ...]) -> Recipe:
    content = recipe.model_dump()
    stages = [dict(stage) for stage in content["stages"]]
    if any(stage["kind"] == "evidence" for stage in stages):
        stages = [
            stage | {"exclude": codes} if stage["kind"] == "evidence" else stage
            for stage in stages
            if stage["kind"] != "evidence" or codes
        ]
    else:
        content["exclude_evidence"] = codes
    return Recipe.model_validate(content | {"stages": stages})


def _ordered(recipe: Recipe, order: Order) -> Recipe:
    if order == "as in the recipe":
        return recipe
    first = order.removesuffix(" first")
    places = [place for place, stage in enumerate(recipe.stages) if stage.kind in ("contained", "redundant")]
    moved = sorted((recipe.stages[place] for place in places), key=lambda stage: stage.kind != first)
    stages = list(recipe.stages)
    for place, stage in zip(places, moved, strict=True):
        stages[place] = stage
    return recipe.model_copy(update={"stages": tuple(stages)})


def with_minimum(recipe: Recipe, minimum: int) -> Recipe:
    """The recipe with another minimum of contained genes; a recipe without such a stage gets one at its end."""
    content = recipe.model_dump()
    stages = [dict(stage) for stage in content["stages"]]
    places = [place for place, stage in enumerate(stages) if stage["kind"] == "contained"]
    for place in places:
        stages[place]["minimum"] = minimum
    if not places:
        stages.append({"kind": "contained", "minimum": minimum})
    return Recipe.model_validate(content | {"stages": stages})


def months(first: date, last: date) -> list[date]:
    """The last day of every month from the month of one day to that of another."""
    found = []
    year, month = first.year, first.month
    while (year, month) <= (last.year, last.month):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        found.append(date.fromordinal(date(year, month, 1).toordinal() - 1))
    return found
