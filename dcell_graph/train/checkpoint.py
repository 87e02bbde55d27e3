"""A trained model on disk: ``model.safetensors`` (weights by term) and ``checkpoint.json`` (what they belong to).

The model of a checkpoint is rebuilt from the snapshot, so a checkpoint names its snapshot by content id and any other
snapshot is refused, even if all shapes agree. Nothing in either file is executed when it is read.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import torch
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from dcell_graph.errors import NotFound, TrainingError
from dcell_graph.model.config import ModelConfig
from dcell_graph.model.dcell import DCell
from dcell_graph.model.hierarchy import Hierarchy
from dcell_graph.model.reference import ReferenceDCell
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.train.files import write_json, write_whole
from dcell_graph.train.members import member_paths
from dcell_graph.train.origin import Origin, hierarchy_of, refuse_other_snapshot
from dcell_graph.train.place import RESUME, resume_command

FORMAT = "dcell-graph-checkpoint"
VERSION = 1
WEIGHTS = "model.safetensors"
DESCRIPTION = "checkpoint.json"

Model = DCell | ReferenceDCell


class Description(Origin):
    """What the weights belong to.

    Args:
        weights_sha256: checksum of the weight file.
        architecture: the model options.
        epoch: the epoch, counted from 1, after which the weights were taken.
        target_mean: a phenotype is target_mean + target_sd * prediction.
        target_sd: see there.
    """

    format: Literal["dcell-graph-checkpoint"] = "dcell-graph-checkpoint"
    version: int = VERSION
    weights_sha256: str
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


def build_model(
    kind: Literal["vectorised", "reference"],
    hierarchy: Hierarchy,
    config: ModelConfig,
    *,
    dtype: torch.dtype = torch.float32,
) -> Model:
    """Build a model with weights drawn from torch's global generator."""
    made = DCell if kind == "vectorised" else ReferenceDCell
    return made(hierarchy, config, dtype=dtype)


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
    refuse_other_snapshot(folder, description, snapshot)
    path = folder / WEIGHTS
    if not path.is_file() or _sha256(path) != description.weights_sha256:
        raise TrainingError(
            "the weights are damaged or missing",
            path=path,
            expected=f"sha256 {description.weights_sha256[:12]}",
            found=_sha256(path)[:12] if path.is_file() else "no file",
        )
    hierarchy = hierarchy_of(description, snapshot, description.architecture)
    with torch.random.fork_rng(devices=[]):
        loaded = build_model(model, hierarchy, description.architecture)
    try:
        loaded.load_term_weights(load_file(path))
    except SafetensorError as error:
        raise TrainingError("the weights cannot be read", path=path, found=str(error)) from None
    loaded.eval()
    return Checkpoint(model=loaded, description=description)


def load_checkpoints(folder: Path, snapshot: Snapshot) -> tuple[Checkpoint, ...]:
    """Rebuild all models of a run: one, or those of an ensemble.

    Raises:
        NotFound: a checkpoint is missing.
        TrainingError: as ``load_checkpoint``.
    """
    members = member_paths(folder)
    for member in members:
        if not (member / DESCRIPTION).is_file():
            raise NotFound(
                f"the ensemble in {folder} is not whole: model {member.name} of {len(members)} has no checkpoint",
                hint=f"end it with {resume_command(folder)}",
            )
    return tuple(load_checkpoint(member, snapshot) for member in members or [folder])


def read_description(folder: Path) -> Description:
    """Read what a checkpoint belongs to.

    Raises:
        NotFound: there is no checkpoint in the folder.
        TrainingError: it is not a description or has a newer format.
    """
    path = folder / DESCRIPTION
    if not path.is_file():
        cut_short = (folder / RESUME).is_file()
        raise NotFound(
            f"there is no checkpoint in {folder}",
            expected=f"a run folder with {DESCRIPTION}",
            hint=f"the run was cut short; end it with {resume_command(folder)}" if cut_short else None,
        )
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
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


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
