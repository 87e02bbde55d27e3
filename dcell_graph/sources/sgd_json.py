"""SGD's gene JSON (``go_details``): one gene, a list of genes or of records, or a folder or zip archive of such files.

Every record is kept, merged or refused, and says so. Addresses and shape: yeastgenome.org, backend of the locus pages.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dcell_graph.errors import FileRefused
from dcell_graph.sources.annotation_file import (
    AnnotationFile,
    AnnotationRow,
    Refusal,
    by_line,
    file_finding,
    merged,
    products_of,
    refused,
    shared_symbols,
)
from dcell_graph.sources.archive import read_members
from dcell_graph.sources.json_places import BadJson, Placed, document, elements, members
from dcell_graph.sources.places import Places, places_of
from dcell_graph.sources.sgd_record import parse_record
from dcell_graph.sources.text import Text, read_text, text_of
from dcell_graph.sources.text import stamp as stamp_of
from dcell_graph.types import FileStamp, Finding

_KEY = "go_details"


@dataclass(frozen=True, slots=True)
class _Found:
    """A record before it is understood.

    Args:
        name: of its file; empty when there is only one.
        line: in its file.
        number: unique in all files, in their order.
    """

    value: Any
    gene: dict[str, Any]
    damaged: bool
    line: int
    number: int
    name: str


@dataclass(slots=True)
class _Collection:
    """The records of one or more files.

    Args:
        several: True when findings have to name the file.
        lines: of the files before.
    """

    several: bool
    lines: int = 0
    records: list[_Found] = field(default_factory=list)

    def add(self, path: Path, name: str, text: Text) -> None:
        """Take the records of one file.

        Raises:
            FileRefused: it is no JSON, or has no records of the kind.
        """
        joined = "\n".join(text.lines)
        line, place = 1, 0
        for record, gene in _records(path, joined):
            line += joined.count("\n", place, record.start)
            place = record.start
            last = line + joined.count("\n", place, record.end) if text.damaged else line
            damaged = not text.damaged.isdisjoint(range(line, last + 1))
            named = name if self.several else ""
            self.records.append(_Found(record.value, gene, damaged, line, self.lines + line, named))
        self.lines += len(text.lines)


def looks_like_json(text: Text) -> bool:
    """Whether the first character of a file that is no space opens a JSON list or object."""
    return next((line.lstrip()[:1] in "{[" for line in text.lines if line.strip()), False)


def sgd_json_of(path: Path, text: Text) -> AnnotationFile:
    """Read one file of which the lines are at hand: a gene, a list of genes, or a list of records.

    Raises:
        FileRefused: it is no JSON, has no ``go_details``, or not one record that can be kept.
    """
    collection = _Collection(several=False)
    collection.add(path, path.name, text)
    return _read(path, text.stamp, collection, [])


def read_sgd_archive(path: Path) -> AnnotationFile:
    """Read a zip archive of such files, one a gene.

    Raises:
        FileRefused: see ``sgd_json_of``; or the archive is damaged.
    """
    files = ((_shown(name), text_of(path / name, raw)) for name, raw in read_members(path))
    return _read_files(path, files, stamp_of(path))


def read_sgd_folder(path: Path) -> AnnotationFile:
    """Read a folder of such files, one a gene. What is in its subfolders plays no part.

    Raises:
        FileRefused: see ``sgd_json_of``.
    """
    try:
        files = sorted((file for file in path.iterdir() if file.is_file()), key=lambda file: file.name)
    except OSError as error:
        raise FileRefused("the folder cannot be read", path=path, found=error.strerror or str(error)) from None
    return _read_files(path, ((_shown(file.name), read_text(file)) for file in files), None)


def _shown(name: str) -> str:
    """The name of a file as it can be stored: systems allow bytes in names that are no characters."""
    return name.encode("utf-8", "replace").decode()


def _read_files(path: Path, files: Iterator[tuple[str, Text]], stamp: FileStamp | None) -> AnnotationFile:
    collection = _Collection(several=True)
    others: list[Finding] = []
    digest, size = hashlib.sha256(), 0
    for name, text in files:
        digest.update(f"{name}\0{text.stamp.sha256}\n".encode())
        size += text.stamp.size
        if looks_like_json(text):
            collection.add(path / name, name, text)
        else:
            others.append(file_finding("other file", f"{name!r} is no JSON and was left out"))
    return _read(path, stamp or FileStamp(path=str(path), sha256=digest.hexdigest(), size=size), collection, others)


def _read(path: Path, stamp: FileStamp, collection: _Collection, others: list[Finding]) -> AnnotationFile:
    records = collection.records
    numbers = [record.number for record in records]
    shared = len(set(numbers)) < len(numbers)
    if shared:
        numbers = list(range(1, len(records) + 1))
    places = None
    if shared or collection.several:
        rows_at = ((number, record.name, record.line) for number, record in zip(numbers, records, strict=True))
        places = places_of(rows_at, lines_counted=not shared)
    rows: list[AnnotationRow] = []
    refusals: list[Finding] = []
    for number, record in zip(numbers, records, strict=True):
        row = parse_record(record.value, line=number, gene=record.gene, damaged=record.damaged)
        if isinstance(row, Refusal):
            refusals.append(_placed(refused(number, row), places))
        else:
            rows.append(row._replace(flags=tuple(_placed(flag, places) for flag in row.flags)))
    if not rows:
        raise FileRefused(
            "no record of go_details can be used",
            path=path,
            expected="records with locus, go, experiment, reference and date_created",
            found=f"{len(records)} records" + (f", the first refused because: {refusals[0].text}" if refusals else ""),
        )
    annotations, repeats = merged(rows)
    repeats = [_placed(repeat, places) for repeat in repeats]
    products = products_of(rows)
    if shared:
        others = [*others, file_finding("lines", "several records stand on one line: their numbers count records")]
    elif collection.several:
        others = [*others, file_finding("lines", "line numbers go on from file to file, in order of their names")]
    return AnnotationFile(
        stamp=stamp,
        format="SGD JSON",
        version=None,
        file_date=None,
        ontology_release=None,
        generated=False,
        rows=len(records),
        annotations=tuple(annotations),
        products=products,
        findings=(
            *by_line(refusals, (flag for row in rows for flag in row.flags), repeats),
            *others,
            *shared_symbols(products),
        ),
        places=places,
    )


def _placed(finding: Finding, places: Places | None) -> Finding:
    place = None if places is None or finding.line is None else places.of(finding.line)
    if place is None:
        return finding
    text = f"{place}: {finding.text}"
    return Finding(line=finding.line, outcome=finding.outcome, reason=finding.reason, text=text)


def _records(path: Path, text: str) -> Iterator[tuple[Placed, dict[str, Any]]]:
    """Each record with what the file says about the gene around it."""
    try:
        whole = document(text)
    except BadJson as error:
        line = text.count("\n", 0, error.place) + 1
        raise FileRefused("this is not sound JSON", path=path, line=line, found=error.why) from None
    if isinstance(whole.value, dict):
        yield from _of_gene(path, text, whole)
        return
    if not isinstance(whole.value, list):
        raise FileRefused("this is not SGD's gene JSON", path=path, expected=f"an object or list with {_KEY}")
    for element in elements(text, whole.start):
        if isinstance(element.value, dict) and _KEY in element.value:
            yield from _of_gene(path, text, element)
        else:
            yield element, {}


def _of_gene(path: Path, text: str, gene: Placed) -> Iterator[tuple[Placed, dict[str, Any]]]:
    if _KEY not in gene.value:
        raise FileRefused("this is not SGD's gene JSON", path=path, expected=f"the key {_KEY}")
    around = {key: value for key, value in gene.value.items() if key != _KEY}
    for key, found in members(text, gene.start):
        if key != _KEY:
            continue
        if not isinstance(found.value, list):
            line = text.count("\n", 0, found.start) + 1
            raise FileRefused(f"{_KEY} is no list", path=path, line=line)
        for record in elements(text, found.start):
            yield record, around
