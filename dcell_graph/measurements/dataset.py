"""A dataset: an immutable, named set of measured genotypes, and its form on disk.

A folder with ``manifest.json``, ``strains.parquet`` (one row a genotype) and ``refused.parquet`` (one row for each
table row that was refused or merged), written whole or not at all.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict

import dcell_graph
from dcell_graph.errors import InputError
from dcell_graph.measurements.genotypes import COLUMNS
from dcell_graph.measurements.readers import Measurements
from dcell_graph.types import Finding

FORMAT = "dcell-graph-dataset"
VERSION = 1

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(_Frozen):
    """The file a dataset was read from.

    Args:
        path: where it was.
        sha256: of the whole file, also of an archive.
        size: in bytes.
        table_format: a key of ``formats.FORMATS``.
        member: the file in it that was asked for, if it is a zip archive.
    """

    path: str
    sha256: str
    size: int
    table_format: str
    member: str | None = None


class TableStamp(_Frozen):
    """Rows and checksum of one table file."""

    rows: int
    sha256: str


class SampleStamp(_Frozen):
    """How a sample of the strains was taken: the most strains it may have, and the seed (see ``sample``)."""

    limit: int
    seed: int


class Counts(_Frozen):
    """What became of the rows. Rows read = strains + merged + refused + left out.

    Args:
        rows_read: rows of the source table.
        strains: genotypes with a phenotype.
        merged: rows that repeat a genotype.
        refused: rows that cannot be used.
        left_out: usable rows of strains that are not in the sample; 0 if every strain of the table is there.
        repeated: genotypes with several rows.
        conflicting: those of them whose rows have different values.
        genes: different genes that some strain lacks.
    """

    rows_read: int
    strains: int
    merged: int
    refused: int
    repeated: int
    conflicting: int
    genes: int
    left_out: int = 0


class DatasetManifest(_Frozen):
    """Everything about a dataset that is not a table row.

    Args:
        dataset_id: hash of phenotype and strains (see ``content_id``); the name and the source play no part.
        phenotype: what was measured, ``score`` or ``fitness``.
        generated: True when the source says that it was generated and not measured.
        sample: how the strains were chosen, None if all of the table were wanted.
        refusals: refused rows by reason.
        tables: filled in when the dataset is written.
    """

    format: Literal["dcell-graph-dataset"] = "dcell-graph-dataset"
    version: int = VERSION
    dataset_id: str
    name: str
    created: str
    software: str
    phenotype: str
    generated: bool
    source: Source
    counts: Counts
    sample: SampleStamp | None = None
    refusals: dict[str, int]
    tables: Mapping[str, TableStamp] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """Measured genotypes.

    Args:
        manifest: where they come from.
        strains: sorted by name; columns strain, genes (tuple of names in alphabetical order), phenotype, sd (missing if
            not known), count (table rows averaged).
    """

    manifest: DatasetManifest
    strains: pd.DataFrame


def make_dataset(measurements: Measurements, *, name: str) -> Dataset:
    """Give measurements a name and an identity.

    Raises:
        InputError: the name cannot be used for a folder.
    """
    check_name(name)
    strains = measurements.strains
    manifest = DatasetManifest(
        dataset_id=content_id(measurements.phenotype, strains),
        name=name,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        software=f"dcell-graph {dcell_graph.__version__}",
        phenotype=measurements.phenotype,
        generated=measurements.generated,
        source=Source(
            path=measurements.source.path,
            sha256=measurements.source.sha256,
            size=measurements.source.size,
            table_format=measurements.source_format,
            member=measurements.member,
        ),
        counts=Counts(
            rows_read=measurements.rows_read,
            strains=measurements.used,
            merged=measurements.merged,
            refused=measurements.refused,
            repeated=measurements.repeated,
            conflicting=measurements.conflicting,
            genes=len({gene for genes in strains["genes"] for gene in genes}),
            left_out=measurements.left_out,
        ),
        sample=None if measurements.limit is None else SampleStamp(limit=measurements.limit, seed=measurements.seed),
        refusals=measurements.refusals,
    )
    return Dataset(manifest=manifest, strains=strains)


def check_name(name: str) -> None:
    """Make sure that a name can be a folder.

    Raises:
        InputError: it cannot.
    """
    if not _NAME.fullmatch(name):
        raise InputError(
            "this cannot be the name of a dataset",
            expected="letters, digits, dots, hyphens and underscores, starting with a letter or digit",
            found=repr(name),
        )


def content_id(phenotype: str, strains: pd.DataFrame) -> str:
    """Hash the phenotype's name and the strains with their values; the order of rows plays no part.

    Returns:
        64 hexadecimal digits (SHA-256).
    """
    columns = (strains[name].tolist() for name in ("strain", "phenotype", "sd", "count"))
    lines = sorted(
        f"{strain}\t{value!r}\t{'' if math.isnan(sd) else repr(sd)}\t{count}"
        for strain, value, sd, count in zip(*columns, strict=True)
    )
    text = f"{FORMAT} {VERSION}\n{phenotype}\n" + "\n".join(lines) + "\n"
    return hashlib.sha256(text.encode()).hexdigest()


def typed_strains(frame: pd.DataFrame) -> pd.DataFrame:
    """Bring a frame of strains to its columns and types.

    Raises:
        InputError: a column is missing.
    """
    missing = [column for column in COLUMNS if column not in frame.columns]
    if missing:
        raise InputError("the table of strains lacks columns", expected=", ".join(COLUMNS), found=f"no {missing}")
    ordered = frame[list(COLUMNS)].copy()
    ordered["genes"] = pd.Series([tuple(genes) for genes in ordered["genes"]], index=ordered.index, dtype="object")
    return ordered.astype(COLUMNS).reset_index(drop=True)


def findings_table(findings: tuple[Finding, ...]) -> pd.DataFrame:
    """Findings as a table with the columns line, outcome, reason, text."""
    return pd.DataFrame(
        {
            "line": pd.array([item.line for item in findings], dtype="Int64"),
            "outcome": pd.array([item.outcome for item in findings], dtype="str"),
            "reason": pd.array([item.reason for item in findings], dtype="str"),
            "text": pd.array([item.text for item in findings], dtype="str"),
        }
    )
