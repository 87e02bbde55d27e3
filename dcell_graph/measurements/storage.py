"""Datasets on disk: written whole or not at all, checked when read."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from dcell_graph.errors import Conflict, InputError
from dcell_graph.measurements.dataset import (
    STRAINS_SCHEMA,
    ContentId,
    Dataset,
    check_name,
    stored_columns,
    strains_as_table,
    with_all_columns,
)
from dcell_graph.measurements.folders import (
    MANIFEST,
    checked_table,
    new_folder,
    sound_table,
    write_manifest,
    write_parquet,
)
from dcell_graph.measurements.gathering import Gathering, Request, gather
from dcell_graph.measurements.ledger import SCHEMA as FINDINGS_SCHEMA
from dcell_graph.measurements.manifest import Counts, DatasetManifest, TableStamp, make_manifest, sources_of
from dcell_graph.measurements.readers import column_of
from dcell_graph.measurements.shelf import find_dataset, list_datasets, read_manifest, remove_dataset
from dcell_graph.types import Finding, Progress, silent

__all__ = [
    "find_dataset",
    "finding_tables",
    "import_dataset",
    "import_tables",
    "list_datasets",
    "read_dataset",
    "read_findings",
    "read_manifest",
    "remove_dataset",
    "write_dataset",
]

_STRAINS = "strains"
_FINDINGS = "refused"
_AGAIN = "import the dataset again"


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
    """Read a table of strains, keep it as ``datasets/name``, and read that.

    Importing the same content under the same name again changes nothing.

    Args:
        source: the table, or a zip archive with it.
        datasets: folder of all imported datasets.
        name: of the new one.
        source_format, phenotype, member, limit, seed: as in ``gathering.Request``.
        progress: told the number of rows.

    Raises:
        InputError, FileRefused: as ``gathering.gather``, or the name cannot be used.
        Conflict: the name exists with other content.
    """
    request = Request(source_format=source_format, phenotype=phenotype, member=member, limit=limit, seed=seed)
    import_tables([source], request, datasets=datasets, name=name, progress=progress)
    return read_dataset(datasets / name)


def import_tables(
    sources: Sequence[Path], request: Request, *, datasets: Path, name: str, progress: Progress = silent
) -> DatasetManifest:
    """Read tables of strains of any length and keep them as one dataset, ``datasets/name``.

    Importing the same content under the same name again changes nothing.

    Args:
        sources: the tables, or zip archives with them; all with the same phenotype.
        request: what is read.
        datasets: folder of all imported datasets.
        name: of the new one.
        progress: told the number of rows.

    Raises:
        InputError, FileRefused: as ``gathering.gather``, or the name cannot be used.
        Conflict: the name exists with other content.
    """
    check_name(name)
    folder = datasets / name
    with new_folder(folder) as scratch:
        waiting = scratch / "rows"
        waiting.mkdir()
        gathering = gather(sources, request, waiting, progress=progress)
        content = ContentId(gathering.tables[0].phenotype, several=len(sources) > 1)
        stamps = {
            _STRAINS: _stamped(scratch, _STRAINS, _identified(gathering, content, progress), STRAINS_SCHEMA),
            _FINDINGS: _stamped(scratch, _FINDINGS, gathering.ledger.tables(), FINDINGS_SCHEMA),
        }
        shutil.rmtree(waiting)
        manifest = _manifest(gathering, name, content.hexdigest()).model_copy(update={"tables": stamps})
        write_manifest(scratch, manifest.model_dump_json(indent=2))
        if folder.exists():
            manifest = _same_or_refuse(manifest.dataset_id, folder)
            shutil.rmtree(scratch)
    return manifest


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
        return _same_or_refuse(dataset.manifest.dataset_id, folder)
    rows = [
        {"file": dataset.manifest.source.path, "line": item.line, "outcome": item.outcome}
        | {"reason": item.reason, "text": item.text}
        for item in findings
    ]
    with new_folder(folder) as scratch:
        tables = {
            _STRAINS: (strains_as_table(dataset.strains), STRAINS_SCHEMA),
            _FINDINGS: (pa.Table.from_pylist(rows, schema=FINDINGS_SCHEMA), FINDINGS_SCHEMA),
        }
        stamps = {name: _stamped(scratch, name, iter([table]), schema) for name, (table, schema) in tables.items()}
        manifest = dataset.manifest.model_copy(update={"tables": stamps})
        write_manifest(scratch, manifest.model_dump_json(indent=2))
    return manifest


def read_dataset(folder: Path) -> Dataset:
    """Read a dataset from its folder and check it.

    Raises:
        NotFound: there is no dataset in the folder.
        InputError: a newer format, a damaged file, or content that does not match its id.
    """
    manifest = read_manifest(folder)
    content = ContentId(manifest.phenotype, several=bool(manifest.more_sources))
    table = _checked(folder, manifest, _STRAINS)
    with sound_table(table, hint=_AGAIN), pq.ParquetFile(table) as file:
        there = stored_columns(table, file.schema_arrow.names)
        for batch in file.iter_batches(100_000, columns=[name for name in there if name != "genes"]):
            content.add(with_all_columns(pa.Table.from_batches([batch])))
        strains = _frame(file, there)
    if content.hexdigest() != manifest.dataset_id:
        raise InputError(
            "the strains do not match the dataset id",
            path=folder,
            expected=manifest.dataset_id[:12],
            found=content.hexdigest()[:12],
            hint=_AGAIN,
        )
    return Dataset(manifest=manifest, strains=strains, folder=folder)


def read_findings(folder: Path) -> pd.DataFrame:
    """The refused and merged rows of a dataset: columns file, line, outcome, reason, text.

    Raises:
        NotFound, InputError: as ``read_dataset``.
    """
    tables = list(finding_tables(folder))
    frame: pd.DataFrame = pa.concat_tables([FINDINGS_SCHEMA.empty_table(), *tables]).to_pandas()
    return frame


def finding_tables(folder: Path) -> Iterator[pa.Table]:
    """The refused and merged rows of a dataset in the order of the rows, some at a time.

    Raises:
        NotFound, InputError: as ``read_dataset``.
    """
    manifest = read_manifest(folder)
    path = _checked(folder, manifest, _FINDINGS)
    with sound_table(path, hint=_AGAIN), pq.ParquetFile(path) as file:
        for batch in file.iter_batches():
            table = pa.Table.from_batches([batch])
            if "file" not in table.column_names:
                table = table.add_column(0, "file", pa.repeat(manifest.source.path, table.num_rows))
            yield table.select(FINDINGS_SCHEMA.names).cast(FINDINGS_SCHEMA)


def _frame(file: pq.ParquetFile, there: Sequence[str]) -> pd.DataFrame:
    """The strains of a file, column by column, so that none is in memory twice but the one that is being read."""
    columns = {name: column_of(name, file.read([name])[name].cast(STRAINS_SCHEMA.field(name).type)) for name in there}
    if len(there) < len(STRAINS_SCHEMA):
        filled = with_all_columns(file.read(["strain"]))
        columns |= {name: column_of(name, filled[name]) for name in STRAINS_SCHEMA.names if name not in there}
    return pd.DataFrame({name: columns[name] for name in STRAINS_SCHEMA.names}, copy=False)


def _identified(gathering: Gathering, content: ContentId, progress: Progress) -> Iterator[pa.Table]:
    for table in gathering.strains(progress):
        content.add(table)
        yield table


def _stamped(folder: Path, name: str, tables: Iterator[pa.Table], schema: pa.Schema) -> TableStamp:
    rows, checksum = write_parquet(folder / f"{name}.parquet", tables, schema)
    return TableStamp(rows=rows, sha256=checksum)


def _manifest(gathering: Gathering, name: str, dataset_id: str) -> DatasetManifest:
    ledger = gathering.ledger
    return make_manifest(
        name=name,
        dataset_id=dataset_id,
        phenotype=gathering.tables[0].phenotype,
        generated=any(table.generated for table in gathering.tables),
        sources=sources_of(gathering.tables),
        counts=Counts(
            rows_read=gathering.rows_read,
            strains=gathering.kept,
            merged=ledger.merged,
            refused=ledger.refused.total(),
            repeated=gathering.repeated,
            conflicting=gathering.conflicting,
            genes=gathering.gene_count,
            left_out=gathering.left_out,
        ),
        refusals=dict(sorted(ledger.refused.items())),
        request=gathering.request,
    )


def _same_or_refuse(dataset_id: str, folder: Path) -> DatasetManifest:
    there = read_manifest(folder) if (folder / MANIFEST).is_file() else None
    if there is not None and there.dataset_id == dataset_id:
        return there
    raise Conflict(
        f"the dataset {folder.name} exists already",
        path=folder,
        expected=f"dataset {dataset_id[:12]} or nothing",
        found="other files" if there is None else f"dataset {there.dataset_id[:12]} from {there.source.path}",
        hint="choose another name, or remove it first",
    )


def _checked(folder: Path, manifest: DatasetManifest, name: str) -> Path:
    stamp = manifest.tables.get(name)
    checksum = None if stamp is None else stamp.sha256
    return checked_table(folder / f"{name}.parquet", checksum, hint=_AGAIN)
