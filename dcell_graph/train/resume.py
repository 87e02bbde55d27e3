"""``resume.safetensors``: everything that a run needs to go on as if it had never stopped, in one file.

    model/NAME              parameters and running statistics after the last whole epoch, as the model holds them
    optimiser/NAME/KEY      what the optimiser remembers about each parameter
    kept/NAME               the weights of the best epoch, if that is not the last one

The header holds the rest as JSON (``ResumeDescription``). One renaming replaces the file, so weights, optimiser and
epoch always belong together, whenever the process is killed. No generator has to be kept: the first weights and the
division of the strains follow from the seed, the order of strains from seed and epoch, and nothing else is random.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from dcell_graph.errors import NotFound, TrainingError
from dcell_graph.train.checkpoint import Model
from dcell_graph.train.config import TrainConfig
from dcell_graph.train.epochs import EpochRecord
from dcell_graph.train.files import write_whole
from dcell_graph.train.learner import Learner
from dcell_graph.train.origin import Origin
from dcell_graph.train.place import RESUME

FORMAT = "dcell-graph-resume"
VERSION = 1

Tensors = Mapping[str, torch.Tensor]


class ResumeDescription(Origin):
    """What the numbers in the file are.

    Args:
        options: of the run.
        epoch: the last whole epoch, counted from 1.
        kept_epoch: the best epoch so far.
        records: one for each whole epoch.
        layout: which number of a parameter belongs to which weight of which term, see ``layout_id``.
        strains: how the strains are divided, see ``Preparation.division_id``.
        threads: number of threads that were computed with.
        torch: version of torch.
        processes: number of processes that trained together.
        checksum: CRC-32 of the tensors in the order of their names.
    """

    format: Literal["dcell-graph-resume"] = "dcell-graph-resume"
    version: int = VERSION
    options: TrainConfig
    epoch: int
    kept_epoch: int
    records: tuple[EpochRecord, ...]
    layout: str
    strains: str
    threads: int
    torch: str
    processes: int = 1
    checksum: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Resumption:
    """What is in the file: the description, and the tensors by name."""

    description: ResumeDescription
    tensors: Tensors

    @property
    def size(self) -> int:
        """Bytes of the tensors."""
        return sum(tensor.nbytes for tensor in self.tensors.values())

    def apart(self, place: Resumption | None) -> Resumption:
        """The same with tensors that a training does not change when it goes on.

        Args:
            place: an earlier result that is not needed any more; its memory is used again.
        """
        there = {} if place is None else place.tensors
        tensors = {}
        for name, tensor in self.tensors.items():
            if name.startswith("kept/"):
                tensors[name] = tensor  # a copy already, see ``state_of``
            else:
                copy = there.get(name)
                tensors[name] = torch.empty_like(tensor).copy_(tensor) if copy is None else copy.copy_(tensor)
        return Resumption(description=self.description, tensors=tensors)

    def part(self, prefix: str) -> dict[str, torch.Tensor]:
        """Copies of the tensors whose names begin so, without that beginning."""
        return {
            name.removeprefix(prefix): tensor.clone()
            for name, tensor in self.tensors.items()
            if name.startswith(prefix)
        }

    @property
    def kept(self) -> dict[str, torch.Tensor]:
        """The weights of the best epoch."""
        same = self.description.kept_epoch == self.description.epoch
        return self.part("model/" if same else "kept/")


def state_of(learner: Learner, kept: Tensors, description: ResumeDescription) -> Resumption:
    """What has to be kept after an epoch. On a CPU the tensors are those of the learner itself.

    Args:
        learner: as it is after the epoch.
        kept: the weights of the best epoch, copied.
        description: of both.
    """
    tensors = {f"model/{name}": tensor for name, tensor in learner.model.state_dict().items()}
    for name, weight in learner.model.named_parameters():
        for key, value in learner.optimiser.state[weight].items():
            tensors[f"optimiser/{name}/{key}"] = value
    if description.kept_epoch != description.epoch:
        tensors |= {f"kept/{name}": tensor for name, tensor in kept.items()}
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    return Resumption(description=description, tensors=tensors)


def save_resumption(path: Path, state: Resumption) -> None:
    """Write the file, replacing what is there.

    Raises:
        TrainingError: the file cannot be written.
    """
    tensors = dict(state.tensors)
    described = state.description.model_copy(update={"checksum": _checksum(tensors)}).model_dump(mode="json")
    header = {"resume": json.dumps(described, allow_nan=False, ensure_ascii=False)}
    write_whole(path, lambda target: save_file(tensors, target, metadata=header))


def read_resumption(folder: Path) -> Resumption:
    """Read the file of a run folder.

    Raises:
        NotFound: there is none.
        TrainingError: it is damaged, or has another format.
    """
    path = folder / RESUME
    if not path.is_file():
        raise NotFound(f"there is no run to resume in {folder}", expected=f"a run folder with {RESUME}")
    try:
        with safe_open(path, framework="pt") as file:
            header = (file.metadata() or {}).get("resume", "null")
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise TrainingError("the run cannot be resumed: its file is damaged", path=path, found=str(error)) from None
    description = _description(path, header)
    if _checksum(tensors) != description.checksum:
        raise TrainingError("the run cannot be resumed: its file is damaged", path=path, found="another checksum")
    return Resumption(description=description, tensors=tensors)


def restore(learner: Learner, saved: Resumption) -> None:
    """Give a fresh learner the weights and the memory of the optimiser that were saved.

    Raises:
        TrainingError: this version of the program orders the numbers of the model in another way.
    """
    if layout_id(learner.model) != saved.description.layout:
        raise TrainingError(
            "the run cannot be resumed: the program has changed how it lays out the model's numbers since",
            hint="its checkpoint can still be used; train again to go further",
        )
    learner.model.load_state_dict(saved.part("model/"))
    memory = {}
    for index, (name, _) in enumerate(learner.model.named_parameters()):
        memory[index] = saved.part(f"optimiser/{name}/")
    learner.optimiser.load_state_dict({**learner.optimiser.state_dict(), "state": memory})


@torch.no_grad()
def layout_id(model: Model) -> str:
    """A hash that changes if a number inside the model comes to belong to another weight.

    Each number is set to its place, and the weights by term are hashed; afterwards the model is as it was.
    """
    kept = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    place = 0
    for tensor in model.state_dict().values():
        # Whole numbers up to here are exact in 32 bits.
        places = torch.arange(place, place + tensor.numel()) % 2**24
        tensor.copy_(places.reshape(tensor.shape))
        place += tensor.numel()
    digest = hashlib.sha256(" ".join(kept).encode())
    for name, weight in sorted(model.to_term_weights().items()):
        digest.update(f"{name} {list(weight.shape)}\n".encode())
        digest.update(weight.cpu().contiguous().numpy().tobytes())
    model.load_state_dict(kept)
    return digest.hexdigest()


def _description(path: Path, header: str) -> ResumeDescription:
    try:
        content = json.loads(header)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict) or (content.get("format"), content.get("version")) != (FORMAT, VERSION):
        raise TrainingError(
            "the run cannot be resumed: its file has a format that this program does not read",
            path=path,
            expected=f"format {FORMAT}, version {VERSION}",
        )
    try:
        return ResumeDescription.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise TrainingError(f"the entry {where} is not usable", path=path, found=first["msg"]) from None


def _checksum(tensors: Tensors) -> int:
    checksum = 0
    for _, tensor in sorted(tensors.items()):
        checksum = zlib.crc32(tensor.reshape(-1).numpy().data.cast("B"), checksum)
    return checksum
