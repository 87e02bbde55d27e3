"""Looking into trained models: states, contributions, regressions, chance, and files; by hand or by slow arithmetic."""

from __future__ import annotations

import itertools
import json
import math
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import torch

from dcell_graph.errors import DcellGraphError
from dcell_graph.interpret.export import export_scores
from dcell_graph.interpret.importance import importance, scores_of
from dcell_graph.interpret.knockout import compared, knock_out, states_of
from dcell_graph.interpret.null import shuffled_genes
from dcell_graph.interpret.paths import contributions
from dcell_graph.interpret.pictures import draw_hierarchy, draw_ranking, draw_stability
from dcell_graph.interpret.ridge import FOLDS, folds_of, power
from dcell_graph.interpret.rlipp import distinct_states, rlipp, write_peer_files
from dcell_graph.interpret.significance import interval, p_values, q_values, stability
from dcell_graph.interpret.trained import Trained, engine
from dcell_graph.interpret.unrolled import Unrolled, padded
from dcell_graph.model.config import ModelConfig
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.train.checkpoint import Checkpoint, Description
from dcell_graph.train.config import TrainConfig
from dcell_graph.train.strains import StrainSet
from tests.models import SMALL, both_models, random_strains
from tests.snapshots import make_snapshot, random_snapshot

MEAN, SD = 0.7, 0.2


def trained_on(snapshot: Snapshot, config: ModelConfig = SMALL, *, seeds: int = 1) -> Trained:
    """Models with random weights, as if they had been trained."""
    checkpoints = []
    for seed in range(seeds):
        _, model = both_models(snapshot, config, seed=seed, dtype=torch.float32)
        model.eval()
        described = Description(
            snapshot_id=snapshot.manifest.snapshot_id, snapshot_name="s", dataset_id="d", dataset_name="d",
            generated=True, term_ids=model.hierarchy.term_ids, gene_ids=model.hierarchy.gene_ids,
            weights_sha256="0", architecture=config, epoch=1, target_mean=MEAN, target_sd=SD,
        )  # fmt: skip
        checkpoints.append(Checkpoint(model=model, description=described))
    options = TrainConfig(architecture=config)
    return Trained(name="r", snapshot=snapshot, checkpoints=tuple(checkpoints), options=options, phenotype="fitness")


def measured(count: int, genes: int, seed: int = 0) -> StrainSet:
    deleted = random_strains(count, genes, most=2, seed=seed)
    target = np.random.default_rng(seed).normal(size=count) + (deleted == 1).any(dim=1).numpy()
    return StrainSet(names=tuple(map(str, range(count))), deleted=deleted, target=target)


def phenotype(trained: Trained, *genes: int) -> float:
    """The mean over models, straight from the plain model in 64 bits."""
    said = []
    for one in trained.checkpoints:
        plain, _ = both_models(trained.snapshot, one.model.config, dtype=torch.float64)
        plain.load_term_weights(one.model.to_term_weights())
        plain.eval()
        with torch.no_grad():
            said.append(MEAN + SD * float(plain(padded([genes])).prediction[0]))
    return float(np.mean(said))


def test_states_of_a_knock_out_are_those_of_the_plain_model() -> None:
    trained = trained_on(random_snapshot(3))
    strains = padded([(), (1, 4), (2,)])
    (checkpoint,) = trained.checkpoints
    plain, _ = both_models(trained.snapshot, SMALL, dtype=torch.float64)
    plain.load_term_weights(checkpoint.model.to_term_weights())
    plain.eval()
    found = states_of(checkpoint, strains)
    for term, state in plain.states(strains).items():
        assert state.dtype == found[term].dtype == torch.float64
        torch.testing.assert_close(found[term], state, rtol=0, atol=1e-12)


