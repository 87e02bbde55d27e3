"""What is read from any annotation file, whatever its format: rows, the annotations they state, and their products."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import repeat
from operator import itemgetter
from typing import Any, Literal, NamedTuple

import numpy as np

from dcell_graph.sources.columns import Column, Ints, column_of, first_equal
from dcell_graph.sources.places import Places
from dcell_graph.types import FileStamp, Finding

AnnotationFormat = Literal["GAF", "GPAD", "SGD JSON"]


class AnnotationRow(NamedTuple):
    """A row that can be used. Absent values are None or empty tuples, never empty strings.

    Args:
        line: line number in the file.
        columns: how many columns the row has.
        relation: from the qualifier, or the one that the format implies for the aspect.
        relation_stated: False when it was implied.
        qualifier: as written.
        paper: the reference that identifies the publication (the PubMed id if there is one).
        flags: what is odd about the row.
    """

    line: int
    columns: int
    database: str
    object_id: str
    symbol: str
    negated: bool
    relation: str
    relation_stated: bool
    qualifier: str | None
    term: str
    references: tuple[str, ...]
    paper: str
    evidence: str
    with_from: str | None
    aspect: str | None
    name: str | None
    synonyms: tuple[str, ...]
    object_type: str | None
    taxon: str | None
    date: date
    assigned_by: str
    extension: str | None
    product_form: str | None
    flags: tuple[Finding, ...]

    @property
    def identity(self) -> tuple[object, ...]:
        """What makes this annotation the same as another one of the file."""
        return (*_PLAIN_IDENTITY(self), unordered(self.with_from), unordered(self.extension))


class Refusal(NamedTuple):
    """Why a row cannot be used."""

    reason: str
    text: str


class Product(NamedTuple):
    """A gene product with its names as one or more rows write them."""

    database: str
    object_id: str
    symbol: str
    name: str | None
    synonyms: tuple[str, ...]
    object_type: str | None
    taxon: str | None


class Annotation(NamedTuple):
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
        format: what kind of file it is.
        version: of the format, as the file states it; None if it does not.
        file_date: when the file was made, by its header.
        ontology_release: the GO release that its header names.
        generated: True for a file of a generated world.
        rows: data rows read, without comments and blank lines.
        annotations: what was kept.
        products: every distinct writing of the names of a product, in order of first mention.
        findings: refused, merged and flagged rows, and remarks about the whole file.
        names_from: the file that gave the names of the products, if that is another one.
        places: where the rows stand, if their numbers are not the lines of one file.
    """

    stamp: FileStamp
    format: AnnotationFormat
    version: str | None
    file_date: date | None
    ontology_release: str | None
    generated: bool
    rows: int
    annotations: tuple[Annotation, ...]
    products: tuple[Product, ...]
    findings: tuple[Finding, ...]
    names_from: FileStamp | None = None
    places: Places | None = None

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


def _fields(*names: str) -> Callable[[AnnotationRow], Any]:
    """Picks a field, or a tuple of several, out of a row; faster than by name."""
    return itemgetter(*(AnnotationRow._fields.index(name) for name in names))


_PLAIN = ("database", "object_id", "term", "negated", "relation", "evidence", "paper", "product_form")
_UNORDERED = ("with_from", "extension")
_IDENTITY = (*_PLAIN, *_UNORDERED)
_KEPT = ("date", "assigned_by", "references")
_PLAIN_IDENTITY = _fields(*_PLAIN)
_PRODUCT = _fields(*Product._fields)


def merged(
    rows: Sequence[AnnotationRow], columns: Mapping[str, Column] | None = None
) -> tuple[list[Annotation], list[Finding]]:
    """Merge rows that state the same annotation.

    The same are rows of one gene product, term, NOT, relation, evidence, paper, With/From, extension and product form.
    Date and assigned-by are not part of the identity; all of them are kept.

    Args:
        rows: in file order.
        columns: the same by field, if they are at hand.

    Returns:
        The annotations in order of their first rows, and a finding for each row that repeats an earlier one.
    """
    columns = columns or {name: column_of(map(_fields(name), rows)) for name in (*_IDENTITY, *_KEPT)}
    first = first_equal(
        [columns[name].mapped(unordered) if name in _UNORDERED else columns[name] for name in _IDENTITY]
    )
    places = np.arange(len(rows))
    kept = np.flatnonzero(first == places)
    annotations = _single(
        list(rows) if len(kept) == len(rows) else [rows[place] for place in kept.tolist()], columns, kept
    )
    repeats: dict[int, list[AnnotationRow]] = defaultdict(list)
    findings: list[Finding] = []
    for place in np.flatnonzero(first != places).tolist():
        one, row = int(first[place]), rows[place]
        repeats[one].append(row)
        text = f"states the same as line {rows[one].line}"
        findings.append(Finding(line=row.line, outcome="merged", reason="duplicate", text=text))
    for one, others in repeats.items():
        annotations[int(np.searchsorted(kept, one))] = _several([rows[one], *others])
    return annotations, findings


