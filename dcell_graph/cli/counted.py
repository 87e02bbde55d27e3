"""Numbers of things, so that one thing is not spoken of as several."""

from __future__ import annotations


def counted(number: int, things: str) -> str:
    """A number with the word for what is counted: ``1 strain``, ``2,000 strains``.

    Args:
        number: how many.
        things: the word for several, which ends in s.
    """
    return f"{number:,} {things.removesuffix('s') if number == 1 else things}"