def test_a_knock_out_against_what_its_single_deletions_would_add_up_to() -> None:
    trained = trained_on(random_snapshot(4), seeds=2)
    genes = trained.hierarchy.gene_ids
    found = knock_out(trained, [genes[2], genes[5]])
    wild, both, first, second = (phenotype(trained, *some) for some in ((), (2, 5), (2,), (5,)))
    assert found.phenotype.mean == pytest.approx(both, abs=1e-9)
    assert found.wild_type.mean == pytest.approx(wild, abs=1e-9)
    assert [one.mean for one in found.singles.values()] == pytest.approx([first, second], abs=1e-9)
    assert found.interaction_additive.mean == pytest.approx(both - (first + second - wild), abs=1e-9)
    assert found.interaction_multiplicative is not None and found.interaction_multiplicative.sd is not None
    # Only terms that contain a deleted gene move, and the root always does.
    containing = trained.hierarchy.containing_terms()
    inside = {trained.hierarchy.term_ids[term] for gene in (2, 5) for term in containing[gene].tolist()}
    assert set(found.terms["term"]) == inside
    assert found.terms["distance"].is_monotonic_decreasing
    other = compared(found, knock_out(trained, [genes[2]]))
    assert set(other["term"]) == inside
    with pytest.raises(DcellGraphError, match="the model cannot see NOPE"):
        knock_out(trained, ["NOPE"])


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"norm_before_activation": True},
        {"norm": "none", "activation": "gelu"},
        {"layers": 2, "activation": "relu"},
        {"gene_embedding": 3, "gene_coding": "deleted"},
    ],
)
def test_contributions_add_up(changes: dict[str, Any]) -> None:
    config = SMALL.model_copy(update=changes)
    trained = trained_on(random_snapshot(6, n_terms=20, more_parents=0.6), config, seeds=2)
    genes = trained.hierarchy.gene_ids
    found = contributions(trained, [genes[0], genes[3], genes[7]])
    effect = phenotype(trained, 0, 3, 7) - phenotype(trained)
    assert abs(effect) > 1e-4
    assert found.effect == pytest.approx(effect, abs=1e-9)
    assert found.annotations["contribution"].sum() == pytest.approx(effect, abs=1e-9)
    assert found.paths["contribution"].sum() == pytest.approx(effect, abs=1e-9)
    of_root = found.terms.set_index("term").loc[trained.hierarchy.term_ids[trained.hierarchy.root], "contribution"]
    assert of_root == pytest.approx(effect, abs=1e-9)
    # The paths of an annotation make up its contribution, and those through a term what passes through it.
    for gene, term, value in found.annotations[["gene", "term", "contribution"]].itertuples(index=False, name=None):
        starts = np.array([path[0] == term for path in found.paths["path"]])
        here = found.paths[(found.paths["gene"] == gene) & starts]["contribution"].sum()
        assert here == pytest.approx(value, abs=1e-9)
    for row in found.terms.itertuples():
        through = found.paths[[row.term in path for path in found.paths["path"]]]["contribution"].sum()
        assert through == pytest.approx(row.contribution, abs=1e-9)


def test_nothing_passes_through_a_term_without_a_deleted_gene() -> None:
    # Wide states: of those, some processors round the rows of one product differently.
    config = SMALL.model_copy(update={"min_width": 33})
    snapshot = random_snapshot(6, n_terms=20, more_parents=0.6)
    trained = trained_on(snapshot, config)
    upwards = nx.DiGraph(list(zip(snapshot.parents["child"], snapshot.parents["parent"], strict=True)))
    for gene in snapshot.genes["gene"]:
        direct = set(snapshot.annotations["term"][snapshot.annotations["gene"] == gene])
        inside = direct.union(*(nx.descendants(upwards, term) for term in direct))
        assert set(contributions(trained, [gene]).terms["term"]) == inside


def test_in_a_linear_model_contributions_are_the_products_of_weights() -> None:
    config = ModelConfig(min_width=1, width_ratio=0, norm="none", activation="linear", init_range=0.5)
    trained = trained_on(make_snapshot([("a", "root"), ("b", "root")], [("a", "G1"), ("b", "G1"), ("b", "G2")]), config)
    weights = trained.checkpoints[0].model.to_term_weights()

    def at(name: str, column: int) -> float:
        return float(weights[name].double()[0, column])

    through_a = at("root.head.weight", 0) * at("root.linear.weight", 0) * at("a.linear.weight", 0)
    through_b = at("root.head.weight", 0) * at("root.linear.weight", 1) * at("b.linear.weight", 0)
    found = contributions(trained, ["G1"]).paths.set_index("path")["contribution"]
    assert found[("a", "root")] == pytest.approx(-SD * through_a, abs=1e-9)
    assert found[("b", "root")] == pytest.approx(-SD * through_b, abs=1e-9)


def test_layers_whose_values_mix_have_no_contributions() -> None:
    trained = trained_on(random_snapshot(1), SMALL.model_copy(update={"norm": "layer"}))
    with pytest.raises(DcellGraphError, match=r"cannot be told apart in this model: .*found norm layer"):
        contributions(trained, [trained.hierarchy.gene_ids[0]])


