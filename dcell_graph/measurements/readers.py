"""From a table of measured strains to genotypes with their phenotype; rows that are not used are kept, with reasons."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa

from dcell_graph.measurements.gathering import BadValues, Gathering, Request, gather
from dcell_graph.measurements.gene_array import GeneArray
from dcell_graph.measurements.genotypes import COLUMNS
from dcell_graph.measurements.grouping import Repeats
from dcell_graph.types import FileStamp, Finding, Progress, silent


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurements:
    """What was read from one table, in memory.

    Args:
        source: the file.
        member: the file in it that was asked for, if it is a zip archive.
        source_format: its format, a key of ``formats.FORMATS``.
        phenotype: the phenotype that was read.
        generated: True if the file says that it was generated.
        strains: one row a genotype, sorted by name, with the columns of ``genotypes.COLUMNS``.
        rows_read: rows of the table, without header, comments and empty lines.
        merged: rows that repeat the genotype of an earlier row.
        left_out: usable rows of genotypes that are not in the sample; 0 without a limit.
        request: what was asked for.
        repeated, conflicting: genotypes that have several rows, and with different values.
        refusals: number of refused rows by reason.
        findings: one for each row that was refused or merged.
    """

    source: FileStamp
    member: str | None
    source_format: str
    phenotype: str
    generated: bool
    strains: pd.DataFrame
    rows_read: int
    merged: int
    left_out: int
    request: Request
    repeated: int
    conflicting: int
    refusals: dict[str, int]
    findings: tuple[Finding, ...]

    @property
    def used(self) -> int:
        """Rows that are the first of their genotype: as many as there are genotypes."""
        return len(self.strains)

    @property
    def refused(self) -> int:
        """Rows that cannot be used. Rows read = used + merged + refused + left out."""
        return sum(self.refusals.values())

    @property
    def limit(self) -> int | None:
        """The most genotypes that were wanted, if there was a limit."""
        return self.request.limit

    @property
    def seed(self) -> int:
        """Which sample of that many."""
        return self.request.seed


def read_measurements(
    path: Path,
    *,
    source_format: str,
    phenotype: str | None = None,
    member: str | None = None,
    limit: int | None = None,
    seed: int = 0,
    most_p: float | None = None,
    repeats: Repeats = "average",
    bad_values: BadValues = "drop",
    progress: Progress = silent,
) -> Measurements:
    """Read a table of measured strains into memory; ``storage.import_dataset`` is for tables of any length.

    A row is refused if its genes or its number cannot be used; rows of one genotype are averaged and reported.

    Args:
        path: plain or gzip text, or a zip archive with such a table.
        source_format, phenotype, member, limit, seed, most_p, repeats, bad_values: as in ``gathering.Request``.
        progress: told the number of rows read.

    Raises:
        InputError, FileRefused: as ``gathering.gather``.
    """
    request = Request(
        source_format=source_format,
        phenotype=phenotype,
        member=member,
        limit=limit,
        seed=seed,
        most_p=most_p,
        repeats=repeats,
        bad_values=bad_values,
    )
    with tempfile.TemporaryDirectory(prefix="dcell-graph-") as folder:
        gathering = gather([path], request, Path(folder), progress=progress)
        strains = frame_of(pa.concat_tables(gathering.strains(progress)))
        findings = tuple(_finding(row) for table in gathering.ledger.tables() for row in table.to_pylist())
    return _measurements(gathering, strains, findings)


def frame_of(table: pa.Table) -> pd.DataFrame:
    """A table of strains as a frame with the columns of ``genotypes.COLUMNS``."""
    return pd.DataFrame({name: column_of(name, table[name]) for name in COLUMNS}, copy=False)


def column_of(name: str, stored: pa.ChunkedArray) -> pd.Series:
    """A column of a table of strains as that of a frame."""
    if name == "genes":
        return pd.Series(GeneArray.from_arrow(stored))
    column: pd.Series = stored.to_pandas().astype(COLUMNS[name])
    return column


def _finding(row: dict[str, object]) -> Finding:
    return Finding(
        line=int(str(row["line"])), outcome=str(row["outcome"]), reason=str(row["reason"]), text=str(row["text"])
    )


def _measurements(gathering: Gathering, strains: pd.DataFrame, findings: tuple[Finding, ...]) -> Measurements:
    (table,) = gathering.tables
    return Measurements(
        source=table.source,
        member=table.member,
        source_format=table.table_format,
        phenotype=table.phenotype,
        generated=table.generated,
        strains=strains,
        rows_read=gathering.rows_read,
        merged=gathering.ledger.merged,
        left_out=gathering.left_out,
        request=gathering.request,
        repeated=gathering.repeated,
        conflicting=gathering.conflicting,
        refusals=dict(sorted(gathering.ledger.refused.items())),
        findings=findings,
    )
