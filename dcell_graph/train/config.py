"""Every choice of a training run, from a TOML file and from options; the two use the same words."""

from __future__ import annotations

import difflib
import math
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from dcell_graph.errors import InputError
from dcell_graph.measurements.selection import UnknownGenes
from dcell_graph.model.config import ModelConfig


class TrainConfig(BaseModel):
    """How a model is built and trained. Losses are in units of the standardised phenotype if ``standardise`` is on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    architecture: ModelConfig = Field(default=ModelConfig(), description="Options of the model.")
    model: Literal["vectorised", "reference"] = Field(
        default="vectorised", description="Which implementation computes it: the fast one, or the plain one."
    )
    epochs: int = Field(default=30, ge=1, description="Passes over the training strains.")
    batch_size: int = Field(default=32, ge=1, description="Strains a step.")
    batches: Literal["random", "tiles"] = Field(
        default="random", description="Which strains make a batch: any, or some query genes against some array genes."
    )
    optimiser: Literal["adamw", "adam"] = Field(
        default="adamw", description="AdamW shrinks the weights by themselves, Adam adds that to the gradient."
    )
    lr: float = Field(default=1e-3, gt=0, allow_inf_nan=False, description="Highest learning rate.")
    weight_decay: float = Field(default=1e-6, ge=0, allow_inf_nan=False, description="Weight decay of the optimiser.")
    clip_norm: float = Field(
        default=10.0, ge=0, allow_inf_nan=False, description="Largest norm of the gradient; 0: as large as it is."
    )
    schedule: Literal["constant", "plateau", "cosine"] = Field(
        default="constant", description="How the learning rate goes on after the warm-up, see schedules.py."
    )
    warmup: float = Field(
        default=0.0, ge=0, allow_inf_nan=False, description="Epochs in which the learning rate grows from 0 to lr."
    )
    schedule_epochs: int | None = Field(
        default=None, ge=1, description="Epochs until cosine is at its lowest. None: all that were asked for first."
    )
    lr_floor: float = Field(
        default=0.01, ge=0, le=1, description="Lowest learning rate of plateau and cosine, as a share of lr."
    )
    plateau_patience: int = Field(
        default=5, ge=1, description="Plateau: epochs in a row without a new best after which the rate falls."
    )
    plateau_factor: float = Field(default=0.5, gt=0, lt=1, description="Plateau: what it is multiplied by then.")
    monitor: Literal["loss", "correlation"] = Field(
        default="loss", description="What the best epoch is chosen by, on the validation strains."
    )
    patience: int | None = Field(
        default=None, ge=1, description="End after so many epochs in a row without a new best. None: never."
    )
    sample_weights: Literal["equal", "inverse_variance"] = Field(
        default="equal", description="Weight of a strain in the loss: 1, or 1/sd² of its phenotype (mean 1)."
    )
    precision: Literal["float32", "float64", "bfloat16"] = Field(
        default="float32", description="Numbers to compute with; bfloat16: only the products, weights stay float32."
    )
    seed: int = Field(
        default=0, ge=0, lt=2**63, description="Of the first weights, the split and the order of strains."
    )
    split: str | None = Field(
        default=None, description="Name of a split stored with the dataset. None: divide by fractions and seed."
    )
    split_seed: int | None = Field(
        default=None, ge=0, lt=2**63, description="Of the split alone. None: seed, and one split for an ensemble."
    )
    ensemble: int = Field(default=1, ge=1, le=1000, description="Models to train, of seeds seed, seed + 1, ...")
    alpha: float = Field(default=0.3, ge=0, allow_inf_nan=False, description="Weight of the other terms' heads.")
    aux_reduction: Literal["sum", "mean"] = Field(
        default="sum", description="How the losses of the other heads are combined: sum (the paper) or mean."
    )
    standardise: bool = Field(
        default=True, description="Train on phenotypes of mean 0 and sd 1, by the training strains; measures are not."
    )
    overfit: int | None = Field(
        default=None, ge=2, description="Train and evaluate on the first N strains, in one batch. None: all strains."
    )
    fractions: tuple[float, float, float] = Field(
        default=(0.8, 0.1, 0.1), description="Shares of the training, validation and test set."
    )
    unknown_genes: UnknownGenes = Field(
        default="leave-out",
        description="Strains with a gene that the snapshot cannot see: leave-out, or ignore the gene.",
    )
    recalibrate: bool = Field(
        default=True,
        description="With batch norm: measure the running statistics anew over the training strains after each epoch.",
    )
    device: str = Field(default="cpu", description="Where to compute, in torch's words: cpu, cuda, cuda:1, mps.")
    threads: int | None = Field(default=None, ge=1, description="Threads to compute with. None: torch decides.")
    track: tuple[Literal["tensorboard", "wandb", "mlflow"], ...] = Field(
        default=(), description="Also send the numbers of each epoch there, see scalars.py."
    )

    def settled(self) -> TrainConfig:
        """The same with what follows from ``epochs`` written out: a run that is trained further keeps its cosine."""
        if self.schedule != "cosine" or self.schedule_epochs is not None:
            return self
        return self.model_copy(update={"schedule_epochs": self.epochs})

    @field_validator("fractions")
    @classmethod
    def _add_up(cls, fractions: tuple[float, float, float]) -> tuple[float, float, float]:
        if not all(0 <= part <= 1 for part in fractions) or not math.isclose(sum(fractions), 1, abs_tol=1e-9):
            raise ValueError("three numbers that are not negative and add up to 1")
        return fractions

    @model_validator(mode="after")
    def _fit_together(self) -> TrainConfig:
        if self.split is not None and self.overfit is not None:
            raise ValueError("either a stored split or overfit")
        # Whether a stored split has validation strains is known when it is read, see preparation.py.
        chooses = self.overfit is None and (self.split is not None or self.fractions[1] > 0)
        if self.patience is not None and not chooses:
            raise ValueError("patience needs validation strains: a second number above 0 in fractions, and no overfit")
        if self.monitor == "correlation" and not chooses:
            raise ValueError("monitor = correlation needs validation strains: a second number above 0 in fractions")
        return self


RUN_KEYS = ("snapshot", "dataset", "run_name", "out")
"""Keys of a configuration file that say what to train on and where to put it."""

TRAIN_KEYS = tuple(name for name in TrainConfig.model_fields if name != "architecture")
MODEL_KEYS = tuple(ModelConfig.model_fields)


def read_config_file(path: Path) -> dict[str, Any]:
    """Read a TOML file with the keys of ``RUN_KEYS``, ``TRAIN_KEYS`` and ``MODEL_KEYS``, all on the top level.

    Raises:
        InputError: it cannot be read, is not TOML, or has a key that does not exist.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError("the configuration cannot be read", path=path, found=error.strerror or str(error)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError("the configuration is not TOML", path=path, found=str(error)) from None
    check_keys(content, (*RUN_KEYS, *TRAIN_KEYS, *MODEL_KEYS), path)
    for key in RUN_KEYS:
        if key in content and not isinstance(content[key], str):
            raise InputError(f"the key {key} needs a text", path=path, found=repr(content[key]))
    return content


def check_keys(content: Mapping[str, Any], known: Sequence[str], path: Path) -> None:
    """Make sure that a table of a configuration file has known keys only.

    Raises:
        InputError: it has another one.
    """
    for key in content:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            raise InputError(
                f"the configuration has the unknown key {key}",
                path=path,
                expected=f"perhaps {near[0]}" if near else "one of " + ", ".join(known),
            )


def train_config(
    from_file: Mapping[str, Any], from_options: Mapping[str, Any] | None = None, *, path: Path | None = None
) -> TrainConfig:
    """Put a configuration together; options win over the file, and what neither names has its default.

    Args:
        from_file: keys of ``TRAIN_KEYS`` and ``MODEL_KEYS``; keys of ``RUN_KEYS`` are skipped.
        from_options: the same keys, as given on the command line.
        path: the file, for messages.

    Raises:
        InputError: a value that cannot be used, naming its key and where it stands.
    """
    options = {} if from_options is None else dict(from_options)
    together = {**from_file, **options}
    try:
        return TrainConfig(
            architecture=ModelConfig(**{key: together[key] for key in MODEL_KEYS if key in together}),
            **{key: together[key] for key in TRAIN_KEYS if key in together},
        )
    except ValidationError as error:
        first = error.errors()[0]
        if not first["loc"]:
            message = _in_words(first["msg"])
            raise InputError(f"these options do not fit together: {message}", path=path) from None
        key = str(first["loc"][0])
        raise InputError(
            f"the option --{key.replace('_', '-')} cannot be used"
            if key in options or path is None
            else f"the key {key} cannot be used",
            path=None if key in options else path,
            expected=_in_words(first["msg"]),
            found=repr(first.get("input")),
        ) from None


def _in_words(message: str) -> str:
    for beginning in ("Input should be ", "Value error, "):
        message = message.removeprefix(beginning)
    return message
