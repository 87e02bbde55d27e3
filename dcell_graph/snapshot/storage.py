"""A snapshot as a directory: manifest.json and one Parquet file a table, written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError

from dcell_graph.errors import Conflict, InputError, NotFound, SnapshotError, writing
from dcell_graph.snapshot.schema import (
    FORMAT,
    TABLES,
    VERSION,
    Manifest,
    Snapshot,
    TableStamp,
    content_id,
    typed,
)


def write_snapshot(snapshot: Snapshot, folder: Path) -> Manifest:
    """Write a snapshot into a new folder.

    The files go to a temporary folder beside the target, which is renamed when everything is on disk. A folder that
    already holds the same snapshot is left as it is.

    Args:
        snapshot: validated before anything is written.
        folder: must not exist, or hold the same snapshot.

    Returns:
        The manifest as written, with the checksums of the tables.

    Raises:
        Conflict: the folder exists and holds something else.
        InputError: the folder cannot be written; folders made above it are gone again.
        SnapshotError: the snapshot breaks a rule or does not match its id.
    """
    snapshot.validate()
    _check_id(snapshot, None)
    if folder.exists():
        return _same_or_refuse(snapshot, folder)
    made: list[Path] = []
    scratch = None
    try:
        try:
            _make_parents(folder, made)
            scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        except OSError as error:
            raise InputError("the folder cannot be written", path=folder, found=error.strerror or str(error)) from None
        with writing(folder):
            return _write_tables(snapshot, scratch, folder)
    except BaseException:
        if scratch is not None:
            shutil.rmtree(scratch, ignore_errors=True)
        for parent in reversed(made):
            with suppress(OSError):  # somebody else put something into it
                parent.rmdir()
        raise


def _make_parents(folder: Path, made: list[Path]) -> None:
    """Make what is missing above a folder; what is made is added to the list, outermost first."""
    missing = [above for above in folder.parents if not above.exists()]
    for parent in reversed(missing):
        parent.mkdir(exist_ok=True)
        made.append(parent)


def _write_tables(snapshot: Snapshot, scratch: Path, folder: Path) -> Manifest:
    stamps = {}
    for name in TABLES:
        target = scratch / f"{name}.parquet"
        table = pa.Table.from_pandas(getattr(snapshot, name), preserve_index=False).replace_schema_metadata(None)
        pq.write_table(table, target, compression="zstd")
        _flush(target)
        stamps[name] = TableStamp(rows=table.num_rows, sha256=_sha256(target))
    manifest = snapshot.manifest.model_copy(update={"tables": stamps})
    (scratch / "manifest.json").write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
    _flush(scratch / "manifest.json")
    scratch.chmod(0o755)
    try:
        scratch.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
        manifest = _same_or_refuse(snapshot, folder)  # another command was faster
        shutil.rmtree(scratch)
    return manifest


def read_snapshot(folder: Path) -> Snapshot:
    """Read a snapshot from its folder and check it.

    Raises:
        NotFound: there is no snapshot in the folder.
        SnapshotError: a newer format, a damaged file, or content that does not match its id or breaks a rule.
    """
    manifest = read_manifest(folder)
    snapshot = Snapshot(manifest=manifest, **{name: _read_table(folder, name, manifest) for name in TABLES})
    try:
        snapshot.validate()
    except SnapshotError as error:
        raise SnapshotError(error.what, path=folder) from None
    _check_id(snapshot, folder)
    return snapshot


def read_manifest(folder: Path) -> Manifest:
    """Read only the manifest of a snapshot folder.

    Raises:
        NotFound: there is no manifest.
        SnapshotError: it is not a snapshot manifest or has a newer format.
    """
    source = folder / "manifest.json"
    if not source.is_file():
        raise NotFound(f"there is no snapshot in {folder}", expected="a folder with manifest.json")
    try:
        content = json.loads(source.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise SnapshotError("the manifest is not JSON", path=source, found=str(error)) from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise SnapshotError("this is not a snapshot manifest", path=source, expected=f'"format": "{FORMAT}"')
    if content.get("version") != VERSION:
        raise SnapshotError(
            "the snapshot has a format version that this program does not read",
            path=source,
            expected=f"version {VERSION}",
            found=f"version {content.get('version')}",
            hint="update dcell-graph",
        )
    try:
        return Manifest.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SnapshotError(f"the manifest entry {where} is not usable", path=source, found=first["msg"]) from None


def _same_or_refuse(snapshot: Snapshot, folder: Path) -> Manifest:
    wanted = snapshot.manifest.snapshot_id
    try:
        there = read_snapshot(folder).manifest
        found = f"snapshot {there.snapshot_id[:12]} ({there.name})"
        if there.snapshot_id == wanted:
            return there
    except NotFound:
        found = "other files"
    except SnapshotError as error:
        found = f"something that cannot be read ({error})"
    raise Conflict(
        f"the folder {folder} exists already",
        expected=f"snapshot {wanted[:12]} or nothing",
        found=found,
        hint="remove it or name another folder",
    )


def _read_table(folder: Path, name: str, manifest: Manifest) -> pd.DataFrame:
    source = folder / f"{name}.parquet"
    stamp = manifest.tables.get(name)
    found = _sha256(source) if source.is_file() else None
    if stamp is None or found != stamp.sha256:
        raise SnapshotError(
            "the table file is damaged or missing",
            path=source,
            expected="an entry in the manifest" if stamp is None else f"sha256 {stamp.sha256[:12]}…",
            found="no file" if found is None else f"{found[:12]}…",
            hint="export the snapshot again",
        )
    try:
        table = pq.read_table(source).to_pandas()
    except (OSError, ValueError, pa.ArrowException) as error:  # ValueError: names of columns that are no text
        raise SnapshotError("the table file is not Parquet", path=source, found=str(error)) from None
    if len(table) != stamp.rows:
        raise SnapshotError(
            "the table has another length than the manifest says",
            path=source,
            expected=f"{stamp.rows} rows",
            found=f"{len(table)} rows",
        )
    return typed(name, table, path=source)


def _check_id(snapshot: Snapshot, folder: Path | None) -> None:
    wanted = snapshot.manifest.snapshot_id
    found = content_id(snapshot.manifest.recipe, {name: getattr(snapshot, name) for name in TABLES})
    if found != wanted:
        raise SnapshotError(
            "the content does not match the snapshot id",
            path=folder,
            expected=wanted[:12],
            found=found[:12],
            hint=None if folder is None else "export the snapshot again",
        )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
