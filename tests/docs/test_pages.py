"""The code blocks of the documentation without a title are run, page by page, on a small world."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dcell_graph.graph import load
from dcell_graph.graph.runner import Neo4jRunner
from dcell_graph.settings import Settings
from dcell_graph.sources.catalogue import VARIABLE
from dcell_graph.train import training
from tests.database_fixtures import remove_everything
from tests.docs.blocks import Block, every_block
from tests.docs.programs import PROGRAM
from tests.docs.running import run_command, run_commands
from tests.docs.shell import Command
from tests.docs.world import write_documented_world

RUN = {"sh", "python", "cypher"}
# What pages take for granted. Files have the names of the quickstart or those of the tutorial: a database refuses the
# same file under both.
QUICKSTART = """
dcell-graph load genes sgd-features --genome sgd
dcell-graph load ontology 2016-12-06
dcell-graph load annotations sgd-2011-12-24
dcell-graph load annotations goa-yeast-2019-10-15
dcell-graph load annotations goa-yeast-2016-10-03
dcell-graph snapshot build 2017-07-19 --recipe torchcell-2025 --until 2017-07-19 --annotations goa_yeast-2019-10-15
"""
TUTORIAL = """
dcell-graph load genes sgd-features --genome sgd
dcell-graph load ontology 2016-12-06
dcell-graph load annotations sgd-2011-12-24 --source sgd-2011
dcell-graph load annotations goa-yeast-2016-10-03 --source goa-2016
dcell-graph load annotations goa-yeast-2019-10-15 --source goa-2019
dcell-graph snapshot build unfiltered --recipe torchcell-2025 --annotations goa-2019
dcell-graph snapshot build 2017-07-19 --recipe torchcell-2025 --annotations goa-2019 --until 2017-07-19
dcell-graph snapshot build mine --recipe ma-2018 --annotations goa-2016
"""
ELSEWHERE = {"docs/own-organism.md"}  # this page has a test of its own
AFTER_A_QUICKSTART = {"README.md", "docs/comparison.md", "docs/coverage.md"}
STRAINS = "dcell-graph dataset import path/to/mirror/phenotype/sga-trigenic-small.tsv.gz --name sga-trigenic-small\n"
TRAINED = "python -m dcell_graph.train --snapshot mine --dataset sga-trigenic-small --ensemble 2 --run-name five\n"
BEFORE = {
    "README.md": STRAINS,
    "docs/interpretation.md": STRAINS + TRAINED,
    "docs/training.md": STRAINS,
}


def _pages() -> dict[str, list[Block]]:
    """Pages with their blocks that are run, those that share a database together."""
    found: dict[str, list[Block]] = {}
    for block in every_block():
        if block.language in RUN and block.title is None and block.page not in ELSEWHERE:
            found.setdefault(block.page, []).append(block)
    return dict(sorted(found.items(), key=lambda item: item[0] not in AFTER_A_QUICKSTART))


PAGES = _pages()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, database_settings: Settings) -> Iterator[Path]:
    """The folder in which commands are run, with the files of the world; they use the database of the tests."""
    folder = tmp_path_factory.mktemp("documented")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, str(write_documented_world(folder)))
        patch.setenv("DCELL_GRAPH_HOME", str(database_settings.home))
        patch.setenv("DCELL_GRAPH_MIRROR", str(folder / "path" / "to" / "mirror"))
        patch.setenv("COLUMNS", "120")
        patch.delenv("NEO4J_URI", raising=False)
        patch.chdir(folder)
        yield folder


class _Database:
    """What pages take for granted, put into the database where another group of pages left its own."""

    def __init__(self, runner: Neo4jRunner) -> None:
        self._runner = runner
        self._filled: str | None = None
        self._before: set[tuple[str, str]] = set()

    def fill(self, text: str) -> None:
        if text != self._filled:
            self._filled = None
            remove_everything(self._runner)
            run_commands(text, "before")
            self._filled, self._before = text, self._things()

    def tidy(self) -> None:
        """Remove what a page has loaded and built, snapshots first: nothing that they were made from can go."""
        for kind, name in sorted(self._things() - self._before, key=lambda thing: thing[0] != "Snapshot"):
            load.remove(self._runner, kind, name)

    def _things(self) -> set[tuple[str, str]]:
        return {(thing["kind"], thing["name"]) for thing in load.loaded(self._runner)}


@pytest.fixture(scope="module")
def database(folder: Path, _runner: Neo4jRunner) -> Iterator[_Database]:
    """The database of the tests; empty again in the end."""
    yield _Database(_runner)
    remove_everything(_runner)


@pytest.fixture
def prepare(database: _Database) -> Iterator[Callable[[str], None]]:
    """Fills the database; what the page adds is removed after it."""
    yield database.fill
    database.tidy()


@pytest.fixture(autouse=True)
def own_folders(database_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Snapshots in folders, datasets and runs go after each page; the pictures of a run have tests of their own."""
    monkeypatch.setattr(training, "draw_all", lambda *ignored: None)
    yield
    for folder in (database_settings.snapshots, database_settings.datasets, database_settings.runs):
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("name", PAGES)
def test_the_blocks_of_a_page_run_in_their_order(name: str, prepare: Callable[[str], None]) -> None:
    prepare(QUICKSTART if name in AFTER_A_QUICKSTART else TUTORIAL)
    run_commands(BEFORE.get(name, ""), "before", fewer=True)
    for block in PAGES[name]:
        if block.language == "python":
            exec(compile(block.text, block.place, "exec"), {})
        elif block.language == "cypher":
            run_command(Command(line=0, words=(PROGRAM, "ask", block.text)), block.place)
        else:
            run_commands(block.text, block.page, first=block.line, fewer=True)
