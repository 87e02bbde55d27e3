"""Reads tables of any length into genotypes with their phenotype; memory does not grow with the number of rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dcell_graph.errors import FileRefused, InputError
from dcell_graph.measurements.batch import NO_GENE, Batch, BatchReader, GeneTable
from dcell_graph.measurements.grouping import REPEATS, Groups, Repeats, grouped, strains_table
from dcell_graph.measurements.identifiers import strain_name
from dcell_graph.measurements.ledger import Ledger
from dcell_graph.measurements.sample import StrainSample
from dcell_graph.measurements.spool import Rows, Spool
from dcell_graph.measurements.tables import AUTO, Table, check_request, open_table
from dcell_graph.types import Progress, silent

MOST_FILES = 62
"""Which files a strain comes from is kept as bits of one number."""

Ints = npt.NDArray[np.int64]

BadValues = Literal["drop", "refuse"]
BAD_VALUES: tuple[BadValues, ...] = ("drop", "refuse")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is read from tables.

    Args:
        source_format: a key of ``formats.FORMATS``, or ``auto`` to go by the first lines of each file.
        phenotype: one of the format's, see ``formats.FORMATS``; None takes its first.
        member: name of the table in a zip archive; None takes its only file.
        limit: take a sample of at most so many genotypes, 1 or more, and all rows of each; see ``sample``. None: all.
        seed: of the sample, 0 to 2^32 - 1.
        most_p: refuse rows with a larger p-value, or without one, 0 to 1; None takes them all.
        repeats: what several rows of one genotype become: their ``average``, the ``first``, or, if their values
            differ, nothing (``drop``); ``refuse`` refuses the whole file.
        bad_values: a row without a finite phenotype is dropped alone (``drop``), or its file is refused (``refuse``).
    """

    source_format: str = AUTO
    phenotype: str | None = None
    member: str | None = None
    limit: int | None = None
    seed: int = 0
    most_p: float | None = None
    repeats: Repeats = "average"
    bad_values: BadValues = "drop"

    def check(self) -> None:
        """Make sure that all of it can be.

        Raises:
            InputError: it cannot.
        """
        check_request(self.source_format, self.phenotype)
        StrainSample(self.limit, self.seed)
        if self.most_p is not None and not 0 <= self.most_p <= 1:
            raise InputError("the largest p-value is out of range", expected="0 to 1", found=f"{self.most_p:g}")
        for name, value, known in (("repeats", self.repeats, REPEATS), ("bad values", self.bad_values, BAD_VALUES)):
            if value not in known:
                raise InputError(f"no such way to treat {name}", expected=" or ".join(known), found=str(value))


