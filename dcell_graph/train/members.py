"""Where the models of an ensemble are. Knows no torch."""

from __future__ import annotations

from pathlib import Path

from dcell_graph.train.place import CONFIG, MEMBERS, read_object


def member_path(folder: Path, number: int) -> Path:
    """The run folder of a member, counted from 1."""
    return folder / MEMBERS / str(number)


def member_paths(folder: Path) -> list[Path]:
    """The run folders of all members that a run should have, whether they are there or not; none if it is a model."""
    config = read_object(folder / CONFIG) or {}
    options = config.get("options")
    wanted = options.get("ensemble", 1) if isinstance(options, dict) else 1
    return [] if wanted == 1 else [member_path(folder, number) for number in range(1, wanted + 1)]
