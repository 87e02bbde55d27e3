"""What can be chosen about a model. Nothing here depends on a snapshot."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Norm = Literal["batch", "layer", "instance", "none"]
Activation = Literal["tanh", "relu", "leaky_relu", "gelu", "selu", "elu", "linear"]


class ModelConfig(BaseModel):
    """The options of a DCell model; the defaults are those of Ma et al. 2018 where the paper names them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    norm: Norm = Field(
        default="batch",
        description="Normalisation of a subsystem's state: over the strains of a batch (batch), over the state of one "
        "strain with (layer) or without (instance) a learnt scale and shift, or none.",
    )
    norm_before_activation: bool = Field(
        default=False,
        description="False: linear, activation, norm, as in the paper. True: linear, norm, activation.",
    )
    norm_eps: float = Field(
        default=1e-5,
        gt=0,
        allow_inf_nan=False,
        description="Added to every variance before a norm divides by its root. docs/round-off.md says what it does.",
    )
    activation: Activation = Field(
        default="tanh",
        description="Non-linearity of every subsystem; leaky_relu has slope 0.1 below zero, linear means none.",
    )
    layers: Literal[1, 2] = Field(
        default=1,
        description="Linear layers in a subsystem; the second maps the state to a state of the same width and has a "
        "norm and an activation of its own.",
    )
    init_range: float | None = Field(
        default=0.001,
        gt=0,
        allow_inf_nan=False,
        description="Weights and biases of the subsystems start uniform in ± this; None: ± 1/√inputs, as PyTorch does. "
        "Heads always start uniform in ± 1/√width.",
    )
    min_width: int = Field(default=20, ge=1, description="Fewest values in a subsystem's state.")
    width_ratio: float = Field(
        default=0.3,
        ge=0,
        allow_inf_nan=False,
        description="Values in a subsystem's state per gene, where that is more than min_width.",
    )
    width_rounding: Literal["ceil", "floor"] = Field(
        default="ceil", description="How width_ratio times the number of genes becomes a whole number."
    )
    width_genes: Literal["direct", "contained"] = Field(
        default="direct",
        description="Genes that count for the width: attached to the term itself (direct), or to it or any term below "
        "it (contained, as in the paper).",
    )
    gene_coding: Literal["present", "deleted"] = Field(
        default="present",
        description="Which genes of a strain have the input 1: those it still has (present), or those it lacks "
        "(deleted, as in the paper). The others have 0.",
    )
    gene_embedding: int | None = Field(
        default=None,
        ge=1,
        description="Learnt numbers a gene. A term then reads them instead of the gene's input: that input times the "
        "gene's numbers, so a gene whose input is 0 reads as zeros. None: the input itself.",
    )
    attention: int | None = Field(
        default=None,
        ge=1,
        description="Heads that weigh the inputs of a term (each child and each gene is one input) instead of adding "
        "them up, as written down in reference.py; at most min_width. None: inputs are added up.",
    )
    similar_genes: int | None = Field(
        default=None,
        ge=1,
        description="How many similar genes share in the input of a gene, see similar.py; the model must be given "
        "which. None: a deletion changes the input of the deleted gene only.",
    )
    dropout: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="Share of the values of all states that training sets to 0, drawn anew for each batch and the same "
        "for all its strains; the others are divided by one minus this share.",
    )

    @model_validator(mode="after")
    def _heads_fit(self) -> ModelConfig:
        if self.attention is not None and self.attention > self.min_width:
            raise ValueError("attention: as many heads as min_width at most")
        return self
