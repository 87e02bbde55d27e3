"""The XML of GraphML: nodes and edges with their attributes and lines. No entities are resolved."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat

from dcell_graph.snapshot.exchange.draft import Draft

_OWNERS = ("graph", "node", "edge")
_MOST_KEYS = 1_000  # each of them may have a value for every node and edge


@dataclass(slots=True)
class Element:
    """A graph, node or edge: its XML attributes, its data by attribute name, and the line it begins in."""

    kind: str
    attributes: dict[str, str]
    line: int
    data: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class GraphFile:
    """One graph.

    Args:
        data: attributes of the graph.
        nodes: in the order of the file.
        edges: in the order of the file.
    """

    data: dict[str, str]
    nodes: list[Element]
    edges: list[Element]


@dataclass(slots=True)
class _Key:
    name: str
    owner: str
    default: str | None = None


class _Reader:
    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.keys: dict[str, _Key] = {}
        self.elements: list[Element] = []
        self.open: list[Element] = []
        self.key: _Key | None = None
        self.text: list[str] | None = None

    @property
    def line(self) -> int:
        return int(self.parser.CurrentLineNumber)

    def _doctype(self, *_: object) -> None:
        raise self.draft.refuse("the file declares a document type", self.line, expected="GraphML without one")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rpartition(" ")[2]
        if not self.elements and not self.keys and not self.open and tag not in ("graphml", "key", *_OWNERS, "desc"):
            raise self.draft.refuse("this is not GraphML", self.line, expected="<graphml>", found=f"<{tag}>")
        if tag == "key":
            self.key = _Key(name=attributes.get("attr.name", ""), owner=attributes.get("for", "all"))
            self.keys[attributes.get("id", "")] = self.key
            if len(self.keys) > _MOST_KEYS:
                raise self.draft.refuse("there are too many keys", self.line, expected=f"at most {_MOST_KEYS:,}")
        elif tag in _OWNERS:
            self._open(tag, attributes)
        elif tag in ("hyperedge", "port"):
            raise self.draft.refuse(f"there is a {tag}", self.line, expected="nodes and edges only")
        elif tag == "data":
            self.key = self.keys.get(attributes.get("key", ""))
            if self.key is None:
                raise self.draft.refuse(
                    "the data have no key",
                    self.line,
                    expected="a key that is declared",
                    found=str(attributes.get("key")),
                )
            self.text = []
        elif tag == "default":
            self.text = []

    def _open(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "graph":
            if any(element.kind == "graph" for element in self.elements):
                raise self.draft.refuse("there is a second graph", self.line, expected="one graph")
            if attributes.get("edgedefault") != "directed":
                raise self.draft.refuse(
                    "the graph is not directed",
                    self.line,
                    expected='edgedefault="directed"',
                    found=str(attributes.get("edgedefault")),
                    hint="edges go from child to parent and from gene to term",
                )
        element = Element(tag, attributes, self.line)
        self.elements.append(element)
        self.open.append(element)

    def _end(self, tag: str) -> None:
        tag = tag.rpartition(" ")[2]
        text = "".join(self.text or ())
        if tag == "data" and self.key is not None and self.open:
            self.open[-1].data[self.key.name] = text
        elif tag == "default" and self.key is not None:
            self.key.default = text
        elif tag in _OWNERS:
            self.open.pop()
        if tag in ("data", "default"):
            self.text = None

    def _characters(self, text: str) -> None:
        if self.text is not None:
            self.text.append(text)


def parse(draft: Draft, text: str) -> GraphFile:
    """Read the XML.

    Args:
        draft: names the file in errors.
        text: the whole file.

    Raises:
        FileRefused: not XML, or not one directed graph of nodes and edges.
    """
    reader = _Reader(draft)
    try:
        reader.parser.Parse(text, True)
    except expat.ExpatError as error:
        raise draft.refuse("the file is not XML", error.lineno, found=expat.ErrorString(error.code)) from None
    for element in reader.elements:
        for key in reader.keys.values():
            if key.default is not None and key.owner in (element.kind, "all"):
                element.data.setdefault(key.name, key.default)
    graphs = [element for element in reader.elements if element.kind == "graph"]
    if not graphs:
        raise draft.refuse("this is not GraphML", expected="a <graph>", found="none")
    return GraphFile(
        graphs[0].data,
        [element for element in reader.elements if element.kind == "node"],
        [element for element in reader.elements if element.kind == "edge"],
    )
