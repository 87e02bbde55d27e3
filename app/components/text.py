"""Text of files and users in places that read markup: shown as it is, character by character."""

from __future__ import annotations

import re

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|~<>$:&^=])")


def plain(text: object) -> str:
    """Text for a place that reads Markdown, so that it is shown as it is."""
    return _MARKDOWN.sub(r"\\\1", " ".join(str(text).split()))


def label(text: object) -> str:
    """Text for a chart, which reads a few HTML tags, so that it is shown as it is."""
    return str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def short(text: str, most: int) -> str:
    """Text cut to a length, with a mark that it was cut.

    Args:
        text: to cut.
        most: characters, at least 2.
    """
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def joined(values: object, separator: str = ", ") -> object:
    """A list as text; anything else as it is."""
    return separator.join(map(str, values)) if isinstance(values, list | tuple) else values
