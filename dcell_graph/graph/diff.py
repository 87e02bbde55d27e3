"""The difference between two term sets that the database has the records of: built or not."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import pandas as pd

from dcell_graph.errors import NotFound, SnapshotError
from dcell_graph.graph.build import list_snapshots
from dcell_graph.graph.material import read_held, read_material
from dcell_graph.graph.runner import Row, Runner
from dcell_graph.snapshot.applied.material import Material
from dcell_graph.snapshot.diff.called import until
from dcell_graph.snapshot.diff.difference import GAINED, LOST, Difference, differ
from dcell_graph.snapshot.diff.happened import NEW_IN_RELEASE, NOT_IN_RELEASE
from dcell_graph.snapshot.diff.sides import ORDER, Side, plan
from dcell_graph.snapshot.diff.state import State
from dcell_graph.snapshot.diff.walk import Things, things_of, walk
from dcell_graph.snapshot.recipe import Recipe, shipped_recipes
from dcell_graph.snapshot.schema import Manifest, StageCount
from dcell_graph.types import Progress, silent


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One of the two things to compare.

    Args:
        label: what the user calls it.
        side: what it is made of.
        manifest: of the built snapshot; None if it is not built.
    """

    label: str
    side: Side
    manifest: Manifest | None = None


def built(runner: Runner, name: str) -> Asked:
    """A snapshot in the database.

    Raises:
        NotFound: there is none of that name.
    """
    manifests = {manifest.name: manifest for manifest in list_snapshots(runner)}
    if name not in manifests:
        raise NotFound(
            f"there is no snapshot {name}",
            expected=", ".join(manifests) or "none is built yet",
            hint="for a recipe that is not built write recipe:NAME",
        )
    manifest = manifests[name]
    recipe = _recipe_of(runner, manifest)
    side = Side(
        recipe=recipe,
        release=manifest.ontology.release,
        sources=tuple(file.name for file in manifest.annotation_files),
        genome=manifest.genome.name,
        # What a recipe of one's own stood for is not kept; that its last day came from the command is likely.
        named=shipped_recipes().get(recipe.name) or until(recipe, None),
    )
    return Asked(label=name, side=side, manifest=manifest)


def difference(
    runner: Runner, a: Asked, b: Asked, *, order: Sequence[str] = ORDER, progress: Progress = silent
) -> Difference:
    """What B has and A has not, and the other way round, each with its cause (docs/diff.md).

    Args:
        runner: of the database.
        a, b: the two.
        order: groups of ingredients that are exchanged first.
        progress: told about each step.

    Raises:
        NotFound: an annotation file, a release or a genome is not loaded.
        InputError: the order cannot be used.
        RecipeError: one of the two recipes cannot be applied.
        SnapshotError: a built snapshot is not what its recipe gives with what is loaded now.
    """
    sources = tuple(dict.fromkeys((*a.side.sources, *b.side.sources)))
    materials: dict[tuple[str, str], Material] = {}
    on_the_way = (a.side, *(step.side for step in plan(a.side, b.side, order)))
    # What is built is read while the server works on the records.
    with ThreadPoolExecutor(1) as pool:
        built_ones = [asked.manifest.name for asked in (a, b) if asked.manifest is not None]
        held = {name: pool.submit(read_held, runner, name) for name in built_ones}
        for release, genome in dict.fromkeys((side.release, side.genome) for side in on_the_way):
            progress(f"reading {release} and the records", len(materials), None)
            materials[release, genome] = read_material(runner, release=release, sources=sources, genome=genome)
    way = walk(a.side, b.side, materials, order, progress)
    for asked, state in ((a, way.states[0]), (b, way.states[-1])):
        if asked.manifest is not None:
            _check_given(asked.manifest, held[asked.manifest.name].result(), state)
    found = differ(way, (a.label, b.label))
    notes = ("GENERATED WORLD, not real data",) if _generated(runner, a.side) or _generated(runner, b.side) else ()
    return replace(found, terms=_with_ids(runner, found, a.side, b.side), notes=notes)


def _check_given(manifest: Manifest, held: dict[str, Things], state: State) -> None:
    """Refuse a snapshot that its recipe does not give any more: a file was exchanged, or the program does otherwise."""
    expected = found = ""
    if manifest.stages != state.outcome.stages:
        expected, found = _sizes(manifest.stages), _sizes(state.outcome.stages)
    else:
        given = things_of(state)
        if held != given:
            # Sizes after each stage can be equal although the things are others.
            expected = "the same terms, links and pairs"
            only_one = ", ".join(f"{kind} {len(things ^ given[kind])}" for kind, things in held.items())
            found = f"in one of the two only: {only_one}"
    if expected:
        raise SnapshotError(
            f"the snapshot {manifest.name} is not what its recipe gives with the files loaded now and this version of "
            "the program",
            expected=expected,
            found=found,
            hint="export it and compare the folder: then its frozen tables count",
        )


def _recipe_of(runner: Runner, manifest: Manifest) -> Recipe:
    """The recipe of a built snapshot; that of the package if it is the same, for it says where a last day goes."""
    (row,) = runner.read("read/ready", kind="Snapshot", name=manifest.name)
    name = row["properties"]["recipe"]
    shipped = shipped_recipes().get(name)
    if shipped is not None and shipped.canonical() == manifest.recipe:
        return shipped
    return Recipe.model_validate({"name": name, **manifest.recipe})


def _generated(runner: Runner, side: Side) -> bool:
    parts = [("Release", side.release), ("Genome", side.genome), *(("AnnotationFile", name) for name in side.sources)]
    rows = [runner.read("read/ready", kind=kind, name=name) for kind, name in parts]
    return any(row[0]["properties"].get("generated", False) for row in rows if row)


def _with_ids(runner: Runner, found: Difference, a: Side, b: Side) -> pd.DataFrame:
    """The terms, with what became of an id that only one of the two releases has."""
    terms = found.terms
    details = terms["detail"].copy()
    for change, happened, release in ((LOST, NOT_IN_RELEASE, b.release), (GAINED, NEW_IN_RELEASE, a.release)):
        chosen = (terms["change"] == change) & (terms["happened"] == happened)
        ids = terms["term"][chosen]
        if len(ids):
            fates = _fates(runner, list(ids), release)
            details[chosen] = [fates.get(term, f"{release} does not have this id") for term in ids]
    return terms.assign(detail=details)


def _fates(runner: Runner, ids: list[str], release: str) -> dict[str, str]:
    """What ids are in a release that has no live term of that id."""
    (row,) = runner.read("compare/terms", ids=ids, release=release)
    columns = ("stated", "term", "name", "obsolete", "merged", "replaced_by", "consider")
    found: dict[str, str] = {}
    for values in zip(*(row[column] for column in columns), strict=True):
        fate = dict(zip(columns, values, strict=True))
        found.setdefault(fate["stated"], _fate(fate, release))
    return found


def _fate(fate: Row, release: str) -> str:
    if fate["merged"]:
        return f"in {release} merged into {fate['term']} ({fate['name']})"
    others = fate["replaced_by"] or fate["consider"]
    word = "replaced by" if fate["replaced_by"] else "consider"
    return f"in {release} obsolete" + (f", {word} {', '.join(others)}" if others else "")


def _sizes(stages: Sequence[StageCount]) -> str:
    return ", ".join(f"{stage.stage} {stage.terms}" for stage in stages)
