"""Files of a run folder, each written whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError

from dcell_graph.errors import TrainingError


def write_whole(path: Path, write: Callable[[Path], None]) -> None:
    """Write a file beside its place and move it there when it is on disk.

    Args:
        path: where it ends up; replaced if it exists.
        write: writes the content to the path it is given.

    Raises:
        TrainingError: the file cannot be written.
    """
    # A folder, because what writes may have files of its own beside the one it is asked for, and may be killed.
    folder = path.with_name(f".{path.name}.part")
    scratch = folder / path.name
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        write(scratch)
        scratch.chmod(0o644)
        with scratch.open("rb") as file:
            os.fsync(file.fileno())
        scratch.replace(path)
    except (OSError, SafetensorError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise TrainingError("the file cannot be written", path=path, found=reason) from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def write_text(path: Path, text: str) -> None:
    """Write text as UTF-8.

    Raises:
        TrainingError: the file cannot be written.
    """

    def write(target: Path) -> None:
        target.write_text(text, encoding="utf-8")

    write_whole(path, write)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write JSON that has no NaN or infinity in it.

    Raises:
        TrainingError: the file cannot be written.
    """
    write_text(path, json.dumps(content, indent=2, allow_nan=False, ensure_ascii=False) + "\n")
