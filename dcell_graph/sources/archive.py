"""Files of a zip archive: one text file as a stream, or all of them one after the other.

Nothing is unpacked to disk, and names inside an archive are only compared and shown, never used as paths. What could
fill the memory is refused: a member that inflates beyond what text does, and a line that does not end.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from io import BufferedIOBase, BufferedReader, RawIOBase
from pathlib import Path
from typing import cast

from dcell_graph.errors import FileRefused
from dcell_graph.sources.text import HARMLESS_BYTES, INFLATION, Line, decoded_lines

_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")  # of a first member, and of an archive without any
_ENCRYPTED = 0x1 | 0x40 | 0x2000  # the member, strongly, and with the list of members
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_SEPARATOR = re.compile(r"[/\\]")
_LONGEST_LINE = 1 << 20
_SHOWN = 10

# What zipfile raises or lets through on damaged bytes, besides its own error.
_DAMAGE = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)


def is_zip(path: Path) -> bool:
    """Whether the content of a file starts like a zip archive; its name plays no part.

    Raises:
        FileRefused: the file cannot be opened.
    """
    try:
        with path.open("rb") as file:
            return file.read(4) in _MAGIC
    except OSError as error:
        raise FileRefused("the file cannot be opened", path=path, found=error.strerror or str(error)) from None


def read_member(path: Path, member: str | None = None) -> Iterator[Line]:
    """Yield the lines of one file of a zip archive, decoded like those of ``text.read_lines``.

    Args:
        path: the archive.
        member: the name of the file in it, in whatever folder; may start with some of its folders to tell files of one
            name apart. None takes the only file.

    Raises:
        FileRefused: none or several such files, an encrypted or damaged archive, a member that inflates absurdly, or a
            line of more than 1 MiB. Damage further on is noticed when it is reached, at the latest at the end.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            info = _chosen(path, archive, member)
            _check(path, info)
            with archive.open(info) as file:
                # Reading lines from the member itself is slow. The stub of zipfile hides that it has readinto.
                buffered = BufferedReader(cast("RawIOBase", file), 1 << 20)
                yield from decoded_lines(_raw_lines(path, info, buffered))
    except _DAMAGE as error:
        raise FileRefused(
            "the zip archive is damaged or cut off", path=path, found=_one_line(error), hint="fetch the file again"
        ) from None


def read_members(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the name and content of every file of a zip archive, in order of names.

    Raises:
        FileRefused: a damaged archive, or a file of it that is encrypted or inflates absurdly, or all of them together.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            files = _files(archive)
            _check_together(path, sum(info.file_size for info in files))
            for info in sorted(files, key=lambda info: info.filename):
                _check(path, info)
                yield info.filename, archive.read(info)
    except _DAMAGE as error:
        raise FileRefused(
            "the zip archive is damaged or cut off", path=path, found=_one_line(error), hint="fetch the file again"
        ) from None


def _files(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    return [info for info in archive.infolist() if not info.filename.endswith(("/", "\\"))]


def _chosen(path: Path, archive: zipfile.ZipFile, member: str | None) -> zipfile.ZipInfo:
    files = _files(archive)
    asked = [] if member is None else _SEPARATOR.split(member)
    fitting = [info for info in files if _SEPARATOR.split(info.filename)[-len(asked) :] == asked or member is None]
    if len(fitting) == 1:
        return fitting[0]
    several = f"the archive holds {len(fitting):,} " + ("files" if member is None else "files of that name")
    raise FileRefused(
        several if fitting else "the archive holds no such file",
        path=path,
        expected="one that --member names" if member is None else member,
        found=_names(fitting or files),
        hint="name one of them with --member" if files else None,
    )


def _names(infos: list[zipfile.ZipInfo]) -> str:
    """Names for people: in quotes and escaped, so that no name can pretend to be something else."""
    names = [repr(info.filename[-100:]) for info in infos[:_SHOWN]]
    more = [f"{len(infos) - _SHOWN:,} more"] if len(infos) > _SHOWN else []
    return ", ".join(names + more) or "no file"


def _check(path: Path, info: zipfile.ZipInfo) -> None:
    name = _names([info])
    if info.flag_bits & _ENCRYPTED:
        raise FileRefused("the file in the archive is encrypted", path=path, found=name, hint="unpack it by hand")
    if info.compress_type not in _METHODS:
        raise FileRefused(
            "the file in the archive is compressed in a way that is not read here",
            path=path,
            expected="deflate",
            found=f"{name} by method {info.compress_type}",
            hint="unpack it by hand",
        )
    # The stated size binds: zipfile reads no further than that, and compares the checksum there.
    if info.file_size > max(HARMLESS_BYTES, INFLATION * min(info.compress_size, path.stat().st_size)):
        raise FileRefused(
            "the file in the archive inflates absurdly",
            path=path,
            expected=f"at most {INFLATION} times its compressed size",
            found=f"{name} with {info.compress_size:,} bytes that become {info.file_size:,}",
            hint="unpack it by hand if that is right",
        )


def _check_together(path: Path, total: int) -> None:
    """Many files may share the same bytes of an archive."""
    most = max(HARMLESS_BYTES, INFLATION * path.stat().st_size)
    if total > most:
        raise FileRefused(
            "the files in the archive inflate absurdly",
            path=path,
            expected=f"at most {INFLATION} times the size of the archive, here {most:,} bytes",
            found=f"{total:,} bytes",
            hint="unpack it by hand if that is right",
        )


def _raw_lines(path: Path, info: zipfile.ZipInfo, file: BufferedIOBase) -> Iterator[bytes]:
    number = 0
    while raw := file.readline(_LONGEST_LINE + 1):
        number += 1
        if len(raw) > _LONGEST_LINE:
            raise FileRefused(
                "a line in the archive does not end",
                path=path,
                line=number,
                expected=f"at most {_LONGEST_LINE:,} bytes",
                found=f"more in {_names([info])}",
            )
        yield raw


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
