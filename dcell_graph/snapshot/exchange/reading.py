"""What all importers of text share: the lines of a file that is sound, plain or gzip."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from dcell_graph.errors import FileRefused, NotFound
from dcell_graph.sources.text import Text, read_text

LARGEST = 2**31 - 1
"""The largest number that the tables of a snapshot hold."""


def sound_text(path: Path, expected: str) -> Text:
    """Read a file that is UTF-8 throughout and not empty.

    Args:
        path: plain or gzip.
        expected: what the file should hold, in words.

    Raises:
        NotFound: there is no such file.
        FileRefused: it cannot be read, is not UTF-8, or holds nothing.
    """
    if not path.exists():
        raise NotFound(f"there is no file {path}", expected=expected)
    text = read_text(path)
    if text.damaged:
        raise FileRefused(
            "the line is not UTF-8",
            path=path,
            line=min(text.damaged),
            expected="UTF-8 text",
            found="other bytes",
            hint="save the file as UTF-8",
        )
    if not any(line.strip() for line in text.lines):
        raise FileRefused("the file is empty", path=path, expected=expected)
    return text


def whole_number(text: str) -> int | None:
    """A number from 0 to ``LARGEST`` in decimal digits, or None if the text is none."""
    # Python refuses to convert thousands of digits, so their number is looked at first.
    if not (text.isascii() and text.isdigit()) or len(text.lstrip("0")) > len(str(LARGEST)):
        return None
    number = int(text.lstrip("0") or "0")
    return number if number <= LARGEST else None


def filled_lines(text: Text) -> Iterator[tuple[int, str]]:
    """Number and text of the lines that are not blank."""
    return ((number, line) for number, line in enumerate(text.lines, start=1) if line.strip())
