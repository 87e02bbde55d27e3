"""Builds a snapshot under a name: once, whole or not at all, and never differently under the same name."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from dcell_graph import __version__
from dcell_graph.errors import Conflict, InputError, NotFound
from dcell_graph.graph import discard
from dcell_graph.graph.hand_over import assemble
from dcell_graph.graph.lock import write_lock
from dcell_graph.graph.queries import load_query, query_names
from dcell_graph.graph.runner import Row, Runner
from dcell_graph.graph.stages import Inputs, TermSet
from dcell_graph.snapshot.recipe import Recipe
from dcell_graph.snapshot.schema import AnnotationSource, GenomeSource, Manifest, OntologySource
from dcell_graph.types import Progress, silent

_LONGEST_NAME = 100  # characters; it becomes the name of a folder


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildResult:
    """What a build did.

    Args:
        manifest: of the snapshot.
        already: True when the same snapshot was there and nothing was done.
    """

    manifest: Manifest
    already: bool


def build_snapshot(
    runner: Runner,
    name: str,
    recipe: Recipe,
    *,
    release: str,
    sources: Sequence[str],
    genome: str,
    progress: Progress = silent,
) -> BuildResult:
    """Apply a recipe to an ontology release and annotation files, and keep the result under a name.

    Args:
        runner: of the database.
        name: of the snapshot, as in ``2017-07-19``.
        recipe: what to do.
        release: ontology release.
        sources: annotation files in the order that decides which record is listed last.
        genome: gene names are resolved against it; ``as-annotated`` takes the ids of the annotation files.
        progress: told about each step.

    Raises:
        NotFound: the release, a file, the genome or the recipe's gene list is not loaded.
        Conflict: the name is taken by a snapshot with other sources or another recipe.
        RecipeError: nothing is left, or the links followed have a cycle.
    """
    _check_name(name)
    if not sources:
        raise InputError("a snapshot needs at least one annotation file", hint="see `dcell-graph releases`")
    inputs = Inputs(release=release, sources=tuple(dict.fromkeys(sources)), genome=genome)
    with write_lock(runner, f"build snapshot {name}", progress=progress) as held:
        discard.discard_unfinished(held)
        request = _request(held, recipe, inputs)
        already = held.read("read/ready", kind="Snapshot", name=name)
        if already:
            _same_or_refuse(name, request, already[0]["properties"])
            return BuildResult(manifest=manifest_of(already[0]["properties"]), already=True)
        with discard.undone_on_failure(held, "Snapshot", name, progress):
            manifest = _build(held, name, recipe, inputs, request, progress)
    return BuildResult(manifest=manifest, already=False)


def list_snapshots(runner: Runner) -> list[Manifest]:
    """Manifests of all snapshots in the database, by name."""
    return [manifest_of(row["properties"]) for row in runner.read("read/loaded") if row["kind"] == "Snapshot"]


def manifest_of(properties: Row) -> Manifest:
    """The manifest that a snapshot node carries."""
    return Manifest.model_validate_json(properties["manifest"])


def _build(runner: Runner, name: str, recipe: Recipe, inputs: Inputs, request: Row, progress: Progress) -> Manifest:
    queries = {query: load_query(query).sha256 for query in query_names() if query.startswith("snapshot/")}
    generated = any(part["generated"] for part in request["parts"])
    properties = {"name": name, "request": json.dumps(request["asked"], sort_keys=True), "generated": generated}
    runner.write("snapshot/open", properties=properties)
    term_set = TermSet(runner, name, recipe, inputs, progress)
    term_set.build()
    draft = Manifest(
        snapshot_id="",
        name=name,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        software=f"dcell-graph {__version__}",
        generated=generated,
        recipe=recipe.canonical(),
        ontology=request["ontology"],
        annotation_files=request["annotation_files"],
        genome=request["genome"],
        gene_list=request["gene_list"],
        queries=queries,
        stages=tuple(term_set.counts),
        counts={},
    )
    progress("reading the snapshot back", 0, None)
    snapshot = assemble(runner, draft)
    rows = snapshot.terms[["term", "index", "depth", "height", "direct_genes", "contained_genes"]]
    runner.write_rows("snapshot/number", rows.to_dict("records"), snapshot=name, progress=progress)
    runner.write(
        "snapshot/sources",
        name=name,
        release=inputs.release,
        sources=list(inputs.sources),
        genome=inputs.genome,
        gene_list=recipe.gene_list,
    )
    manifest = snapshot.manifest
    ready = {
        "snapshot_id": manifest.snapshot_id,
        "manifest": manifest.model_dump_json(),
        "recipe": recipe.name,
        "release": inputs.release,
        "sources": list(inputs.sources),
        **manifest.counts,
    }
    runner.write("snapshot/ready", name=name, properties=ready)
    return manifest


def _request(runner: Runner, recipe: Recipe, inputs: Inputs) -> Row:
    """What is asked for, with the content of each source, so that a name can be told to mean the same."""
    ontology = _ready(runner, "Release", inputs.release)
    files = [_ready(runner, "AnnotationFile", source) for source in inputs.sources]
    genome = _ready(runner, "Genome", inputs.genome)
    gene_list = _ready(runner, "GeneList", recipe.gene_list) if recipe.gene_list is not None else None
    if gene_list is not None and gene_list["genome"] != inputs.genome:
        raise InputError(
            f"the gene list {recipe.gene_list} is of another genome",
            expected=inputs.genome,
            found=gene_list["genome"],
        )
    parts = [ontology, *files, genome, *([gene_list] if gene_list else [])]
    return {
        "parts": parts,
        "asked": {
            "recipe": recipe.canonical(),
            "ontology": [ontology["name"], ontology["content"]],
            "annotation files": [[file["name"], file["content"]] for file in files],
            "genome": [genome["name"], genome.get("content")],
            "gene list": [gene_list["name"], gene_list["content"]] if gene_list else None,
        },
        "ontology": OntologySource(release=ontology["name"], sha256=ontology["sha256"]),
        "annotation_files": tuple(
            AnnotationSource(name=file["name"], sha256=file["sha256"], release=_day(file.get("file_date")))
            for file in files
        ),
        "genome": GenomeSource(name=genome["name"], sha256=genome.get("sha256")),
        "gene_list": GenomeSource(name=gene_list["name"], sha256=gene_list["sha256"]) if gene_list else None,
    }


def _ready(runner: Runner, kind: str, name: str) -> Row:
    found = runner.read("read/ready", kind=kind, name=name)
    if found:
        return dict(found[0]["properties"])
    loaded = [row["name"] for row in runner.read("read/loaded") if row["kind"] == kind]
    raise NotFound(
        f"there is no {kind} {name} in the database",
        expected=", ".join(loaded) if loaded else "nothing of this kind is loaded yet",
        hint="load it with `dcell-graph load`",
    )


def _same_or_refuse(name: str, request: Row, there: Row) -> None:
    asked, before = request["asked"], json.loads(there["request"])
    changes = [
        f"{key}: {_short(before[key])} before, {_short(asked[key])} now"
        for key in asked
        if key != "recipe" and asked[key] != before[key]
    ]
    changes += [
        f"recipe option {option}: {before['recipe'].get(option)} before, {value} now"
        for option, value in asked["recipe"].items()
        if value != before["recipe"].get(option)
    ]
    if changes:
        raise Conflict(
            f"the snapshot {name} exists already and a snapshot never changes",
            found="; ".join(changes),
            hint="choose another name",
        )


def _short(value: Any) -> str:
    """Names with the first digits of their content."""
    if value is None:
        return "none"
    if isinstance(value[0], list):
        return " + ".join(_short(part) for part in value)
    return str(value[0]) if value[1] is None else f"{value[0]} (content {value[1][:8]})"


def _day(value: Any) -> str | None:
    return None if value is None else str(value)


def _check_name(name: str) -> None:
    allowed = all(character.isalnum() or character in "-_.+" for character in name)
    if not 0 < len(name) <= _LONGEST_NAME or not allowed or name.startswith("."):
        raise InputError(
            "a snapshot name cannot be used",
            expected=f"letters, digits, - _ . + and no leading dot, at most {_LONGEST_NAME} characters",
            found=repr(name),
        )
