"""From a table of measured strains to genotypes with their phenotype; rows that are not used are kept, with reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import pandas as pd

from dcell_graph.errors import FileRefused, InputError
from dcell_graph.measurements.formats import FORMATS, Cells, Format, RowReader, RowRefused
from dcell_graph.measurements.genotypes import Measurement, disagree, group_genotypes
from dcell_graph.measurements.identifiers import strain_name
from dcell_graph.measurements.numbers import NotANumber, deviation_or_none, finite_decimal
from dcell_graph.measurements.sample import StrainSample
from dcell_graph.sources.archive import is_zip, read_member
from dcell_graph.sources.text import Line, read_lines, stamp
from dcell_graph.sources.vocabulary import GENERATED_MARK
from dcell_graph.types import FileStamp, Finding, Progress, silent

_COMMENT = "#"
_ROWS_PER_REPORT = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurements:
    """What was read from one table.

    Args:
        source: the file.
        member: the file in it that was asked for, if it is a zip archive.
        source_format: its format, a key of ``formats.FORMATS``.
        phenotype: the phenotype that was read.
        generated: True if the file says that it was generated.
        strains: one row a genotype (see ``genotypes.Genotypes``).
        rows_read: rows of the table, without header, comments and empty lines.
        merged: rows that repeat the genotype of an earlier row.
        left_out: usable rows of genotypes that are not in the sample; 0 without a limit.
        limit: the most genotypes that were wanted, if there was a limit.
        seed: which sample of that many.
        conflicting: genotypes whose rows have different values.
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
    limit: int | None
    seed: int
    conflicting: int
    findings: tuple[Finding, ...]

    @property
    def used(self) -> int:
        """Rows that are the first of their genotype: as many as there are genotypes."""
        return len(self.strains)

    @property
    def refused(self) -> int:
        """Rows that cannot be used. Rows read = used + merged + refused + left out."""
        return sum(finding.outcome == "refused" for finding in self.findings)

    @property
    def repeated(self) -> int:
        """Genotypes that have several rows."""
        return int((self.strains["count"] > 1).sum())

    @property
    def refusals(self) -> dict[str, int]:
        """Number of refused rows by reason."""
        return dict(sorted(Counter(item.reason for item in self.findings if item.outcome == "refused").items()))


