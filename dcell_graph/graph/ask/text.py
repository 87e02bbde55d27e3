"""Splits Cypher into words, names, strings and signs: as much as is needed to see what a query asks for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from dcell_graph.errors import InputError

_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<comment>//[^\n]*|/\*.*?\*/)
  | (?P<string>'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")
  | (?P<parameter>\$\s*(?:\w+|`(?:``|[^`])*`))
  | (?P<quoted>`(?:``|[^`])*`)
  | (?P<word>[^\W\d]\w*)
  | (?P<number>\d\w*)
  | (?P<sign>.)
    """,
    re.VERBOSE | re.DOTALL,
)


class Kind(Enum):
    """What a piece of a query is."""

    WORD = auto()
    """A keyword or name."""
    QUOTED = auto()
    """A name in backticks; its text is without them."""
    PARAMETER = auto()
    """A parameter; its text is the name without the dollar sign."""
    STRING = auto()
    NUMBER = auto()
    SIGN = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of a query.

    Args:
        kind: of the piece.
        text: as it stands.
    """

    kind: Kind
    text: str

    @property
    def keyword(self) -> str:
        """The word in capitals; empty for anything but a word."""
        return self.text.upper() if self.kind is Kind.WORD else ""

    @property
    def is_name(self) -> bool:
        """Whether it can be part of the name of a procedure or function."""
        return self.kind in (Kind.WORD, Kind.QUOTED)


def tidy(query: str) -> str:
    """The query with plain line ends and without a semicolon at its end.

    Raises:
        InputError: nothing is left.
    """
    text = query.replace("\r\n", "\n").replace("\r", "\n").strip()
    while text.endswith(";"):
        text = text[:-1].rstrip()
    if not text:
        raise InputError("there is no query", expected="Cypher, such as MATCH (t:Term) RETURN t.id LIMIT 10")
    return text


def split(query: str) -> list[Token]:
    """The pieces of a query, without spaces and comments.

    Args:
        query: as ``tidy`` gives it.

    Raises:
        InputError: it holds what the server might split otherwise: a Unicode escape, or an unusual character outside
            strings and quoted names.
    """
    if re.search(r"\\u", query, re.IGNORECASE):
        raise InputError(
            "a query cannot have Unicode escapes (\\u)", hint="write the character itself, or give it as a parameter"
        )
    tokens: list[Token] = []
    for match in _TOKEN.finditer(query):
        kind, text = str(match.lastgroup), match.group()
        if kind in ("space", "comment"):
            continue
        if kind == "sign" and not (text.isascii() and text.isprintable()):
            raise InputError(
                "a query cannot have this character outside of texts and quoted names", found=f"U+{ord(text):04X}"
            )
        tokens.append(Token(Kind[kind.upper()], _bare(kind, text)))
    return tokens


def parameters_of(tokens: list[Token]) -> frozenset[str]:
    """The names of the parameters that a query has."""
    return frozenset(token.text for token in tokens if token.kind is Kind.PARAMETER)


def _bare(kind: str, text: str) -> str:
    if kind == "parameter":
        text = text[1:].strip()
    if kind in ("quoted", "parameter") and text.startswith("`"):
        return text[1:-1].replace("``", "`")
    return text
