"""Which part of a split each strain belongs to, by kind of split.

=============== ====================================================== =========================================
kind            a test strain                                          what no training or validation strain has
=============== ====================================================== =========================================
random          is drawn at random                                     its genotype, in whatever order or replicate
one-gene-new    has exactly one gene that is held out for the test     that gene
all-genes-new   has only genes that are held out for the test           any of its genes
query-genes     has a gene in its query that is held out for the test  that gene in its query
files           comes from a test file only                            its genotype
=============== ====================================================== =========================================

Validation strains are to training strains what test strains are to both. Strains that fit no part are not used, such as
one with a gene held out for validation and one held out for the test.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from dcell_graph.errors import InputError
from dcell_graph.measurements.strain_names import StrainNames

Kind = Literal["random", "one-gene-new", "all-genes-new", "query-genes", "files"]
KINDS: tuple[Kind, ...] = ("random", "one-gene-new", "all-genes-new", "query-genes", "files")

Codes = npt.NDArray[np.int8]
PARTS = ("unused", "train", "validation", "test")
UNUSED, TRAIN, VALIDATION, TEST = range(4)


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitConfig:
    """How strains are divided.

    Args:
        kind: see above.
        seed: not negative.
        fractions: of strains (random), genes (one-gene-new, all-genes-new) or query genes (query-genes) for training,
            validation and test; not negative, together 1.
        folds: with this many folds, 2 or more, a fold is the test part instead, and the second fraction is that of the
            rest which is for validation; None for no folds.
        fold: which of them, from 0.
        files: the part of each file, by place among the sources; only for the kind ``files``.
    """

    kind: Kind
    seed: int = 0
    fractions: tuple[float, float, float] = (0.8, 0.1, 0.1)
    folds: int | None = None
    fold: int = 0
    files: Mapping[int, str] = field(default_factory=dict)

    def check(self) -> None:
        """Make sure that it can be.

        Raises:
            InputError: it cannot.
        """
        if self.kind not in KINDS:
            raise InputError("there is no such kind of split", expected=" or ".join(KINDS), found=str(self.kind))
        check_fractions(self.seed, self.fractions)
        if self.folds is not None and not (self.folds >= 2 and 0 <= self.fold < self.folds):
            raise InputError(
                "there is no such fold",
                expected="2 folds or more, and a fold from 0 to one less",
                found=f"fold {self.fold} of {self.folds}",
            )
        if (self.kind == "files") != bool(self.files):
            raise InputError("files are named for a split by file, and only for that", found=f"the kind {self.kind}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Divided:
    """What came out.

    Args:
        parts: ``UNUSED``, ``TRAIN``, ``VALIDATION`` or ``TEST`` of each strain.
        held_out: genes that are held out for validation and for the test, in alphabetical order.
    """

    parts: Codes
    held_out: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def divide_strains(strains: pd.DataFrame, config: SplitConfig) -> Divided:
    """Decide on the part of each strain; the order of the strains plays no part.

    Args:
        strains: columns strain, genes, query and files as in a dataset.
        config: how.

    Raises:
        InputError: the configuration cannot be, or the strains do not say which genes are the query's.
    """
    config.check()
    if config.kind == "random":
        names = StrainNames.of(strains["strain"])
        parts = np.zeros(len(names), np.int8)
        parts[names.order()] = dealt(len(names), config)
        return Divided(parts=parts)
    if config.kind == "files":
        return Divided(parts=_by_file(strains["files"].to_numpy(np.int64), config.files))
    genes = strains["genes"].tolist()
    if config.kind == "query-genes":
        genes = query_genes(strains)
        if not any(genes):
            raise InputError(
                "the dataset does not say which genes are those of the query",
                expected="strains from a table of SGA strain ids",
                hint="choose another kind of split",
            )
    known = sorted({gene for some in genes for gene in some})
    part_of = dict(zip(known, dealt(len(known), config).tolist(), strict=True))
    rule = _RULES[config.kind]
    parts = np.fromiter((rule([part_of[gene] for gene in some]) for some in genes), np.int8, len(genes))
    held_out = {PARTS[part]: tuple(gene for gene in known if part_of[gene] == part) for part in (VALIDATION, TEST)}
    return Divided(parts=parts, held_out=held_out)


def dealt(count: int, config: SplitConfig) -> Codes:
    """Parts of ``count`` things in the order of their names.

    They are ranked by the raw 64-bit output of PCG64, which NumPy keeps the same in all versions and on all machines;
    the first are for training, the last for the test, or a fold is.
    """
    rank = np.argsort(np.random.PCG64(config.seed).random_raw(count), kind="stable")
    parts = np.full(count, TRAIN, np.int8)
    if config.folds is None:
        end_of_train = round(count * config.fractions[0])
        end_of_validation = max(end_of_train, round(count * (config.fractions[0] + config.fractions[1])))
        parts[rank[end_of_train:end_of_validation]] = VALIDATION
        parts[rank[end_of_validation:]] = TEST
        return parts
    start, end = (round(count * fold / config.folds) for fold in (config.fold, config.fold + 1))
    rest = np.concatenate([rank[end:], rank[:start]])
    parts[rank[start:end]] = TEST
    parts[rest[: round(len(rest) * config.fractions[1])]] = VALIDATION
    return parts


def query_genes(strains: pd.DataFrame) -> list[tuple[str, ...]]:
    """The genes of each strain that some row has in its query; of strains under the names they have there."""
    return [
        tuple(gene for bit, gene in enumerate(strain.split("+")) if query >> bit & 1)
        for strain, query in zip(strains["strain"].tolist(), strains["query"].tolist(), strict=True)
    ]


def check_fractions(seed: int, fractions: Sequence[float]) -> None:
    """Make sure that a seed and the fractions of a split can be.

    Raises:
        InputError: they cannot.
    """
    if seed < 0:
        raise InputError("the seed of a split cannot be negative", found=str(seed))
    if not all(0 <= fraction <= 1 for fraction in fractions) or not math.isclose(sum(fractions), 1, abs_tol=1e-9):
        raise InputError(
            "the fractions of a split must not be negative and must add up to 1",
            found=" + ".join(f"{fraction:g}" for fraction in fractions),
        )


def _one_new(genes: list[int]) -> int:
    held_out = [part for part in genes if part != TRAIN]
    return TRAIN if not held_out else held_out[0] if len(held_out) == 1 else UNUSED


def _all_new(genes: list[int]) -> int:
    return genes[0] if len(set(genes)) == 1 else UNUSED


def _query_new(genes: list[int]) -> int:
    held_out = {part for part in genes if part != TRAIN}
    return TRAIN if not held_out else held_out.pop() if len(held_out) == 1 else UNUSED


_RULES = {"one-gene-new": _one_new, "all-genes-new": _all_new, "query-genes": _query_new}


def _by_file(files: npt.NDArray[np.int64], parts: Mapping[int, str]) -> Codes:
    """The part whose files have a strain; strains of several parts, or of none, are not used."""
    inside = {
        part: (files & sum(1 << place for place, name in parts.items() if name == PARTS[part])) != 0
        for part in (TRAIN, VALIDATION, TEST)
    }
    result = np.zeros(len(files), np.int8)
    for part, there in inside.items():
        result[there] = part
    result[sum(there.astype(np.int8) for there in inside.values()) > 1] = UNUSED
    return result
