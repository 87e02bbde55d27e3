"""Sweeps recipes over releases, sources and options, and shows which come near a wanted number of terms.

An equal number of terms is not an equal set of terms; where a list of terms is given, sets are compared as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import pandas as pd

from dcell_graph.errors import InputError, RecipeError
from dcell_graph.snapshot.applied.apply import Applier
from dcell_graph.snapshot.applied.outcome import Outcome
from dcell_graph.snapshot.applied.sweep import Sweep, distance, variants
from dcell_graph.snapshot.recipe import ROOT_ID, Recipe
from dcell_graph.types import Progress, silent

Appliers = Callable[[str, tuple[str, ...]], Applier]
"""The applier for a release and some sources."""

_COLUMNS = [
    *("release", "sources", "recipe", "relations", "until", "excluded", "order", "minimum"),
    *("subsystems", "off_target", "changes", "links", "genes", "pairs"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One term set of a sweep.

    Args:
        release, sources: what the recipe was applied to.
        base: the recipe it started from.
        recipe: what was applied.
        changes: how many options differ from the recipe it started from.
        outcome: the term set, or None if nothing is left of it.
        why: nothing is left.
    """

    release: str
    sources: tuple[str, ...]
    base: str
    recipe: Recipe
    changes: int
    outcome: Outcome | None
    why: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What a sweep found.

    Args:
        target: wanted number of subsystems.
        found: the term sets that are not empty, in the order of the sweep.
        empty: what left nothing.
        table: one row for each of ``found``: what it was made of, ``subsystems`` (its terms with an artificial root, as
            many as a model has subsystems), ``off_target`` (subsystems - target), ``changes``, ``links``, ``genes``,
            ``pairs``; with a list of terms also ``listed`` (terms of the list that are in it), ``jaccard``.
        pareto: positions in ``table`` that no other row beats in nearness to the target and number of changes (and
            jaccard), nearest first.
        listed: the list of terms that sets were compared with, or None.
    """

    target: int
    found: tuple[Tried, ...]
    empty: tuple[Tried, ...]
    table: pd.DataFrame
    pareto: tuple[int, ...]
    listed: frozenset[str] | None

    def shared(self, a: int, b: int) -> float:
        """Share of the terms of two rows of the table that are in both (Jaccard index, 0 to 1)."""
        return jaccard(_terms(self.found[a]), _terms(self.found[b]))


def calibrate(
    appliers: Appliers,
    sweep: Sweep,
    *,
    target: int,
    listed: Iterable[str] | None = None,
    progress: Progress = silent,
) -> Calibration:
    """Try every combination of a sweep.

    Args:
        appliers: makes or finds the applier for a release and some sources; asked once for each.
        sweep: what to try.
        target: wanted number of subsystems, at least 1.
        listed: ids of the terms that are wanted, if they are known.
        progress: told after each term set.

    Raises:
        InputError: the target is no number of subsystems, or the list of terms is empty.
    """
    if target < 1:
        raise InputError("the target is no number of subsystems", expected="1 or more", found=str(target))
    wanted = None if listed is None else frozenset(listed) - {ROOT_ID}
    if wanted is not None and not wanted:
        raise InputError("the list of terms is empty", expected="one term id a line")
    chosen = [(base, recipe) for base in sweep.recipes for recipe in variants(base, sweep)]
    places = list(product(sweep.releases, sweep.sources))
    tried: list[Tried] = []
    for release, sources in places:
        applier = appliers(release, sources)
        for base, recipe in chosen:
            tried.append(_try(applier, base, recipe))
            progress("term sets", len(tried), len(places) * len(chosen))
    found = tuple(one for one in tried if one.outcome is not None)
    table = _table(found, target, wanted)
    return Calibration(
        target=target,
        found=found,
        empty=tuple(one for one in tried if one.outcome is None),
        table=table,
        pareto=_pareto(table),
        listed=wanted,
    )


def _try(applier: Applier, base: Recipe, recipe: Recipe) -> Tried:
    outcome, why = None, None
    try:
        outcome = applier.apply(recipe)
    except RecipeError as error:
        why = str(error)
    return Tried(
        release=applier.material.release,
        sources=applier.material.sources,
        base=base.name,
        recipe=recipe,
        changes=distance(base.canonical(), recipe.canonical()),
        outcome=outcome,
        why=why,
    )


def curve(applier: Applier, recipes: Iterable[tuple[Any, Recipe]], *, progress: Progress = silent) -> pd.DataFrame:
    """How many subsystems, links, genes and pairs there are as one option moves.

    Args:
        applier: of the material.
        recipes: the values of the option, each with the recipe that has it.
        progress: told after each.

    Returns:
        ``value``, ``subsystems``, ``links``, ``genes``, ``pairs``; zeros where nothing is left.
    """
    rows = []
    for number, (value, recipe) in enumerate(recipes):
        try:
            sizes = _sizes(applier.apply(recipe))
        except RecipeError:
            sizes = dict.fromkeys(("subsystems", "links", "genes", "pairs"), 0)
        rows.append({"value": value, **sizes})
        progress("points of the curve", number + 1, None)
    return pd.DataFrame(rows, columns=["value", "subsystems", "links", "genes", "pairs"])


def jaccard(a: Iterable[str], b: Iterable[str]) -> float:
    """Size of the intersection over size of the union; 1 for two empty sets."""
    one, other = set(a), set(b)
    return len(one & other) / len(one | other) if one or other else 1.0


def _sizes(outcome: Outcome) -> dict[str, int]:
    genes = 0
    for held in outcome.genes.values():
        genes |= held
    return {
        "subsystems": len(outcome.terms),
        "links": len(outcome.links),
        "genes": genes.bit_count(),
        "pairs": sum(held.bit_count() for held in outcome.genes.values()),
    }


def _terms(tried: Tried) -> frozenset[str]:
    return frozenset() if tried.outcome is None else frozenset(tried.outcome.terms) - {ROOT_ID}


def _table(found: Sequence[Tried], target: int, listed: frozenset[str] | None) -> pd.DataFrame:
    rows = []
    for one in found:
        assert one.outcome is not None
        sizes = _sizes(one.outcome)
        row: dict[str, Any] = {
            "release": one.release,
            "sources": " + ".join(one.sources),
            "recipe": one.base,
            **{name: _shown(one, name) for name in ("relations", "until", "excluded", "order", "minimum")},
            **sizes,
            "off_target": sizes["subsystems"] - target,
            "changes": one.changes,
        }
        if listed is not None:
            terms = _terms(one)
            row |= {"listed": len(terms & listed), "jaccard": jaccard(terms, listed)}
        rows.append(row)
    return pd.DataFrame(rows, columns=_COLUMNS + ([] if listed is None else ["listed", "jaccard"]))


def _shown(tried: Tried, name: str) -> Any:
    """An option as the recipe that was applied has it."""
    recipe = tried.recipe
    kinds = {stage.kind: stage for stage in recipe.stages}
    date_stage, evidence, contained = kinds.get("date"), kinds.get("evidence"), kinds.get("contained")
    if name == "relations":
        return ", ".join(recipe.relations)
    if name == "until":
        day = recipe.asserted_until if date_stage is None else getattr(date_stage, "asserted_until", None)
        return "" if day is None else day.isoformat()
    if name == "excluded":
        return ", ".join([*recipe.exclude_evidence, *getattr(evidence, "exclude", ())])
    if name == "minimum":
        return getattr(contained, "minimum", 0)
    order = [stage.kind for stage in recipe.stages if stage.kind in ("contained", "redundant")]
    return f"{order[0]} first" if len(order) > 1 else ""


def _pareto(table: pd.DataFrame) -> tuple[int, ...]:
    """Rows that no other row beats in every respect; of rows that are equal in all, the first."""
    worse = [table["off_target"].abs(), table["changes"]]
    if "jaccard" in table:
        worse.append(-table["jaccard"])
    points = list(zip(*worse, strict=True))
    order = sorted(range(len(points)), key=lambda row: (points[row], row))
    kept: list[int] = []
    for row in order:
        if not any(all(a <= b for a, b in zip(points[other], points[row], strict=True)) for other in kept):
            kept.append(row)
    return tuple(kept)
