"""What visitors do with the real files: in a real Chromium, with the app as a user starts it and the real database."""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from dcell_graph.graph import load
from dcell_graph.graph.ask.asker import open_asker
from dcell_graph.graph.runner import Neo4jRunner
from dcell_graph.measurements.storage import find_dataset, import_dataset, read_dataset
from dcell_graph.settings import Settings
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.train import training
from dcell_graph.train.config import train_config
from dcell_graph.train.run import run
from tests.browser_fixtures import Visitor
from tests.integration.test_real_model import terms_that_contain
from tests.real_files import SOURCES

pytestmark = [pytest.mark.browser, pytest.mark.real_data]

EARLIER, LATER = SOURCES
NAME = "2017-07-19"
BREAKS = "GO:0006302"
RAD51, RAD52 = "YER095W", "YML032C"
PAIRS = {"a": EARLIER, "b": LATER, "view": "Pairs"}
STRAINS = 400


@pytest.fixture(scope="module", autouse=True)
def _home(real_settings: Settings, real_snapshot: Snapshot, mirror: Path) -> Iterator[None]:
    """Strains, and a model that has seen few of them: these tests are of pages, not of what it has learnt."""
    table = mirror / "phenotype" / "sga-trigenic-small.tsv.gz"
    import_dataset(table, datasets=real_settings.datasets, name="strains", source_format="sga-trigenic", limit=STRAINS)
    options = train_config({"epochs": 1, "min_width": 1, "width_ratio": 0.01, "batch_size": 100})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "draw_all", lambda *ignored: None)
        dataset = read_dataset(find_dataset(real_settings.datasets, "strains"))
        run(real_snapshot, dataset, options, real_settings.runs / "first")
    yield
    shutil.rmtree(real_settings.runs)
    shutil.rmtree(real_settings.datasets)


def download(page: Page, name: str) -> list[dict[str, str]]:
    with page.expect_download() as waiting:
        page.locator(f".st-key-download-{name} button").click()
    return list(csv.DictReader(io.StringIO(Path(waiting.value.path()).read_text(encoding="utf-8"))))


def open_row(page: Page, name: str, row: int) -> None:
    """Click on the box at the left of a row of a table, counted from 0."""
    page.locator(f"[class*='st-key-{name}-rows'] .dvn-scroller").first.click(position={"x": 16, "y": 35 * row + 53})


def number(text: str, pattern: str) -> int:
    """The number that stands before some words."""
    found = re.search(rf"([\d,]+) {pattern}", text)
    assert found, f"no number of {pattern}"
    return int(found[1].replace(",", ""))


def test_find_out_why_a_term_is_missing(real_visitor: Visitor, real_snapshot: Snapshot) -> None:
    removed = real_snapshot.removed[(real_snapshot.removed["stage"] == "contained").to_numpy()].iloc[0]
    page = real_visitor.go()
    page.get_by_role("link", name="Ask why a term is missing").click()
    real_visitor.says("Why is it in, or not?")
    real_visitor.settled()
    real_visitor.choose("Snapshot", NAME)
    page.get_by_label("Find a term by any part").fill(removed["term"])
    real_visitor.says("The term: 1 found")
    real_visitor.choose("The term", removed["term"])
    real_visitor.says(f"{removed['name']} is not in {NAME}")
    assert removed["reason"] in real_visitor.text()
    assert f"snapshot={NAME}" in page.url


def test_click_on_a_row_of_the_pairs_and_share_its_address(real_visitor: Visitor) -> None:
    page = real_visitor.go("discrepancies", **PAIRS, sort="Gene")
    assert number(real_visitor.text(), "pairs") > 50_000
    open_row(page, "pairs", 1)
    real_visitor.says("History over all loaded files")
    title = page.locator(".st-key-pair-detail h3").first.inner_text()
    shared = page.url
    assert "pair=" in shared
    page.goto("about:blank")
    page.goto(shared)
    real_visitor.says(title)
    page.get_by_role("button", name="Close").click()
    page.locator(".st-key-pair-detail").wait_for(state="detached")


