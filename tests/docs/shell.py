"""As much of a shell as the documentation uses: commands, their words, an input file, a text written into a file."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field

_TEXT_FOLLOWS = re.compile(r"cat > (\S+) <<'(\w+)'")
_ASSIGNMENT = re.compile(r"[A-Z_]+=.*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command.

    Args:
        line: in its block, counted from 0.
        words: the program and its arguments.
        variables: assignments before the program.
        stdin: name of the file that it reads, if any.
        text: what it writes into the file of its last word, if it is a ``cat``.
    """

    line: int
    words: tuple[str, ...]
    variables: dict[str, str] = field(default_factory=dict)
    stdin: str | None = None
    text: str | None = None


def commands(text: str) -> Iterator[Command]:
    """The commands of a block, without comments.

    Raises:
        ValueError: a quotation mark has no partner.
    """
    lines = enumerate(text.splitlines())
    for number, line in lines:
        writing = _TEXT_FOLLOWS.fullmatch(line)
        if writing is not None:
            body: list[str] = []
            for _, inner in lines:
                if inner == writing[2]:
                    break
                body.append(f"{inner}\n")
            yield Command(line=number, words=("cat", writing[1]), text="".join(body))
            continue
        while line.endswith("\\"):
            line = line[:-1] + next(lines)[1]
        line = line.replace("\\$", "$")  # as a shell reads it between double quotes
        words = shlex.split(line, comments=True)
        variables = {}
        while words and _ASSIGNMENT.fullmatch(words[0]):
            name, _, variables[name] = words.pop(0).partition("=")
        stdin = None
        if "<" in words:
            place = words.index("<")
            stdin = words[place + 1]
            del words[place : place + 2]
        if words:
            yield Command(line=number, words=tuple(words), variables=variables, stdin=stdin)
