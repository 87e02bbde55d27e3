"""Why two runs on two snapshots differ in accuracy: other annotations, other topology, or the luck of the seeds.

Between snapshot A and snapshot B stand two hybrids: the hierarchy of A with the annotations of B, and the other way
round. Going from A to B, annotations can change first or last, and so can the topology; each one's share is the mean of
its effect in the two orders (Shapley's value for two players), so that both together are the whole change. With models
of several seeds at each corner, every share has a standard error over seeds. Drawing the strains anew gives another
one: a few test strains say little about an accuracy.

Shapes: S seeds, N strains, D draws of strains.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from dcell_graph.errors import InputError
from dcell_graph.snapshot import dag
from dcell_graph.snapshot.schema import Snapshot, content_id, typed

Values = npt.NDArray[np.float64]


_DRAWS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A part of a change of accuracy.

    Args:
        value: in units of Pearson's correlation.
        error: its standard error over seeds.
        strain_error: its standard error over strains, by drawing them anew with replacement.
    """

    value: float
    error: float
    strain_error: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Corners:
    """Predictions for the same strains by the models of several seeds [S, N], at the four corners.

    Args:
        a: of models on snapshot A.
        b: on snapshot B.
        annotations_of_b: on the hierarchy of A with the annotations of B.
        topology_of_b: on the hierarchy of B with the annotations of A.
        target: the observed phenotypes [N].
    """

    a: Values
    b: Values
    annotations_of_b: Values
    topology_of_b: Values
    target: Values

    def predictions(self) -> tuple[Values, ...]:
        """Those of all corners, in this order."""
        return self.a, self.b, self.annotations_of_b, self.topology_of_b


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """The change of accuracy from A to B.

    Args:
        change: accuracy of B minus that of A; the sum of the next two.
        annotations: the share of other annotations.
        topology: the share of other terms and links.
        interaction: how much the effect of the annotations hangs on the topology: its effect in B minus that in A.
        seed_noise: sd of the accuracy of runs that differ in nothing but the seed.
        strains: strains that every model was tested on.
    """

    change: Share
    annotations: Share
    topology: Share
    interaction: Share
    seed_noise: float
    strains: int


def hybrid(topology: Snapshot, annotations: Snapshot) -> Snapshot:
    """The terms and links of one snapshot with the pairs of another.

    A term that both have gets the pairs that the other one has for it. Pairs on a term that only the other one has go
    to the nearest terms above it that both have, for the genes of a term are genes of the terms above it. A term that
    the other one lacks keeps its own pairs. Genes are those of both.

    Args:
        topology: gives terms and links.
        annotations: gives pairs.
    """
    shared = set(topology.terms["term"]) & set(annotations.terms["term"])
    own = topology.annotations[~topology.annotations["term"].isin(shared)]
    other = _moved_up(annotations, shared)
    genes = pd.concat([topology.genes, annotations.genes]).drop_duplicates("gene").reset_index(drop=True)
    genes = genes.assign(index=np.arange(len(genes)))
    term_place = dict(zip(topology.terms["term"], topology.terms["index"], strict=True))
    gene_place = dict(zip(genes["gene"], genes["index"], strict=True))
    pairs = pd.concat([own, other]).drop_duplicates(["term", "gene"]).reset_index(drop=True)
    pairs = pairs.assign(term_index=pairs["term"].map(term_place), gene_index=pairs["gene"].map(gene_place))
    term, gene = pairs["term_index"].to_numpy(np.int64), pairs["gene_index"].to_numpy(np.int64)
    child, parent = (topology.parents[f"{side}_index"].to_numpy(np.int64) for side in ("child", "parent"))
    count = len(topology.terms)
    terms = topology.terms.assign(
        direct_genes=np.bincount(term, minlength=count),
        contained_genes=dag.contained_counts(count, len(genes), child, parent, term, gene),
    )
    tables = {
        "terms": typed("terms", terms),
        "parents": topology.parents,
        "genes": typed("genes", genes),
        "annotations": typed("annotations", pairs),
        "removed": topology.removed,
    }
    recipe = {
        "hybrid": {"topology": topology.manifest.snapshot_id, "annotations": annotations.manifest.snapshot_id},
    }
    manifest = topology.manifest.model_copy(
        update={
            "snapshot_id": content_id(recipe, tables),
            "name": f"{topology.manifest.name}-with-pairs-of-{annotations.manifest.name}",
            "recipe": recipe,
            "generated": topology.manifest.generated or annotations.manifest.generated,
            "counts": {"terms": count, "pairs": len(pairs), "genes": len(genes)},
        }
    )
    found = replace(topology, manifest=manifest, **tables)
    found.validate()
    return found


