"""JSON with the places of its values: the standard decoder says what is there, this says where it starts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

_DECODER = json.JSONDecoder()
_BLANK = re.compile(r"[ \t\n\r]*")


class Placed(NamedTuple):
    """A value, the index of its first character, and the index after its last."""

    value: Any
    start: int
    end: int


class BadJson(Exception):
    """The text is no JSON.

    Args:
        why: in few words.
        place: index of the character where it goes wrong.
    """

    def __init__(self, why: str, place: int) -> None:
        super().__init__(why)
        self.why = why
        self.place = place


def document(text: str) -> Placed:
    """The one value of a text.

    Raises:
        BadJson: it is no JSON, or more than one value.
    """
    found = _value(text, _skip(text, 0))
    end = _skip(text, found.end)
    if end != len(text):
        raise BadJson("something follows the end", end)
    return found


def elements(text: str, start: int) -> Iterator[Placed]:
    """The elements of the array that starts here, which must be sound."""
    place = _skip(text, start + 1)
    while text[place] != "]":
        found = _value(text, place)
        yield found
        place = _next(text, found.end)


def members(text: str, start: int) -> Iterator[tuple[str, Placed]]:
    """Keys and values of the object that starts here, which must be sound; a key may come twice."""
    place = _skip(text, start + 1)
    while text[place] != "}":
        key = _value(text, place)
        colon = _skip(text, key.end)
        found = _value(text, _skip(text, colon + 1))
        yield key.value, found
        place = _next(text, found.end)


def _next(text: str, end: int) -> int:
    """Index of what follows a comma, or of the closing bracket."""
    place = _skip(text, end)
    return _skip(text, place + 1) if text[place] == "," else place


def _value(text: str, start: int) -> Placed:
    try:
        value, end = _DECODER.raw_decode(text, start)
    except json.JSONDecodeError as error:
        raise BadJson(error.msg, error.pos) from None
    except RecursionError:
        raise BadJson("too many brackets inside each other", start) from None
    except ValueError:  # an integer of thousands of digits
        raise BadJson("a number that is too long", start) from None
    return Placed(value, start, end)


def _skip(text: str, place: int) -> int:
    match = _BLANK.match(text, place)
    return match.end() if match else place
