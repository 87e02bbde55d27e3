"""The overview page, without and with content, in Streamlit's own test runner and in a real browser."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dcell_graph.graph import load
from dcell_graph.graph.build import build_snapshot
from dcell_graph.graph.records import AS_ANNOTATED
from dcell_graph.graph.runner import Neo4jRunner
from dcell_graph.settings import Settings
from dcell_graph.snapshot.recipe import Recipe
from tests.browser_fixtures import Visitor
from tests.small_world import World

APP = Path(__file__).parent.parent.parent / "app" / "streamlit_app.py"
TERMS = """
GO:0008150 P
GO:9000001 P is_a=GO:0008150
"""
ROWS = """
AAA1 GO:9000001
BBB2 GO:9000001 IDA 20180230
"""
# What a stranger could put into a file name or a snapshot name.
ODD = "a|b <b>*c*"


@pytest.fixture(autouse=True)
def _home(database_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("DCELL_GRAPH_HOME", str(database_settings.home))
    monkeypatch.delenv("NEO4J_URI", raising=False)
    monkeypatch.syspath_prepend(str(APP.parent))
    # Tests of the command line leave runs and datasets in the home that they share.
    shutil.rmtree(database_settings.datasets, ignore_errors=True)
    shutil.rmtree(database_settings.runs, ignore_errors=True)
    yield
    shutil.rmtree(database_settings.runs, ignore_errors=True)


def page() -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=60).run()
    assert not app.exception
    return app


def fill(runner: Neo4jRunner, settings: Settings, folder: Path) -> None:
    world = World(folder, TERMS, sgd=ROWS)
    load.load_ontology(runner, world.obo)
    load.load_annotations(runner, world.gafs["sgd"], name=ODD)
    build_snapshot(runner, "mine", Recipe(name="r"), release="2018-06-01", sources=[ODD], genome=AS_ANNOTATED)
    run = settings.runs / "first"
    run.mkdir(parents=True)
    measures = [{"split": "test", "mode": "eval", "n": 9, "pearson": 0.25, "spearman": None, "rmse": 0.1}]
    config = {"snapshot": {"name": "mine"}, "dataset": {"name": "d"}, "generated": False, "parameters": 12345}
    (run / "config.json").write_text(json.dumps(config))
    (run / "run.json").write_text(json.dumps({"status": "finished", "epochs": 3, "started": "", "measures": measures}))


def test_an_empty_database_says_what_to_do(runner: Neo4jRunner) -> None:
    app = page()
    assert [metric.value for metric in app.metric] == ["0"] * 6
    assert any("dcell-graph load ontology" in info.value for info in app.info)
    assert not app.error


def test_what_is_loaded_built_and_trained_is_shown(
    runner: Neo4jRunner, database_settings: Settings, tmp_path: Path
) -> None:
    fill(runner, database_settings, tmp_path)
    app = page()
    assert {metric.label: metric.value for metric in app.metric} == {
        "Ontology releases": "1",
        "Annotation files": "1",
        "Annotations": "1",
        "Snapshots": "1",
        "Datasets": "0",
        "Runs": "1",
    }
    tables = {next(iter(frame.value.columns)): frame.value.iloc[0] for frame in app.dataframe}
    assert tables["Run"]["Pearson, test"] == 0.25
    assert (tables["Snapshot"]["Terms"], tables["Snapshot"]["Pairs"]) == (2, 1)
    assert (tables["File"]["File"], tables["File"]["Rows"], tables["File"]["Refused"]) == (ODD, 2, 1)
    assert tables["Release"]["Release"] == "2018-06-01"
    assert ["dataset import" in info.value for info in app.info] == [True]


def test_without_a_database_one_sentence_says_how_to_start_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DCELL_GRAPH_HOME", str(tmp_path))
    app = page()
    assert [error.value.replace("\\", "") for error in app.error] == [
        "the embedded database is not running; run `dcell-graph db start`"
    ]


@pytest.mark.browser
def test_the_page_in_a_browser(
    runner: Neo4jRunner, database_settings: Settings, tmp_path: Path, visitor: Visitor
) -> None:
    fill(runner, database_settings, tmp_path)
    page = visitor.go()
    page.get_by_role("heading", name="Snapshots").wait_for(timeout=60_000)
    page.get_by_text("Download").nth(3).wait_for(timeout=60_000)
    assert re.search(r"Annotations\s+1\b", visitor.text())
    with page.expect_download() as waiting:
        page.locator(".st-key-download-annotation-files button").click()
    table = Path(waiting.value.path()).read_text()
    assert table.splitlines()[0].startswith("File,GAF,Made on,Rows")
    assert ODD in table