def _moved_up(snapshot: Snapshot, shared: set[str]) -> pd.DataFrame:
    """The pairs of a snapshot, each on the nearest of some terms at or above its own; without those that have none."""
    parents = snapshot.parents.groupby("child")["parent"].agg(list).to_dict()
    moves: list[tuple[str, str]] = []
    for term in snapshot.terms["term"]:
        seen, waiting = {term}, [term]
        while waiting:
            here = waiting.pop()
            if here in shared:
                moves.append((term, here))
                continue
            new = [parent for parent in parents.get(here, ()) if parent not in seen]
            seen.update(new)
            waiting += new
    table = snapshot.annotations.merge(pd.DataFrame(moves, columns=["term", "to"]), on="term")
    return table.assign(term=table["to"]).drop(columns="to")


# Signs of the corners A, B, annotations of B, topology of B in each share.
_CHANGE = (-1.0, 1.0, 0.0, 0.0)
_ANNOTATIONS = (-0.5, 0.5, 0.5, -0.5)
_TOPOLOGY = (-0.5, 0.5, -0.5, 0.5)
_INTERACTION = (1.0, 1.0, -1.0, -1.0)


def split_change(corners: Corners, *, seed: int = 0) -> Split:
    """Split the change of accuracy from A to B.

    Args:
        corners: what the models say.
        seed: of the drawing of strains.

    Raises:
        InputError: fewer than two seeds somewhere, so that nothing is known about the noise.
    """
    seeds = min(len(each) for each in corners.predictions())
    if seeds < 2:
        raise InputError("seed noise needs two seeds or more of each run", found=str(seeds),
                         hint="train with --ensemble 2 or more")  # fmt: skip
    count = len(corners.target)
    accuracy = [_weighted_pearson(each, corners.target, np.ones((1, count)))[0] for each in corners.predictions()]
    drawn_DN = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=_DRAWS).astype(np.float64)
    again = [_weighted_pearson(each, corners.target, drawn_DN).mean(axis=1) for each in corners.predictions()]

    def share(weights: tuple[float, ...]) -> Share:
        value = sum(weight * float(each.mean()) for weight, each in zip(weights, accuracy, strict=True))
        variance = sum(
            weight**2 * float(each.var(ddof=1)) / len(each) for weight, each in zip(weights, accuracy, strict=True)
        )
        values_D = np.sum([weight * each for weight, each in zip(weights, again, strict=True)], axis=0)
        return Share(value=value, error=float(np.sqrt(variance)), strain_error=float(values_D.std(ddof=1)))

    return Split(
        change=share(_CHANGE),
        annotations=share(_ANNOTATIONS),
        topology=share(_TOPOLOGY),
        interaction=share(_INTERACTION),
        seed_noise=float(np.sqrt(np.mean([each.var(ddof=1) for each in accuracy]))),
        strains=count,
    )


def _weighted_pearson(said_SN: Values, target_N: Values, weight_DN: Values) -> Values:
    """Pearson's correlation of each seed with every strain counted so many times [D, S]; 0 where undefined."""
    # Around the mean, so that the differences of sums below lose no digits.
    x, y = said_SN - said_SN.mean(axis=1, keepdims=True), target_N - target_N.mean()
    total = weight_DN.sum(axis=1, keepdims=True)
    mean_x, mean_y = weight_DN @ x.T / total, (weight_DN @ y)[:, None] / total
    var_x = weight_DN @ (x**2).T / total - mean_x**2
    var_y = (weight_DN @ y**2)[:, None] / total - mean_y**2
    product = weight_DN @ (x * y).T / total - mean_x * mean_y
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Values = np.where((var_x > 0) & (var_y > 0), product / np.sqrt(var_x * var_y), 0.0)
    return found
