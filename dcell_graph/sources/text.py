"""Lines of a text file, plain or gzip, with line numbers; the content decides, never the name.

``read_lines`` streams a file of any size; ``read_text`` is for files that fit into memory, and several times as fast.
"""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import NamedTuple

from dcell_graph.errors import FileRefused
from dcell_graph.types import FileStamp

_GZIP_MAGIC = b"\x1f\x8b"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
REPLACEMENT = "\ufffd"


class Line(NamedTuple):
    """One line of a file.

    Args:
        number: counted from 1 over every line.
        text: without the line end; bytes that are not UTF-8 stand as U+FFFD.
        damaged: True when such bytes were there.
    """

    number: int
    text: str
    damaged: bool


class Text(NamedTuple):
    """A whole file.

    Args:
        stamp: of its bytes on disk.
        lines: the first one has number 1; without their ends, bytes that are not UTF-8 stand as U+FFFD.
        damaged: numbers of the lines where such bytes were.
    """

    stamp: FileStamp
    lines: list[str]
    damaged: frozenset[int]

    def line(self, number: int) -> Line:
        """One line, by its number."""
        return Line(number, self.lines[number - 1], number in self.damaged)


def read_lines(path: Path) -> Iterator[Line]:
    """Yield the lines of a file, decoded line by line so that one bad byte costs one field, not the file.

    Raises:
        FileRefused: the file cannot be opened, or its compressed data are damaged.
    """
    with opened(path) as file:
        yield from decoded_lines(_raw_lines(path, file))


def read_text(path: Path) -> Text:
    """Read a file at once: the lines of ``read_lines``, and the stamp of the very bytes that were read.

    Raises:
        FileRefused: the file cannot be read, or its compressed data are damaged.
    """
    with opened(path) as file:
        raw = file.read()
    return text_of(path, raw)


def text_of(path: Path, raw: bytes) -> Text:
    """The lines of a file of which the bytes are at hand.

    Raises:
        FileRefused: they are compressed data that are damaged.
    """
    stamp = FileStamp(path=str(path), sha256=hashlib.sha256(raw).hexdigest(), size=len(raw))
    if raw.startswith(_GZIP_MAGIC):
        with _sound_gzip(path):
            raw = gzip.decompress(raw)
    try:
        lines = raw.removeprefix(_BYTE_ORDER_MARK).decode("utf-8").split("\n")
    except UnicodeDecodeError:
        decoded = list(decoded_lines(raw.split(b"\n")))
        lines = [line.text for line in decoded]
        damaged = frozenset(line.number for line in decoded if line.damaged)
    else:
        damaged = frozenset()
        if b"\r" in raw:
            lines = [line.rstrip("\r") for line in lines]
    if raw.endswith(b"\n") or not raw:
        del lines[-1]  # what follows the last line end is no line
    return Text(stamp, lines, damaged)


def decoded_lines(raws: Iterable[bytes]) -> Iterator[Line]:
    """Number and decode the raw lines of a file, without their ends and without a byte order mark."""
    for number, raw in enumerate(raws, start=1):
        if number == 1 and raw.startswith(_BYTE_ORDER_MARK):
            raw = raw[len(_BYTE_ORDER_MARK) :]
        raw = raw.rstrip(b"\r\n")
        try:
            yield Line(number, raw.decode("utf-8"), False)
        except UnicodeDecodeError:
            yield Line(number, raw.decode("utf-8", errors="replace"), True)


def stamp(path: Path) -> FileStamp:
    """Checksum and size of a file as it lies on disk.

    Raises:
        FileRefused: the file cannot be read.
    """
    with opened(path) as file:
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return FileStamp(path=str(path), sha256=digest, size=path.stat().st_size)


def refuse_if_markup(path: Path, first: str, expected: str) -> None:
    """Refuse a saved web page, the usual result of a moved address.

    Raises:
        FileRefused: the first line with text starts like HTML or XML.
    """
    if first.lstrip().lower().startswith(("<!doctype", "<html", "<?xml")):
        raise FileRefused(
            "this is a web page, not a data file",
            path=path,
            line=1,
            expected=expected,
            found=repr(first[:40]),
            hint="check the address it was fetched from",
        )


@contextmanager
def opened(path: Path) -> Iterator[BufferedReader]:
    """Open a file for its bytes.

    Raises:
        FileRefused: it cannot be opened.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise FileRefused("the file cannot be opened", path=path, found=error.strerror or str(error)) from None
    with file:
        yield file


def _raw_lines(path: Path, file: BufferedReader) -> Iterator[bytes]:
    compressed = file.read(2) == _GZIP_MAGIC
    file.seek(0)
    if not compressed:
        yield from file
        return
    with _sound_gzip(path), gzip.GzipFile(fileobj=file) as unpacked:
        yield from BufferedReader(unpacked, 1 << 20)


@contextmanager
def _sound_gzip(path: Path) -> Iterator[None]:
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise FileRefused(
            "the gzip data are damaged or cut off", path=path, found=str(error), hint="fetch the file again"
        ) from None
