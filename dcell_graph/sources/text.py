"""Lines of a text file, plain or gzip, with line numbers; the content decides, never the name.

``read_lines`` streams a file of any size; ``read_text`` is for files that fit into memory, and several times as fast.
What could fill the memory or never end is refused early: a line of absurd length, and compressed data that unpack to
more than text does.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import NamedTuple

from dcell_graph.errors import FileRefused
from dcell_graph.types import FileStamp

_GZIP_MAGIC = b"\x1f\x8b"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
REPLACEMENT = "\ufffd"
LONGEST_LINE = 1 << 28
"""Bytes. The longest lines by far are those of JSON files, which may be one line as a whole."""
# Tables of measurements deflate about 5 times, the most repetitive ones 50 times; deflate can reach 1,032.
INFLATION = 100
HARMLESS_BYTES = 16 << 20
_PIECE = 1 << 16  # of compressed data, which become 64 MiB at most
_PADDING = re.compile(b"\\0*")


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
        FileRefused: the file cannot be opened, its compressed data are damaged or absurd, or a line does not end.
    """
    with opened(path) as file, unpacked(path, file) as source:
        yield from decoded_lines(_raw_lines(path, source))


def read_text(path: Path) -> Text:
    """Read a file at once: the lines of ``read_lines``, and the stamp of the very bytes that were read.

    Raises:
        FileRefused: the file cannot be read, its compressed data are damaged or absurd, or a line does not end.
    """
    with opened(path) as file:
        raw = b"".join(_parts(path, file))
    return text_of(path, raw)


def text_of(path: Path, raw: bytes) -> Text:
    """The lines of a file of which the bytes are at hand.

    Raises:
        FileRefused: they are compressed data that are damaged, or that unpack to absurdly much.
    """
    stamp = FileStamp(path=str(path), sha256=hashlib.sha256(raw).hexdigest(), size=len(raw))
    if raw.startswith(_GZIP_MAGIC):
        with sound_gzip(path):
            raw = _decompressed(path, raw)
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


@contextmanager
def unpacked(path: Path, file: BufferedReader) -> Iterator[BufferedReader]:
    """The bytes of a file, of gzip data the unpacked ones.

    Args:
        path: of the file.
        file: at its beginning, open for as long as it is read.

    Raises:
        FileRefused: the compressed data are damaged, or unpack to absurdly much.
    """
    compressed = file.read(2) == _GZIP_MAGIC
    file.seek(0)
    if not compressed:
        yield file
        return
    with sound_gzip(path), gzip.GzipFile(fileobj=file) as source:
        yield BufferedReader(_Limited(path, source), 1 << 20)


@contextmanager
def sound_gzip(path: Path) -> Iterator[None]:
    """Say what is wrong with compressed data.

    Raises:
        FileRefused: in place of the errors of the unpacker.
    """
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise FileRefused(
            "the gzip data are damaged or cut off", path=path, found=str(error), hint="fetch the file again"
        ) from None


def endless(path: Path, number: int) -> FileRefused:
    """The error for a line that is longer than any line of data."""
    return FileRefused("a line does not end", path=path, line=number, expected=f"at most {LONGEST_LINE:,} bytes")


class _Limited(RawIOBase):
    """Unpacked data, as long as they are not absurdly many."""

    def __init__(self, path: Path, source: gzip.GzipFile) -> None:
        self._path, self._source = path, source
        self._most = max(HARMLESS_BYTES, INFLATION * path.stat().st_size)
        self._read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # any buffer would do
        count = self._source.readinto(buffer)
        self._read += count
        if self._read > self._most:
            raise _absurd(self._path, self._most)
        return count


def _absurd(path: Path, most: int) -> FileRefused:
    return FileRefused(
        "the compressed data inflate absurdly",
        path=path,
        expected=f"at most {INFLATION} times the size of the file, here {most:,} bytes",
        hint="unpack the file by hand if that is right",
    )


def _raw_lines(path: Path, file: BufferedReader) -> Iterator[bytes]:
    for number, raw in enumerate(iter(partial(file.readline, LONGEST_LINE + 1), b""), start=1):
        if len(raw) > LONGEST_LINE:
            raise endless(path, number)
        yield raw


def _parts(path: Path, file: BufferedReader) -> Iterator[bytes]:
    """A whole file, part by part, as long as its lines end."""
    number, since = 1, 0
    while part := file.read(HARMLESS_BYTES):
        yield part
        last = part.rfind(b"\n")
        since = since + len(part) if last < 0 else len(part) - last
        number += part.count(b"\n")
        if since > LONGEST_LINE:
            raise endless(path, number)


def _decompressed(path: Path, raw: bytes) -> bytes:
    """All parts of gzip data; between them there may be zeros."""
    most = max(HARMLESS_BYTES, INFLATION * len(raw))
    view, place, size = memoryview(raw), 0, 0
    parts: list[bytes] = []
    while place < len(raw):
        unpacker = zlib.decompressobj(wbits=31)
        while not unpacker.eof:
            if place == len(raw):
                raise EOFError("Compressed file ended before the end-of-stream marker was reached")
            piece = view[place : place + _PIECE]
            parts.append(unpacker.decompress(piece))
            place += len(piece) - len(unpacker.unused_data)
            size += len(parts[-1])
            if size > most:
                raise _absurd(path, most)
        padding = _PADDING.match(raw, place)
        assert padding is not None
        place = padding.end()
    return b"".join(parts)
