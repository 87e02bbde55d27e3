"""Small types that several rooms share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Progress(Protocol):
    """Told how far a long operation is. Doors show it as a bar; the default shows nothing."""

    def __call__(self, step: str, done: int, total: int | None) -> None:
        """Report that ``done`` of ``total`` units of ``step`` are finished (total None: not known)."""


def silent(step: str, done: int, total: int | None) -> None:
    """The default progress: says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileStamp:
    """What identifies a file that was read: where it was, and what was in it.

    Args:
        path: as the user gave it.
        sha256: of the bytes on disk (compressed, if the file is compressed).
        size: in bytes, on disk.
    """

    path: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One remark about a line of a file.

    Args:
        line: counted from 1 over every line of the file; None when the remark is about the whole file.
        outcome: ``refused`` (not stored), ``flagged`` (stored, but look at it) or ``merged`` (same as an earlier row).
        reason: a short fixed word, the one that counts are grouped by.
        text: a sentence for people.
    """

    line: int | None
    outcome: str
    reason: str
    text: str
