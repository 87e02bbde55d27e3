"""Looks for the smallest change of a recipe that has a wanted effect, by applying changed recipes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np

from dcell_graph.errors import RecipeError
from dcell_graph.snapshot.applied.apply import Applier
from dcell_graph.snapshot.applied.material import Material, day_number, day_of_number
from dcell_graph.snapshot.applied.outcome import Outcome
from dcell_graph.snapshot.recipe import Recipe
from dcell_graph.sources.vocabulary import NAMESPACES

Wanted = Callable[[Outcome], bool]
_MOST_CHANGES = 3
# Values of an option that are tried one by one; of more, the mildest is looked for by halving.
_ONE_BY_ONE = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One option of a recipe with another value.

    Args:
        option: as in the recipe; ``stages.2.minimum`` belongs to the third stage, ``stages.2`` is the stage itself.
        before: its value.
        after: the value that has the effect; None leaves a limit or a stage out.
        stage: kind of the stage that it belongs to, or None.
    """

    option: str
    stage: str | None
    before: Any
    after: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """A changed recipe that has the wanted effect.

    Args:
        changes: what is changed.
        recipe: the changed recipe.
        outcome: of the changed recipe on the material at hand.
    """

    changes: tuple[Change, ...]
    recipe: Recipe
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """A way to change an option: values from the mildest to the strongest, each made of the value that is there."""

    path: tuple[str | int, ...]
    values: tuple[Callable[[Any], Any], ...]


def smallest_change(applier: Applier, recipe: Recipe, wanted: Wanted, *, first: str | None = None) -> WhatIf | None:
    """Find a change of as few options as possible that has the wanted effect, each as mild as possible.

    What is returned was applied. Tried are limits, evidence codes, leaving a stage out, and options with few values;
    not the order of stages, nor what they compare. Among changes of equally many options the order is: stages, dates,
    evidence codes, other filters, relations and branches; options that only repeat errors of others (NOT records
    counted as positive) come last.

    Args:
        applier: of the material that decides the effect.
        recipe: to change.
        wanted: tells of an outcome whether it is what is wanted.
        first: kind of the stage whose options are tried before all others.

    Returns:
        None if no change of up to three options has the effect.
    """
    ways = sorted(_ways(recipe, applier.material), key=lambda way: first is None or _stage(recipe, way) != first)
    for number in range(1, _MOST_CHANGES + 1):
        for chosen in combinations(ways, number):
            strongest = [len(way.values) - 1 for way in chosen]
            if _try(applier, recipe, wanted, chosen, strongest) is not None:
                return _mildest(applier, recipe, wanted, chosen, strongest)
        if number == 1:
            found = _between(applier, recipe, wanted, ways)
            if found is not None:
                return found
    return None


def _between(applier: Applier, recipe: Recipe, wanted: Wanted, ways: list[_Way]) -> WhatIf | None:
    """A change of one option that helps in its middle only: at its end, a child has the genes of its parent."""
    for way in ways:
        for step in range(min(len(way.values) - 1, _ONE_BY_ONE)):
            found = _try(applier, recipe, wanted, (way,), [step])
            if found is not None:
                return found
    return None


def _mildest(
    applier: Applier, recipe: Recipe, wanted: Wanted, ways: tuple[_Way, ...], steps: list[int]
) -> WhatIf | None:
    """Step back on one way after the other, as far as the effect stays."""
    for place, way in enumerate(ways):
        low, high = 0, len(way.values) - 1
        if high <= _ONE_BY_ONE:
            tried = ([*steps[:place], step, *steps[place + 1 :]] for step in range(high))
            steps = next((some for some in tried if _try(applier, recipe, wanted, ways, some) is not None), steps)
            continue
        while low < high:
            middle = (low + high) // 2
            if _try(applier, recipe, wanted, ways, [*steps[:place], middle, *steps[place + 1 :]]) is not None:
                high = middle
            else:
                low = middle + 1
        steps[place] = high  # the last one that was seen to have the effect
    return _try(applier, recipe, wanted, ways, steps)


