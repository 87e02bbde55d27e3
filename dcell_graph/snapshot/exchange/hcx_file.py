"""The JSON of CX2: aspects with their elements, the line each begins in, and attributes under their full names."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from itertools import accumulate
from typing import Any, NamedTuple

from dcell_graph.snapshot.exchange.draft import Draft
from dcell_graph.sources.json_places import BadJson, Placed, document, elements, members

_MAJOR_VERSION = "2"


class Item(NamedTuple):
    """An element of an aspect and the line it begins in."""

    content: Mapping[str, Any]
    line: int


def parse(draft: Draft, text: str) -> dict[str, list[Item]]:
    """The aspects of a CX2 file by name; fragments of one aspect are joined.

    Args:
        draft: names the file in errors.
        text: the whole file.

    Raises:
        FileRefused: not JSON, not CX2, or a part that is no object.
    """
    starts = [0, *accumulate(len(part) + 1 for part in text.split("\n"))]

    def line(place: int) -> int:
        return bisect_right(starts, place)

    try:
        whole = document(text)
    except BadJson as error:
        raise draft.refuse("the file is not JSON", line(error.place), found=error.why) from None
    _check_version(draft, whole.value)
    aspects: dict[str, list[Item]] = {}
    for part in list(elements(text, whole.start))[1:]:
        _check_object(draft, part, line(part.start))
        for name, content in members(text, part.start):
            items = aspects.setdefault(name, [])
            if not isinstance(content.value, list):
                continue
            for item in elements(text, content.start):
                _check_object(draft, item, line(item.start))
                items.append(Item(item.value, line(item.start)))
    return aspects


def attributes(aspects: Mapping[str, list[Item]], aspect: str, prefix: str = "") -> list[dict[str, Any]]:
    """Attributes of each element of an aspect, under their full names and with declared defaults.

    Args:
        aspects: of the file.
        aspect: ``nodes`` or ``edges``.
        prefix: of the names of the aspects.
    """
    declared: dict[str, Mapping[str, Any]] = {}
    for item in aspects.get(f"{prefix}attributeDeclarations", []):
        declaration = item.content.get(aspect)
        if isinstance(declaration, dict):
            declared |= {name: entry for name, entry in declaration.items() if isinstance(entry, dict)}
    full: dict[str, str] = {entry["a"]: name for name, entry in declared.items() if isinstance(entry.get("a"), str)}
    defaults: dict[str, Any] = {name: entry["v"] for name, entry in declared.items() if "v" in entry}
    found = []
    for item in aspects.get(f"{prefix}{aspect}", []):
        values = item.content.get("v")
        own: dict[str, Any] = values if isinstance(values, dict) else {}
        found.append(defaults | {full.get(name, name): value for name, value in own.items()})
    return found


def _check_version(draft: Draft, content: Any) -> None:
    first = content[0] if isinstance(content, list) and content else None
    version = first.get("CXVersion") if isinstance(first, dict) else None
    if not isinstance(version, str) or version.partition(".")[0] != _MAJOR_VERSION:
        raise draft.refuse(
            "this is not CX2",
            1,
            expected='a list that begins with {"CXVersion": "2.0"}',
            found="another version" if version else "no version",
            hint="convert CX version 1 with the tools of NDEx" if version else None,
        )


def _check_object(draft: Draft, part: Placed, line: int) -> None:
    if not isinstance(part.value, dict):
        raise draft.refuse("a part of the file is no object", line, expected="{..}", found=repr(part.value)[:40])
