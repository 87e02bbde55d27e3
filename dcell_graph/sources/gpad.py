"""GO annotation files in GPAD 1.1, 1.2 and 2.0: every row is kept, merged or refused, and says so.

Format: geneontology.org, "Gene Product Association Data (GPAD)". GPAD writes evidence as ECO ids and (2.0) relations as
RO ids; both are turned into the words of GAF by the tables of ``vocabulary``. It carries no names of gene products: a
GPI file beside it does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from dcell_graph.errors import FileRefused
from dcell_graph.sources.annotation_file import (
    AnnotationFile,
    AnnotationRow,
    Refusal,
    by_line,
    file_finding,
    later_than,
    merged,
    products_of,
    refused,
    shared_symbols,
)
from dcell_graph.sources.gpad_row import parse_row
from dcell_graph.sources.gpi import ProductInformation, ProductNames
from dcell_graph.sources.header import data_lines, read_header
from dcell_graph.sources.text import Text, refuse_if_markup
from dcell_graph.types import Finding

VERSIONS = ("1.1", "1.2", "2.0")


def gpad_of(path: Path, text: Text, products: ProductInformation | None) -> AnnotationFile:
    """Read an annotation file of which the lines are at hand.

    Args:
        path: of the file, for messages.
        text: its lines.
        products: names of the gene products; without them the symbols are the ids, and names are absent.

    Raises:
        FileRefused: another format, an unknown version, or not one row that can be kept.
    """
    if text.lines:
        refuse_if_markup(path, text.lines[0], "!gpa-version")
    header = read_header(path, text, "GPAD")
    version = header.version(path, VERSIONS)
    if version is None:
        raise FileRefused("there is no version line", path=path, expected="!gpa-version: 1.1, 1.2 or 2.0")
    names: Mapping[tuple[str, str], ProductNames] = products.products if products is not None else {}
    rows: list[AnnotationRow] = []
    refusals: list[Finding] = []
    numbers = data_lines(text)
    for number in numbers:
        row = parse_row(text.line(number), joined=version == "2.0", names=names)
        if isinstance(row, Refusal):
            refusals.append(refused(number, row))
        else:
            rows.append(row)
    if not rows:
        raise FileRefused(
            "no row of this file can be used",
            path=path,
            expected="rows of 12 tab-separated columns",
            found=f"{len(numbers)} rows" + (f", the first refused because: {refusals[0].text}" if refusals else ""),
        )
    annotations, repeats = merged(rows)
    writings = products_of(rows)
    of_rows = by_line(refusals, (flag for row in rows for flag in row.flags), repeats)
    of_file = [
        *header.findings(),
        *_short_rows({row.columns for row in rows}),
        *_about_names(rows, products),
        *shared_symbols(writings),
        *later_than(rows, header.file_date),
    ]
    return AnnotationFile(
        stamp=text.stamp,
        format="GPAD",
        version=version,
        file_date=header.file_date,
        ontology_release=header.ontology_release,
        generated=header.generated,
        rows=len(numbers),
        annotations=tuple(annotations),
        products=writings,
        findings=(*of_rows, *of_file),
        names_from=None if products is None else products.stamp,
    )


def _short_rows(columns: set[int]) -> Iterator[Finding]:
    if short := sorted(columns & {10, 11}):
        yield file_finding("columns", f"rows with {' and '.join(map(str, short))} columns")


def _about_names(rows: list[AnnotationRow], products: ProductInformation | None) -> Iterator[Finding]:
    if products is None:
        yield file_finding("names", "no GPI file was given: the symbol of a gene product is its id, names are absent")
        return
    nameless = {(row.database, row.object_id) for row in rows if row.name is None and row.object_type is None}
    missing = sorted(f"{database}:{object_id}" for database, object_id in nameless - products.products.keys())
    if missing:
        shown = ", ".join(missing[:5]) + (", …" if len(missing) > 5 else "")
        yield file_finding("names", f"{len(missing)} gene products are not in the GPI file: {shown}")
    bad = [finding for finding in products.findings if finding.outcome == "refused"]
    if bad:
        text = f"{len(bad)} rows of the GPI file cannot be used, the first on line {bad[0].line}: {bad[0].text}"
        yield file_finding("names", text)
