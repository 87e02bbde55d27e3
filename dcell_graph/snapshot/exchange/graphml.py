"""GraphML as networkx reads and writes it: one directed graph with terms and genes as nodes.

Nodes have the attribute ``kind``, ``term`` or ``gene``; edges go from child to parent and from gene to term. The graph
carries the manifest, so nothing is lost.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from dcell_graph.errors import InputError
from dcell_graph.snapshot.exchange import carried
from dcell_graph.snapshot.exchange.draft import LINK_KINDS, Draft
from dcell_graph.snapshot.exchange.graphml_file import Element, GraphFile, parse
from dcell_graph.snapshot.exchange.reading import sound_text
from dcell_graph.snapshot.exchange.writing import check_ids, write_file
from dcell_graph.snapshot.schema import Snapshot

NAME = "graphml"
MANIFEST, REMOVED = "dcell_graph_manifest", "dcell_graph_removed"
_EXPECTED = "GraphML: one directed graph"
_PAIR = "annotation"

# Attribute -> its type, for the graph, nodes and edges.
_KEYS = {
    "graph": {MANIFEST: "string", REMOVED: "string"},
    "node": {
        "kind": "string",
        "index": "int",
        "name": "string",
        "namespace": "string",
        "artificial": "boolean",
        "direct_genes": "int",
        "contained_genes": "int",
        "symbol": "string",
    },
    "edge": {"kind": "string", "evidence": "string", "first_date": "string"},
}
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LINE_ENDS = {"\r": "&#13;"}


def write(snapshot: Snapshot, target: Path) -> tuple[str, ...]:
    """Write a snapshot as GraphML.

    Args:
        snapshot: no term may have the id of a gene.
        target: a new file.

    Raises:
        InputError: an id or a name does not fit, or the file cannot be written.
        Conflict: the target exists.
    """
    check_ids(snapshot, NAME)
    both = set(snapshot.terms["term"]) & set(snapshot.genes["gene"])
    if both:
        raise InputError(
            f"the snapshot does not fit the format {NAME}", expected="terms and genes of different ids", found=min(both)
        )
    for text in [*snapshot.terms["term"], *snapshot.genes["gene"]]:
        _check(text)
    write_file(target, _lines(snapshot))
    return ()


def _lines(snapshot: Snapshot) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="utf-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'
    for owner, keys in _KEYS.items():
        for name, kind in keys.items():
            yield f'  <key id="{owner}_{name}" for="{owner}" attr.name="{name}" attr.type="{kind}"/>\n'
    yield '  <graph edgedefault="directed">\n'
    yield _data(
        "graph", {MANIFEST: carried.manifest_text(snapshot), REMOVED: json.dumps(carried.removed_rows(snapshot))}
    )
    for row in snapshot.terms.to_dict("records"):
        names = ("index", "name", "namespace", "artificial", "direct_genes", "contained_genes")
        data = _data("node", {"kind": "term"} | {name: row[name] for name in names})
        yield f"    <node id={quoteattr(row['term'])}>{data}</node>\n"
    for row in snapshot.genes.to_dict("records"):
        data = _data("node", {"kind": "gene", "index": row["index"], "symbol": row["symbol"]})
        yield f"    <node id={quoteattr(row['gene'])}>{data}</node>\n"
    for row in snapshot.parents.to_dict("records"):
        yield _edge(row["child"], row["parent"], {"kind": row["kind"]})
    for row in snapshot.annotations.to_dict("records"):
        facts = {"kind": _PAIR, "evidence": row["evidence"], "first_date": row["first_date"]}
        yield _edge(row["gene"], row["term"], facts)
    yield "  </graph>\n</graphml>\n"


def _edge(source: str, target: str, data: dict[str, Any]) -> str:
    return f"    <edge source={quoteattr(source)} target={quoteattr(target)}>{_data('edge', data)}</edge>\n"


def _data(owner: str, values: dict[str, Any]) -> str:
    texts = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in values.items()}
    for text in texts.values():
        _check(text)
    return "".join(
        f'<data key="{owner}_{name}">{escape(text, _LINE_ENDS)}</data>' for name, text in texts.items() if text
    )


def _check(text: str) -> None:
    if _NOT_XML.search(text):
        raise InputError(
            f"a name does not fit the format {NAME}",
            expected="characters that XML can hold",
            found=repr(text[:60]),
            hint="choose another format",
        )


def read(path: Path) -> Draft:
    """Read GraphML, plain or gzip, of this program or with the same attributes.

    Raises:
        NotFound, FileRefused: there is no such file, or it is not GraphML of this kind.
        SnapshotError: it carries the manifest of another format version.
    """
    text = sound_text(path, _EXPECTED)
    draft = Draft(path=path, ontology=text.stamp, annotations=text.stamp, declared_by="a node with the kind term")
    graph = parse(draft, "\n".join(text.lines))
    kinds: dict[str, str] = {}
    indices: dict[str, dict[str, int | None]] = {"term": {}, "gene": {}}
    for node in graph.nodes:
        kind = _add_node(draft, node)
        kinds[node.attributes["id"]] = kind
        indices[kind][node.attributes["id"]] = _index(draft, node)
    for edge in graph.edges:
        _add_edge(draft, edge, kinds)
    carried.order_terms(draft, indices["term"])
    carried.order_genes(draft, indices["gene"])
    _take_carried(draft, graph)
    return draft


def _take_carried(draft: Draft, graph: GraphFile) -> None:
    if MANIFEST in graph.data:
        carried.take_manifest(draft, graph.data[MANIFEST])
    if REMOVED in graph.data:
        try:
            rows = json.loads(graph.data[REMOVED])
        except (ValueError, RecursionError):
            rows = None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise draft.refuse(f"the attribute {REMOVED} of the graph cannot be read", expected="a JSON list of rows")
        carried.take_removed(draft, rows)


def _add_node(draft: Draft, node: Element) -> str:
    name = node.attributes.get("id", "")
    kind = node.data.get("kind", "")
    if not name or kind not in ("term", "gene") or name in (draft.genes if kind == "term" else draft.terms):
        raise draft.refuse(
            "the node cannot be used",
            node.line,
            expected="an id of its own and the attribute kind, term or gene",
            found=f"id {name!r}, kind {kind!r}",
            hint='set "kind" on every node',
        )
    if kind == "gene":
        draft.add_gene(name, node.line, symbol=node.data.get("symbol", ""))
    else:
        artificial = node.data.get("artificial")
        draft.add_term(
            name,
            node.line,
            name=node.data.get("name", ""),
            namespace=node.data.get("namespace", ""),
            artificial=None if artificial is None else artificial.strip().lower() in ("true", "1"),
        )
    return kind


def _index(draft: Draft, node: Element) -> int | None:
    text = node.data.get("index")
    if text is None:
        return None
    try:
        return int(text)
    except ValueError:
        raise draft.refuse(
            "the index of the node is no number", node.line, expected="a whole number", found=repr(text[:40])
        ) from None


def _add_edge(draft: Draft, edge: Element, kinds: dict[str, str]) -> None:
    ends = (edge.attributes.get("source", ""), edge.attributes.get("target", ""))
    for end in ends:
        if end not in kinds:
            raise draft.refuse(
                f"the node {end} is used but not declared", edge.line, expected="a node of that id", found="none"
            )
    if kinds[ends[1]] != "term":
        raise draft.refuse(
            "the edge leads to a gene",
            edge.line,
            expected="edges from child to parent and from gene to term",
            found=f"{ends[0]} to {ends[1]}",
            hint="turn the edges round",
        )
    if kinds[ends[0]] == "term":
        kind = edge.data.get("kind")
        draft.add_link(*ends, edge.line, kind=kind if kind in LINK_KINDS else None)
    else:
        evidence, date = edge.data.get("evidence", ""), edge.data.get("first_date", "")
        draft.add_pair(ends[1], ends[0], edge.line, evidence=evidence, first_date=date)
