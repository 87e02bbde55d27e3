"""A first look into a source file: is it of its format, is it whole, and which release does it call itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from dcell_graph.errors import FileRefused
from dcell_graph.sources.archive import is_zip, read_member
from dcell_graph.sources.catalogue import FileFormat
from dcell_graph.sources.text import Line, read_lines

_MARKUP = ("<!doctype", "<html", "<?xml", "<error", "<head")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_OBO_DATE = re.compile(r"date:\s*(\d{2}):(\d{2}):(\d{4})")
_GAF_DATE = re.compile(
    r"!\s*(?:date-generated|generated|date)\s*:\s*(?:(\d{4})-?(\d{2})-?(\d{2})|(\d{2})/(\d{2})/(\d{4}))", re.I
)


def release_names(path: Path, file_format: FileFormat) -> tuple[str, ...]:
    """The names that a file gives its release in its header, the best first; none if it says nothing.

    An ontology states ``data-version: releases/2016-12-06``; older ones a version number and ``date: 06:12:2016`` (day
    first). Annotation files state the day they were made: ``!Generated:``, ``!date-generated:`` or, at SGD,
    ``!Date: 12/24/2011`` (month first).

    Raises:
        FileRefused: the file cannot be read.
    """
    if file_format == "obo":
        return _obo_names(path)
    if file_format == "gaf":
        for line in read_lines(path):
            if not line.text.startswith("!"):
                break
            if match := _GAF_DATE.match(line.text):
                year, month, day, us_month, us_day, us_year = match.groups()
                return (f"{year or us_year}-{month or us_month}-{day or us_day}",)
    return ()


def _obo_names(path: Path) -> tuple[str, ...]:
    version = day = None
    for line in read_lines(path):
        if line.text.startswith("["):
            break
        if line.text.startswith("data-version:"):
            text = line.text.removeprefix("data-version:").strip()
            date = _ISO_DATE.search(text)
            if date:
                return (date[0],)
            version = text or None
        elif match := _OBO_DATE.match(line.text):
            day = f"{match[3]}-{match[2]}-{match[1]}"
    return tuple(name for name in (version, day) if name is not None)


def problem_with(path: Path, file_format: FileFormat, member: str | None = None) -> str | None:
    """Why a file cannot be of its format, as the end of a sentence that starts with its name; None if it can.

    Reads the whole file, so that compressed data that are damaged or cut short are noticed; of an archive only the
    member.

    Args:
        path: the file.
        file_format: what it should be.
        member: the file of an archive that should be of the format, see ``archive.read_member``; None if the file is no
            archive, or one that is not looked into (format ``zip``).
    """
    archived = is_zip(path)
    if file_format == "zip":
        return None if archived else "is not a zip archive"
    looks_right = _LOOKS[file_format]
    first, right, count = "", False, 0
    try:
        for line in _lines(path, member, archived):
            count += 1
            if not first and line.text.strip():
                first = line.text.strip()
                if first.lower().startswith(_MARKUP):
                    return "is a web page or an error message, not data"
            right = right or looks_right(line.text)
    except FileRefused as error:
        if archived:
            return f"cannot be used: {FileRefused(error.what, expected=error.expected, found=error.found)}"
        return f"is damaged: {error.found or error.what}"
    if not first:
        return "is empty"
    if member is not None and not archived:
        return "is not a zip archive"
    return None if right else f"is not a {file_format} file: its {count} lines start with {first[:40]!r}"


def _lines(path: Path, member: str | None, archived: bool) -> Iterator[Line]:
    return read_member(path, member) if archived and member is not None else read_lines(path)


def _columns(least: int) -> Callable[[str], bool]:
    return lambda text: text.count("\t") >= least - 1


# What at least one line of a file has to look like.
_LOOKS: dict[str, Callable[[str], bool]] = {
    "obo": lambda text: text.startswith("[Term]"),
    "gaf": lambda text: not text.startswith("!") and text.count("\t") >= 14,
    "sgd-features": _columns(16),
    "gene-list": lambda text: len(text.split()) >= 1 and not text.startswith("#"),
    "dcell": lambda text: len(text.split()) >= 3 and text.split()[0].isdigit(),
    "sga-trigenic": _columns(5),
    "sga-pairwise": _columns(11),
}
