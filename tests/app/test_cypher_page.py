"""The Cypher console on the small world of the real database: saved queries, one's own, and what it refuses."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from streamlit.testing.v1 import AppTest

from dcell_graph.graph.ask import guard
from dcell_graph.graph.ask.asker import open_asker
from dcell_graph.settings import Settings
from tests.app.conftest import ODD, ONE, REPAIR, ROOT, TWO, OpenPage
from tests.browser_fixtures import Visitor

pytestmark = pytest.mark.usefixtures("world")
OWN = "My own Cypher"
WRITES = (
    "CREATE (x:Term {id: 'GO:1'}) RETURN x",
    "MATCH (t:Term) SET t.name = 'x' RETURN t",
    "MATCH (t:Term) DETACH DELETE t",
    "MERGE (x:Mine) RETURN x",
    "MATCH (t:Term) REMOVE t.name RETURN t",
    "CREATE INDEX mine FOR (t:Term) ON (t.mine)",
    "MATCH (t:Term) CALL (t) { SET t.x = 1 } IN TRANSACTIONS",
)


def table(app: AppTest, heading: str) -> Any:
    return next(frame.value for frame in app.dataframe if heading in frame.value.columns)


def words(app: AppTest) -> str:
    parts = [*app.caption, *app.info, *app.error, *app.warning, *app.subheader]
    return "\n".join(part.value.replace("\\", "") for part in parts)


def own(open_page: OpenPage, query: str, **address: str) -> AppTest:
    return open_page("cypher", mode=OWN, query=query, **address)


def everything(settings: Settings) -> list[Any]:
    """Numbers of nodes, properties, nodes with a name, and relationships in the database."""
    query = (
        "MATCH (n) RETURN count(n) AS n, sum(size(keys(n))) AS p, count(n.name) AS named, COUNT { ()-->() } AS links"
    )
    with open_asker(settings) as asker:
        return list(asker.ask(query).rows[0])


def test_a_saved_query_with_its_parameters(open_page: OpenPage) -> None:
    app = open_page("cypher", saved="descendants", p_term_term=REPAIR)
    assert set(table(app, "id")["id"]) == {ONE, TWO}
    assert "2 rows" in words(app) and "at most 1,000 rows and 30 s" in words(app)


def test_a_saved_query_says_what_it_still_needs(open_page: OpenPage) -> None:
    app = open_page("cypher", saved="descendants")
    assert "Fill in term (such as GO:" in words(app) and not app.error and not app.dataframe
    app = open_page("cypher", saved="descendants", p_term_term="repair")
    assert "this is not the id of a term" in words(app)


def test_a_saved_query_can_be_changed(open_page: OpenPage) -> None:
    app = open_page("cypher", saved="descendants", p_term_term=REPAIR)
    next(button for button in app.button if button.label == "Change it").click()
    app.run()
    # What stood for the newest release is now its name.
    assert app.text_area(key="parameters").value == f'release="2018-06-01"\nterm={REPAIR}\nlimit=200'
    assert str(app.text_area(key="query").value).startswith("MATCH path")
    assert set(table(app, "id")["id"]) == {ONE, TWO}


def test_a_loaded_thing_is_chosen_by_name(open_page: OpenPage) -> None:
    # All four terms that are not obsolete are in the one; each way has two genes, and so is not in the other.
    kept = {
        name: set(table(open_page("cypher", saved="hub_terms", p_snapshot_snapshot=name), "children")["id"])
        for name in ("all", "small")
    }
    assert kept == {"all": {ROOT, REPAIR, ONE, TWO}, "small": {ROOT, REPAIR}}


def test_ones_own_query_with_parameters_and_odd_text(open_page: OpenPage) -> None:
    query = "MATCH (t:Term {id: $id}) RETURN t.name AS name, [1, 2] AS list, {a: null} AS map, $year AS year"
    answer = table(own(open_page, query, parameters=f"id={REPAIR}\nyear=2011"), "name")
    assert answer.iloc[0].tolist() == [ODD, "1, 2", '{"a": null}', 2011]


def test_a_column_is_never_left_out(open_page: OpenPage) -> None:
    assert table(own(open_page, "RETURN false AS Generated"), "Generated")["Generated"].tolist() == [False]


def test_rows_are_capped_and_it_is_said(open_page: OpenPage) -> None:
    app = own(open_page, "UNWIND range(1, 150) AS n RETURN n", rows="100")
    assert len(table(app, "n")) == 100 and "Only the first 100 rows are here" in words(app)


def test_a_query_that_takes_too_long_is_ended(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("components.cypher_form._SECONDS", {"30 s": 30.0, "5 s": 0.5})
    query = "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b WITH a, b WHERE a < 0 RETURN count(b) AS n"
    app = own(open_page, query, seconds="5 s")
    assert "took longer than 0.5 s" in words(app)


def test_errors_show_the_place(open_page: OpenPage) -> None:
    app = own(open_page, "MATCH (t:Term)\nRETRUN t")
    (error,) = app.error
    assert "(line 2, column 1)" in error.value.replace("\\", "") and "offset" not in error.value
    assert app.code[0].value == "RETRUN t\n^"
    assert "a parameter cannot be read" in words(own(open_page, "RETURN $a AS a", parameters="a"))
    assert "expected a, found none" in words(own(open_page, "RETURN $a AS a"))


def refused(open_page: OpenPage, world: Settings) -> list[str]:
    """Type every write into the form; none is answered, and nothing changes. What is said of each."""
    before = everything(world)
    app = open_page("cypher", mode=OWN)
    sentences = []
    for query in WRITES:
        app.text_area(key="query").set_value(query)
        next(button for button in app.button if button.label == "Ask").click()
        app.run()
        assert not app.exception and not app.dataframe
        (error,) = app.error
        sentences.append(error.value)
        assert everything(world) == before
    return sentences


def test_we_refuse_to_write(open_page: OpenPage, world: Settings) -> None:
    assert all("refused" in sentence for sentence in refused(open_page, world))


def test_the_server_refuses_writes_that_we_would_let_through(
    open_page: OpenPage, world: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "check_words", lambda *_, **__: None)
    monkeypatch.setattr(guard, "check_plan", lambda *_, **__: None)
    sentences = refused(open_page, world)
    assert all("the database cannot run this query" in sentence for sentence in sentences)


def test_the_answer_as_a_graph(open_page: OpenPage) -> None:
    query = "MATCH p = (:SnapTerm {snapshot: 'all', id: $id})-[:PARENT]->(:SnapTerm) RETURN p"
    app = own(open_page, query, parameters=f"id={ONE}", view="Graph")
    links = table(app, "From")
    assert links[["From", "Type", "To"]].to_numpy().tolist() == [["first way", "PARENT", ODD]]
    assert table(app, "Node")["Node"].tolist() == ["first way", ODD]
    # Ends that came with a relationship only.
    query = "MATCH (:SnapTerm {snapshot: 'all'})-[r:PARENT]->(:SnapTerm) RETURN [{r: r}] AS r"
    app = own(open_page, query, view="Graph")
    assert len(table(app, "From")) == len(table(app, "Node")) - 1 == 3
    assert "holds no nodes" in words(own(open_page, "RETURN 1 AS one", view="Graph"))


def test_what_is_in_the_graph(open_page: OpenPage) -> None:
    labels = table(open_page("cypher", schema="true"), "Label").set_index("Label")
    assert labels.loc["Release", "Nodes"] == 1 and labels.loc["Snapshot", "Nodes"] == 2


@pytest.mark.browser
def test_try_to_write_in_the_console_then_read_and_download(visitor: Visitor, world: Settings) -> None:
    before = everything(world)
    page = visitor.go("cypher", mode=OWN)
    field = page.get_by_label("Cypher, one statement that only reads")
    field.fill("MATCH (t:Term) DETACH DELETE t")
    page.get_by_role("button", name="Ask").click()
    visitor.says("the query is refused: it writes")
    assert everything(world) == before
    field.fill(f"MATCH (t:Term {{id: '{REPAIR}'}}) RETURN t.name AS name, t.id AS id")
    page.get_by_role("button", name="Ask").click()
    visitor.says("1 row")
    visitor.settled()
    with page.expect_download() as waiting:
        page.locator(".st-key-download-answer button").click()
    rows = list(csv.DictReader(io.StringIO(Path(waiting.value.path()).read_text(encoding="utf-8"))))
    assert rows == [{"name": ODD, "id": REPAIR}]
    shared = page.url
    page.goto("about:blank")
    page.goto(shared)
    visitor.says("1 row")
    serious = [one["id"] for one in Axe().run(page).response["violations"] if one["impact"] in ("serious", "critical")]
    assert serious == []
