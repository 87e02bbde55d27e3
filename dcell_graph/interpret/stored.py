"""The scores of a run as they lie in its folder. Knows no torch."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from dcell_graph.errors import InputError

FOLDER = "importance"
"""Below the folder of a run."""
SCORES = "scores"
SEEDS = "seeds.csv"
ABOUT = "about.json"

_COLUMNS = {"term", "name", "genes", "P_rho", "C_rho", "RLIPP"}
_MEASURES = {"rlipp_gain", "permutation", "gradient_x_state"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """Scores from files; the columns are those of ``importance.Importance``.

    Args:
        table: one row a term.
        seeds: one row a seed and term.
        weights: checksums of the models that they are of.
        strains: number of strains.
        nulls: number of random hierarchies.
    """

    table: pd.DataFrame
    seeds: pd.DataFrame
    weights: tuple[str, ...]
    strains: int
    nulls: int


def read_importance(run: Path) -> Stored | None:
    """The scores in the folder of a run, or None if there are none.

    Raises:
        InputError: the files are damaged.
    """
    folder = run / FOLDER
    if not (folder / ABOUT).is_file():
        return None
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        table = pd.read_parquet(folder / f"{SCORES}.parquet")
        seeds = pd.read_csv(folder / SEEDS)
        found = Stored(
            table=table,
            seeds=seeds,
            weights=tuple(map(str, about["weights"])),
            strains=int(about["strains"]),
            nulls=int(about["nulls"]),
        )
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise _damaged(folder, str(error)) from None
    absent = sorted((_COLUMNS | _MEASURES) - set(table.columns)) + sorted({"seed", "term"} - set(seeds.columns))
    if absent:
        raise _damaged(folder, f"no column {absent[0]}")
    return found


def about(weights: tuple[str, ...], *, strains: int, nulls: int) -> dict[str, Any]:
    """What ``about.json`` says."""
    return {"format": "dcell-graph-importance", "version": 1, "weights": weights, "strains": strains, "nulls": nulls}


def _damaged(folder: Path, found: str) -> InputError:
    return InputError(
        "the scores of the subsystems are damaged",
        path=folder,
        expected=f"{ABOUT}, {SCORES}.parquet and {SEEDS} as dcell-graph importance writes them",
        found=found,
        hint=f"remove the folder and run dcell-graph importance {folder.parent.name}",
    )
