"""Snapshots of the real files against the independent implementation, for the torchcell recipes and the paper's."""

from __future__ import annotations

from pathlib import Path

import pytest

from dcell_graph.graph.build import build_snapshot
from dcell_graph.graph.hand_over import read_snapshot
from dcell_graph.graph.runner import Neo4jRunner
from dcell_graph.snapshot.recipe import find_recipe, with_options
from dcell_graph.snapshot.storage import read_snapshot as read_folder
from dcell_graph.snapshot.storage import write_snapshot
from tests.compare_snapshots import assert_same
from tests.independent import build as independent_build
from tests.real_files import GENOME, ONTOLOGY, SOURCES

pytestmark = pytest.mark.real_data


@pytest.mark.parametrize(
    ("name", "recipe_name", "until"),
    [
        ("2017-07-19", "torchcell-2025", "2017-07-19"),
        ("unfiltered", "torchcell-2025", None),
        ("four", "torchcell-2025-n4", None),
        ("paper", "ma-2018", "2017-07-19"),
    ],
)
def test_a_snapshot_of_the_real_files_equals_the_independent_implementation(
    real_runner: Neo4jRunner, mirror: Path, tmp_path: Path, name: str, recipe_name: str, until: str | None
) -> None:
    recipe = with_options(find_recipe(recipe_name), until=until)
    build_snapshot(real_runner, name, recipe, release="2016-12-06", sources=list(SOURCES), genome="sgd")
    snapshot = read_snapshot(real_runner, name)

    gafs = {source: mirror / path for source, path in SOURCES.items()}
    expected = independent_build(recipe, obo=mirror / ONTOLOGY, gafs=gafs, features=mirror / GENOME)
    assert_same(snapshot, expected, name)
    write_snapshot(snapshot, tmp_path / name)
    assert_same(read_folder(tmp_path / name), expected, f"{name} on disk")
