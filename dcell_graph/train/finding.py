"""Runs by name, and what they were made from. Knows no torch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dcell_graph.errors import InputError, NotFound
from dcell_graph.settings import Settings
from dcell_graph.train.place import CONFIG, STATUS, read_object


def find_run(settings: Settings, name: str) -> Path:
    """The folder of a run: a path, or a name below the folder of runs.

    Raises:
        NotFound: there is none.
    """
    for folder in (Path(name), settings.runs / name):
        if (folder / STATUS).is_file():
            return folder
    raise NotFound(f"there is no run {name}", expected=f"a run folder, or the name of one in {settings.runs}")


def run_config(folder: Path) -> dict[str, Any]:
    """What a run folder says about its options, snapshot and dataset.

    Raises:
        InputError: it says nothing that can be used.
    """
    config = read_object(folder / CONFIG)
    parts = ("snapshot", "dataset", "options")
    if config is None or not all(isinstance(config.get(part), dict) for part in parts):
        raise InputError(
            "the run does not say what it was made from", path=folder / CONFIG, expected=f"JSON with {', '.join(parts)}"
        )
    return config


def known_place(config: dict[str, Any], what: str) -> str:
    """Where a run found its ``snapshot`` or ``dataset``; the name of that if the folder is gone."""
    place, name = str(config[what].get("place") or ""), str(config[what].get("name") or "")
    gone = Path(place).is_absolute() and not Path(place).is_dir()
    return name if name and (gone or not place) else place
