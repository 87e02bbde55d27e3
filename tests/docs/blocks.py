"""The code blocks of the documentation, and what the first line of each says about it.

CONTRIBUTING.md has the rule: the language says what a block is, a title says why tests do not run it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
COMMANDS = "docs/commands.md"
"""This page is generated, and tested as a whole."""

_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>[\w-]*) *(?:title=\"(?P<title>[^\"]+)\")?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One code block.

    Args:
        page: path of the page from the root of the checkout.
        line: of its first line, counted from 1.
        language: ``sh``, ``python``, ``toml``, ``cypher``, ``mermaid`` or ``text``; empty if none is named.
        title: why it is not run; None if it is.
        text: its content.
    """

    page: str
    line: int
    language: str
    title: str | None
    text: str

    @property
    def place(self) -> str:
        """Where it is, for messages and as the name of a test."""
        return f"{self.page}:{self.line}"


def pages() -> list[str]:
    """All pages, as paths from the root of the checkout; the generated one is left out."""
    found = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "docker" / "README.md"]
    found += sorted((ROOT / "docs").rglob("*.md"))
    return [name for name in (path.relative_to(ROOT).as_posix() for path in found) if name != COMMANDS]


def blocks(page: str) -> list[Block]:
    """The code blocks of a page, in their order."""
    lines = (ROOT / page).read_text(encoding="utf-8").splitlines()
    found: list[Block] = []
    start: tuple[int, re.Match[str]] | None = None
    for number, line in enumerate(lines):
        if start is None:
            opening = _FENCE.match(line)
            assert opening is not None or "```" not in line, f"{page}:{number + 1}: {line}"
            start = None if opening is None else (number, opening)
        elif line.strip() == "```":
            first, opening = start
            indent = len(opening["indent"])
            text = "".join(f"{inner[indent:]}\n" for inner in lines[first + 1 : number])
            found.append(
                Block(page=page, line=first + 2, language=opening["language"], title=opening["title"], text=text)
            )
            start = None
    assert start is None, f"{page}: the last block has no end"
    return found


def every_block() -> list[Block]:
    """The code blocks of all pages."""
    return [block for page in pages() for block in blocks(page)]


def prose(page: str) -> str:
    """A page without its code blocks."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.sub(r"^ *```.*?^ *```$", "", text, flags=re.MULTILINE | re.DOTALL)
