"""GO annotation files, GAF 2.0 to 2.2: every row is kept, merged or refused, and says so.

Format: geneontology.org, "GO Annotation File (GAF) format". Ids and dates are taken strictly, everything that can be
understood in one way only is kept with a flag.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from dcell_graph.errors import FileRefused
from dcell_graph.sources.gaf_row import AnnotationRow, Refusal, parse_row
from dcell_graph.sources.text import Line, read_lines, refuse_if_markup, stamp
from dcell_graph.sources.vocabulary import GENERATED_MARK
from dcell_graph.types import FileStamp, Finding

VERSIONS = ("2.0", "2.1", "2.2")
_VERSION_LINE = re.compile(r"!\s*gaf([-_ ]?)version:?\s*(\S+)", re.IGNORECASE)
_OTHER_FORMAT = re.compile(r"!\s*(gpa|gpi)[-_ ]?version", re.IGNORECASE)
_DATE_LINE = re.compile(r"!\s*(date[-_]generated|generated|date|submission date)\s*:\s*(.+)", re.IGNORECASE)
_ONTOLOGY_LINE = re.compile(r"!\s*GO[-_]version:.*?(\d{4}-\d{2}-\d{2})", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """One annotation: a row, with the rows that state the same merged into it.

    Args:
        row: the first of the rows.
        lines: line numbers of all of them, in file order.
        dates: their distinct dates, in time order.
        last_date: date of the last listed of them.
        assigned_by: their distinct sources of assertion, sorted.
        references: their distinct references, in order of first mention.
    """

    row: AnnotationRow
    lines: tuple[int, ...]
    dates: tuple[date, ...]
    last_date: date
    assigned_by: tuple[str, ...]
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotationFile:
    """What was read from one annotation file: ``rows == kept + merged + refused``.

    Args:
        stamp: path, checksum and size.
        version: as the file states it; None if it does not.
        file_date: when the file was made, by its header.
        ontology_release: the GO release that its header names.
        generated: True for a file of a generated world.
        rows: data rows read, without comments and blank lines.
        annotations: what was kept.
        findings: refused, merged and flagged rows, and remarks about the whole file.
    """

    stamp: FileStamp
    version: str | None
    file_date: date | None
    ontology_release: str | None
    generated: bool
    rows: int
    annotations: tuple[Annotation, ...]
    findings: tuple[Finding, ...]

    @property
    def kept(self) -> int:
        """Number of annotations."""
        return len(self.annotations)

    @property
    def merged(self) -> int:
        """Number of rows that repeat an earlier annotation."""
        return sum(finding.outcome == "merged" for finding in self.findings)

    @property
    def refused(self) -> int:
        """Number of rows that are not stored."""
        return sum(finding.outcome == "refused" for finding in self.findings)


@dataclass(slots=True)
class _Header:
    versions: list[str] = field(default_factory=list)
    misspelt: int | None = None
    file_date: date | None = None
    ontology_release: str | None = None
    generated: bool = False

    def read(self, path: Path, line: Line) -> None:
        """Take what a comment line states."""
        if _OTHER_FORMAT.match(line.text):
            raise FileRefused(
                "this is not a GAF file", path=path, line=line.number, expected="!gaf-version", found=line.text[:40]
            )
        if match := _VERSION_LINE.match(line.text):
            self.versions.append(match[2])
            if match[1] != "-":
                self.misspelt = line.number
        elif match := _ONTOLOGY_LINE.match(line.text):
            self.ontology_release = match[1]
        elif match := _DATE_LINE.match(line.text):
            self.file_date = self.file_date or _header_date(match[2])
        self.generated = self.generated or GENERATED_MARK in line.text

    def version(self, path: Path) -> str | None:
        """The version in force: the newest one stated.

        Raises:
            FileRefused: a version that this reader does not know.
        """
        unknown = [version for version in self.versions if version not in VERSIONS]
        if unknown:
            raise FileRefused(
                "the GAF version is not known", path=path, expected=" or ".join(VERSIONS), found=unknown[0]
            )
        return max(self.versions, default=None)

    def findings(self) -> Iterable[Finding]:
        """What is odd about the header."""
        if not self.versions:
            yield _file_finding("version", "no version line; read as GAF 2.1")
        if len(set(self.versions)) > 1:
            yield _file_finding("version", f"two version lines, {' and '.join(self.versions)}; the newest counts")
        if self.misspelt is not None:
            yield Finding(line=self.misspelt, outcome="flagged", reason="version", text="misspelt version line")


def read_gaf(path: Path) -> AnnotationFile:
    """Read an annotation file, plain or gzip.

    Rows that state the same annotation are merged: same gene product, term, NOT, relation, evidence, paper, With/From,
    extension and product form. Date and assigned-by are not part of the identity; all of them are kept.

    Raises:
        FileRefused: another format, an unknown version, damaged data, or not one row that can be kept.
    """
    header = _Header()
    findings: list[Finding] = []
    groups: dict[tuple[object, ...], list[AnnotationRow]] = {}
    rows = 0
    columns_seen: set[int] = set()
    later: list[tuple[int, date]] = []
    for line in read_lines(path):
        if line.number == 1:
            refuse_if_markup(path, line.text, "!gaf-version")
        if line.text.startswith("!"):
            header.read(path, line)
            continue
        if not line.text.strip(" \r"):
            continue
        rows += 1
        row = parse_row(line, with_relations="2.2" in header.versions)
        if isinstance(row, Refusal):
            findings.append(Finding(line=line.number, outcome="refused", reason=row.reason, text=row.text))
            continue
        columns_seen.add(row.columns)
        findings += row.flags
        if header.file_date is not None and row.date > header.file_date:
            later.append((line.number, row.date))
        group = groups.setdefault(row.identity, [])
        if group:
            text = f"states the same as line {group[0].line}"
            findings.append(Finding(line=line.number, outcome="merged", reason="duplicate", text=text))
        group.append(row)
    version = header.version(path)
    if not groups:
        raise FileRefused(
            "no row of this file can be used",
            path=path,
            expected="rows of 15 to 17 tab-separated columns",
            found=f"{rows} rows" + (f", the first refused because: {findings[0].text}" if findings else ""),
        )
    findings += header.findings()
    short = sorted(columns_seen & {15, 16})
    if short:
        findings.append(_file_finding("columns", f"rows with {' and '.join(map(str, short))} columns"))
    findings += _shared_symbols(groups)
    for number, day in later:
        text = f"dated {day}, later than the file itself ({header.file_date})"
        findings.append(Finding(line=number, outcome="flagged", reason="date", text=text))
    return AnnotationFile(
        stamp=stamp(path),
        version=version,
        file_date=header.file_date,
        ontology_release=header.ontology_release,
        generated=header.generated,
        rows=rows,
        annotations=tuple(_merge(group) for group in groups.values()),
        findings=tuple(findings),
    )


def _merge(rows: list[AnnotationRow]) -> Annotation:
    return Annotation(
        row=rows[0],
        lines=tuple(row.line for row in rows),
        dates=tuple(sorted({row.date for row in rows})),
        last_date=rows[-1].date,
        assigned_by=tuple(sorted({row.assigned_by for row in rows})),
        references=tuple(dict.fromkeys(reference for row in rows for reference in row.references)),
    )


def _shared_symbols(groups: dict[tuple[object, ...], list[AnnotationRow]]) -> Iterable[Finding]:
    """The same symbol is not the same gene."""
    owners: dict[str, set[str]] = {}
    for row, *_ in groups.values():
        owners.setdefault(row.symbol, set()).add(f"{row.database}:{row.object_id}")
    for symbol, ids in owners.items():
        if len(ids) > 1:
            yield _file_finding("symbol", f"the symbol {symbol} is used by {len(ids)} ids: {', '.join(sorted(ids))}")


def _file_finding(reason: str, text: str) -> Finding:
    return Finding(line=None, outcome="flagged", reason=reason, text=text)


def _header_date(text: str) -> date | None:
    """The date in a header line: 2018-06-02, 2018/06/02, 20180602 or, as SGD wrote it, 12/24/2011 (month first)."""
    for pattern, order in (
        (r"(\d{4})([-/])(\d{2})\2(\d{2})(?!\d)", (1, 3, 4)),
        (r"(\d{4})(\d{2})(\d{2})(?!\d)", (1, 2, 3)),
        (r"(\d{2})/(\d{2})/(\d{4})(?!\d)", (3, 1, 2)),
    ):
        if match := re.match(pattern, text.strip(), re.ASCII):
            try:
                return date(*(int(match[part]) for part in order))
            except ValueError:
                return None
    return None
