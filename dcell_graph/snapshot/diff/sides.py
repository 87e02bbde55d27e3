"""The way from one term set to another: ingredients exchanged one at a time, in a fixed order.

An ingredient is the smallest thing that can be exchanged by itself: the ontology release, the genome, one annotation
file, one filter, one stage, one other option of the recipe.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from dcell_graph.errors import InputError
from dcell_graph.snapshot.diff.stages import stage_changes, value_text
from dcell_graph.snapshot.recipe import Recipe

ORDER = ("ontology", "genome", "sources", "filters", "stages", "options")
"""Groups of ingredients in the order in which they are exchanged."""

# What is exchanged in one go: fields that a recipe cannot have one without the other are one ingredient.
_FILTERS: dict[str, tuple[str, ...]] = {
    "evidence dates": ("asserted_from", "asserted_until"),
    "evidence codes left out": ("exclude_evidence",),
    "NOT": ("negated",),
    "ND": ("no_data",),
    "record": ("record",),
    "gene list": ("gene_list",),
    "namespaces": ("namespaces",),
}
_OPTIONS: dict[str, tuple[str, ...]] = {
    "relations": ("relations",),
    "links between namespaces": ("cross_namespace",),
    "annotations": ("annotations", "unannotated_parents"),
    "genes of removed terms": ("removed_genes",),
    "genes without a term": ("genes_without_term",),
    "super root": ("super_root",),
}
# What fields that are exchanged together are called.
_WORDS = {"asserted_from": "from ", "asserted_until": "until ", "unannotated_parents": "unannotated parents "}


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What a term set is made of.

    Args:
        recipe: what is done.
        release: ontology release.
        sources: annotation files, in the order that decides which record is listed last.
        genome: gene names are resolved against it.
        named: the recipe that the recipe's name stands for, if some of its options were changed.
    """

    recipe: Recipe
    release: str
    sources: tuple[str, ...]
    genome: str
    named: Recipe | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One exchange on the way.

    Args:
        group: one of ``ORDER``.
        cause: the ingredient and what it was exchanged for, in words.
        side: what the term set is made of after it.
    """

    group: str
    cause: str
    side: Side


def plan(a: Side, b: Side, order: Sequence[str] = ORDER) -> tuple[Step, ...]:
    """The exchanges that lead from A to B; ingredients that are equal take no step.

    Args:
        a: where the way begins.
        b: where it ends: the last step's side is made of the same as B.
        order: groups of ``ORDER`` that go first; the others follow in their order.

    Raises:
        InputError: there is no such group, or one is named twice.
    """
    wrong = [group for group in order if group not in ORDER or list(order).count(group) > 1]
    if wrong:
        raise InputError(
            f"--order cannot be {','.join(order)}", expected=f"some of {', '.join(ORDER)}, each once", found=wrong[0]
        )
    side = a
    steps = []
    for group in (*order, *(group for group in ORDER if group not in order)):
        for cause, changed in _exchanges(group, side, b):
            side = changed
            steps.append(Step(group=group, cause=cause, side=side))
    return tuple(steps)


def _exchanges(group: str, side: Side, b: Side) -> Iterator[tuple[str, Side]]:
    """Each exchange of a group: its cause, and the side with this and all exchanges before it."""
    if group == "ontology" and side.release != b.release:
        yield f"ontology {side.release} → {b.release}", replace(side, release=b.release)
    elif group == "genome" and side.genome != b.genome:
        # A gene list belongs to a genome, so the two cannot be exchanged one by one.
        recipe = side.recipe.model_copy(update={"gene_list": b.recipe.gene_list})
        lists = (
            ""
            if side.recipe.gene_list == b.recipe.gene_list
            else f", gene list {_field('gene_list', side.recipe, b.recipe)}"
        )
        yield f"genome {side.genome} → {b.genome}{lists}", replace(side, genome=b.genome, recipe=recipe)
    elif group == "sources":
        for cause, sources in _source_changes(side.sources, b.sources):
            yield cause, replace(side, sources=sources)
    elif group == "stages":
        for cause, stages in stage_changes(side.recipe.active_stages(), b.recipe.active_stages()):
            yield cause, replace(side, recipe=side.recipe.model_copy(update={"stages": stages}))
    elif group in ("filters", "options"):
        for name, fields in (_FILTERS if group == "filters" else _OPTIONS).items():
            if group == "filters" and name == "gene list" and side.genome != b.genome:
                continue
            before, after = side.recipe.canonical(), b.recipe.canonical()
            changed = [field for field in fields if before[field] != after[field]]
            if changed:
                cause = f"{name}: " + ", ".join(_field(field, side.recipe, b.recipe) for field in changed)
                recipe = side.recipe.model_copy(update={field: getattr(b.recipe, field) for field in fields})
                side = replace(side, recipe=recipe)
                yield cause, side


def _source_changes(before: tuple[str, ...], after: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Files that go are exchanged for files that come, one by one; then what is over is added or left out."""
    files = list(before)
    going = [name for name in before if name not in after]
    coming = [name for name in after if name not in before]
    for old, new in zip(going, coming, strict=False):
        files[files.index(old)] = new
        yield f"annotation file {old} → {new}", tuple(files)
    for new in coming[len(going) :]:
        files.insert(_place(new, files, after), new)
        yield f"annotation file {new} added", tuple(files)
    for old in going[len(coming) :]:
        files.remove(old)
        yield f"annotation file {old} left out", tuple(files)
    if tuple(files) != after:
        yield f"order of the annotation files: {', '.join(after)}", after


def _place(new: str, files: list[str], after: tuple[str, ...]) -> int:
    """Where to add a file: behind the nearest file before it in the final order that is there already."""
    earlier = [files.index(name) for name in after[: after.index(new)] if name in files]
    return earlier[-1] + 1 if earlier else 0


def _field(field: str, before: Recipe, after: Recipe) -> str:
    old, new = value_text(getattr(before, field)), value_text(getattr(after, field))
    return f"{_WORDS.get(field, '')}{old} → {new}"
