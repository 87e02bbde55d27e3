"""Parameters of queries from the text that users type."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from dcell_graph.errors import InputError

_WHOLE = re.compile(r"[+-]?\d+")
_REAL = re.compile(r"[+-]?(\d+\.\d*|\.\d+|\d+(?=[eE]))([eE][+-]?\d+)?")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_WORDS = {"true": True, "false": False, "null": None}
_LARGEST = 2**63 - 1


def split_pairs(texts: Iterable[str]) -> dict[str, str]:
    """Names and values from NAME=VALUE.

    Raises:
        InputError: there is no equals sign, or a name is there twice.
    """
    pairs: dict[str, str] = {}
    for text in texts:
        name, separator, value = text.partition("=")
        name = name.strip().removeprefix("$")
        if not separator or not name:
            raise InputError("a parameter cannot be read", expected="--param NAME=VALUE", found=text)
        if name in pairs:
            raise InputError(f"the parameter {name} is given twice", hint="give it once")
        pairs[name] = value
    return pairs


def guess(name: str, text: str) -> Any:
    """The value that a text stands for: a number, true, false, null, a day (YYYY-MM-DD), JSON, else the text itself.

    Lists and maps are JSON; a text in double quotes is a JSON string, which is how ``"5"`` stays a text.

    Args:
        name: of the parameter, for messages.
        text: as typed.

    Raises:
        InputError: it begins like JSON and is none, is a day that does not exist, or a whole number of more than 64
            bits.
    """
    stripped = text.strip()
    if stripped in _WORDS:
        return _WORDS[stripped]
    if _WHOLE.fullmatch(stripped):
        return _checked(name, int(stripped))
    if _REAL.fullmatch(stripped):
        return float(stripped)
    if _DAY.fullmatch(stripped):
        return to_day(name, stripped)
    if stripped[:1] in ("[", "{", '"'):
        return _checked(name, _from_json(name, stripped))
    return text


def to_day(name: str, text: str) -> date:
    """A day from YYYY-MM-DD.

    Raises:
        InputError: it is none.
    """
    try:
        if _DAY.fullmatch(text.strip()):
            return date.fromisoformat(text.strip())
    except ValueError:
        pass
    raise InputError(f"the parameter {name} is not a day", expected="YYYY-MM-DD", found=text)


def to_list(name: str, text: str) -> list[Any]:
    """A list from JSON, or from texts with commas between.

    Raises:
        InputError: it begins like JSON and is none.
    """
    if not text.strip().startswith("["):
        return [part.strip() for part in text.split(",") if part.strip()]
    value = _checked(name, _from_json(name, text))
    assert isinstance(value, list)  # it begins with a bracket
    return value


def to_number(name: str, text: str) -> int:
    """A whole number from 0.

    Raises:
        InputError: it is none.
    """
    if re.fullmatch(r"\d{1,18}", text.strip()):
        return int(text)
    raise InputError(f"the parameter {name} is not a whole number", expected="0 or more", found=text)


def _from_json(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"the parameter {name} begins like JSON and is none",
            found=f"{text} ({error})",
            hint="a text with a bracket or quote at its start is written as a JSON string",
        ) from None


def _checked(name: str, value: Any) -> Any:
    if isinstance(value, int) and not -_LARGEST - 1 <= value <= _LARGEST:
        raise InputError(f"the parameter {name} is too large", expected="a whole number of 64 bits", found=str(value))
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _checked(name, item)
    return value
