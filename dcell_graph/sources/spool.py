"""Annotation files of any size, read with memory that does not grow with the number of rows.

The rows are first dealt out to many small files on disk, all rows of one gene product to the same one. Rows that state
the same annotation are of one product, so each small file can then be read and merged by itself, with the functions
that read a file at once (``gaf``): what comes out is the same, only in another order.

What does grow, slowly, is a table of the symbols of the products.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from dcell_graph.errors import FileRefused, writing
from dcell_graph.sources import gaf
from dcell_graph.sources.annotation_file import (
    AnnotationFile,
    AnnotationRow,
    Product,
    by_line,
    later_than,
    merged,
    products_of,
    refused,
    shared_symbols,
)
from dcell_graph.sources.gaf_row import REQUIRED_COLUMNS
from dcell_graph.sources.gaf_table import parse_rows
from dcell_graph.sources.header import Header, read_header
from dcell_graph.sources.memo import collector_paused
from dcell_graph.sources.text import Line, Text, opened, read_lines, refuse_if_markup, stamp
from dcell_graph.types import FileStamp, Finding, Progress, silent

# A row takes about 1 kB of memory while its part is read. Each part is an open file while rows are dealt out.
ROWS_A_PART = 50_000
MOST_PARTS = 200
_SAMPLE_BYTES = 1 << 22
_BUFFER = 1 << 17
_EVERY = 100_000
_FORM = re.compile(r"[-:]")
_FORMAT_LINE = re.compile(r"!\s*(gaf|gpad?|gpi)[-_ ]?version", re.IGNORECASE)


@dataclass(slots=True, kw_only=True)
class Spool:
    """The rows of an annotation file, dealt out to parts.

    Args:
        path: of the file.
        folder: that the parts are in.
        parts: their number.
        stamp: of the file.
        header: what its comment lines say.
        version: of the format; None if the file does not state it.
        rows: data rows read.
    """

    path: Path
    folder: Path
    parts: int
    stamp: FileStamp
    header: Header
    version: str | None
    rows: int
    _columns: set[int] = field(default_factory=set)
    _symbols: set[Product] = field(default_factory=set)
    _first_refusal: str | None = None
    _kept: int = 0

    def read(self, *, progress: Progress = silent) -> Iterator[AnnotationFile]:
        """Yield each part as if it were a file of its own, without remarks about the whole file.

        Raises:
            FileRefused: at the end, if not one row of any part can be kept.
        """
        done = 0
        for number in range(self.parts):
            with collector_paused():
                part = self._read_part(number)
            _part_path(self.folder, number).unlink()
            done += part.rows
            if part.rows:
                yield part
            progress("merge rows", done, self.rows)
        if not self._kept:
            raise gaf.nothing_to_keep(self.path, self.rows, self._first_refusal)

    def findings(self) -> Iterator[Finding]:
        """Remarks about the whole file, once all parts have been read."""
        yield from gaf.of_header(self.header)
        yield from gaf.short_rows(self._columns)
        yield from shared_symbols(sorted(self._symbols, key=lambda product: product[:3]))

    def _read_part(self, number: int) -> AnnotationFile:
        lines, damaged, numbers = _lines_of(_part_path(self.folder, number))
        text = Text(self.stamp, lines, damaged)
        found, columns, refusals = parse_rows(
            text, range(1, len(lines) + 1), with_relations="2.2" in self.header.versions
        )
        rows = [_renumbered(row, numbers) for row in found]
        annotations, repeats = merged(rows, columns)
        products = products_of(rows, columns)
        self._columns.update(columns["columns"].values)
        self._symbols.update(Product(one.database, one.object_id, one.symbol, None, (), None, None) for one in products)
        self._kept += len(annotations)
        if refusals and self._first_refusal is None:
            self._first_refusal = refusals[0][1].text
        findings = by_line(
            (refused(numbers[place - 1], refusal) for place, refusal in refusals),
            (flag for row in rows if row.flags for flag in row.flags),
            repeats,
        )
        return AnnotationFile(
            stamp=self.stamp,
            format="GAF",
            version=self.version,
            file_date=self.header.file_date,
            ontology_release=self.header.ontology_release,
            generated=self.header.generated,
            rows=len(lines),
            annotations=tuple(annotations),
            products=products,
            findings=(*findings, *later_than(rows, self.header.file_date)),
        )


def spool_gaf(path: Path, folder: Path, *, progress: Progress = silent) -> Spool:
    """Deal the rows of a GAF out to parts.

    Args:
        path: GAF file, plain or gzip.
        folder: an empty folder for the parts; it takes about as much room as the unpacked file.
        progress: told about the rows read.

    Raises:
        FileRefused: another format, an unknown version, damaged data, or the file changed while it was read.
        InputError: the folder cannot be written.
    """
    before = stamp(path)
    estimate = estimate_rows(path)
    parts = max(1, min(MOST_PARTS, -(-estimate // ROWS_A_PART)))
    comments: list[Line] = []
    rows = 0
    with writing(folder), ExitStack() as stack:
        files = [
            stack.enter_context(_part_path(folder, number).open("w", encoding="utf-8", newline="\n", buffering=_BUFFER))
            for number in range(parts)
        ]
        for line in read_lines(path):
            text = line.text
            if line.number == 1:
                refuse_if_markup(path, text, "!gaf-version")
            if text.startswith("!"):
                comments.append(line)
            elif text.strip(" \r"):
                rows += 1
                part = zlib.crc32(part_key(text).encode()) % parts
                files[part].write(f"{line.number}\t{'?' if line.damaged else ''}\t{text}\n")
                if rows % _EVERY == 0:
                    progress("read rows", rows, None)
    progress("read rows", rows, rows)
    header = _header(path, before, comments)
    if stamp(path) != before:
        raise FileRefused("the file was changed while it was read", path=path, hint="try again")
    return Spool(
        path=path,
        folder=folder,
        parts=parts,
        stamp=before,
        header=header,
        version=header.version(path, gaf.VERSIONS),
        rows=rows,
    )


def estimate_rows(path: Path) -> int:
    """About how many lines a file has, by the length of its first lines; exact for a file that is short.

    Raises:
        FileRefused: the file cannot be read.
    """
    with opened(path) as file:
        size = path.stat().st_size
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        if not packed:
            sample = file.read(_SAMPLE_BYTES)
            taken = file.tell()
        else:
            try:
                with gzip.GzipFile(fileobj=file) as unpacked:
                    sample = unpacked.read(_SAMPLE_BYTES)
                    taken = file.tell() if len(sample) == _SAMPLE_BYTES else size
            except (OSError, EOFError, zlib.error):
                return 0  # whoever reads it will say what is wrong
        lines = sample.count(b"\n") + (not sample.endswith(b"\n"))
    return lines if taken >= size else round(lines * size / taken)


def is_gaf(path: Path) -> bool:
    """Whether a file can be read in parts: it says that it is a GAF, or says nothing and has as many columns."""
    for line in read_lines(path):
        if line.text.startswith("!"):
            if match := _FORMAT_LINE.match(line.text):
                return match[1].lower() == "gaf"
        elif line.text.strip():
            return line.text.count("\t") >= REQUIRED_COLUMNS - 1
    return False


def part_key(text: str) -> str:
    """The same for all rows of one gene product, however they write its id; coarser is allowed.

    A form of a protein (P12345-2, P12345:PRO_0000012345) belongs to its protein, and an id may repeat its database.
    """
    database, _, rest = text.partition("\t")
    database = database.strip()
    object_id = rest.partition("\t")[0].strip().removeprefix(f"{database}:")
    if database == "UniProtKB":
        object_id = _FORM.split(object_id, maxsplit=1)[0]
    return f"{database}:{object_id}"


def _header(path: Path, file_stamp: FileStamp, comments: list[Line]) -> Header:
    """What the comment lines say; their own numbers stand in it, not those among the comments."""
    header = read_header(path, Text(file_stamp, [line.text for line in comments], frozenset()), "GAF")
    if header.misspelt is None:
        return header
    return replace(header, misspelt=comments[header.misspelt - 1].number)


def _lines_of(path: Path) -> tuple[list[str], frozenset[int], list[int]]:
    """The lines of a part, the places of the damaged ones (from 1), and the numbers of all in the whole file."""
    lines: list[str] = []
    numbers: list[int] = []
    damaged: set[int] = set()
    with path.open(encoding="utf-8", newline="\n") as file:
        for entry in file:
            number, mark, text = entry[:-1].split("\t", 2)
            lines.append(text)
            numbers.append(int(number))
            if mark:
                damaged.add(len(lines))
    return lines, frozenset(damaged), numbers


def _renumbered(row: AnnotationRow, numbers: list[int]) -> AnnotationRow:
    number = numbers[row.line - 1]
    if row.flags:
        flags = tuple(replace(flag, line=number) for flag in row.flags)
        return row._replace(line=number, flags=flags)
    return AnnotationRow(number, *row[1:])


def _part_path(folder: Path, number: int) -> Path:
    return folder / f"part-{number:03d}"
