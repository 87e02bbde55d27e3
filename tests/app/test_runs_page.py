"""The page of runs on run folders written here by hand: whole, ensembles, sweeps, damaged and unfinished ones."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from streamlit.testing.v1 import AppTest

from dcell_graph.settings import Settings
from dcell_graph.train.lock import FolderLock
from tests.app.conftest import ODD, OpenPage
from tests.browser_fixtures import Visitor

# Correlations of 0.5 and 0.25 are what run.json says; the page must not work them out anew.
MEASURES = [
    {"split": "train", "mode": "eval", "n": 4, "pearson": 0.5, "spearman": 0.75, "rmse": 0.125},
    {"split": "test", "mode": "eval", "n": 2, "pearson": None, "spearman": None, "rmse": 0.375},
]
PREDICTIONS = [
    ("A+B", "train", 1.0, 1.5),
    ("<b>odd|*one*", "train", 2.0, 1.0),
    ("C", "train", 0.0, 0.25),
    ("D", "train", -1.0, -0.75),
    ("E", "test", 0.5, 0.0),
    ("F", "test", 0.5, 1.0),
]
STATES = [("GO:1", 0, 3, 1.0, 0.5), ("GO:2", 1, 3, 2.0, 0.0), ("GO:3", 1, 3, 4.0, 1.0), ("GO:4", 1, 3, 8.0, 3.0)]


def write_run(folder: Path, *, status: str = "finished", epochs: int = 2, scale: float = 1.0, **options: Any) -> None:
    """A run folder whose losses are 8 and 4 times the scale on training and validation strains, halved each epoch."""
    folder.mkdir(parents=True)
    config = {
        "snapshot": {"name": "all", "snapshot_id": "s" * 64},
        "dataset": {"name": ODD, "dataset_id": "d" * 64, "phenotype": "score"},
        "options": {"lr": 0.001, "epochs": epochs, "architecture": {"norm": "layer"}} | options,
        "generated": False,
        "parameters": 1234,
    }
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    write_status(folder, status, epochs)
    columns = "epoch,train_loss,train_primary,train_weighted_auxiliary,train_pearson,validation_loss,validation_primary"
    lines = [f"{columns},validation_weighted_auxiliary,validation_pearson,lr"]
    for epoch in range(1, epochs + 1):
        half = scale * 2.0 ** (1 - epoch)
        lines.append(f"{epoch},{8 * half},{5 * half},{3 * half},0.1,{4 * half},{3 * half},{half},,0.001")
    (folder / "metrics.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "log.txt").write_text("It went <b>well</b>.\n", encoding="utf-8")
    with (folder / "predictions.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["strain", "split", "mode", "target", "prediction"])
        writer.writerows([strain, split, "eval", target, given] for strain, split, target, given in PREDICTIONS)
    text = "".join(",".join(map(str, row)) + "\n" for row in STATES)
    (folder / "states.csv").write_text(f"term,depth,width,size,spread\n{text}", encoding="utf-8")


def write_status(folder: Path, status: str, epochs: int, **more: Any) -> None:
    facts = {"status": status, "epochs": epochs, "started": "2026-01-02T03:04:05+00:00", "kept_epoch": epochs}
    measures = MEASURES if status == "finished" else []
    (folder / "run.json").write_text(json.dumps(facts | {"measures": measures} | more), encoding="utf-8")


@pytest.fixture
def runs(database_settings: Settings) -> Iterator[Path]:
    """An empty folder of runs."""
    shutil.rmtree(database_settings.runs, ignore_errors=True)
    yield database_settings.runs
    shutil.rmtree(database_settings.runs, ignore_errors=True)


def table(app: AppTest, heading: str) -> Any:
    return next(frame.value for frame in app.dataframe if heading in frame.value.columns)


def words(app: AppTest) -> str:
    parts = [*app.caption, *app.info, *app.error, *app.warning]
    return "\n".join(part.value.replace("\\", "") for part in parts)


def test_without_runs_the_page_says_how_to_train(open_page: OpenPage, runs: Path) -> None:
    app = open_page("runs")
    assert "No model is trained yet" in words(app) and not app.dataframe


def test_all_runs_are_listed_and_one_is_chosen_by_its_address(open_page: OpenPage, runs: Path) -> None:
    write_run(runs / "first")
    write_run(runs / "second", epochs=3)
    listed = table(open_page("runs"), "Run")
    assert dict(zip(listed["Run"], listed["Epochs"], strict=True)) == {"first": 2, "second": 3}
    assert listed["Dataset"].tolist() == [ODD, ODD]
    app = open_page("runs", run="first")
    shown = {metric.label: metric.value for metric in app.metric}
    assert shown["Status"] == "finished" and shown["Pearson, train"] == "0.500"
    assert shown["Pearson, test"] == shown["Pearson, validation"] == "none"
    losses = table(app, "Weighted auxiliary, train")
    assert losses["Total, train"].tolist() == [8, 4] and losses["Weighted auxiliary, validation"].tolist() == [1, 0.5]
    assert table(app, "Learning rate")["Learning rate"].tolist() == [0.001, 0.001]
    assert table(app, "Pearson, validation").shape[0] == 2


def test_predictions_errors_and_states(open_page: OpenPage, runs: Path) -> None:
    write_run(runs / "first")
    app = open_page("runs", run="first", view="Predictions", sort="Error")
    strains = table(app, "Strain")
    # In the order of the error, prediction minus target: -1, -0.5, 0.25, 0.25, 0.5, 0.5.
    assert strains["Strain"].tolist() == ["<b>odd|*one*", "E", "C", "D", "A+B", "F"]
    assert "train: Pearson's r = 0.500, n = 4." in words(app) and "test: Pearson's r = undefined, n = 2." in words(app)
    bins = table(open_page("runs", run="first", view="Errors"), "From")
    # 40 steps of 0.05 from -1 to 1.
    assert (bins["Train"].sum(), bins["Test"].sum()) == (4, 2)
    assert bins["Train"].tolist()[0] == 1 and bins["From"].tolist()[0] == -1 and bins["To"].tolist()[-1] == 1
    depths = table(open_page("runs", run="first", view="States"), "Depth")
    # At depth 1 sizes 2, 4, 8 and spreads 0, 1, 3: quartiles lie half-way between neighbours.
    assert depths.iloc[1].tolist() == [1, 3, 3, 4, 6, 0.5, 1, 2]


def test_the_configuration_says_what_is_not_the_default(open_page: OpenPage, runs: Path) -> None:
    write_run(runs / "first", patience=7)
    app = open_page("runs", run="first", view="Configuration", changed="true")
    rows = table(app, "Not the default")
    assert set(rows["Name"]) == {"epochs", "patience", "norm"}
    assert app.code[0].value == "It went <b>well</b>."


def test_runs_side_by_side(open_page: OpenPage, runs: Path) -> None:
    write_run(runs / "first", lr=0.5)
    write_run(runs / "second", epochs=3, scale=2)
    address = {"run": "first", "view": "Compare", "others": "second", "curve": "training loss"}
    app = open_page("runs", **address)
    assert table(app, "Option").set_index("Option").loc["lr"].tolist() == ["0.5", "0.001"]
    assert table(app, "Result").set_index("Result").loc["epochs"].tolist() == ["2", "3"]
    curves = table(app, "Epoch")
    assert curves["first"].tolist()[:2] == [8, 4] and curves["second"].tolist() == [16, 8, 4]


def test_an_ensemble_and_its_models(open_page: OpenPage, runs: Path) -> None:
    write_run(runs / "five", ensemble=2)
    (runs / "five" / "states.csv").unlink()
    (runs / "five" / "metrics.csv").unlink()
    write_run(runs / "five" / "members" / "1")
    write_run(runs / "five" / "members" / "2", scale=3)
    app = open_page("runs", run="five")
    assert "ensemble of 2 models" in words(app) and table(app, "Model")["Model"].tolist() == ["Model 1", "Model 2"]
    # Means over the models: (8 + 24) / 2 and half of that.
    assert table(app, "Total, train")["Total, train"].tolist() == [16, 8]
    assert table(open_page("runs", run="five", model="Model 2"), "Total, train")["Total, train"].tolist() == [24, 12]
    assert "choose one of its models" in words(open_page("runs", run="five", view="States"))
    shutil.rmtree(runs / "five" / "members" / "2")
    assert "1 of 2 models are not there yet" in words(open_page("runs", run="five"))


def test_a_sweep_has_its_table(open_page: OpenPage, runs: Path) -> None:
    write_run(runs / "alone")
    write_run(runs / "rates" / "lr=0.1")
    (runs / "rates" / "sweep.json").write_text("{}")
    (runs / "rates" / "results.csv").write_text("lr,validation_pearson,run\n0.1,0.25,lr=0.1\n")
    assert set(table(open_page("runs"), "Run")["Run"]) == {"alone", "rates/lr=0.1"}
    app = open_page("runs", sweep="rates", run="rates/lr=0.1")
    assert table(app, "lr")["Pearson, validation"].tolist() == [0.25]
    assert table(app, "Begun")["Run"].tolist() == ["rates/lr=0.1"]
    (runs / "rates" / "results.csv").write_bytes(b"\xff\xfe\x00")
    assert "results.csv of this run cannot be read" in words(open_page("runs", sweep="rates"))


def test_damaged_and_unfinished_runs_each_say_so(open_page: OpenPage, runs: Path) -> None:
    write_run(runs / "no-config")
    (runs / "no-config" / "config.json").write_text("{")
    write_run(runs / "odd-status")
    (runs / "odd-status" / "run.json").write_text('{"status": "finished", "measures": [1]}')
    (runs / ".new.unfinished").mkdir()
    (runs / "nothing").mkdir()
    (runs / "failed").mkdir()
    (runs / "failed" / "sweep.json").write_text("{}")
    app = open_page("runs")
    said = words(app)
    assert "The run no-config is damaged" in said and "The run odd-status is damaged" in said
    assert "The run new was ended before its first whole epoch" in said
    assert "The sweep failed has no run" in said and "nothing" not in said
    assert "No model is trained yet" in said
    assert not open_page("overview").exception


def test_damaged_files_of_a_run_each_say_so(open_page: OpenPage, runs: Path) -> None:
    write_run(runs / "first", status="stopped")
    folder = runs / "first"
    (folder / "metrics.csv").write_text("epoch,train_loss\n1,many\n")
    app = open_page("runs", run="first")
    assert "metrics.csv of this run is damaged" in words(app) and "This run was stopped" in words(app)
    (folder / "metrics.csv").unlink()
    assert "no whole epoch yet" in words(open_page("runs", run="first"))
    (folder / "predictions.csv").write_text("")
    assert "predictions.csv of this run cannot be read" in words(open_page("runs", run="first", view="Predictions"))
    (folder / "predictions.csv").unlink()
    assert "are written when the training ends" in words(open_page("runs", run="first", view="Predictions"))
    (folder / "states.csv").write_text("a,b\n1,2\n")
    assert "states.csv of this run is damaged" in words(open_page("runs", run="first", view="States"))


@pytest.mark.browser
def test_a_run_is_followed_while_it_trains_and_until_it_ends(visitor: Visitor, runs: Path) -> None:
    write_run(runs / "live", status="running", epochs=1)
    lock = FolderLock(runs / "live")
    assert lock.acquire()
    try:
        visitor.go("runs", run="live")
        visitor.says("This run is training; the page follows it.")
        write_status(runs / "live", "running", 7)
        visitor.page.locator("[data-testid=stMetricValue]", has_text="7").wait_for(timeout=60_000)
    finally:
        write_status(runs / "live", "finished", 9)
        lock.release(runs / "live")
    # Nobody clicks anything.
    visitor.page.locator("[data-testid=stMetricValue]", has_text="9").wait_for(timeout=60_000)
    visitor.page.get_by_text("This run is training").wait_for(state="detached", timeout=60_000)


@pytest.mark.browser
def test_follow_a_link_to_a_run_and_download_its_predictions(visitor: Visitor, runs: Path) -> None:
    write_run(runs / "first")
    write_run(runs / "second")
    page = visitor.go("runs", run="first", view="Predictions")
    visitor.says("train: Pearson's r = 0.500, n = 4.")
    assert "run=first" in page.url and "view=Predictions" in page.url
    with page.expect_download() as waiting:
        page.locator(".st-key-download-strains button").click()
    rows = list(csv.DictReader(io.StringIO(Path(waiting.value.path()).read_text(encoding="utf-8"))))
    assert [row["strain"] for row in rows] == [strain for strain, *_ in PREDICTIONS]
    serious = [one["id"] for one in Axe().run(page).response["violations"] if one["impact"] in ("serious", "critical")]
    assert serious == []
