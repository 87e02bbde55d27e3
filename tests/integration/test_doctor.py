"""``dcell-graph doctor``: what it finds where all is well, where something is missing, and where it is broken."""

from __future__ import annotations

import json
import os
import shutil
import webbrowser
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from dcell_graph.cli import app
from dcell_graph.doctor import Diagnosis, State, examine
from dcell_graph.graph import load
from dcell_graph.graph.runner import Neo4jRunner
from dcell_graph.model.engine import binding, compiled
from dcell_graph.settings import Settings
from dcell_graph.sources.catalogue import VARIABLE
from tests.small_world import World

NOWHERE = """format = 1
[[source]]
key = "go-current"
kind = "ontology"
title = "t"
moving = true
licence = "l"
format = "obo"
addresses = ["http://127.0.0.1:9/none"]
[[source]]
key = "sgd-current"
kind = "annotations"
title = "t"
moving = true
licence = "l"
format = "gaf"
addresses = ["http://127.0.0.1:9/none"]
"""


@pytest.fixture(autouse=True)
def no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue = tmp_path / "catalogue.toml"
    catalogue.write_text(NOWHERE)
    monkeypatch.setenv(VARIABLE, str(catalogue))
    for name in ("DCELL_GRAPH_MIRROR", "NEO4J_URI"):
        monkeypatch.delenv(name, raising=False)


def found(settings: Settings) -> dict[str, Diagnosis]:
    return {diagnosis.about: diagnosis for diagnosis in examine(settings)}


def settings_of(tmp_path: Path, **changes: Any) -> Settings:
    return Settings(**{"home": tmp_path / "home", "cache": tmp_path / "cache", "neo4j_uri": None, **changes})


def test_a_database_that_runs_and_says_what_it_holds(
    runner: Neo4jRunner, database_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path, "GO:0008150 P", one="AAA1 GO:0008150 ND", two="BBB2 GO:0008150 ND")
    load.load_ontology(runner, world.obo)
    for name, path in world.gafs.items():
        load.load_annotations(runner, path, name=name)
    monkeypatch.setenv("DCELL_GRAPH_HOME", str(database_settings.home))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=4e9))
    before = load.loaded(runner)
    result = CliRunner().invoke(app, ["doctor", "--json"])
    assert result.exit_code == 0, result.output
    answers = {answer["about"]: answer for answer in json.loads(result.stdout)}
    assert answers["database"]["state"] == "fine"
    assert answers["database"]["sentence"].endswith("answers; it holds 1 ontology release, 2 annotation files")
    assert answers["data"] == {
        "about": "data",
        "state": "missing",
        "sentence": "no mirror folder is named, and the official addresses cannot be reached",
        "advice": "set DCELL_GRAPH_MIRROR to a folder with the files (docs/data-sources.md)",
    }
    assert answers["home"]["sentence"] == f"{database_settings.home}, 4.0 GB free"
    assert load.loaded(runner) == before


def test_a_new_home_lacks_a_database_and_stays_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=4e9))
    answers = found(settings_of(tmp_path))
    assert answers["database"].sentence == f"the embedded one in {tmp_path}/home/database is stopped"
    assert answers["program of Neo4j"].sentence == f"0 of 217 files are in {tmp_path}/cache/neo4j-5.26.28/lib"
    assert answers["program of Neo4j"].advice is not None
    assert {answers[about].state for about in ("database", "program of Neo4j", "data")} == {State.MISSING}
    assert State.WRONG not in {answer.state for answer in answers.values()}
    assert {path.name for path in tmp_path.iterdir()} == {"catalogue.toml"}


