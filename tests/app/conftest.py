"""What tests of the app share: a small world in the real database, and pages in Streamlit's own test runner."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dcell_graph.graph import load
from dcell_graph.graph.build import build_snapshot
from dcell_graph.graph.records import AS_ANNOTATED
from dcell_graph.graph.runner import Neo4jRunner
from dcell_graph.graph.session import open_database
from dcell_graph.measurements.storage import import_dataset
from dcell_graph.settings import Settings
from dcell_graph.snapshot.recipe import ContainedStage, Recipe
from tests.database_fixtures import remove_everything
from tests.small_world import gaf_row

APP = Path(__file__).parent.parent.parent / "app" / "streamlit_app.py"
# What a stranger could write into a file: markup of both kinds, a table's bar, a formula, an emoji.
ODD = "repair <b>of</b> DNA | *all* $x$ :smile: 😀"
ROOT, REPAIR, ONE, TWO, GONE = "GO:0008150", "GO:9000001", "GO:9000002", "GO:9000003", "GO:9000004"
OBO = f"""format-version: 1.2
data-version: releases/2018-06-01

[Term]
id: {ROOT}
name: biological_process
namespace: biological_process

[Term]
id: {REPAIR}
name: {ODD}
namespace: biological_process
def: "Mending <i>it</i>." []
synonym: "100%_of (it)" EXACT []
is_a: {ROOT} ! biological_process

[Term]
id: {ONE}
name: first way
namespace: biological_process
is_a: {REPAIR}

[Term]
id: {TWO}
name: second way
namespace: biological_process
relationship: part_of {REPAIR}

[Term]
id: {GONE}
name: given up
namespace: biological_process
is_obsolete: true
replaced_by: {ONE}
"""
FILES: dict[str, tuple[str, list[tuple[str, ...]]]] = {
    "a": (
        "2018-01-02",
        [
            ("AAA1", ONE, "IDA", "20100101"),
            ("BBB2", ONE, "IMP", "20120101"),
            ("CCC3", TWO, "IDA", "20150101"),
            ("AAA1", REPAIR, "IEA", "20160101"),
            ("DDD4", TWO, "IDA", "20150101", "NOT|involved_in"),
        ],
    ),
    "b": (
        "2018-06-02",
        [
            ("AAA1", ONE, "IDA", "20100101"),
            ("BBB2", ONE, "IGI", "20130101"),
            ("EEE5", TWO, "IDA", "20170101"),
        ],
    ),
}
STRAINS = "SGD:S-AAA1\tSGD:S-BBB2\t0.5\nSGD:S-AAA1\tSGD:S-CCC3\t-0.25\nSGD:S-DDD4\tSGD:S-EEE5\t0.125\n"


def fill(runner: Neo4jRunner, settings: Settings, folder: Path) -> None:
    """Load the world: all of it is in the snapshot ``all``; ``small`` has only terms with three genes."""
    obo = folder / "go.obo"
    obo.write_text(OBO, encoding="utf-8")
    load.load_ontology(runner, obo)
    for name, (day, rows) in FILES.items():
        path = folder / f"{name}.gaf"
        lines = [gaf_row(*row) for row in rows]
        path.write_text(f"!gaf-version: 2.2\n!date-generated: {day}\n" + "".join(lines), encoding="utf-8")
        load.load_annotations(runner, path, name=name)
    for name, stages in (("all", ()), ("small", (ContainedStage(minimum=3),))):
        recipe = Recipe(name=name, stages=stages)
        build_snapshot(runner, name, recipe, release="2018-06-01", sources=["a", "b"], genome=AS_ANNOTATED)
    table = folder / "pairs.tsv"
    table.write_text(STRAINS, encoding="utf-8")
    import_dataset(table, datasets=settings.datasets, name="strains", source_format="dcell")


@pytest.fixture
def settings_of_app(database_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings that the app in this process reads from its environment."""
    monkeypatch.setenv("DCELL_GRAPH_HOME", str(database_settings.home))
    monkeypatch.delenv("NEO4J_URI", raising=False)
    monkeypatch.syspath_prepend(str(APP.parent))
    return database_settings


@pytest.fixture(scope="module")
def world(database_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """The database with the small world, for all tests of a module."""
    with open_database(database_settings) as runner:
        remove_everything(runner)
        fill(runner, database_settings, tmp_path_factory.mktemp("world"))
    yield database_settings
    shutil.rmtree(database_settings.datasets)
    with open_database(database_settings) as runner:
        remove_everything(runner)


OpenPage = Callable[..., AppTest]


@pytest.fixture
def open_page(settings_of_app: Settings) -> OpenPage:
    """Opens a page in Streamlit's own test runner, with an address; an exception on it fails the test."""

    def open_it(name: str, /, **address: str) -> AppTest:
        app = AppTest.from_file(str(APP), default_timeout=60).run()
        app.switch_page(f"app_pages/{name}.py")
        for key, value in address.items():
            app.query_params[key] = value
        app.run()
        assert not app.exception, app.exception
        return app

    return open_it
