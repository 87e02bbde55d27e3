"""Folders that appear whole or not at all, with tables whose checksums stand in the folder's manifest."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dcell_graph.errors import Conflict, InputError, NotFound, writing

MANIFEST = "manifest.json"


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A hidden folder beside the new one, which becomes it at the end unless it was removed by then.

    After any error nothing is left, not even folders above it that were made.

    Raises:
        InputError: it cannot be written.
        Conflict: another command has made it meanwhile.
    """
    made: list[Path] = []
    scratch: Path | None = None
    try:
        with writing(folder):
            _make_parents(folder, made)
            scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name[:50]}.", dir=folder.parent))
        yield scratch
        if scratch.exists():
            with writing(folder):
                scratch.chmod(0o755)
                _put(scratch, folder)
    except BaseException:
        if scratch is not None:
            shutil.rmtree(scratch, ignore_errors=True)
        for parent in reversed(made):
            _remove_if_empty(parent)
        raise


def remove_folder(folder: Path) -> None:
    """Remove a folder: it is gone from its place at once, and its files after that.

    Raises:
        InputError: it cannot be removed.
    """
    hidden = folder.parent / f".{folder.name[:50]}.{secrets.token_hex(4)}.removed"
    try:
        folder.rename(hidden)
    except OSError as error:
        raise InputError("the folder cannot be removed", path=folder, found=error.strerror or str(error)) from None
    shutil.rmtree(hidden, ignore_errors=True)


def write_parquet(path: Path, tables: Iterable[pa.Table], schema: pa.Schema) -> tuple[int, str]:
    """Write tables one after the other into one file.

    Returns:
        Its rows and its checksum (SHA-256).
    """
    rows = 0
    with writing(path), pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for table in tables:
            writer.write_table(table.cast(schema))
            rows += table.num_rows
    flush(path)
    return rows, sha256(path)


def write_manifest(folder: Path, text: str) -> None:
    """Write the manifest of a folder."""
    path = folder / MANIFEST
    with writing(path):
        path.write_text(text + "\n", encoding="utf-8")
        flush(path)


def read_json(folder: Path, *, what: str, marks: tuple[str, range]) -> dict[str, Any]:
    """Read the manifest of a folder.

    Args:
        what: of what kind it is, for messages.
        marks: its format and the versions that are read.

    Raises:
        NotFound: there is none.
        InputError: it is none of that kind, or has a newer version.
    """
    source = folder / MANIFEST
    file_format, versions = marks
    if not source.is_file():
        raise NotFound(f"there is no {what} in {folder}", expected="a folder with manifest.json")
    try:
        content = json.loads(source.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise InputError("the manifest is not JSON", path=source, found=str(error)) from None
    if not isinstance(content, dict) or content.get("format") != file_format:
        raise InputError(f"this is not a {what} manifest", path=source, expected=f'"format": "{file_format}"')
    if content.get("version") not in versions:
        raise InputError(
            f"the {what} has a format version that this program does not read",
            path=source,
            expected="version " + " or ".join(map(str, versions)),
            found=f"version {content.get('version')}",
            hint="update dcell-graph",
        )
    return content


def checked_table(path: Path, checksum: str | None, *, hint: str) -> Path:
    """The path of a table file whose content is that of its checksum.

    Raises:
        InputError: it is not, or there is no file, or no checksum.
    """
    found = sha256(path) if path.is_file() else None
    if checksum is None or found != checksum:
        raise InputError(
            "the table file is damaged or missing",
            path=path,
            expected="a table listed in the manifest" if checksum is None else f"sha256 {checksum[:12]}",
            found="no file" if found is None else found[:12],
            hint=hint,
        )
    return path


@contextmanager
def sound_table(path: Path, *, hint: str) -> Iterator[None]:
    """Say that a table file is damaged, whatever its checksum says.

    Raises:
        InputError: in place of what reading Parquet, or columns that are not there, raise.
    """
    try:
        yield
    except (OSError, KeyError, ValueError, pa.ArrowException) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError("the table file cannot be read", path=path, found=reason, hint=hint) from None


def sha256(path: Path) -> str:
    """Checksum of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def flush(path: Path) -> None:
    """Make sure that a file is on the disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _put(scratch: Path, folder: Path) -> None:
    try:
        scratch.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
        raise Conflict(
            f"another command has made {folder} at the same time",
            hint="run this again: what is the same is left as it is",
        ) from None


def _make_parents(folder: Path, made: list[Path]) -> None:
    missing = []
    above = folder.parent
    while not above.exists() and above != above.parent:
        missing.append(above)
        above = above.parent
    for parent in reversed(missing):
        parent.mkdir(exist_ok=True)
        made.append(parent)


def _remove_if_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        return  # somebody else put something into it