@pytest.mark.parametrize(
    "change",
    [{}, {"layers": 2}, {"norm_before_activation": False}, {"attention": 1, "gene_embedding": 3}],
    ids=["small", "two-layers", "norm-last", "attention"],
)
def test_other_states_go_up_the_hierarchy(change: dict[str, object]) -> None:
    plain, _ = both_models(random_snapshot(2), SMALL.model_copy(update=change))
    plain.eval()
    strains = random_strains(6, 10)
    whole = Unrolled(plain, strains)
    order = torch.tensor([3, 4, 5, 0, 1, 2])
    for term in range(plain.hierarchy.n_terms):
        # The whole model evaluated again, with one part that gives each strain the state of another.
        hook = plain.subsystems[term].register_forward_hook(lambda _, __, state: state[order])
        expected = plain(strains).prediction.detach()
        hook.remove()
        torch.testing.assert_close(whole.with_states({term: whole.states[term][order]}), expected)
    assert not torch.allclose(whole.prediction, whole.prediction[order])


def slow_power(features: np.ndarray, target: np.ndarray, fold: np.ndarray) -> float:
    """Ridge with every strain a row and explicit inverses; the penalty by generalised cross-validation."""
    rhos = []
    for part in range(FOLDS):
        train, test = fold != part, fold == part
        x, y = features[train] - features[train].mean(0), target[train] - target[train].mean()
        unit = np.trace(x.T @ x) / max(1, min(x.shape[1], len(np.unique(features[train], axis=0))))
        best = (math.inf, np.zeros(x.shape[1]))
        for share in 10.0 ** np.arange(-4, 3):
            inverse = np.linalg.inv(x.T @ x + share * unit * np.eye(x.shape[1]))
            weights = inverse @ x.T @ y
            freedom = 1 + np.trace(x @ inverse @ x.T)
            score = ((y - x @ weights) ** 2).sum() / (len(y) - freedom) ** 2
            best = min(best, (score, weights), key=lambda pair: pair[0])
        said = (features[test] - features[train].mean(0)) @ best[1]
        ranks = [pd.Series(values).rank().to_numpy() for values in (said, target[test])]
        rhos.append(float(np.corrcoef(ranks[0], ranks[1])[0, 1]) if np.ptp(said) > 0 else 0.0)
    return float(np.mean(rhos))


@pytest.mark.parametrize(("rows", "width"), [(40, 3), (6, 12), (50, 45), (150, 140), (50, 150), (5, 150)])
def test_the_power_of_features_is_that_of_plain_ridge(rows: int, width: int) -> None:
    random = np.random.default_rng(rows)
    features, group = random.normal(size=(rows, width)), random.integers(rows, size=200)
    target = features[group, 0] + random.normal(size=200)
    fold = folds_of(200, 1)
    found = power(features, group, target, fold)
    assert found.rho == pytest.approx(slow_power(features[group], target, fold), abs=1e-9)
    assert found.rho > 0.35 and found.p < 1e-6
    noise = power(features, group, random.normal(size=200), fold)
    assert abs(noise.rho) < 0.25 and noise.p > 1e-3


def test_rlipp_reads_states_of_terms_of_children_and_of_genes() -> None:
    snapshot = random_snapshot(5, n_terms=8)
    model = engine(trained_on(snapshot).checkpoints[0])
    strains = measured(150, 10)
    table = rlipp(model, strains, seed=2)
    fold = folds_of(150, 2)
    states = {term: state.double().numpy() for term, state in model.states(strains.deleted).items()}
    group_NT, distinct = distinct_states(model, strains.deleted)
    for index, term in enumerate(model.hierarchy.term_ids):
        np.testing.assert_allclose(distinct[index][group_NT[:, index]], states[term], atol=1e-6)
        row = table.iloc[index]
        assert row["P_rho"] == pytest.approx(slow_power(states[term], strains.target, fold), abs=2e-2)
        assert row["gain"] == pytest.approx(row["P_rho"] - row["C_rho"])
    text = write_peer_files(table, pd.DataFrame([("G", 0.5, 0.1)], columns=["Gene", "Rho", "P_val"]))
    assert text["rlipp.out"].splitlines()[0] == "Term\tP_rho\tP_pval\tC_rho\tC_pval\tRLIPP"
    assert text["gene_rho.out"] == "Gene\tRho\tP_val\nG\t5.00000e-01\t1.00000e-01\n"


