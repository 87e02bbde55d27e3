"""The pages that look into trained models, on small ones trained here: subsystems and the knock-out lab."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from typing import Any, Literal

import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe
from streamlit.testing.v1 import AppTest

from dcell_graph.graph.build import list_snapshots
from dcell_graph.graph.session import open_database
from dcell_graph.interpret.knockout import knock_out
from dcell_graph.interpret.stored import FOLDER, read_importance
from dcell_graph.interpret.terms import genes_of_term
from dcell_graph.interpret.trained import Trained, open_trained
from dcell_graph.settings import Settings
from dcell_graph.snapshot.schema import Snapshot
from tests.app.conftest import ONE, REPAIR, OpenPage
from tests.app.trained_runs import GENES, train
from tests.browser_fixtures import Visitor

pytestmark = pytest.mark.usefixtures("world")
PAIR = ("Y001W", "Y002W")


@pytest.fixture(scope="module")
def snapshot(world: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    """The snapshot of the runs ``one`` and ``two``."""
    shutil.rmtree(world.runs, ignore_errors=True)
    yield train(world, tmp_path_factory.mktemp("strains"))
    shutil.rmtree(world.runs)
    shutil.rmtree(world.snapshots)


@pytest.fixture
def without_scores(snapshot: Snapshot, world: Settings) -> None:
    for run in ("one", "two"):
        shutil.rmtree(world.runs / run / FOLDER, ignore_errors=True)


@pytest.fixture(scope="module")
def two(snapshot: Snapshot, world: Settings) -> Trained:
    return open_trained(world.runs / "two", snapshot)


def table(app: AppTest, heading: str) -> Any:
    return next(frame.value for frame in app.dataframe if heading in frame.value.columns)


def words(app: AppTest) -> str:
    parts = [*app.caption, *app.info, *app.error, *app.warning, *app.subheader, *app.markdown]
    return "\n".join(part.value.replace("\\", "") for part in parts)


def metrics(app: AppTest) -> dict[str, tuple[str, str]]:
    return {metric.label: (metric.value, metric.delta) for metric in app.metric}


def a_term(snapshot: Snapshot) -> str:
    """A term with genes that is not the root."""
    terms = snapshot.terms
    below = terms[((terms["depth"] > 0) & (terms["direct_genes"] > 1)).to_numpy()]
    return str(below["term"].iloc[0])


# ---- subsystems


@pytest.mark.parametrize("name", ["subsystems", "knockout"])
def test_without_runs_the_pages_say_how_to_train(
    open_page: OpenPage, name: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DCELL_GRAPH_HOME", str(tmp_path_factory.mktemp("empty")))
    assert "No model is trained yet" in words(open_page(name))


def test_without_scores_the_page_says_the_command_and_a_button_makes_them(
    open_page: OpenPage, snapshot: Snapshot, world: Settings, without_scores: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("draw_ranking", "draw_stability", "draw_hierarchy"):
        monkeypatch.setattr(f"dcell_graph.interpret.writing.{name}", lambda *given, **named: None)
    app = open_page("subsystems", run="two")
    assert "`dcell-graph importance two`" in words(app) and "of a generated world" in words(app)
    tree = table(app, "Drawn below").set_index("Term")
    assert len(tree) == 8 and tree["Genes"].to_dict() == dict(
        zip(snapshot.terms["term"], snapshot.terms["contained_genes"], strict=True)
    )
    next(button for button in app.button if button.label == "Score them now").click().run()
    assert not app.exception
    stored = read_importance(world.runs / "two")
    assert stored is not None and stored.strains == 60
    assert "Judged by 60 strains" in words(app) and "95 % confidence over 2 seeds" in words(app)
    ranked = table(app, "95 % from")
    root = snapshot.terms["term"][snapshot.root]
    best = stored.table.sort_values("permutation", ascending=False)["term"].tolist()
    assert ranked["Term"].tolist() == [term for term in best if term != root]
    # The list below has the root too, the best first.
    listed = table(app, "Depth")
    assert listed["Term"].tolist() == best and listed["Rank"].tolist() == list(range(1, 9))


@pytest.fixture
def scores(snapshot: Snapshot, world: Settings, two: Trained, without_scores: None) -> None:
    """Scores as the command writes them; the numbers are of no model."""
    folder = world.runs / "two" / FOLDER
    folder.mkdir()
    terms = snapshot.terms["term"].tolist()
    frame = pd.DataFrame({"term": terms, "name": [f"<b>{term}" for term in terms], "genes": 1, "depth": 1})
    for measure in ("permutation", "rlipp_gain", "gradient_x_state"):
        numbers = [float(place) for place in range(len(terms))]
        frame[measure], frame[f"{measure}_sd"], frame[f"{measure}_q"] = numbers, 0.5, 0.01
        frame[f"{measure}_low"] = [number - 1 for number in numbers]
        frame[f"{measure}_high"] = [number + 1 for number in numbers]
        frame[f"{measure}_rank"] = [float(len(terms) - place) for place in range(len(terms))]
    frame = frame.assign(P_rho=0.5, C_rho=0.25, RLIPP=2.0)
    frame.to_parquet(folder / "scores.parquet")
    # The second seed ranks the other way round.
    seeds = [(seed, term, float(place if seed == 1 else -place)) for seed in (1, 2) for place, term in enumerate(terms)]
    pd.DataFrame(seeds, columns=["seed", "term", "permutation"]).assign(rlipp_gain=0.0, gradient_x_state=0.0).to_csv(
        folder / "seeds.csv", index=False
    )
    weights = [one.description.weights_sha256 for one in two.checkpoints]
    (folder / "about.json").write_text(json.dumps({"weights": weights, "strains": 77, "nulls": 3}))


def test_measures_seeds_and_filters_are_in_the_address(
    open_page: OpenPage, snapshot: Snapshot, scores: None, world: Settings
) -> None:
    terms = snapshot.terms["term"].tolist()
    app = open_page("subsystems", run="two", by="RLIPP gain", find=terms[3], sort="Power")
    assert "q ≤ 0.05 against 3 random hierarchies" in words(app) and "Judged by 77 strains" in words(app)
    listed = [frame.value for frame in app.dataframe if "Power of children" in frame.value.columns][-1]
    assert listed[["Term", "Score", "q", "RLIPP"]].values.tolist() == [[terms[3], 3.0, 0.01, 2.0]]
    app = open_page("subsystems", run="two", view="Seeds")
    assert "a Spearman correlation of -1.00 in the mean" in words(app)
    assert table(app, "Seed 2")["Seed 1"].tolist() == [7, 6, 5, 4, 3, 2, 1, 0]
    app = open_page("subsystems", run="two", view="Hierarchy", drawn="Sunburst")
    assert table(app, "Drawn below")["Rise of the squared error (variances)"].tolist() == list(range(8))
    # Another epoch was trained since.
    about = world.runs / "two" / FOLDER / "about.json"
    about.write_text(json.dumps({"weights": ["x"], "strains": 77, "nulls": 3}))
    assert "These scores are of earlier weights" in words(open_page("subsystems", run="two"))
    about.write_text("{")
    assert "the scores of the subsystems are damaged" in words(open_page("subsystems", run="two"))


def test_states_of_a_subsystem_across_strains(
    open_page: OpenPage, snapshot: Snapshot, scores: None, world: Settings
) -> None:
    term = a_term(snapshot)
    app = open_page("subsystems", run="two", term=term, model="Model 2")
    assert "60 strains that the run was not trained on" in words(app)
    assert metrics(app)["Rank, RLIPP"][0] == f"{8 - snapshot.terms['term'].tolist().index(term)} of 8"
    rows = table(app, "Strain").set_index("Strain")
    assert len(rows) == 60
    # One model alone, by another way: how far a genotype moves the term.
    trained = open_trained(world.runs / "two" / "members" / "2", snapshot)
    for strain in rows.index[:6]:
        moved = knock_out(trained, strain.split("+")).terms.set_index("term")["distance"]
        assert rows.loc[strain, "Distance from the wild type"] == pytest.approx(moved.get(term, 0.0), abs=1e-5)
    groups = table(app, "Such as")
    assert groups["Strains"].sum() == 60
    no_such = open_page("subsystems", run="two", term="GO:7654321")
    assert "has no subsystem GO:7654321" in words(no_such)


def test_genes_of_a_subsystem_and_why_its_annotations_are_not_known(
    open_page: OpenPage, snapshot: Snapshot, without_scores: None
) -> None:
    term = a_term(snapshot)
    rows = table(open_page("subsystems", run="one", term=term, part="Genes"), "The gene is")
    expected = genes_of_term(snapshot, term)
    assert rows["Gene"].tolist() == expected["gene"].tolist()
    assert (rows["The gene is"] == "attached to it").tolist() == expected["attached"].tolist()
    app = open_page("subsystems", run="one", term=term, part="Annotations")
    assert f"The database does not have the snapshot {snapshot.manifest.name} of this run" in words(app)


def as_if_trained_on(world: Settings, name: str) -> None:
    """Make a run say that it is on a snapshot of the database; the page needs no weights for its annotations."""
    with open_database(world) as runner:
        (made,) = [one for one in list_snapshots(runner) if one.name == name]
    folder = world.runs / "in-database"
    folder.mkdir()
    shutil.copyfile(world.runs / "one" / "run.json", folder / "run.json")
    config = json.loads((world.runs / "one" / "config.json").read_text())
    about = {"name": name, "snapshot_id": made.snapshot_id, "generated": False, "place": name}
    (folder / "config.json").write_text(json.dumps({**config, "snapshot": about, "generated": False}))


def test_annotations_behind_a_subsystem(open_page: OpenPage, snapshot: Snapshot, world: Settings) -> None:
    as_if_trained_on(world, "all")
    try:
        app = open_page("subsystems", run="in-database", term=ONE, part="Annotations")
        rows = table(app, "Stated term")
        assert list(rows[["Symbol", "Evidence", "Date", "Source"]].itertuples(index=False, name=None)) == [
            ("AAA1", "IDA", "2010-01-01", "a"),
            ("AAA1", "IDA", "2010-01-01", "b"),
            ("BBB2", "IMP", "2012-01-01", "a"),
            ("BBB2", "IGI", "2013-01-01", "b"),
        ]
        app = open_page("subsystems", run="in-database", term=REPAIR, part="Annotations", below="true")
        # The NOT of DDD4 gives no gene.
        assert sorted(set(table(app, "Subsystem")["Symbol"])) == ["AAA1", "BBB2", "CCC3", "EEE5"]
        # Its models are asked for and are not there.
        assert "there is no checkpoint" in words(open_page("subsystems", run="in-database", term=ONE))
    finally:
        shutil.rmtree(world.runs / "in-database")


# ---- knock-out lab


def test_two_genes_are_deleted(open_page: OpenPage, two: Trained) -> None:
    app = open_page("knockout", run="two", genes=list(PAIR))
    found = knock_out(two, PAIR)
    shown = metrics(app)
    assert shown["Predicted score"] == (f"{found.phenotype.mean:.4g}", f"± {found.phenotype.sd:.2g}")
    assert shown["Expected"][0] == f"{found.additive.mean:.4g}"
    assert shown["Interaction"][0] == f"{found.interaction_additive.mean:.4g}"
    rows = table(app, "What").set_index("What")
    assert rows.loc["Y001W alone", "Score"] == pytest.approx(found.singles["Y001W"].mean)
    assert table(app, "Share of the largest")["Term"].tolist() == found.terms["term"].tolist()
    drawn = table(app, "Column").set_index("Term")
    distances = found.terms.set_index("term")["distance"]
    assert drawn["Distance"].to_dict() == pytest.approx({term: distances.get(term, 0.0) for term in drawn.index})
    times = metrics(open_page("knockout", run="two", genes=list(PAIR), expected="Effects multiply"))
    assert found.multiplicative is not None and times["Expected"][0] == f"{found.multiplicative.mean:.4g}"


def test_genes_that_a_model_cannot_see_are_named(open_page: OpenPage, snapshot: Snapshot) -> None:
    app = open_page("knockout", run="one", genes=["y003w", "NOPE", "<b>"])
    assert "one cannot see NOPE, <b>: its snapshot" in words(app)
    assert "Y003W deleted · one model" in words(app) and set(metrics(app)) == {"Predicted score", "Wild type"}
    app = open_page("knockout", run="one", genes=["NOPE"])
    assert "cannot see NOPE" in words(app) and not app.metric
    assert app.multiselect[0].options == list(GENES)


def test_two_models_side_by_side(open_page: OpenPage, two: Trained) -> None:
    app = open_page("knockout", run="two", beside="one", genes=list(PAIR))
    assert [metric.label for metric in app.metric].count("Interaction") == 2
    both = table(app, "Difference")
    assert {"two", "one"} <= set(both.columns)
    distances = knock_out(two, PAIR).terms.set_index("term")["distance"]
    assert both.set_index("Term")["two"].to_dict() == pytest.approx(
        {term: distances.get(term, 0.0) for term in both["Term"]}
    )
    assert len(app.get("plotly_chart")) == 2


@pytest.mark.browser
def test_axe_has_no_serious_finding(visitor: Visitor, snapshot: Snapshot, scores: None) -> None:
    schemes: tuple[tuple[Literal["light", "dark"], str, dict[str, str]], ...] = (
        ("light", "subsystems", {"run": "two", "term": a_term(snapshot)}),
        ("dark", "subsystems", {"run": "two", "view": "Hierarchy", "drawn": "Sunburst"}),
        ("dark", "knockout", {"run": "two", "beside": "one", "genes": PAIR[0]}),
    )
    for scheme, name, address in schemes:
        visitor.page.emulate_media(color_scheme=scheme)
        page = visitor.go(name, **address)
        assert "two" in visitor.text()
        found = Axe().run(page).response["violations"]
        assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
