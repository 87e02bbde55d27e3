"""The rows of a text file by the ten thousand: several times as fast as line by line, with the same result.

Lines are those of ``text.read_lines``, without empty ones and comments.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dcell_graph.sources.archive import is_zip, read_member
from dcell_graph.sources.text import LONGEST_LINE, Line, decoded_lines, endless, opened, unpacked

COMMENT = "#"
_BLOCK_BYTES = 1 << 21
_BLOCK_LINES = 1 << 14

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Some neighbouring rows, N of them.

    Args:
        texts: of the rows [N].
        numbers: of their lines, counted from 1 [N].
        damaged: places in the block of rows with bytes that are not UTF-8.
        comments: numbers and texts of the comments among them.
    """

    texts: list[str]
    numbers: Ints
    damaged: frozenset[int] = frozenset()
    comments: tuple[tuple[int, str], ...] = ()

    def after(self, number: int) -> Block:
        """The rows of the lines after one."""
        start = int(np.searchsorted(self.numbers, number, side="right"))
        return Block(
            texts=self.texts[start:],
            numbers=self.numbers[start:],
            damaged=frozenset(place - start for place in self.damaged if place >= start),
        )


def read_blocks(path: Path, member: str | None) -> Iterator[Block]:
    """Yield the rows of a file, some thousand at a time.

    Args:
        path: plain or gzip text, or a zip archive with a text.
        member: name of the text in a zip archive, see ``archive.read_member``; None takes its only file.

    Raises:
        FileRefused: the file cannot be read to its end.
    """
    if is_zip(path):
        lines = read_member(path, member)
        while some := list(islice(lines, _BLOCK_LINES)):
            yield _of_lines(some)
        return
    first = 1
    with opened(path) as file, unpacked(path, file) as source:
        for raw in _whole_lines(path, source):
            count = raw.count(b"\n") + (not raw.endswith(b"\n"))
            yield _decoded(raw, first, count)
            first += count


def _decoded(raw: bytes, first: int, count: int) -> Block:
    """The rows of whole lines, of which the first has a number."""
    try:
        texts = raw.decode("utf-8").split("\n")
    except UnicodeDecodeError:
        lines = decoded_lines(raw.removesuffix(b"\n").split(b"\n"))
        return _of_lines([Line(line.number + first - 1, line.text, line.damaged) for line in lines])
    del texts[count:]
    if first == 1:
        texts[0] = texts[0].removeprefix("\ufeff")
    if b"\r" in raw:
        texts = [text.rstrip("\r") for text in texts]
    numbers = np.arange(first, first + count)
    if any(not text or text[0] in " #" for text in texts):
        return _rows(texts, numbers, frozenset())
    return Block(texts=texts, numbers=numbers)


def _of_lines(lines: list[Line]) -> Block:
    damaged = frozenset(place for place, line in enumerate(lines) if line.damaged)
    numbers = np.fromiter((line.number for line in lines), np.int64, len(lines))
    return _rows([line.text for line in lines], numbers, damaged)


def _rows(texts: list[str], numbers: Ints, damaged: frozenset[int]) -> Block:
    kept = [place for place, text in enumerate(texts) if text.strip(" ") and not text.startswith(COMMENT)]
    return Block(
        texts=[texts[place] for place in kept],
        numbers=numbers[kept] if kept else numbers[:0],
        damaged=frozenset(new for new, place in enumerate(kept) if place in damaged),
        comments=tuple(
            (number, text) for number, text in zip(numbers.tolist(), texts, strict=True) if text.startswith(COMMENT)
        ),
    )


def _whole_lines(path: Path, file: BufferedReader) -> Iterator[bytes]:
    """Bytes of whole lines."""
    rest: list[bytes] = []
    number, waiting = 1, 0
    while raw := file.read(_BLOCK_BYTES):
        end = raw.rfind(b"\n") + 1
        if not end:
            rest.append(raw)
            waiting += len(raw)
            if waiting > LONGEST_LINE:
                raise endless(path, number)
            continue
        number += raw.count(b"\n")
        yield b"".join([*rest, raw[:end]])
        rest = [raw[end:]] if end < len(raw) else []
        waiting = len(raw) - end
    if rest:
        yield b"".join(rest)
