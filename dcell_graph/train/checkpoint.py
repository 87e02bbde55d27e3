"""A trained model on disk: ``model.safetensors`` (weights by term) and ``checkpoint.json`` (what they belong to).

The model of a checkpoint is rebuilt from the snapshot, so a checkpoint names its snapshot by content id and any other
snapshot is refused, even if all shapes agree. Nothing in either file is executed when it is read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from dcell_graph.errors import NotFound, TrainingError
from dcell_graph.model.config import ModelConfig
from dcell_graph.model.dcell import DCell
from dcell_graph.model.hierarchy import Hierarchy
from dcell_graph.model.reference import ReferenceDCell
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.train.files import write_json, write_whole

FORMAT = "dcell-graph-checkpoint"
VERSION = 1
WEIGHTS = "model.safetensors"
DESCRIPTION = "checkpoint.json"

Model = DCell | ReferenceDCell


class Description(BaseModel):
    """What the weights belong to.

    Args:
        weights_sha256: checksum of the weight file.
        snapshot_id: content id of the snapshot.
        snapshot_name: the name it had.
        dataset_id: content id of the dataset.
        dataset_name: the name it had.
        term_ids: terms in index order.
        gene_ids: genes in index order.
        architecture: the model options.
        epoch: the epoch, counted from 1, after which the weights were taken.
        target_mean: a phenotype is target_mean + target_sd * prediction.
        target_sd: see there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["dcell-graph-checkpoint"] = "dcell-graph-checkpoint"
    version: int = VERSION
    weights_sha256: str
    snapshot_id: str
    snapshot_name: str
    dataset_id: str
    dataset_name: str
    generated: bool
    term_ids: tuple[str, ...]
    gene_ids: tuple[str, ...]
    architecture: ModelConfig
    epoch: int
    target_mean: float
    target_sd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A model with its trained weights, in evaluation mode, and what it belongs to.

    The model reads gene indices in the order of ``description.gene_ids``.
    """

    model: Model
    description: Description


class _Describe(Protocol):
    def __call__(self, weights_sha256: str) -> Description:
        """Complete the description with the checksum of the weights."""


def build_model(kind: Literal["vectorised", "reference"], hierarchy: Hierarchy, config: ModelConfig) -> Model:
    """Build a model in float32 with weights drawn from torch's global generator."""
    return DCell(hierarchy, config) if kind == "vectorised" else ReferenceDCell(hierarchy, config)


def save_checkpoint(folder: Path, model: Model, describe: _Describe) -> Description:
    """Write the model's weights and their description into a folder, replacing what is there.

    The old description goes first and the new one comes last, so that a description always belongs to its weights.

    Args:
        folder: exists.
        model: its present weights are taken.
        describe: given the checksum of the weights, says what they are.

    Raises:
        TrainingError: a file cannot be written.
    """
    weights = {name: tensor.cpu().contiguous() for name, tensor in model.to_term_weights().items()}
    (folder / DESCRIPTION).unlink(missing_ok=True)
    write_whole(folder / WEIGHTS, lambda target: save_file(weights, target))
    description = describe(weights_sha256=_sha256(folder / WEIGHTS))
    write_json(folder / DESCRIPTION, description.model_dump())
    return description


def load_checkpoint(
    folder: Path, snapshot: Snapshot, *, model: Literal["vectorised", "reference"] = "vectorised"
) -> Checkpoint:
    """Rebuild a trained model on its snapshot.

    Args:
        folder: a run folder.
        snapshot: must be the one the model was trained on.
        model: which implementation to load it into.

    Raises:
        NotFound: there is no checkpoint in the folder.
        TrainingError: another snapshot, a newer format, or damaged files.
    """
    description = read_description(folder)
    _refuse_other_snapshot(folder, description, snapshot)
    path = folder / WEIGHTS
    if not path.is_file() or _sha256(path) != description.weights_sha256:
        raise TrainingError(
            "the weights are damaged or missing",
            path=path,
            expected=f"sha256 {description.weights_sha256[:12]}",
            found=_sha256(path)[:12] if path.is_file() else "no file",
        )
    hierarchy = _hierarchy(description, snapshot)
    with torch.random.fork_rng(devices=[]):
        loaded = build_model(model, hierarchy, description.architecture)
    try:
        loaded.load_term_weights(load_file(path))
    except SafetensorError as error:
        raise TrainingError("the weights cannot be read", path=path, found=str(error)) from None
    loaded.eval()
    return Checkpoint(model=loaded, description=description)


def read_description(folder: Path) -> Description:
    """Read what a checkpoint belongs to.

    Raises:
        NotFound: there is no checkpoint in the folder.
        TrainingError: it is not a description or has a newer format.
    """
    path = folder / DESCRIPTION
    if not path.is_file():
        raise NotFound(f"there is no checkpoint in {folder}", expected=f"a run folder with {DESCRIPTION}")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise TrainingError("the description of the checkpoint is not JSON", path=path, found=str(error)) from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise TrainingError("this does not describe a checkpoint", path=path, expected=f'"format": "{FORMAT}"')
    if content.get("version") != VERSION:
        raise TrainingError(
            "the checkpoint has a format version that this program does not read",
            path=path,
            expected=f"version {VERSION}",
            found=f"version {content.get('version')}",
            hint="update dcell-graph",
        )
    try:
        return Description.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise TrainingError(f"the entry {where} is not usable", path=path, found=first["msg"]) from None


def _hierarchy(description: Description, snapshot: Snapshot) -> Hierarchy:
    """The structure in the checkpoint's own order of terms and genes, joined by their names."""
    term = {name: index for index, name in enumerate(description.term_ids)}
    gene = {name: index for index, name in enumerate(description.gene_ids)}
    links = [snapshot.parents["child"].map(term), snapshot.parents["parent"].map(term)]
    pairs = [snapshot.annotations["term"].map(term), snapshot.annotations["gene"].map(gene)]
    return Hierarchy.from_pairs(
        snapshot_id=description.snapshot_id,
        term_ids=description.term_ids,
        gene_ids=description.gene_ids,
        links=np.column_stack(links).astype(np.int64).reshape(-1, 2),
        pairs=np.column_stack(pairs).astype(np.int64).reshape(-1, 2),
        config=description.architecture,
    )


def _refuse_other_snapshot(folder: Path, description: Description, snapshot: Snapshot) -> None:
    there, here = description, snapshot.manifest
    if there.snapshot_id == here.snapshot_id:
        return
    differences = [
        *_differences("term", there.term_ids, snapshot.terms["term"].tolist()),
        *_differences("gene", there.gene_ids, snapshot.genes["gene"].tolist()),
    ]
    raise TrainingError(
        "the model was trained on another snapshot",
        path=folder,
        expected=f"{there.snapshot_name} ({there.snapshot_id[:12]})",
        found=f"{here.name} ({here.snapshot_id[:12]}), "
        + ("; ".join(differences) if differences else "with the same terms and genes but other links, pairs or recipe"),
        hint="use the snapshot of the checkpoint, or train again",
    )


def _differences(what: str, before: Sequence[str], after: Sequence[str]) -> list[str]:
    known, present = set(before), set(after)
    new = [name for name in after if name not in known]
    missing = [name for name in before if name not in present]
    return [f"{verb} {_some(what, names)}" for names, verb in ((new, "new"), (missing, "missing")) if names]


def _some(what: str, names: Sequence[str]) -> str:
    plural = what if len(names) == 1 else f"{what}s"
    return f"{len(names):,} {plural} ({', '.join(names[:3])}{', …' if len(names) > 3 else ''})"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
