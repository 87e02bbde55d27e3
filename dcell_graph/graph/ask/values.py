"""Values of the database as plain values for programs and as text for people."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

import neo4j.graph
import neo4j.spatial
import neo4j.time

_LONGEST_TEXT = 40
"""Texts inside nodes and maps are shortened to so many characters where people read them."""
_LONGEST_CELL = 1_000
"""And what is shown of a list, map, node or path as a whole."""


def plain(value: Any) -> Any:
    """A value that JSON, CSV and data frames can hold.

    Numbers, texts, True and None stay; dates and times become Python's own, or ISO text where Python has no such
    value; durations are ISO text; lists and maps keep their form; bytes are base64 text. A node is
    ``{"labels", "properties"}``; a relationship ``{"type", "start", "end", "properties"}``, its ends the ids that the
    server uses at this moment; a path ``{"nodes", "relationships"}``; a point ``{"srid", "coordinates"}``.

    Args:
        value: as the driver gives it.
    """
    if isinstance(value, neo4j.graph.Node):
        return {"labels": sorted(value.labels), "properties": _mapping(dict(value))}
    if isinstance(value, neo4j.graph.Relationship):
        ends = [None if node is None else node.element_id for node in (value.start_node, value.end_node)]
        return {"type": value.type, "start": ends[0], "end": ends[1], "properties": _mapping(dict(value))}
    if isinstance(value, neo4j.graph.Path):
        return {"nodes": [plain(node) for node in value.nodes], "relationships": [plain(r) for r in value]}
    if isinstance(value, neo4j.spatial.Point):
        return {"srid": value.srid, "coordinates": [float(number) for number in value]}
    if isinstance(value, neo4j.time.Duration):
        return value.iso_format()
    if isinstance(value, neo4j.time.Date | neo4j.time.DateTime | neo4j.time.Time):
        return _python_time(value)
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, Mapping):
        return _mapping(value)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def shown(value: Any) -> Any:
    """A value for a cell of a table: numbers, truth, texts and None as they are, everything else as text.

    Long lists, maps, nodes and paths are cut off; ``plain`` has all of them.

    Args:
        value: as the driver gives it.
    """
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, list) and not any(isinstance(item, list | Mapping) for item in value):
        return _cut(", ".join(item if isinstance(item, str) else _text(item) for item in value), _LONGEST_CELL)
    return _cut(_text(value), _LONGEST_CELL)


def as_json(value: Any) -> str:
    """A plain value as JSON text on one line; numbers that are none become null.

    Args:
        value: as ``plain`` gives it.
    """
    return json.dumps(_finite(value), ensure_ascii=False, default=_iso)


def is_composite(value: Any) -> bool:
    """Whether a plain value is a list or a map."""
    return isinstance(value, list | dict)


def _mapping(value: Mapping[str, Any]) -> dict[str, Any]:
    return {key: plain(value[key]) for key in sorted(value)}


def _python_time(value: Any) -> Any:
    """Python knows no nanoseconds, no year 0 and no time zone without a day: then ISO text."""
    try:
        native = value.to_native()
    except (ValueError, OverflowError):
        return value.iso_format()
    exact = getattr(value, "nanosecond", 0) % 1000 == 0
    return native if exact else value.iso_format()


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list) else value


def _iso(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | datetime | time) else str(value)


def _text(value: Any) -> str:
    """The value nearly as Cypher would write it."""
    if isinstance(value, neo4j.graph.Node):
        return f"({''.join(f':{label}' for label in sorted(value.labels))}{_properties(value)})"
    if isinstance(value, neo4j.graph.Relationship):
        return f"[:{value.type}{_properties(value)}]"
    if isinstance(value, neo4j.graph.Path):
        return _path_text(value)
    if isinstance(value, neo4j.spatial.Point):
        return f"point({', '.join(f'{number:g}' for number in value)})"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_text, value)) + "]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    text = _iso(plain(value))
    short = _cut(text, _LONGEST_TEXT)
    return f"'{short}'" if isinstance(value, str) else short


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _properties(entity: neo4j.graph.Entity) -> str:
    if not len(entity):
        return ""
    return " {" + ", ".join(f"{key}: {_text(entity[key])}" for key in sorted(entity)) + "}"


def _path_text(path: neo4j.graph.Path) -> str:
    text = _text(path.nodes[0])
    for relationship, node in zip(path.relationships, path.nodes[1:], strict=True):
        forward = relationship.end_node == node
        arrow = _text(relationship)
        text += (f"-{arrow}->" if forward else f"<-{arrow}-") + _text(node)
    return text