def test_p_and_q_values_by_hand() -> None:
    # Twelve random scores 0 to 11 in one size; only 11 is as high as 10.5, and all are as high as -1.
    null = np.arange(12.0).reshape(3, 4)
    p = p_values(np.array([10.5, -1.0, 11.5, 5.0]), null, np.array([3, 3, 3, 3]))
    assert p.tolist() == pytest.approx([2 / 13, 1.0, 1 / 13, 8 / 13])
    # Benjamini and Hochberg: p·m/rank, made monotone from the largest down.
    assert q_values(np.array([0.01, 0.04, 0.03, 0.5])).tolist() == pytest.approx(
        [0.04, 4 * 0.04 / 3, 4 * 0.04 / 3, 0.5]
    )
    summary = interval(np.array([[1.0], [2.0], [3.0]]))
    assert (summary.mean[0], summary.sd[0]) == (2.0, 1.0)
    assert summary.high[0] == pytest.approx(2 + 4.303 / math.sqrt(3))
    steady = stability(np.array([[3.0, 2.0, 1.0], [3.0, 1.0, 2.0]]), top_size=2)
    assert steady.rho == pytest.approx(0.5)
    assert (steady.top, steady.top_size) == (0.5, 2)


def test_without_a_signal_few_p_values_are_small() -> None:
    random = np.random.default_rng(0)
    sizes = random.integers(1, 300, size=400)
    p = p_values(random.normal(size=400) * np.sqrt(sizes), random.normal(size=(3, 400)) * np.sqrt(sizes), sizes)
    assert 0.02 < np.mean(p <= 0.05) < 0.09
    assert (q_values(p) <= 0.05).sum() == 0


def test_a_random_hierarchy_keeps_every_number_of_genes() -> None:
    snapshot = random_snapshot(7, n_terms=15, n_genes=12)
    shuffled = shuffled_genes(snapshot, 1)
    shuffled.validate()
    assert shuffled.manifest.snapshot_id != snapshot.manifest.snapshot_id
    for name in ("terms", "parents", "genes"):
        pd.testing.assert_frame_equal(getattr(shuffled, name), getattr(snapshot, name))
    # As if counted anew from the pairs: the tables of the fixture say what a hierarchy with these pairs has.
    again = make_snapshot(
        snapshot.parents[["child", "parent"]].itertuples(index=False, name=None),
        shuffled.annotations[["term", "gene"]].itertuples(index=False, name=None),
        terms=snapshot.terms["term"].tolist(), genes=snapshot.genes["gene"].tolist(),
    )  # fmt: skip
    assert again.terms["contained_genes"].tolist() == snapshot.terms["contained_genes"].tolist()
    assert set(map(tuple, shuffled.annotations[["term", "gene"]].to_numpy())) != set(
        map(tuple, snapshot.annotations[["term", "gene"]].to_numpy())
    )


def test_importance_and_its_files(tmp_path: Path) -> None:
    trained = trained_on(random_snapshot(8, n_terms=9), seeds=2)
    strains = measured(80, 10)
    scores = scores_of(trained, strains)
    found = importance(trained, scores, [scores_of(trained_on(shuffled_genes(trained.snapshot, 1)), strains)], 80)
    assert len(found.table) == 9 and len(found.seeds) == 18
    assert {"permutation_p", "permutation_q", "rlipp_gain_low", "gradient_x_state_rank"} <= set(found.table)
    root = trained.hierarchy.root
    # Everything passes through the root: shuffling it costs most or nothing does.
    assert scores.measures["gradient_x_state"][:, root].min() > 0
    for kind in ("csv", "parquet", "graphml", "hcx"):
        export_scores(tmp_path / f"scores.{kind}", trained.snapshot, found.table)
    assert pd.read_csv(tmp_path / "scores.csv")["term"].tolist() == found.table["term"].tolist()
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "scores.parquet"), found.table, check_dtype=False)
    space = "{http://graphml.graphdrawing.org/xmlns}"
    nodes = ElementTree.parse(tmp_path / "scores.graphml").getroot().findall(f".//{space}node")
    first = {data.get("key"): data.text for data in nodes[0]}
    assert float(first["permutation"] or "") == found.table["permutation"][0]
    aspects = {
        name: value for part in json.loads((tmp_path / "scores.hcx").read_text()) for name, value in part.items()
    }
    assert aspects["nodes"][0]["v"]["permutation"] == found.table["permutation"][0]
    assert {len(node["v"]["HCX::memberNames"]) for node in aspects["nodes"]} == set(found.table["genes"])
    draw_ranking(tmp_path / "ranking.png", found, trained)
    draw_stability(tmp_path / "stability.png", found, trained, "permutation")
    values = dict(zip(found.table["term"], found.table["gradient_x_state"], strict=True))
    draw_hierarchy(tmp_path / "hierarchy.png", trained, values, title="t", unit="u")
    for name, kind in itertools.product(("ranking", "stability", "hierarchy"), ("png", "svg")):
        assert (tmp_path / f"{name}.{kind}").stat().st_size > 2_000
    with pytest.raises(DcellGraphError, match="scores have no such format"):
        export_scores(tmp_path / "scores.xls", trained.snapshot, found.table)
