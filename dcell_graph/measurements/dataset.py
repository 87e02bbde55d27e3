"""A dataset: an immutable, named set of measured genotypes, and what is known about it.

On disk it is a folder with ``manifest.json``, ``strains.parquet`` (one row a genotype) and ``refused.parquet`` (one row
for each table row that was refused or merged), written whole or not at all. Splits lie in ``splits``, see ``parts``.

Version 2 added the columns spread, query and files of strains, the column file of refused, and the entries
``more_sources`` and ``choices`` of the manifest. Version 1 is read as a dataset of one file without them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from dcell_graph.errors import InputError
from dcell_graph.measurements.genotypes import COLUMNS
from dcell_graph.measurements.manifest import (
    FORMAT,
    VERSION,
    VERSIONS,
    Counts,
    DatasetManifest,
    Source,
    TableStamp,
    make_manifest,
    source_of,
)
from dcell_graph.measurements.readers import Measurements

__all__ = ["FORMAT", "VERSION", "VERSIONS", "Counts", "Dataset", "DatasetManifest", "Source", "TableStamp"]

# The version of what an id is a hash of. It has to stay: ids stand in runs and checkpoints.
_ID_VERSION = 1

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_NEW_COLUMNS: Mapping[str, float | int] = {"spread": float("nan"), "query": 0, "files": 1}

STRAINS_SCHEMA = pa.schema(
    {
        "strain": pa.string(),
        "genes": pa.list_(pa.string()),
        "phenotype": pa.float64(),
        "sd": pa.float64(),
        "count": pa.int64(),
        "spread": pa.float64(),
        "query": pa.int64(),
        "files": pa.int64(),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """Measured genotypes.

    Args:
        manifest: where they come from.
        strains: sorted by name; columns strain, genes (read as tuples of names in alphabetical order,
            see ``gene_array``), phenotype, sd (of the mean, missing if not known), count (table rows averaged), spread
            (standard deviation between those rows, missing for one row), query (bits of the genes that some row has in
            its query strain, the first gene's lowest; 0 where the format knows no query) and files (bits of the sources
            that have a row of it).
        folder: where it was read from, and where splits of it are; None if it was made in memory.
    """

    manifest: DatasetManifest
    strains: pd.DataFrame
    folder: Path | None = None


class ContentId:
    """A hash of the phenotype's name and the strains with their values, fed in the order of the strains' names.

    Of a dataset from several files, it also depends on which strain comes from which.

    Args:
        phenotype: its name.
        several: whether there are several files.
    """

    def __init__(self, phenotype: str, *, several: bool = False) -> None:
        self._digest = hashlib.sha256(f"{FORMAT} {_ID_VERSION}\n{phenotype}\n".encode())
        self._several = several

    def add(self, strains: pa.Table) -> None:
        """Feed the next strains."""
        names, values, counts, files = (strains[name].to_pylist() for name in ("strain", "phenotype", "count", "files"))
        sds = ["" if sd is None or sd != sd else repr(sd) for sd in strains["sd"].to_pylist()]
        ends = [f"\t{bits}\n" for bits in files] if self._several else ["\n"] * len(names)
        lines = [
            f"{name}\t{value!r}\t{sd}\t{count}{end}"
            for name, value, sd, count, end in zip(names, values, sds, counts, ends, strict=True)
        ]
        self._digest.update("".join(lines).encode())

    def hexdigest(self) -> str:
        """64 hexadecimal digits (SHA-256)."""
        return self._digest.hexdigest()


def make_dataset(measurements: Measurements, *, name: str) -> Dataset:
    """Give measurements a name and an identity.

    Raises:
        InputError: the name cannot be used for a folder.
    """
    check_name(name)
    strains = measurements.strains
    content = ContentId(measurements.phenotype)
    content.add(strains_as_table(strains))
    source = source_of(measurements.source, measurements.source_format, measurements.member)
    counts = Counts(
        rows_read=measurements.rows_read,
        strains=measurements.used,
        merged=measurements.merged,
        refused=measurements.refused,
        repeated=measurements.repeated,
        conflicting=measurements.conflicting,
        genes=len({gene for genes in strains["genes"] for gene in genes}),
        left_out=measurements.left_out,
    )
    manifest = make_manifest(
        name=name,
        dataset_id=content.hexdigest(),
        phenotype=measurements.phenotype,
        generated=measurements.generated,
        sources=(source,),
        counts=counts,
        refusals=measurements.refusals,
        request=measurements.request,
    )
    return Dataset(manifest=manifest, strains=strains)


def check_name(name: str, what: str = "dataset") -> None:
    """Make sure that a name can be a folder.

    Raises:
        InputError: it cannot.
    """
    if not _NAME.fullmatch(name):
        raise InputError(
            f"this cannot be the name of a {what}",
            expected="letters, digits, dots, hyphens and underscores, starting with a letter or digit",
            found=repr(name),
        )


def strains_as_table(strains: pd.DataFrame) -> pa.Table:
    """A frame of strains as it is stored."""
    arrays = {
        name: pa.array(strains[name].tolist(), STRAINS_SCHEMA.field(name).type, from_pandas=True) for name in COLUMNS
    }
    return pa.table(arrays, schema=STRAINS_SCHEMA)


def stored_columns(path: Path, there: Sequence[str]) -> list[str]:
    """Those of the columns of today that a stored table of any version has.

    Args:
        path: of the table.
        there: columns that it has.

    Raises:
        InputError: one is missing that all versions have.
    """
    missing = [name for name in STRAINS_SCHEMA.names if name not in there and name not in _NEW_COLUMNS]
    if missing:
        raise InputError(
            "the table of strains lacks columns", path=path, expected=", ".join(COLUMNS), found=f"no {missing}"
        )
    return [name for name in STRAINS_SCHEMA.names if name in there]


def with_all_columns(table: pa.Table) -> pa.Table:
    """A stored table of strains, or of some of its columns, with those columns of today that it lacks."""
    for name, value in _NEW_COLUMNS.items():
        if name not in table.column_names:
            filled = pa.array(np.full(table.num_rows, value), STRAINS_SCHEMA.field(name).type, from_pandas=True)
            table = table.append_column(name, filled)
    return table
