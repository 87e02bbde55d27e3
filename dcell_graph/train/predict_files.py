"""Predictions as Parquet: written as they come, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from dcell_graph.errors import InputError
from dcell_graph.train.files import write_whole
from dcell_graph.train.predict import PredictedStrain, Summary
from dcell_graph.train.predict_all import PredictedBlock, Share, Size
from dcell_graph.types import Progress, silent

GENE_COLUMNS = ("gene_a", "gene_b", "gene_c")
_ROWS = 65_536
"""Rows of a group in the file."""


def shard_path(path: Path, share: Share) -> Path:
    """Where a process writes its share: ``pairs.parquet`` alone, else ``pairs-00003-of-00016.parquet``."""
    if share.size == 1:
        return path
    return path.with_name(f"{path.stem}-{share.rank:05d}-of-{share.size:05d}{path.suffix}")


def check_parquet(path: Path | None) -> Path:
    """Make sure that a name for Parquet was given.

    Raises:
        InputError: it was not.
    """
    if path is None or path.suffix != ".parquet":
        raise InputError(
            "so many predictions need a Parquet file", expected="--out NAME.parquet", found=str(path or "no --out")
        )
    return path


def write_blocks(
    path: Path,
    blocks: Iterable[PredictedBlock],
    gene_ids: Sequence[str],
    *,
    size: Size,
    with_sd: bool,
    about: Mapping[str, str],
    total: int | None = None,
    progress: Progress = silent,
) -> int:
    """Write blocks as they come: columns gene_a, gene_b (gene_c), prediction, and sd for several models.

    Args:
        path: replaced when the new file is whole.
        blocks: the predictions.
        gene_ids: ids by index.
        size: genes of a strain.
        with_sd: whether the blocks have sds.
        about: kept in the file's metadata.
        total: rows expected.
        progress: told the rows done.

    Returns:
        Number of rows.

    Raises:
        TrainingError: the file cannot be written.
    """
    names = pa.array(list(gene_ids), pa.string())
    text = pa.dictionary(pa.int32(), pa.string())
    fields = [pa.field(name, text) for name in GENE_COLUMNS[:size]]
    fields += [pa.field(name, pa.float32()) for name in ("prediction", *(("sd",) if with_sd else ()))]
    schema = pa.schema(fields, metadata=dict(about))
    rows = 0

    def columns(block: PredictedBlock) -> list[pa.Array]:
        genes = [
            pa.DictionaryArray.from_arrays(pa.array(block.genes[:, place].astype("int32")), names)
            for place in range(size)
        ]
        return [*genes, pa.array(block.prediction), *([pa.array(block.sd)] if with_sd else [])]

    def write(target: Path) -> None:
        nonlocal rows
        waiting: list[pa.RecordBatch] = []
        with pq.ParquetWriter(target, schema, compression="zstd") as file:
            for block in blocks:
                waiting.append(pa.RecordBatch.from_arrays(columns(block), schema=schema))
                rows += len(block.prediction)
                progress("strains predicted", rows, total)
                if sum(batch.num_rows for batch in waiting) >= _ROWS:
                    file.write_table(pa.Table.from_batches(waiting, schema))
                    waiting = []
            if waiting:
                file.write_table(pa.Table.from_batches(waiting, schema))

    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, write)
    return rows


def write_list(
    path: Path, rows: Iterable[PredictedStrain], *, with_sd: bool, about: Mapping[str, str], progress: Progress = silent
) -> Summary:
    """Write the predictions of a list of strains as they come; the columns are those of the CSV table.

    Args:
        path: replaced when the new file is whole.
        rows: the predictions.
        with_sd: with a column sd.
        about: kept in the file's metadata.
        progress: told the rows done.

    Raises:
        TrainingError: the file cannot be written.
    """
    fields = [("line", pa.int64()), ("strain", pa.string()), ("phenotype", pa.float64()), ("prediction", pa.float32())]
    fields += [*([("sd", pa.float32())] if with_sd else []), ("note", pa.string())]
    schema = pa.schema(fields, metadata=dict(about))
    summary = Summary()

    def write(target: Path) -> None:
        with pq.ParquetWriter(target, schema, compression="zstd") as file:
            for part in _parts(rows):
                columns = [pa.array([getattr(row, name) for row in part], kind) for name, kind in fields]
                file.write_table(pa.Table.from_arrays(columns, schema=schema))
                for row in part:
                    summary.add(row)
                progress("strains predicted", summary.rows, None)

    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, write)
    return summary


def read_gene_list(path: Path) -> list[str]:
    """Names of genes, one a line; blank lines and lines that begin with # are passed over.

    Raises:
        InputError: the file cannot be read, or holds no gene.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("the list of genes cannot be read", path=path, found=_reason(error)) from None
    names = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    if not names:
        raise InputError("the list of genes is empty", path=path, expected="one gene a line")
    return names


def _parts(rows: Iterable[PredictedStrain]) -> Iterator[list[PredictedStrain]]:
    steady = iter(rows)
    while part := list(islice(steady, _ROWS)):
        yield part


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return str(error) if isinstance(error, UnicodeDecodeError) else os.strerror(error.errno or 0)