@dataclass(slots=True, kw_only=True)
class Gathering:
    """Rows that have been read and wait on disk.

    Args:
        request: what was asked for.
        tables: the tables they come from.
        rows_read: rows of all tables.
        left_out: usable rows of genotypes outside the sample.
        repeated, conflicting: genotypes with several rows, and with different values; once ``strains`` is through.
        kept: genotypes; once ``strains`` is through.
        ledger: what became of the other rows; complete once ``strains`` is through.
    """

    request: Request
    tables: list[Table]
    ledger: Ledger
    rows_read: int = 0
    left_out: int = 0
    repeated: int = 0
    conflicting: int = 0
    kept: int = 0
    gene_count: int = 0
    _spool: Spool
    _sample: StrainSample
    _genes: GeneTable = field(default_factory=GeneTable)
    _file_starts: list[int] = field(default_factory=list)
    _first_refusal: dict[str, str] = field(default_factory=dict)

    @property
    def paths(self) -> list[str]:
        """The files, in the order they were named."""
        return [table.source.path for table in self.tables]

    def read(self, progress: Progress) -> None:
        """Read all rows of all tables.

        Raises:
            FileRefused: a file cannot be read to its end, has no usable row, or a value that is not to be dropped.
        """
        for table in self.tables:
            self._file_starts.append(self.rows_read)
            before = self._spool.rows + self.left_out
            reader = BatchReader(table.layout, self._genes, self.request.most_p)
            for block in table.blocks:
                batch = reader.read(block)
                self._refuse(table, batch, block.numbers)
                self._keep(batch, block.numbers)
                self.rows_read += len(block.texts)
                progress("reading strains", self.rows_read, None)
            if self._spool.rows + self.left_out == before:
                raise self._no_usable_row(table)
        progress("reading strains", self.rows_read, self.rows_read)

    def strains(self, progress: Progress = silent) -> Iterator[pa.Table]:
        """Yield the genotypes in the order of their names, as rows of a dataset.

        Raises:
            FileRefused: a genotype has several rows and that is to be refused, or no genotype is left.
        """
        starts = np.array(self._file_starts, np.int64)
        names = sorted(self._genes)
        seen = np.zeros(len(names), np.bool_)
        done = 0
        for part in self._spool.parts(list(self._genes)):
            done += len(part)
            groups = self._sampled(grouped(part, names))
            several = groups.sizes > 1
            self.repeated += int(several.sum())
            self.conflicting += int(groups.conflicting.sum())
            if several.any():
                twice = groups.take(several)
                if self.request.repeats == "refuse":
                    raise self._repeated(twice)
                self.ledger.repeat(twice, self.paths, starts, self.request.repeats)
                if self.request.repeats == "drop":
                    groups = groups.take(~groups.conflicting)
            if len(groups):
                self.kept += len(groups)
                codes = groups.rows.codes
                seen[codes[codes != NO_GENE] >> 1] = True
                yield strains_table(groups, starts, self.request.repeats)
            progress("averaging repeats", done, self._spool.rows)
        self.gene_count = int(seen.sum())
        if not self.kept:
            raise FileRefused(
                "no strain is left",
                path=self.paths[0],
                expected="one whose rows have the same value",
                found=f"{self.conflicting:,} strains, each with different values",
            )

    def _refuse(self, table: Table, batch: Batch, numbers: Ints) -> None:
        if not batch.refused:
            return
        path = table.source.path
        first = batch.refused[0]
        self._first_refusal.setdefault(path, f"line {numbers[first.place]}: {first.text}")
        bad = next((one for one in batch.refused if one.is_bad_value), None)
        if bad is not None and self.request.bad_values == "refuse":
            raise FileRefused(
                f"a row has no usable value ({bad.reason})",
                path=path,
                line=int(numbers[bad.place]),
                found=bad.text,
                hint="leave such rows out with --bad-values drop",
            )
        self.ledger.refuse(
            path, [(self.rows_read + one.place, int(numbers[one.place]), one.reason, one.text) for one in batch.refused]
        )

    def _keep(self, batch: Batch, numbers: Ints) -> None:
        rows = Rows(
            codes=batch.codes,
            values=batch.values,
            sds=batch.sds,
            places=np.stack([self.rows_read + batch.rows, numbers[batch.rows]], axis=1),
        )
        if self._sample.limit is not None:
            genes = list(self._genes)
            wanted = np.array(
                [
                    self._sample.takes(strain_name(tuple(genes[code >> 1] for code in row if code != NO_GENE)))
                    for row in rows.codes.tolist()
                ],
                np.bool_,
            )
            self.left_out += int((~wanted).sum())
            rows = rows.take(wanted)
        if len(rows):
            self._spool.add(rows)

    def _sampled(self, groups: Groups) -> Groups:
        if self._sample.limit is None:
            return groups
        wanted = np.array([self._sample.holds(name) for name in groups.names.to_pylist()], np.bool_)
        self.left_out += int(groups.sizes[~wanted].sum())
        return groups.take(wanted)

    def _repeated(self, twice: Groups) -> FileRefused:
        lines = twice.rows.places[:2, 1].tolist()
        second = int(np.searchsorted(self._file_starts, twice.rows.places[1, 0], side="right")) - 1
        return FileRefused(
            "a strain has several rows",
            path=self.paths[second],
            line=lines[1],
            expected="each strain once",
            found=f"{twice.names[0].as_py()}, which stands in line {lines[0]} too",
            hint="average them with --repeats average",
        )

    def _no_usable_row(self, table: Table) -> FileRefused:
        reasons = ", ".join(f"{count:,} refused for '{why}'" for why, count in sorted(self.ledger.refused.items()))
        first = self._first_refusal.get(table.source.path)
        return FileRefused(
            "the table has no usable row",
            path=table.source.path,
            expected=f"rows of the format {table.table_format}",
            found=(reasons or "no rows") + ("" if first is None else f" ({first})"),
        )


def gather(paths: Sequence[Path], request: Request, folder: Path, *, progress: Progress = silent) -> Gathering:
    """Read tables of measured strains.

    Args:
        paths: plain or gzip text, or zip archives with such a table; all with the same phenotype.
        request: what is read.
        folder: an empty folder for what waits on disk: about 45 bytes a row, twice. The caller removes it.
        progress: told the number of rows read.

    Raises:
        InputError: the request cannot be, or does not fit the files.
        FileRefused: a file cannot be read, has another header, or not one usable row.
    """
    request.check()
    if not 1 <= len(paths) <= MOST_FILES:
        raise InputError("too many files for a dataset", expected=f"1 to {MOST_FILES}", found=str(len(paths)))
    tables = [
        open_table(path, source_format=request.source_format, phenotype=request.phenotype, member=request.member)
        for path in paths
    ]
    twice = [table for table in tables if sum(table.source.sha256 == other.source.sha256 for other in tables) > 1]
    if twice:
        raise InputError("a file is named twice, or its copy", path=twice[1].source.path, hint="name each file once")
    phenotypes = {table.phenotype for table in tables}
    if len(phenotypes) > 1:
        raise InputError("the files have different phenotypes", found=", ".join(sorted(phenotypes)))
    for table in tables:
        if request.most_p is not None and table.layout.p is None:
            raise InputError("the table has no p-values", path=table.source.path, hint="leave out the largest p-value")
    for name in ("spool", "ledger"):
        (folder / name).mkdir()
    gathering = Gathering(
        request=request,
        tables=tables,
        ledger=Ledger(folder / "ledger"),
        _spool=Spool(folder / "spool"),
        _sample=StrainSample(request.limit, request.seed),
    )
    gathering.read(progress)
    return gathering
