"""Lines of an OBO file in, [Term] stanzas out. Which clauses are stored, and how each is written, is a table.

Format: OBO 1.2 and 1.4 (owlcollab.github.io/oboformat). obonet separates free text from what may follow it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from obonet.read import parse_tag_line

from dcell_graph.errors import FileRefused
from dcell_graph.sources.text import read_lines, refuse_if_markup
from dcell_graph.types import Finding

# Clauses whose value is a number of words; what follows (a modifier in braces, a hidden comment) is not stored.
_WORDS = {
    "id": 1,
    "namespace": 1,
    "is_obsolete": 1,
    "alt_id": 1,
    "is_a": 1,
    "replaced_by": 1,
    "consider": 1,
    "relationship": 2,
}
# Clauses whose value starts with a text in quotes; ! and { mean nothing special in there.
_QUOTED = frozenset({"def", "synonym"})
_FREE_TEXT = frozenset({"name", "comment"})
_STORED = _WORDS.keys() | _QUOTED | _FREE_TEXT
_MANY = frozenset({"alt_id", "is_a", "relationship", "replaced_by", "consider", "synonym"})

_HEAD = re.compile(r"\[(\w+)\]\s*([!{].*)?")
_KINDS = frozenset({"Term", "Typedef", "Instance", "Annotation"})
_QUOTED_TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ESCAPE = re.compile(r"\\(.)")
_ESCAPED = {"n": "\n", "t": "\t", "W": " "}


@dataclass(slots=True)
class Stanza:
    """One [Term] stanza as it stands in the file.

    Args:
        line: where it starts.
        single: values of the clauses that a stanza has once.
        many: line numbers and values of the others; an empty list where all that the file gives were empty.
        closed: True when the rest of the lines cannot be trusted to belong to this term.
    """

    line: int
    single: dict[str, str] = field(default_factory=dict)
    many: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    closed: bool = False


def read_stanzas(path: Path, header: dict[str, list[str]], findings: list[Finding]) -> Iterator[Stanza]:
    """Yield the [Term] stanzas of a file, plain or gzip.

    Args:
        path: the file.
        header: filled in on the way.
        findings: gets a remark about each odd line.

    Raises:
        FileRefused: the file does not start as an OBO file does, or cannot be read.
    """
    current: Stanza | None = None
    in_header = True
    for line in read_lines(path):
        if line.number == 1:
            refuse_if_markup(path, line.text, "an ontology in OBO format")
        text = line.text.strip()
        if line.damaged:
            findings.append(finding(line.number, "flagged", "encoding", "bytes that are not UTF-8"))
        if not text or text.startswith("!"):
            continue
        if head := _HEAD.fullmatch(text):
            if current is not None:
                yield current
            in_header = False
            current = Stanza(line.number) if head[1] == "Term" else None
            if head[1] not in _KINDS:
                findings.append(finding(line.number, "flagged", "syntax", f"an unknown kind of stanza, [{head[1]}]"))
        elif current is not None:
            _read_clause(current, line.number, text, findings)
        elif in_header:
            _read_header(path, line.number, text, header)
    if current is not None:
        yield current


def quoted(value: str) -> str | None:
    """The text in quotes that a value starts with, None if there is none."""
    match = _QUOTED_TEXT.search(value)
    return unescape(match[1]) if match else None


def unescape(text: str) -> str:
    """The text without backslashes."""
    return _ESCAPE.sub(lambda match: _ESCAPED.get(match[1], match[1]), text)


def finding(line: int, outcome: str, reason: str, text: str) -> Finding:
    """A remark about one line."""
    return Finding(line=line, outcome=outcome, reason=reason, text=text)


def _read_header(path: Path, number: int, text: str, header: dict[str, list[str]]) -> None:
    tag, separator, value = text.partition(":")
    if not separator and not header:
        raise FileRefused(
            "this is not an OBO file",
            path=path,
            line=number,
            expected="a header line such as format-version: 1.2",
            found=repr(text[:40]),
        )
    header.setdefault(tag.strip(), []).append(value.strip())


def _read_clause(stanza: Stanza, number: int, text: str, findings: list[Finding]) -> None:
    before, colon, after = text.partition(":")
    tag = before.strip()
    if stanza.closed:
        return
    if tag not in _STORED:
        if not colon:
            findings.append(finding(number, "flagged", "syntax", f"not a clause: {text[:60]!r}"))
        return
    value = _value(tag, after.strip())
    if tag in _MANY:
        values = stanza.many.setdefault(tag, [])
        if value:
            values.append((number, value))
    elif value and tag not in stanza.single:
        stanza.single[tag] = value
    elif value:
        findings.append(finding(number, "refused", "repeated", f"a second {tag} in one stanza"))
        # Another id means that a line [Term] is missing: the parents that follow are not those of the term above.
        stanza.closed = tag == "id" and value != stanza.single["id"]
    if not value:
        findings.append(finding(number, "refused", "structure", f"an empty {tag}"))


def _value(tag: str, raw: str) -> str:
    """The value without trailing modifier and hidden comment."""
    if tag in _QUOTED:
        return raw
    if tag in _WORDS:
        return " ".join(raw.partition("!")[0].split()[: _WORDS[tag]])
    if " !" not in raw and "{" not in raw:
        return raw
    line = parse_tag_line(f"{tag}: {raw}")
    value = line.value or ""
    if line.trailing_modifier and "=" not in line.trailing_modifier:
        value += f" {{{line.trailing_modifier}}}"  # braces without a source="..." are part of a name
    return "" if value.startswith("!") else value.strip()
