"""The whole line on a generated world, twice, with a database of its own."""

from __future__ import annotations

import json
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


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    found = Settings(home=tmp_path / "home", neo4j_uri=None, mirror=None)
    yield found
    server.stop(found)


def files(folder: Path) -> dict[str, int]:
    """Every file below a folder with the time of its last change."""
    return {str(path.relative_to(folder)): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def test_quickstart_ends_with_a_trained_model_and_does_nothing_the_second_time(settings: Settings) -> None:
    lines = list(run_quickstart(settings, generated=True))

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


def test_a_run_that_was_cut_short_is_trained_anew(settings: Settings) -> None:
    class Cut(Exception):
        pass

    def stop_in_training(step: str, done: int, total: int | None) -> None:
        if step == "training":
            raise Cut

    with pytest.raises(Cut):
        list(run_quickstart(settings, generated=True, progress=stop_in_training))
    assert [run.status for run in list_runs(settings.runs)] == ["stopped"]
    list(run_quickstart(settings, generated=True))
    assert [run.status for run in list_runs(settings.runs)] == ["finished"]


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
