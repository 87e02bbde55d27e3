"""Datasets on disk: written whole or not at all, checked when read."""

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

from dcell_graph.errors import Conflict, InputError, NotFound, writing
from dcell_graph.measurements.dataset import (
    FORMAT,
    VERSION,
    Dataset,
    DatasetManifest,
    TableStamp,
    check_name,
    content_id,
    findings_table,
    make_dataset,
    typed_strains,
)
from dcell_graph.measurements.readers import read_measurements
from dcell_graph.types import Finding, Progress, silent

_MANIFEST = "manifest.json"
_STRAINS = "strains"
_FINDINGS = "refused"


def import_dataset(
    source: Path,
    *,
    datasets: Path,
    name: str,
    source_format: str,
    phenotype: str | None = None,
    member: str | None = None,
    limit: int | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> Dataset:
    """Read a table of strains and keep it as ``datasets/name``.

    Importing the same content under the same name again changes nothing.

    Args:
        source: the table, or a zip archive with it.
        datasets: folder of all imported datasets.
        name: of the new one.
        source_format, phenotype, member, limit, seed, progress: as in ``readers.read_measurements``.

    Raises:
        InputError, FileRefused: as ``readers.read_measurements``, or the name cannot be used.
        Conflict: the name exists with other content.
    """
    check_name(name)
    measurements = read_measurements(
        source,
        source_format=source_format,
        phenotype=phenotype,
        member=member,
        limit=limit,
        seed=seed,
        progress=progress,
    )
    dataset = make_dataset(measurements, name=name)
    manifest = write_dataset(dataset, datasets / name, measurements.findings)
    return Dataset(manifest=manifest, strains=dataset.strains)


def write_dataset(dataset: Dataset, folder: Path, findings: tuple[Finding, ...] = ()) -> DatasetManifest:
    """Write a dataset into a new folder, which appears complete or not at all.

    Args:
        folder: must not exist, or hold the same dataset, which is then left as it is.
        findings: the refused and merged rows to keep beside it.

    Returns:
        The manifest as it stands on disk.

    Raises:
        Conflict: the folder exists and holds something else.
        InputError: the folder cannot be written.
    """
    if folder.exists():
        return _same_or_refuse(dataset, folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    except OSError as error:
        raise InputError("the folder cannot be written", path=folder, found=str(error.strerror)) from None
    try:
        with writing(folder):
            stamps = {
                _STRAINS: _write_table(dataset.strains, scratch / f"{_STRAINS}.parquet"),
                _FINDINGS: _write_table(findings_table(findings), scratch / f"{_FINDINGS}.parquet"),
            }
            manifest = dataset.manifest.model_copy(update={"tables": stamps})
            (scratch / _MANIFEST).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
            _flush(scratch / _MANIFEST)
            scratch.chmod(0o755)
            scratch.rename(folder)
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise
    return manifest


def read_dataset(folder: Path) -> Dataset:
    """Read a dataset from its folder and check it.

    Raises:
        NotFound: there is no dataset in the folder.
        InputError: a newer format, a damaged file, or content that does not match its id.
    """
    manifest = read_manifest(folder)
    strains = typed_strains(_read_table(folder, manifest, _STRAINS))
    found = content_id(manifest.phenotype, strains)
    if found != manifest.dataset_id:
        raise InputError(
            "the strains do not match the dataset id",
            path=folder,
            expected=manifest.dataset_id[:12],
            found=found[:12],
            hint="import the dataset again",
        )
    return Dataset(manifest=manifest, strains=strains)


def read_findings(folder: Path) -> pd.DataFrame:
    """The refused and merged rows of a dataset: columns line, outcome, reason, text.

    Raises:
        NotFound, InputError: as ``read_dataset``.
    """
    return _read_table(folder, read_manifest(folder), _FINDINGS)


def read_manifest(folder: Path) -> DatasetManifest:
    """Read only the manifest of a dataset folder.

    Raises:
        NotFound: there is no manifest.
        InputError: it is not a dataset manifest or has a newer format.
    """
    source = folder / _MANIFEST
    if not source.is_file():
        raise NotFound(f"there is no dataset in {folder}", expected="a folder with manifest.json")
    try:
        content = json.loads(source.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise InputError("the manifest is not JSON", path=source, found=str(error)) from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise InputError("this is not a dataset manifest", path=source, expected=f'"format": "{FORMAT}"')
    if content.get("version") != VERSION:
        raise InputError(
            "the dataset has a format version that this program does not read",
            path=source,
            expected=f"version {VERSION}",
            found=f"version {content.get('version')}",
            hint="update dcell-graph",
        )
    try:
        return DatasetManifest.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(f"the manifest entry {where} is not usable", path=source, found=first["msg"]) from None


def list_datasets(datasets: Path) -> list[DatasetManifest]:
    """Manifests of all imported datasets, by name.

    Raises:
        InputError: one of them is damaged.
    """
    if not datasets.is_dir():
        return []
    folders = sorted(path.parent for path in datasets.glob(f"*/{_MANIFEST}") if not path.parent.name.startswith("."))
    return [read_manifest(folder) for folder in folders]


def find_dataset(datasets: Path, name: str | None = None) -> Path:
    """Folder of a dataset.

    Args:
        datasets: folder of all imported datasets.
        name: the dataset's name, or a folder that holds one; None takes the only dataset that was imported.

    Raises:
        NotFound: there is none of that name, or, without a name, none or several.
    """
    if name is not None and (Path(name) / _MANIFEST).is_file():
        return Path(name)
    there = [
        path.parent.name for path in sorted(datasets.glob(f"*/{_MANIFEST}")) if not path.parent.name.startswith(".")
    ]
    if name in there:
        return datasets / name
    if name is None and len(there) == 1:
        return datasets / there[0]
    if not there:
        what = "no dataset was imported" if name is None else f"there is no dataset {name}"
        raise NotFound(what, hint="import one with: dcell-graph dataset import FILE --name NAME --format FORMAT")
    what = "several datasets were imported" if name is None else f"there is no dataset {name}"
    raise NotFound(what, found=", ".join(there), hint="choose one of them with --dataset" if name is None else None)


def _same_or_refuse(dataset: Dataset, folder: Path) -> DatasetManifest:
    there = read_manifest(folder) if (folder / _MANIFEST).is_file() else None
    if there is not None and there.dataset_id == dataset.manifest.dataset_id:
        return there
    raise Conflict(
        f"the dataset {folder.name} exists already",
        path=folder,
        expected=f"dataset {dataset.manifest.dataset_id[:12]} or nothing",
        found="other files" if there is None else f"dataset {there.dataset_id[:12]} from {there.source.path}",
        hint="choose another name",
    )


def _write_table(frame: pd.DataFrame, target: Path) -> TableStamp:
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(table, target, compression="zstd")
    _flush(target)
    return TableStamp(rows=table.num_rows, sha256=_sha256(target))


def _read_table(folder: Path, manifest: DatasetManifest, name: str) -> pd.DataFrame:
    source = folder / f"{name}.parquet"
    stamp = manifest.tables.get(name)
    found = _sha256(source) if source.is_file() else None
    if stamp is None or found != stamp.sha256:
        raise InputError(
            "the table file is damaged or missing",
            path=source,
            expected="a table listed in the manifest" if stamp is None else f"sha256 {stamp.sha256[:12]}",
            found="no file" if found is None else found[:12],
            hint="import the dataset again",
        )
    frame: pd.DataFrame = pq.read_table(source).to_pandas()
    return frame


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
