"""Comment lines of annotation files: the version of the format, the day of the file, the ontology behind it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from dcell_graph.errors import FileRefused
from dcell_graph.sources.annotation_file import file_finding
from dcell_graph.sources.text import Text
from dcell_graph.sources.vocabulary import GENERATED_MARK
from dcell_graph.types import Finding

# Formats by the word of their version lines: GPAD calls itself gpa in 1.x and gpad in 2.0.
FORMATS = {"gaf": "GAF", "gpa": "GPAD", "gpad": "GPAD", "gpi": "GPI"}
_VERSION_LINE = re.compile(r"!\s*(gaf|gpad?|gpi)([-_ ]?)version\s*:?\s*(\S*)", re.IGNORECASE)
_DATE_LINE = re.compile(r"!\s*(date[-_]generated|generated|date|submission date)\s*:\s*(.+)", re.IGNORECASE)
_ONTOLOGY_LINE = re.compile(r"!\s*GO[-_]version:.*?(\d{4}-\d{2}-\d{2})", re.IGNORECASE)
_DATES = (
    (re.compile(r"(\d{4})([-/])(\d{2})\2(\d{2})(?!\d)", re.ASCII), (1, 3, 4)),
    (re.compile(r"(\d{4})(\d{2})(\d{2})(?!\d)", re.ASCII), (1, 2, 3)),
    (re.compile(r"(\d{2})/(\d{2})/(\d{4})(?!\d)", re.ASCII), (3, 1, 2)),
)
# What a line that holds no data begins with; one that begins with space may hold some.
_NO_DATA = frozenset({"", "!", " ", "\r"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What the comment lines of a file say, wherever in it they stand.

    Args:
        format: GAF, GPAD or GPI.
        versions: as the version lines state them, in file order.
        misspelt: number of the last version line that is not written with a hyphen.
        file_date: the first day that is one.
        ontology_release: the GO release that is named.
        generated: True for a file of a generated world.
    """

    format: str
    versions: tuple[str, ...]
    misspelt: int | None
    file_date: date | None
    ontology_release: str | None
    generated: bool

    def version(self, path: Path, known: Sequence[str]) -> str | None:
        """The version in force: the newest one stated.

        Raises:
            FileRefused: a version that is not among the known ones.
        """
        unknown = [version for version in self.versions if version not in known]
        if unknown:
            what = f"the {self.format} version is not known"
            raise FileRefused(what, path=path, expected=" or ".join(known), found=unknown[0])
        return max(self.versions, default=None)

    def findings(self) -> Iterator[Finding]:
        """What is odd about it."""
        if len(set(self.versions)) > 1:
            text = f"two version lines, {' and '.join(self.versions)}; the newest counts"
            yield file_finding("version", text)
        if self.misspelt is not None:
            yield Finding(line=self.misspelt, outcome="flagged", reason="version", text="misspelt version line")


def data_lines(text: Text) -> list[int]:
    """Numbers of the lines that are neither comments nor blank."""
    return [
        number
        for number, line in enumerate(text.lines, start=1)
        if line[:1] not in _NO_DATA or (line[:1] != "!" and line.strip(" \r"))
    ]


def stated_format(text: Text) -> str | None:
    """GAF, GPAD or GPI by the first version line; None if there is none."""
    for _, line in _comments(text):
        if match := _VERSION_LINE.match(line):
            return FORMATS[match[1].lower()]
    return None


def read_header(path: Path, text: Text, expected: str) -> Header:
    """Read the comment lines.

    Args:
        path: of the file, for messages.
        text: the file.
        expected: GAF, GPAD or GPI.

    Raises:
        FileRefused: they say that it is a file of another format.
    """
    versions: list[str] = []
    misspelt: int | None = None
    file_date: date | None = None
    ontology_release: str | None = None
    generated = False
    for number, line in _comments(text):
        if match := _VERSION_LINE.match(line):
            if FORMATS[match[1].lower()] != expected:
                what = f"this is not a {expected} file"
                wanted = f"!{expected.lower()}-version"
                raise FileRefused(what, path=path, line=number, expected=wanted, found=line[:40])
            if match[3]:
                versions.append(match[3])
                misspelt = misspelt if match[2] == "-" else number
        elif match := _ONTOLOGY_LINE.match(line):
            ontology_release = match[1]
        elif match := _DATE_LINE.match(line):
            file_date = file_date or _day(match[2])
        generated = generated or GENERATED_MARK in line
    return Header(
        format=expected,
        versions=tuple(versions),
        misspelt=misspelt,
        file_date=file_date,
        ontology_release=ontology_release,
        generated=generated,
    )


def _comments(text: Text) -> Iterator[tuple[int, str]]:
    return ((number, line) for number, line in enumerate(text.lines, start=1) if line[:1] == "!")


def _day(text: str) -> date | None:
    """The date in a header line: 2018-06-02, 2018/06/02, 20180602 or, as SGD wrote it, 12/24/2011 (month first)."""
    for pattern, order in _DATES:
        if match := pattern.match(text.strip()):
            try:
                return date(*(int(match[part]) for part in order))
            except ValueError:
                return None
    return None
