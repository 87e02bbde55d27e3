"""Why two runs on two snapshots differ in accuracy: other annotations, other topology, or the luck of the seeds.

Between snapshot A and snapshot B stand two hybrids: the hierarchy of A with the annotations of B, and the other way
round. Going from A to B, annotations can change first or last, and so can the topology; each one's share is the mean of
its effect in the two orders (Shapley's value for two players), so that both together are the whole change. With models
of several seeds at each corner, every share has a standard error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from dcell_graph.errors import InputError
from dcell_graph.snapshot import dag
from dcell_graph.snapshot.schema import Snapshot, content_id, typed

Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A part of a change of accuracy, and its standard error over seeds."""

    value: float
    error: float


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

    A term that both have gets the pairs that the other one has for it. A term that the other one lacks keeps its own,
    and pairs on terms that only the other one has are left out: what cannot be compared changes nothing. Genes are
    those of both, so that both can show the same strains.

    Args:
        topology: gives terms and links.
        annotations: gives pairs.
    """
    shared = set(topology.terms["term"]) & set(annotations.terms["term"])
    own = topology.annotations[~topology.annotations["term"].isin(shared)]
    other = annotations.annotations[annotations.annotations["term"].isin(shared)]
    genes = pd.concat([topology.genes, annotations.genes]).drop_duplicates("gene").reset_index(drop=True)
    genes = genes.assign(index=np.arange(len(genes)))
    term_place = dict(zip(topology.terms["term"], topology.terms["index"], strict=True))
    gene_place = dict(zip(genes["gene"], genes["index"], strict=True))
    pairs = pd.concat([own, other]).reset_index(drop=True)
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


def split_change(
    *, a: Sequence[float], b: Sequence[float], annotations_of_b: Sequence[float], topology_of_b: Sequence[float],
    strains: int,
) -> Split:  # fmt: skip
    """Split the change of accuracy from A to B.

    Args:
        a: accuracy of each seed on snapshot A.
        b: on snapshot B.
        annotations_of_b: on the hierarchy of A with the annotations of B.
        topology_of_b: on the hierarchy of B with the annotations of A.
        strains: that all were tested on.

    Raises:
        InputError: fewer than two seeds somewhere, so that nothing is known about the noise.
    """
    corners = [np.asarray(each, np.float64) for each in (a, b, annotations_of_b, topology_of_b)]
    if min(map(len, corners)) < 2:
        raise InputError("seed noise needs two seeds or more of each run", found=f"{min(map(len, corners))}",
                         hint="train with --ensemble 2 or more")  # fmt: skip
    return Split(
        change=_share(corners, (-1, 1, 0, 0)),
        annotations=_share(corners, (-0.5, 0.5, 0.5, -0.5)),
        topology=_share(corners, (-0.5, 0.5, -0.5, 0.5)),
        interaction=_share(corners, (1, 1, -1, -1)),
        seed_noise=float(np.sqrt(np.mean([each.var(ddof=1) for each in corners]))),
        strains=strains,
    )


def _share(corners: Sequence[Values], weights: Sequence[float]) -> Share:
    value = sum(weight * float(each.mean()) for weight, each in zip(weights, corners, strict=True))
    variance = sum(
        weight**2 * float(each.var(ddof=1)) / len(each) for weight, each in zip(weights, corners, strict=True)
    )
    return Share(value=value, error=float(np.sqrt(variance)))
