"""Numbers of things in sentences."""

from __future__ import annotations


def counted(count: int, one: str, many: str | None = None) -> str:
    """A number with its noun: ``1 term``, ``2,000 terms``.

    Args:
        count: from 0.
        one: the words after 1.
        many: the words after other numbers; None adds an s.
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"