def products_of(rows: Sequence[AnnotationRow], columns: Mapping[str, Column] | None = None) -> tuple[Product, ...]:
    """The distinct writings of product names, in order of first mention.

    Args:
        rows: in file order.
        columns: the same by field, if they are at hand.
    """
    columns = columns or {name: column_of(map(_fields(name), rows)) for name in Product._fields}
    first = np.unique(first_equal([columns[name] for name in Product._fields]))
    return tuple(Product._make(_PRODUCT(rows[place])) for place in first.tolist())


def shared_symbols(products: Iterable[Product]) -> Iterator[Finding]:
    """The same symbol is not the same gene: a remark about each symbol that several ids use."""
    owners: dict[str, set[str]] = {}
    for product in products:
        owners.setdefault(product.symbol, set()).add(f"{product.database}:{product.object_id}")
    for symbol, ids in owners.items():
        if len(ids) > 1:
            text = f"the symbol {symbol} is used by {len(ids)} ids: {', '.join(sorted(ids))}"
            yield file_finding("symbol", text)


def later_than(
    rows: Iterable[AnnotationRow], file_date: date | None, dates: Sequence[date] | None = None
) -> Iterator[Finding]:
    """A remark about each row whose date is later than that of the file.

    Args:
        rows: in file order.
        file_date: of the file; None if it does not say.
        dates: all that the rows have, each once, if they are at hand.
    """
    if file_date is None or (dates is not None and max(dates, default=file_date) <= file_date):
        return
    for row in [row for row in rows if row.date > file_date]:
        text = f"dated {row.date}, later than the file itself ({file_date})"
        yield Finding(line=row.line, outcome="flagged", reason="date", text=text)


def file_finding(reason: str, text: str) -> Finding:
    """A remark about the whole file."""
    return Finding(line=None, outcome="flagged", reason=reason, text=text)


def refused(line: int, refusal: Refusal) -> Finding:
    """The finding of a row that cannot be used."""
    return Finding(line=line, outcome="refused", reason=refusal.reason, text=refusal.text)


def by_line(*findings: Iterable[Finding]) -> list[Finding]:
    """Findings that have a line, in file order; those of one line in the order given."""
    return sorted((finding for group in findings for finding in group), key=lambda finding: finding.line or 0)


def listed(text: str, separator: str = "|") -> tuple[str, ...]:
    """The parts of a column that holds several values, without empty ones."""
    if separator not in text:
        return (part,) if (part := text.strip()) else ()
    return tuple(filter(None, map(str.strip, text.split(separator))))


def unordered(groups: str | None) -> tuple[tuple[str, ...], ...] | None:
    """Pipe-separated groups of comma-separated ids, with the order of both taken out."""
    if groups is None:
        return None
    if "|" not in groups and "," not in groups:
        return ((part,),) if (part := groups.strip()) else ()
    if "," not in groups:
        return tuple(zip(sorted(listed(groups)), strict=True))
    return tuple(sorted(tuple(sorted(listed(group, ","))) for group in listed(groups)))


def _single(rows: list[AnnotationRow], columns: Mapping[str, Column], places: Ints) -> list[Annotation]:
    """Annotations of one row each, put together column by column: of the rows at some places of the columns."""
    dates, assigned_by, references = (columns[name].at(places) for name in _KEPT)
    fields = (
        rows,
        zip(map(_fields("line"), rows), strict=True),
        dates.mapped(lambda day: (day,)).spread(),
        dates.spread(),
        assigned_by.mapped(lambda name: (name,)).spread(),
        references.mapped(lambda listed: tuple(dict.fromkeys(listed))).spread(),
    )
    return list(map(tuple.__new__, repeat(Annotation), zip(*fields, strict=True)))


def _several(rows: list[AnnotationRow]) -> Annotation:
    return Annotation(
        row=rows[0],
        lines=tuple(row.line for row in rows),
        dates=tuple(sorted({row.date for row in rows})),
        last_date=rows[-1].date,
        assigned_by=tuple(sorted({row.assigned_by for row in rows})),
        references=tuple(dict.fromkeys(reference for row in rows for reference in row.references)),
    )
