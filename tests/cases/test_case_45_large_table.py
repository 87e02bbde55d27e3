"""Case 45: a table of 120,000 rows and a chooser of 16,000 genes, in the database, in the page and in a browser."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from streamlit.testing.v1 import AppTest

from dcell_graph.errors import Conflict, InputError
from dcell_graph.graph import browse, load, server
from dcell_graph.graph.browse import Choice
from dcell_graph.graph.runner import Neo4jRunner
from dcell_graph.graph.session import open_database
from dcell_graph.settings import Settings
from tests.app import test_overview
from tests.browser_fixtures import Visitor, running_app
from tests.gaf_files import HEADER, row

FOLDER = Path(__file__).parent / "45-app-large-table"
APP = test_overview.APP
ROWS, GENES, TERMS, FIRST_LINE = 120_000, 16_000, 5, 4
CHOICE = Choice(sources=("large",), release="2018-06-01")
MOST_BYTES = 2_000_000


@dataclass(frozen=True)
class Made:
    """A row of the file as it was made."""

    line: int
    number: int
    term: str
    day: date

    @property
    def gene(self) -> str:
        return f"SGD:S9{self.number:08d}"


def made_rows() -> list[Made]:
    """The rows of the case, but each with one of 3,000 days in no order, so that sorting by date means something."""
    return [
        Made(
            line=FIRST_LINE + index,
            number=index % GENES,
            term=f"GO:900000{(index % GENES + index // GENES) % TERMS + 1}",
            day=date(2010, 1, 1) + timedelta(days=index * 7_919 % 3_000),
        )
        for index in range(ROWS)
    ]


MADE = made_rows()


@pytest.fixture(scope="module")
def database_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A database of its own: to stop it takes less time than to empty it."""
    settings = Settings(home=tmp_path_factory.mktemp("home"), neo4j_uri=None)
    server.start(settings)
    yield settings
    server.stop(settings)


@pytest.fixture(scope="module")
def loaded(database_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neo4jRunner]:
    """The database with the large file."""
    path = tmp_path_factory.mktemp("large") / "large.gaf"
    with path.open("w") as file:
        file.write(HEADER)
        for index, made in enumerate(MADE):
            line = row(
                object_id=made.gene.removeprefix("SGD:"),
                symbol=f"LRG{made.number}",
                term=made.term,
                reference=f"PMID:{99_000_001 + index // GENES}",
                name=f"large test protein number {made.number}",
                synonyms=f"LRGALIAS{made.number}",
                date=f"{made.day:%Y%m%d}",
            )
            file.write(line + "\n")
    with open_database(database_settings) as runner:
        load.load_ontology(runner, FOLDER / "go.obo")
        load.load_annotations(runner, path, name="large")
        yield runner


