"""Times of the app's pages in a real browser.

    python bench/app.py [--port PORT]
    python bench/app.py --rows 900000 [--genes 60000] [--terms 45000]

The first form takes the database in use, which needs an ontology, two annotation files and a snapshot (``dcell-graph
quickstart``); pages of models are visited if there is a finished run. With --rows two annotation files of so many rows
and three quarters of them are generated, loaded in bulk into a database of their own, and made a snapshot of. Needs
Chromium. The first lines are of a page with a title and a button, what Streamlit and the browser take by themselves on
this machine.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

from bulk import quiet, write_gaf
from playwright.sync_api import Page, sync_playwright

from dcell_graph.graph import load, server
from dcell_graph.graph.browse import scope
from dcell_graph.graph.build import build_snapshot, list_snapshots
from dcell_graph.graph.bulk.load import load_annotations_in_bulk
from dcell_graph.graph.session import open_database
from dcell_graph.settings import Settings, read_settings
from dcell_graph.snapshot.recipe import find_recipe
from dcell_graph.sources.obo import read_obo
from dcell_graph.sources.world import WorldConfig, write_world
from dcell_graph.train.listing import list_runs

OPTIONS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
PAIRS = {"view": "Pairs"}
BARE = "import streamlit\nstreamlit.title('Bare')\nstreamlit.button('Press')\n"


def the_app(port: int) -> list[str]:
    """The command of the app."""
    code = f"from dcell_graph.cli import main; import sys; sys.argv[1:] = ['app', '--port', '{port}']; main()"
    return [sys.executable, "-c", code]


def bare_page(port: int, folder: Path) -> list[str]:
    """The command of a page with nothing to do."""
    script = folder / "bare.py"
    script.write_text(BARE, encoding="utf-8")
    options = [f"--server.port={port}", "--server.address=127.0.0.1", "--server.headless=true"]
    return [sys.executable, "-m", "streamlit", "run", str(script), *options, "--browser.gatherUsageStats=false"]


@contextmanager
def served(command: list[str], port: int) -> Iterator[str]:
    """The address of a server in a process of its own."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        while process.poll() is None:
            with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1):
                break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)


def settled(page: Page) -> None:
    """Wait until the page is drawn and rests."""
    page.locator("h1").first.wait_for(timeout=180_000)
    page.wait_for_timeout(50)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=180_000)
    page.wait_for_function("() => !document.querySelector('[data-testid=stSkeleton]')", timeout=180_000)


def timed(label: str, action: Callable[[], object]) -> None:
    """Print how long something takes."""
    start = time.perf_counter()
    action()
    print(f"{label:<58} {time.perf_counter() - start:6.2f} s", flush=True)


def visit(page: Page, address: str, name: str, **parameters: str) -> None:
    """Open a page."""
    page.goto(f"{address}/{name}?{urlencode(parameters)}")
    settled(page)


def type_in(page: Page, label: str, text: str, answer: str | re.Pattern[str]) -> None:
    """Type into a field and wait for its answer."""
    page.get_by_label(label).first.fill(text)
    page.locator("[data-testid=stMain]").get_by_text(answer).first.wait_for(timeout=60_000)


def press(page: Page, name: str) -> None:
    """Press a button and wait until the page rests."""
    page.get_by_role("button", name=name).click()
    settled(page)


