"""What pages about trained models show: trees, genes, states in two dimensions, stored scores; by hand or by numpy."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from dcell_graph.errors import InputError, NotFound
from dcell_graph.interpret.importance import Importance, importance, scores_of
from dcell_graph.interpret.knockout import exact_models, knock_out, states_of
from dcell_graph.interpret.states import states_of_strains
from dcell_graph.interpret.stored import ABOUT, FOLDER, read_importance
from dcell_graph.interpret.sub_hierarchy import links_between, sub_hierarchy
from dcell_graph.interpret.terms import as_tree, find_genes, gene_names, genes_of_term, most_of, terms_below
from dcell_graph.interpret.trained import Trained
from dcell_graph.interpret.unrolled import padded
from dcell_graph.interpret.writing import write_importance
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.train.strains import StrainSet
from tests.snapshots import make_snapshot, random_snapshot
from tests.unit.test_interpret import measured, trained_on

# Low is below left, and past middle below right.
LINKS = [
    ("left", "root"),
    ("right", "root"),
    ("middle", "right"),
    ("low", "middle"),
    ("low", "left"),
]
PAIRS = [("low", "G1"), ("left", "G1"), ("left", "G2"), ("middle", "G3"), ("root", "G4")]
TERMS = ["low", "root", "right", "left", "middle"]


@pytest.fixture
def snapshot() -> Snapshot:
    return make_snapshot(LINKS, PAIRS, terms=TERMS)


def test_a_tree_takes_the_parent_nearest_to_the_root(snapshot: Snapshot) -> None:
    tree = as_tree(snapshot).set_index("term")
    assert tree["parent"].to_dict() == {"low": "left", "root": "", "right": "root", "left": "root", "middle": "right"}
    assert tree["parents"].to_dict() == {"low": 2, "root": 0, "right": 1, "left": 1, "middle": 1}
    assert tree["genes"].to_dict() == {"low": 1, "root": 4, "right": 2, "left": 2, "middle": 2}
    assert tree["direct"].to_dict() == {"low": 1, "root": 1, "right": 0, "left": 2, "middle": 1}
    # A term without genes of its own counts as 1: right 1 + middle 1, left 2 + low 1, and 1 of the root.
    assert tree["area"].to_dict() == {"low": 1, "root": 6, "right": 2, "left": 3, "middle": 1}


def test_what_is_drawn_of_a_large_tree_comes_with_what_is_above_it(snapshot: Snapshot) -> None:
    tree = as_tree(snapshot)
    assert most_of(tree, None, 3)["term"].tolist() == ["root", "right", "left"]
    # In the order low, root, right, left, middle: the best is middle, which needs right and the root.
    values = pd.Series([3.0, 0.0, -1.0, 0.5, 4.0])
    assert most_of(tree, values, 3)["term"].tolist() == ["root", "right", "middle"]
    assert most_of(tree, values, 5)["term"].tolist() == TERMS


def test_what_is_below_a_term_and_its_genes(snapshot: Snapshot) -> None:
    assert terms_below(snapshot, "right") == ["low", "right", "middle"]
    rows = list(genes_of_term(snapshot, "left").itertuples(index=False, name=None))
    assert rows == [("G1", "G1", True, 2), ("G2", "G2", True, 1)]
    rows = list(genes_of_term(snapshot, "right").itertuples(index=False, name=None))
    assert rows == [("G1", "G1", False, 1), ("G3", "G3", False, 1)]
    for ask in (terms_below, genes_of_term):
        with pytest.raises(NotFound, match="has no term nowhere"):
            ask(snapshot, "nowhere")


def test_genes_are_found_by_id_and_by_symbols_that_one_gene_has(snapshot: Snapshot) -> None:
    named = replace(snapshot, genes=snapshot.genes.assign(symbol=["One", "ONE", "twin", "twin"]))
    assert gene_names(named) == ["G3", "G4", "ONE", "One"]
    found = find_genes(named, ["ONE", "g3", "G3", "twin", "nobody", "One"])
    assert (found.genes, found.unknown) == (("G2", "G3", "G1"), ("twin", "nobody"))


def test_the_part_of_the_hierarchy_that_is_drawn_has_the_ways_to_the_root(snapshot: Snapshot) -> None:
    trained = trained_on(snapshot)
    terms = sub_hierarchy(trained, {"low": 2.0, "middle": 1.0}, count=1)
    assert terms == ["root", "left", "low"]
    rows = list(links_between(trained, terms).itertuples(index=False, name=None))
    assert sorted(rows) == [("left", "root"), ("low", "left")]


def test_models_kept_in_64_bits_say_the_same(snapshot: Snapshot) -> None:
    trained = trained_on(snapshot, seeds=2)
    kept = exact_models(trained)
    first, second = knock_out(trained, ["G1", "G3"]), knock_out(trained, ["G1", "G3"], exact=kept)
    assert first.phenotype == second.phenotype and first.interaction_additive == second.interaction_additive
    pd.testing.assert_frame_equal(first.terms, second.terms)


@pytest.fixture(scope="module")
def looked() -> tuple[Trained, StrainSet]:
    return trained_on(random_snapshot(8, n_terms=9), seeds=2), measured(60, 10)


def test_states_of_a_term_are_laid_out_by_their_principal_components(looked: tuple[Trained, StrainSet]) -> None:
    trained, strains = looked
    states = states_of_strains(trained, strains, number=1)
    for index, term in enumerate(states.term_ids):
        found = states.of_term(index)
        # The other way: the covariance and its eigenvectors, of the states in 64 bits.
        exact = states_of(trained.checkpoints[1], strains.deleted)[term].numpy()
        wild = states_of(trained.checkpoints[1], padded([()]))[term].numpy()[0]
        values = found.table[[f"value_{place + 1}" for place in range(exact.shape[1])]].to_numpy()
        np.testing.assert_allclose(values, exact, atol=1e-5)
        np.testing.assert_allclose(found.table["distance"], np.sqrt(((exact - wild) ** 2).mean(axis=1)), atol=1e-5)
        covariance = np.cov(exact.T, bias=True)
        sizes, axes = np.linalg.eigh(covariance)
        total = max(float(sizes.sum()), 1e-12)
        if total < 1e-9:
            continue
        assert found.explained == pytest.approx((sizes[-1] / total, sizes[-2] / total), abs=1e-3)
        places = (exact - exact.mean(axis=0)) @ axes[:, -1]
        sign = np.sign(places @ found.table["first"].to_numpy())
        np.testing.assert_allclose(found.table["first"], sign * places, atol=1e-3)
        assert found.wild_type[0] == pytest.approx(sign * float((wild - exact.mean(axis=0)) @ axes[:, -1]), abs=1e-3)
        assert found.different <= len(np.unique(np.vstack([exact, wild]).round(9), axis=0)) + 1
        groups = found.table.groupby("state")["first"].nunique()
        assert (groups == 1).all(), "equal states have one place"


def test_one_state_for_all_strains_has_no_spread() -> None:
    trained = trained_on(make_snapshot([("a", "root"), ("b", "root")], [("a", "G1"), ("b", "G2")]))
    index = trained.hierarchy.term_ids.index("a")
    g2 = trained.hierarchy.gene_ids.index("G2")
    strains = StrainSet(names=("x", "y"), deleted=torch.tensor([[g2], [g2]]), target=np.array([0.5, 1.0]))
    found = states_of_strains(trained, strains).of_term(index)
    assert (found.different, found.explained, found.wild_type) == (1, (0.0, 0.0), (0.0, 0.0))
    assert found.table["distance"].tolist() == [0.0, 0.0]


@pytest.fixture(scope="module")
def scored(looked: tuple[Trained, StrainSet]) -> Importance:
    trained, strains = looked
    return importance(trained, scores_of(trained, strains), [], len(strains))


def test_scores_are_read_as_they_were_written(
    looked: tuple[Trained, StrainSet], scored: Importance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("draw_ranking", "draw_stability", "draw_hierarchy"):
        monkeypatch.setattr(f"dcell_graph.interpret.writing.{name}", lambda *given, **named: None)
    assert read_importance(tmp_path) is None
    folder = tmp_path / FOLDER
    write_importance(folder, looked[0], scored, looked[1])
    found = read_importance(tmp_path)
    assert found is not None
    pd.testing.assert_frame_equal(found.table, scored.table, check_dtype=False)
    assert (found.strains, found.nulls, found.weights) == (60, 0, ("0", "0"))
    assert found.seeds["seed"].tolist() == [1] * 9 + [2] * 9
    np.testing.assert_allclose(found.seeds["permutation"], scored.seeds["permutation"])

    about = json.loads((folder / ABOUT).read_text())
    (folder / ABOUT).write_text(json.dumps({**about, "strains": "many"}))
    with pytest.raises(InputError, match="the scores of the subsystems are damaged"):
        read_importance(tmp_path)
    (folder / ABOUT).write_text(json.dumps(about))
    scored.table.drop(columns="permutation").to_parquet(folder / "scores.parquet")
    with pytest.raises(InputError, match="no column permutation"):
        read_importance(tmp_path)