@pytest.fixture(autouse=True)
def _home(database_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DCELL_GRAPH_HOME", str(database_settings.home))
    monkeypatch.delenv("NEO4J_URI", raising=False)
    monkeypatch.syspath_prepend(str(APP.parent))


def page_of(app: AppTest) -> list[int]:
    """Lines of the rows that the page shows."""
    (table,) = app.dataframe
    return [int(line) for line in table.value["Line"]]


def open_page(**address: str) -> AppTest:
    """The page in Streamlit's own test runner."""
    app = AppTest.from_file(str(APP.parent / "app_pages" / "annotations.py"), default_timeout=60)
    for key, value in address.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception and not app.error
    return app


# ---- the database


def test_totals_and_the_last_page(loaded: Neo4jRunner) -> None:
    assert (len(MADE), len({made.gene for made in MADE}), len({(made.gene, made.term) for made in MADE})) == (
        120_000,
        16_000,
        80_000,
    )
    assert browse.count(loaded, CHOICE) == 120_000
    last = browse.page(loaded, CHOICE, offset=119_900, size=100)
    assert [one.line for one in last] == list(range(119_904, 120_004))
    assert browse.page(loaded, CHOICE, offset=120_000, size=100) == ()


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("offset", [0, 60_000, 119_900])
def test_sorting_by_date_is_that_of_the_whole_set(loaded: Neo4jRunner, descending: bool, offset: int) -> None:
    rows = sorted(MADE, key=lambda made: made.day, reverse=descending)  # keeps the order of equal days
    found = browse.page(loaded, CHOICE, offset=offset, size=100, sort="date", descending=descending)
    assert [(one.line, one.date) for one in found] == [
        (made.line, made.day.isoformat()) for made in rows[offset : offset + 100]
    ]


def test_the_chooser_searches_in_the_database(loaded: Neo4jRunner) -> None:
    hits = browse.genes_like(loaded, CHOICE, "lrg1599", most=20)
    symbols = ["LRG1599", *(f"LRG1599{digit}" for digit in range(10))]
    assert (hits.total, [hit.symbol for hit in hits.hits]) == (11, symbols)
    # Genes below 8,000 have an eighth annotation.
    assert [hit.annotations for hit in hits.hits] == [8] + [7] * 10
    many = browse.genes_like(loaded, CHOICE, "L", most=20)
    assert (many.total, len(many.hits)) == (16_000, 20)
    assert browse.genes_like(loaded, CHOICE, "LRG.*", most=20).total == 0
    with pytest.raises(InputError, match="nothing to look for"):
        browse.genes_like(loaded, CHOICE, "  ", most=20)


def test_all_rows_can_be_written(loaded: Neo4jRunner, tmp_path: Path) -> None:
    path = tmp_path / "all.csv"
    with path.open("w", newline="") as file:
        browse.write_csv(loaded, CHOICE, file, total=120_000)
    with path.open(newline="") as file:
        heading, *rows = csv.reader(file)
    assert heading[:3] == ["Source", "Line", "Gene"]
    columns = [heading.index(name) for name in ("Line", "Gene", "Term", "Date")]
    assert [tuple(row[column] for column in columns) for row in rows] == [
        (str(made.line), made.gene, made.term, made.day.isoformat()) for made in MADE
    ]


def test_another_number_of_rows_than_promised_is_an_error(loaded: Neo4jRunner, tmp_path: Path) -> None:
    eight = Choice(sources=("large",), gene="SGD:S900001599")
    with (
        (tmp_path / "all.csv").open("w", newline="") as file,
        pytest.raises(Conflict, match="expected 9 rows, found 8"),
    ):
        browse.write_csv(loaded, eight, file, total=9)


# ---- the page


def test_the_page_says_how_many_there_are_and_shows_a_hundred(loaded: Neo4jRunner) -> None:
    app = open_page()
    assert app.subheader[0].value == "120,000 annotations"
    assert page_of(app) == list(range(4, 104))
    assert any("Rows 1 to 100 of 120,000" in caption.value for caption in app.caption)
    app.button(key="next-page").click().run()
    assert page_of(app) == list(range(104, 204))
    app.button(key="last-page").click().run()
    assert page_of(app) == list(range(119_904, 120_004))
    assert app.number_input(key="page").value == 1_200
    app.selectbox(key="sort").set_value("Date").run()
    assert app.number_input(key="page").value == 1
    assert page_of(app) == [made.line for made in sorted(MADE, key=lambda made: made.day)[:100]]


def test_an_address_shows_the_same_page(loaded: Neo4jRunner) -> None:
    app = open_page(sort="Date", descending="true", page="1200")
    rows = sorted(MADE, key=lambda made: made.day, reverse=True)
    assert page_of(app) == [made.line for made in rows[-100:]]
    one = open_page(gene="SGD:S900001599", term="GO:9000005")
    assert page_of(one) == [made.line for made in MADE if (made.number, made.term) == (1_599, "GO:9000005")]


def test_the_chooser_of_the_page_says_what_it_leaves_out(loaded: Neo4jRunner) -> None:
    app = open_page(search="LRG1599")
    chooser = app.selectbox(key="chosen_gene")
    assert (chooser.label, len(chooser.options)) == ("Gene: 11 found", 11)
    chooser.set_value("SGD:S900001599").run()
    assert app.subheader[0].value == "8 annotations"
    assert page_of(app) == [made.line for made in MADE if made.number == 1_599]
    app = open_page(search="LRG")
    chooser = app.selectbox(key="chosen_gene")
    assert (chooser.label, len(chooser.options)) == ("Gene: first 20 of 16,000 found", 20)


def test_a_choice_without_annotations_is_a_sentence(loaded: Neo4jRunner) -> None:
    app = open_page(gene="nobody")
    assert [info.value for info in app.info] == ["No annotation fits this choice."]
    assert not app.dataframe


def test_without_a_database_one_sentence_says_how_to_start_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DCELL_GRAPH_HOME", str(tmp_path))
    app = AppTest.from_file(str(APP.parent / "app_pages" / "annotations.py"), default_timeout=60).run()
    assert [error.value for error in app.error] == [
        "the embedded database is not running; run \\`dcell\\-graph db start\\`"  # text as text: no mark-up
    ]
    assert not app.exception


# ---- the browser


@pytest.fixture
def visitor(loaded: Neo4jRunner, database_settings: Settings, chromium: Browser) -> Iterator[Visitor]:
    """A visitor of the app with the large file."""
    context = chromium.new_context(accept_downloads=True)
    with running_app(database_settings.home) as address:
        yield Visitor(context.new_page(), address)
    context.close()


@pytest.mark.browser
def test_a_browser_is_sent_a_page_and_downloads_all(visitor: Visitor) -> None:
    page = visitor.page
    sent: list[int] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: sent.append(len(frame))))
    visitor.go("annotations")
    page.get_by_text("Rows 1 to 100 of 120,000").wait_for(timeout=60_000)
    assert 5_000 < sum(sent) < MOST_BYTES  # the table has come this way, and nothing much else
    sent.clear()
    page.get_by_role("button", name="Last", exact=True).click()
    page.get_by_text("Rows 119,901 to 120,000 of 120,000").wait_for(timeout=60_000)
    assert 5_000 < sum(sent) < MOST_BYTES
    page.wait_for_url(re.compile(r"[?&]page=1200\b"))

    sent.clear()
    page.get_by_role("textbox", name="Find a gene").press_sequentially("LRG1599")
    page.get_by_text("Gene: 11 found").wait_for(timeout=60_000)
    page.get_by_role("combobox", name="Gene: 11 found").click()
    page.get_by_role("option").first.wait_for()
    assert page.get_by_role("option").first.inner_text().startswith("LRG1599 ")
    assert sum(sent) < MOST_BYTES
    page.keyboard.press("Escape")

    button = page.get_by_role("button", name="Download all 120,000 rows as CSV")
    with page.expect_download(timeout=120_000) as waiting:
        button.click()
    with Path(waiting.value.path()).open(newline="") as file:
        assert sum(1 for _ in csv.reader(file)) == 120_001