def test_filter_the_pairs_and_download_what_is_left(real_visitor: Visitor) -> None:
    page = real_visitor.go("discrepancies", **PAIRS)
    page.get_by_label("Gene", exact=True).fill(RAD51)
    real_visitor.says(re.compile(r"^[0-9]{1,3} pairs$"))
    real_visitor.settled()
    rows = download(page, "pairs")
    assert len(rows) == number(real_visitor.text(), "pairs")
    assert {row["symbol"] for row in rows} == {"RAD51"} and {row["side"] for row in rows} >= {"both", "only B"}


def test_the_last_page_of_a_hundred_thousand_rows(real_visitor: Visitor) -> None:
    page = real_visitor.go("annotations", source=LATER)
    real_visitor.says(re.compile("annotations"))
    page.get_by_role("button", name="Last").click()
    real_visitor.settled()
    text = real_visitor.text()
    last, total = re.findall(r"to ([\d,]+) of ([\d,]+)", text)[-1]
    assert last == total and int(total.replace(",", "")) > 90_000
    assert "page=" in page.url


def test_search_all_terms_literally_and_walk_down_the_hierarchy(real_visitor: Visitor) -> None:
    page = real_visitor.go("term")
    page.get_by_label("Find a term by any part").fill("5'-3' exonuclease activity")
    real_visitor.says(re.compile("The term: .* found"))
    real_visitor.settled()
    page.get_by_label("Find a term by any part").fill(BREAKS)
    real_visitor.says("The term: 1 found")
    real_visitor.choose("The term", BREAKS)
    real_visitor.says(f"double-strand break repair ({BREAKS})")
    real_visitor.says("A click on a term goes to it.")
    point = page.locator(".js-plotly-plot .scatterlayer .points path").last
    point.wait_for()
    box = point.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_url(re.compile(r"term=GO(%3A|:)(?!0006302)"))


def test_see_which_subsystems_a_gene_feeds(real_visitor: Visitor, real_snapshot: Snapshot) -> None:
    page = real_visitor.go("gene", gene=RAD51, snapshot=NAME)
    real_visitor.says("subsystems, up to the root")
    rows = download(page, "subsystems-of-gene")
    assert {row["term"] for row in rows} == terms_that_contain(real_snapshot)[RAD51]


def test_the_annotations_of_a_term_by_file(real_visitor: Visitor) -> None:
    page = real_visitor.go("term", term=BREAKS, view="Annotations")
    real_visitor.says(re.compile(r"[0-9]+ annotations"))
    rows = download(page, "records")
    assert {row["Source"] for row in rows} == {EARLIER, LATER} and {row["Term"] for row in rows} == {BREAKS}


def test_build_a_snapshot_and_look_at_it(real_visitor: Visitor, real_runner: Neo4jRunner) -> None:
    # Few records are that old, which makes it quick.
    page = real_visitor.go("build", recipe="ma-2018", sources=EARLIER, minimum="2", until="2002-12-31")
    real_visitor.says("A model on it has")
    terms = number(real_visitor.text(), "subsystems")
    page.get_by_label("Name of the snapshot").fill("by-form")
    page.get_by_role("button", name="Build it").click()
    try:
        real_visitor.says(f"by-form is built: {terms:,} terms.")
        page.get_by_role("link", name="Look at by-form").click()
        real_visitor.says("It never changes.")
        assert "snapshot=by-form" in page.url
    finally:
        load.remove(real_runner, "Snapshot", "by-form")


def test_calibrate_and_take_the_curve_along(real_visitor: Visitor) -> None:
    page = real_visitor.go("calibration", recipes="ma-2018", sources=EARLIER)
    page.get_by_text("The numbers as a table").first.click()
    rows = download(page, "by-minimum")
    sizes = [int(row["Subsystems"]) for row in rows]
    assert len(sizes) == 12 and sizes == sorted(sizes, reverse=True) and sizes[0] > sizes[-1] > 100


