"""What visitors do, in a real Chromium, with the app as a user starts it and the real embedded database."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from dcell_graph.graph import server
from dcell_graph.graph.build import build_snapshot
from dcell_graph.graph.records import AS_ANNOTATED
from dcell_graph.graph.session import open_database
from dcell_graph.settings import Settings
from dcell_graph.snapshot.recipe import Recipe
from tests.app.conftest import ODD, ONE, REPAIR
from tests.browser_fixtures import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("world")]
PAGES = {
    "": {},
    "discrepancies": {"a": "a", "b": "b", "view": "Pairs", "pair": f"SGD:S-BBB2~{ONE}"},
    "annotations": {},
    "term": {"term": REPAIR},
    "gene": {"gene": "SGD:S-CCC3"},
    "snapshots": {"view": "Removed terms", "snapshot": "small"},
    "build": {},
    "why": {"snapshot": "small", "term": ONE},
    "differences": {"a": "all", "b": "small"},
    "calibration": {},
    "coverage": {},
}


@pytest.fixture
def dark(chromium: Browser, app_address: str) -> Iterator[Visitor]:
    """A visitor whose system is set to dark, with the window of a telephone."""
    context = chromium.new_context(viewport={"width": 420, "height": 900}, color_scheme="dark")
    yield Visitor(context.new_page(), app_address)
    context.close()


def click_row(page: Page, name: str, row: int) -> None:
    """Click on the box at the left of a row of a table, counted from 0."""
    page.locator(f"[class*='st-key-{name}-rows'] .dvn-scroller").first.click(position={"x": 16, "y": 35 * row + 53})


def download(visitor: Visitor, name: str) -> list[dict[str, str]]:
    with visitor.page.expect_download() as waiting:
        visitor.page.locator(f".st-key-download-{name} button").click()
    return list(csv.DictReader(io.StringIO(Path(waiting.value.path()).read_text(encoding="utf-8"))))


def serious(page: Page) -> list[tuple[str, str]]:
    """What axe finds that keeps people out."""
    found = Axe().run(page).response["violations"]
    return [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")]


def test_find_out_why_a_term_is_missing(visitor: Visitor) -> None:
    page = visitor.go()
    page.get_by_role("link", name="Ask why a term is missing").click()
    visitor.says("Why is it in, or not?")
    visitor.settled()
    visitor.choose("Snapshot", "small")
    page.get_by_label("Find a term by any part").fill("first w")
    visitor.says("The term: 1 found")
    visitor.choose("The term", "first way")
    visitor.says("first way is not in small")
    assert "contains 2 genes, fewer than 3" in visitor.text()
    assert f"term={ONE}".replace(":", "%3A") in page.url and "snapshot=small" in page.url


def test_follow_a_link_to_one_row_and_close_it(visitor: Visitor) -> None:
    page = visitor.go("discrepancies", **PAGES["discrepancies"])
    visitor.says(f"BBB2 and first way ({ONE})")
    visitor.says("evidence added in b")
    page.get_by_role("button", name="Close").click()
    page.get_by_text(f"BBB2 and first way ({ONE})").wait_for(state="detached")
    assert "pair=" not in page.url


def test_filters_are_in_the_address_and_the_download_has_what_they_leave(visitor: Visitor) -> None:
    page = visitor.go("discrepancies", a="a", b="b", view="Pairs")
    page.get_by_label("Term", exact=True).fill("<b>of</b>")
    visitor.says("1 pair")
    visitor.settled()
    assert "term=%3Cb%3Eof" in page.url
    (row,) = download(visitor, "pairs")
    assert (row["symbol"], row["name"], row["side"]) == ("AAA1", ODD, "only A")
    page.reload()
    visitor.says("1 pair")


def test_text_of_files_is_text(visitor: Visitor) -> None:
    page = visitor.go("term", term=REPAIR)
    visitor.says(f"{ODD} ({REPAIR})")
    visitor.says("Mending <i>it</i>.")
    assert page.locator("h3 b, h3 em, h3 .katex").count() == 0
    page.locator(".js-plotly-plot text", has_text="<b>of</b> DNA | *all*").first.wait_for()


def test_a_click_in_the_hierarchy_goes_to_the_term(visitor: Visitor) -> None:
    page = visitor.go("term", term=REPAIR)
    visitor.says("A click on a term goes to it.")
    # The legend names the fates; the second term below is the last point of the first group.
    point = page.locator(".js-plotly-plot .scatterlayer .points path").last
    point.wait_for()
    box = point.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_url(re.compile(r"term=GO(%3A|:)(?!9000001)"))


def test_build_a_snapshot_and_look_at_it(visitor: Visitor) -> None:
    page = visitor.go("build", sources="a", recipe="ma-2018", minimum="1")
    visitor.says("A model on it has 3 subsystems")
    page.get_by_label("Name of the snapshot").fill("from-the-form")
    page.get_by_role("button", name="Build it").click()
    visitor.says("from-the-form is built: 3 terms.")
    page.get_by_role("link", name="Look at from-the-form").click()
    visitor.says("It never changes.")
    assert "snapshot=from-the-form" in page.url


def test_see_what_two_snapshots_differ_in_and_go_to_a_term(visitor: Visitor) -> None:
    page = visitor.go("differences", a="all", b="small")
    visitor.says("4 → 2")
    page.get_by_role("tab", name="Terms, links and pairs").click()
    visitor.says("2 terms")
    visitor.settled()
    click_row(page, "different-terms", 0)
    page.get_by_role("link", name=re.compile("is in B or not")).click()
    visitor.says("first way is not in small")


def test_what_others_build_meanwhile_is_offered_at_the_next_click(visitor: Visitor, world: Settings) -> None:
    page = visitor.go("snapshots", snapshot="all")
    with open_database(world) as runner:
        recipe = Recipe(name="r", exclude_evidence=("IEA",))
        build_snapshot(runner, "meanwhile", recipe, release="2018-06-01", sources=["a"], genome=AS_ANNOTATED)
    page.get_by_role("tab", name="Terms", exact=True).click()
    visitor.says("4 terms")
    visitor.settled()
    page.get_by_role("combobox", name="Snapshot").click()
    page.get_by_role("option", name="meanwhile").wait_for()


def test_links_can_be_reached_and_opened_with_the_keyboard(visitor: Visitor) -> None:
    page = visitor.go()
    link = page.locator("[data-testid=stSidebar]").get_by_role("link", name="Discrepancies")
    for _ in range(12):
        page.keyboard.press("Tab")
        if link.evaluate("element => element === document.activeElement"):
            break
    page.keyboard.press("Enter")
    visitor.says("Where two annotation files disagree")


@pytest.mark.parametrize("name", PAGES)
def test_axe_has_no_serious_finding(visitor: Visitor, name: str) -> None:
    page = visitor.go(name, **PAGES[name])
    assert visitor.text() and serious(page) == []


def test_in_the_dark_and_on_a_telephone(dark: Visitor) -> None:
    page = dark.go("discrepancies", **PAGES["discrepancies"])
    dark.says(f"BBB2 and first way ({ONE})")
    assert page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor") == "rgb(18, 24, 22)"
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert serious(page) == []


def test_the_database_is_restarted_under_the_app(visitor: Visitor, world: Settings) -> None:
    page = visitor.go("snapshots", snapshot="small")
    visitor.says("It never changes.")
    server.stop(world)
    try:
        page.get_by_role("tab", name="Recipe").click()
        visitor.says("the embedded database is not running")
        assert page.locator("[data-testid=stAlert]").count() == 1
    finally:
        server.start(world)
    # Nobody clicks anything.
    visitor.says("It never changes.")
    assert page.locator("[data-testid=stAlert]").count() == 0
