"""The whole line on a generated world, twice, with a database of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dcell_graph.errors import FetchError, SettingsError
from dcell_graph.graph import load, server
from dcell_graph.graph.session import open_database
from dcell_graph.quickstart import find_data, run_quickstart
from dcell_graph.settings import Settings
from dcell_graph.sources.catalogue import VARIABLE
from dcell_graph.train.listing import list_runs

HIDDEN = ".quickstart-generated-2017-07-19.unfinished"


@pytest.fixture(scope="module")
def quickstarted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Settings, list[str]]]:
    """A home after a quickstart, and what that said."""
    settings = Settings(home=tmp_path_factory.mktemp("quickstart") / "home", neo4j_uri=None, mirror=None)
    yield settings, list(run_quickstart(settings, generated=True))
    server.stop(settings)


def files(folder: Path) -> dict[str, int]:
    """Every file below a folder with the time of its last change."""
    return {str(path.relative_to(folder)): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def test_quickstart_ends_with_a_trained_model_and_does_nothing_the_second_time(
    quickstarted: tuple[Settings, list[str]],
) -> None:
    settings, lines = quickstarted
    assert "NOT real data" in lines[0]
    assert any(line.startswith("GENERATED WORLD, not real data") for line in lines)
    (run,) = list_runs(settings.runs)
    assert (run.status, run.snapshot, run.generated) == ("finished", "generated-2017-07-19", True)
    assert {path.name for path in run.folder.iterdir()} >= {
        "model.safetensors",
        "checkpoint.json",
        "metrics.csv",
        "predictions.csv",
        "loss_components.png",
        "correlation.png",
        "predictions_vs_targets.png",
    }
    for folder in settings.snapshots.iterdir():
        assert json.loads((folder / "manifest.json").read_text())["generated"] is True
    with open_database(settings) as runner:
        before = load.loaded(runner)
    assert all(thing["properties"]["generated"] for thing in before if thing["name"] != "as-annotated")
    kept = {name: files(folder) for name, folder in _folders(settings)}

    again = list(run_quickstart(settings, generated=True))
    assert sum("there already" in line for line in again) == 6
    assert any("trained already" in line for line in again)
    with open_database(settings) as runner:
        assert load.loaded(runner) == before
    assert {name: files(folder) for name, folder in _folders(settings)} == kept


def quickstart_process(settings: Settings) -> subprocess.Popen[str]:
    """The quickstart as a user starts it, when it has come to its training."""
    command = [sys.executable, "-c", "from dcell_graph.cli import main; main()", "quickstart", "--generated"]
    environment = os.environ | {"DCELL_GRAPH_HOME": str(settings.home)}
    for name in ("NEO4J_URI", "DCELL_GRAPH_MIRROR"):
        environment.pop(name, None)
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    until = time.monotonic() + 400
    while not (settings.runs / HIDDEN / "log.txt").is_file():
        if process.poll() is not None or time.monotonic() > until:
            process.kill()
            raise AssertionError(process.communicate())
        time.sleep(0.02)
    return process


def test_a_quickstart_that_is_cut_short_leaves_no_run_and_touches_none(
    quickstarted: tuple[Settings, list[str]],
) -> None:
    settings, _ = quickstarted
    (finished,) = list_runs(settings.runs)
    # As if it had been trained with other options: the next quickstart trains anew.
    config = json.loads((finished.folder / "config.json").read_text())
    config["options"]["seed"] = 5
    (finished.folder / "config.json").write_text(json.dumps(config))
    before = {path.name: path.read_bytes() for path in finished.folder.iterdir()}

    process = quickstart_process(settings)
    for _ in range(5):
        process.send_signal(signal.SIGINT)
        time.sleep(0.03)
    process.communicate(timeout=120)
    assert process.returncode != 0
    assert {path.name: path.read_bytes() for path in finished.folder.iterdir()} == before
    assert [path.name for path in settings.runs.iterdir()] == [finished.name]

    process = quickstart_process(settings)
    process.kill()
    process.communicate()
    assert {path.name: path.read_bytes() for path in finished.folder.iterdir()} == before
    assert {path.name for path in settings.runs.iterdir()} == {finished.name, HIDDEN}

    lines = list(run_quickstart(settings, generated=True))
    assert f"Run folder: {finished.folder}" in lines
    assert [path.name for path in settings.runs.iterdir()] == [finished.name]
    assert json.loads((finished.folder / "config.json").read_text())["options"]["seed"] == 0
    assert list_runs(settings.runs)[0].status == "finished"


def test_without_mirror_and_network_the_world_is_generated_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A catalogue whose addresses lead nowhere stands for a machine without a network.
    catalogue = tmp_path / "catalogue.toml"
    entry = (
        '[[source]]\nkey = "{key}"\nkind = "{kind}"\ntitle = "t"\nmoving = true\nlicence = "l"\nformat = "{format}"\n'
    )
    nowhere = 'addresses = ["http://127.0.0.1:9/none"]\n'
    kinds = (("go-current", "ontology", "obo"), ("sgd-current", "annotations", "gaf"))
    catalogue.write_text(
        "format = 1\n" + "".join(entry.format(key=k, kind=kind, format=f) + nowhere for k, kind, f in kinds)
    )
    monkeypatch.setenv(VARIABLE, str(catalogue))
    data = find_data(Settings(home=tmp_path, mirror=None), generated=False)
    assert data.origin.startswith("no mirror folder is named and the official addresses cannot be reached")
    assert data.prefix == "generated-"


def test_a_mirror_folder_that_lacks_a_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="the mirror folder does not exist"):
        find_data(Settings(home=tmp_path, mirror=tmp_path / "none"), generated=False)
    (tmp_path / "mirror").mkdir()
    with pytest.raises(FetchError, match="go-2016-12-06"):
        find_data(Settings(home=tmp_path, mirror=tmp_path / "mirror"), generated=False)


def _folders(settings: Settings) -> list[tuple[str, Path]]:
    return [("runs", settings.runs), ("snapshots", settings.snapshots), ("datasets", settings.datasets)]
