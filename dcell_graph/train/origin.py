"""What weights belong to: a snapshot and a dataset, known by the ids of their content, and the names of rows.

Sizes say nothing: two snapshots of equal shape can mean different things by the same number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from dcell_graph.errors import TrainingError
from dcell_graph.measurements.dataset import DatasetManifest
from dcell_graph.model.config import ModelConfig
from dcell_graph.model.hierarchy import Hierarchy
from dcell_graph.snapshot.schema import Manifest, Snapshot


class Origin(BaseModel):
    """Snapshot and dataset of some weights.

    Args:
        snapshot_id: content id of the snapshot.
        snapshot_name: the name it had.
        dataset_id: content id of the dataset.
        dataset_name: the name it had.
        generated: whether any of the data were generated.
        term_ids: terms in index order.
        gene_ids: genes in index order.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    snapshot_id: str
    snapshot_name: str
    dataset_id: str
    dataset_name: str
    generated: bool
    term_ids: tuple[str, ...]
    gene_ids: tuple[str, ...]


def refuse_other_snapshot(folder: Path, origin: Origin, snapshot: Snapshot) -> None:
    """Make sure that a snapshot is the one of some weights.

    Raises:
        TrainingError: it is another one; the message names both, and the terms and genes that are new or missing. Or
            it has other terms or genes than the weights although the ids agree, so that these names are damaged.
    """
    here = snapshot.manifest
    terms, genes = snapshot.terms["term"].tolist(), snapshot.genes["gene"].tolist()
    differences = [*_differences("term", origin.term_ids, terms), *_differences("gene", origin.gene_ids, genes)]
    if origin.snapshot_id == here.snapshot_id:
        if differences or (len(origin.term_ids), len(origin.gene_ids)) != (len(terms), len(genes)):
            raise TrainingError(
                "the names of terms and genes beside the weights are damaged",
                path=folder,
                expected=f"those of the snapshot {here.name} ({here.snapshot_id[:12]}), each once",
                found="; ".join(differences) or "a name twice",
                hint="train again",
            )
        return
    raise TrainingError(
        "the model was trained on another snapshot",
        path=folder,
        expected=f"{origin.snapshot_name} ({origin.snapshot_id[:12]})",
        found=f"{here.name} ({here.snapshot_id[:12]}), "
        + ("; ".join(differences) if differences else "with the same terms and genes but other links, pairs or recipe"),
        hint="use the snapshot of the checkpoint, or train again",
    )


def refuse_other_dataset(folder: Path, origin: Origin, dataset: DatasetManifest) -> None:
    """Make sure that a dataset is the one of some weights.

    Raises:
        TrainingError: it is another one.
    """
    if origin.dataset_id != dataset.dataset_id:
        raise TrainingError(
            "the model was trained on another dataset",
            path=folder,
            expected=f"{origin.dataset_name} ({origin.dataset_id[:12]})",
            found=f"{dataset.name} ({dataset.dataset_id[:12]})",
            hint="name the dataset of the run, or train again",
        )


def refuse_other_ids(folder: Path, described: Mapping[str, Any], snapshot: Manifest, dataset: DatasetManifest) -> None:
    """Make sure that a snapshot and a dataset are those that a run folder names in its config.json.

    Raises:
        TrainingError: one of them is another one.
    """
    here = {"snapshot": (snapshot.name, snapshot.snapshot_id), "dataset": (dataset.name, dataset.dataset_id)}
    for what, (name, found) in here.items():
        known = described.get(what)
        known = known if isinstance(known, dict) else {}
        wanted = str(known.get(f"{what}_id"))
        if wanted != found:
            raise TrainingError(
                f"the run was begun on another {what}",
                path=folder,
                expected=f"{known.get('name')} ({wanted[:12]})",
                found=f"{name} ({found[:12]})",
                hint=f"name the {what} of the run, or train again",
            )


def hierarchy_of(origin: Origin, snapshot: Snapshot, architecture: ModelConfig) -> Hierarchy:
    """The structure in the order of terms and genes that the weights have, joined by their names.

    Args:
        origin: of the weights.
        snapshot: the same one, in any order.
        architecture: the model options of the weights.
    """
    term = {name: index for index, name in enumerate(origin.term_ids)}
    gene = {name: index for index, name in enumerate(origin.gene_ids)}
    links = [snapshot.parents["child"].map(term), snapshot.parents["parent"].map(term)]
    pairs = [snapshot.annotations["term"].map(term), snapshot.annotations["gene"].map(gene)]
    return Hierarchy.from_pairs(
        snapshot_id=origin.snapshot_id,
        term_ids=origin.term_ids,
        gene_ids=origin.gene_ids,
        links=np.column_stack(links).astype(np.int64).reshape(-1, 2),
        pairs=np.column_stack(pairs).astype(np.int64).reshape(-1, 2),
        config=architecture,
    )


def _differences(what: str, before: Sequence[str], after: Sequence[str]) -> list[str]:
    known, present = set(before), set(after)
    new = [name for name in after if name not in known]
    missing = [name for name in before if name not in present]
    return [f"{verb} {_some(what, names)}" for names, verb in ((new, "new"), (missing, "missing")) if names]


def _some(what: str, names: Sequence[str]) -> str:
    plural = what if len(names) == 1 else f"{what}s"
    return f"{len(names):,} {plural} ({', '.join(names[:3])}{', …' if len(names) > 3 else ''})"