def test_what_does_not_work_is_named_with_a_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    for place in ("datasets/pairs/manifest.json", "runs/first/run.json", "runs/first/config.json"):
        (home / place).parent.mkdir(parents=True, exist_ok=True)
        (home / place).write_text("{}")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1e9))
    monkeypatch.setattr(os, "sysconf", {"SC_PAGE_SIZE": 4096, "SC_AVPHYS_PAGES": 1, "SC_PHYS_PAGES": 500_000}.get)
    monkeypatch.setenv("DCELL_GRAPH_HOME", str(home))
    monkeypatch.setenv("DCELL_GRAPH_MIRROR", str(tmp_path / "none"))
    monkeypatch.setenv("NEO4J_URI", "bolt://127.0.0.1:9")
    monkeypatch.setenv("NEO4J_PASSWORD", "secret")
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == 1
    assert "secret" not in result.output
    lines = result.stdout.splitlines()
    faults = [line for line in lines if line.startswith("!!")]
    assert [line.split(":")[0] for line in faults] == [
        f"!!  {about}" for about in ("database", "home", "cache", "memory", "data", "datasets", "runs")
    ]
    assert faults[0].startswith("!!  database: NEO4J_URI names bolt://127.0.0.1:9, which cannot be used: ")
    assert faults[1] == f"!!  home: {home}, 1.0 GB free, expected 3 GB"
    assert lines[lines.index(faults[1]) + 1] == "      make room, or name another folder with DCELL_GRAPH_HOME"
    assert faults[3] == "!!  memory: 2.0 GB, of which 0.0 GB are unused now, expected 3 GB"
    assert "the mirror folder does not exist" in faults[4]
    assert f"{home}/datasets/pairs" in faults[5]
    assert faults[6] == f"!!  runs: first in {home}/runs cannot be read"


def test_packages_and_the_back_end_of_the_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        if name in ("streamlit", "py2neo"):
            raise metadata.PackageNotFoundError
        return "1.2"

    asked = ["numpy>=1", 'streamlit>=1.67; extra == "app"', 'plotly>=5; extra == "app"', "torch>=2; extra == 'train'"]
    monkeypatch.setattr(metadata, "requires", lambda _: [*asked, 'py2neo==2021.2.4; extra == "notebook"'])
    monkeypatch.setattr(metadata, "version", version)
    answers = found(settings_of(tmp_path))
    app_packages = answers["packages for app"]
    assert (app_packages.state, app_packages.sentence) == (
        State.MISSING,
        "streamlit not installed; for the app in the browser",
    )
    assert app_packages.advice == 'pip install "dcell-graph[app]"'
    assert answers["packages for train"] == Diagnosis(
        about="packages for train", state=State.FINE, sentence="torch 1.2", advice=None
    )
    assert answers["packages for notebook"].state is State.MISSING

    monkeypatch.setattr(binding, "instruction_sets", lambda: ("AVX2", "PORTABLE"))
    assert found(settings_of(tmp_path))["engine"].sentence.startswith("compiled kernel (AVX2) with ")
    monkeypatch.setattr(binding, "instruction_sets", tuple)
    monkeypatch.setattr(compiled, "why_not", lambda: "it was not compiled")
    engine = found(settings_of(tmp_path))["engine"]
    assert engine.state is State.MISSING and "slower: it was not compiled" in engine.sentence
    assert engine.advice is not None and engine.advice.endswith("python -m dcell_graph.model.engine.build_kernel")


def test_a_mirror_folder_is_read_and_nothing_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE)
    (tmp_path / "mirror").mkdir()
    answer = found(settings_of(tmp_path, mirror=tmp_path / "mirror"))["data"]
    assert answer.state is State.MISSING
    assert answer.sentence == (
        f"{tmp_path}/mirror lacks go-2016-12-06, sgd-2011-12-24, goa-yeast-2019-10-15, goa-yeast-2016-10-03, "
        "sgd-features, sga-trigenic-small, which the quickstart takes"
    )


def test_the_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> None:
        raise webbrowser.Error

    monkeypatch.setattr(webbrowser, "get", none)
    assert found(settings_of(tmp_path))["browser"].state is State.MISSING
    monkeypatch.setattr(webbrowser, "get", lambda: None)
    assert found(settings_of(tmp_path))["browser"].state is State.FINE
