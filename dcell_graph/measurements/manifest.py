"""The manifest of a dataset: everything about it that is not a table row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

import dcell_graph
from dcell_graph.measurements.gathering import BadValues, Request
from dcell_graph.measurements.grouping import Repeats
from dcell_graph.measurements.tables import Table
from dcell_graph.types import FileStamp

FORMAT = "dcell-graph-dataset"
VERSION = 2
VERSIONS = range(1, VERSION + 1)


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(_Frozen):
    """A file a dataset was read from.

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


class Choices(_Frozen):
    """What was chosen when the tables were read; see ``gathering.Request``.

    Args:
        most_p: rows with a larger p-value were refused; None: all were taken.
        repeats: what several rows of one genotype became.
        bad_values: what became of rows without a finite phenotype.
    """

    most_p: float | None = None
    repeats: Repeats = "average"
    bad_values: BadValues = "drop"

    @classmethod
    def of(cls, request: Request) -> Choices:
        """The choices of a request."""
        return cls(most_p=request.most_p, repeats=request.repeats, bad_values=request.bad_values)


class Counts(_Frozen):
    """What became of the rows. Rows read = strains + merged + refused + left out.

    Args:
        rows_read: rows of the source tables; of a matrix, its cells.
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
        dataset_id: hash of phenotype and strains (see ``ContentId``); the name and the sources play no part.
        phenotype: what was measured, see ``formats.FORMATS``.
        generated: True when a source says that it was generated and not measured.
        source: the first file.
        more_sources: the other files, in order.
        choices: how rows were chosen.
        sample: how the strains were chosen, None if all of the tables were wanted.
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
    more_sources: tuple[Source, ...] = ()
    counts: Counts
    choices: Choices = Choices()
    sample: SampleStamp | None = None
    refusals: dict[str, int]
    tables: Mapping[str, TableStamp] = {}

    @property
    def sources(self) -> tuple[Source, ...]:
        """All files, in the order of the bits in the column ``files``."""
        return (self.source, *self.more_sources)


def make_manifest(
    *,
    name: str,
    dataset_id: str,
    phenotype: str,
    generated: bool,
    sources: tuple[Source, ...],
    counts: Counts,
    refusals: dict[str, int],
    request: Request,
) -> DatasetManifest:
    """A manifest of today's version, still without tables."""
    return DatasetManifest(
        dataset_id=dataset_id,
        name=name,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        software=f"dcell-graph {dcell_graph.__version__}",
        phenotype=phenotype,
        generated=generated,
        source=sources[0],
        more_sources=sources[1:],
        counts=counts,
        choices=Choices.of(request),
        sample=None if request.limit is None else SampleStamp(limit=request.limit, seed=request.seed),
        refusals=refusals,
    )


def source_of(stamp: FileStamp, table_format: str, member: str | None) -> Source:
    """The entry of a file in a manifest."""
    return Source(path=stamp.path, sha256=stamp.sha256, size=stamp.size, table_format=table_format, member=member)


def sources_of(tables: list[Table]) -> tuple[Source, ...]:
    """The entries of tables in a manifest."""
    return tuple(source_of(table.source, table.table_format, table.member) for table in tables)