def pages_to_visit(settings: Settings) -> list[tuple[str, dict[str, str]]] | None:
    """Pages with what they are asked for; None if there is too little to show."""
    with open_database(settings) as runner:
        there = scope(runner)
        snapshots = [made.name for made in list_snapshots(runner)]
    if len(there.sources) < 2 or not snapshots:
        return None
    both = {"a": there.sources[0], "b": there.sources[1]}
    pages = [
        ("", {}),
        ("discrepancies", both),
        ("discrepancies", both | {"view": "Counts"}),
        ("discrepancies", both | PAIRS),
        ("annotations", {}),
        ("term", {}),
        ("gene", {}),
        ("snapshots", {"snapshot": snapshots[0], "view": "Removed terms"}),
        ("build", {}),
        ("calibration", {}),
        ("cypher", {"saved": "hub_terms"}),
    ]
    if len(snapshots) > 1:
        pages.append(("differences", {"a": snapshots[0], "b": snapshots[1]}))
    runs = [run.name for run in list_runs(settings.runs) if run.status == "finished"]
    if runs:
        pages += [("runs", {"run": runs[0]}), ("subsystems", {"run": runs[0]}), ("knockout", {"run": runs[0]})]
    return pages


@contextmanager
def generated(rows: int, genes: int, terms: int) -> Iterator[None]:
    """A home with two generated annotation files and a snapshot of both, in use."""
    quiet()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        os.environ["DCELL_GRAPH_HOME"] = folder
        os.environ["DCELL_GRAPH_SERVER_HEAP"] = "4"
        settings = Settings(home=home, neo4j_uri=None)
        world = write_world(WorldConfig(seed=1, n_terms=terms, n_genes=30, n_strains=1), home / "world")
        ontology = read_obo(world.ontology)
        try:
            with open_database(settings, start=True) as runner:
                release = load.load_ontology(runner, world.ontology).name
            for seed, (name, size) in enumerate((("whole", rows), ("part", rows * 3 // 4))):
                path = home / f"{name}.gaf"
                write_gaf(path, size, genes, [term.id for term in ontology.terms], seed)
                timed(f"load {size:,} rows in bulk", partial(load_annotations_in_bulk, settings, path, name=name))
                path.unlink()
            with open_database(settings) as runner:
                timed(
                    "build a snapshot of both",
                    lambda: build_snapshot(runner, "both", find_recipe("default"), release=release,
                                           sources=("whole", "part"), genome="as-annotated"),
                )  # fmt: skip
            yield
        finally:
            server.stop(settings)


def main() -> None:
    """Time every page, of the database in use or of a generated one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8599)
    parser.add_argument("--rows", type=int, help="of a generated annotation file; default: the database in use")
    parser.add_argument("--genes", type=int, default=60_000)
    parser.add_argument("--terms", type=int, default=45_000)
    options = parser.parse_args()
    if options.rows is None:
        visit_all(options.port)
        return
    with generated(options.rows, options.genes, options.terms):
        visit_all(options.port)


def visit_all(port: int) -> None:
    """Time every page, first with nothing kept and then once more."""
    pages = pages_to_visit(read_settings())
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if pages is None or chromium is None:
        print("skipped: needs two annotation files, a snapshot and Chromium")
        return
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(OPTIONS))
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        with served(bare_page(port, Path(folder)), port) as address:
            for turn in ("first", "again"):
                timed(f"bare page, {turn}", partial(visit, page, address, ""))
            timed("button of the bare page", lambda: press(page, "Press"))
        with served(the_app(port), port) as address:
            visit_pages(page, address, pages)
        browser.close()


def visit_pages(page: Page, address: str, pages: list[tuple[str, dict[str, str]]]) -> None:
    """Time each page twice, and what is done on long tables."""
    for turn in ("first", "again"):
        for name, parameters in pages:
            words = f"{name or 'overview'} {parameters.get('view', '')}".strip()
            timed(f"{words}, {turn}", partial(visit, page, address, name, **parameters))
    visit(page, address, "term")
    timed("search among all terms", lambda: type_in(page, "Find a term", "repair", "found"))
    both = pages[1][1]
    visit(page, address, "discrepancies", **both, **PAIRS)
    timed("filter of all pairs", lambda: type_in(page, "Gene", "rad5", re.compile(r"^(No pair fits|[0-9,]+ pairs?$)")))
    visit(page, address, "discrepancies", **both, **PAIRS)
    timed("last page of all pairs", lambda: press(page, "Last"))


if __name__ == "__main__":
    main()