def test_see_what_a_model_sees_of_the_strains(real_visitor: Visitor) -> None:
    page = real_visitor.go("coverage", snapshot=NAME, dataset="strains", view="One strain")
    real_visitor.says("Pearson at best")
    assert re.search(rf"Strains\s+{STRAINS}\b", real_visitor.text())
    placeholder = page.get_by_label("Strain", exact=True).get_attribute("placeholder") or ""
    page.get_by_label("Strain", exact=True).fill(placeholder.removeprefix("Such as "))
    page.keyboard.press("Enter")
    page.locator("[data-testid=stMain] li").first.wait_for(timeout=60_000)


def test_ask_a_saved_question(real_visitor: Visitor) -> None:
    page = real_visitor.go("cypher", saved="genes_of_term", p_term_term=BREAKS)
    real_visitor.says("Its Cypher")
    real_visitor.says(re.compile(r"[0-9]+ rows"))
    assert {row["source"] for row in download(page, "answer")} == {EARLIER, LATER}


def test_try_to_write_in_the_console(real_visitor: Visitor, real_settings: Settings) -> None:
    with open_asker(real_settings) as asker:
        before = asker.ask("MATCH (t:Term) RETURN count(t.name) AS n").rows
    page = real_visitor.go("cypher", mode="My own Cypher")
    page.get_by_label("Cypher, one statement that only reads").fill("MATCH (t:Term) SET t.name = 'x' RETURN count(t)")
    page.get_by_role("button", name="Ask").click()
    alert = page.locator("[data-testid=stAlert]").first
    alert.wait_for(timeout=60_000)
    assert "only read" in alert.inner_text() or "write" in alert.inner_text()
    with open_asker(real_settings) as asker:
        assert asker.ask("MATCH (t:Term) RETURN count(t.name) AS n").rows == before
        assert asker.ask("MATCH (t:Term {name: 'x'}) RETURN count(t) AS n").rows[0][0] == 0


def test_knock_two_genes_out(real_visitor: Visitor, real_snapshot: Snapshot) -> None:
    page = real_visitor.go("knockout", run="first")
    box = page.get_by_role("combobox", name="Genes to delete")
    for typed, gene in (("rad51", "RAD51"), (RAD52, RAD52), ("nonsense", "nonsense")):
        box.fill(typed)
        page.get_by_role("option", name=re.compile(f"(^|Add: ){gene}$", re.IGNORECASE)).first.click()
        real_visitor.settled()
    real_visitor.says("first cannot see nonsense")
    real_visitor.says("RAD51 + RAD52 deleted")
    assert "genes=RAD51" in page.url and f"genes={RAD52}" in page.url
    moved = {row["term"] for row in download(page, "terms-that-move")}
    contained = terms_that_contain(real_snapshot)
    # Only what contains one of them can move; a change may be too small for any number.
    assert moved and moved <= contained[RAD51] | contained[RAD52]


def test_what_is_behind_a_subsystem(real_visitor: Visitor, real_snapshot: Snapshot) -> None:
    page = real_visitor.go("subsystems", run="first", find=BREAKS, part="Annotations")
    real_visitor.says("dcell-graph importance first")
    real_visitor.says("1 subsystem")
    real_visitor.settled()
    open_row(page, "subsystems", 0)
    real_visitor.says(f"double-strand break repair ({BREAKS})")
    real_visitor.says("after the filters of the snapshot")
    real_visitor.settled()
    rows = download(page, "annotations-of-subsystem")
    pairs = real_snapshot.annotations[(real_snapshot.annotations["term"] == BREAKS).to_numpy()]
    assert {row["Gene"] for row in rows} == set(pairs["gene"])
    assert {row["Source"] for row in rows} <= set(SOURCES) and max(row["Date"] for row in rows) <= NAME


def test_follow_a_link_to_a_run_and_take_its_predictions_along(real_visitor: Visitor) -> None:
    page = real_visitor.go()
    page.get_by_role("link", name="Look at the runs").click()
    real_visitor.says("Choose a run to see how it went.")
    real_visitor.settled()
    real_visitor.choose("Run", "first")
    page.get_by_role("tab", name="Predictions").click()
    real_visitor.says("Pearson's r")
    real_visitor.settled()
    assert len(download(page, "strains")) == STRAINS
    assert "run=first" in page.url
