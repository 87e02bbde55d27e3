"""A snapshot as a directory: manifest.json and one Parquet file a table, written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError

from dcell_graph.errors import Conflict, NotFound, SnapshotError
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
        SnapshotError: the snapshot breaks a rule.
    """
    snapshot.validate()
    if folder.exists():
        return _same_or_refuse(snapshot, folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
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
        scratch.rename(folder)
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise
    return manifest


def read_snapshot(folder: Path) -> Snapshot:
    """Read a snapshot from its folder and check it.

    Raises:
        NotFound: there is no snapshot in the folder.
        SnapshotError: a newer format, a damaged file, or content that does not match its id or breaks a rule.
    """
    manifest = read_manifest(folder)
    tables: dict[str, pd.DataFrame] = {}
    for name in TABLES:
        source = folder / f"{name}.parquet"
        stamp = manifest.tables.get(name)
        found = _sha256(source) if source.is_file() else None
        if stamp is None or found != stamp.sha256:
            raise SnapshotError(
                "the table file is damaged or missing",
                path=source,
                expected="not listed in the manifest" if stamp is None else f"sha256 {stamp.sha256[:12]}…",
                found="no file" if found is None else f"{found[:12]}…",
                hint="export the snapshot again",
            )
        tables[name] = typed(name, pq.read_table(source).to_pandas())
    found_id = content_id(manifest.recipe, tables)
    if found_id != manifest.snapshot_id:
        raise SnapshotError(
            "the content does not match the snapshot id",
            path=folder,
            expected=manifest.snapshot_id[:12],
            found=found_id[:12],
            hint="export the snapshot again",
        )
    snapshot = Snapshot(manifest=manifest, **tables)
    snapshot.validate()
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
    except ValueError as error:
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
    there = read_manifest(folder) if (folder / "manifest.json").is_file() else None
    if there is not None and there.snapshot_id == snapshot.manifest.snapshot_id:
        return there
    raise Conflict(
        f"the folder {folder} exists already",
        expected=f"snapshot {snapshot.manifest.snapshot_id[:12]} or nothing",
        found="other files" if there is None else f"snapshot {there.snapshot_id[:12]} ({there.name})",
        hint="name another folder",
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
