"""The planted subsystems of a generated world are found against random ones of their size, and hardly any other."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest

from dcell_graph.interpret.importance import count_r
from dcell_graph.interpret.null import trained_on_null
from dcell_graph.interpret.rlipp import rlipp
from dcell_graph.interpret.significance import against_random, p_values, q_values
from dcell_graph.interpret.trained import engine, open_trained, strains_of
from dcell_graph.measurements.dataset import Dataset, make_dataset
from dcell_graph.measurements.readers import read_measurements
from dcell_graph.snapshot.recipe import find_recipe
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.sources.world.config import WorldConfig
from dcell_graph.sources.world.write import write_world
from dcell_graph.train import training
from dcell_graph.train.config import train_config
from dcell_graph.train.run import run
from tests.independent import build
from tests.snapshots import make_snapshot

STRAINS, NULLS, TOP = 2_500, 5, 10


def strains(folder: Path, snapshot: Snapshot, planted: list[dict[str, Any]]) -> Dataset:
    """Strains that lack three genes drawn at random, with the fitness that docs/generated-world.md states."""
    random = np.random.default_rng(3)
    genes = snapshot.genes["gene"].tolist()
    lines: dict[str, str] = {}
    while len(lines) < STRAINS:
        strain = sorted(random.choice(genes, 3, replace=False))
        hit = [len(set(strain) & set(term["genes"])) for term in planted]
        left = [1 - term["weight"] * (1 - np.exp(-(k**2) / 2)) for term, k in zip(planted, hit, strict=True)]
        lines["\t".join(strain)] = f"{np.prod(left) + random.normal(0, 0.03):.4f}"
    path = folder / "strains.tsv"
    rows = [f"{strain}\t{fitness}\n" for strain, fitness in lines.items()]
    path.write_text("gene_a\tgene_b\tgene_c\tscore\n" + "".join(rows), encoding="utf-8")
    return make_dataset(read_measurements(path, source_format="pairs"), name="fitness")


@dataclass(frozen=True)
class Found:
    """Scores of all terms in index order, and which of them are planted, and above or below a planted one."""

    planted: np.ndarray
    near: np.ndarray
    simple: np.ndarray
    power: np.ndarray
    above_chance: np.ndarray
    q: np.ndarray

    def auroc(self, scores: np.ndarray) -> float:
        """How often a planted term scores higher than one that is neither above nor below a planted one."""
        others = scores[~self.planted & ~self.near]
        return float(np.mean([score > others for score in scores[self.planted]]))

    def recall(self, scores: np.ndarray) -> int:
        """How many planted terms are among the highest, those above and below planted ones set aside."""
        best = [term for term in np.argsort(-scores, kind="stable") if not self.near[term]][:TOP]
        return int(self.planted[best].sum())


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    folder = tmp_path_factory.mktemp("world")
    world = write_world(WorldConfig(seed=5, n_terms=200, n_genes=240, n_strains=100), folder / "world")
    planted = json.loads(world.truth.read_text(encoding="utf-8"))["model"]["terms"]
    features = folder / "features.tab"
    lines = world.features.read_text(encoding="utf-8").splitlines(keepends=True)
    features.write_text("".join(line for line in lines if not line.startswith("#")), encoding="utf-8")
    gafs = {"sgd": world.sgd_gaf, "goa": world.goa_gaf}
    whole = build(find_recipe("torchcell-2025"), obo=world.ontology, gafs=gafs, features=features)
    snapshot = make_snapshot(sorted(whole.links), sorted(whole.pairs), terms=sorted(whole.terms), genes=whole.genes)

    dataset = strains(folder, snapshot, planted)
    options = train_config({"epochs": 8, "lr": 0.005, "min_width": 4, "init_range": 0.1, "fractions": (0.7, 0.1, 0.2)})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "draw_all", lambda *ignored: None)
        run(snapshot, dataset, options, folder / "run")
        trained = open_trained(folder / "run", snapshot)
        tested = strains_of(trained, dataset, "test", most=1_000)
        models = [trained, *(trained_on_null(trained, dataset, folder, number) for number in range(1, NULLS + 1))]
    powers = np.stack([rlipp(engine(model.checkpoints[0]), tested)["P_rho"].to_numpy() for model in models])

    ids = trained.hierarchy.term_ids
    sizes = np.array([trained.contained[term] for term in ids])
    graph = nx.DiGraph(list(snapshot.parents[["child", "parent"]].itertuples(index=False, name=None)))
    chosen = {term["term"] for term in planted}
    near = set().union(*(nx.ancestors(graph, term) | nx.descendants(graph, term) for term in chosen)) - chosen
    return Found(
        planted=np.array([term in chosen for term in ids]),
        near=np.array([term in near for term in ids]),
        simple=count_r(trained.hierarchy, tested),
        power=powers[0],
        above_chance=against_random(powers[0], powers[1:], sizes)[0],
        q=q_values(p_values(powers[0], powers[1:], sizes)),
    )


def test_planted_terms_stand_out_as_by_a_simple_count(found: Found) -> None:
    assert found.planted.sum() == 6 and (~found.planted & ~found.near).sum() > 100
    assert found.auroc(found.simple) > 0.95
    assert found.auroc(found.above_chance) >= found.auroc(found.simple) - 0.05
    assert found.recall(found.above_chance) >= found.recall(found.simple) - 1
    # Without random terms of the same size to compare with, large terms come first, whatever they hold.
    assert found.auroc(found.power) < found.auroc(found.above_chance) - 0.1


def test_what_is_significant_is_planted_or_above_or_below_it(found: Found) -> None:
    significant = found.q <= 0.05
    assert (significant & found.planted).sum() >= 4
    assert (significant & ~found.planted & ~found.near).sum() <= 0.05 * significant.sum()