def _try(applier: Applier, recipe: Recipe, wanted: Wanted, ways: tuple[_Way, ...], steps: list[int]) -> WhatIf | None:
    content = recipe.model_dump()
    content["stages"] = list(content["stages"])
    changes: dict[str, Change] = {}
    for way, step in zip(ways, steps, strict=True):
        *inner, last = way.path
        place: Any = content
        for key in inner:
            place = place[key]
        option = ".".join(map(str, way.path))
        before = changes[option].before if option in changes else deepcopy(place[last])
        place[last] = way.values[step](place[last])
        changes[option] = Change(option=option, stage=_stage(recipe, way), before=before, after=place[last])
    content["stages"] = [stage for stage in content["stages"] if stage is not None]
    try:
        changed = Recipe.model_validate(content)
        outcome = applier.apply(changed)
    except (RecipeError, ValueError):  # the options do not go together, or nothing is left
        return None
    return WhatIf(changes=tuple(changes.values()), recipe=changed, outcome=outcome) if wanted(outcome) else None


def _stage(recipe: Recipe, way: _Way) -> str | None:
    """Kind of the stage that a way changes."""
    return recipe.stages[int(way.path[1])].kind if way.path[0] == "stages" else None


def _ways(recipe: Recipe, material: Material) -> Iterator[_Way]:
    for place, stage in enumerate(recipe.stages):
        here = ("stages", place)
        if stage.kind == "contained":
            if stage.minimum > 1:
                yield _Way(path=(*here, "minimum"), values=tuple(map(_to, range(stage.minimum - 1, 0, -1))))
            else:
                yield _Way(path=here, values=(_to(None),))
        elif stage.kind == "redundant":
            yield _Way(path=here, values=(_to(None),))
        elif stage.kind == "evidence":
            yield from _codes((*here, "exclude"), stage.exclude)
        else:
            yield from _dates(here, stage.asserted_from, stage.asserted_until, material)
    yield from _dates((), recipe.asserted_from, recipe.asserted_until, material)
    yield from _codes(("exclude_evidence",), recipe.exclude_evidence)
    yield from _choices(recipe)


def _codes(path: tuple[str | int, ...], codes: tuple[str, ...]) -> Iterator[_Way]:
    """Let one evidence code pass, or all."""
    yield from (_Way(path=path, values=(partial(_without, code),)) for code in codes)
    if len(codes) > 1:
        yield _Way(path=path, values=(_to(()),))


def _choices(recipe: Recipe) -> Iterator[_Way]:
    """Options with few values, the most usual change first."""
    simple: list[tuple[str, Any, bool]] = [
        ("record", "any", recipe.record == "last"),
        ("unannotated_parents", "keep", recipe.unannotated_parents != "keep"),
        ("gene_list", None, recipe.gene_list is not None),
        ("removed_genes", "parents", recipe.removed_genes == "drop"),
        ("annotations", "propagated", recipe.annotations == "direct"),
        ("cross_namespace", True, not recipe.cross_namespace),
    ]
    for option, value, possible in simple:
        if possible:
            yield _Way(path=(option,), values=(_to(value),))
    for option, known in (("relations", ("is_a", "part_of", "regulates")), ("namespaces", NAMESPACES)):
        for value in known:
            if value not in getattr(recipe, option):
                yield _Way(path=(option,), values=(partial(_with, value),))
    if recipe.genes_without_term == "leave":
        yield _Way(path=("genes_without_term",), values=(_to("root"),))
    if recipe.no_data == "drop":
        yield _Way(path=("no_data",), values=(_to("keep"),))
    if recipe.negated == "drop":
        yield _Way(path=("negated",), values=(_to("not-examined"),))


def _dates(here: tuple[str | int, ...], start: date | None, end: date | None, material: Material) -> Iterator[_Way]:
    """Move a limit to the days that records have, one after the other, then leave it out."""
    days = np.unique(material.records.day).tolist()
    if end is not None:
        later = [_to(day_of_number(day)) for day in days if day > day_number(end)]
        yield _Way(path=(*here, "asserted_until"), values=(*later, _to(None)))
    if start is not None:
        earlier = [_to(day_of_number(day)) for day in reversed(days) if day < day_number(start)]
        yield _Way(path=(*here, "asserted_from"), values=(*earlier, _to(None)))


def _to(value: Any) -> Callable[[Any], Any]:
    return lambda _: value


def _with(value: str, there: tuple[str, ...]) -> tuple[str, ...]:
    return (*there, value)


def _without(value: str, there: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(other for other in there if other != value)
