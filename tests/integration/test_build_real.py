"""Snapshots of the real files against the independent implementation: shipped recipes and every kind of option."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dcell_graph.graph import load
from dcell_graph.graph.build import build_snapshot
from dcell_graph.graph.hand_over import read_snapshot
from dcell_graph.graph.material import Materials
from dcell_graph.graph.runner import Neo4jRunner
from dcell_graph.snapshot.recipe import find_recipe, with_options
from dcell_graph.snapshot.storage import read_snapshot as read_folder
from dcell_graph.snapshot.storage import write_snapshot
from tests.compare_snapshots import assert_outcome, assert_same, assert_same_reasons
from tests.independent import Inputs, apply
from tests.independent_sources import read_ontology, read_rows
from tests.real_files import NEWER_ONTOLOGY, SCREENED, SOURCES

pytestmark = pytest.mark.real_data

BOTH = tuple(SOURCES)
SGD, GOA = BOTH
OLD, NEW = "2016-12-06", "2019-10-07"
CONTAINED = {"kind": "contained", "minimum": 3}
REDUNDANT = {"kind": "redundant", "compare": "contained"}
DIRECTLY = {"kind": "redundant", "compare": "direct"}
IGI = {"kind": "evidence", "exclude": ["IGI", "IEA"]}
# Name, recipe, last day, release, sources, other options.
BUILT: list[tuple[str, str, str | None, str, tuple[str, ...], dict[str, Any]]] = [
    ("2017-07-19", "torchcell-2025", "2017-07-19", OLD, BOTH, {}),
    ("unfiltered", "torchcell-2025", None, OLD, BOTH, {}),
    ("four", "torchcell-2025-n4", None, OLD, BOTH, {}),
    ("paper", "ma-2018", "2017-07-19", OLD, BOTH, {}),
    ("paper-screened", "ma-2018", None, OLD, (SGD,), {"gene_list": "screened"}),
    ("today", "default", None, OLD, (GOA,), {}),
    ("regulates", "default", None, OLD, (SGD,), {"relations": ["is_a", "part_of", "regulates"]}),
    ("process", "default", None, OLD, (GOA,), {"namespaces": ["biological_process"], "cross_namespace": True}),
    ("redundant-first", "ma-2018", None, OLD, (SGD,), {"stages": [REDUNDANT, IGI, CONTAINED]}),
    ("bridge", "torchcell-2025-n4", None, OLD, (GOA,), {"unannotated_parents": "bridge", "removed_genes": "parents"}),
    ("direct", "default", "2017-07-19", OLD, (GOA,), {"annotations": "direct", "stages": [DIRECTLY, CONTAINED]}),
    ("span", "torchcell-2025", "2017-07-19", OLD, (GOA,), {"asserted_from": "2008-01-01", "record": "any"}),
    ("newer", "ma-2018", None, NEW, (GOA,), {}),
    ("newer-all-genes", "torchcell-2025", None, NEW, (SGD,), {"genes_without_term": "root"}),
]


@pytest.fixture(scope="module")
def releases(real_runner: Neo4jRunner, real_inputs: Inputs, mirror: Path) -> Iterator[dict[str, Inputs]]:
    """Both releases and the genes of a screen; both go again, since other tests expect one release."""
    load.load_ontology(real_runner, mirror / NEWER_ONTOLOGY)
    load.load_gene_list(real_runner, mirror / SCREENED, name="screened", genome="sgd")
    yield {OLD: real_inputs, NEW: replace(real_inputs, ontology=read_ontology(mirror / NEWER_ONTOLOGY))}
    built = {thing["name"] for thing in load.loaded(real_runner) if thing["kind"] == "Snapshot"}
    for name, _, _, release, _, options in BUILT:
        if name in built and (release == NEW or "gene_list" in options):
            load.remove(real_runner, "Snapshot", name)
    load.remove(real_runner, "GeneList", "screened")
    load.remove(real_runner, "Release", NEW)


@pytest.fixture(scope="module")
def materials(real_runner: Neo4jRunner, releases: dict[str, Inputs]) -> Materials:
    return Materials(real_runner, "sgd", BOTH)


@pytest.mark.parametrize("built", BUILT, ids=[built[0] for built in BUILT])
def test_a_snapshot_of_the_real_files_equals_the_independent_implementation(
    real_runner: Neo4jRunner,
    releases: dict[str, Inputs],
    materials: Materials,
    mirror: Path,
    tmp_path: Path,
    built: tuple[str, str, str | None, str, tuple[str, ...], dict[str, Any]],
) -> None:
    name, recipe_name, until, release, sources, options = built
    recipe = with_options(find_recipe(recipe_name), until=until, options=options)
    build_snapshot(real_runner, name, recipe, release=release, sources=sources, genome="sgd")
    snapshot = read_snapshot(real_runner, name)

    inputs = releases[release]
    if sources != BOTH:
        inputs = replace(inputs, rows=[row for source in sources for row in read_rows(mirror / SOURCES[source])])
    expected = apply(recipe, inputs)
    assert_same(snapshot, expected, name)
    write_snapshot(snapshot, tmp_path / name)
    assert_same(read_folder(tmp_path / name), expected, f"{name} on disk")

    applier = materials.applier(release, sources)
    outcome = applier.apply(recipe)
    assert_outcome(outcome, applier.material, expected, name)
    assert_same_reasons(outcome, snapshot, name)
