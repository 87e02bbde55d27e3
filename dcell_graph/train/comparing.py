"""Runs side by side: what was asked of them, what came out, and their curves. Knows no torch."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dcell_graph.train.finding import run_config
from dcell_graph.train.members import member_paths
from dcell_graph.train.place import STATUS, read_object

METRICS = "metrics.csv"

Row = tuple[str, tuple[Any, ...]]
"""What is compared, and its value in each run; None where a run has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Some runs side by side.

    Args:
        names: of the runs.
        options: what differs in their options, data and circumstances, in the order of config.json.
        results: how they ended, and the measures of each set of strains.
    """

    names: tuple[str, ...]
    options: tuple[Row, ...]
    results: tuple[Row, ...]


def compare_runs(folders: Sequence[Path]) -> Comparison:
    """Read runs and put them side by side.

    Raises:
        InputError: a folder does not say what was run.
    """
    configs = [_flat(run_config(folder)) for folder in folders]
    keys = list(dict.fromkeys(key for config in configs for key in config))
    rows = [(key, tuple(config.get(key) for config in configs)) for key in keys]
    outcomes = [_outcome(read_object(folder / STATUS) or {}) for folder in folders]
    found = list(dict.fromkeys(key for outcome in outcomes for key in outcome))
    return Comparison(
        names=_names(folders),
        options=tuple(row for row in rows if any(value != row[1][0] for value in row[1])),
        results=tuple((key, tuple(outcome.get(key) for outcome in outcomes)) for key in found),
    )


def curve(folder: Path, column: str) -> list[tuple[int, float]]:
    """A column of metrics.csv by epoch, without empty cells; of an ensemble, the mean over the models that have one."""
    by_epoch: dict[int, list[float]] = {}
    for path in member_paths(folder) or [folder]:
        for row in _rows(path / METRICS):
            if row.get(column):
                by_epoch.setdefault(int(row["epoch"]), []).append(float(row[column]))
    return [(epoch, sum(values) / len(values)) for epoch, values in sorted(by_epoch.items())]


def _names(folders: Sequence[Path]) -> tuple[str, ...]:
    """The shortest ends of their paths that tell them apart."""
    whole = [folder.absolute() for folder in folders]
    for length in range(1, max(len(path.parts) for path in whole) + 1):
        names = tuple("/".join(path.parts[-length:]) for path in whole)
        if len(set(names)) == len(set(whole)):
            break
    return names


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _flat(config: Mapping[str, Any]) -> dict[str, Any]:
    """What a run was asked for and made from, by names such as lr and dataset.name."""
    options = dict(config["options"])
    flat = {
        f"{what}.{key}": config[what].get(key) for what in ("snapshot", "dataset") for key in ("name", f"{what}_id")
    }
    flat |= {**options.pop("architecture", {}), **options}
    for part in ("strains", "versions", "hardware"):
        flat |= {f"{part}.{key}": value for key, value in config.get(part, {}).items()}
    return flat | {key: config.get(key) for key in ("parameters", "threads", "processes", "platform")}


def _outcome(status: Mapping[str, Any]) -> dict[str, Any]:
    outcome = {name: status.get(name) for name in ("status", "epochs", "kept_epoch")}
    for one in status.get("measures", ()):
        where = one["split"] if one["mode"] == "eval" else f"{one['split']}, training mode"
        outcome |= {f"{where}: {name}": one[name] for name in ("n", "pearson", "spearman", "rmse")}
    return outcome
