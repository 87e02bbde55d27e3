"""Where runs are: the names in and beside a run folder, and whether a place is free. Knows no torch."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path
from typing import Any

from dcell_graph.errors import Conflict
from dcell_graph.train.lock import is_held
from dcell_graph.wording import counted

FORMAT = "dcell-graph-run"
VERSION = 1
CONFIG = "config.json"
STATUS = "run.json"
RESUME = "resume.safetensors"
MEMBERS = "members"
SWEEP = "sweep.json"
GENERATED = "GENERATED WORLD, not real data"

_UNFINISHED = ".unfinished"
_REPLACED = ".replaced"


def unfinished(path: Path) -> Path:
    """Where a new run works until it has something to keep."""
    return path.with_name(f".{path.name}{_UNFINISHED}")


def all_unfinished(parent: Path) -> list[Path]:
    """All such folders in a folder of runs."""
    return sorted(parent.glob(f".*{_UNFINISHED}"))


def replaced(path: Path) -> Path:
    """Where an earlier run is for the moment in which another one takes its place."""
    return path.with_name(f".{path.name}{_REPLACED}")


def refuse_occupied(path: Path) -> None:
    """Make sure that a folder is free for a new run.

    Raises:
        Conflict: it exists and is not an empty folder; if it holds a run, the message says what can be done with it.
    """
    if not os.path.lexists(path) or (path.is_dir() and not any(path.iterdir())):
        return
    status = read_object(path / STATUS)
    if status is None or status.get("format") != FORMAT:
        raise Conflict("the run folder exists already and is not empty", path=path, hint="name another one with --out")
    if is_held(path):
        raise Conflict(
            "another process is training into this folder",
            path=path,
            hint="wait until it ends, or name another folder with --out",
        )
    if status.get("status") == "finished":
        raise Conflict(
            "the folder holds a finished run",
            path=path,
            hint=f"name another one with --out, or train it further with {resume_command(path)} --epochs N",
        )
    go_on = (
        f"go on with it ({resume_command(path)}), " if (path / RESUME).is_file() or (path / MEMBERS).is_dir() else ""
    )
    raise Conflict(
        f"the folder holds a run that was stopped after {counted(int(status.get('epochs', 0)), 'whole epoch')}",
        path=path,
        hint=f"{go_on}remove the folder, or name another one with --out",
    )


def resume_command(path: Path) -> str:
    """The command that goes on with a run."""
    return f"python -m dcell_graph.train --resume {shlex.quote(str(path.absolute()))}"


def read_object(path: Path) -> dict[str, Any] | None:
    """The JSON object in a file, or None if there is none that can be read."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None
