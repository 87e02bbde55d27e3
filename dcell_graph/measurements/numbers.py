"""Numbers in phenotype tables, read strictly."""

from __future__ import annotations

import math
import re

_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_INFINITE = re.compile(r"[+-]?inf(?:inity)?", re.IGNORECASE)
LARGEST = 1e100
"""No phenotype is larger, and below it neither sums nor squares overflow."""


class NotANumber(Exception):
    """A text that is no finite decimal number.

    Args:
        reason: ``empty``, ``infinite``, ``out of range`` or ``not a number``.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def finite_decimal(text: str) -> float:
    """Read a decimal number with a point, ASCII digits and an optional exponent.

    Raises:
        NotANumber: the text is empty, infinite (also once read: 1e400), beyond ``LARGEST``, or something else, such as
            ``nan`` or ``0,3``.
    """
    if not text:
        raise NotANumber("empty")
    if not _DECIMAL.fullmatch(text):
        raise NotANumber("infinite" if _INFINITE.fullmatch(text) else "not a number")
    value = float(text)
    if not math.isfinite(value):
        raise NotANumber("infinite")
    if abs(value) > LARGEST:
        raise NotANumber("out of range")
    return value


def deviation_or_none(text: str) -> float | None:
    """Read a standard deviation; one that is missing, negative or no number counts as not known.

    That is no reason to lose the row.
    """
    try:
        value = finite_decimal(text)
    except NotANumber:
        return None
    return value if value >= 0 else None
