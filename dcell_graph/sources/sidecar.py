"""The note beside a fetched file, ``<file>.source.json``: where it came from, when, and what was in it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

SIDECAR = ".source.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedFile:
    """A source file on disk, and where it comes from.

    Args:
        path: the file.
        key: its name in the catalogue.
        source: ``mirror``, ``cache`` (fetched earlier) or ``download`` (fetched now).
        address: the web address, or the path for a file of a mirror folder.
        sha256: of the bytes on disk.
        size: in bytes.
        fetched_at: ISO 8601, UTC; for a mirror's file the moment it was found.
        release_found: what the file calls itself in its header, None if its format has no place for that.
    """

    path: Path
    key: str
    source: Literal["mirror", "cache", "download"]
    address: str
    sha256: str
    size: int
    fetched_at: str
    release_found: str | None


class Sidecar(BaseModel):
    """What is kept beside a fetched file."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    format: Literal[1] = 1
    key: str
    address: str
    fetched_at: str
    size: int
    sha256: str
    etag: str | None = None
    last_modified: str | None = None
    release: str | None = None


def described(path: Path, origin: Literal["cache", "download"], sidecar: Sidecar) -> FetchedFile:
    """A fetched file in the words of its note."""
    return FetchedFile(
        path=path,
        key=sidecar.key,
        source=origin,
        address=sidecar.address,
        sha256=sidecar.sha256,
        size=sidecar.size,
        fetched_at=sidecar.fetched_at,
        release_found=sidecar.release,
    )


def sidecar_path(path: Path) -> Path:
    """Where the note of a file lies."""
    return path.with_name(path.name + SIDECAR)


def read_sidecar(path: Path) -> Sidecar | None:
    """Read a note; None if there is none or it cannot be understood."""
    try:
        return Sidecar.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def write_sidecar(sidecar: Sidecar, target: Path) -> None:
    """Write the note of a file, in one step.

    Raises:
        OSError: it cannot be written.
    """
    path = sidecar_path(target)
    scratch = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        scratch.write_text(sidecar.model_dump_json(indent=2) + "\n", encoding="utf-8")
        scratch.replace(path)
    except BaseException:
        scratch.unlink(missing_ok=True)
        raise
