"""Real embedded servers for the tests: one for small made-up worlds, one that holds the real files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dcell_graph.graph import load, process, server
from dcell_graph.graph.build import build_snapshot
from dcell_graph.graph.hand_over import read_snapshot
from dcell_graph.graph.publish import published_runs, unpublish
from dcell_graph.graph.records import AS_ANNOTATED
from dcell_graph.graph.runner import Neo4jRunner
from dcell_graph.graph.server import Connection
from dcell_graph.graph.session import open_database
from dcell_graph.settings import Settings
from dcell_graph.snapshot.recipe import find_recipe, with_options
from dcell_graph.snapshot.schema import Snapshot
from tests.independent import Inputs, read_inputs
from tests.real_files import GENOME, ONTOLOGY, SCREENED, SOURCES


@pytest.fixture(scope="session")
def database_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings whose embedded server runs. The program files come from the user's cache, so they are fetched once."""
    settings = Settings(home=tmp_path_factory.mktemp("home"), neo4j_uri=None)
    server.start(settings)
    yield settings
    server.stop(settings)


@pytest.fixture(scope="session")
def connection(database_settings: Settings) -> Connection:
    """How to reach that server."""
    return server.connection(database_settings)


@pytest.fixture(scope="session")
def _runner(database_settings: Settings) -> Iterator[Neo4jRunner]:
    with open_database(database_settings) as runner:
        yield runner


@pytest.fixture
def runner(_runner: Neo4jRunner) -> Iterator[Neo4jRunner]:
    """The database without anything loaded, emptied again after the test."""
    yield _runner
    remove_everything(_runner)


def remove_everything(runner: Neo4jRunner) -> None:
    """Empty the database: published runs, snapshots, then gene lists, for nothing goes that others were made from."""
    for run in published_runs(runner):
        unpublish(runner, run["name"])
    first = ("Snapshot", "GeneList")
    for thing in sorted(load.loaded(runner), key=lambda thing: (*first, thing["kind"]).index(thing["kind"])):
        if (thing["kind"], thing["name"]) != ("Genome", AS_ANNOTATED):
            load.remove(runner, thing["kind"], thing["name"])


@pytest.fixture(scope="session")
def real_settings(mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings whose embedded server holds one real ontology release, both sources and the genome of SGD."""
    settings = Settings(home=tmp_path_factory.mktemp("real"), neo4j_uri=None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(process, "SERVER_OPTIONS", ())  # it lives long and works much, so both compilers of Java pay
        server.start(settings)
    with open_database(settings) as runner:
        load.load_genome(runner, mirror / GENOME, name="sgd")
        load.load_ontology(runner, mirror / ONTOLOGY)
        for name, path in SOURCES.items():
            load.load_annotations(runner, mirror / path, name=name)
    yield settings
    server.stop(settings)


@pytest.fixture(scope="session")
def real_inputs(mirror: Path) -> Inputs:
    """The same files as the independent implementation reads them."""
    gafs = {name: mirror / path for name, path in SOURCES.items()}
    return read_inputs(obo=mirror / ONTOLOGY, gafs=gafs, features=mirror / GENOME, gene_list=mirror / SCREENED)


@pytest.fixture(scope="session")
def real_runner(real_settings: Settings) -> Iterator[Neo4jRunner]:
    """The database with the real files."""
    with open_database(real_settings) as runner:
        yield runner


@pytest.fixture(scope="session")
def real_snapshot(real_runner: Neo4jRunner) -> Snapshot:
    """The snapshot 2017-07-19 of the quickstart."""
    recipe = with_options(find_recipe("torchcell-2025"), until="2017-07-19")
    build_snapshot(real_runner, "2017-07-19", recipe, release="2016-12-06", sources=list(SOURCES), genome="sgd")
    return read_snapshot(real_runner, "2017-07-19")
