"""What to call a recipe that is a named one with some options changed."""

from __future__ import annotations

from datetime import date

from dcell_graph.snapshot.diff.sides import Side, plan
from dcell_graph.snapshot.recipe import DateStage, Recipe


def called(recipe: Recipe, named: Recipe) -> str:
    """The name, followed by what the recipe has otherwise than the one of that name: first a last day, then the rest.

    Args:
        recipe: to be called something.
        named: the recipe that the name stands for.
    """
    words = named.name
    day = _last_day(recipe, in_stage=_has_date_stage(named))
    if day is not None and day != _last_day(named, in_stage=_has_date_stage(named)):
        words += f" until {day}"
        named = until(named, day)
    changed = [step.cause for step in plan(_alone(named), _alone(recipe))]
    return f"{words} ({'; '.join(changed)})" if changed else words


def until(recipe: Recipe, day: date | None) -> Recipe:
    """The recipe with another last day, where ``with_options`` puts it; None for no last day.

    Args:
        recipe: it is not changed.
        day: last day of assertion that counts.
    """
    if not _has_date_stage(recipe):
        return recipe.model_copy(update={"asserted_until": day})
    stages = list(recipe.stages)
    place = next(place for place, stage in enumerate(stages) if isinstance(stage, DateStage))
    stages[place] = stages[place].model_copy(update={"asserted_until": day})
    return recipe.model_copy(update={"stages": tuple(stages)})


def _has_date_stage(recipe: Recipe) -> bool:
    return any(isinstance(stage, DateStage) for stage in recipe.stages)


def _last_day(recipe: Recipe, *, in_stage: bool) -> date | None:
    """The last day in the first date stage, or else the one before all stages."""
    if not in_stage:
        return recipe.asserted_until
    return next((stage.asserted_until for stage in recipe.stages if isinstance(stage, DateStage)), None)


def _alone(recipe: Recipe) -> Side:
    return Side(recipe=recipe, release="", sources=(), genome="")