def read_measurements(
    path: Path,
    *,
    source_format: str,
    phenotype: str | None = None,
    member: str | None = None,
    limit: int | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> Measurements:
    """Read a table of measured strains.

    A row is refused if its genes or its number cannot be used; rows of one genotype are averaged and reported.

    Args:
        path: plain or gzip text, or a zip archive with such a table.
        source_format: ``dcell``, ``pairs``, ``sga-trigenic`` or ``sga-pairwise``.
        phenotype: ``score`` or ``fitness``, as far as the format has it; None takes the format's first.
        member: name of the table in a zip archive, see ``archive.read_member``; None takes its only file.
        limit: take a sample of at most so many genotypes, 1 or more, and all rows of each; see ``sample``. None takes
            all.
        seed: of the sample, 0 to 2^32 - 1.
        progress: told the number of rows read.

    Raises:
        InputError: no such format or phenotype, limit or seed out of range, or a member of a file that is no archive.
        FileRefused: the file cannot be read, has another header, or not one usable row.
    """
    layout, phenotype = _check_request(source_format, phenotype)
    sample = StrainSample(limit, seed)
    source = stamp(path)
    preamble, lines = _take_comments(_not_blank(path, member))
    reader = _row_reader(path, layout, phenotype, lines)
    refused = _read_rows(reader, lines, sample, progress)
    measured = sample.measurements()
    if not measured:
        raise _no_usable_row(path, layout, refused)
    genotypes = group_genotypes(measured)
    merged = [finding for group in genotypes.groups for finding in _merge_findings(group)]
    return Measurements(
        source=source,
        member=member,
        source_format=layout.name,
        phenotype=phenotype,
        generated=any(GENERATED_MARK in comment for comment in preamble),
        strains=genotypes.strains,
        rows_read=len(measured) + len(refused) + sample.rows_left_out,
        merged=len(merged),
        left_out=sample.rows_left_out,
        limit=limit,
        seed=seed,
        conflicting=genotypes.conflicting,
        findings=tuple(sorted(refused + merged, key=lambda finding: finding.line or 0)),
    )


def _no_usable_row(path: Path, layout: Format, refused: list[Finding]) -> FileRefused:
    counts = Counter(finding.reason for finding in refused)
    reasons = ", ".join(f"{count:,} refused for '{reason}'" for reason, count in sorted(counts.items()))
    first = f" (line {refused[0].line}: {refused[0].text})" if refused else ""
    return FileRefused(
        "the table has no usable row",
        path=path,
        expected=f"rows of the format {layout.name}",
        found=(reasons or "no rows") + first,
    )


def _check_request(source_format: str, phenotype: str | None) -> tuple[Format, str]:
    layout = FORMATS.get(source_format)
    if layout is None:
        raise InputError("no such table format", expected=", ".join(FORMATS), found=source_format)
    chosen = layout.phenotypes[0] if phenotype is None else phenotype
    if chosen not in layout.phenotypes:
        raise InputError(
            f"tables of the format {layout.name} do not have that phenotype",
            expected=" or ".join(layout.phenotypes),
            found=chosen,
        )
    return layout, chosen


def _not_blank(path: Path, member: str | None) -> Iterator[Line]:
    archived = is_zip(path)
    if member is not None and not archived:
        raise InputError("only a zip archive has members", path=path, found=f"another kind of file, asked for {member}")
    lines = read_member(path, member) if archived else read_lines(path)
    return (line for line in lines if line.text.strip(" "))


def _take_comments(lines: Iterator[Line]) -> tuple[list[str], Iterator[Line]]:
    """Comments before the first other line, and the lines that are no comments."""
    comments: list[str] = []
    for line in lines:
        if not line.text.startswith(_COMMENT):
            return comments, (item for item in chain([line], lines) if not item.text.startswith(_COMMENT))
        comments.append(line.text)
    return comments, iter(())


def _row_reader(path: Path, layout: Format, phenotype: str, lines: Iterator[Line]) -> RowReader:
    header = None if layout.header is None else next(lines, None)
    columns = [] if header is None else [column.strip() for column in header.text.split("\t")]
    reader = layout.make_reader(columns, phenotype)
    if reader is None or (layout.header is not None and header is None):
        raise FileRefused(
            f"this is not the header of a {layout.name} table",
            path=path,
            line=None if header is None else header.number,
            expected=f"columns named {layout.header}",
            found="nothing" if header is None else repr(header.text[:120]),
            hint="name the table's format with --format " + "|".join(FORMATS),
        )
    return reader


def _read_rows(reader: RowReader, lines: Iterator[Line], sample: StrainSample, progress: Progress) -> list[Finding]:
    """Put the usable rows into the sample; gives the findings of those that are not usable."""
    rows, refused = 0, []
    for rows, line in enumerate(lines, start=1):
        try:
            cells, phenotype = _usable(reader, line)
        except RowRefused as refusal:
            refused.append(Finding(line=line.number, outcome="refused", reason=refusal.reason, text=refusal.text))
        else:
            strain = strain_name(cells.genes)
            if sample.takes(strain):
                sample.add(_measurement(strain, cells, phenotype, line.number))
        if rows % _ROWS_PER_REPORT == 0:
            progress("reading strains", rows, None)
    progress("reading strains", rows, rows)
    return refused


def _usable(reader: RowReader, line: Line) -> tuple[Cells, float]:
    """The cells of a row and its value.

    Raises:
        RowRefused: it cannot be used.
    """
    if line.damaged:
        raise RowRefused("not UTF-8", "the line holds bytes that are not UTF-8")
    cells = reader(line.text)
    if not cells.genes:
        raise RowRefused("no deletion", "the strain lacks no gene, it only carries markers")
    if len(set(cells.genes)) < len(cells.genes):
        raise RowRefused("self pair", f"a gene is listed twice in {' '.join(cells.genes)}")
    try:
        return cells, finite_decimal(cells.value)
    except NotANumber as problem:
        found = "nothing" if not cells.value else repr(cells.value)
        raise RowRefused(problem.reason, f"the value is {found}, expected a finite decimal number") from None


def _measurement(strain: str, cells: Cells, phenotype: float, line: int) -> Measurement:
    return Measurement(
        strain=strain,
        genes=tuple(sorted(cells.genes)),
        phenotype=phenotype,
        sd=deviation_or_none(cells.sd),
        line=line,
    )


def _merge_findings(group: tuple[Measurement, ...]) -> Iterator[Finding]:
    reason = "conflicting repeat" if disagree(group) else "repeat"
    first = group[0]
    for item in group[1:]:
        same = "the same value" if item.phenotype == first.phenotype else "another value"
        yield Finding(
            line=item.line,
            outcome="merged",
            reason=reason,
            text=f"{item.strain} stands in line {first.line} already, with {same}; their mean is used",
        )
