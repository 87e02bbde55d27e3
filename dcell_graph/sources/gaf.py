"""GO annotation files, GAF 2.0 to 2.2: every row is kept, merged or refused, and says so.

Format: geneontology.org, "GO Annotation File (GAF) format". Ids and dates are taken strictly, everything that can be
understood in one way only is kept with a flag.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from pathlib import Path

from dcell_graph.errors import FileRefused
from dcell_graph.sources.annotation_file import (
    AnnotationFile,
    by_line,
    file_finding,
    later_than,
    merged,
    products_of,
    refused,
    shared_symbols,
)
from dcell_graph.sources.gaf_table import parse_rows
from dcell_graph.sources.header import Header, data_lines, read_header
from dcell_graph.sources.memo import collector_paused
from dcell_graph.sources.text import Text, read_text, refuse_if_markup
from dcell_graph.types import Finding

VERSIONS = ("2.0", "2.1", "2.2")


def read_gaf(path: Path) -> AnnotationFile:
    """Read an annotation file, plain or gzip.

    Rows that state the same annotation are merged: same gene product, term, NOT, relation, evidence, paper, With/From,
    extension and product form. Date and assigned-by are not part of the identity; all of them are kept.

    Raises:
        FileRefused: another format, an unknown version, damaged data, or not one row that can be kept.
    """
    with collector_paused():
        return gaf_of(path, read_text(path))


def gaf_of(path: Path, text: Text) -> AnnotationFile:
    """Read an annotation file of which the lines are at hand; see ``read_gaf``.

    Raises:
        FileRefused: see there.
    """
    if text.lines:
        refuse_if_markup(path, text.lines[0], "!gaf-version")
    header = read_header(path, text, "GAF")
    numbers = data_lines(text)
    rows, columns, refusals = parse_rows(text, numbers, with_relations="2.2" in header.versions)
    version = header.version(path, VERSIONS)
    if not rows:
        raise nothing_to_keep(path, len(numbers), refusals[0][1].text if refusals else None)
    annotations, repeats = merged(rows, columns)
    products = products_of(rows, columns)
    of_rows = by_line(
        (refused(number, refusal) for number, refusal in refusals),
        chain.from_iterable(columns["flags"].values),
        repeats,
    )
    of_file = [
        *of_header(header),
        *short_rows(set(columns["columns"].values)),
        *shared_symbols(products),
        *later_than(rows, header.file_date, columns["date"].values),
    ]
    return AnnotationFile(
        stamp=text.stamp,
        format="GAF",
        version=version,
        file_date=header.file_date,
        ontology_release=header.ontology_release,
        generated=header.generated,
        rows=len(numbers),
        annotations=tuple(annotations),
        products=products,
        findings=(*of_rows, *of_file),
    )


def nothing_to_keep(path: Path, rows: int, first_refusal: str | None) -> FileRefused:
    """The error for a file without a single row that can be used."""
    return FileRefused(
        "no row of this file can be used",
        path=path,
        expected="rows of 15 to 17 tab-separated columns",
        found=f"{rows} rows" + (f", the first refused because: {first_refusal}" if first_refusal else ""),
    )


def of_header(header: Header) -> Iterable[Finding]:
    """What is odd about the header."""
    if not header.versions:
        yield file_finding("version", "no version line; read as GAF 2.1")
    yield from header.findings()


def short_rows(columns: set[int]) -> Iterable[Finding]:
    """A remark about the whole file if it has rows of fewer columns than the format."""
    if short := sorted(columns & {15, 16}):
        yield file_finding("columns", f"rows with {' and '.join(map(str, short))} columns")
