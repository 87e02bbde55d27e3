"""Every page with its filters, in Streamlit's own test runner, on the small world of the real database."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dcell_graph.graph import load
from dcell_graph.graph.session import open_database
from dcell_graph.settings import Settings
from tests.app.conftest import GONE, ODD, ONE, REPAIR, ROOT, TWO, OpenPage

pytestmark = pytest.mark.usefixtures("world")
PAIR = f"SGD:S-BBB2~{ONE}"


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def table(app: AppTest, heading: str) -> Any:
    """The first table that has a column of that heading."""
    frames = [frame.value for frame in app.dataframe]
    return next(frame for frame in frames if heading in frame.columns)


def says(app: AppTest, words: str) -> bool:
    parts = [*app.markdown, *app.caption, *app.info, *app.warning, *app.subheader]
    return any(words in part.value.replace("\\", "") for part in parts)


# ---- overview


def test_the_overview_counts_what_there_is_and_says_what_comes_next(open_page: OpenPage) -> None:
    app = open_page("overview")
    assert metrics(app) == {
        "Ontology releases": "1",
        "Annotation files": "2",
        "Annotations": "8",
        "Snapshots": "2",
        "Datasets": "1",
        "Runs": "0",
    }
    assert [info.value.split(":")[0] for info in app.info] == ["Train a model"]
    assert table(app, "Dataset")["Strains"].tolist() == [3]


# ---- discrepancies


def test_a_comparison_counts_pairs(open_page: OpenPage) -> None:
    # A has AAA1 and BBB2 with the first way, CCC3 with the second, AAA1 with repair; its NOT does not count.
    app = open_page("discrepancies", a="a", b="b")
    assert metrics(app) == {
        "Only in A": "2",
        "In both, the same in everything": "1",
        "In both, but something differs": "1",
        "Only in B": "1",
    }
    steps = table(app, "Step")
    assert steps["Number"].tolist()[0] == 5 and steps["Left"].tolist()[-1] == 4


@pytest.mark.parametrize(
    ("address", "numbers"),
    [
        ({"keep_not": "true"}, ["3", "1", "1", "1"]),
        ({"exclude": "IEA"}, ["1", "1", "1", "1"]),
        ({"exclude": "IGI"}, ["3", "1", "0", "1"]),
        ({"axis": "Assertion axis", "asserted_until": "2012-06-01"}, ["1", "1", "0", "0"]),
        ({"axis": "Assertion axis", "asserted_from": "2014-01-01"}, ["2", "0", "0", "1"]),
        ({"a": "b", "b": "a"}, ["1", "1", "1", "2"]),
        ({"branch": "molecular function"}, ["0", "0", "0", "0"]),
    ],
)
def test_each_filter_of_a_comparison(open_page: OpenPage, address: dict[str, str], numbers: list[str]) -> None:
    assert list(metrics(open_page("discrepancies", **({"a": "a", "b": "b"} | address))).values()) == numbers


def test_the_release_axis_offers_the_files_of_then(open_page: OpenPage) -> None:
    app = open_page("discrepancies", axis="Release axis", known_on="2018-03-01")
    assert [box.options for box in app.selectbox if box.label == "Source A"] == [["a"]]
    assert says(app, "Choose two files")


@pytest.mark.parametrize(
    ("address", "pairs"),
    [
        ({}, {("AAA1", REPAIR), ("AAA1", ONE), ("BBB2", ONE), ("CCC3", TWO), ("EEE5", TWO)}),
        ({"gene": "bbb"}, {("BBB2", ONE)}),
        ({"gene": "."}, set()),
        ({"term": "FIRST"}, {("AAA1", ONE), ("BBB2", ONE)}),
        ({"term": "<b>of</b> DNA | *"}, {("AAA1", REPAIR)}),
        ({"side": "only B"}, {("EEE5", TWO)}),
        ({"evidence": "IGI"}, {("BBB2", ONE)}),
        ({"reason": "the same in everything"}, {("AAA1", ONE)}),
        ({"namespace": "biological_process", "side": "both"}, {("AAA1", ONE), ("BBB2", ONE)}),
        ({"date_from": "2016-01-01"}, {("AAA1", REPAIR), ("EEE5", TWO)}),
        ({"date_until": "2012-12-31"}, {("AAA1", ONE), ("BBB2", ONE)}),
    ],
)
def test_each_filter_of_the_pairs(open_page: OpenPage, address: dict[str, str], pairs: set[tuple[str, str]]) -> None:
    app = open_page("discrepancies", a="a", b="b", view="Pairs", **address)
    if not pairs:
        assert says(app, "No pair fits these filters.")
        return
    rows = table(app, "Why, or what differs")
    assert set(zip(rows["Symbol"], rows["Term"], strict=True)) == pairs


def test_the_pairs_say_why(open_page: OpenPage) -> None:
    rows = table(open_page("discrepancies", a="a", b="b", view="Pairs"), "Why, or what differs")
    reasons = dict(zip(zip(rows["Symbol"], rows["Term"], strict=True), rows["Why, or what differs"], strict=True))
    assert reasons["BBB2", ONE] == "differs in evidence and date"
    # B has AAA1 only with the first way, which is a kind of repair.
    assert reasons["AAA1", REPAIR] == "a more specific term there"
    assert reasons["CCC3", TWO] == "gene not named there"


def test_all_pairs_are_sorted_and_not_only_the_page(open_page: OpenPage) -> None:
    app = open_page("discrepancies", a="a", b="b", view="Pairs", sort="Latest date B", descending="true")
    days = table(app, "Latest date B")["Latest date B"].tolist()
    assert days[:3] == ["2017-01-01", "2013-01-01", "2010-01-01"] and not any(map(isinstance, days[3:], [str] * 2))


def test_a_link_to_a_pair_shows_its_records_side_by_side_and_its_history(open_page: OpenPage) -> None:
    app = open_page("discrepancies", a="a", b="b", view="Pairs", pair=PAIR)
    lines = [frame.value for frame in app.dataframe if "Stated id" in frame.value.columns]
    assert [frame["Evidence"].tolist() for frame in lines] == [["IMP"], ["IGI"]]
    assert says(app, "first seen in a (2018-01-02)") and says(app, "evidence added in b (2018-06-02)")
    next(button for button in app.button if button.label == "Close").click().run()
    assert "pair" not in app.query_params


@pytest.mark.parametrize("pair", ["nobody~GO:0000000", "x", "SGD:S-AAA1~<b>"])
def test_a_link_to_no_pair_is_a_sentence(open_page: OpenPage, pair: str) -> None:
    app = open_page("discrepancies", a="a", b="b", view="Pairs", pair=pair)
    assert says(app, "The pair of the address cannot be shown")


def test_counts_by_evidence_and_year_and_the_many_right_numbers(open_page: OpenPage) -> None:
    app = open_page("discrepancies", a="a", b="b", view="Counts")
    codes = table(app, "Annotations A").set_index("Evidence")
    assert codes.loc["IDA", ["Annotations A", "Annotations B"]].tolist() == [2, 2]
    assert codes.loc["IEA", "only A"] == 1
    assert table(app, "Year").set_index("Year").loc[2017, "only B"] == 1
    numbers = table(app, "Definition").set_index("What")
    assert numbers.loc["annotations with NOT"].tolist()[:2] == [1, 0]


def test_what_cannot_be_compared_is_listed_apart(open_page: OpenPage) -> None:
    app = open_page("discrepancies", a="a", b="b", view="Listed apart")
    assert says(app, "No pair contradicts itself.") and says(app, "Both files use live terms only.")


# ---- terms and genes


def test_a_term_is_found_by_any_part_of_its_names_and_every_character_counts_as_itself(open_page: OpenPage) -> None:
    app = open_page("term", find_term="100%_of (it)")
    (box,) = [box for box in app.selectbox if box.label.startswith("The term")]
    assert box.label == "The term: 1 found"
    box.select_index(0).run()
    assert app.query_params["term"] == REPAIR
    assert next(head.value.replace("\\", "") for head in app.subheader) == f"{ODD} ({REPAIR})"
    assert says(app, "Mending <i>it</i>.")
    assert next(box.label for box in open_page("term", find_term="100._of").selectbox) == "The term: 0 found"


def test_the_hierarchy_around_a_term_has_its_fate_in_each_snapshot(open_page: OpenPage) -> None:
    rows = table(open_page("term", term=REPAIR), "Level").set_index("Term")
    assert rows["Level"].to_dict() == {ROOT: -1, REPAIR: 0, ONE: 1, TWO: 1}
    assert rows["In all"].tolist() == ["kept"] * 4
    assert rows.loc[ONE, "In small"] == "contains 2 genes, fewer than 3"
    assert rows.loc[TWO, "Parents shown"] == REPAIR


def test_annotations_of_a_term_by_file(open_page: OpenPage) -> None:
    app = open_page("term", term=TWO, view="Annotations")
    counts = table(app, "a").set_index("Evidence")
    assert counts.loc["IDA"].tolist() == [1, 1] and counts.loc["NOT IDA"].tolist() == [1, 0]
    assert sorted(table(app, "References")["Symbol"]) == ["CCC3", "DDD4", "EEE5"]


def test_an_obsolete_term_says_so_and_an_unknown_one_is_a_sentence(open_page: OpenPage) -> None:
    app = open_page("term", term=GONE, view="Releases")
    assert says(app, "has given the term up")
    assert table(app, "Status")["Status"].tolist() == ["obsolete"]
    assert "has no term GO:1234567" in open_page("term", term="GO:1234567").error[0].value.replace("\\", "")


def test_a_gene_shows_the_subsystems_that_it_feeds(open_page: OpenPage) -> None:
    rows = table(open_page("gene", gene="SGD:S-CCC3", snapshot="all"), "The gene is").set_index("Term")
    assert rows["The gene is"].to_dict() == {TWO: "attached to it", REPAIR: "below it", ROOT: "below it"}
    assert says(open_page("gene", gene="SGD:S-DDD4", snapshot="all"), "a model on this snapshot cannot see it")


def test_annotations_of_a_gene_by_file(open_page: OpenPage) -> None:
    app = open_page("gene", find_gene="bbb", gene="SGD:S-BBB2", view="Annotations")
    assert set(table(app, "References")["Evidence"]) == {"IMP", "IGI"}


# ---- snapshots


def test_the_list_of_snapshots_and_the_stages_of_one(open_page: OpenPage) -> None:
    app = open_page("snapshots", snapshot="small")
    assert table(app, "Snapshot")["Terms"].tolist() == [4, 2]
    assert metrics(app)["Terms"] == "2"
    stages = table(app, "Terms after it").set_index("Stage")
    assert stages.loc["contained", ["Terms after it", "Removed"]].tolist() == [2, 2]


@pytest.mark.parametrize(
    ("address", "terms"),
    [({}, [ONE, TWO]), ({"find": "SECOND"}, [TWO]), ({"stage": "contained"}, [ONE, TWO]), ({"find": "["}, [])],
)
def test_removed_terms_and_their_filters(open_page: OpenPage, address: dict[str, str], terms: list[str]) -> None:
    app = open_page("snapshots", snapshot="small", view="Removed terms", **address)
    assert (table(app, "Reason")["Term"].tolist() if terms else says(app, "No term fits")) == (terms or True)


def test_terms_and_recipe_of_a_snapshot(open_page: OpenPage) -> None:
    assert len(table(open_page("snapshots", snapshot="all", view="Terms"), "Depth")) == 4
    options = table(open_page("snapshots", snapshot="all", view="Recipe"), "Option").set_index("Option")
    assert options.loc["annotations", "Value"] == '"propagated"'


def test_the_form_shows_sizes_before_anything_is_built(open_page: OpenPage) -> None:
    app = open_page("build", recipe="default", sources="a")
    before = metrics(app)
    app.number_input[0].set_value(1).run()
    after = metrics(app)
    # Every term with a gene stays at a minimum of 1 (the second way only through the first file's CCC3).
    assert int(after["Terms"]) >= int(before["Terms"])
    assert table(app, "Terms after it")["Terms after it"].tolist()[-1] == int(after["Terms"])


def test_a_snapshot_is_built_once_and_a_taken_name_stays(open_page: OpenPage, world: Settings) -> None:
    app = open_page("build", recipe="ma-2018", sources="a", minimum="1")
    app.text_input[0].set_value("mine")
    next(button for button in app.button if button.label == "Build it").click().run()
    assert [one.value.replace("\\", "") for one in app.success] == ["mine is built: 3 terms."]
    app = open_page("build", recipe="ma-2018", sources="b", minimum="1")
    app.text_input[0].set_value("mine")
    next(button for button in app.button if button.label == "Build it").click().run()
    assert "exists already and a snapshot never changes" in app.error[0].value.replace("\\", "")
    with open_database(world) as runner:
        load.remove(runner, "Snapshot", "mine")


def test_a_recipe_that_leaves_nothing_is_a_sentence(open_page: OpenPage) -> None:
    app = open_page("build", recipe="ma-2018", sources="a", until="1999-01-01")
    assert app.warning and not app.metric


def test_why_a_term_a_gene_or_both_are_not_there(open_page: OpenPage) -> None:
    app = open_page("why", snapshot="small", term=ONE)
    assert says(app, "first way is not in small") and says(app, "contains 2 genes, fewer than 3")
    assert sorted(set(table(app, "Fate")["Symbol"])) == ["AAA1", "BBB2"]
    assert says(open_page("why", snapshot="small", gene="SGD:S-CCC3"), "CCC3 is in small")
    assert says(open_page("why", snapshot="all", gene="SGD:S-CCC3", term=ONE), "CCC3 of first way is not in all")


def test_what_two_snapshots_differ_in(open_page: OpenPage) -> None:
    app = open_page("differences", a="all", b="small")
    assert metrics(app)["Terms"] == "4 → 2"
    causes = table(app, "Terms lost").set_index("Step")
    assert causes["Terms lost"].tolist() == [0, 2]
    app = open_page("differences", a="all", b="small", view="Terms, links and pairs", change="lost", find="second")
    assert table(app, "What happened")["Term"].tolist() == [TWO]
    app = open_page("differences", a="all", b="small", view="Terms, links and pairs", kind="pairs")
    assert len(table(app, "Gene")) > 0
    assert table(open_page("differences", a="all", b="small", view="What happened"), "Number")["Number"].sum() > 0


def test_curves_reach_from_all_terms_to_the_roots(open_page: OpenPage) -> None:
    app = open_page("calibration", recipes="ma-2018", sources="a + b")
    rows = table(app, "Least number of contained genes").set_index("Least number of contained genes")
    # Four genes in all: from a minimum of 5 on only the root is left, which no stage removes.
    assert rows.loc[5, "Subsystems"] == 1 and rows.loc[1, "Subsystems"] >= rows.loc[4, "Subsystems"]
    assert says(app, "1,408") and says(app, "4,062")
    days = table(open_page("calibration", recipes="ma-2018", sources="a + b", view="By the last day"), "Curve")
    assert days["Subsystems"].is_monotonic_increasing


def test_the_search_finds_the_wanted_number(open_page: OpenPage) -> None:
    app = open_page("calibration", recipes="ma-2018", sources="a", target="1", view="Search", search="true")
    nearest = table(app, "Off the target")
    assert nearest["Off the target"].tolist()[0] == 0


def test_what_a_model_sees_of_a_dataset(open_page: OpenPage) -> None:
    # DDD4 has only a NOT, so it is no gene of the snapshot: the third strain lacks one visible gene.
    app = open_page("coverage", snapshot="all", dataset="strains")
    shown = metrics(app)
    assert (shown["Strains"], shown["Hidden, of 5 genes"], shown["Pearson at best"]) == ("3", "1", "1.0000")
    assert table(app, "R2 at best")["Strains"].tolist() == [3]
    hidden = table(open_page("coverage", snapshot="all", dataset="strains", view="Hidden genes"), "Lost at")
    assert hidden["Gene"].tolist() == ["SGD:S-DDD4"]
    assert says(open_page("coverage", view="Equal strains", snapshot="all"), "No two strains look the same")
    app = open_page("coverage", snapshot="all", view="One strain", strain="nobody")
    assert app.warning


# ---- every page


PAGES = (
    *("overview", "discrepancies", "annotations", "term", "gene", "snapshots", "build", "why", "differences"),
    *("calibration", "coverage"),
)


@pytest.mark.parametrize("name", PAGES)
def test_every_chart_has_words_and_every_download_a_name(open_page: OpenPage, name: str) -> None:
    app = open_page(name, term=REPAIR, gene="SGD:S-AAA1") if name in ("term", "gene", "why") else open_page(name)
    charts = app.get("plotly_chart")
    assert all(chart.proto.alt for chart in charts)
    assert len({button.key for button in app.get("download_button")}) == len(app.get("download_button"))
    assert bool(charts) == (
        name in ("discrepancies", "term", "gene", "snapshots", "build", "differences", "calibration", "coverage")
    )


@pytest.mark.parametrize("name", PAGES[1:])
def test_without_a_database_every_page_is_one_sentence(
    open_page: OpenPage, name: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DCELL_GRAPH_HOME", str(tmp_path_factory.mktemp("empty")))
    app = open_page(name)
    assert [error.value.replace("\\", "") for error in app.error] == [
        "the embedded database is not running; run `dcell-graph db start`"
    ]
    assert says(app, "This page comes back by itself")


def test_a_day_of_the_address_is_the_day_of_the_widget(open_page: OpenPage) -> None:
    app = open_page("build", until="2012-06-01")
    assert app.date_input[0].value == date(2012, 6, 1)


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("snapshots", {"snapshot": "all"}),
        ("build", {"release": "2018-06-01", "sources": "a", "genome": "as-annotated"}),
        ("why", {"snapshot": "all"}),
        ("differences", {"a": "all", "b": "small"}),
        ("calibration", {"release": "2018-06-01", "sources": "a + b", "genome": "as-annotated"}),
        ("coverage", {"snapshot": "all", "dataset": "strains"}),
    ],
)
def test_what_is_chosen_at_first_is_in_the_address(open_page: OpenPage, name: str, first: dict[str, str]) -> None:
    # What is the first one today need not be tomorrow, when somebody opens the copied address.
    app = open_page(name)
    assert {key: app.query_params[key] for key in first} == first


def test_the_address_the_widget_and_what_is_taken_away(open_page: OpenPage) -> None:
    app = open_page("build", sources=["b", "a"])
    (sources,) = [box for box in app.multiselect if box.label.startswith("Annotation files")]
    assert sources.value == ["b", "a"]
    sources.set_value(["b"]).run()
    assert app.query_params["sources"] == "b" and app.metric
    next(box for box in app.multiselect if box.label.startswith("Annotation files")).set_value([]).run()
    assert says(app, "Choose at least one annotation file.") and not app.metric
    app = open_page("snapshots", snapshot="small")
    box = next(box for box in app.selectbox if box.label == "Snapshot")
    assert box.value == "small"
    box.set_value("all").run()
    assert app.query_params["snapshot"] == "all" and metrics(app)["Terms"] == "4"
    # A link or the way back in the browser changes the address.
    app.query_params["snapshot"] = "small"
    app.run()
    assert metrics(app)["Terms"] == "2"
    app.query_params["snapshot"] = "gone"
    app.run()
    assert app.query_params["snapshot"] == "all"
