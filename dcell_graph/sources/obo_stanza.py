"""Lines of an OBO file in, [Term] stanzas out. Which clauses are stored, and how each is written, is a table.

Format: OBO 1.2 and 1.4 (owlcollab.github.io/oboformat). obonet separates free text from what may follow it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from obonet.read import parse_tag_line

from dcell_graph.errors import FileRefused
from dcell_graph.sources.memo import Memo
from dcell_graph.sources.text import Text, refuse_if_markup
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


class Stanza:
    """One [Term] stanza as it stands in the file.

    Args:
        line: where it starts.

    Attributes:
        single: values of the clauses that a stanza has once.
        many: line numbers and values of the others; an empty list where all that the file gives were empty.
        closed: True when the rest of the lines cannot be trusted to belong to this term.
    """

    __slots__ = ("closed", "line", "many", "single")

    def __init__(self, line: int) -> None:
        self.line = line
        self.single: dict[str, str] = {}
        self.many: dict[str, list[tuple[int, str]]] = {}
        self.closed = False


def read_stanzas(path: Path, text: Text, header: dict[str, list[str]], findings: list[Finding]) -> Iterator[Stanza]:
    """Yield the [Term] stanzas of a file.

    Args:
        path: of the file, for messages.
        text: its lines.
        header: filled in on the way.
        findings: gets a remark about each odd line.

    Raises:
        FileRefused: the file does not start as an OBO file does.
    """
    if text.lines:
        refuse_if_markup(path, text.lines[0], "an ontology in OBO format")
    reader = _Clauses(findings)
    current: Stanza | None = None
    in_header = True
    for number, raw in enumerate(text.lines, start=1):
        line = raw.strip()
        if number in text.damaged:
            findings.append(finding(number, "flagged", "encoding", "bytes that are not UTF-8"))
        if not line or line[0] == "!":
            continue
        if line[0] == "[" and (head := _HEAD.fullmatch(line)):
            if current is not None:
                yield current
            in_header = False
            current = Stanza(number) if head[1] == "Term" else None
            if head[1] not in _KINDS:
                findings.append(finding(number, "flagged", "syntax", f"an unknown kind of stanza, [{head[1]}]"))
        elif current is not None:
            reader.read(current, number, line)
        elif in_header:
            _read_header(path, number, line, header)
    if current is not None:
        yield current


def quoted(value: str) -> str | None:
    """The text in quotes that a value starts with, None if there is none."""
    if value[:1] == '"' and "\\" not in value and (end := value.find('"', 1)) > 0:
        return value[1:end]
    match = _QUOTED_TEXT.search(value)
    return unescape(match[1]) if match else None


def unescape(text: str) -> str:
    """The text without backslashes."""
    if "\\" not in text:
        return text
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


class _Clauses:
    """Puts the clauses of a file where they belong.

    Args:
        findings: gets a remark about each odd clause.
    """

    def __init__(self, findings: list[Finding]) -> None:
        self._findings = findings
        # Parents, relations and namespaces are repeated a lot: each distinct text is taken apart once.
        self._values = {tag: Memo(partial(_value, tag)) for tag in ("is_a", "relationship", "namespace")}

    def read(self, stanza: Stanza, number: int, text: str) -> None:
        """Read one line of a stanza."""
        before, colon, after = text.partition(":")
        tag = before if before in _STORED else before.strip()
        if tag not in _STORED:
            if not (colon or stanza.closed):
                self._findings.append(finding(number, "flagged", "syntax", f"not a clause: {text[:60]!r}"))
            return
        if stanza.closed:
            return
        raw = after.strip()
        known = self._values.get(tag)
        value = _value(tag, raw) if known is None else known[raw]
        if tag in _MANY:
            values = stanza.many.setdefault(tag, [])
            if value:
                values.append((number, value))
        elif value and tag not in stanza.single:
            stanza.single[tag] = value
        elif value:
            self._findings.append(finding(number, "refused", "repeated", f"a second {tag} in one stanza"))
            # Another id means that a line [Term] is missing: the parents that follow are not those of the term above.
            stanza.closed = tag == "id" and value != stanza.single["id"]
        if not value:
            self._findings.append(finding(number, "refused", "structure", f"an empty {tag}"))


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
